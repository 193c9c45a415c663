"""Granite 4 Vision: LLaVA-NeXT's canvases in tiles of 384; windows of 8 x 8 patches become 4 x 4 tokens.

Rule     As LLaVA-NeXT, with canvases of up to ten tiles of 384 in patches of 16. A small transformer with learned
         queries makes 4 x 4 tokens of each window of 8 x 8 patches: 12 x 12 tokens a view. The map of the tiles loses
         its padding and gets a learned newline after each row.
Numbers  preprocessor_config.json, processor_config.json and config.json of the checkpoints.
Paper    none yet; the model card. Code: transformers 5.23, models/granite4_vision and
         models/llava_next/image_processing_llava_next.py.

Where they disagree, and what vtok follows:
- processor_config.json writes the share of patches per side as 2/4 and config.json as 4/8. The count is the same.
- Eight layers of the language model add features of the image, each at the same positions: they make no more tokens.
"""

from fractions import Fraction
from typing import ClassVar

from vtok.families import llava_next
from vtok.families.llava_next import GRANITE_PINPOINTS, LlavaNext
from vtok.geometry.places import Patches
from vtok.parts.anyres import Pairs
from vtok.parts.family import family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults


@family
class Granite4Vision(LlavaNext):
    """The numbers of a Granite 4 Vision checkpoint; `downsample_rate` is the tokens to a patch, along each side."""

    images_only: ClassVar[bool] = True
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **LlavaNext.config_keys,
        "downsample_rate": ("processor:downsample_rate|fraction", "config:downsample_rate|fraction"),
    }

    size: int = 384
    patch_size: int = 16
    image_grid_pinpoints: Pairs = GRANITE_PINPOINTS
    downsample_rate: float = 0.5

    @property
    def patches(self) -> Patches:
        """How a view is cut into patches; whole patches merge only where the rate is one to a whole number."""
        inverse = 1 / self.downsample_rate
        return Patches(self.patch_size, int(inverse) if inverse.is_integer() else 1)

    @property
    def side(self) -> int:
        """The tokens along a side of a view."""
        return int(self.size // self.patch_size * Fraction(self.downsample_rate).limit_denominator(4096))


CLASS_DEFAULTS: ClassDefaults = {
    "LlavaNextImageProcessor": llava_next.CLASS_DEFAULTS["LlavaNextImageProcessor"],
    "Granite4VisionConfig": {"image_grid_pinpoints": llava_next.PINPOINTS},
}
PRESETS = tuple(
    Granite4Vision(
        model="granite-vision-4",
        preset=name,
        repo=f"ibm-granite/{name}",
        max_position_embeddings=131_072 if name == "granite-4.0-3b-vision" else None,
        sources={
            "*": IMAGE_CONFIG,
            "patch_size": "config.json",
            "downsample_rate": "processor_config.json",
            "max_position_embeddings": "config.json, as described in hlky/dinoml_v2 at 6b8c0ac, granite4_vision",
        },
        remarks=("SigLIP2 SO400M/16-384, 576 x 1152 a view; eight layers of the language model get features of it.",),
    )
    for name in ("granite-vision-4.1-4b", "granite-4.0-3b-vision")
)
