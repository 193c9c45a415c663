"""DeiT: the middle of the stretched image, a state for each patch, one for the class and one for the distillation.

Rule     The image is stretched to 256 pixels, and the middle 224 are cut out (438 and 384 for larger checkpoints). They
         are cut into patches of 16. A class token and a distillation token come first.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2012.12877. Code: transformers 5.23, models/deit.

Where they disagree, and what vtok follows:
- The authors resize the shorter side to 256 and cut out the middle. The published preprocessors have one number for
  size, which DeiTImageProcessor reads as a square: the image is stretched. vtok follows it.
- Checkpoints without distillation (deit-base-patch16-224) are published as ViT.
"""

from typing import ClassVar

from vtok.parts.encoder import SOURCES, CroppingEncoder
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults


@family
class DeiT(CroppingEncoder):
    """The numbers of a DeiT checkpoint; a `size` that is one number is a square."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **CroppingEncoder.config_keys,
        "keep_aspect": ("image:size|aspect",),
    }

    keep_aspect: bool = False
    num_class_tokens: int = 2


CLASS_DEFAULTS: ClassDefaults = {
    "DeiTImageProcessor": {"size": 256, "crop_size": 224, "keep_aspect": False},
    "DeiTConfig": {"patch_size": 16},
}
PRESETS = tuple(
    DeiT(
        model="deit",
        preset=f"deit-{name}-distilled-patch16-{crop_size}",
        repo=f"facebook/deit-{name}-distilled-patch16-{crop_size}",
        size=size,
        crop_size=crop_size,
        sources=SOURCES,
    )
    for name, size, crop_size in (("base", 256, 224), ("small", 256, 224), ("tiny", 256, 224), ("base", 438, 384))
)
