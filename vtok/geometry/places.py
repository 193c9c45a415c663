"""Where views, and the cells of tokens in them, lie in the original image."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from vtok.values import Box, Raster, Sampling, Size, View


class Patches(NamedTuple):
    """How a view is cut: `size` pixels to a patch, `merge_size` x `merge_size` of them to a token.

    Of a video, `temporal_size` frames make one patch. With `block_order` the patches of one token enter the encoder one
    after the other, otherwise patches enter row by row.
    """

    size: int
    merge_size: int = 1
    temporal_size: int = 1
    block_order: bool = False

    @property
    def factor(self) -> int:
        """Pixels along a side of one token."""
        return self.size * self.merge_size


def whole_view(
    original: Size, size: Size, patches: Patches, *, content: Box | None = None, sampling: Sampling | None = None
) -> View:
    """The view of a whole image or video at one size; `content` is where it lies, all of the view unless padded."""
    frames = sampling.indices if sampling else ()
    return View(
        kind="frame" if sampling else "image",
        size=size,
        grid=(max(1, len(frames) // patches.temporal_size), size.height // patches.size, size.width // patches.size),
        patch_size=patches.size,
        merge_size=patches.merge_size,
        block_order=patches.block_order,
        content=content or Box.of(size),
        source=Box.of(original),
        frames=frames,
    )


def merged_raster(view: View, sampling: Sampling | None = None, *, t: int | None = None, merge_time: int = 1) -> Raster:
    """The cells of a view's tokens: merge_size x merge_size patches each, and `merge_time` temporal steps.

    Of a video, `t` picks one temporal step; without it the raster has them all, with the seconds from one to the next.
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
        yield raster._replace(t=1, frames=raster.frames[t : t + 1])


@lru_cache(maxsize=256)  # tiles in one row or column share theirs
def edges(count: int, *, cell: float, content: tuple[float, float], source: tuple[float, float]) -> tuple[float, ...]:
    """The count + 1 edges of cells along one axis, in pixels of the original.

    Cells of `cell` view pixels start at the view's edge; `content` (from, to) in the view shows `source` (from, to) of
    the original. Edges are clamped to the source: a cell of padding alone has none of it.
    """
    (low, high), (first, last) = content, source
    if high <= low:  # nothing of the image survives along this axis
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


def pooled_raster(original: Size, canvas: Size, patches: Patches) -> Raster:
    """The cells of an image stretched over a canvas whose patches are merged, an odd rest included.

    What is missing to whole cells is padded in patches, the odd one at the right and bottom. Upstream: transformers
    5.23, models/molmo2/image_processing_molmo2.py, arange_for_pooling.
    """
    counts = [side // patches.size for side in canvas]
    rows, columns = (-(-count // patches.merge_size) for count in counts)
    top, left = (-count % patches.merge_size // 2 * patches.size for count in counts)
    content = Box(left, top, left + canvas.width, top + canvas.height)
    ys, xs = cell_edges(rows, columns, cell=patches.factor, content=content, source=Box.of(original))
    return Raster(t=1, rows=rows, columns=columns, ys=ys, xs=xs)


def joined(pieces: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The edges of rasters laid end to end: the last edge of one is the first of the next."""
    return tuple(edge for i, piece in enumerate(pieces) for edge in (piece if i == 0 else piece[1:]))


def scaled(box: Box, before: Size, after: Size) -> Box:
    """A box of an image of one size, in pixels of the same image at another size."""
    down, across = after.height / before.height, after.width / before.width
    return Box(box.left * across, box.top * down, box.right * across, box.bottom * down)


def center_crop(size: Size, crop: Size) -> tuple[Box, Box]:
    """Where the middle of an image lies in a crop of that size, and which part of the image it is.

    Upstream: transformers 5.23, image_processing_backends.py, TorchvisionBackend.center_crop: an image smaller than
    the crop is padded, the odd pixel at the right and bottom.
    """
    rows, columns = ((max(0, (c - s) // 2), max(0, (s - c) // 2), min(s, c)) for s, c in zip(size, crop, strict=True))
    (y, top, height), (x, left, width) = rows, columns
    return Box(x, y, x + width, y + height), Box(left, top, left + width, top + height)


def part(raster: Raster, rows: range, columns: range) -> Raster:
    """Some adjacent rows and columns of a raster."""
    ys, xs = raster.ys[rows.start : rows.stop + 1], raster.xs[columns.start : columns.stop + 1]
    return raster._replace(rows=len(rows), columns=len(columns), ys=ys, xs=xs)


def resampled(raster: Raster, rows: int, columns: int) -> Raster:
    """A raster's token map interpolated to other numbers of rows and columns, the same part of the image."""
    return raster._replace(rows=rows, columns=columns, ys=_respaced(raster.ys, rows), xs=_respaced(raster.xs, columns))


def _respaced(old: Sequence[float], count: int) -> tuple[float, ...]:
    cells = len(old) - 1
    places = (divmod(i * cells, count) for i in range(count))
    return (*(old[whole] + (old[whole + 1] - old[whole]) * rest / count for whole, rest in places), old[cells])
