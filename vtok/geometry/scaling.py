"""Rules that choose a tiling by how far the image must be scaled to fit its canvas.

Candidates are as in `tiling`. Some upstreams compute scales in float64, others in float32, as torch does. The last bit
decides between canvases of the same scale.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from math import floor, inf

from vtok.geometry.floats import float32
from vtok.geometry.many import for_many
from vtok.geometry.tiling import Grid, tile_grids
from vtok.values import Candidate, Size

NO_LIMIT = 10e9
"""The scale that is shown if margins leave no image to be scaled."""


@lru_cache(maxsize=64)
def grids_by_aspect(max_num: int) -> dict[float, tuple[tuple[int, int], ...]]:
    """All pairs with a product of at most `max_num`, grouped by their ratio, the greatest product first.

    Upstream: transformers 5.23, models/llama4/image_processing_llama4.py, find_supported_resolutions (rows, columns),
    and models/perception_lm/image_processing_perception_lm.py, _find_supported_aspect_ratios (columns, rows).
    """
    tile_grids(1, max_num)  # raises UsageError for a range that holds no grid
    groups: dict[float, tuple[tuple[int, int], ...]] = {}
    for product in range(max_num, 0, -1):
        for first in range(1, product + 1):
            if product % first == 0:
                pair = (first, product // first)
                groups[pair[0] / pair[1]] = (*groups.get(pair[0] / pair[1], ()), pair)
    return groups


@for_many
def fit_scales(size: Size, canvases: Sequence[Size]) -> list[float]:
    """The scale at which an image just fits each canvas, its aspect ratio kept."""
    return [min(canvas.height / size.height, canvas.width / size.width) for canvas in canvases]


@for_many
def fit_scales_float32(size: Size, canvases: Sequence[Size]) -> list[float]:
    """As `fit_scales`, in float32. Sides may be 0 or below, since upstream subtracts margins from them."""
    height, width = size
    return [
        min(float32(c.height / height) if height else inf, float32(c.width / width) if width else inf) for c in canvases
    ]


@for_many
def least_scaled(
    scales: Sequence[float], canvases: Sequence[Size], *, tile: int, margin: int = 0
) -> tuple[Candidate, ...]:
    """Choose the canvas of square tiles that takes the least enlarging, or the least shrinking if all are too small.

    Of canvases with the same scale the smallest wins; of these, the first. With a `margin`, each canvas is that much
    larger than its tiles. Upstream: transformers 5.23, get_optimal_tiled_canvas in
    models/mllama/image_processing_mllama.py and models/cohere2_vision/image_processing_cohere2_vision.py, get_best_fit
    in models/llama4/image_processing_llama4.py, select_tiling in models/molmo2/image_processing_molmo2.py.
    """
    enlarging = [scale for scale in scales if scale >= 1]
    wanted = min(enlarging) if enlarging else max(scales)
    at = min((i for i, scale in enumerate(scales) if scale == wanted), key=lambda i: canvases[i].area)

    def why(i: int) -> str:
        if not 0 < wanted < inf:
            nothing = (
                f"the image is not larger than the {margin} pixels of both margins, which are left out of its size"
            )
            return f"{nothing}: the smallest canvas wins" if i == at else "a smaller canvas comes before it"
        scale = f"the scale {min(scales[i], NO_LIMIT):.3g}"
        if i == at:
            least = f"{scale} is the least that does not shrink the image"
            return least if enlarging else f"{scale} shrinks the image least, and all others shrink it, too"
        if scales[i] == scales[at]:
            larger = canvases[i].area > canvases[at].area
            return f"{scale} is the same on a larger canvas" if larger else "an equal canvas comes before it"
        if scales[i] < 1 and enlarging:
            return f"{scale} would shrink the image"
        return f"{scale} would enlarge the image more" if enlarging else f"{scale} would shrink the image more"

    return tuple(
        Candidate(
            tiles=(canvas.width // tile, canvas.height // tile),
            canvas=Size(canvas.height + margin, canvas.width + margin),
            scores=(("scale", min(scales[i], NO_LIMIT)), ("canvas pixels", canvas.area)),
            chosen=i == at,
            reason=partial(why, i),
        )
        for i, canvas in enumerate(canvases)
    )


@for_many
def largest_image(size: Size, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    """Choose the canvas that holds the image and on which its short side would be longest; of equal ones, the last.

    If no canvas holds the image, the nearest aspect ratio wins that is not wider than the image (for an upright image:
    that is wider), with as many tiles as it allows. Upstream: transformers 5.23,
    models/perception_lm/image_processing_perception_lm.py, _fit_image_to_canvas and _find_closest_aspect_ratio.
    """
    groups = grids_by_aspect(max_num)
    grids = [grid for group in groups.values() for grid in group]
    holding = [grid for grid in grids if grid[0] * tile >= size.width and grid[1] * tile >= size.height]
    if holding:
        name, considered = "short side", set(holding)
        scores = {grid: _short_side(size, grid, tile) for grid in grids}
        best = max(reversed(holding), key=scores.__getitem__)
        won, lost = "the image's short side is longest here, {0:.4g} pixels", "the short side would be {0:.4g} pixels"
        unfit = "the canvas does not hold the image"
    else:
        name, upright = "aspect distance", size.width < size.height
        scores = {grid: _aspect_distance(size, k) for k, group in groups.items() for grid in group}
        wanted = size.width / size.height
        considered = {grid for k, group in groups.items() if (k > wanted if upright else k <= wanted) for grid in group}
        nearest = min((grid for grid in grids if grid in considered), key=scores.__getitem__)
        best = max(groups[nearest[0] / nearest[1]], key=lambda grid: grid[upright])
        won = "no canvas holds the image, and this aspect ratio is nearest, {0:.3g} away"
        lost = "the aspect ratio is {0:.3g} away"
        unfit = (
            "the aspect ratio is not wider than the image" if upright else "the aspect ratio is wider than the image"
        )

    def why(grid: Grid) -> str:
        if grid == best:
            return won.format(scores[grid])
        if grid not in considered:
            return unfit
        return "an equal canvas wins" if scores[grid] == scores[best] else lost.format(scores[grid])

    return tuple(
        Candidate(
            tiles=grid,
            canvas=Size(grid[1] * tile, grid[0] * tile),
            scores=(("considered", float(grid in considered)), (name, scores[grid])),
            chosen=grid == best,
            reason=partial(why, grid),
        )
        for grid in grids
    )


def _short_side(size: Size, grid: Grid, tile: int) -> float:
    """The short side of an image that fills a canvas. As upstream, only the short side is rounded."""
    aspect = size.width / size.height
    scale = min(grid[0] * tile / size.width, grid[1] * tile / size.height)
    if aspect > 1:
        return floor(scale * size.width / aspect)
    return scale * size.height if aspect == 1 else floor(scale * size.height * aspect)


def _aspect_distance(size: Size, aspect: float) -> float:
    """How far an aspect ratio is from the image's; for an upright image, height over width is compared."""
    wanted = size.width / size.height
    return abs(aspect - wanted) if wanted >= 1 else abs(1 / aspect - 1 / wanted)
