"""Rules that choose a canvas by how far the picture must be scaled, or how well it fills it; and lay it there.

Canvases and tilings as in `tiling`. Some upstreams compute scales in float64, others in torch's float32, whose last bit
decides between canvases of the same scale: the functions that name float32 reproduce its arithmetic without torch.
"""

from collections.abc import Sequence
from functools import cache
from math import ceil, floor, inf, log, sqrt

from vtok.errors import UnsupportedSizeError
from vtok.geometry.frames import float32
from vtok.geometry.tiling import Grid, tile_grids
from vtok.values import Candidate, Size, Step

NO_LIMIT = 10e9
"""A scale that stands for any: margins left no picture to be scaled."""


@cache
def grids_by_aspect(max_num: int) -> dict[float, tuple[tuple[int, int], ...]]:
    """All pairs with a product of at most `max_num`, by their ratio: the greatest product first.

    Upstream: transformers 5.23, models/llama4/image_processing_llama4.py, find_supported_resolutions (rows, columns),
    and models/perception_lm/image_processing_perception_lm.py, _find_supported_aspect_ratios (columns, rows).
    """
    tile_grids(1, max_num)  # refuses a range that is none
    found: dict[float, tuple[tuple[int, int], ...]] = {}
    for product in range(max_num, 0, -1):
        for first in range(1, product + 1):
            if product % first == 0:
                pair = (first, product // first)
                found[pair[0] / pair[1]] = (*found.get(pair[0] / pair[1], ()), pair)
    return found


def fit_scales(size: Size, canvases: Sequence[Size]) -> list[float]:
    """By how much a picture may be scaled to fit each canvas, its aspect ratio kept."""
    return [min(canvas.height / size.height, canvas.width / size.width) for canvas in canvases]


def fit_scales_float32(size: Size, canvases: Sequence[Size]) -> list[float]:
    """As `fit_scales`, in float32. Sides may be 0 or less: upstream subtracts margins from them."""
    height, width = size
    return [
        min(float32(c.height / height) if height else inf, float32(c.width / width) if width else inf) for c in canvases
    ]


def least_scaled(scales: Sequence[float], canvases: Sequence[Size]) -> int:
    """The place of the canvas that takes the least enlarging; where none is large enough, the least shrinking.

    Upstream: transformers 5.23, get_optimal_tiled_canvas in models/mllama/image_processing_mllama.py and
    models/cohere2_vision/image_processing_cohere2_vision.py, get_best_fit in models/llama4/image_processing_llama4.py,
    select_tiling in models/molmo2/image_processing_molmo2.py. Of canvases of one scale the smallest wins, of these the
    first.
    """
    enlarging = [scale for scale in scales if scale >= 1]
    wanted = min(enlarging) if enlarging else max(scales)
    return min((i for i, scale in enumerate(scales) if scale == wanted), key=lambda i: canvases[i].area)


def least_scaled_candidates(
    scales: Sequence[float], canvases: Sequence[Size], *, tile: int, margin: int = 0
) -> tuple[Candidate, ...]:
    """What `least_scaled` considered, of square tiles; each canvas is `margin` larger than its tiles."""
    at = least_scaled(scales, canvases)
    large = scales[at] >= 1

    def why(i: int) -> str:
        if i == at:
            return "takes the least enlarging" if large else "takes the least shrinking; none is large enough"
        if scales[i] == scales[at]:
            return "the same scale on a larger canvas" if canvases[i].area > canvases[at].area else "equal, but later"
        if scales[i] < 1 and large:
            return "too small: the picture would shrink"
        return "would enlarge it more" if large else "would shrink it more"

    return tuple(
        Candidate(
            tiles=(canvas.width // tile, canvas.height // tile),
            canvas=Size(canvas.height + margin, canvas.width + margin),
            scores=(("scale", min(scales[i], NO_LIMIT)), ("canvas pixels", canvas.area)),
            chosen=i == at,
            why=why(i),
        )
        for i, canvas in enumerate(canvases)
    )


def fit_within(size: Size, canvas: Size, *, tile: int) -> Step:
    """A picture laid on a canvas, its aspect ratio kept: never enlarged but to fill a tile; fractions dropped.

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


def largest_picture(size: Size, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    """Of the canvases that hold the picture, the one on which its short side would be longest; else the nearest aspect.

    Upstream: transformers 5.23, models/perception_lm/image_processing_perception_lm.py, _fit_image_to_canvas and
    _find_closest_aspect_ratio. Of equals the last wins. Where no canvas holds the picture, the nearest aspect ratio
    that is no wider than it (of an upright picture: wider) wins, with as many tiles as there are for it.
    """
    groups = grids_by_aspect(max_num)
    grids = [grid for group in groups.values() for grid in group]
    holding = [grid for grid in grids if grid[0] * tile >= size.width and grid[1] * tile >= size.height]
    if holding:
        name, considered = "short side", set(holding)
        scores = {grid: _short_side(size, grid, tile) for grid in grids}
        best = max(reversed(holding), key=scores.__getitem__)
        won, lost, unfit = "its short side is longest here", "its short side would be shorter", "does not hold it"
    else:
        name, upright = "aspect distance", size.width < size.height
        scores = {grid: _aspect_distance(size, k) for k, group in groups.items() for grid in group}
        wanted = size.width / size.height
        considered = {grid for k, group in groups.items() if (k > wanted if upright else k <= wanted) for grid in group}
        near = min((grid for grid in grids if grid in considered), key=scores.__getitem__)
        best = max(groups[near[0] / near[1]], key=lambda grid: grid[upright])
        won, lost = "no canvas holds it; its aspect ratio is nearest", "its aspect ratio is further off"
        unfit = "not wider than the picture" if upright else "wider than the picture"

    def why(grid: Grid) -> str:
        if grid == best:
            return won
        if grid not in considered:
            return unfit
        return "as good, but passed over" if scores[grid] == scores[best] else lost

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * tile, grid[0] * tile),
            scores=(("considered", float(grid in considered)), (name, scores[grid])),
            chosen=grid == best,
            why=why(grid),
        )
        for grid in grids
    )


def _short_side(size: Size, grid: Grid, tile: int) -> float:
    """The short side of a picture that fills a canvas, as upstream rounds it: the longer one is left a fraction."""
    aspect = size.width / size.height
    scale = min(grid[0] * tile / size.width, grid[1] * tile / size.height)
    if aspect > 1:
        return floor(scale * size.width / aspect)
    return scale * size.height if aspect == 1 else floor(scale * size.height * aspect)


def _aspect_distance(size: Size, aspect: float) -> float:
    """How far an aspect ratio is from a picture's: of height to width where the picture is upright."""
    wanted = size.width / size.height
    return abs(aspect - wanted) if wanted >= 1 else abs(1 / aspect - 1 / wanted)


COVERED = 0.9
"""The share of a picture that its tiles must be able to show at full size."""


def covering_grid(size: Size, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    """The fewest tiles that show more than 0.9 of the picture without shrinking it, as (rows, columns).

    Upstream: transformers 5.23, models/ovis2/image_processing_ovis2.py, get_min_tile_covering_grid. Where no grid does,
    the one that shows most. The pieces of a cut picture are whole pixels, the last ones larger. Candidates' `tiles`
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


def log_aspect(size: Size, *, side: int, max_num: int) -> tuple[Candidate, ...]:
    """The slices whose columns / rows lie nearest to the picture's width / height, by logarithm; none for a small one.

    Upstream: transformers 5.23, models/minicpmv4_6/image_processing_minicpmv4_6.py, get_sliced_grid. As many slices as
    the picture has areas of `side` x `side`, one less or one more. Of equals the one with more rows wins.
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


def same_area(height: float, width: float, *, side: int, factor: int) -> Size:
    """The aspect ratio kept at the area of a square of `side`; both sides to the nearest multiple of `factor`.

    Upstream: transformers 5.23, models/minicpmv4_6/image_processing_minicpmv4_6.py, find_best_resize. The sides drop
    their fractions before they are rounded, half to even; none falls below `factor`.
    """
    aspect = width / height
    tall = int(side / sqrt(aspect))
    return Size(at_least_one(tall, factor), at_least_one(int(tall * aspect), factor))


def at_least_one(length: float, factor: int) -> int:
    """The nearest multiple of `factor`, half to even, but not 0."""
    return max(round(length / factor) * factor, factor)


def padded_to_tiles(size: Size, grid: Grid, *, tile: int, least: int) -> Step:
    """A picture enlarged or shrunk until one side fills the canvas; the other drops its fraction.

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
            f"{size} would be resized to {after}; the model refuses a side below {least}: crop or pad the picture"
        )
    reason = f"to fill the {'width' if across < down else 'height'} of the canvas, aspect ratio kept"
    return Step(name="resize", before=size, after=after, reason=reason)


def crops_along(size: Size, *, least: int, most: int, ratio: float) -> tuple[Grid, str]:
    """Into how many (columns, rows) a long picture is cut along its longer side, and why; (0, 0) where it is not.

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
