"""HyperCLOVA X Vision 2: Qwen2.5-VL's images, videos and windowed encoder before Naver's language model.

Rule     As Qwen2.5-VL: both sides are rounded to multiples of 28, each 28 x 28 pixels are a token, and two frames of a
         video share their tokens. Positions are counted one by one.
Numbers  config.json of the checkpoint. Limits of pixels are class defaults of transformers, Qwen2VLImageProcessor's and
         Qwen2VLVideoProcessor's: no published preprocessor is known. The tokens around an image are the chat
         template's, as vLLM 0.33 has them (model_executor/models/hyperclovax_vision_v2.py).
Paper    none read. Code: transformers 5.23, models/hyperclovax_vision_v2 and models/qwen2_vl.

Where they disagree, and what vtok follows:
- transformers takes every frame of a video unless a rate or a number is passed; vtok passes 2 a second, as for
  Qwen2.5-VL, and says so.
- The chat template writes the length of a video in seconds as text before it. It is not counted.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from vtok.families import qwen2_5_vl
from vtok.geometry.frames import even_frames
from vtok.geometry.places import merged_raster, whole_view
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.videos import PairedFrames, SampledByRate, sampled
from vtok.values import Layout, Media

if TYPE_CHECKING:
    from vtok.geometry.windows import Grid, Windows

VLLM = "vLLM 0.33, model_executor/models/hyperclovax_vision_v2.py"


@family
class HyperClovaXVision2(PairedFrames, SampledByRate):
    """The numbers of a HyperCLOVA X Vision 2 checkpoint; `window_size` is in pixels."""

    placeholders: ClassVar[Placeholders] = {"image": ("<|IMAGE_PAD|>",), "video": ("<|VIDEO_PAD|>",)}

    min_pixels: int = 56 * 56
    max_pixels: int = limit(28 * 28 * 1280)
    video_min_pixels: int = 28 * 28 * 128
    video_max_pixels: int = limit(28 * 28 * 768, limits="video")
    min_frames: int = 4
    max_frames: int = 768
    window_size: int = 112
    fullatt_block_indexes: tuple[int, ...] = (7, 15, 23, 31)
    depth: int = 32
    start: str = "<|image_start|>"
    end: str = "<|image_end|>"
    video_start: str = "<|video_start|>"
    video_end: str = "<|video_end|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        bounds, multiple = (self.min_frames, self.max_frames), self.temporal_patch_size
        sampling = sampled(self, media, even_frames, multiple=multiple, bounds=bounds) if media.is_video else None
        resize = self.resize(original, sampling)
        view = whole_view(original, resize.after, self.patches, sampling=sampling)
        start, end = (self.video_start, self.video_end) if sampling else (self.start, self.end)
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=enclosed(merged_raster(view, sampling), start=start, end=end),
            sampling=sampling,
            window=self.window_size,
            full_layers=self.fullatt_block_indexes,
        )

    def windows(self, grids: "Iterable[Grid]") -> "Windows":
        """The windows of images and videos with these grids."""
        from vtok.geometry.windows import partition

        side, full = self.window_size // self.patches.factor, self.fullatt_block_indexes
        return partition(grids, merge_size=self.merge_size, side=side, full_layers=full, num_layers=self.depth)


MODEL_TYPES = ("vlm",)
CLASS_DEFAULTS: ClassDefaults = {
    "Qwen2VLImageProcessor": qwen2_5_vl.CLASS_DEFAULTS["Qwen2VLImageProcessor"],
    "Qwen2VLVideoProcessor": {
        name: number
        for name, number in qwen2_5_vl.CLASS_DEFAULTS["Qwen2VLVideoProcessor"].items()
        if name != "max_video_tokens"
    },
    "HyperCLOVAXVisionV2Config": {
        "patch_size": 14,
        "merge_size": 2,
        "window_size": 112,
        "fullatt_block_indexes": (7, 15, 23, 31),
        "depth": 32,
    },
}
PUBLISHED = "config.json, as copied in hlky/dinoml_v2 at 6b8c0ac, hyperclovax"
PRESETS = (
    HyperClovaXVision2(
        model="hyperclovax-2",
        preset="hyperclovax-seed-think-32b",
        repo="naver-hyperclovax/HyperCLOVAX-SEED-Think-32B",
        max_position_embeddings=131_072,
        sources={
            **dict.fromkeys(("start", "end", "video_start", "video_end"), VLLM),
            **dict.fromkeys(("patch_size", "merge_size", "window_size", "fullatt_block_indexes", "depth"), PUBLISHED),
            "max_position_embeddings": PUBLISHED,
        },
    ),
)
