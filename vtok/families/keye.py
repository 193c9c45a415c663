"""Keye-VL: the image at its own size, snapped to multiples of 28 pixels, small sides enlarged first.

Rule     A side below 28 pixels is first enlarged to 28. Then both sides are rounded to multiples of 28, within
         min_pixels to max_pixels. Patches of 14 enter row by row and are merged 2 x 2 behind the encoder.
Numbers  no copy of the published preprocessor_config.json was found: 3,136 to 1,003,520 pixels (4 to 1,280 tokens) are
         the defaults of the class.
Paper    arXiv 2507.01949 (Keye-VL), 2509.01563 (1.5). Code: Kwai-Keye/Keye e472844,
         keye-vl-8b-preview/image_processing_keye.py; vLLM 0.33.0, models/keye.py and keye_vl1_5.py, for 1.5.

Where they disagree, and what vtok follows:
- The README resizes an image first, to at most 16,384 tokens (keye-vl-utils). vtok has the processor's resize alone.
- The aspect limit of 200 holds after the short side is enlarged.
- A side may be shrunk to 0 under a small max_pixels. Upstream fails then.
"""

from typing import ClassVar

from vtok.geometry.snapping import lift_short_side, smart_resize_from_factor
from vtok.parts.family import family, limit
from vtok.parts.native import NativeGrid
from vtok.values import Size, Step


@family
class Keye(NativeGrid):
    """The numbers of a Keye-VL checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("e472844",)}
    block_order: ClassVar[bool] = False
    counting: ClassVar[str] = (
        "its language model rotates by time, row and column, in sections that its config sets and vtok does not know"
    )

    max_pixels: int = limit(28 * 28 * 1280)
    start: str = "<|vision_start|>"
    end: str = "<|vision_end|>"

    def resize(self, size: Size) -> tuple[Step, ...]:
        """A short side enlarged, then both sides to whole tokens, within the limits."""
        factor, least, most = self.factor, self.min_pixels, self.max_pixels
        lift = lift_short_side(size, factor=factor)
        return lift, smart_resize_from_factor(lift.after, factor=factor, min_pixels=least, max_pixels=most)


CODE = "image_processing_keye.py"
SOURCES = dict.fromkeys(("patch_size", "merge_size"), CODE) | dict.fromkeys(("start", "end"), "processing_keye.py")

MODEL_TYPES = ("Keye", "KeyeVL1_5")
PRESETS = tuple(
    Keye(
        model="keye-vl",
        preset=preset,
        repo=f"Kwai-Keye/{name}",
        sources=SOURCES,
        remarks=("A SigLIP with rotary positions, at native resolution.",),
    )
    for preset, name in (("keye-vl-1.5-8b", "Keye-VL-1_5-8B"), ("keye-vl-8b-preview", "Keye-VL-8B-Preview"))
)
