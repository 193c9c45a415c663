"""Rules that the pages of APIs print, or that fit what users were billed.

The families name the page of each rule. No code of these providers can be run, so that what a page leaves open (how a
side is rounded, what happens to a strip) is chosen here, and said.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, sqrt

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.bounds import bounded
from vtok.geometry.frames import taken
from vtok.geometry.many import for_many
from vtok.geometry.snapping import check_positive
from vtok.values import Sampling, Size, Step

NOISE = 1e-6
"""A length this little below a whole number of pixels is that number: it was multiplied and divided on the way."""


@for_many
def short_enough(size: Size, most: int, *, judge: str) -> Size:
    """The size. Raises UnsupportedSizeError for a side above `most`, which `judge` refuses."""
    if max(size) > most:
        raise UnsupportedSizeError(f"{judge} refuses a side above {most:,} pixels, as {size} has; shrink the image")
    return size


@for_many
def within_sides(size: Size, *, longest_edge: int, shortest_edge: int, enlarge: bool = False) -> Step:
    """Shrink an image until no side exceeds `longest_edge`, and then until its shorter side is `shortest_edge`.

    With `enlarge`, a shorter side below `shortest_edge` is brought up to it. Sides are rounded half up after each of
    the two, and keep at least a pixel.
    """
    check_positive(longest_edge=longest_edge, shortest_edge=shortest_edge)
    held, reasons = size, []
    if max(size) > longest_edge:
        held = _scaled(size, longest_edge / max(size))
        reasons.append(f"shrunk to {held}, as no side may exceed {longest_edge:,}")
    after = held
    if min(held) > shortest_edge or (enlarge and min(held) < shortest_edge):
        after = _scaled(held, shortest_edge / min(held))
        reasons.append(f"the shorter side is brought to {shortest_edge:,}")
    reason = ", then ".join(reasons) or f"not resized: it fits {longest_edge:,}, its shorter side {shortest_edge:,}"
    return Step(name="resize", before=size, after=after, reason=reason)


def _scaled(size: Size, scale: float) -> Size:
    return Size(*(max(1, floor(side * scale + 0.5)) for side in size))


@for_many
def within_patches(size: Size, *, patch_size: int, max_patches: int, longest_edge: int) -> Step:
    """Shrink an image until no side exceeds `longest_edge` and its patches do not exceed `max_patches`.

    Patches may reach beyond the image. Where there are too many, the scale is first that of the area, and then a little
    less, so that one side becomes whole patches; the other one drops its fraction of a pixel. A side of a strip that
    would fall below a patch keeps one; the other side is then held to `max_patches` of them.
    """
    check_positive(patch_size=patch_size, max_patches=max_patches, longest_edge=longest_edge)
    held = size if max(size) <= longest_edge else _scaled(size, longest_edge / max(size))
    patches = ceil(held.height / patch_size) * ceil(held.width / patch_size)
    first = f"shrunk to {held}, as no side may exceed {longest_edge:,}; " if held != size else ""
    if patches <= max_patches:
        reason = f"{first}{patches:,} patches of {patch_size}, of at most {max_patches:,}"
        return Step(name="resize", before=size, after=held, reason=reason)
    scale = sqrt(patch_size * patch_size * max_patches / (held.height * held.width))
    sides = [side * scale / patch_size for side in held]
    ratio = min(floor(side) / side if side >= 1 else 1.0 for side in sides)
    most = max_patches * patch_size
    after = Size(*(min(max(floor(side * ratio * patch_size + NOISE), 1), most) for side in sides))
    reason = f"{first}{patches:,} patches of {patch_size} are above {max_patches:,}: shrunk until they fit"
    return Step(name="resize", before=size, after=after, reason=reason)


@for_many
def largest_in_patches(size: Size, *, patch_size: int, longest_edge: int, max_tokens: int) -> Step:
    """Shrink an image to the largest size whose patches fit: in one row to `longest_edge`, in all to `max_tokens`.

    The size is the largest whole number for the longer side; the shorter one follows in proportion, rounded half to
    even, and keeps a pixel. Both limits hold for sides that are rounded up to whole patches.
    """
    check_positive(patch_size=patch_size, longest_edge=longest_edge, max_tokens=max_tokens)
    if longest_edge < patch_size:
        raise UsageError(f"longest_edge {longest_edge:,} holds no patch of {patch_size}; raise it")
    long, short = max(size), min(size)
    most = longest_edge // patch_size

    def fits(edge: int) -> bool:
        other = max(1, round(short * edge / long))
        along = ceil(edge / patch_size)
        return along <= most and along * ceil(other / patch_size) <= max_tokens

    tokens = ceil(long / patch_size) * ceil(short / patch_size)
    if fits(long):
        reason = (
            f"{tokens:,} patches of {patch_size} are within {max_tokens:,}, the longer side within {longest_edge:,}"
        )
        return Step(name="resize", before=size, after=size, reason=f"not resized: {reason}")
    low, high = 1, long  # low fits, high does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    other = max(1, round(short * low / long))
    after = Size(other, low) if size.width >= size.height else Size(low, other)
    over = f"a side above {longest_edge:,}" if long > longest_edge else f"{tokens:,} patches, above {max_tokens:,}"
    return Step(name="resize", before=size, after=after, reason=f"shrunk to the largest size that fits: it has {over}")


@for_many
def within_area(size: Size, *, longest_edge: int, max_pixels: int) -> Step:
    """Shrink an image until its longer side is at most `longest_edge` and its area at most `max_pixels`.

    Both sides drop their fractions, and keep at least a pixel.
    """
    check_positive(longest_edge=longest_edge, max_pixels=max_pixels)
    scale = min(1.0, longest_edge / max(size), sqrt(max_pixels / (size.height * size.width)))
    after = Size(*(max(1, floor(side * scale + NOISE)) for side in size))
    limits = f"a side of {longest_edge:,} and {max_pixels:,} pixels"
    reason = f"within {limits}" if scale == 1 else f"shrunk to {limits} at most"
    return Step(name="resize", before=size, after=after, reason=reason)


@for_many
def area_tokens(size: Size, *, pixels: int, most: int) -> int:
    """A token for every so many pixels, rounded up; at most `most` of them."""
    return min(ceil(size.height * size.width / pixels), most)


@for_many
def between_points(size: Size, points: Sequence[tuple[int, int]]) -> int:
    """Tokens by the area of an image, on straight lines between published points (pixels, tokens), half to even.

    Outside the points tokens are in proportion to the area.
    """
    area: float = size.height * size.width
    low, high = points[0], points[-1]
    if area < low[0]:
        return max(1, round(area * low[1] / low[0]))
    if area >= high[0]:
        return round(area * high[1] / high[0])
    (x, y), (x_next, y_next) = next(pair for pair in pairwise(points) if area < pair[1][0])
    return round(y + (area - x) * (y_next - y) / (x_next - x))


@for_many
def lifted_long_edge(size: Size, edge: int) -> Step:
    """Enlarge an image whose longer side is below `edge` to that; the shorter one is rounded half up."""
    if max(size) >= edge:
        return Step(name="resize", before=size, after=size, reason=f"its longer side is not below {edge:,}")
    reason = f"enlarged until its longer side is {edge:,}"
    return Step(name="resize", before=size, after=_scaled(size, edge / max(size)), reason=reason)


@for_many
def crop_units(size: Size, *, small: int, ratio: float, least: int, most: int) -> tuple[int, int, int]:
    """The columns and rows of crops that cover an image, and the side of a crop in its pixels.

    The side is the shorter side of the image by `ratio`, without its fraction, held to `least` and `most`. An image
    whose sides are both at most `small` is one crop of its own size, whose side is then its longer one.
    """
    if max(size) <= small:
        return 1, 1, max(size)
    unit = max(least, floor(min(most, min(size) / ratio)))
    return ceil(size.width / unit), ceil(size.height / unit), unit


@for_many
def covering_tiles(size: Size, tile: int) -> tuple[int, int]:
    """The columns and rows of square tiles that cover an image at its own size."""
    return ceil(size.width / tile), ceil(size.height / tile)


def billed(patches: int, multiplier: float) -> int:
    """Patches times a multiplier of at most four decimals, rounded up. Raises UsageError for a multiplier below 1."""
    if multiplier < 1:
        raise UsageError(f"multiplier is {multiplier:g}; it must be at least 1")
    return -(-patches * round(multiplier * 10_000) // 10_000)


def paced_frames(total: int, *, fps: float, rate: float, most: int | None = None) -> Sampling:
    """The frame at each tick of a clock that starts with the video; past `most` ticks, as many at equal distances."""
    seconds = total / fps
    count = bounded(max(1, ceil(seconds * rate - NOISE)), "frames")
    if most and count > most:
        indices = tuple(int(i * total / most) for i in range(most))
        reason = f"{most:,} of {total:,} frames at equal distances, as {rate:g} a second would be {count:,}"
    else:
        indices = tuple(min(total - 1, int(i * fps / rate + NOISE)) for i in range(count))
        reason = f"{rate:g} frame{'s' * (rate != 1)} a second: {count:,} of {total:,} frames"
    return taken(indices, total, fps=fps, reason=reason)
