"""Where views lie in the original image, and the cells of the tokens in them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from vtok.errors import UsageError
from vtok.geometry.bounds import MOST_TILES, bounded
from vtok.values import Box, Raster, Sampling, Size, View


class Patches(NamedTuple):
    """How a view is cut: patches of `size` pixels, `merge_size` x `merge_size` of them to a token.

    In a video, `temporal_size` frames make one patch. With `block_order`, the patches of one token enter the encoder
    one after the other; otherwise patches enter row by row.
    """

    size: int
    merge_size: int = 1
    temporal_size: int = 1
    block_order: bool = False

    @property
    def factor(self) -> int:
        """Pixels along a side of a token."""
        return self.size * self.merge_size


def whole_view(
    original: Size, size: Size, patches: Patches, *, content: Box | None = None, sampling: Sampling | None = None
) -> View:
    """The view of a whole image or video. `content` is its box in the view, by default all of it.

    Raises UsageError for a view that has no whole patch: no model takes one.
    """
    rows, columns = size.height // patches.size, size.width // patches.size
    if not rows or not columns:
        raise UsageError(
            f"a view of {size} pixels holds no patch of {patches.size}; set smaller patches or larger views"
        )
    frames = sampling.indices if sampling else ()
    return View(
        kind="frame" if sampling else "image",
        size=size,
        grid=(max(1, len(frames) // patches.temporal_size), rows, columns),
        patch_size=patches.size,
        merge_size=patches.merge_size,
        block_order=patches.block_order,
        content=content or Box.of(size),
        source=Box.of(original),
        frames=frames,
    )


def merged_raster(view: View, sampling: Sampling | None = None, *, t: int | None = None, merge_time: int = 1) -> Raster:
    """The cells of a view's tokens: merge_size x merge_size patches each, over `merge_time` temporal steps.

    The raster of a video has all temporal steps and the seconds from one to the next; `t` picks a single step.
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


def covering_raster(view: View) -> Raster:
    """As `merged_raster` of one image, but a rest of the grid at the right and bottom makes cells, too.

    Upstream: transformers 5.23, models/swin/modeling_swin.py, SwinPatchMerging.maybe_pad.
    """
    rows, columns = (-(-count // view.merge_size) for count in view.grid[1:])
    cell = view.patch_size * view.merge_size
    ys, xs = cell_edges(rows, columns, cell=cell, content=view.content, source=view.source)
    return Raster(t=1, rows=rows, columns=columns, ys=ys, xs=xs)


def raster_steps(raster: Raster) -> Iterator[Raster]:
    """The temporal steps of a raster, each as a raster of its own."""
    for t in range(raster.t):
        yield raster._replace(t=1, frames=raster.frames[t : t + 1])


@lru_cache(maxsize=256)  # tiles in one row or column share theirs
def edges(count: int, *, cell: float, content: tuple[float, float], source: tuple[float, float]) -> tuple[float, ...]:
    """The count + 1 edges of cells along one axis, in pixels of the original.

    Cells of `cell` view pixels start at the edge of the view. `content` (from, to) in the view shows `source` (from,
    to) of the original. Edges are clamped to the source: a cell of padding alone has no length.
    """
    bounded(count, "rows or columns")
    (low, high), (first, last) = content, source
    if high <= low:  # the view shows nothing of the image along this axis
        return (first,) * count + (last,)
    scale = (last - first) / (high - low)
    listed = [first + (i * cell - low) * scale for i in range(count + 1)]
    i = 0
    while i <= count and listed[i] < first:  # edges rise, so only those at the two ends can lie outside
        listed[i] = first
        i += 1
    i = count
    while i >= 0 and listed[i] > last:
        listed[i] = last
        i -= 1
    return tuple(listed)


def cell_edges(
    rows: int, columns: int, *, cell: float, content: Box, source: Box
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The row edges and the column edges of a raster of square cells, in pixels of the original."""
    ys = edges(rows, cell=cell, content=(content.top, content.bottom), source=(source.top, source.bottom))
    xs = edges(columns, cell=cell, content=(content.left, content.right), source=(source.left, source.right))
    return ys, xs


def pooled_raster(original: Size, canvas: Size, patches: Patches) -> Raster:
    """The cells of an image stretched over a canvas whose patches are merged; a rest makes cells, too.

    Padding patches fill the last cells; an odd one lies at the right and bottom. Upstream: transformers 5.23,
    models/molmo2/image_processing_molmo2.py, arange_for_pooling.
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
    """A box in an image of size `before`, in pixels of the same image at size `after`."""
    down, across = after.height / before.height, after.width / before.width
    return Box(box.left * across, box.top * down, box.right * across, box.bottom * down)


def windows_of(
    view: View, grid: tuple[int, int], *, side: int, stride: int, content: Box, original: Size
) -> tuple[View, ...]:
    """The views of square windows of a canvas, row by row, on which the image fills `content`.

    `grid` are the windows as (columns, rows). One of `side` pixels begins each `stride` pixels. Windows may overlap,
    and reach beyond the image. Raises UnsupportedSizeError for more than a layout may hold.
    """
    columns, rows = grid
    if not bounded(columns * rows, "windows", MOST_TILES):
        return ()
    zoom = view.size.width / side
    xs, ys = range(0, columns * stride, stride), range(0, rows * stride, stride)
    across = _windows_along(xs, (content.left, content.right), original.width, side=side, zoom=zoom)
    down = _windows_along(ys, (content.top, content.bottom), original.height, side=side, zoom=zoom)
    return tuple(
        view._replace(content=Box(left, top, right, bottom), source=Box(first, upper, last, lower))
        for (top, bottom), (upper, lower) in down
        for (left, right), (first, last) in across
    )


def _windows_along(
    starts: Iterable[int], content: tuple[float, float], length: int, *, side: int, zoom: float
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Along one axis: the part of each window's view that shows the image, and the part of the image that it shows."""
    scale = length / (content[1] - content[0])
    pieces = []
    for start in starts:
        low, high = (min(max(edge - start, 0), side) for edge in content)
        first, last = (max(edge + (start - content[0]), 0) * scale for edge in (low, high))
        pieces.append(((low * zoom, high * zoom), (first, last)))
    return pieces


def center_crop(size: Size, crop: Size) -> tuple[Box, Box]:
    """The box of the image in a crop from its middle, and the part of the image that the crop shows.

    An image smaller than the crop is padded, with the odd pixel at the right and bottom. Upstream: transformers 5.23,
    image_processing_backends.py, TorchvisionBackend.center_crop.
    """
    rows, columns = ((max(0, (c - s) // 2), max(0, (s - c) // 2), min(s, c)) for s, c in zip(size, crop, strict=True))
    (y, top, height), (x, left, width) = rows, columns
    return Box(x, y, x + width, y + height), Box(left, top, left + width, top + height)


def rounded_center_crop(size: Size, crop: Size) -> tuple[Box, Box]:
    """As `center_crop`, but half a pixel at the left or top of what is cut off rounds to even.

    Upstream: torchvision 0.28, transforms/functional.py, center_crop.
    """
    into, kept = center_crop(size, crop)
    top, left = (round(max(0, s - c) / 2) for s, c in zip(size, crop, strict=True))
    return into, Box(left, top, left + kept.width, top + kept.height)


def part(raster: Raster, rows: range, columns: range) -> Raster:
    """Some adjacent rows and columns of a raster."""
    ys, xs = raster.ys[rows.start : rows.stop + 1], raster.xs[columns.start : columns.stop + 1]
    return raster._replace(rows=len(rows), columns=len(columns), ys=ys, xs=xs)


def resampled(raster: Raster, rows: int, columns: int) -> Raster:
    """A token map interpolated to other numbers of rows and columns, over the same part of the image."""
    return raster._replace(rows=rows, columns=columns, ys=_respaced(raster.ys, rows), xs=_respaced(raster.xs, columns))


def _respaced(old: Sequence[float], count: int) -> tuple[float, ...]:
    cells = len(old) - 1
    bounded(count, "rows or columns")
    places = (divmod(i * cells, count) for i in range(count))
    return (*(old[whole] + (old[whole + 1] - old[whole]) * rest / count for whole, rest in places), old[cells])
