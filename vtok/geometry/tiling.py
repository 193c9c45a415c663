"""Rules that choose a tiling by aspect ratio, by what survives of the image, or by how much of it tiles can show.

Tilings are (columns, rows), canvases sizes in pixels. Each rule returns all candidates that it considered, in
upstream's order, with the scores by which it chose one of them.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from math import ceil, floor, inf, log

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.values import Candidate, Size

Grid = tuple[int, int]

MAX_TILES = 1024
"""Most tiles of one image for which candidates are listed."""


def chosen(candidates: Iterable[Candidate]) -> Candidate:
    """The candidate that won."""
    return next(candidate for candidate in candidates if candidate.chosen)


def best_fit(size: Size, canvases: Sequence[Size], *, tile: int) -> tuple[Candidate, ...]:
    """The canvas of square tiles on which most of the image's pixels survive, and of these the least wasteful.

    Upstream: haotian-liu/LLaVA c121f04, llava/mm_utils.py, and deepseek-ai/DeepSeek-VL2 ef9f91e,
    processing_deepseek_vl_v2.py, select_best_resolution. Enlarging wins nothing: an image that fits gets the smallest
    canvas that holds it. Of equals the first in the list wins. Raises UsageError without canvases.
    """
    if not canvases:
        raise UsageError("there is no canvas to choose from; give at least one candidate")
    scores = _survival(size, canvases)
    at = max(range(len(scores)), key=lambda i: (scores[i][0], -scores[i][1]))

    def why(i: int) -> str:
        if scores[i][0] < scores[at][0]:
            return "keeps fewer of the image's pixels"
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
    """For each canvas the pixels of the image that survive on it, and those of the canvas that are wasted."""
    out = []
    for canvas in canvases:
        scale = min(canvas.width / size.width, canvas.height / size.height)
        # Truncated, although the image itself may later be rounded: a thin strip may keep no pixel at all.
        kept = min(int(size.width * scale) * int(size.height * scale), size.area)
        out.append((kept, canvas.area - kept))
    return out


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


def nearest_aspect(size: Size, grids: Sequence[Grid], *, tile: int) -> tuple[Candidate, ...]:
    """The grid of square tiles whose columns / rows lie nearest to the image's width / height.

    Upstream: OpenGVLab/InternVL 2410d1d, internvl_chat/internvl/train/dataset.py, find_closest_aspect_ratio, and
    transformers 5.23, models/got_ocr2/image_processing_got_ocr2.py, get_optimal_tiled_canvas. Of grids that are equally
    near, a later one replaces an earlier where the image has more than half of its pixels.
    """
    at = _nearest(size, grids, tile)
    scores = [(_distance(size, grid), 0.5 * tile * tile * grid[0] * grid[1]) for grid in grids]

    def why(i: int) -> str:
        if scores[i][0] > scores[at][0]:
            return "its aspect ratio is further off"
        rivals = [j for j, score in enumerate(scores) if score[0] == scores[at][0] and j != at]
        if i != at:
            return "as near, but before the chosen one" if i < at else "as near, but not half filled by the image"
        if not rivals:
            return "its aspect ratio is nearest"
        return "nearest; of those as near the " + ("first" if at < rivals[0] else "last that the image half fills")

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


def log_aspect(size: Size, *, side: int, max_num: int) -> tuple[Candidate, ...]:
    """The slices whose columns / rows lie nearest to the image's width / height, by logarithm; none for a small one.

    Upstream: transformers 5.23, models/minicpmv4_6/image_processing_minicpmv4_6.py, get_sliced_grid. As many slices as
    the image has areas of `side` x `side`, one less or one more. Of equals the one with more rows wins.
    """
    wanted = min(ceil(size.width * size.height / (side * side)), max_num)
    if wanted <= 1:
        return ()
    aspect = log(size.width / size.height)
    counts = [n for n in (wanted - 1, wanted, wanted + 1) if n != 1 and n <= max_num]
    grids = [(n // rows, rows) for n in counts for rows in range(1, n + 1) if n % rows == 0]
    errors = [abs(aspect - log(columns / rows)) for columns, rows in grids]
    least = min(errors)
    at = max((i for i, error in enumerate(errors) if error == least), key=lambda i: (grids[i][1], -i))

    def why(i: int) -> str:
        if i == at:
            return "its aspect ratio is nearest"
        return "its aspect ratio is further off" if errors[i] > least else "as near, with no more rows"

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * side, grid[0] * side),
            scores=(("log aspect distance", errors[i]),),
            chosen=i == at,
            why=why(i),
        )
        for i, grid in enumerate(grids)
    )


COVERED = 0.9
"""The share of an image that its tiles must be able to show at full size."""


def covering_grid(size: Size, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    """The fewest tiles that show more than 0.9 of the image without shrinking it, as (rows, columns).

    Upstream: transformers 5.23, models/ovis2/image_processing_ovis2.py, get_min_tile_covering_grid. Where no grid does,
    the one that shows most. The pieces of a cut image are whole pixels, the last ones larger. Candidates' `tiles`
    are upstream's pairs as the caller reads them: (columns, rows), although they were scored as (rows, columns).
    """
    grids = tile_grids(1, max_num)
    scores = {grid: _covered(size, grid, tile) for grid in grids}
    enough = [grid for grid in grids if scores[grid] > COVERED]
    if enough:
        best = min(enough, key=lambda grid: (grid[0] * grid[1], -scores[grid]))
    else:
        best = min(grids, key=lambda grid: (-scores[grid], grid[0] * grid[1]))

    def why(grid: Grid) -> str:
        if grid == best:
            return "the fewest tiles that show enough" if enough else "shows most; none shows enough"
        if grid not in enough:
            return "shows too little at full size"
        return "more tiles than needed" if grid[0] * grid[1] > best[0] * best[1] else "as many tiles, showing no more"

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * tile, grid[0] * tile),
            scores=(("share shown", scores[grid]), ("tiles", float(grid[0] * grid[1]))),
            chosen=grid == best,
            why=why(grid),
        )
        for grid in grids
    )


def _covered(size: Size, grid: tuple[int, int], tile: int) -> float:
    rows, columns = grid
    heights, widths = _cut_lengths(size.height, rows), _cut_lengths(size.width, columns)
    return sum(_shown(w, h, tile) for h in heights for w in widths) / size.area


def _cut_lengths(length: int, count: int) -> list[int]:
    each = length // count
    return [*([each] * (count - 1)), length - each * (count - 1)]


def _shown(width: int, height: int, tile: int) -> float:
    longer, shorter = max(width, height), min(width, height)
    return tile * (shorter / longer * tile) if longer > tile else longer * shorter


def crops_along(size: Size, *, least: int, most: int, ratio: float) -> tuple[Grid, str]:
    """Into how many (columns, rows) a long image is cut along its longer side, and why; (0, 0) where it is not.

    Upstream: transformers 5.23, models/gemma3/image_processing_gemma3.py, pan_and_scan_batched. As many crops as the
    aspect ratio says, half up, at least `least` pixels long, but 2 to `most` of them. Their length is rounded up, so
    that the last one may be shorter. Raises UnsupportedSizeError where nothing is left for the last one.
    """
    longer, shorter = max(size), min(size)
    if longer / shorter < ratio:
        return (0, 0), f"no crops: the aspect ratio is below {ratio:g}"
    wanted = min(floor(longer / least), floor(longer / shorter + 0.5))
    count = min(most, max(2, wanted))
    length = ceil(longer / count)
    if min(length, shorter) < least:
        return (0, 0), f"no crops: they would be {length}x{shorter} pixels, below {least}"
    if length * (count - 1) >= longer:
        raise UnsupportedSizeError(
            f"{size} in {count} crops of {length} pixels leaves an empty one; ask for fewer crops"
        )
    grid = (count, 1) if size.width >= size.height else (1, count)
    return grid, f"{count} crops of up to {length} pixels along the longer side"
