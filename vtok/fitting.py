"""What would fit: the largest limits, the most frames, the largest picture that stay within a number of tokens.

Every answer is exact: the value fits, and the next one of its kind does not. A limit with few values (tiles, frames,
named modes) is searched value by value, for the cost of a tiled picture is no monotone function of the most tiles. A
limit with many (pixels) is bisected between the points at which the cost of a picture may fall again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple, cast

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.families import Family
from vtok.values import Layout, Media, Size

LIMITS = {
    "max_pixels": "min_pixels",
    "in_token_limit": "",
    "in_patch_limit": "",
    "max_soft_tokens": "",
    "max_num": "min_num",
    "max_patches": "min_patches",
    "max_num_patches": "",
    "max_num_tiles": "",
    "max_image_tiles": "",
    "max_slice_nums": "",
    "max_image_tokens": "min_image_tokens",
    "max_tiles": "min_tiles",
    "max_crops": "min_crops",
    "dynamic_hd": "",
    "longest_edge": "",
    "mode": "",
    "downsample_mode": "",
    "do_image_splitting": "",
    "slice_mode": "",
    "vision_input_type": "",
    "pan_and_scan_max_num_crops": "",
}
"""Numbers and options that hold down what a picture costs, the finest first, each with its counterpart from below."""

CLIP_LIMITS = {"video_max_pixels": "video_min_pixels", "video_max_soft_tokens": "", "in_patch_limit_each_frame": ""}
SCANNED = 4096
"""A limit with at most so many values is searched value by value."""

RATE_STEP = 100
"""Rates are searched in hundredths of a frame a second."""

LONGEST = 16384
"""The longest side of a picture that is tried pixel by pixel."""

COMPANY = 64
"""Up to so many inputs, each number of them is tried: some models tile less in company."""

Cost = Callable[[Any], int | None]
"""Prompt tokens under a value of a limit; None where the model refuses the value."""


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """One limit, set so that the prompt fits; `following` is the next value, which does not fit, and what it costs.

    `following` is None where `value` is the largest that was asked about.
    """

    option: str
    value: Any
    tokens: int
    family: Family
    following: tuple[Any, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Least:
    """The cheapest prompt that these inputs can make: its tokens, and the options that it takes."""

    tokens: int
    options: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The largest size of one picture that fits, and what it costs; no option is needed for it."""

    size: Size
    tokens: int


class Budgeted:
    """A prompt of these pictures and clips, with a model and the prompt tokens that they may take together."""

    def __init__(self, family: Family, media: Iterable[Media], room: int) -> None:
        self.family = family
        self.media = tuple(replace(item, name="", format="") for item in media)
        self.room = room
        self._distinct = Counter(self.media)

    def cost(self, family: Family) -> int:
        """Prompt tokens of all inputs together under this family's numbers."""
        return sum(count * family.layout(item).prompt_tokens for item, count in self._distinct.items())

    @cached_property
    def tokens(self) -> int:
        """Prompt tokens as things are."""
        return self.cost(self.family)

    @cached_property
    def remedies(self) -> tuple[Remedy, ...]:
        """Each limit that alone makes the prompt fit, at its largest value that does; the finest first."""
        found = (self._largest(limit) for limit in self._limits)
        return tuple(remedy for remedy in found if remedy)

    @cached_property
    def least(self) -> Least:
        """The cheapest prompt: every limit at its cheapest value, one after the other."""
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
        """How many of the inputs, from the first on, fit together as they are."""

        def over(count: int) -> bool:
            family = self.family.choose(num_images=count) if "num_images" in self.family.asked else self.family
            return Budgeted(family, self.media[:count], self.room).tokens > self.room

        counts = range(len(self.media), 0, -1)
        if len(counts) > COMPANY:
            return _bisect(1, len(counts) + 1, lambda count: count > len(counts) or over(count)) - 1
        return next((count for count in counts if not over(count)), 0)

    @cached_property
    def picture(self) -> Picture | None:
        """The largest size that fits of a prompt of one picture; None where no size of its shape does.

        The size at which a remedy has the model resize the picture, where the model leaves a picture of that size as it
        is; else the largest of the picture's shape, by its longer side.
        """
        (media,) = self.media
        for remedy in self.remedies:
            layout = remedy.family.layout(media)
            size = _shown(layout)
            if layout.prompt_tokens != remedy.tokens or size.area > layout.original.area:
                continue
            tokens = self._as_is(size)
            if tokens is not None and tokens == remedy.tokens:
                return Picture(size=size, tokens=tokens)
        return self._scaled(self.family.layout(media).original)

    def _scaled(self, original: Size) -> Picture | None:
        sides = range(min(max(original), LONGEST), 0, -1)
        for size in (original, *(scaled(original, longer) for longer in sides)):
            tokens = self._as_is(size)
            if tokens is not None and tokens <= self.room:
                return Picture(size=size, tokens=tokens)
        return None

    def _as_is(self, size: Size) -> int | None:
        """The tokens of an upright picture of that size."""
        try:
            return self.family.layout(Media(size=size)).prompt_tokens
        except UnsupportedSizeError:
            return None

    @cached_property
    def _limits(self) -> tuple["Limit", ...]:
        pictures = any(not item.is_clip for item in self.media)
        clips = [item for item in self.media if item.is_clip]
        found = list(_picture_limits(self.family)) if pictures else []
        if clips:
            found += _clip_limits(self.family, clips)
            known = {limit.option for limit in found}
            if not known & CLIP_LIMITS.keys():  # those of pictures hold for frames, too
                found += [limit for limit in _picture_limits(self.family) if limit.option not in known]
        return tuple(found)

    def _under(self, limit: "Limit", family: Family) -> Cost:
        def cost(value: Any) -> int | None:
            try:
                return self.cost(family.choose(**{**limit.others, limit.option: value}))
            except (UnsupportedSizeError, UsageError):
                return None

        return cost

    def _largest(self, limit: "Limit") -> Remedy | None:
        cost = _remembered(self._under(limit, self.family))
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

    def _falls(self, limit: "Limit") -> list[int]:
        """The places of a long limit at which some input costs less than just below: where it is no longer resized."""
        if len(limit.values) <= SCANNED:
            return []
        return sorted({place for item in self._distinct for place in self._fall(limit, item)})

    def _fall(self, limit: "Limit", media: Media) -> list[int]:
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


class Limit(NamedTuple):
    """A limit: its option, its values, and what must be chosen with it.

    The values go from the smallest to the largest; those of a `named` one have an order by their cost only.
    """

    option: str
    values: Sequence[Any]
    others: dict[str, Any] = {}  # noqa: RUF012 - never written to
    named: bool = False


def scaled(size: Size, longer: int) -> Size:
    """A size of the same shape with that longer side."""
    factor = longer / max(size)
    return Size(*(max(1, round(side * factor)) for side in size))


def _shown(layout: Layout) -> Size:
    """The size of what the model shows of the picture, padding left out."""
    size = layout.resized or layout.canvas or layout.original
    if layout.content and layout.canvas == size:
        return Size(max(1, round(layout.content.height)), max(1, round(layout.content.width)))
    return size


def _picture_limits(family: Family) -> Iterable[Limit]:
    for name in family.limits or LIMITS:
        if family.has_option(name):
            values = _values(family, name, LIMITS.get(name, ""))
            if len(values) > 1:
                yield Limit(name, values, named=not isinstance(values, range))


def _clip_limits(family: Family, clips: Sequence[Media]) -> Iterable[Limit]:
    """Frames, rate, and the clips' own limits."""
    if family.has_option("sample_frames"):
        taken = max(_sampled(family, clip) for clip in clips)
        others = {"sample": True} if "sample" in family.asked else {}
        if taken > 1:
            yield Limit("sample_frames", range(1, taken + 1), others)
    rate = getattr(family, "sample_fps", None)
    if rate and not {"sample_frames", "sample"} & family.asked:
        yield Limit("sample_fps", [i / RATE_STEP for i in range(1, int(rate * RATE_STEP) + 1)])
    for name, least in CLIP_LIMITS.items():
        if getattr(family, name, None) is not None:
            yield Limit(name, _values(family, name, least))


def _sampled(family: Family, clip: Media) -> int:
    sampling = family.layout(clip).sampling
    return sampling.num_sampled if sampling else 1


def _values(family: Family, name: str, least: str) -> Sequence[Any]:
    """The values of a limit up to what it is now; all of them where they are words."""
    now = getattr(family, name)
    field = next(f for f in fields(family) if f.name == name)
    if choices := field.metadata.get("choices"):
        return tuple(choices)
    if isinstance(now, bool):
        return (False, True)
    return range(max(1, getattr(family, least, 1) or 1), now + 1) if isinstance(now, int) else ()


def _remembered(cost: Cost) -> Cost:
    known: dict[Any, int | None] = {}

    def remembered(value: Any) -> int | None:
        if value not in known:
            known[value] = cost(value)
        return known[value]

    return remembered


def _last_fitting(values: Sequence[Any], cost: Cost, room: int, falls: Sequence[int]) -> int | None:
    """The place of the largest value that fits, or None; `falls` are the places where the cost may fall."""
    if len(values) <= SCANNED:
        found = (i for i in reversed(range(len(values))) if _fits(cost(values[i]), room))
        return next(found, None)
    starts = [0, *falls]
    for start, end in reversed(list(zip(starts, [*falls, len(values)], strict=True))):
        if _fits(cost(values[start]), room):
            return _bisect(start, end, lambda i: not _fits(cost(values[i]), room)) - 1
    return None


def _fits(tokens: int | None, room: int) -> bool:
    return tokens is not None and tokens <= room


def _bisect(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first place from `low` to `high` at which something holds that goes on holding; `high` if none earlier."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _cheapest(values: Sequence[Any], cost: Cost) -> tuple[Any, int | None]:
    """The value that costs least; of a long limit, the smallest."""
    if len(values) > SCANNED:
        return values[0], cost(values[0])
    best: tuple[Any, int | None] = (None, None)
    for value in values:
        tokens = cost(value)
        if tokens is not None and (best[1] is None or tokens < best[1]):
            best = value, tokens
    return best
