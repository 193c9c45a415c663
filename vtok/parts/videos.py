"""Videos: limits of their own, frames that are each seen like an image, steps that each have their time in text."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from vtok.errors import UsageError
from vtok.geometry.frames import every_frame, floor_frames
from vtok.geometry.places import raster_steps
from vtok.parts.family import Family
from vtok.parts.spans import enclosed
from vtok.values import Media, Raster, Sampling, Span, View

ASSUMED_FPS = 24.0
"""What transformers takes a video's rate for where nobody knows it (models/qwen3_vl/processing_qwen3_vl.py)."""


STEPWISE = "every layer of its encoder attends in full, over all patches of an image or of a video's temporal step"


def pixel_limits(family: Family, *, video: bool) -> tuple[int, int]:
    """Least and most pixels.

    A video has video_min_pixels and video_max_pixels, unless these are None or the user set only the others.
    """

    def limit(name: str) -> int:
        own = f"video_{name}"
        shared = not video or (name in family.asked and own not in family.asked)
        value: int | None = None if shared else getattr(family, own)
        return cast("int", getattr(family, name)) if value is None else value

    return limit("min_pixels"), limit("max_pixels")


def blank_stamps(raster: Raster, texts: Sequence[int] | None, default: int) -> tuple[Span, ...]:
    """Timestamps of which only the length is known, one a temporal step.

    Raises UsageError where their number is another.
    """
    if texts is not None and len(texts) != raster.t:
        raise UsageError(f"{len(texts)} lengths of timestamps for {raster.t} temporal steps; give one a step, or none")
    return tuple(Span(kind="text", count=count) for count in texts or (default,) * raster.t)


def stamped_steps(
    raster: Raster, stamps: Sequence[Span], *, start: str = "", end: str = "", stamp_last: bool = False
) -> Iterator[Span]:
    """Each temporal step between its start and end, where there are such; its timestamp before it, or after it."""
    for step, stamp in zip(raster_steps(raster), stamps, strict=True):
        if not stamp_last:
            yield stamp
        yield from enclosed(step, start=start, end=end)
        if stamp_last:
            yield stamp


def each_frame(
    views: tuple[View, ...], spans: tuple[Span, ...], sampling: Sampling
) -> tuple[tuple[View, ...], tuple[Span, ...]]:
    """The views and spans of a video that is seen frame by frame, from those of one frame."""
    frames = sampling.indices
    all_views = tuple(
        view._replace(kind="frame" if view.kind == "image" else view.kind, frames=(frame,))
        for frame in frames
        for view in views
    )
    return all_views, tuple(_of_frame(span, i * len(views), frame) for i, frame in enumerate(frames) for span in spans)


def _of_frame(span: Span, views_before: int, frame: int) -> Span:
    if span.raster is None:
        return span
    own = tuple(view + views_before for view in span.views)
    return replace(span, raster=span.raster._replace(frames=((frame,),)), views=own)


def sampled(family: Any, media: Media) -> Sampling:
    """The frames that transformers' video processor takes; `sample_frames` left alone is no more than there are."""
    total = media.num_frames or 0
    if not family.sample:
        return every_frame(total, fps=media.fps, multiple=1)
    if family.sample_fps is not None and family.wish("sample_frames") is not None:
        raise UsageError("sample_fps and sample_frames exclude each other; give one of the two")
    n = family.wish("sample_frames")
    if n is None and family.sample_fps is None:
        n = min(family.sample_frames, total)
    return floor_frames(total, fps=media.fps, sample_fps=family.sample_fps, sample_frames=n, multiple=1)
