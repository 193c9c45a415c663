"""Rules that choose a tiling, lay the picture on its canvas, and cut the canvas into tiles.

Tilings are (columns, rows), canvases sizes in pixels. Each rule returns what it chose; its `..._candidates` all that it
considered, in upstream's order, with the scores by which it chose.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import ceil, inf, sqrt

from vtok.errors import UsageError
from vtok.geometry.places import edges, joined
from vtok.values import Box, Candidate, Raster, Size, View

Grid = tuple[int, int]

MAX_TILES = 1024
"""Most tiles of one picture for which candidates are listed."""


def best_fit(size: Size, canvases: Sequence[Size]) -> Size:
    """The canvas on which most of the picture's pixels survive, and of these the one that wastes least.

    Upstream: haotian-liu/LLaVA c121f04, llava/mm_utils.py, and deepseek-ai/DeepSeek-VL2 ef9f91e,
    processing_deepseek_vl_v2.py, select_best_resolution. Enlarging wins nothing: a picture that fits gets the smallest
    canvas that holds it. Of equals the first in the list wins.
    """
    return canvases[_best([(eff, -waste) for eff, waste in _survival(size, canvases)])]


def best_fit_candidates(size: Size, canvases: Sequence[Size], *, tile: int) -> tuple[Candidate, ...]:
    """What `best_fit` considered, of square tiles: pixels that survive (more is better), then pixels wasted."""
    scores = _survival(size, canvases)
    at = _best([(eff, -waste) for eff, waste in scores])

    def why(i: int) -> str:
        if scores[i][0] < scores[at][0]:
            return "keeps fewer of the picture's pixels"
        if i != at:
            return "wastes more of its canvas" if scores[i][1] > scores[at][1] else "no better than one before it"
        rivals = sum(eff == scores[at][0] for eff, _ in scores)
        return f"wastes least of the {rivals} that keep most pixels" if rivals > 1 else "keeps most pixels"

    return tuple(
        Candidate(
            tiles=(canvas.width // tile, canvas.height // tile),
            canvas=canvas,
            scores=(("effective pixels", scores[i][0]), ("wasted pixels", scores[i][1])),
            chosen=i == at,
            why=why(i),
        )
        for i, canvas in enumerate(canvases)
    )


def _survival(size: Size, canvases: Sequence[Size]) -> list[tuple[int, int]]:
    """For each canvas the pixels of the picture that survive on it, and those of the canvas that are wasted."""
    out = []
    for canvas in canvases:
        scale = min(canvas.width / size.width, canvas.height / size.height)
        # Truncated, although the picture itself may later be rounded: a thin strip may keep no pixel at all.
        kept = min(int(size.width * scale) * int(size.height * scale), size.area)
        out.append((kept, canvas.area - kept))
    return out


def _best(scores: Sequence[tuple[int, int]]) -> int:
    """The place of the greatest score, the first of equals; UsageError without scores."""
    if not scores:
        raise UsageError("there is no canvas to choose from; give at least one candidate")
    return max(range(len(scores)), key=scores.__getitem__)


@cache
def tile_grids(min_num: int, max_num: int) -> tuple[Grid, ...]:
    """All grids of min_num to max_num tiles: by their number, then by columns.

    Upstream: transformers 5.23, models/got_ocr2/image_processing_got_ocr2.py, get_all_supported_aspect_ratios. Raises
    UsageError for a range that holds no grid, or too many.
    """
    _check_range(min_num, max_num)
    grids = [(i, j) for i in range(1, max_num + 1) for j in range(1, max_num // i + 1) if i * j >= min_num]
    return tuple(sorted(grids, key=_product))


@cache
def tile_grids_of_set(min_num: int, max_num: int) -> tuple[Grid, ...]:
    """All grids of min_num to max_num tiles: by their number, then as CPython iterates over the set of them.

    Upstream: OpenGVLab/InternVL 2410d1d, internvl_chat/internvl/train/dataset.py, dynamic_preprocess. The order within
    a number of tiles follows from the hashes of the pairs and from the order in which they were added, which is
    therefore upstream's; it decides only between grids that are equally near. Raises as `tile_grids`.
    """
    _check_range(min_num, max_num)
    found: set[Grid] = set()
    for n in range(min_num, max_num + 1):
        for i in range(1, n + 1):
            # Pairs of smaller sides were added in an earlier round, and adding them again changes nothing.
            first = 1 if n in (i, min_num) else n
            found.update((i, j) for j in range(first, min(n, max_num // i) + 1) if i * j >= min_num)
    return tuple(sorted(found, key=_product))


def _product(grid: Grid) -> int:
    return grid[0] * grid[1]


def _check_range(min_num: int, max_num: int) -> None:
    if not 1 <= min_num <= max_num <= MAX_TILES:
        raise UsageError(f"{min_num} to {max_num} tiles; give a range within 1 to {MAX_TILES}, the lower number first")


def nearest_aspect(size: Size, grids: Sequence[Grid], *, tile: int) -> Grid:
    """The grid whose columns / rows lie nearest to the picture's width / height.

    Upstream: OpenGVLab/InternVL 2410d1d, internvl_chat/internvl/train/dataset.py, find_closest_aspect_ratio, and
    transformers 5.23, models/got_ocr2/image_processing_got_ocr2.py, get_optimal_tiled_canvas. Of grids that are equally
    near, a later one replaces an earlier where the picture has more than half of its pixels.
    """
    return grids[_nearest(size, grids, tile)]


def nearest_aspect_candidates(size: Size, grids: Sequence[Grid], *, tile: int) -> tuple[Candidate, ...]:
    """What `nearest_aspect` considered: the distance of the aspect ratios (less is better), then half the area."""
    at = _nearest(size, grids, tile)
    scores = [(_distance(size, grid), 0.5 * tile * tile * grid[0] * grid[1]) for grid in grids]

    def why(i: int) -> str:
        if scores[i][0] > scores[at][0]:
            return "its aspect ratio is further off"
        rivals = [j for j, score in enumerate(scores) if score[0] == scores[at][0] and j != at]
        if i != at:
            return "as near, but before the chosen one" if i < at else "as near, but not half filled by the picture"
        if not rivals:
            return "its aspect ratio is nearest"
        return "nearest; of those as near the " + ("first" if at < rivals[0] else "last that the picture half fills")

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * tile, grid[0] * tile),
            scores=(("aspect distance", scores[i][0]), ("half its pixels", scores[i][1])),
            chosen=i == at,
            why=why(i),
        )
        for i, grid in enumerate(grids)
    )


def _nearest(size: Size, grids: Sequence[Grid], tile: int) -> int:
    best, nearest = 0, inf
    for i, grid in enumerate(grids):
        distance = _distance(size, grid)
        tied = distance == nearest and size.area > 0.5 * tile * tile * grid[0] * grid[1]
        if distance < nearest or tied:
            best, nearest = i, distance
    return best


def _distance(size: Size, grid: Grid) -> float:
    return abs(size.width / size.height - grid[0] / grid[1])


def contained(size: Size, canvas: Size) -> Size:
    """The greatest size of the same aspect ratio that the canvas holds; the other side is rounded, half to even.

    Upstream: Pillow 13, ImageOps.contain. Small pictures are enlarged. A strip's short side may round to 0.
    """
    aspect, wanted = size.width / size.height, canvas.width / canvas.height
    if aspect > wanted:
        return Size(round(size.height / size.width * canvas.width), canvas.width)
    if aspect < wanted:
        return Size(canvas.height, round(size.width / size.height * canvas.height))
    return canvas


def centred(size: Size, canvas: Size) -> Box:
    """Where a picture lies in the middle of a canvas; half a pixel rounds to even.

    Upstream: Pillow 13, ImageOps.pad.
    """
    top, left = (round((outer - inner) * 0.5) for outer, inner in zip(canvas, size, strict=True))
    return Box(left, top, left + size.width, top + size.height)


def filled_out(size: Size, canvas: Size) -> Size:
    """The picture at the size at which one side fills the canvas; the other is rounded up.

    Upstream: haotian-liu/LLaVA c121f04, llava/mm_utils.py, resize_and_pad_image, and transformers 5.23,
    image_processing_utils.py, get_patch_output_size. Small pictures are enlarged.
    """
    across, down = canvas.width / size.width, canvas.height / size.height
    if across < down:
        return Size(min(ceil(size.height * across), canvas.height), canvas.width)
    return Size(canvas.height, min(ceil(size.width * down), canvas.width))


def floor_centred(size: Size, canvas: Size) -> Box:
    """As `centred`, but an odd pixel of padding always lies at the right or bottom.

    Upstream: haotian-liu/LLaVA c121f04, llava/mm_utils.py, resize_and_pad_image and expand2square.
    """
    top, left = ((outer - inner) // 2 for outer, inner in zip(canvas, size, strict=True))
    return Box(left, top, left + size.width, top + size.height)


def unpad(size: Size, rows: int, columns: int) -> tuple[range, range]:
    """The rows and columns of a canvas' token map that are kept when its padding is dropped, as much on either side.

    Upstream: haotian-liu/LLaVA c121f04, llava/model/llava_arch.py, unpad_image. The picture's side in tokens is
    truncated, so that 11.9999999 counts as 11; what is kept may be one more. A thin strip may keep nothing.
    """
    return _unpad(size, rows, columns, int)


def unpad_rounded(size: Size, rows: int, columns: int) -> tuple[range, range]:
    """As `unpad`, but the picture's side in tokens is rounded to seven digits before it is truncated.

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


def cut(
    canvas: Size, tiles: Grid, *, content: Box, source: Box, patch_size: int, merge_size: int = 1
) -> tuple[View, ...]:
    """The tiles of a canvas, row by row, without overlap; `content` in the canvas shows `source` of the original.

    The sources of the tiles partition `source`; a tile of padding alone has none of it.
    """
    columns, rows = tiles
    size = Size(canvas.height // rows, canvas.width // columns)
    xs = edges(columns, cell=size.width, content=(content.left, content.right), source=(source.left, source.right))
    ys = edges(rows, cell=size.height, content=(content.top, content.bottom), source=(source.top, source.bottom))
    across = tuple(_pieces(columns, size.width, content.left, content.right))
    down = tuple(_pieces(rows, size.height, content.top, content.bottom))
    return tuple(
        View(
            kind="tile",
            size=size,
            grid=(1, size.height // patch_size, size.width // patch_size),
            patch_size=patch_size,
            merge_size=merge_size,
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
