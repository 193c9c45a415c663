"""The rules of this room on many sizes at once: each function is the namesake of a rule for one size.

The rule for one size has the docstring, the reason and the source; here stands the same arithmetic on arrays of
float64. Every operation is the same IEEE operation in the same order as there: `np.rint` rounds half to even as
`round`, `np.trunc` drops a fraction as `int`. Whole numbers below 2**53 are exact, and so are products of sides
(`EXACT_PIXELS`). Arrays of float32 stand where upstream computes in float32.

Two functions of the standard library have no exact twin in numpy, whose last bit depends on the processor: logarithms,
and `round` to decimal digits. They are computed number by number.

A size that a rule refuses comes out with a side of 0.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import log
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from vtok.errors import UnsupportedSizeError
from vtok.geometry import canvases, hosted, resize, scaling, single, sliding, snapping, tiling
from vtok.geometry.many import ON_ARRAYS, RULES, Scales, Sizes
from vtok.geometry.snapping import ASPECT_LIMIT, check_limits, check_positive
from vtok.values import Candidate, Size, Step

Floats = NDArray[np.float64]
Grid = tuple[int, int]


def _step(before: Any, height: Any, width: Any, refused: Any = None) -> Step:
    """The step to these sizes; the refused ones become 0 x 0."""
    if refused is not None and refused.any():
        height, width = np.where(refused, 0.0, height), np.where(refused, 0.0, width)
    return Step(name="", before=before, after=Sizes(height, width), reason="")


def _chosen(tiles: tuple[Any, Any], canvas: tuple[Any, Any]) -> tuple[Candidate, ...]:
    """The chosen tilings of many sizes, as the only candidate; canvases are (height, width)."""
    return (Candidate(tiles=tiles, canvas=Sizes(*canvas), scores=(), chosen=True),)


def _of_grids(best: NDArray[np.intp], grids: Sequence[Grid], tile: int) -> tuple[Candidate, ...]:
    columns, rows = (np.array(numbers, float)[best] for numbers in zip(*grids, strict=True))
    return _chosen((columns, rows), (rows * tile, columns * tile))


def _of_canvases(best: NDArray[np.intp], canvases: Sequence[Size], tile: int, margin: int = 0) -> tuple[Candidate, ...]:
    heights, widths = (np.array(numbers, float)[best] for numbers in zip(*canvases, strict=True))
    return _chosen((widths // tile, heights // tile), (heights + margin, widths + margin))


def _one_by_one(name: str, size: Any, **numbers: Any) -> Step:
    """A rule that searches, asked for each size on its own."""

    def after(height: float, width: float) -> tuple[float, float]:
        try:
            step = RULES[name](Size(int(height), int(width)), **numbers)
        except UnsupportedSizeError:
            return 0.0, 0.0
        return step.after.height, step.after.width

    pairs = np.array([after(*pair) for pair in zip(*map(np.ravel, size), strict=True)], float).reshape(-1, 2)
    return _step(size, pairs[:, 0], pairs[:, 1])


# snapping


def nearest_token_grid(size: Any, **numbers: Any) -> Step:
    return _one_by_one("nearest_token_grid", size, **numbers)


def aligned_within_tokens(size: Any, **numbers: Any) -> Step:
    return _one_by_one("aligned_within_tokens", size, **numbers)


def long_enough(size: Any, least: int, *, judge: str) -> Size:
    del judge
    return _step(size, size.height, size.width, refused=np.minimum(*size) < least).after


def _too_long(height: Any, width: Any) -> Any:
    """Which sizes have no ratio within the limit; one False if all have. Products of whole numbers are exact."""
    if max(height.max(initial=1), width.max(initial=1)) <= ASPECT_LIMIT * min(
        height.min(initial=np.inf), width.min(initial=np.inf)
    ):
        return np.False_
    shorter = np.minimum(height, width)
    return ~(np.maximum(height, width) / shorter <= ASPECT_LIMIT) | (shorter < 1)


def _nearest_multiple(value: Any, factor: Any) -> Any:
    cells = np.asarray(value / factor)
    return np.multiply(np.rint(cells, out=cells), factor, out=cells)


def positive_multiple(value: Any, factor: Any) -> Any:
    return np.maximum(factor, _nearest_multiple(value, factor))


def rounded_pixels(size: Any, factor: int, *, least: int) -> Any:
    return np.multiply(*(np.maximum(least, _nearest_multiple(side, factor)) for side in size))


def smart_resize(size: Any, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    check_limits(min_pixels, max_pixels)
    rounded = Sizes(*(_nearest_multiple(side, factor) for side in size))
    height, width = _rescaled(size, rounded, factor=factor, least=factor, limits=(min_pixels, max_pixels))
    return _step(size, height, width, refused=_too_long(*size))


def not_resized(size: Any) -> Step:
    return _step(size, *size)


def as_it_is(size: Any, *, factor: int) -> Step:
    refused: Any = (np.fmod(size.height, factor) != 0) | (np.fmod(size.width, factor) != 0)
    return _step(size, size.height, size.width, refused=refused)


def smart_resize_any_aspect(size: Any, *, factor: int, min_pixels: int, max_pixels: int) -> Step:
    check_limits(min_pixels, max_pixels)
    rounded = Sizes(*(positive_multiple(side, factor) for side in size))
    return _step(size, *_rescaled(size, rounded, factor=factor, least=factor, limits=(min_pixels, max_pixels)))


def smart_resize_from_factor(size: Any, *, factor: int, min_pixels: int, max_pixels: float) -> Step:
    if max_pixels < min_pixels:
        return _step(size, *(np.zeros_like(side) for side in size))
    rounded = Sizes(*(positive_multiple(side, factor) for side in size))
    after = _rescaled(size, rounded, factor=factor, least=0, limits=(min_pixels, max_pixels))
    return _step(size, *after, refused=_too_long(*size) | (after.area == 0))


def smart_resize_lifted(size: Any, *, factor: int, min_pixels: int, max_pixels: int) -> Step:
    check_limits(min_pixels, max_pixels)
    height, width = size
    short: Any = np.minimum(height, width) < factor
    long: Any = ~short & (np.maximum(height, width) / np.minimum(height, width) > ASPECT_LIMIT)
    low, tall = short & (height < width), long & (height > width)
    narrow, wide = short & ~low, long & ~tall
    lifted = Sizes(
        np.select((low, narrow, tall), (float(factor), np.rint(factor / width * height), ASPECT_LIMIT * width), height),
        np.select((low, narrow, wide), (np.rint(factor / height * width), float(factor), ASPECT_LIMIT * height), width),
    )
    rounded = Sizes(*(_nearest_multiple(side, factor) for side in lifted))
    after = _rescaled(lifted, rounded, factor=factor, least=0, limits=(min_pixels, max_pixels))
    return _step(size, *after, refused=after.area == 0)


def smart_resize_video(
    size: Any, *, num_frames: int, temporal_factor: int, factor: int, min_pixels: int, max_pixels: int
) -> Step:
    check_limits(min_pixels, max_pixels)
    if num_frames < temporal_factor:
        return _step(size, *(np.zeros_like(side) for side in size))
    scale = np.maximum(factor / size.height, factor / size.width)
    short = np.minimum(*size) < factor
    lifted = Sizes(*(np.where(short, np.trunc(side * scale), side) for side in size))
    rounded = Sizes(*(_nearest_multiple(side, factor) for side in lifted))
    frames = num_frames, round(num_frames / temporal_factor) * temporal_factor
    after = _rescaled(lifted, rounded, factor=factor, least=factor, limits=(min_pixels, max_pixels), frames=frames)
    return _step(size, *after, refused=_too_long(*lifted))


def _rescaled(
    size: Any,
    rounded: Any,
    *,
    factor: int,
    least: int,
    limits: tuple[int, float],
    frames: tuple[int, int] = (1, 1),
) -> Sizes:
    """The rounded sizes; those whose pixels leave the limits are computed anew, alone, in the arrays of `rounded`."""
    min_pixels, max_pixels = limits
    count, counted = frames
    pixels: Any = counted * rounded.area
    if pixels.max(initial=0) > max_pixels:
        over = np.flatnonzero(pixels > max_pixels)
        sides: Any = [side[over] for side in size]
        beta = np.sqrt(count * (sides[0] * sides[1]) / max_pixels)
        for side, after in zip(sides, rounded, strict=True):
            after[over] = np.maximum(least, np.floor(side / beta / factor) * factor)
    if pixels.min(initial=np.inf) < min_pixels:
        under = np.flatnonzero((pixels < min_pixels) & (pixels <= max_pixels))
        sides = [side[under] for side in size]
        beta = np.sqrt(min_pixels / (count * (sides[0] * sides[1])))
        for side, after in zip(sides, rounded, strict=True):
            after[under] = np.ceil(side * beta / factor) * factor
    return Sizes(*rounded)


def lift_short_side(size: Any, *, factor: int) -> Step:
    height, width = size
    low: Any = height < factor
    width = np.where(low, np.rint((width * factor) / height), width)
    height = np.where(low, factor, height)
    narrow: Any = width < factor
    height = np.where(narrow, np.rint((height * factor) / width), height)
    width = np.where(narrow, factor, width)
    return _step(size, height, width)


def pad_to_multiple(size: Any, factor: int) -> Step:
    return _step(size, *(np.ceil(side / factor) * factor for side in size))


def fill_patches(size: Any, *, patch_size: int, max_patches: int) -> Step:
    check_positive(patch_size=patch_size, max_patches=max_patches)
    gap = 1e-5
    low, high = np.full_like(size.height, gap / 10), np.full_like(size.height, 100.0)

    def at(scale: Floats) -> list[Any]:
        return [np.maximum(patch_size, np.ceil(side * scale / patch_size) * patch_size) for side in size]

    while (going := high - low >= gap).any():
        scale = (low + high) / 2
        height, width = at(scale)
        fits = (height / patch_size) * (width / patch_size) <= max_patches
        low = np.where(going & fits, scale, low)
        high = np.where(going & ~fits, scale, high)
    return _step(size, *at(low))


def fill_pixels(size: Any, *, factor: int, max_pixels: int) -> Step:
    check_positive(factor=factor, max_pixels=max_pixels)
    scale = np.sqrt(max_pixels / (size.height * size.width))
    height, width = (np.floor(scale * side / factor) * factor for side in size)
    longest = max_pixels // factor**2 * factor  # where one side is 0, the aspect ratio is above max_pixels / factor**2
    flat, thin = (height == 0) & (width != 0), (width == 0) & (height != 0)
    if flat.any() or thin.any():
        height, width = (
            np.where(flat, factor, np.where(thin, longest, height)),
            np.where(flat, longest, np.where(thin, factor, width)),
        )
    return _step(size, height, width)


def floor_patches(size: Any, *, patch_size: int, max_patches: int, root: Any = None) -> Step:
    del root  # that of numpy is `sqrt`
    check_positive(patch_size=patch_size, max_patches=max_patches)
    scale = np.sqrt(max_patches * (patch_size / size.height) * (patch_size / size.width))
    counts = (np.maximum(np.minimum(np.floor(scale * side / patch_size), max_patches), 1) for side in size)
    return _step(size, *(count * patch_size for count in counts))


def patch_budget(size: Any, *, patch_size: int, merge_size: int, min_patches: int, max_patches: int) -> Step:
    check_positive(patch_size=patch_size, merge_size=merge_size, min_patches=min_patches, max_patches=max_patches)
    rows, columns = (np.rint(side / patch_size + 0.5) for side in size)
    factor = np.minimum(np.sqrt(max_patches / np.maximum(rows * columns, 1)), 1.0)
    rows, columns = np.floor(factor * rows), np.floor(factor * columns)
    gone = (rows == 0) | (columns == 0)
    rows, columns = np.where(gone, 1.0, rows), np.where(gone, 1.0, columns)
    if max_patches > min_patches:
        few = rows * columns < min_patches
        factor = np.sqrt(min_patches / (rows * columns))
        rows, columns = np.where(few, np.ceil(factor * rows), rows), np.where(few, np.ceil(factor * columns), columns)
    rows = _merged(rows, columns, merge_size, max_patches)
    columns = _merged(columns, rows, merge_size, max_patches)
    return _step(size, rows * patch_size, columns * patch_size, refused=gone)


def _merged(count: Any, other: Any, merge: int, most: int) -> Any:
    rest = count % merge
    up = count + merge - rest
    down = np.maximum(merge, count - rest)
    return np.where(rest == 0, count, np.where(up * other <= most, up, down))


# resize


def stretch(size: Any, target: Size) -> Step:
    return _step(size, *(np.full_like(side, wanted) for side, wanted in zip(size, target, strict=True)))


def short_edge(size: Any, edge: int) -> Step:
    longer, shorter = np.maximum(*size), np.minimum(*size)
    long = np.trunc(edge * longer / shorter)
    upright: Any = size.width <= size.height
    return _step(size, np.where(upright, long, edge), np.where(upright, edge, long))


def short_edge_capped(size: Any, *, shortest_edge: int, longest_edge: int, factor: int) -> Step:
    scale = shortest_edge / np.minimum(*size)
    wide: Any = size.height < size.width
    height = np.where(wide, shortest_edge, size.height * scale)
    width = np.where(wide, size.width * scale, shortest_edge)
    longer = np.maximum(height, width)
    cap = longest_edge / longer
    height, width = (np.where(longer > longest_edge, side * cap, side) for side in (height, width))
    return _step(size, *(np.floor(np.trunc(side + 0.5) / factor) * factor for side in (height, width)))


def long_edge(size: Any, edge: int) -> Step:
    scale = edge / np.maximum(*size)
    return _step(size, *(np.trunc(side * scale + 0.5) for side in size))


def even_along(size: Any, edge: int) -> Size:
    aspect = size.width / size.height
    wide: Any = size.width >= size.height
    other = np.trunc(np.where(wide, edge / aspect, edge * aspect))
    other += np.fmod(other, 2)
    return Sizes(cast("Any", np.where(wide, other, edge)), cast("Any", np.where(wide, edge, other)))


def longest_edge_even(size: Any, edge: int) -> Step:
    height, width = (np.maximum(side, 1) for side in even_along(size, edge))
    aspect = width / height
    long: Any = (width >= height) & (width > resize.LONGEST)
    tall: Any = (height > width) & (height > resize.LONGEST)
    if long.any() or tall.any():
        height, width = (
            np.where(long, np.maximum(np.trunc(resize.LONGEST / aspect), 1), np.where(tall, resize.LONGEST, height)),
            np.where(long, resize.LONGEST, np.where(tall, np.maximum(np.trunc(resize.LONGEST * aspect), 1), width)),
        )
    return _step(size, height, width)


def up_to_tiles(size: Any, tile: int) -> Step:
    height, width = size
    aspect = width / height
    wide: Any = width >= height
    up_width, up_height = (np.ceil(side / tile) * tile for side in (width, height))
    low = np.ceil(np.trunc(up_width / aspect) / tile) * tile
    thin = np.ceil(np.trunc(up_height * aspect) / tile) * tile
    return _step(size, np.where(wide, low, up_height), np.where(wide, up_width, thin))


def fit_longest_edge(size: Any, *, longest_edge: int, factor: int) -> Step:
    check_positive(longest_edge=longest_edge)
    shrink = np.maximum(size.height / longest_edge, size.width / longest_edge)
    shrunk = [np.where(shrink > 1, np.floor(side / shrink), side) for side in size]
    return _step(size, *((np.floor((side - 1) / factor) + 1) * factor for side in shrunk))


def fit_longest_edge_rounded(size: Any, *, longest_edge: int, factor: int) -> Step:
    ratio = np.maximum(size.height / longest_edge, size.width / longest_edge)
    held = [np.where(ratio > 1, np.maximum(np.rint(side / ratio), 1), side) for side in size]
    return _step(size, *(np.ceil(side / factor) * factor for side in held))


def cap_long_edge(size: Any, edge: int) -> Step:
    scale = edge / np.maximum(*size)
    held = [np.where(scale >= 1, side, np.maximum(1, np.rint(side * scale))) for side in size]
    return _step(size, *held)


def fit_box(size: Any, box: Size) -> Step:
    holds: Any = (size.height <= box.height) & (size.width <= box.width)
    scale = np.minimum(box.height / size.height, box.width / size.width)
    return _step(size, *(np.where(holds, side, np.trunc(side * scale)) for side in size))


def fit_patches(size: Any, *, patch_size: int, max_patches: int) -> Step:
    check_positive(patch_size=patch_size, max_patches=max_patches)
    patches = np.floor(size.width / patch_size) * np.floor(size.height / patch_size)
    scale = np.sqrt(max_patches / patches)
    return _step(size, *(np.where(patches <= max_patches, side, np.trunc(side * scale)) for side in size))


def fit_patches_and_sides(size: Any, *, patch_size: int, max_patches: int, max_side_patches: int) -> Step:
    check_positive(patch_size=patch_size, max_patches=max_patches, max_side_patches=max_side_patches)
    longest = max_side_patches * patch_size
    counts = (np.maximum(1, np.floor(side / patch_size)) for side in size)
    patches = np.multiply(*counts)
    scale = np.minimum(1.0, np.sqrt(max_patches / patches))
    for side in size:
        scale = np.minimum(scale, longest / side)
    return _step(size, *(np.minimum(np.maximum(1, np.trunc(side * scale)), longest) for side in size))


# tiling


def kept_pixels(size: Any, canvas: Size) -> Any:
    scale = np.minimum(canvas.width / size.width, canvas.height / size.height)
    return np.minimum(np.trunc(size.width * scale) * np.trunc(size.height * scale), size.area)


def best_fit(
    size: Any, canvases: Sequence[Size], *, tile: int, kept: Callable[..., Any] = tiling.kept_pixels
) -> tuple[Candidate, ...]:
    best = np.zeros(np.shape(size.height), np.intp)
    most, area = np.full(best.shape, -1.0), np.zeros(best.shape)
    for i, canvas in enumerate(canvases):
        pixels = kept(size, canvas)
        better = (pixels > most) | ((pixels == most) & (canvas.area < area))
        best[better], most[better], area[better] = i, pixels[better], canvas.area
    return _of_canvases(best, canvases, tile)


def nearest_aspect(
    size: Any,
    grids: Sequence[Grid],
    *,
    tile: int,
    distance: Callable[..., Any] = tiling.aspect_distance,
    tie: tiling.Tie = tiling.HALF_FILLED,
) -> tuple[Candidate, ...]:
    areas = np.array([tile * tile * columns * rows for columns, rows in grids], float)
    best = np.zeros(np.shape(size.height), np.intp)
    nearest = np.full(best.shape, np.inf)
    pixels, replaces = size.area, cast("Any", tie.replaces)
    for i, grid in enumerate(grids):
        far = distance(size, grid)
        closer = far < nearest
        tied = np.flatnonzero(far == nearest)
        closer[tied[replaces(pixels[tied], areas[i], areas[best[tied]])]] = True
        best[closer] = i
        np.minimum(nearest, far, out=nearest)
    return _of_grids(best, grids, tile)


def area_and_aspect(size: Any, grids: Sequence[Grid], *, tile: int) -> tuple[Candidate, ...]:
    aspect, area = size.width / size.height, size.area
    best, most = np.zeros(np.shape(aspect), np.intp), np.full(np.shape(aspect), -np.inf)
    for i, (columns, rows) in enumerate(grids):
        share = np.minimum(columns * rows * tile * tile / area, tiling.ENOUGH)
        score = share * np.minimum(columns / rows / aspect, aspect / (columns / rows))
        best[score > most] = i
        np.maximum(most, score, out=most)
    return _of_grids(best, grids, tile)


def log_aspect(size: Any, *, side: int, max_num: int) -> tuple[Candidate, ...]:
    wanted = np.minimum(np.ceil(size.width * size.height / (side * side)), max_num)
    aspects = _logarithms(size.width / size.height)
    columns, rows = np.zeros_like(wanted), np.zeros_like(wanted)
    for number, members in _groups(wanted):
        if number <= 1:
            continue
        counts = [n for n in (number - 1, number, number + 1) if n != 1 and n <= max_num]
        grids = [(n // rows, rows) for n in counts for rows in range(1, n + 1) if n % rows == 0]
        grids.sort(key=lambda grid: -grid[1])  # of equally near grids the one with more rows, then the first
        errors = [np.abs(aspects[members] - log(across / down)) for across, down in grids]
        columns[members], rows[members] = np.array(grids, float)[np.argmin(errors, axis=0)].T
    return _chosen((columns, rows), (rows * side, columns * side))


def _groups(numbers: Any) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Each distinct whole number of an array, with its places."""
    for number in np.unique(numbers).tolist():
        yield int(number), np.flatnonzero(numbers == number)


def _logarithms(values: Any) -> Floats:
    return np.fromiter(map(log, values.tolist()), float, len(values))


def covering_grid(size: Any, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    grids = tiling.tile_grids(1, max_num)
    best = np.zeros(np.shape(size.height), np.intp)
    fewest, most = np.full(best.shape, np.inf), np.full(best.shape, -1.0)  # tiles and share of the best so far
    rival, exact, doubtful = most.copy(), np.ones(best.shape, bool), np.zeros(best.shape, bool)
    for i, grid in enumerate(grids):
        share, whole = _covered(size, grid, tile)
        tiles = np.where(share > tiling.COVERED, float(grid[0] * grid[1]), np.inf)
        doubtful |= np.abs(share - tiling.COVERED) < _ROUNDING
        fewer, equal = tiles < fewest, tiles == fewest
        better = fewer | (equal & (share > most))
        # The next best of as many tiles: only its share may be taken for the best one's by rounding.
        rival = np.where(fewer, -1.0, np.where(equal, np.maximum(rival, np.minimum(share, most)), rival))
        exact = np.where(fewer, whole, np.where(equal, exact & whole, exact))
        best[better], fewest[better], most[better] = i, tiles[better], share[better]
    doubtful |= ~exact & (most - rival < _ROUNDING)
    # Sums of floats may differ in the last bit from Python's `sum`, which the rule for one size takes.
    places = {grid: i for i, grid in enumerate(grids)}
    for i in np.flatnonzero(doubtful).tolist():
        one = Size(int(size.height[i]), int(size.width[i]))
        best[i] = places[tiling.chosen(tiling.covering_grid(one, tile=tile, max_num=max_num)).tiles]
    return _of_grids(best, grids, tile)


_ROUNDING = 1e-9
"""Shares of an image that differ by less are compared as the rule for one size compares them."""


def _covered(size: Any, grid: Grid, tile: int) -> tuple[Any, Any]:
    """The share that is shown, up to rounding, and whether all pieces fit their tile, so that the share is exact."""
    lengths = []
    for side, count in zip(size, grid, strict=True):
        each = np.floor(side / count)
        lengths.append(((each, count - 1), (side - each * (count - 1), 1)))
    total, whole = np.zeros_like(size.height, float), np.ones(np.shape(size.height), bool)
    for height, down in lengths[0]:
        for width, across in lengths[1]:
            longer, shorter = np.maximum(width, height), np.minimum(width, height)
            shrunk = longer > tile
            total += down * across * np.where(shrunk, tile * (shorter / np.maximum(longer, 1) * tile), longer * shorter)
            whole &= ~shrunk | (down * across == 0)
    return total / size.area, whole


def tiles_within(size: Any, *, tile: int, max_num: int) -> tuple[tuple[Any, Any], str]:
    height, width = size
    small: Any = np.minimum(height, width) <= tile
    rows, columns = np.ceil(height / tile), np.ceil(width / tile)
    many = rows * columns > max_num
    ratio = np.sqrt(max_num / (rows * columns))
    down = np.maximum(np.floor(np.sqrt(max_num * height / width)), rows)
    across = np.maximum(np.floor(np.sqrt(max_num * width / height)), columns)
    over, wide = down * across > max_num, across > down
    fewer_across, fewer_down = np.floor(max_num / down), np.floor(max_num / across)
    across = np.where(over & wide, fewer_across, across)
    down = np.where(over & ~wide, fewer_down, down)
    return (
        np.where(small, 1, np.maximum(1, np.where(many, np.floor(columns * ratio), across))),
        np.where(small, 1, np.maximum(1, np.where(many, np.floor(rows * ratio), down))),
    ), ""


def longest_strip(size: Any, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    ratio = np.maximum(*size) / np.minimum(*size)
    most = np.zeros_like(ratio)
    for n in range(1, max_num + 1):
        most[n * np.ceil(n / ratio) <= max_num] = n
    other = np.ceil(np.trunc(most * tile / ratio) / tile)
    wide: Any = size.width >= size.height
    columns, rows = np.where(wide, most, other), np.where(wide, other, most)
    return _chosen((columns, rows), (rows * tile, columns * tile))


def crops_along(size: Any, *, least: int, most: int, ratio: float) -> tuple[tuple[Any, Any], str]:
    longer, shorter = np.maximum(*size), np.minimum(*size)
    wanted = np.minimum(np.floor(longer / least), np.floor(longer / shorter + 0.5))
    count = np.minimum(most, np.maximum(2, wanted))
    length = np.ceil(longer / count)
    whole = (longer / shorter < ratio) | (np.minimum(length, shorter) < least)
    refused = ~whole & (length * (count - 1) >= longer)
    wide: Any = size.width >= size.height
    columns, rows = np.where(wide, count, 1), np.where(wide, 1, count)
    return (
        np.where(refused, -1, np.where(whole, 0, columns)),
        np.where(refused, -1, np.where(whole, 0, rows)),
    ), ""


# sliding


def squared_strip(size: Any, *, least: int, ratio: float) -> Size:
    aspect, longer = size.width / size.height, np.maximum(*size)
    thin = (np.minimum(*size) < least) & ((aspect > ratio) | (aspect < 1 / ratio))
    return Sizes(*(np.where(thin, longer, side) for side in size))


def sliding_windows(size: Any, *, whole: int, tile: int) -> sliding.Sliding:
    longer, shorter = np.maximum(*size), np.minimum(*size)
    ratio = longer / shorter
    small: Any = longer < whole
    side = np.where(small, shorter, np.where(ratio > sliding.VERY_ELONGATED, np.minimum(shorter, tile), tile))
    none = small & ~(ratio > sliding.ELONGATED)

    def fitted(length: Any) -> Any:
        count = np.floor(length / side)
        fit = side * (count + (length / side - count > sliding.ROUND_UP))
        return np.where(none, 0, np.where(length < side, length, fit))

    height, width = fitted(size.height), fitted(size.width)
    with np.errstate(invalid="ignore"):
        columns, rows = (np.where(none, 0, np.ceil(length / side)) for length in (width, height))
    numbers: Any = (np.where(none, 0, side), height, width, columns, rows)
    return sliding.Sliding(*numbers)


def snapped_windows(size: Any, *, whole: int, tile: int) -> sliding.Sliding:
    longer, shorter = np.maximum(*size), np.minimum(*size)
    ratio = longer / shorter
    small: Any = longer <= whole
    side = np.where(small, shorter, np.where(ratio > sliding.VERY_ELONGATED, np.minimum(shorter, tile), tile))
    none = small & ~(ratio > sliding.ELONGATED)

    def counted(length: Any) -> Any:
        more = (length >= side) & (length % side > sliding.ROUND_UP * side)
        return np.where(none, 0, np.maximum(1, np.floor(length / side) + more))

    rows, columns = counted(size.height), counted(size.width)
    numbers: Any = (np.where(none, 0, side), rows * side, columns * side, columns, rows)
    return sliding.Sliding(*numbers)


# scaling


def fit_scales(size: Any, canvases: Sequence[Size]) -> Scales:
    return Scales(np.minimum(canvas.height / size.height, canvas.width / size.width) for canvas in canvases)


def fit_scales_float32(size: Any, canvases: Sequence[Size]) -> Scales:
    def along(canvas: int, side: Any) -> Any:
        return np.where(side == 0, np.inf, (canvas / side).astype(np.float32).astype(np.float64))

    return Scales(np.minimum(along(canvas.height, size.height), along(canvas.width, size.width)) for canvas in canvases)


def least_scaled(scales: Scales, canvases: Sequence[Size], *, tile: int, margin: int = 0) -> tuple[Candidate, ...]:
    best = np.zeros(np.shape(scales[0]), np.intp)
    won = scales[0].copy()
    area = np.full(best.shape, float(canvases[0].area))
    for i, (scale, canvas) in enumerate(zip(scales[1:], canvases[1:], strict=True), 1):
        less = np.where(scale >= 1, (won < 1) | (scale < won), (won < 1) & (scale > won))
        better = less | ((scale == won) & (canvas.area < area))
        best[better], won[better], area[better] = i, scale[better], canvas.area
    return _of_canvases(best, canvases, tile, margin)


def largest_image(size: Any, *, tile: int, max_num: int) -> tuple[Candidate, ...]:
    groups = scaling.grids_by_aspect(max_num)
    grids = [grid for group in groups.values() for grid in group]
    aspect = size.width / size.height
    best = np.full(np.shape(aspect), -1, np.intp)
    longest = np.full(best.shape, -np.inf)
    for i in range(len(grids) - 1, -1, -1):  # of equally long short sides the last one wins
        columns, rows = grids[i]
        holds: Any = (columns * tile >= size.width) & (rows * tile >= size.height)
        scale = np.minimum(columns * tile / size.width, rows * tile / size.height)
        short = np.where(aspect > 1, np.floor(scale * size.width / aspect), np.floor(scale * size.height * aspect))
        short = np.where(aspect == 1, scale * size.height, short)
        better = holds & (short > longest)
        best[better], longest[better] = i, short[better]
    if (none := np.flatnonzero(best < 0)).size:
        best[none] = _nearest_group(aspect[none], groups)
    return _of_grids(best, grids, tile)


def _nearest_group(aspect: Floats, groups: dict[float, tuple[Grid, ...]]) -> NDArray[np.intp]:
    """The index of the grid whose aspect ratio is nearest and not wider than the image; upright: that is wider."""
    upright = aspect < 1
    best, nearest = np.zeros(aspect.shape, np.intp), np.full(aspect.shape, np.inf)
    first = 0
    for ratio, group in groups.items():
        far = np.where(aspect >= 1, np.abs(ratio - aspect), np.abs(1 / ratio - 1 / aspect))
        better = np.where(upright, ratio > aspect, ratio <= aspect) & (far < nearest)
        largest = [first + max(range(len(group)), key=lambda i: group[i][axis]) for axis in (0, 1)]
        best[better], nearest[better] = np.where(upright, largest[1], largest[0])[better], far[better]
        first += len(group)
    return best


# canvases


def fit_float32(size: Any, canvas: Size) -> Step:
    scale = np.minimum(*(_float32(limit / side) for side, limit in zip(size, canvas, strict=True)))
    height, width = (np.trunc(_float32(side * scale)) for side in size)
    return _step(size, height, width, refused=height * width == 0)


def padded_to_tiles(size: Any, grid: tuple[Any, Any], *, tile: int, least: int) -> Step:
    across, down = grid[0] * tile / size.width, grid[1] * tile / size.height
    wide = across < down
    height = np.where(wide, np.trunc(size.height * across), grid[1] * tile)
    width = np.where(wide, grid[0] * tile, np.trunc(size.width * down))
    return _step(size, height, width, refused=np.minimum(height, width) < least)


def same_area(height: Any, width: Any, *, side: int, factor: int) -> Size:
    aspect = width / height
    tall = np.trunc(side / np.sqrt(aspect))
    return Sizes(positive_multiple(tall, factor), positive_multiple(np.trunc(tall * aspect), factor))


def unpad(size: Any, rows: Any, columns: Any) -> tuple[Any, Any]:
    return _unpad(size, rows, columns, np.trunc)


def unpad_rounded(size: Any, rows: Any, columns: Any) -> tuple[Any, Any]:
    return _unpad(size, rows, columns, _rounded_to_seven)


def _unpad(size: Any, rows: Any, columns: Any, whole: Callable[[Any], Any]) -> tuple[Any, Any]:
    """The numbers of rows and columns that are left."""
    wide = size.width / size.height > columns / rows
    over = np.floor((rows - whole(size.height * (columns / size.width))) / 2)
    beside = np.floor((columns - whole(size.width * (rows / size.height))) / 2)
    return np.where(wide, rows - 2 * over, rows), np.where(wide, columns, columns - 2 * beside)


def _rounded_to_seven(side: Any) -> Any:
    """`int(round(side, 7))`: one more only where the fraction lies within 5e-8 of the next whole number."""
    whole = np.floor(side)
    rest = side - whole
    for i in np.flatnonzero(rest > 1 - 1e-7):
        whole[i] = int(round(float(side[i]), 7))
    return whole


# single


def _float32(value: Any) -> Any:
    return np.asarray(value).astype(np.float32)


def _divided(value: Any, by: Any) -> Any:
    return _float32(value) / _float32(by)


def _times(value: Any, by: Any) -> Any:
    return _float32(value) * _float32(by)


def _away(value: Any) -> Any:
    return np.floor(value.astype(np.float64) + 0.5)


def _up(value: Any, factor: int) -> Any:
    return np.ceil(_divided(value, factor)).astype(np.float64) * factor


def snapped_single(size: Any, *, factor: int, min_pixels: int = 0, max_pixels: int = 0, longest_edge: int = 0) -> Step:
    if longest_edge:
        scale = np.minimum(*(_divided(longest_edge, side) for side in size))
        rounded = Sizes(*(_up(_times(side, scale), factor) for side in size))
    else:
        rounded = Sizes(*(np.maximum(factor, _away(_divided(side, factor)) * factor) for side in size))
    over: Any = rounded.area > max_pixels if max_pixels else np.zeros(np.shape(size.height), bool)
    under: Any = rounded.area < min_pixels if min_pixels else np.zeros(np.shape(size.height), bool)
    pixels = _times(size.height, size.width)
    shrink, enlarge = np.sqrt(_divided(pixels, max_pixels or 1)), np.sqrt(_divided(min_pixels, pixels))
    after = []
    for side, plain in zip(size, rounded, strict=True):
        down = np.floor(_divided(_divided(side, shrink), factor)).astype(np.float64) * factor
        enlarged = np.where(~over & under, _up(_times(side, enlarge), factor), plain)
        after.append(np.where(over, np.maximum(factor, down), enlarged))
    return _step(size, *after)


def kept_single(size: Any, canvas: Size) -> Any:
    scale = np.minimum(*(_divided(outer, side) for side, outer in zip(size, canvas, strict=True)))
    height, width = (np.trunc(_times(side, scale)).astype(np.float64) for side in size)
    return np.minimum(height * width, size.area)


def aspect_distance_single(size: Any, grid: Grid) -> Any:
    return np.abs(_divided(size.width, size.height) - _divided(*grid)).astype(np.float64)


def slice_grids(size: Any, *, side: int, max_num: int) -> tuple[Candidate, ...]:
    wanted = np.minimum(np.ceil(_divided(_times(size.width, size.height), side * side)), max_num)
    aspects = _logarithms(_divided(size.width, size.height).astype(np.float64))
    aspects = aspects.astype(np.float32).astype(np.float64)
    columns, rows = np.zeros(wanted.shape), np.zeros(wanted.shape)
    for number, members in _groups(wanted):
        counts = [n for n in (number - 1, number, number + 1) if n != 1 and n <= max_num]
        grids = [(across, n // across) for n in counts for across in range(1, n + 1) if n % across == 0] or [(1, 1)]
        errors = [np.abs(aspects[members] - log(across / down)).astype(np.float32) for across, down in grids]
        columns[members], rows[members] = np.array(grids, float)[np.argmin(errors, axis=0)].T
    return _chosen((columns, rows), (rows * side, columns * side))


def one_slice_single(size: Any, *, side: int, factor: int, rescale: bool) -> Size:
    aspect = _divided(size.width, size.height)
    tall = np.trunc(_divided(side, np.sqrt(aspect))).astype(np.float64)
    wide = np.trunc(_times(tall, aspect)).astype(np.float64)
    scaled: Any = np.full(np.shape(aspect), fill_value=True) if rescale else size.area > side * side
    height, width = (np.where(scaled, new, old) for new, old in zip((tall, wide), size, strict=True))
    return Sizes(divisible(height, factor), divisible(width, factor))


def divisible(length: Any, by: Any) -> Any:
    return np.maximum(_away(_divided(length, by)) * by, by)


# hosted


def short_enough(size: Any, most: int, *, judge: str) -> Size:
    del judge
    return _step(size, size.height, size.width, refused=np.maximum(*size) > most).after


def within_sides(size: Any, *, longest_edge: int, shortest_edge: int, enlarge: bool = False) -> Step:
    check_positive(longest_edge=longest_edge, shortest_edge=shortest_edge)
    longer = np.maximum(*size)
    held = _where(longer > longest_edge, _halves_up(size, longest_edge / longer), size)
    shorter = np.minimum(*held)
    moved = (shorter > shortest_edge) | ((shorter < shortest_edge) & enlarge)
    return _step(size, *_where(moved, _halves_up(held, shortest_edge / shorter), held))


def _where(wanted: Any, sizes: Any, others: Any) -> Sizes:
    return Sizes(*(np.where(wanted, one, other) for one, other in zip(sizes, others, strict=True)))


def _halves_up(size: Any, scale: Any) -> Sizes:
    return Sizes(*(np.maximum(1, np.floor(side * scale + 0.5)) for side in size))


def within_patches(size: Any, *, patch_size: int, max_patches: int, longest_edge: int) -> Step:
    check_positive(patch_size=patch_size, max_patches=max_patches, longest_edge=longest_edge)
    longer = np.maximum(*size)
    held: Any = _where(longer > longest_edge, _halves_up(size, longest_edge / longer), size)
    patches = np.ceil(held.height / patch_size) * np.ceil(held.width / patch_size)
    scale = np.sqrt(patch_size * patch_size * max_patches / (held.height * held.width))
    sides = [side * scale / patch_size for side in held]
    ratio = np.minimum(*(np.where(side >= 1, np.floor(side) / side, 1.0) for side in sides))
    most = max_patches * patch_size
    after = [np.minimum(np.maximum(np.floor(side * ratio * patch_size + hosted.NOISE), 1), most) for side in sides]
    return _step(size, *_where(patches > max_patches, after, held))


def largest_in_patches(size: Any, *, patch_size: int, longest_edge: int, max_tokens: int) -> Step:
    check_positive(patch_size=patch_size, longest_edge=longest_edge, max_tokens=max_tokens)
    long, short = np.maximum(*size), np.minimum(*size)
    most = longest_edge // patch_size

    def other_of(edge: Any) -> Any:
        return np.maximum(1, np.rint(short * edge / long))

    def fits(edge: Any) -> Any:
        along = np.ceil(edge / patch_size)
        return (along <= most) & (along * np.ceil(other_of(edge) / patch_size) <= max_tokens)

    low, high = np.ones_like(long), np.where(fits(long), 1.0, long)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        good = fits(middle) & (high - low > 1)
        low, high = np.where(good, middle, low), np.where(good | (high - low <= 1), high, middle)
    edge = np.where(fits(long), long, low)
    other = np.where(fits(long), short, other_of(edge))
    wide: Any = size.width >= size.height
    return _step(size, np.where(wide, other, edge), np.where(wide, edge, other))


def within_area(size: Any, *, longest_edge: int, max_pixels: int) -> Step:
    check_positive(longest_edge=longest_edge, max_pixels=max_pixels)
    by_edge, by_area = longest_edge / np.maximum(*size), np.sqrt(max_pixels / (size.height * size.width))
    scale = np.minimum(1.0, np.minimum(by_edge, by_area))
    floors = (np.floor(side * scale + hosted.NOISE) for side in size)
    return _step(size, *(np.maximum(side > 0, after) for side, after in zip(size, floors, strict=True)))


def area_tokens(size: Any, *, pixels: int, most: int) -> Any:
    return np.minimum(np.ceil(size.height * size.width / pixels), most)


def between_points(size: Any, points: Sequence[tuple[int, int]]) -> Any:
    area = size.height * size.width
    low, high = points[0], points[-1]
    tokens = np.rint(area * high[1] / high[0])
    for (x, y), (x_next, y_next) in reversed(list(pairwise(points))):
        tokens = np.where(area < x_next, np.rint(y + (area - x) * (y_next - y) / (x_next - x)), tokens)
    return np.where(area < low[0], np.maximum(1, np.rint(area * low[1] / low[0])), tokens)


def lifted_long_edge(size: Any, edge: int) -> Step:
    longer = np.maximum(*size)
    return _step(size, *_where(longer >= edge, size, _halves_up(size, edge / longer)))


def crop_units(size: Any, *, small: int, ratio: float, least: int, most: int) -> tuple[Any, Any, Any]:
    longer = np.maximum(*size)
    unit = np.maximum(least, np.minimum(most, np.floor(np.minimum(*size) / ratio)))
    unit = np.where(longer <= small, longer, unit)
    return np.ceil(size.width / unit), np.ceil(size.height / unit), unit


def covering_tiles(size: Any, tile: int) -> tuple[Any, Any]:
    return np.ceil(size.width / tile), np.ceil(size.height / tile)


ROOM = (canvases, hosted, resize, scaling, single, sliding, snapping, tiling)
"""The modules whose rules take many sizes."""

ON_ARRAYS.update((name, globals()[name]) for name in RULES)
