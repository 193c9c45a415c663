"""Hiera: the middle of the image, a state for every 32 x 32 pixels and no class token.

Rule     The shorter side is resized to 256 pixels, and the middle 224 are cut out. Convolutions make a patch of every 4
         pixels, and three stages pool the grid by 2 x 2.
Numbers  The configs that transformers' convert_hiera_to_hf.py (at 0d7e95d) writes for the checkpoints.
Paper    arXiv 2306.00989. Code: transformers 5.23, models/hiera, whose image processor is BiT's.

The states are those of the last stage: 7 x 7 of 224 pixels. The stages before have 56 x 56, 28 x 28 and 14 x 14. The
checkpoints for masked pre-training (mae) pool twice, and leave most of the patches out; they have no preset.
"""

from typing import ClassVar

from vtok.parts.encoder import SOURCES, CroppingEncoder
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults


@family
class Hiera(CroppingEncoder):
    """The numbers of a Hiera checkpoint; `patch_size` is the stride of its patches, which overlap."""

    attention: ClassVar[str] = "its first two stages attend within windows of 8 x 8 patches, the others in full"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **CroppingEncoder.config_keys,
        "patch_size": ("config:patch_stride",),
    }

    patch_size: int = 4
    merge_size: int = 8
    num_class_tokens: int = 0


CLASS_DEFAULTS: ClassDefaults = {
    "BitImageProcessor": {"size": 224, "crop_size": 224, "keep_aspect": True},
    "HieraConfig": {"patch_size": 4},
}
PRESETS = tuple(
    Hiera(
        model="hiera",
        preset=f"hiera-{name}-224",
        repo=f"facebook/hiera-{name}-224-hf",
        size=256,
        crop_size=224,
        sources=SOURCES,
    )
    for name in ("base", "tiny", "small", "base-plus", "large", "huge")
)
