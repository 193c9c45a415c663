"""Rules that choose a tiling: by aspect ratio, by the pixels of the image that survive, or by how much tiles can show.

Tilings are (columns, rows), canvases are sizes in pixels. Each rule returns all candidates that upstream considers, in
upstream's order, with the scores that upstream compares. Each candidate says why it won or lost.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from math import ceil, floor, inf, log, sqrt
from typing import NamedTuple

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.bounds import MOST_TILES, bounded
from vtok.geometry.many import for_many
from vtok.geometry.snapping import ratios
from vtok.values import Candidate, Size

Grid = tuple[int, int]

MAX_TILES = 1024
"""The most tiles of one image for which candidates are listed."""


def chosen(candidates: Iterable[Candidate]) -> Candidate:
    """The candidate that won."""
    return next(candidate for candidate in candidates if candidate.chosen)


@for_many
def kept_pixels(size: Size, canvas: Size) -> int:
    """The pixels of an image that survive on a canvas; never more than the image has."""
    scale = min(canvas.width / size.width, canvas.height / size.height)
    # Truncated, although the image itself may later be rounded: a thin strip may keep no pixel at all.
    return min(int(size.width * scale) * int(size.height * scale), size.area)


@for_many
def best_fit(
    size: Size, canvases: Sequence[Size], *, tile: int, kept: Callable[[Size, Size], int] = kept_pixels
) -> tuple[Candidate, ...]:
    """Choose the canvas of square tiles on which most of the image's pixels survive; of these, the least wasteful.

    Enlarging wins nothing: an image that fits gets the smallest canvas that holds it. Of equal canvases the first one
    wins. `kept` counts the pixels that survive. Raises UsageError without canvases. Upstream: haotian-liu/LLaVA
    c121f04, llava/mm_utils.py, and deepseek-ai/DeepSeek-VL2 ef9f91e, processing_deepseek_vl_v2.py,
    select_best_resolution.
    """
    if not canvases:
        raise UsageError("there is no canvas to choose from; give at least one candidate")
    survivors = [kept(size, canvas) for canvas in canvases]
    scores = [(pixels, canvas.area - pixels) for pixels, canvas in zip(survivors, canvases, strict=True)]
    at = max(range(len(scores)), key=lambda i: (scores[i][0], -scores[i][1]))

    def why(i: int) -> str:
        kept, wasted = scores[i]
        if kept < scores[at][0]:
            return f"this canvas keeps {kept:,} of the image's pixels, fewer than {scores[at][0]:,}"
        if i != at:
            more = f"this canvas wastes {wasted:,} pixels, more than {scores[at][1]:,}"
            return more if wasted > scores[at][1] else "an equal canvas comes before it"
        rivals = sum(eff == kept for eff, _ in scores)
        most = f"this canvas keeps most of the image's pixels, {kept:,}"
        return f"{most}; of {rivals} such canvases it wastes least, {wasted:,}" if rivals > 1 else most

    return tuple(
        Candidate(
            tiles=(canvas.width // tile, canvas.height // tile),
            canvas=canvas,
            scores=(("effective pixels", scores[i][0]), ("wasted pixels", scores[i][1])),
            chosen=i == at,
            reason=partial(why, i),
        )
        for i, canvas in enumerate(canvases)
    )


@lru_cache(maxsize=64)
def tile_grids(min_num: int, max_num: int) -> tuple[Grid, ...]:
    """All grids of min_num to max_num tiles: by their number, then by columns.

    Raises UsageError for a range that holds no grid, or too many. Upstream: transformers 5.23,
    models/got_ocr2/image_processing_got_ocr2.py, get_all_supported_aspect_ratios.
    """
    _check_range(min_num, max_num)
    grids = [(i, j) for i in range(1, max_num + 1) for j in range(1, max_num // i + 1) if i * j >= min_num]
    return tuple(sorted(grids, key=_product))


@lru_cache(maxsize=64)
def tile_grids_of_set(min_num: int, max_num: int) -> tuple[Grid, ...]:
    """All grids of min_num to max_num tiles: by their number, then in the order in which CPython iterates over a set.

    That order follows from the hashes of the pairs and from the order in which they are added, which is therefore
    upstream's. It decides only between grids that are equally near. Raises as `tile_grids`. Upstream:
    OpenGVLab/InternVL 2410d1d, internvl_chat/internvl/train/dataset.py, dynamic_preprocess.
    """
    _check_range(min_num, max_num)
    grids: set[Grid] = set()
    for n in range(min_num, max_num + 1):
        for i in range(1, n + 1):
            # Pairs of smaller sides were added in an earlier round. Adding them again would change nothing.
            first = 1 if n in (i, min_num) else n
            grids.update((i, j) for j in range(first, min(n, max_num // i) + 1) if i * j >= min_num)
    return tuple(sorted(grids, key=_product))


def _product(grid: Grid) -> int:
    return grid[0] * grid[1]


def _check_range(min_num: int, max_num: int) -> None:
    if not 1 <= min_num <= max_num <= MAX_TILES:
        raise UsageError(f"{min_num} to {max_num} tiles; give a range within 1 to {MAX_TILES}, the lower number first")


def aspect_distance(size: Size, grid: Grid) -> float:
    """How far the aspect ratio of a grid (columns, rows) is from the aspect ratio of an image."""
    return abs(size.width / size.height - grid[0] / grid[1])


class Tie(NamedTuple):
    """Whether a later one of two equally near grids replaces the earlier one, and how that is said.

    `replaces` takes the pixels of the image, of the later grid and of the earlier grid.
    """

    replaces: Callable[[int, int, int], bool]
    last: str
    first: str
    loser: str


HALF_FILLED = Tie(
    lambda image, later, _: image > 0.5 * later,
    last="it is the last that the image fills by more than half, {half:,.0f} pixels",
    first="it is the first, and the image fills no other by more than half",
    loser="the image does not fill more than half of it, {half:,.0f} pixels",
)
NEAREST_AREA = Tie(
    lambda image, later, earlier: abs(image - later) < abs(image - earlier),
    last="its area is nearest to the image's",
    first="its area is nearest to the image's",
    loser="its area is further from the image's",
)


@for_many
def nearest_aspect(
    size: Size,
    grids: Sequence[Grid],
    *,
    tile: int,
    distance: Callable[[Size, Grid], float] = aspect_distance,
    tie: Tie = HALF_FILLED,
) -> tuple[Candidate, ...]:
    """Choose the grid of square tiles whose columns / rows are nearest to the image's width / height.

    Of equally near grids, a later one replaces an earlier one if the image has more than half as many pixels as the
    later grid. Upstream: OpenGVLab/InternVL 2410d1d, internvl_chat/internvl/train/dataset.py,
    find_closest_aspect_ratio, and transformers 5.23, models/got_ocr2/image_processing_got_ocr2.py,
    get_optimal_tiled_canvas.
    """
    distances = [distance(size, grid) for grid in grids]
    at = _nearest(size, grids, distances, tile=tile, tie=tie)
    scores = [(distances[i], 0.5 * tile * tile * grid[0] * grid[1]) for i, grid in enumerate(grids)]

    def why(i: int) -> str:
        far, half = scores[i]
        aspect, wanted = ratios(grids[i][0] / grids[i][1], size.width / size.height)
        if far > scores[at][0]:
            return f"the aspect ratio {aspect} is further from the image's {wanted}"
        rivals = [j for j, score in enumerate(scores) if score[0] == scores[at][0] and j != at]
        if i != at:
            tied = f"the aspect ratio {aspect} is as near to the image's {wanted}"
            return f"{tied}, but {'a later grid wins' if i < at else tie.loser.format(half=half)}"
        nearest = f"the aspect ratio {aspect} is nearest to the image's {wanted}"
        if not rivals:
            return nearest
        why_this = (tie.first if at < rivals[0] else tie.last).format(half=half)
        return f"{nearest}; of {len(rivals) + 1} equally near grids, {why_this}"

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * tile, grid[0] * tile),
            scores=(("aspect distance", scores[i][0]), ("half its pixels", scores[i][1])),
            chosen=i == at,
            reason=partial(why, i),
        )
        for i, grid in enumerate(grids)
    )


def _nearest(size: Size, grids: Sequence[Grid], distances: Sequence[float], *, tile: int, tie: Tie) -> int:
    areas = [tile * tile * columns * rows for columns, rows in grids]
    best, nearest = 0, inf
    for i, distance in enumerate(distances):
        if distance < nearest or (distance == nearest and tie.replaces(size.area, areas[i], areas[best])):
            best, nearest = i, distance
    return best


ENOUGH = 0.6
"""The share of an image's pixels beyond which more tiles win nothing."""


@for_many
def area_and_aspect(size: Size, grids: Sequence[Grid], *, tile: int) -> tuple[Candidate, ...]:
    """Choose the grid of square tiles with the greatest product of the pixels that it holds and its aspect ratio's fit.

    Pixels count as a share of the image's, up to ENOUGH; the fit is the quotient of both aspect ratios, at most 1. Of
    equal grids the first wins. Upstream: NVlabs/Eagle 783f656, Eagle2_5/eaglevl/train/dataset.py,
    find_closest_aspect_ratio_v2.
    """
    aspect = size.width / size.height
    shares = [min(columns * rows * tile * tile / size.area, ENOUGH) for columns, rows in grids]
    fits = [min(columns / rows / aspect, aspect / (columns / rows)) for columns, rows in grids]
    scores = [share * fit for share, fit in zip(shares, fits, strict=True)]
    at = max(range(len(grids)), key=lambda i: scores[i])

    def why(i: int) -> str:
        numbers = f"{scores[i]:.3f}: {shares[i]:.1%} of the pixels, an aspect ratio that fits by {fits[i]:.1%}"
        if i == at:
            return f"the greatest product of pixels and aspect ratio, {numbers}"
        return f"a product of {numbers}" + (", no more than an earlier grid's" if scores[i] == scores[at] else "")

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * tile, grid[0] * tile),
            scores=(("pixels times aspect", scores[i]),),
            chosen=i == at,
            reason=partial(why, i),
        )
        for i, grid in enumerate(grids)
    )


@for_many
def log_aspect(size: Size, *, side: int, max_num: int) -> tuple[Candidate, ...]:
    """Choose the grid of slices whose columns / rows are nearest to the image's width / height, by logarithm.

    There are as many slices as the image has areas of `side` x `side`, one less or one more; of equally near grids the
    one with more rows wins. A small image has no candidates. Upstream: transformers 5.23,
    models/minicpmv4_6/image_processing_minicpmv4_6.py, get_sliced_grid.
    """
    wanted = min(ceil(size.width * size.height / (side * side)), max_num)
    if wanted <= 1:
        return ()
    bounded(wanted - 1, "tiles", MOST_TILES)
    aspect = log(size.width / size.height)
    counts = [n for n in (wanted - 1, wanted, wanted + 1) if n != 1 and n <= max_num]
    grids = [(n // rows, rows) for n in counts for rows in range(1, n + 1) if n % rows == 0]
    errors = [abs(aspect - log(columns / rows)) for columns, rows in grids]
    least = min(errors)
    at = max((i for i, error in enumerate(errors) if error == least), key=lambda i: grids[i][1])

    def why(i: int) -> str:
        ratio, image = ratios(grids[i][0] / grids[i][1], size.width / size.height)
        if i == at:
            return f"the aspect ratio {ratio} is nearest to the image's {image}"
        if errors[i] > least:
            return f"the aspect ratio {ratio} is further from the image's {image}"
        return f"the aspect ratio {ratio} is as near, but {grids[i][1]} rows are not more than {grids[at][1]}"

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * side, grid[0] * side),
            scores=(("log aspect distance", errors[i]),),
            chosen=i == at,
            reason=partial(why, i),
        )
        for i, grid in enumerate(grids)
    )


COVERED = 0.9
"""The tiles must be able to show more than this share of an image at full size."""


@for_many
def covering_grid(size: Size, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    """Choose the fewest tiles that show more than COVERED of the image without shrinking it.

    If no grid does, the one wins that shows most. The image is cut into whole pixels, and the last pieces are larger.
    Upstream scores its pairs as (rows, columns) and cuts them as (columns, rows); `tiles` are what is cut. Upstream:
    transformers 5.23, models/ovis2/image_processing_ovis2.py, get_min_tile_covering_grid.
    """
    grids = tile_grids(1, max_num)
    scores = {grid: _covered(size, grid, tile) for grid in grids}
    enough = [grid for grid in grids if scores[grid] > COVERED]
    if enough:
        best = min(enough, key=lambda grid: (grid[0] * grid[1], -scores[grid]))
    else:
        best = min(grids, key=lambda grid: (-scores[grid], grid[0] * grid[1]))

    def why(grid: Grid) -> str:
        share = f"{scores[grid]:.1%} of the image at full size"
        if grid == best:
            most = f"they show {share}, the most of all grids, as none shows more than {COVERED:.0%}"
            return f"the fewest that show more than {COVERED:.0%}: {share}" if enough else most
        if grid not in enough:
            return f"they show {share}, not more than {COVERED:.0%}"
        fewer = f"{best[0] * best[1]} tiles show enough"
        return fewer if _product(grid) > _product(best) else f"they show {share}, no more than as many other tiles"

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * tile, grid[0] * tile),
            scores=(("share shown", scores[grid]), ("tiles", float(grid[0] * grid[1]))),
            chosen=grid == best,
            reason=partial(why, grid),
        )
        for grid in grids
    )


def _covered(size: Size, grid: tuple[int, int], tile: int) -> float:
    rows, columns = grid
    height, width = size.height // rows, size.width // columns
    lowest, last = size.height - height * (rows - 1), size.width - width * (columns - 1)
    row, lowest_row = ([*[_shown(width, h, tile)] * (columns - 1), _shown(last, h, tile)] for h in (height, lowest))
    return sum(row * (rows - 1) + lowest_row) / size.area  # one by one: the order decides the last bit


def _shown(width: int, height: int, tile: int) -> float:
    longer, shorter = max(width, height), min(width, height)
    return tile * (shorter / longer * tile) if longer > tile else longer * shorter


def filled_tiles(size: Size, count: int, *, tile: int) -> Size:
    """The size of an image whose longer side fills `count` tiles; the shorter side drops its fraction.

    Upstream: microsoft/Phi-3-vision-128k-instruct, image_processing_phi3_v.py, HD_transform.
    """
    longer = count * tile
    shorter = int(longer / (max(size) / min(size)))
    return Size(shorter, longer) if size.width >= size.height else Size(longer, shorter)


@for_many
def longest_strip(size: Size, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    """Choose the most tiles along the longer side with which the whole image has at most `max_num` tiles.

    The shorter side is padded to whole tiles. Raises UnsupportedSizeError if nothing is left of it. Upstream:
    microsoft/Phi-3-vision-128k-instruct, image_processing_phi3_v.py, HD_transform.
    """
    _check_range(1, max_num)
    ratio = max(size) / min(size)
    needed = {n: n * ceil(n / ratio) for n in range(1, max_num + 1)}
    best = max(n for n, tiles in needed.items() if tiles <= max_num)
    if not min(filled_tiles(size, best, tile=tile)):
        raise UnsupportedSizeError(f"{size} with {best * tile} pixels along its longer side is less than a pixel wide")

    def candidate(n: int) -> Candidate:
        resized = filled_tiles(size, n, tile=tile)
        columns, rows = (max(1, ceil(side / tile)) for side in (resized.width, resized.height))
        why = f"{n} tiles along the longer side need {needed[n]}, " + (
            f"more than {max_num}" if n > best else f"at most {max_num}; {best} do, too"
        )
        return Candidate(
            tiles=(columns, rows),
            canvas=Size(rows * tile, columns * tile),
            scores=(("tiles", float(needed[n])),),
            chosen=n == best,
            reason=f"{n} tiles are the most along the longer side that need at most {max_num}" if n == best else why,
        )

    return tuple(candidate(n) for n in range(1, min(best + 1, max_num) + 1))


@for_many
def tiles_within(size: Size, *, tile: int, max_num: int) -> tuple[Grid, str]:
    """The (columns, rows) of the tiles that an image gets, and why: as many as `max_num` allows at its aspect ratio.

    An image with a side up to `tile` is one tile. One that needs more than `max_num` tiles gets fewer, both numbers
    shrunk by the same ratio. Upstream: vikhyat/moondream 44146f1, moondream/torch/image_crops.py, select_tiling.
    """
    if min(size) <= tile:
        return (1, 1), f"one tile, as a side without margins is at most {tile}"
    rows, columns = (ceil(side / tile) for side in size)
    if rows * columns > max_num:
        ratio = sqrt(max_num / (rows * columns))
        fewer = max(1, floor(columns * ratio)), max(1, floor(rows * ratio))
        return fewer, f"{columns} x {rows} tiles would hold the image, and are shrunk to at most {max_num}"
    down = max(floor(sqrt(max_num * size.height / size.width)), rows)
    across = max(floor(sqrt(max_num * size.width / size.height)), columns)
    if down * across > max_num:
        across, down = (floor(max_num / down), down) if across > down else (across, floor(max_num / across))
    return (max(1, across), max(1, down)), f"as many tiles as {max_num} allow at the image's aspect ratio"


@for_many
def crops_along(size: Size, *, least: int, most: int, ratio: float) -> tuple[Grid, str]:
    """The (columns, rows) of crops into which a long image is cut along its longer side, and why.

    (0, 0) means that it is not cut. There are as many crops as the rounded aspect ratio, each at least `least` pixels
    long, but 2 to `most` of them. Their length is rounded up, so that the last one may be shorter. Raises
    UnsupportedSizeError if nothing is left for the last one. Upstream: transformers 5.23,
    models/gemma3/image_processing_gemma3.py, pan_and_scan_batched.
    """
    longer, shorter = max(size), min(size)
    if longer / shorter < ratio:
        return (0, 0), f"no crops: the longer side is {longer / shorter:.3g} times the shorter, below {ratio:g} times"
    wanted = min(floor(longer / least), floor(longer / shorter + 0.5))
    count = min(most, max(2, wanted))
    length = ceil(longer / count)
    if min(length, shorter) < least:
        return (0, 0), f"no crops: they would be {length}x{shorter} pixels, and no side may be below {least}"
    if length * (count - 1) >= longer:
        raise UnsupportedSizeError(
            f"{size} in {count} crops of {length} pixels leaves the last one empty; ask for fewer crops"
        )
    grid = (count, 1) if size.width >= size.height else (1, count)
    times = f"the longer side is {longer / shorter:.3g} times the shorter"
    return grid, f"{count} crops of up to {length} pixels, as {times}"
