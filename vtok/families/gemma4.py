"""Gemma 4: the image scaled to a budget of tokens, nine patches of 16 to a token; a video is 32 timed frames.

Rule     Scale, up or down, to max_soft_tokens x 9 patches with the aspect kept; both sides down to multiples of 48;
         patches row by row, the mean of 3 x 3 behind the encoder. Of a video, 32 frames at equal distances, each with
         its minute and second before it.
Numbers  class defaults of transformers: 280 tokens for an image, 70 for a frame.
Paper    none. Code: transformers 5.23, models/gemma4/{image_processing,video_processing,processing}_gemma4.py.

Where they disagree, and what is followed here:
- The budget is one of 70, 140, 280, 560 and 1,120, and a limit, not a number: both sides round down, so that a square
  gets 256 of 280 tokens.
- The tensor given to the encoder is padded to the whole budget; the padding is dropped behind it.
- transformers refuses a video of fewer frames than are asked for, and it asks for 32 of every video.
- The tokens of a timestamp are estimated: one for each character.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.frames import every_frame, floor_frames
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import fill_pixels
from vtok.parts.family import Family, family, option
from vtok.parts.spans import enclosed
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, stamped_steps
from vtok.values import Layout, Media, Raster, Sampling, Span

BUDGETS = (70, 140, 280, 560, 1120)


@family
class Gemma4(Family):
    """The numbers of a Gemma 4 checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    attention: ClassVar[str] = STEPWISE
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"video_max_soft_tokens": ("video:max_soft_tokens",)}

    patch_size: int = 16
    pooling_kernel_size: int = 3
    max_soft_tokens: int = 280
    video_max_soft_tokens: int = 70
    start: str = "<|image>"
    end: str = "<image|>"

    sample: bool = option(default=True, text="take some frames of a video; false: every frame")
    sample_frames: int = option(32, "how many frames of a video are taken")
    sample_fps: float | None = option(None, "frames taken per second of a video, instead of a number")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the pooled grid, end; of a video for each frame."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        patches = Patches(self.patch_size, self.pooling_kernel_size)
        most = self.budget(video=media.is_video) * patches.factor**2
        resize = fill_pixels(original, factor=patches.factor, max_pixels=most)
        view = whole_view(original, resize.after, patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.spans(raster, media.fps or ASSUMED_FPS),
            sampling=sampling,
        )

    def budget(self, *, video: bool) -> int:
        """The most tokens of an image or frame: max_soft_tokens holds for frames, too, where the user set it."""
        own = "video_max_soft_tokens"
        frames_own = own in self.asked or "max_soft_tokens" not in self.asked
        name = own if video and frames_own else "max_soft_tokens"
        value: int = getattr(self, name)
        if value not in BUDGETS:
            raise UsageError(f"{name} {value} is not one of {', '.join(map(str, BUDGETS))}")
        return value

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' rule for all models takes."""
        total = media.num_frames or 0
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        if {"sample_frames", "sample_fps"} <= self.asked and self.sample_fps is not None:
            raise UsageError("sample_frames and sample_fps exclude each other; give one of the two")
        number = self.sample_frames if self.sample_fps is None else None
        return floor_frames(total, fps=media.fps, sample_fps=self.sample_fps, sample_frames=number, multiple=1)

    def spans(self, raster: Raster, fps: float) -> tuple[Span, ...]:
        """The prompt's part for an image or, frame by frame, for a video."""
        if not raster.frames:
            return enclosed(raster, start=self.start, end=self.end)
        stamps = [self.stamp(frames[0] / fps, first=i == 0) for i, frames in enumerate(raster.frames)]
        return tuple(stamped_steps(raster, stamps, start=self.start, end=self.end))

    def stamp(self, seconds: float, *, first: bool) -> Span:
        """The minute and second before a frame; a space parts it from the frame before."""
        text = f"{'' if first else ' '}{int(seconds) // 60:02d}:{int(seconds) % 60:02d} "
        return Span(kind="text", count=len(text), text=text, time=float(int(seconds)), estimated=True)


PRESETS = tuple(
    Gemma4(
        model="gemma4",
        preset=f"gemma-4-{size.lower()}-it",
        repo=f"google/gemma-4-{size}-it",
        max_position_embeddings=131_072 if size == "E2B" else 262_144,
        chat_tokens=9 if size == "E2B" else 13,  # the larger ones get an empty channel of thought
        facts=("An image or frame has at most 70, 140, 280, 560 or 1,120 tokens: max_soft_tokens.",),
    )
    for size in ("E2B", "26B-A4B")
)
