"""EXAONE 4.5: Qwen2-VL's grid in front of Qwen2.5-VL's windowed encoder; visual tokens have plain positions, like text.

Rule     As Qwen2.5-VL, except that the language model counts positions one after the other.
Numbers  processor_config.json of the checkpoints: images and frames of 3,136 to 3,211,264 pixels (4 to 4,096 tokens).
Paper    none. Code: transformers 5.23, models/exaone4_5 and models/qwen2_vl; vLLM, exaone4_5.py (start and end).

Where they disagree, and what vtok follows:
- transformers' class default has 32 layers in the encoder, the checkpoints have 28. vtok follows the checkpoints.
- The checkpoints publish do_sample_frames false and no rate, so that transformers takes every frame unless a rate is
  passed. vtok samples at 2 fps and says so, as for Qwen2-VL.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from vtok.families import qwen2_vl
from vtok.families.qwen2_vl import SOURCES
from vtok.geometry.frames import even_frames
from vtok.geometry.places import merged_raster, whole_view
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.videos import PairedFrames, SampledByRate, sampled
from vtok.values import Layout, Media

if TYPE_CHECKING:
    from vtok.geometry.windows import Grid, Windows


@family
class Exaone45(SampledByRate, PairedFrames):
    """The numbers of an EXAONE 4.5 checkpoint; `window_size` is in pixels."""

    placeholders: ClassVar[Placeholders] = {"image": ("<|image_pad|>",), "video": ("<|video_pad|>",)}

    min_pixels: int = 56 * 56
    max_pixels: int = limit(28 * 28 * 4096)
    video_min_pixels: int = 56 * 56
    video_max_pixels: int = limit(28 * 28 * 4096, limits="video")
    min_frames: int = 4
    max_frames: int = 768
    window_size: int = 112
    fullatt_block_indexes: tuple[int, ...] = (6, 13, 20, 27)
    depth: int = 28
    start: str = "<vision>"
    end: str = "</vision>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        pairs, bounds = self.temporal_patch_size, (self.min_frames, self.max_frames)
        sampling = sampled(self, media, even_frames, multiple=pairs, bounds=bounds) if media.is_video else None
        steps += (self.resize(original, sampling),)
        view = whole_view(original, steps[-1].after, self.patches, sampling=sampling)
        spans = enclosed(merged_raster(view, sampling), start=self.start, end=self.end)
        window, full = self.window_size, self.fullatt_block_indexes
        return self.describe(
            media, original, steps=steps, views=(view,), spans=spans, sampling=sampling, window=window, full_layers=full
        )

    def windows(self, grids: "Iterable[Grid]") -> "Windows":
        """The windows of images and videos with these grids."""
        from vtok.geometry.windows import partition

        side, full = self.window_size // self.patches.factor, self.fullatt_block_indexes
        return partition(grids, merge_size=self.merge_size, side=side, full_layers=full, num_layers=self.depth)


CLASS_DEFAULTS: ClassDefaults = {
    "Qwen2VLImageProcessor": qwen2_vl.CLASS_DEFAULTS["Qwen2VLImageProcessor"],
    "Qwen2VLVideoProcessor": {
        "video_min_pixels": 28 * 28 * 128,
        "video_max_pixels": 28 * 28 * 768,
        "min_frames": 4,
        "max_frames": 768,
    },
    "Exaone4_5_Config": {
        "patch_size": 14,
        "merge_size": 2,
        "window_size": 112,
        "fullatt_block_indexes": (7, 15, 23, 31),
        "depth": 32,
    },
}
PROCESSOR_CONFIG = ("min_pixels", "max_pixels", "video_min_pixels", "video_max_pixels", "min_frames", "max_frames")
PRESETS = tuple(
    Exaone45(
        model="exaone-4.5",
        preset=f"exaone-4.5-33b{name.lower()}",
        repo=f"LGAI-EXAONE/EXAONE-4.5-33B{name}",
        max_position_embeddings=262_144,
        sources={**SOURCES, **dict.fromkeys(PROCESSOR_CONFIG, "processor_config.json")},
    )
    for name in ("", "-FP8", "-AWQ")
)
