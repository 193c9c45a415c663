"""VideoLLaMA3: images with a token for each patch; videos with four patches to a token, without still tokens.

Rule     Image: both sides are rounded to multiples of 14, within min_pixels to max_pixels; each patch of 14 is a token.
         Video: both sides of each frame are rounded to multiples of 28; patches are merged 2 x 2. A frame has at most
         its share of video_max_pixels, and at least video_min_pixels. Tokens that differ little from those of the frame
         before are dropped. Before each frame stands text such as Time 1.0s:, with a comma between frames.
Numbers  preprocessor_config.json and video_preprocessor_config.json of the checkpoints: images up to 3,211,264 pixels
         (16,384 tokens), videos up to 12,845,056 pixels in all frames together.
Paper    arXiv 2501.13106. Code: transformers 5.23, models/video_llama_3.

Where they disagree, and what vtok follows:
- Which tokens of a video are dropped depends on its pixels. vtok gives the number before that, marked as an estimate;
  use_token_compression false keeps them all.
- The resize of transformers divides video_max_pixels by the number of frames, but takes video_min_pixels for each.
- transformers takes every frame of a video unless told otherwise; the model's examples take 1 a second. So does vtok.
- transformers computes the times of sampled frames with torch, in float32: 3 / 20 is written 0.2, not 0.1.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from vtok.geometry.floats import float32
from vtok.geometry.frames import even_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.parts.family import Placeholders, family, limit, option
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalVideoResize, pixel_limits, snapped
from vtok.parts.sources import CHAT_TEMPLATE, IMAGE_CONFIG, VIDEO_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.videos import (
    STEPWISE,
    SampledByRate,
    rate,
    sampled,
    timed_steps,
    timestamp,
)
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step

ASSUMED_FPS = 1.0
"""The rate that transformers assumes for a video of unknown rate (processing_video_llama_3.py)."""
COMPRESSED = ("tokens of still parts of the video are dropped, which depends on its pixels; the count is before that",)


@family
class VideoLlama3(SampledByRate, OptionalVideoResize):
    """The numbers of a VideoLLaMA3 checkpoint."""

    attention: ClassVar[str] = STEPWISE
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "video_merge_size": ("video:merge_size",),
        "use_token_compression": ("video:use_token_compression",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<|image_pad|>",), "video": ("<|video_pad|>",)}

    patch_size: int = 14
    merge_size: int = 1
    video_merge_size: int = 2
    min_pixels: int = 56 * 56
    max_pixels: int = limit()
    video_min_pixels: int
    video_max_pixels: int = limit(limits="video")
    min_frames: int = 4
    max_frames: int = 180

    sample_fps: float = rate(1.0)
    use_token_compression: bool = option(default=True, text="drop tokens of a video that differ little from the last")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`."""
        original, steps = self.orient(media)
        bounds = self.min_frames, self.max_frames
        sampling = sampled(self, media, even_frames, multiple=1, bounds=bounds) if media.is_video else None
        resize = self.resize(original, sampling)
        patches = Patches(self.patch_size, self.video_merge_size if sampling else self.merge_size, block_order=True)
        view = whole_view(original, resize.after, patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        times = [self.timestamp(i, index, media.fps or ASSUMED_FPS) for i, (index,) in enumerate(raster.frames)]
        spans, steps = self.spans(raster, times if sampling else None), (*steps, resize)
        notes = COMPRESSED if sampling and self.use_token_compression else ()
        return self.describe(media, original, steps=steps, views=(view,), spans=spans, sampling=sampling, notes=notes)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        return token_grid(self.resize(sizes, None).after, self.patch_size * self.merge_size)

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video, which has its share of the video's pixels."""
        factor = self.patch_size * (self.video_merge_size if sampling else self.merge_size)
        if not sampling or not self.video_do_resize:
            return snapped(self, size, factor=factor, video=sampling is not None)
        share = pixel_limits(self, video=True)[1] // sampling.num_sampled
        step = snapped(self, size, factor=factor, video=True, max_pixels=share)
        return step._replace(reason=f"{step.reason}; max_pixels is video_max_pixels / {sampling.num_sampled} frames")

    def timestamp(self, position: int, index: int, fps: float) -> Span:
        """The text before the frame with that index; Qwen's vocabulary has a token for each character of its number.

        transformers divides the indices of sampled frames as a torch tensor, in float32, and those of all frames as
        Python numbers (video_utils.py, VideoMetadata.timestamps).
        """
        seconds = float32(index / float32(fps)) if self.sample else index / fps
        number = f"{seconds:.1f}"
        text = f"{',' if position else ''}Time {number}s:"
        return timestamp(text, number, len(number) + (5 if position else 4), estimated=False)

    def spans(self, raster: Raster, timestamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each frame, for a video."""
        if timestamps is None:
            return enclosed(raster)
        pruned = self.use_token_compression
        return tuple(replace(s, estimated=pruned) if s.raster else s for s in timed_steps(raster, timestamps))


MODEL_TYPES = ("videollama3_qwen2",)
SOURCES = {
    **dict.fromkeys(("patch_size", "merge_size", "min_pixels", "max_pixels", "resample"), IMAGE_CONFIG),
    **dict.fromkeys(
        ("video_merge_size", "video_min_pixels", "video_max_pixels", "min_frames", "max_frames"), VIDEO_CONFIG
    ),
    "chat_tokens": CHAT_TEMPLATE,
}

CLASS_DEFAULTS: ClassDefaults = {
    "VideoLlama3ImageProcessor": {
        "patch_size": 14,
        "merge_size": 1,
        "min_pixels": 56 * 56,
        "max_pixels": 28 * 28 * 1280,
    },
    "VideoLlama3VideoProcessor": {
        "video_merge_size": 2,
        "video_min_pixels": 28 * 28 * 128,
        "video_max_pixels": 28 * 28 * 768,
        "min_frames": 4,
        "max_frames": 180,
        "use_token_compression": True,
    },
    "VideoLlama3Config": {"patch_size": 16},
}
PRESETS = tuple(
    VideoLlama3(
        model="videollama3",
        preset=f"videollama3-{size.lower()}-image",
        repo=f"lkhl/VideoLLaMA3-{size}-Image-HF",
        max_pixels=28 * 28 * 4096,
        video_min_pixels=28 * 28 * 16,
        video_max_pixels=28 * 28 * 16384,
        max_position_embeddings=context,
        chat_tokens=9 if size == "2B" else None,
        sources=SOURCES,
    )
    for size, context in (("2B", 131_072), ("7B", 32_768))
)
