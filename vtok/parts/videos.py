"""Videos: which frames are taken, pixel limits of their own, frames that are seen one by one, timestamps as text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.bounds import bounded
from vtok.geometry.clocks import capped_frames
from vtok.geometry.frames import every_frame, floor_frames, needed_fps
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, raster_steps
from vtok.geometry.snapping import smart_resize_video
from vtok.parts.family import Family, family, option
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalVideoResize, snapped
from vtok.parts.spans import enclosed, plain
from vtok.values import Media, Raster, Sampling, Size, Span, Step, View

ASSUMED_FPS = 24.0
"""The rate that transformers assumes for a video of unknown rate (models/qwen3_vl/processing_qwen3_vl.py)."""

STEPWISE = "every layer of its encoder attends in full, over all patches of an image or of a video's temporal step"


Lengths = Sequence[int] | None
"""The lengths in tokens of the timestamps of a video, one for each temporal step, or None if they are not known."""


@family
class SampledByRate(Family):
    """A family that takes so many frames of a video a second, or a number of frames if the user asks for one."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")

    sample: bool = option(default=True, text="take some frames of a video; false takes every frame")
    sample_fps: float = option(2.0, "frames taken per second of a video")
    sample_frames: int | None = option(None, "how many frames of a video are taken, instead of a rate")


@family
class SampledByNumber(Family):
    """A family that takes a number of frames of a video, or so many a second if the user asks for a rate."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")

    sample: bool = option(default=True, text="take some frames of a video; false takes every frame")
    sample_frames: int = option(32, "how many frames of a video are taken")
    sample_fps: float | None = option(None, "frames taken per second of a video, instead of a number")


@family
class SampledUpTo(Family):
    """A family that takes frames of a video by a clock, up to a number that the user may set."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")

    max_frames: int

    sample: bool = option(default=True, text="take some frames of a video; false takes every frame")
    sample_frames: int | None = option(None, "the most frames of a video that are taken, instead of max_frames")


@family
class PairedFrames(OptionalVideoResize):
    """A family whose patches span `temporal_patch_size` frames of a video; patches of one token enter together."""

    patch_size: int = 14
    merge_size: int = 2
    temporal_patch_size: int = 2

    @property
    def patches(self) -> Patches:
        """How a view is cut."""
        return Patches(self.patch_size, self.merge_size, temporal_size=self.temporal_patch_size, block_order=True)

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        return snapped(self, size, factor=self.patches.factor, video=sampling is not None)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        return token_grid(self.resize(sizes, None).after, self.patches.factor)


def rate(default: float) -> Any:
    """The `sample_fps` of a family with another default rate."""
    return option(default, "frames taken per second of a video")


def number(default: int, text: str = "how many frames of a video are taken") -> Any:
    """The `sample_frames` of a family with another default number."""
    return option(default, text)


def sampled(
    family: SampledByRate,
    media: Media,
    rule: Callable[..., Sampling],
    *,
    multiple: int,
    fps: float | None = None,
    **numbers: Any,
) -> Sampling:
    """The frames of a video that `rule` takes, or every frame if the user switched sampling off.

    The last frame is repeated until their number is a multiple of `multiple`. `fps` stands in for an unknown rate;
    `numbers` are what else the rule needs.
    """
    total, fps = media.total_frames, media.fps or fps
    if not family.sample:
        return every_frame(total, fps=fps, multiple=multiple)
    return rule(
        total,
        fps=fps,
        sample_fps=family.sample_fps,
        sample_frames=family.sample_frames,
        multiple=multiple,
        **numbers,
    )


def sampled_by_number(family: SampledByNumber, media: Media, *, at_most_all: bool = False) -> Sampling:
    """The frames that transformers' rule for all models takes of a video.

    With `at_most_all`, the default number of frames is held to the frames that the video has.
    """
    total = media.total_frames
    if not family.sample:
        return every_frame(total, fps=media.fps, multiple=1)
    frames = family.user_value("sample_frames")
    if family.sample_fps is not None and frames is not None:
        raise UsageError("sample_fps and sample_frames exclude each other; give one of the two")
    if frames is None and family.sample_fps is None:
        frames = min(family.sample_frames, total) if at_most_all else family.sample_frames
    return floor_frames(total, fps=media.fps, sample_fps=family.sample_fps, sample_frames=frames, multiple=1)


def sampled_exactly(family: SampledByNumber, media: Media, *, multiple: int = 1) -> Sampling:
    """Frames at equal distances, of which the model's code takes the number of the preset, no more and no fewer.

    A rest that fills no patch of `multiple` frames does not count. Raises UnsupportedSizeError for another number.
    """
    needed, total = family.as_published.sample_frames, media.total_frames
    if total < needed:
        raise UnsupportedSizeError(f"{family.model} takes {needed} frames of a video, and this one has {total}")
    sampling = sampled_by_number(family, media)
    if (taken := len(sampling.indices)) // multiple != needed // multiple:
        raise UnsupportedSizeError(f"{family.model} takes {needed} frames of a video, not {taken}; ask for {needed}")
    return sampling


def sampled_at_most(family: SampledByNumber, media: Media, *, max_fps: float) -> Sampling:
    """Frames at equal distances: the default number, or fewer where that would be more than `max_fps` a second.

    A video of unknown rate counts as one of `max_fps`.
    """
    total, fps = media.total_frames, media.fps or max_fps
    if not family.sample:
        return every_frame(total, fps=fps, multiple=1)
    duration, most = media.duration or total / fps, family.sample_frames
    return capped_frames(total, fps=fps, duration=duration, sample_fps=family.sample_fps, most=most, max_fps=max_fps)


def sampled_up_to(family: SampledUpTo, media: Media, rule: Callable[..., Sampling], **numbers: Any) -> Sampling:
    """The frames of a video that `rule`, a clock, takes, or every frame if the user switched sampling off.

    `numbers` are what else the rule needs. Raises UsageError for a video of unknown rate.
    """
    total = media.total_frames
    if not family.sample:
        return every_frame(total, fps=media.fps, multiple=1)
    fps, most = needed_fps(media.fps), family.sample_frames or family.max_frames
    return rule(total, fps=fps, duration=media.duration or total / fps, most=most, **numbers)


def wanted_frames(media: Media, frames: int | None, rate: float | None) -> int | None:
    """The number of frames that the user asks for, directly or as a rate; None for neither.

    Raises UsageError for both.
    """
    if rate is None:
        return frames
    if frames is not None:
        raise UsageError("sample_fps and sample_frames exclude each other; give one of the two")
    return int(media.total_frames / needed_fps(media.fps) * rate)


def resize_together(size: Size, patches: Patches, sampling: Sampling | None, limits: tuple[int, int]) -> Step:
    """The resize of each frame of a video, whose limits of pixels hold for all frames together.

    An image counts as the frames of one temporal patch.
    """
    return smart_resize_video(
        size,
        num_frames=sampling.num_sampled if sampling else patches.temporal_size,
        temporal_factor=patches.temporal_size,
        factor=patches.factor,
        min_pixels=limits[0],
        max_pixels=limits[1],
    )


def each_frame(
    views: tuple[View, ...],
    spans: tuple[Span, ...],
    sampling: Sampling,
    *,
    name: Callable[[int], str] | None = None,
) -> tuple[tuple[View, ...], tuple[Span, ...]]:
    """The views and spans of a video that is seen frame by frame, from the views and spans of one frame.

    `name` gives the plain text before the frame of a number, which counts from 1.
    """
    frames = sampling.indices
    bounded(len(frames) * len(views), "views")
    all_views = tuple(
        view._replace(kind="frame" if view.kind == "image" else view.kind, frames=(frame,))
        for frame in frames
        for view in views
    )
    all_spans: list[Span] = []
    for i, frame in enumerate(frames):
        all_spans += [plain(name(i + 1))] if name else []
        all_spans += [_of_frame(span, i * len(views), frame) for span in spans]
    return all_views, tuple(all_spans)


def _of_frame(span: Span, views_before: int, frame: int) -> Span:
    raster = span.raster and span.raster._replace(frames=((frame,),))
    return replace(span, raster=raster, views=tuple(view + views_before for view in span.views))


def timestamp(text: str, seconds: str | float, tokens: int, *, estimated: bool) -> Span:
    """The text that names the time of a temporal step. `seconds` is the time as the text rounds it."""
    return Span(kind="text", count=tokens, text=text, time=float(seconds), estimated=estimated)


def blank_timestamps(raster: Raster, texts: Lengths, default: int) -> tuple[Span, ...]:
    """Timestamps of which only the length in tokens is known, one for each temporal step.

    Raises UsageError if there are not as many lengths as temporal steps.
    """
    if texts is not None and len(texts) != raster.t:
        raise UsageError(f"{len(texts)} lengths of timestamps for {raster.t} temporal steps; give one a step, or none")
    return tuple(Span(kind="text", count=count) for count in texts or (default,) * raster.t)


def timed_steps(
    raster: Raster, timestamps: Sequence[Span], *, start: str = "", end: str = "", time_last: bool = False
) -> Iterator[Span]:
    """The temporal steps of a video, each between its start and end tokens and after its timestamp.

    With `time_last`, the timestamp follows its step.
    """
    for step, time in zip(raster_steps(raster), timestamps, strict=True):
        if not time_last:
            yield time
        yield from enclosed(step, start=start, end=end)
        if time_last:
            yield time
