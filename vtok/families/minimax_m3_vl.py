"""MiniMax-M3: a small image at its own size, snapped to 28 pixels; a video is a row of images, each with its time.

Rule     Both sides are rounded to multiples of 28, within min_pixels to max_pixels; patches of 14 are merged 2 x 2. The
         limits for videos hold for each frame. Two frames make one temporal step; an odd last frame is repeated. The
         time of its first frame stands before each step. The encoder attends within four temporal steps.
Numbers  class defaults of transformers: images of 3,136 to 451,584 pixels (576 tokens), frames of up to 602,112; 1
         frame a second.
Paper    none. Code: transformers 5.23, models/minimax_m3_vl/{processing,image_processing,video_processing}*.py.

Where they disagree, and what vtok follows:
- The checkpoint's config gives a size of 672 x 672. No processor uses it, and vtok does not either.
- The video processor has a limit for all frames (total_pixels) and for their number (min_frames, max_frames), but its
  code reads none of them. vtok does not have them.
- The processor neither resizes nor samples videos: it expects both to be done. vtok does them with the video
  processor's own limits and rate.
- The tokens of a timestamp are an estimate, by Qwen's vocabulary.
"""

from collections.abc import Sequence
from typing import ClassVar

from vtok.geometry.frames import floor_frames
from vtok.geometry.places import merged_raster, whole_view
from vtok.parts.family import family, limit
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.videos import PairedFrames, SampledByRate, rate, sampled, timed_steps, timestamp
from vtok.values import Layout, Media, Raster, Span


@family
class MiniMaxM3VL(SampledByRate, PairedFrames):
    """The numbers of a MiniMax-M3 checkpoint."""

    attention: ClassVar[str] = (
        "every layer of its encoder attends in full, over all patches of an image or of four temporal steps of a video"
    )
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        name: (
            f"image:{name}",
            f"image:img_token_compression_config.{key}",
            f"config:vision_config.img_token_compression_config.{key}",
        )
        for name, key in {"merge_size": "spatial_merge_size", "temporal_patch_size": "temporal_patch_size"}.items()
    }

    min_pixels: int = 28 * 28 * 4
    max_pixels: int = limit(28 * 28 * 576)
    video_min_pixels: int = 28 * 28 * 4
    video_max_pixels: int = limit(28 * 28 * 768, limits="video")
    start: str = "]<]start of image[>["
    end: str = "]<]end of image[>["

    sample_fps: float = rate(1.0)

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`."""
        original, steps = self.orient(media)
        pairs = self.temporal_patch_size
        sampling = sampled(self, media, floor_frames, multiple=pairs) if media.is_video else None
        resize = self.resize(original, sampling)
        view = whole_view(original, resize.after, self.patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        timestamps = [self.timestamp(frames, media.fps) for frames in raster.frames] if sampling else None
        spans = self.spans(raster, timestamps)
        return self.describe(media, original, steps=(*steps, resize), views=(view,), spans=spans, sampling=sampling)

    def timestamp(self, frames: tuple[int, ...], fps: float | None) -> Span:
        """The text before a temporal step: the time of its first frame; empty if the rate is not known."""
        if not fps:
            return Span(kind="text", count=0)
        number = f"{frames[0] / fps:.1f}"
        return timestamp(f"]<]{number} seconds[>[", number, len(number) + 5, estimated=True)

    def spans(self, raster: Raster, timestamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each temporal step, for a video."""
        if timestamps is None:
            return enclosed(raster, start=self.start, end=self.end)
        return tuple(timed_steps(raster, timestamps, start=self.start, end=self.end))


MODEL_TYPES = ("minimax_m3",)
CLASS_DEFAULTS: ClassDefaults = {
    "MiniMaxM3VLImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "min_pixels": 56 * 56,
        "max_pixels": 672 * 672,
    },
    "MiniMaxM3VLVideoProcessor": {"video_min_pixels": 56 * 56, "video_max_pixels": 28 * 28 * 768, "sample_fps": 1.0},
    "MiniMaxM3VLConfig": {"patch_size": 14, "max_position_embeddings": 524_288},
}
PRESETS = (
    MiniMaxM3VL(
        model="minimax-m3-vl",
        preset="minimax-m3",
        repo="MiniMaxAI/MiniMax-M3",
        max_position_embeddings=1_048_576,
        sources=dict.fromkeys(("patch_size", "merge_size", "temporal_patch_size"), IMAGE_CONFIG),
        remarks=("Its encoder attends within segments of four temporal steps (vision_segment_max_frames).",),
    ),
)
