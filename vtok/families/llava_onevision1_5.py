"""LLaVA-OneVision 1.5: the image at its own size, snapped to multiples of 28 pixels; a token for each 28 x 28 pixels.

Rule     As an image of Qwen2-VL, before an encoder whose patches are no pairs of frames. Patches of 14 are merged
         2 x 2. The language model counts positions one by one.
Numbers  ds/merge_model.py, which makes the checkpoints' processor of Qwen2.5-VL's: 3,136 to 2,560,000 pixels (4 to
         3,265 tokens).
Paper    arXiv 2509.23661. Code: EvolvingLMMs-Lab/LLaVA-OneVision-1.5 a5eb942, ds/merge_model.py and
         ds/llavaonevision1_5.

Where they disagree, and what vtok follows:
- The README evaluates with 3,240,000 pixels, which it passes to the processor. vtok follows the processor.
- The config that Qwen's processor saves has the limits twice, as max_pixels and in size. max_pixels wins.
- The model has a function of positions in three dimensions (get_rope_index), and does not rotate by them.
"""

from typing import ClassVar

from vtok.parts.family import family, limit
from vtok.parts.native import SnappedGrid


@family
class LlavaOnevision15(SnappedGrid):
    """The numbers of a LLaVA-OneVision 1.5 checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("a5eb942",)}

    max_pixels: int = limit(1600 * 1600)
    start: str = "<|vision_start|>"
    end: str = "<|vision_end|>"


MERGE = "ds/merge_model.py"
SOURCES = {"*": MERGE, **dict.fromkeys(("start", "end"), "Qwen2.5-VL's chat template")}

MODEL_TYPES = ("llavaonevision1_5",)
PRESETS = tuple(
    LlavaOnevision15(
        model="llava-onevision-1.5",
        preset=f"llava-onevision-1.5-{size.lower()}",
        repo=f"lmms-lab/LLaVA-OneVision-1.5-{size}-Instruct",
        sources=SOURCES,
        remarks=("RICE-ViT: 24 layers of 1,024, rotary positions; every patch attends to all others.",),
    )
    for size in ("8B", "4B")
)
