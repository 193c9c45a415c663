"""Where views, and the cells of tokens in them, lie in the original picture."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vtok.values import Box, Raster, Sampling, Size, View


def whole_view(
    original: Size,
    size: Size,
    *,
    patch_size: int,
    merge_size: int = 1,
    block_order: bool = False,
    content: Box | None = None,
    sampling: Sampling | None = None,
    temporal_patch_size: int = 1,
) -> View:
    """The view of a whole picture or clip at one size; `content` is where it lies, all of the view unless padded."""
    frames = sampling.indices if sampling else ()
    return View(
        kind="frame" if sampling else "image",
        size=size,
        grid=(max(1, len(frames) // temporal_patch_size), size.height // patch_size, size.width // patch_size),
        patch_size=patch_size,
        merge_size=merge_size,
        block_order=block_order,
        content=content or Box.of(size),
        source=Box.of(original),
        frames=frames,
    )


def merged_raster(view: View, sampling: Sampling | None = None, *, t: int | None = None, merge_time: int = 1) -> Raster:
    """The cells of a view's tokens: merge_size x merge_size patches each, and `merge_time` temporal steps.

    Of a clip, `t` picks one temporal step; without it the raster has them all, with the seconds from one to the next.
    """
    steps, h, w = view.grid
    rows, columns = h // view.merge_size, w // view.merge_size
    cell = view.patch_size * view.merge_size
    ys, xs = cell_edges(rows, columns, cell=cell, content=view.content, source=view.source)
    length = max(1, len(view.frames) * merge_time // steps)
    frames = tuple(view.frames[i : i + length] for i in range(0, len(view.frames), length))
    chosen = frames if t is None else frames[t : t + 1]
    rate = sampling.sample_fps if sampling else None
    return Raster(
        t=len(chosen) or 1,
        rows=rows,
        columns=columns,
        ys=ys,
        xs=xs,
        frames=chosen,
        seconds_per_grid=length / rate if rate else None,
    )


def raster_steps(raster: Raster) -> Iterator[Raster]:
    """The temporal steps of a raster, each as one of its own."""
    for t in range(raster.t):
        yield replace(raster, t=1, frames=raster.frames[t : t + 1])


def edges(count: int, *, cell: float, content: tuple[float, float], source: tuple[float, float]) -> tuple[float, ...]:
    """The count + 1 edges of cells along one axis, in pixels of the original.

    Cells of `cell` view pixels start at the view's edge; `content` (from, to) in the view shows `source` (from, to) of
    the original. Edges are clamped to the source: a cell of padding alone has none of it.
    """
    (low, high), (first, last) = content, source
    if high <= low:  # nothing of the picture survives along this axis
        return (first,) * count + (last,)
    scale = (last - first) / (high - low)
    return tuple(min(max(first + (i * cell - low) * scale, first), last) for i in range(count + 1))


def cell_edges(
    rows: int, columns: int, *, cell: float, content: Box, source: Box
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The row edges and the column edges of a raster of square cells, in pixels of the original."""
    ys = edges(rows, cell=cell, content=(content.top, content.bottom), source=(source.top, source.bottom))
    xs = edges(columns, cell=cell, content=(content.left, content.right), source=(source.left, source.right))
    return ys, xs


def joined(pieces: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The edges of rasters laid end to end: the last edge of one is the first of the next."""
    return tuple(edge for i, piece in enumerate(pieces) for edge in (piece if i == 0 else piece[1:]))
