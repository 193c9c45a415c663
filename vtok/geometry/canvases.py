"""An image on its canvas: its size and place there, the tiles that the canvas is cut into, and their tokens."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, sqrt

from vtok.errors import UnsupportedSizeError
from vtok.geometry.floats import float32
from vtok.geometry.places import Patches, edges, joined, whole_view
from vtok.geometry.snapping import positive_multiple
from vtok.values import Box, Raster, Size, Step, View


def contained(size: Size, canvas: Size) -> Size:
    """The greatest size of the same aspect ratio that the canvas holds; the other side is rounded, half to even.

    Upstream: Pillow 13, ImageOps.contain. Small images are enlarged. A strip's short side may round to 0.
    """
    aspect, wanted = size.width / size.height, canvas.width / canvas.height
    if aspect > wanted:
        return Size(round(size.height / size.width * canvas.width), canvas.width)
    if aspect < wanted:
        return Size(canvas.height, round(size.width / size.height * canvas.height))
    return canvas


def filled_out(size: Size, canvas: Size) -> Size:
    """The image at the size at which one side fills the canvas; the other is rounded up.

    Upstream: haotian-liu/LLaVA c121f04, llava/mm_utils.py, resize_and_pad_image, and transformers 5.23,
    image_processing_utils.py, get_patch_output_size. Small images are enlarged.
    """
    across, down = canvas.width / size.width, canvas.height / size.height
    if across < down:
        return Size(min(ceil(size.height * across), canvas.height), canvas.width)
    return Size(canvas.height, min(ceil(size.width * down), canvas.width))


def padded_to_tiles(size: Size, grid: tuple[int, int], *, tile: int, least: int) -> Step:
    """An image enlarged or shrunk until one side fills the canvas; the other drops its fraction.

    Upstream: transformers 5.23, models/phi4_multimodal/image_processing_phi4_multimodal.py, dynamic_preprocess. Raises
    UnsupportedSizeError where a side falls below `least`.
    """
    across, down = grid[0] * tile / size.width, grid[1] * tile / size.height
    if across < down:
        after = Size(int(size.height * across), grid[0] * tile)
    else:
        after = Size(grid[1] * tile, int(size.width * down))
    if min(after) < least:
        raise UnsupportedSizeError(
            f"{size} would be resized to {after}; the model refuses a side below {least}: crop or pad the image"
        )
    reason = f"to fill the {'width' if across < down else 'height'} of the canvas, aspect ratio kept"
    return Step(name="resize", before=size, after=after, reason=reason)


def fit_within(size: Size, canvas: Size, *, tile: int) -> Step:
    """An image laid on a canvas, its aspect ratio kept: never enlarged but to fill a tile; fractions dropped.

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
    """As `fit_within`, but where a side is held to the canvas its scale is a float32.

    Upstream: transformers 5.23, models/llama4/image_processing_llama4.py, _preprocess and
    get_max_res_without_distortion: canvas sides are torch tensors there, and what is computed with one is float32.
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
        reason = "kept at its size: it fits"
    elif after.area < before.area:
        reason = "shrunk to fit the canvas, aspect ratio kept, fractions dropped"
    else:
        reason = "enlarged to fill a tile, aspect ratio kept, fractions dropped"
    return Step(name="resize", before=before, after=after, reason=reason)


def same_area(height: float, width: float, *, side: int, factor: int) -> Size:
    """The aspect ratio kept at the area of a square of `side`; both sides to the nearest multiple of `factor`.

    Upstream: transformers 5.23, models/minicpmv4_6/image_processing_minicpmv4_6.py, find_best_resize. The sides drop
    their fractions before they are rounded, half to even; none falls below `factor`.
    """
    aspect = width / height
    tall = int(side / sqrt(aspect))
    return Size(positive_multiple(tall, factor), positive_multiple(int(tall * aspect), factor))


def centred(size: Size, canvas: Size) -> Box:
    """Where an image lies in the middle of a canvas; half a pixel rounds to even.

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
    """The tiles of a canvas, row by row, without overlap; `content` is where the image lies, all of it unless said.

    The sources of the tiles partition the image; a tile of padding alone has none of it.
    """
    columns, rows = tiles
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
    """The part of low to high in each of `count` sides, from that side's edge on."""
    for start in range(0, count * side, side):
        yield min(max(low - start, 0), side), min(max(high - start, 0), side)


def stitched(tiles: Sequence[View], columns: int, *, cells: int, cell: int) -> Raster:
    """The token maps of a canvas' tiles laid side by side: `cells` x `cells` tokens of `cell` view pixels in each tile.

    Cells restart at each tile edge. Where they do not fill a tile, its last one reaches to the edge; where they exceed
    it, it ends there.
    """
    first_row, first_column = tiles[:columns], tiles[::columns]
    xs = [_tile_edges(t.content[0::2], t.source[0::2], t.size.width, cells, cell) for t in first_row]
    ys = [_tile_edges(t.content[1::2], t.source[1::2], t.size.height, cells, cell) for t in first_column]
    return Raster(t=1, rows=cells * len(ys), columns=cells * len(xs), ys=joined(ys), xs=joined(xs))


def _tile_edges(
    content: Sequence[float], source: Sequence[float], side: int, cells: int, cell: int
) -> tuple[float, ...]:
    inner = edges(cells, cell=cell, content=(content[0], content[1]), source=(source[0], source[1]))
    return (*inner[:-1], source[1]) if cells * cell < side else inner


def unpad(size: Size, rows: int, columns: int) -> tuple[range, range]:
    """The rows and columns of a canvas' token map that are kept when its padding is dropped, as much on either side.

    Upstream: haotian-liu/LLaVA c121f04, llava/model/llava_arch.py, unpad_image. The image's side in tokens is
    truncated, so that 11.9999999 counts as 11; what is kept may be one more. A thin strip may keep nothing.
    """
    return _unpad(size, rows, columns, int)


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
    """The rows and columns of a token map held to `most` tokens; up to 1.21 times as many pass.

    Upstream: LLaVA-VL/LLaVA-NeXT df17966, llava/model/llava_arch.py (anyres_max), and transformers 5.23,
    models/llava_onevision/modeling_llava_onevision.py, pack_image_features.
    """
    ratio = sqrt(rows * columns / most)
    return (int(rows // ratio), int(columns // ratio)) if ratio > 1.1 else (rows, columns)
