"""Gemma 4: the image scaled to a budget of tokens, nine patches of 16 to a token; a video is 32 timed frames.

Rule     The image is scaled up or down to max_soft_tokens x 9 patches, its aspect ratio kept. Both sides are rounded
         down to multiples of 48. Patches enter row by row; behind the encoder, 3 x 3 of them are averaged to a token.
         Of a video, 32 frames are taken at equal distances; the minute and second of each stand before it.
Numbers  class defaults of transformers: 280 tokens for an image, 70 for a frame.
Paper    none. Code: transformers 5.23, models/gemma4/{image_processing,video_processing,processing}_gemma4.py.

Where they disagree, and what vtok follows:
- The budget is 70, 140, 280, 560 or 1,120. It is an upper limit: both sides round down, so that a square image gets 256
  of 280 tokens.
- The tensor given to the encoder is padded to the whole budget, and the padding is dropped behind it.
- transformers asks for 32 frames of every video, and refuses a video with fewer.
- The tokens of a timestamp are an estimate: one for each character.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import as_it_is, fill_pixels
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalVideoResize, resizes
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, SampledByNumber, sampled_by_number, timed_steps, timestamp
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step

BUDGETS = (70, 140, 280, 560, 1120)


@family
class Gemma4(SampledByNumber, OptionalVideoResize):
    """The numbers of a Gemma 4 checkpoint."""

    attention: ClassVar[str] = STEPWISE
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"video_max_soft_tokens": ("video:max_soft_tokens",)}
    placeholders: ClassVar[Placeholders] = {"image": ("<|image|>",), "video": ("<|video|>",)}

    patch_size: int = 16
    pooling_kernel_size: int = 3
    max_soft_tokens: int = limit(280)
    video_max_soft_tokens: int = limit(70, limits="video")
    start: str = "<|image>"
    end: str = "<image|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the pooled grid, end; the same for each frame."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        resize = self.resize(original, video=media.is_video)
        view = whole_view(original, resize.after, self.patches, sampling=sampling)
        spans = self.spans(merged_raster(view, sampling), media.fps or ASSUMED_FPS)
        return self.describe(media, original, steps=(*steps, resize), views=(view,), spans=spans, sampling=sampling)

    @property
    def patches(self) -> Patches:
        """What the encoder embeds, and how many of it become one token."""
        return Patches(self.patch_size, self.pooling_kernel_size)

    def frames(self, media: Media) -> Sampling:
        """The frames that are taken of a video."""
        return sampled_by_number(self, media)

    def resize(self, size: Size, *, video: bool) -> Step:
        """The size of the image, or of each frame of the video."""
        factor = self.patches.factor
        most = self.budget(video=video) * factor**2
        if not resizes(self, video=video):
            return as_it_is(size, factor=factor)
        return fill_pixels(size, factor=factor, max_pixels=most)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The pooled grid."""
        return token_grid(self.resize(sizes, video=False).after, self.patches.factor)

    def budget(self, *, video: bool) -> int:
        """The most tokens of an image or frame. A user's `max_soft_tokens` holds for frames, too."""
        shared = "max_soft_tokens" in self.asked and "video_max_soft_tokens" not in self.asked
        name = "video_max_soft_tokens" if video and not shared else "max_soft_tokens"
        value: int = getattr(self, name)
        if value not in BUDGETS:
            raise UsageError(f"{name} {value} is not one of {', '.join(map(str, BUDGETS))}")
        return value

    def spans(self, raster: Raster, fps: float) -> tuple[Span, ...]:
        """The prompt's part for an image or, frame by frame, for a video."""
        if not raster.frames:
            return enclosed(raster, start=self.start, end=self.end)
        timestamps = [self.timestamp(frames[0] / fps, first=i == 0) for i, frames in enumerate(raster.frames)]
        return tuple(timed_steps(raster, timestamps, start=self.start, end=self.end))

    def timestamp(self, seconds: float, *, first: bool) -> Span:
        """The minute and second before a frame; a space separates it from the frame before."""
        text = f"{'' if first else ' '}{int(seconds) // 60:02d}:{int(seconds) % 60:02d} "
        return timestamp(text, int(seconds), len(text), estimated=True)


CLASS_DEFAULTS: ClassDefaults = {
    "Gemma4ImageProcessor": {"patch_size": 16, "pooling_kernel_size": 3, "max_soft_tokens": 280},
    "Gemma4VideoProcessor": {"video_max_soft_tokens": 70, "sample_frames": 32},
    "Gemma4Config": {"max_position_embeddings": 131_072},
}
SMALL = ("E2B", "E4B")
REMARKS = ("An image or frame has at most 70, 140, 280, 560 or 1,120 tokens: max_soft_tokens.",)
NUMBERS = ("patch_size", "pooling_kernel_size", "max_soft_tokens", "video_max_soft_tokens", "resample")
PRESETS = tuple(
    Gemma4(
        model="gemma4",
        preset=f"gemma-4-{size.lower()}{tuned}",
        repo=f"google/gemma-4-{size}{tuned}",
        max_position_embeddings=131_072 if size in SMALL else 262_144,
        chat_tokens=None
        if not tuned
        else 9
        if size in SMALL
        else 13,  # the larger ones get an empty channel of thought
        sources=dict.fromkeys(NUMBERS, "processor_config.json"),
        remarks=REMARKS,
    )
    for tuned in ("-it", "")
    for size in ("E2B", "E4B", "26B-A4B", "31B")
)
