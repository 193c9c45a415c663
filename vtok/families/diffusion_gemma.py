"""DiffusionGemma: Gemma 4's images before a language model that writes blocks of text by diffusion.

Rule     As Gemma 4, images only.
Numbers  class defaults of transformers: 280 tokens for an image.
Paper    none. Code: transformers 5.23, models/diffusion_gemma, which takes Gemma4Processor (models/gemma4).

Where they disagree, and what vtok follows:
- The processor would write videos, but the model has no place for them.
"""

from typing import ClassVar

from vtok.families import gemma4
from vtok.families.gemma4 import Gemma4
from vtok.parts.family import Placeholders, family
from vtok.parts.sources import ClassDefaults


@family
class DiffusionGemma(Gemma4):
    """The numbers of a DiffusionGemma checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image",)
    images_only: ClassVar[bool] = True
    structure: ClassVar[frozenset[str]] = frozenset(
        {"video_max_soft_tokens", "video_do_resize", "sample", "sample_frames", "sample_fps"}
    )
    placeholders: ClassVar[Placeholders] = {"image": ("<|image|>",)}


CLASS_DEFAULTS: ClassDefaults = {
    "Gemma4ImageProcessor": gemma4.CLASS_DEFAULTS["Gemma4ImageProcessor"],
    "DiffusionGemmaConfig": {"max_position_embeddings": 131_072},
}
PRESETS = (
    DiffusionGemma(
        model="diffusion-gemma",
        preset="diffusiongemma-26b-a4b-it",
        repo="google/diffusiongemma-26B-A4B-it",
        max_position_embeddings=131_072,
        sources={"max_position_embeddings": "transformers 5.23 DiffusionGemmaTextConfig"},
        remarks=("An image has at most 70, 140, 280, 560 or 1,120 tokens: max_soft_tokens.",),
    ),
)
