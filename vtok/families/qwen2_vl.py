"""Qwen2-VL: the image at its own size, snapped to multiples of 28 pixels; a token for each 28 x 28 pixels.

Rule     Both sides are rounded to multiples of 28. If the area leaves min_pixels to max_pixels, the image is rescaled
         to the limit with its aspect ratio kept. Patches of 14 are merged 2 x 2. A video is resized frame by frame
         under the same limits. Two frames make one temporal patch; an odd last frame is repeated.
Numbers  preprocessor_config.json of the checkpoints: 3,136 to 12,845,056 pixels (4 to 16,384 tokens).
Paper    arXiv 2409.12191. Code: transformers 5.23, models/qwen2_vl/{image,video}_processing_qwen2_vl.py; qwen-vl-utils
         0.0.14.

Where they disagree, and what vtok follows:
- transformers' class default is 1,003,520 pixels (1,280 tokens); the checkpoints publish 12,845,056. vtok follows the
  checkpoints.
- transformers takes every frame of a video unless told otherwise; qwen-vl-utils takes 2 a second. vtok samples at 2 fps
  and says so.
- The checkpoints publish no limits for videos, so the limits for images hold for each frame. qwen-vl-utils has limits
  of its own.
- transformers' loader applies the EXIF orientation, qwen-vl-utils ignores it. vtok follows each.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from vtok.geometry.frames import even_frames
from vtok.geometry.places import merged_raster, whole_view
from vtok.parts.family import family, limit, option
from vtok.parts.mrope import ROPE_VERSIONS, qwen_positions
from vtok.parts.qwen_vl_utils import QwenVLUtils, resized
from vtok.parts.resizing import pixel_limits, snapped
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.videos import sampled
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step

if TYPE_CHECKING:
    from vtok.geometry.windows import Grid, Windows


@family
class Qwen2VL(QwenVLUtils):
    """The numbers of a Qwen2-VL, Qwen2.5-VL or Qwen2.5-Omni checkpoint; `window_size` is in pixels."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {
        "transformers": ("4.49", "4.57", "5.23"),
        "qwen-vl-utils": ("0.0.14",),
    }

    min_pixels: int = 56 * 56
    max_pixels: int = limit()
    video_min_pixels: int | None = None
    video_max_pixels: int | None = limit(None, limits="video")
    min_frames: int = 4
    max_frames: int = 768
    max_video_tokens: int = 128_000
    window_size: int | None = None
    fullatt_block_indexes: tuple[int, ...] = ()
    depth: int = 32
    mrope_section: tuple[int, int, int] = (16, 24, 24)
    mrope_interleaved: bool = False
    tokens_per_second: int | None = None
    start: str = "<|vision_start|>"
    end: str = "<|vision_end|>"

    cap_pixels_per_frame: bool = option(default=False, text="hold each frame to its share of 90% of max_video_tokens")
    rope_version: str = option(
        "", "the version of transformers whose position ids are meant; the pipeline's by default", "", *ROPE_VERSIONS
    )

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        sampling, done = resized(self, media, original)
        view = whole_view(original, done[-1].after, self.patches, sampling=sampling)
        spans = self.grid_spans(self.timed(merged_raster(view, sampling)))
        steps, window, full = (*steps, *done), self.window_size, self.fullatt_block_indexes
        return self.describe(
            media, original, steps=steps, views=(view,), spans=spans, sampling=sampling, window=window, full_layers=full
        )

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        bounds = self.min_frames, self.max_frames
        return sampled(self, media, even_frames, multiple=self.temporal_patch_size, bounds=bounds)

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        factor = self.patches.factor
        least, most = pixel_limits(self, video=sampling is not None)
        if sampling and self.cap_pixels_per_frame:
            total = int(self.max_video_tokens * factor * factor * 0.9)
            share = total * self.temporal_patch_size // sampling.num_sampled
            most = max(min(most, share), int(least * 1.05))
        return snapped(self, size, factor=factor, video=sampling is not None, max_pixels=most)

    def timed(self, raster: Raster) -> Raster:
        """The raster with the seconds of a temporal step: before 5.23 they follow from the rate that was asked for."""
        asked = self.pipeline_used == "transformers" and (self.rope_version or self.version_used) != "5.23"
        if raster.frames and asked and self.sample_fps:
            return raster._replace(seconds_per_grid=self.temporal_patch_size / self.sample_fps)
        return raster

    def grid_spans(self, raster: Raster, **_: object) -> tuple[Span, ...]:
        """The prompt's part for one image or video of this merged grid."""
        return enclosed(raster, start=self.start, end=self.end)

    positions = qwen_positions

    def windows(self, grids: "Iterable[Grid]") -> "Windows":
        """The windows of images and videos with these grids."""
        from vtok.geometry.windows import partition

        side = (self.window_size or 0) // self.patches.factor
        full = self.fullatt_block_indexes
        return partition(grids, merge_size=self.merge_size, side=side, full_layers=full, num_layers=self.depth)


CODE = "transformers 5.23 Qwen2VLVideoProcessor"
SOURCES = {
    "*": "config.json",
    **dict.fromkeys(("patch_size", "merge_size", "temporal_patch_size", "min_pixels", "max_pixels"), IMAGE_CONFIG),
    **dict.fromkeys(("video_min_pixels", "video_max_pixels"), "as for images"),
    **dict.fromkeys(("min_frames", "max_frames", "max_video_tokens"), CODE),
}

CLASS_DEFAULTS: ClassDefaults = {
    "Qwen2VLImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "min_pixels": 56 * 56,
        "max_pixels": 28 * 28 * 1280,
    },
    "Qwen2VLVideoProcessor": {
        "video_min_pixels": 28 * 28 * 128,
        "video_max_pixels": 28 * 28 * 768,
        "min_frames": 4,
        "max_frames": 768,
        "max_video_tokens": 128_000,
    },
    "Qwen2VLConfig": {"patch_size": 14, "merge_size": 2, "depth": 32, "max_position_embeddings": 32_768},
}
FINE_TUNES = {
    "QVQ-72B-Preview": ("Qwen", 56 * 56, 28 * 28 * 16384),
    "UI-TARS-7B-SFT": ("ByteDance-Seed", 56 * 56, 2_116_800),
    "UGround-V1-2B": ("osunlp", 802_620, 1_806_336),
    "olmOCR-7B-0225-preview": ("allenai", 56 * 56, 28 * 28 * 16384),
}
"""Owner and limits of pixels of each fine-tune, as its own preprocessor_config.json has them."""

PRESETS = (
    *(
        Qwen2VL(
            model="qwen2-vl",
            preset=f"qwen2-vl-{size.lower()}",
            repo=f"Qwen/Qwen2-VL-{size}-Instruct",
            max_pixels=28 * 28 * 16384,
            max_position_embeddings=32_768,
            chat_tokens=19,
            sources=SOURCES,
        )
        for size in ("7B", "2B", "72B")
    ),
    *(
        Qwen2VL(
            model="qwen2-vl",
            preset=name.lower(),
            repo=f"{owner}/{name}",
            aliases=(f"bytedance-research/{name}",) if owner == "ByteDance-Seed" else (),
            fine_tune=True,
            min_pixels=least,
            max_pixels=most,
            sources=SOURCES,
        )
        for name, (owner, least, most) in FINE_TUNES.items()
    ),
)
