"""What would fit a number of tokens: the largest limits, the most frames, the largest image.

Every answer is exact: the value fits, and the next larger one does not. A limit with few values (tiles, frames, modes)
is searched value by value, since more tiles may cost less. A limit with many values (pixels) is bisected between the
values at which the cost may fall.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.parts.family import Family
from vtok.search.limits import Limit, limits_of
from vtok.search.sizes import with_longer_side
from vtok.values import Layout, Media, Size

SCANNED = 4096
"""A limit with at most this many values is searched value by value."""

LONGEST = 16384
"""The longest side of an image for which every smaller size is tried."""

FEW = 16
"""This many sizes are counted one by one before the others are counted as arrays."""

COMPANY = 64
"""With at most this many inputs, each number of them is tried, since some models tile less if images share a prompt."""

MOST_LAYOUTS = 250_000
"""With more layouts than this to compute, some seconds of them, nothing is searched."""

Cost = Callable[[Any], int | None]
"""From a value of a limit to the prompt tokens; None if the model refuses the value."""


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """One limit at the largest value with which the prompt fits.

    `following` is the next value, with which it does not fit, and its tokens; None if `value` is the present one.
    """

    option: str
    value: Any
    tokens: int
    family: Family
    following: tuple[Any, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Least:
    """The cheapest prompt that these inputs can make, and the options that make it."""

    tokens: int
    options: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class FittingImage:
    """The largest size of one image that fits without any option, and its tokens."""

    size: Size
    tokens: int


class Budgeted:
    """A prompt of images and videos for a model; `room` is how many prompt tokens they may take together."""

    def __init__(self, family: Family, media: Iterable[Media], room: int) -> None:
        self.family = family
        self.media = tuple(replace(item, name="", format="") for item in media)
        self.room = room
        self._distinct = Counter(self.media)
        self._costs: dict[str, Cost] = {}

    def cost(self, family: Family) -> int:
        """Prompt tokens of all inputs together with this family's numbers."""
        return sum(count * family.layout(item).prompt_tokens for item, count in self._distinct.items())

    @cached_property
    def too_long(self) -> str:
        """Why no limits are searched: the distinct inputs times the values to try are too many. Empty otherwise."""
        distinct = len(self._distinct)
        tries = sum(_tries(limit.values) for limit in self._limits)
        if distinct * tries <= MOST_LAYOUTS:
            return ""
        return (
            f"what would fit is not searched: {distinct:,} different inputs, each at {tries:,} values of the limits, "
            f"are more than {MOST_LAYOUTS:,} layouts; give fewer inputs"
        )

    @cached_property
    def tokens(self) -> int:
        """Prompt tokens with the present settings."""
        return self.cost(self.family)

    @cached_property
    def remedies(self) -> tuple[Remedy, ...]:
        """The limits of which each alone makes the prompt fit, the finest first."""
        remedies = (self._largest(limit) for limit in self._limits)
        return tuple(remedy for remedy in remedies if remedy)

    @cached_property
    def least(self) -> Least:
        """The cheapest prompt. The limits are set to their cheapest values one after the other."""
        family, tokens, options = self.family, self.tokens, {}
        for limit in self._limits:
            value, cost = _cheapest(limit.values, self._under(limit, family))
            if cost is not None and cost < tokens:
                tokens = cost
                options[limit.option] = value
                family = family.choose(**{**limit.others, limit.option: value})
        return Least(tokens=tokens, options=options)

    @cached_property
    def first(self) -> int:
        """How many of the inputs, counted from the first, fit together with the present settings."""

        def over(count: int) -> bool:
            family = self.family.choose(num_images=count) if "num_images" in self.family.asked else self.family
            return Budgeted(family, self.media[:count], self.room).tokens > self.room

        counts = range(len(self.media), 0, -1)
        if len(counts) > COMPANY:
            return _bisect(1, len(counts) + 1, lambda count: count > len(counts) or over(count)) - 1
        return next((count for count in counts if not over(count)), 0)

    @cached_property
    def image(self) -> FittingImage | None:
        """The largest size that fits, for a prompt of one image; None if no size of its aspect ratio fits.

        It is the size to which the model resizes with one of the remedies, if the model leaves an image of that size as
        it is. Otherwise it is the largest size of the same aspect ratio.
        """
        (media,) = self.media
        for remedy in self.remedies:
            layout = remedy.family.layout(media)
            size = _seen_size(layout)
            if layout.prompt_tokens != remedy.tokens or size.area > layout.original.area:
                continue
            tokens = self._as_is(size)
            if tokens is not None and tokens == remedy.tokens:
                return FittingImage(size=size, tokens=tokens)
        return self._scaled(self.family.layout(media).original)

    def _scaled(self, original: Size) -> FittingImage | None:
        sides = range(min(max(original), LONGEST), 0, -1)
        for size in self._likely([original, *(with_longer_side(original, longer) for longer in sides)]):
            tokens = self._as_is(size)
            if tokens is not None and tokens <= self.room:
                return FittingImage(size=size, tokens=tokens)
        return None

    def _likely(self, sizes: Sequence[Size]) -> Iterator[Size]:
        """The first few sizes, and those of the others that fit when all are counted at once."""
        yield from sizes[:FEW]
        if not (others := sizes[FEW:]):
            return
        import numpy as np  # what fits at once needs no arrays

        from vtok.parts.bulk import REFUSED, SizeCounter

        heights, widths = np.array(others).T
        counts = SizeCounter(self.family, side_limit=LONGEST).count(widths, heights).prompt_tokens
        yield from (others[place] for place in np.flatnonzero((counts != REFUSED) & (counts <= self.room)).tolist())

    def _as_is(self, size: Size) -> int | None:
        """The prompt tokens of an upright image of that size; None if the model refuses it."""
        try:
            return self.family.layout(Media(size=size)).prompt_tokens
        except UnsupportedSizeError:
            return None

    @cached_property
    def _limits(self) -> tuple[Limit, ...]:
        return tuple(limits_of(self.family, self.media))

    def _under(self, limit: Limit, family: Family) -> Cost:
        def cost(value: Any) -> int | None:
            try:
                return self.cost(family.choose(**{**limit.others, limit.option: value}))
            except (UnsupportedSizeError, UsageError):
                return None

        if family is not self.family:
            return cost
        return self._costs.setdefault(limit.option, _remembered(cost))

    def _largest(self, limit: Limit) -> Remedy | None:
        cost = self._under(limit, self.family)
        if limit.named:
            limit = limit._replace(values=sorted(limit.values, key=lambda value: cost(value) or 0))
        place = _last_fitting(limit.values, cost, self.room, self._falls(limit))
        if place is None:
            return None
        value = limit.values[place]
        over = ((limit.values[i], cost(limit.values[i])) for i in range(place + 1, len(limit.values)))
        following = next(((v, tokens) for v, tokens in over if tokens is not None), None)
        return Remedy(
            option=limit.option,
            value=value,
            tokens=cast("int", cost(value)),
            family=self.family.choose(**{**limit.others, limit.option: value}),
            following=following,
        )

    def _falls(self, limit: Limit) -> list[int]:
        """The places in a limit's many values at which an input costs less than with the value before.

        An image that is no longer resized may cost less than when it was enlarged or shrunk.
        """
        if len(limit.values) <= SCANNED:
            return []
        return sorted({place for item in self._distinct for place in self._fall(limit, item)})

    def _fall(self, limit: Limit, media: Media) -> list[int]:
        def shape(place: int) -> tuple[Size | None, int] | None:
            try:
                layout = self.family.choose(**{**limit.others, limit.option: limit.values[place]}).layout(media)
            except (UnsupportedSizeError, UsageError):
                return None
            return layout.resized, layout.prompt_tokens

        last = len(limit.values) - 1
        free = shape(last)
        place = _bisect(0, last, lambda at: shape(at) == free)
        before = shape(place - 1) if place else None
        return [place] if before and free and before[1] > free[1] else []


def _seen_size(layout: Layout) -> Size:
    """The size at which the model sees the image, without padding."""
    size = layout.resized or layout.canvas or layout.original
    if layout.content and layout.canvas == size:
        return Size(max(1, round(layout.content.height)), max(1, round(layout.content.width)))
    return size


def _remembered(cost: Cost) -> Cost:
    known: dict[Any, int | None] = {}

    def remembered(value: Any) -> int | None:
        if value not in known:
            known[value] = cost(value)
        return known[value]

    return remembered


def _last_fitting(values: Sequence[Any], cost: Cost, room: int, falls: Sequence[int]) -> int | None:
    """The place of the largest value that fits, or None. `falls` are the places at which the cost may fall."""
    if len(values) <= SCANNED:
        return next((i for i in reversed(range(len(values))) if _fits(cost(values[i]), room)), None)
    starts = [0, *falls]
    for start, end in reversed(list(zip(starts, [*falls, len(values)], strict=True))):
        if _fits(cost(values[start]), room):
            return _bisect(start, end, lambda i: not _fits(cost(values[i]), room)) - 1
    return None


def _tries(values: Sequence[Any]) -> int:
    """About how many values of a limit are tried: all, or those of two bisections, for the cost and its falls."""
    return len(values) if len(values) <= SCANNED else 2 * len(values).bit_length()


def _fits(tokens: int | None, room: int) -> bool:
    return tokens is not None and tokens <= room


def _bisect(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first place from `low` on at which a condition holds, if it holds from there on; `high` if it never does."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _cheapest(values: Sequence[Any], cost: Cost) -> tuple[Any, int | None]:
    """The value that costs least, and its tokens; for a limit with many values, the smallest value."""
    if len(values) > SCANNED:
        return values[0], cost(values[0])
    best: tuple[Any, int | None] = (None, None)
    for value in values:
        tokens = cost(value)
        if tokens is not None and (best[1] is None or tokens < best[1]):
            best = value, tokens
    return best
