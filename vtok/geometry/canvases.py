"""An image on its canvas: its size and place there, the tiles of the canvas, and the map of their tokens."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, sqrt

from vtok.errors import UnsupportedSizeError
from vtok.geometry.bounds import MOST_TILES, bounded
from vtok.geometry.floats import float32
from vtok.geometry.many import for_many
from vtok.geometry.places import Patches, edges, joined, whole_view
from vtok.geometry.snapping import positive_multiple
from vtok.values import Box, Raster, Size, Step, View


def contained(size: Size, canvas: Size) -> Size:
    """The greatest size of the same aspect ratio that the canvas holds. One side is rounded, half to even.

    Small images are enlarged. The short side of a strip may round to 0. Upstream: Pillow 13, ImageOps.contain.
    """
    aspect, wanted = size.width / size.height, canvas.width / canvas.height
    if aspect > wanted:
        return Size(round(size.height / size.width * canvas.width), canvas.width)
    if aspect < wanted:
        return Size(canvas.height, round(size.width / size.height * canvas.height))
    return canvas


def filled_out(size: Size, canvas: Size) -> Size:
    """The size of the image when one side fills the canvas; the other side is rounded up. Small images are enlarged.

    Upstream: haotian-liu/LLaVA c121f04, llava/mm_utils.py, resize_and_pad_image, and transformers 5.23,
    image_processing_utils.py, get_patch_output_size.
    """
    across, down = canvas.width / size.width, canvas.height / size.height
    if across < down:
        return Size(min(ceil(size.height * across), canvas.height), canvas.width)
    return Size(canvas.height, min(ceil(size.width * down), canvas.width))


@for_many
def fit_float32(size: Size, canvas: Size) -> Step:
    """Enlarge or shrink an image until one side fills the canvas; fractions are dropped, and all numbers are float32.

    Raises UnsupportedSizeError if a side becomes 0. Upstream: allenai/Molmo-7B-D-0924, image_preprocessing_molmo.py,
    resize_and_pad.
    """
    scale = min(float32(limit / side) for side, limit in zip(size, canvas, strict=True))
    after = Size(*(int(float32(side * scale)) for side in size))
    if not after.area:
        raise UnsupportedSizeError(f"{size} would be resized to {after} on a canvas of {canvas}; crop or pad it")
    return Step(name="resize", before=size, after=after, reason=f"scaled by {scale:.4g} to the canvas of {canvas}")


@for_many
def padded_to_tiles(size: Size, grid: tuple[int, int], *, tile: int, least: int) -> Step:
    """Enlarge or shrink an image until one side fills the canvas of (columns, rows); the other drops its fraction.

    Raises UnsupportedSizeError if a side falls below `least`. Upstream: transformers 5.23,
    models/phi4_multimodal/image_processing_phi4_multimodal.py, dynamic_preprocess.
    """
    across, down = grid[0] * tile / size.width, grid[1] * tile / size.height
    if across < down:
        after = Size(int(size.height * across), grid[0] * tile)
    else:
        after = Size(grid[1] * tile, int(size.width * down))
    if min(after) < least:
        raise UnsupportedSizeError(
            f"{size} would be resized to {after}, and the model refuses a side below {least}; crop or pad the image"
        )
    side = f"width of {after.width:,}" if across < down else f"height of {after.height:,}"
    reason = f"scaled by {min(across, down):.4g} to the canvas's {side}"
    return Step(name="resize", before=size, after=after, reason=reason)


def fit_within(size: Size, canvas: Size, *, tile: int) -> Step:
    """Fit an image to a canvas, its aspect ratio kept and fractions dropped. It is enlarged to at most one tile.

    Upstream: transformers 5.23, models/mllama/image_processing_mllama.py, get_image_size_fit_to_canvas.
    """
    target = Size(*(min(max(side, tile), limit) for side, limit in zip(size, canvas, strict=True)))
    scale_h, scale_w = target.height / size.height, target.width / size.width
    if scale_w < scale_h:
        after = Size(min(floor(size.height * scale_w) or 1, target.height), target.width)
    else:
        after = Size(target.height, min(floor(size.width * scale_h) or 1, target.width))
    return _fitted(size, after)


def fit_within_float32(size: Size, canvas: Size, *, tile: int) -> Step:
    """As `fit_within`, but the scale of a side that is held to the canvas is a float32.

    Upstream: transformers 5.23, models/llama4/image_processing_llama4.py, _preprocess and
    get_max_res_without_distortion. Canvas sides are torch tensors there, and results computed with them are float32.
    """
    target = [min(max(side, tile), limit) for side, limit in zip(size, canvas, strict=True)]
    single = [limit < max(side, tile) for side, limit in zip(size, canvas, strict=True)]
    scale_h, scale_w = (
        float32(t / side) if is_single else t / side for t, side, is_single in zip(target, size, single, strict=True)
    )
    wide = float32(scale_w) < float32(scale_h) if any(single) else scale_w < scale_h
    side, scale, is_single, limit = (
        (size.height, scale_w, single[1], target[0]) if wide else (size.width, scale_h, single[0], target[1])
    )
    product = side * scale
    other = max(min(floor(float32(product) if is_single else product), limit), 1)
    return _fitted(size, Size(other, target[1]) if wide else Size(target[0], other))


def _fitted(before: Size, after: Size) -> Step:
    if after == before:
        reason = "not resized: it fits the canvas"
    else:
        scale = max(after.height / before.height, after.width / before.width)
        purpose = (
            "shrunk by {:.4g} to fit the canvas" if after.area < before.area else "enlarged by {:.4g} to fill a tile"
        )
        reason = purpose.format(scale)
    return Step(name="resize", before=before, after=after, reason=reason)


@for_many
def same_area(height: float, width: float, *, side: int, factor: int) -> Size:
    """The size of the same aspect ratio with the area of a square of `side`, in multiples of `factor`.

    The sides drop their fractions before they are rounded, half to even; each is at least `factor`. Upstream:
    transformers 5.23, models/minicpmv4_6/image_processing_minicpmv4_6.py, find_best_resize.
    """
    aspect = width / height
    tall = int(side / sqrt(aspect))
    return Size(positive_multiple(tall, factor), positive_multiple(int(tall * aspect), factor))


def slices_canvas(original: Size, columns: int, rows: int, *, side: int, factor: int) -> Size:
    """The size of all slices together, each as `same_area`.

    The image's sides are first made multiples of the numbers of slices. Upstream: transformers 5.23,
    models/minicpmv4_6/image_processing_minicpmv4_6.py, get_refine_size.
    """
    height, width = positive_multiple(original.height, rows), positive_multiple(original.width, columns)
    one = same_area(height / rows, width / columns, side=side, factor=factor)
    return Size(one.height * rows, one.width * columns)


def centred(size: Size, canvas: Size) -> Box:
    """The box of an image in the middle of a canvas; half a pixel rounds to even.

    Upstream: Pillow 13, ImageOps.pad.
    """
    top, left = (round((outer - inner) * 0.5) for outer, inner in zip(canvas, size, strict=True))
    return Box(left, top, left + size.width, top + size.height)


def floor_centred(size: Size, canvas: Size) -> Box:
    """As `centred`, but an odd pixel of padding always lies at the right or bottom.

    Upstream: haotian-liu/LLaVA c121f04, llava/mm_utils.py, resize_and_pad_image and expand2square.
    """
    top, left = ((outer - inner) // 2 for outer, inner in zip(canvas, size, strict=True))
    return Box(left, top, left + size.width, top + size.height)


def cut(
    original: Size, canvas: Size, tiles: tuple[int, int], patches: Patches, *, content: Box | None = None
) -> tuple[View, ...]:
    """The tiles of a canvas, row by row, without overlap; `tiles` are (columns, rows).

    `content` is the box of the image on the canvas, by default all of it. The sources of the tiles partition the image;
    a tile of padding alone shows none of it.
    """
    columns, rows = tiles
    if not columns or not rows:
        raise UnsupportedSizeError(f"a canvas of {canvas} holds no whole tile; leave it out of the candidates")
    bounded(columns * rows, "tiles", MOST_TILES)
    content = content or Box.of(canvas)
    size = Size(canvas.height // rows, canvas.width // columns)
    xs = edges(columns, cell=size.width, content=(content.left, content.right), source=(0, original.width))
    ys = edges(rows, cell=size.height, content=(content.top, content.bottom), source=(0, original.height))
    across = tuple(_pieces(columns, size.width, content.left, content.right))
    down = tuple(_pieces(rows, size.height, content.top, content.bottom))
    tile = whole_view(original, size, patches)._replace(kind="tile")
    return tuple(
        tile._replace(
            content=Box(left, top, right, bottom),
            source=Box(xs[column], ys[row], xs[column + 1], ys[row + 1]),
        )
        for row, (top, bottom) in enumerate(down)
        for column, (left, right) in enumerate(across)
    )


def _pieces(count: int, side: int, low: float, high: float) -> Iterator[tuple[float, float]]:
    """For each of `count` sides, the part of low to high that lies in it, counted from the edge of that side."""
    for start in range(0, count * side, side):
        yield min(max(low - start, 0), side), min(max(high - start, 0), side)


def stitched(tiles: Sequence[View], columns: int, *, cells: int, cell: float) -> Raster:
    """The token maps of the tiles of a canvas, laid side by side in `columns`.

    Each tile has `cells` x `cells` tokens of `cell` view pixels. Cells restart at the edge of each tile. If they do not
    fill it, the last one reaches to the edge; if they exceed it, the last one ends there.
    """
    first_row, first_column = tiles[:columns], tiles[::columns]
    bounded(cells * max(len(first_row), len(first_column)), "rows or columns")
    xs = [_tile_edges(t.content[0::2], t.source[0::2], cells, cell) for t in first_row]
    ys = [_tile_edges(t.content[1::2], t.source[1::2], cells, cell) for t in first_column]
    return Raster(t=1, rows=cells * len(ys), columns=cells * len(xs), ys=joined(ys), xs=joined(xs))


def _tile_edges(content: Sequence[float], source: Sequence[float], cells: int, cell: float) -> tuple[float, ...]:
    inner = edges(cells, cell=cell, content=(content[0], content[1]), source=(source[0], source[1]))
    return (*inner[:-1], source[1])


@for_many
def unpad(size: Size, rows: int, columns: int) -> tuple[range, range]:
    """The rows and columns of the token map of a canvas that are left when its padding is dropped.

    As much is dropped on either side. The image's side in tokens is truncated, so that 11.9999999 counts as 11; one
    more row or column may be left. A thin strip may leave nothing. Upstream: haotian-liu/LLaVA c121f04,
    llava/model/llava_arch.py, unpad_image.
    """
    return _unpad(size, rows, columns, int)


@for_many
def unpad_rounded(size: Size, rows: int, columns: int) -> tuple[range, range]:
    """As `unpad`, but the image's side in tokens is rounded to seven digits before it is truncated.

    Upstream: transformers 5.23, models/llava_next/modeling_llava_next.py, unpad_image.
    """
    return _unpad(size, rows, columns, lambda side: int(round(side, 7)))


def _unpad(size: Size, rows: int, columns: int, whole: Callable[[float], int]) -> tuple[range, range]:
    if size.width / size.height > columns / rows:
        padding = (rows - whole(size.height * (columns / size.width))) // 2
        return range(padding, rows - padding), range(columns)
    padding = (columns - whole(size.width * (rows / size.height))) // 2
    return range(rows), range(padding, columns - padding)


def shrunk_map(rows: int, columns: int, most: int) -> tuple[int, int]:
    """The rows and columns of a token map held to about `most` tokens; up to 1.21 times as many stay as they are.

    Upstream: LLaVA-VL/LLaVA-NeXT df17966, llava/model/llava_arch.py (anyres_max), and transformers 5.23,
    models/llava_onevision/modeling_llava_onevision.py, pack_image_features.
    """
    ratio = sqrt(rows * columns / most)
    return (int(rows // ratio), int(columns // ratio)) if ratio > 1.1 else (rows, columns)
