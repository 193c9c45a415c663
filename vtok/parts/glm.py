"""What videos of GLM-4.1V to GLM-5.3 share: the tokens around them, and a time behind each temporal step."""

from collections.abc import Sequence
from typing import ClassVar

from vtok.parts.family import Placeholders, family, option
from vtok.parts.spans import enclosed, special
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, PairedFrames, timed_steps, timestamp
from vtok.values import Media, Raster, Sampling, Span


@family
class TimedSteps(PairedFrames):
    """A family that writes the time of a temporal step behind it: in whole seconds, or in `tenths` with a unit."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    attention: ClassVar[str] = STEPWISE
    placeholders: ClassVar[Placeholders] = {"image": ("<|image|>",), "video": ("<|video|>", "<|image|>")}

    tenths: bool = False
    start: str = "<|begin_of_image|>"
    end: str = "<|end_of_image|>"
    begin_video: str = "<|begin_of_video|>"
    end_video: str = "<|end_of_video|>"

    sample: bool = option(default=True, text="take some frames of a video; false takes every frame")

    def timestamps(self, media: Media, raster: Raster, sampling: Sampling | None) -> list[Span] | None:
        """The text behind each temporal step of a video: the time of its first frame; None for an image."""
        fps = media.fps or ASSUMED_FPS
        return [self.timestamp(frames[0] / fps) for frames in raster.frames] if sampling else None

    def timestamp(self, seconds: float) -> Span:
        """The text behind a temporal step that begins then. Up to three digits are taken for a token."""
        number = f"{seconds:.1f}" if self.tenths else str(int(seconds))
        unit, more = (" seconds", 3) if self.tenths else ("", 0)
        groups = -(-len(number.partition(".")[0]) // 3)
        return timestamp(number + unit, number, groups + more, estimated=True)

    def spans(self, raster: Raster, timestamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each temporal step, for a video."""
        if timestamps is None:
            return enclosed(raster, start=self.start, end=self.end)
        steps = timed_steps(raster, timestamps, start=self.start, end=self.end, time_last=True)
        return (*special(self.begin_video), *steps, *special(self.end_video))
