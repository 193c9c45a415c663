"""Chameleon: the middle square of the image, described by 32 x 32 tokens of an image vocabulary.

Rule     The shorter side is resized to 512 pixels, and the middle square is cut out. A VQ-GAN turns each 16 x 16 pixels
         into one token of a codebook of 8,192. A start and an end token enclose them.
Numbers  preprocessor_config.json of the checkpoints; patches of 16 are those of the VQ-GAN.
Paper    arXiv 2405.09818. Code: transformers 5.23, models/chameleon.

The model does not see what lies outside the middle square. The image tokens belong to the language model's own
vocabulary, as words do.
"""

from typing import ClassVar

from vtok.parts.family import Placeholders, family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.square import Square


@family
class Chameleon(Square):
    """The numbers of a Chameleon checkpoint."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"size": ("image:size",)}
    attention: ClassVar[str] = (
        "its VQ-GAN is a convolutional network that attends in full at its lowest resolution alone, "
        "and each token the nearest entry of a codebook"
    )
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}


CLASS_DEFAULTS: ClassDefaults = {
    "ChameleonImageProcessor": {"size": 512, "crop_size": 512},
    "ChameleonConfig": {"max_position_embeddings": 4096},
}
PRESETS = tuple(
    Chameleon(
        model="chameleon",
        preset=f"chameleon-{size}",
        repo=f"facebook/chameleon-{size}",
        size=512,
        crop_size=512,
        patch_size=16,
        resample="lanczos",
        max_position_embeddings=4096,
        start="<racm3:break>",
        end="<eoss>",
        sources={
            **dict.fromkeys(("size", "crop_size", "resample"), IMAGE_CONFIG),
            **dict.fromkeys(("patch_size", "merge_size"), "architecture"),
        },
    )
    for size in ("7b", "30b")
)
