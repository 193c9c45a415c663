"""The limits of a model that hold down what an image or a video costs, with the values that each of them can take.

A family declares its limits on its fields (`vtok.parts.family.limit`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from vtok.parts.family import Family, Limited
from vtok.parts.settings import lower_bound
from vtok.values import Media

RATE_STEP = 100
"""Rates are searched in hundredths of a frame a second."""


class Limit(NamedTuple):
    """A limit, its values, and the options that must be set with it.

    The values go from the smallest to the largest. Those of a `named` limit are words; only their costs order them.
    """

    option: str
    values: Sequence[Any]
    others: dict[str, Any] = {}  # noqa: RUF012 - never written to
    named: bool = False


def names_of(family: Family, *limited: Limited) -> tuple[str, ...]:
    """The limits that a family declares for images or for videos, or for both; the finest first."""
    declared = [(f.metadata.get("limits"), f.name) for f in fields(family)]
    return tuple(name for kind in limited for limits, name in declared if limits == kind)


def lowest_of(family: Family, name: str) -> str | None:
    """The number of the family that bounds the same quantity from below, if it has one."""
    below = lower_bound(name)
    return below if below != name and family.has_option(below) else None


def choices_of(family: Family, name: str) -> tuple[Any, ...]:
    """All values of a limit that has only a few: words, or true and false. None for a number."""
    field = next(f for f in fields(family) if f.name == name)
    words: tuple[str, ...] = field.metadata.get("choices") or ()
    return words or ((False, True) if isinstance(getattr(family, name), bool) else ())


def limits_of(family: Family, media: Sequence[Media]) -> Iterator[Limit]:
    """The limits that hold down the cost of these images and videos, the finest first."""
    videos = [item for item in media if item.is_video]
    of_videos = list(_video_limits(family, videos)) if videos else []
    if len(videos) < len(media):
        yield from _image_limits(family)
    yield from of_videos
    if len(videos) == len(media) and not {limit.option for limit in of_videos} & set(names_of(family, "video")):
        yield from _image_limits(family)  # a model without limits for videos has those for images hold for each frame


def _image_limits(family: Family) -> Iterator[Limit]:
    for name in names_of(family, "image"):
        values = _values(family, name)
        if len(values) > 1:
            yield Limit(name, values, named=not isinstance(values, range))


def _video_limits(family: Family, videos: Sequence[Media]) -> Iterator[Limit]:
    """The number of frames, their rate, and the limits that hold for videos alone."""
    if family.has_option("sample_frames"):
        taken = max(_sampled(family, video) for video in videos)
        others = {"sample": True} if "sample" in family.asked else {}
        if taken > 1:
            yield Limit("sample_frames", range(1, taken + 1), others)
    rate = getattr(family, "sample_fps", None)
    if rate and not {"sample_frames", "sample"} & family.asked:
        yield Limit("sample_fps", [i / RATE_STEP for i in range(1, int(rate * RATE_STEP) + 1)])
    for name in names_of(family, "video"):
        if getattr(family, name) is not None:
            yield Limit(name, _values(family, name))


def _sampled(family: Family, video: Media) -> int:
    sampling = family.layout(video).sampling
    return sampling.num_sampled if sampling else 1


def _values(family: Family, name: str) -> Sequence[Any]:
    """The values of a limit: all of them if they are few, else the numbers from its lower bound to its value."""
    now = getattr(family, name)
    if choices := choices_of(family, name):
        return choices
    below = lowest_of(family, name)
    lowest = getattr(family, below) if below else None
    return range(max(1, lowest or 1), now + 1) if isinstance(now, int) else ()
