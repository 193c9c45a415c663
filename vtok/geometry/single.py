"""Rules that C++ code computes in float32, with `std::round`: halves away from zero, where Python rounds them to even.

Upstream: llama.cpp 0c1e57098, tools/mtmd/mtmd-image.cpp. Whole numbers are exact up to 2**24; each operation on floats
is rounded to float32 as it is there.
"""

from functools import partial
from math import ceil, floor, log, sqrt

from vtok.geometry.floats import float32
from vtok.geometry.many import for_many
from vtok.geometry.tiling import Grid
from vtok.values import Box, Candidate, Size, Step


def divided(value: float, by: float) -> float:
    """A quotient of two float32."""
    return float32(float32(value) / float32(by))


def times(value: float, by: float) -> float:
    """A product of two float32."""
    return float32(float32(value) * float32(by))


def root(value: float) -> float:
    """A square root in float32."""
    return float32(sqrt(value))


def away(value: float) -> int:
    """`std::round` of a number above zero: the nearest whole number, halves up."""
    return floor(value + 0.5)


@for_many
def snapped_single(size: Size, *, factor: int, min_pixels: int = 0, max_pixels: int = 0, longest_edge: int = 0) -> Step:
    """Both sides to the nearest multiples of `factor`, and rescaled where their pixels leave the limits; 0 is no limit.

    Upstream: calc_size_preserved_ratio. With `longest_edge` the longer side first goes to that, both sides up to a
    multiple. The result is not held against the limits again, and no aspect ratio is refused.
    """
    if longest_edge:
        scale = min(divided(longest_edge, side) for side in size)
        rounded = Size(*(_up(times(side, scale), factor) for side in size))
        reason = f"longer side to {longest_edge:,}, both sides up to a multiple of {factor}"
    else:
        rounded = Size(*(max(factor, away(divided(side, factor)) * factor) for side in size))
        reason = f"both sides to the nearest multiple of {factor}, within the limits"
    after = rounded
    if max_pixels and rounded.area > max_pixels:
        beta = root(divided(times(size.height, size.width), max_pixels))
        after = Size(*(max(factor, floor(divided(divided(side, beta), factor)) * factor) for side in size))
        tokens = max_pixels // factor**2
        reason = f"shrunk to {max_pixels:,} pixels ({tokens:,} tokens), both sides down to a multiple of {factor}"
    elif min_pixels and rounded.area < min_pixels:
        beta = root(divided(min_pixels, times(size.height, size.width)))
        after = Size(*(_up(times(side, beta), factor) for side in size))
        tokens = min_pixels // factor**2
        reason = f"enlarged to {min_pixels:,} pixels ({tokens:,} tokens), both sides up to a multiple of {factor}"
    return Step(name="resize", before=size, after=after, reason=reason)


def _up(value: float, factor: int) -> int:
    return ceil(divided(value, factor)) * factor


def letterboxed_single(size: Size, canvas: Size, *, nearest: bool = False) -> Box:
    """Where an image lies in the middle of a canvas at the greatest size that fits it.

    Upstream: img_tool::resize with PAD_CEIL, where the other side is rounded up and an odd pixel of padding lies at the
    right or bottom; with PAD_NEAREST (`nearest`) both are rounded.
    """
    if size == canvas:
        return Box.of(canvas)
    scale = min(divided(outer, side) for side, outer in zip(size, canvas, strict=True))
    whole = away if nearest else ceil
    inner = Size(*(min(whole(times(side, scale)), outer) for side, outer in zip(size, canvas, strict=True)))
    margins = (outer - side for side, outer in zip(inner, canvas, strict=True))
    top, left = (away(margin / 2) if nearest else margin // 2 for margin in margins)
    return Box(left, top, left + inner.width, top + inner.height)


@for_many
def kept_single(size: Size, canvas: Size) -> int:
    """The pixels of an image that survive on a canvas, never more than it has.

    Upstream: select_best_resolution and resize_maintain_aspect_ratio.
    """
    scale = min(divided(outer, side) for side, outer in zip(size, canvas, strict=True))
    height, width = (int(times(side, scale)) for side in size)
    return min(height * width, size.area)


@for_many
def aspect_distance_single(size: Size, grid: Grid) -> float:
    """How far the aspect ratio of a grid (columns, rows) lies from that of an image.

    Upstream: find_closest_aspect_ratio.
    """
    return float32(abs(divided(size.width, size.height) - divided(*grid)))


@for_many
def slice_grids(size: Size, *, side: int, max_num: int) -> tuple[Candidate, ...]:
    """The slices whose columns / rows lie nearest to the image's width / height, by logarithm; the first of equals.

    Upstream: mtmd_image_preprocessor_llava_uhd::get_slice_instructions and get_best_grid. As many slices as the image
    has areas of `side` x `side`, one less or one more. The canvases are those of slices of `side` x `side`.
    """
    wanted = min(ceil(divided(times(size.width, size.height), side * side)), max_num)
    aspect = float32(log(divided(size.width, size.height)))
    counts = [n for n in (wanted - 1, wanted, wanted + 1) if n != 1 and n <= max_num]
    grids = [(columns, n // columns) for n in counts for columns in range(1, n + 1) if n % columns == 0] or [(1, 1)]
    errors = [float32(abs(aspect - log(columns / rows))) for columns, rows in grids]
    at = errors.index(min(errors))

    def why(i: int) -> str:
        if i == at:
            return f"of about {wanted} slices, these have the aspect ratio nearest to the image's"
        return "its aspect ratio is further off" if errors[i] > errors[at] else "as near, but after the chosen one"

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


@for_many
def one_slice_single(size: Size, *, side: int, factor: int, rescale: bool) -> Size:
    """A slice of this aspect ratio at the area of `side` x `side`, both sides to the nearest multiples of `factor`.

    Upstream: get_best_resize. A smaller image keeps its size before it is rounded, unless `rescale`.
    """
    height, width = size
    if rescale or size.area > side * side:
        aspect = divided(width, height)
        height = int(divided(side, root(aspect)))
        width = int(times(height, aspect))
    return Size(divisible(height, factor), divisible(width, factor))


@for_many
def divisible(length: int, by: int) -> int:
    """The multiple of `by` nearest to `length`, halves up, and at least one. Upstream: ensure_divide."""
    return max(away(divided(length, by)) * by, by)


def grids_of_sides(most: int) -> tuple[Grid, ...]:
    """All grids of up to `most` columns and rows but 1 x 1. Upstream: clip.cpp, set_llava_uhd_res_candidates."""
    sides = range(1, most + 1)
    return tuple((columns, rows) for columns in sides for rows in sides if (columns, rows) != (1, 1))


def grids_of_tiles(least: int, most: int) -> tuple[Grid, ...]:
    """All grids of `least` to `most` tiles, by columns. Upstream: clip.cpp, set_internvl_dhr_res_candidates.

    Columns and rows are each at least `least`.
    """
    grids: list[Grid] = []
    for columns in range(least, most + 1):
        first, last = max(ceil(least / columns), least), min(most // columns, most)
        grids += ((columns, rows) for rows in range(first, last + 1))
    return tuple(grids)
