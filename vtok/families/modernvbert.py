"""ModernVBERT: ColModernVBERT's tiles before an encoder of text that fills in masked words or makes one vector.

Rule     As ColModernVBERT: tiles of 512, 64 tokens each, on a canvas whose longer side is 2,048 pixels.
Numbers  preprocessor_config.json, processor_config.json and config.json of the checkpoints.
Paper    arXiv 2510.01149. Code: transformers 5.23, models/modernvbert, with Idefics3Processor (models/idefics3).

Where they disagree, and what vtok follows:
- transformers has no processor of its own for it and takes Idefics3's, whose class default is 169 tokens a tile; the
  checkpoints publish 64.
"""

from typing import ClassVar

from vtok.families import idefics3
from vtok.families.idefics3 import Idefics3
from vtok.families.smolvlm import SMALL
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults


@family
class ModernVBert(Idefics3):
    """The numbers of a ModernVBERT checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Idefics3.config_keys,
        "scale_factor": ("config:pixel_shuffle_factor",),
    }


CLASS_DEFAULTS: ClassDefaults = {
    "Idefics3ImageProcessor": idefics3.CLASS_DEFAULTS["Idefics3ImageProcessor"],
    "Idefics3Processor": {"image_seq_len": 169},
    "ModernVBertConfig": {"patch_size": 16, "scale_factor": 4, "max_position_embeddings": 8192},
}
SHARED_WITH = ("colmodernvbert",)
PRESETS = tuple(
    ModernVBert(
        model="modernvbert",
        preset=name,
        repo=f"ModernVBERT/{name}",
        **SMALL,
        max_position_embeddings=7999,
    )
    for name in ("modernvbert", "bimodernvbert", "modernvbert-embed")
)
