"""MiniMax-M3: small images at their own size, snapped to 28 pixels; each frame of a video with its time.

Rule     Both sides to multiples of 28 within min_pixels and max_pixels, patches of 14, merge 2 x 2. The limits for
         videos hold for each frame. Two frames make one temporal step, an odd last frame is repeated, and before each
         step stands the time of its first frame. The encoder attends within four temporal steps.
Numbers  class defaults of transformers: images 3,136 to 451,584 pixels (576 tokens), frames to 602,112; 1 frame a
         second.
Paper    none. Code: transformers 5.23, models/minimax_m3_vl/{processing,image_processing,video_processing}*.py.

Where they disagree, and what is followed here:
- The checkpoint's config gives a size of 672 x 672, which neither processor uses. Nor is it here.
- The video processor has a limit for all frames (total_pixels) and for their number (min_frames, max_frames), but its
  code reads none of them. Neither does vtok.
- The processor hands videos on without resizing or sampling them, and so expects both to be done; vtok does them by the
  video processor's own limits and rate.
- The tokens of a timestamp are estimated, by Qwen's vocabulary.
"""

from collections.abc import Sequence
from typing import ClassVar

from vtok.geometry.frames import every_frame, floor_frames
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import smart_resize
from vtok.parts.family import Family, family, option
from vtok.parts.spans import enclosed
from vtok.parts.videos import pixel_limits, stamped_steps
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step


@family
class MiniMaxM3VL(Family):
    """The numbers of a MiniMax-M3 checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
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

    patch_size: int = 14
    merge_size: int = 2
    temporal_patch_size: int = 2
    min_pixels: int = 28 * 28 * 4
    max_pixels: int = 28 * 28 * 576
    video_min_pixels: int = 28 * 28 * 4
    video_max_pixels: int = 28 * 28 * 768
    vision_segment_max_frames: int = 4
    start: str = "]<]start of image[>["
    end: str = "]<]end of image[>["

    sample: bool = option(default=True, text="take some frames of a video; false: every frame")
    sample_fps: float = option(1.0, "frames taken per second of a video")
    sample_frames: int | None = option(None, "how many frames are taken, instead of a rate")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        resize = self.resize(original, video=media.is_video)
        patches = Patches(self.patch_size, self.merge_size, temporal_size=self.temporal_patch_size, block_order=True)
        view = whole_view(original, resize.after, patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        stamps = [self.stamp(frames, media.fps) for frames in raster.frames] if sampling else None
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.spans(raster, stamps),
            sampling=sampling,
        )

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' rule for all models takes."""
        total = media.num_frames or 0
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=self.temporal_patch_size)
        return floor_frames(
            total,
            fps=media.fps,
            sample_fps=self.sample_fps,
            sample_frames=self.sample_frames,
            multiple=self.temporal_patch_size,
        )

    def resize(self, size: Size, *, video: bool) -> Step:
        """The size of the image, or of each frame of the video."""
        factor, (least, most) = self.patch_size * self.merge_size, pixel_limits(self, video=video)
        return smart_resize(size, factor=factor, min_pixels=least, max_pixels=most)

    def stamp(self, frames: tuple[int, ...], fps: float | None) -> Span:
        """The text before a temporal step: the time of its first frame; nothing where the rate is not known."""
        if not fps:
            return Span(kind="text", count=0)
        number = f"{frames[0] / fps:.1f}"
        text = f"]<]{number} seconds[>["
        return Span(kind="text", count=len(number) + 5, text=text, time=float(number), estimated=True)

    def spans(self, raster: Raster, stamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each temporal step, for a video."""
        if stamps is None:
            return enclosed(raster, start=self.start, end=self.end)
        return tuple(stamped_steps(raster, stamps, start=self.start, end=self.end))


MODEL_TYPES = ("minimax_m3",)
PRESETS = (
    MiniMaxM3VL(
        model="minimax-m3-vl",
        preset="minimax-m3",
        repo="MiniMaxAI/MiniMax-M3",
        max_position_embeddings=1_048_576,
        facts=("Its encoder attends within segments of vision_segment_max_frames temporal steps.",),
    ),
)
