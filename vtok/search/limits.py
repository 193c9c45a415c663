"""Numbers and options of a model that hold down what an image or a video costs, with the values that they can take."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from vtok.parts.family import Family
from vtok.values import Media

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
"""Numbers and options that hold down what an image costs, the finest first, each with its counterpart from below."""

VIDEO_LIMITS = {"video_max_pixels": "video_min_pixels", "video_max_soft_tokens": "", "in_patch_limit_each_frame": ""}
RATE_STEP = 100
"""Rates are searched in hundredths of a frame a second."""


class Limit(NamedTuple):
    """A limit: its option, its values, and what must be chosen with it.

    The values go from the smallest to the largest; those of a `named` one have an order by their cost only.
    """

    option: str
    values: Sequence[Any]
    others: dict[str, Any] = {}  # noqa: RUF012 - never written to
    named: bool = False


def limits_of(family: Family, media: Sequence[Media]) -> Iterator[Limit]:
    """The limits that bear on these images and videos, the finest first."""
    videos = [item for item in media if item.is_video]
    of_videos = list(_video_limits(family, videos)) if videos else []
    if len(videos) < len(media):
        yield from _image_limits(family)
    yield from of_videos
    if len(videos) == len(media) and VIDEO_LIMITS.keys().isdisjoint(limit.option for limit in of_videos):
        yield from _image_limits(family)  # hold for frames, too


def _image_limits(family: Family) -> Iterator[Limit]:
    for name in family.limits or LIMITS:
        if family.has_option(name):
            values = _values(family, name, LIMITS.get(name, ""))
            if len(values) > 1:
                yield Limit(name, values, named=not isinstance(values, range))


def _video_limits(family: Family, videos: Sequence[Media]) -> Iterator[Limit]:
    """Frames, rate, and the videos' own limits."""
    if family.has_option("sample_frames"):
        taken = max(_sampled(family, video) for video in videos)
        others = {"sample": True} if "sample" in family.asked else {}
        if taken > 1:
            yield Limit("sample_frames", range(1, taken + 1), others)
    rate = getattr(family, "sample_fps", None)
    if rate and not {"sample_frames", "sample"} & family.asked:
        yield Limit("sample_fps", [i / RATE_STEP for i in range(1, int(rate * RATE_STEP) + 1)])
    for name, least in VIDEO_LIMITS.items():
        if getattr(family, name, None) is not None:
            yield Limit(name, _values(family, name, least))


def _sampled(family: Family, video: Media) -> int:
    sampling = family.layout(video).sampling
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
