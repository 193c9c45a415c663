"""Sizes of images that make a number of tokens."""

from collections.abc import Callable, Iterator
from math import log, sqrt

from vtok.errors import VtokError
from vtok.parts.family import Family
from vtok.values import Media, Size

TRIED = 400
"""How many grids are tried before the search gives up."""

MOST = 2**20
"""More tokens than this are not searched: no context has room for them."""

SAMPLES = 1024
"""At how many longer sides an image is counted when a range of them is searched."""


def with_longer_side(size: Size, longer: int) -> Size:
    """A size of the same aspect ratio with that longer side."""
    factor = longer / max(size)
    return Size(*(max(1, round(side * factor)) for side in size))


def longer_sides(longest: int, yields: Callable[[int], bool]) -> range:
    """The range of longer sides, from 1 to `longest`, for which `yields` holds; the highest range if there are several.

    A range that lies between two samples is missed. An empty range means that none was met.
    """
    step = max(1, longest // SAMPLES)
    high = next((side for side in range(longest, 0, -step) if yields(side)), 0)
    if not high:
        return range(0)
    low = high
    while high < longest and yields(high + 1):
        high += 1
    while low > 1 and yields(low - 1):
        low -= 1
    return range(low, high + 1)


def grids(family: Family, number: int, like: Size, factor: int) -> Iterator[tuple[tuple[int, int], str]]:
    """Grids (rows, columns) that make up a number of tokens or of prompt tokens, and which of the two.

    `factor` is the side of a cell in pixels. Only grids whose image the model does not resize are listed, those nearest
    to the aspect ratio of `like` first.
    """
    if number > MOST:
        return
    shape = like.height / like.width
    rows = round(sqrt(number * shape))
    pairs = {
        (r, c)
        for r in range(max(1, rows - TRIED), rows + TRIED)
        for c in (number // r - 1, number // r)  # one column less where each row ends in a token of its own
        if c > 0
    }
    nearest = sorted(pairs, key=lambda pair: (abs(log(pair[0] / pair[1] / shape)), pair))
    for pair in nearest[:TRIED]:
        size = Size(*(side * factor for side in pair))
        try:
            layout = family.layout(Media(size=size))
        except VtokError:
            continue
        as_it_is = layout.resized == size and len(layout.main_views) == 1
        if as_it_is and number in (layout.tokens, layout.prompt_tokens):
            yield pair, "tokens" if layout.tokens == number else "prompt tokens"
