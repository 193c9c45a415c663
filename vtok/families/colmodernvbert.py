"""ColModernVBERT: SmolVLM's small tiles of 512 pixels before an encoder of text; a vector for each token of a page.

Rule     As Idefics3, with tiles of 512, 64 tokens each, on a canvas whose longer side is 2,048 pixels. A fixed sentence
         stands around the image. Each token becomes a vector of 128 numbers.
Numbers  preprocessor_config.json, processor_config.json and config.json of the checkpoints.
Paper    arXiv 2510.01149. Code: transformers 5.23, models/colmodernvbert/processing_colmodernvbert.py, with
         models/idefics3/image_processing_idefics3.py.

Where they disagree, and what vtok follows:
- The tags end at <row_6_col_6>; images that are not resized may have more tiles, whose tags are several tokens each.
- The sentence around the image is plain text: its tokens are not counted.
"""

from typing import ClassVar

from vtok.families import idefics3
from vtok.families.idefics3 import Idefics3
from vtok.families.smolvlm import SMALL
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults


@family
class ColModernVBert(Idefics3):
    """The numbers of a ColModernVBERT checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Idefics3.config_keys,
        "scale_factor": ("config:vlm_config.pixel_shuffle_factor", "config:pixel_shuffle_factor"),
        "patch_size": ("config:vlm_config.vision_config.patch_size", "config:vision_config.patch_size"),
        "max_position_embeddings": (
            "config:vlm_config.text_config.max_position_embeddings",
            "config:text_config.max_position_embeddings",
        ),
    }


CLASS_DEFAULTS: ClassDefaults = {
    "Idefics3ImageProcessor": idefics3.CLASS_DEFAULTS["Idefics3ImageProcessor"],
    "ColModernVBertProcessor": {"image_seq_len": 64},
    "ColModernVBertConfig": {"patch_size": 16, "scale_factor": 4, "max_position_embeddings": 8192},
}
PRESETS = (
    ColModernVBert(
        model="colmodernvbert",
        repo="ModernVBERT/colmodernvbert",
        aliases=("ModernVBERT/colmodernvbert-merged",),
        **SMALL,
        max_position_embeddings=7999,
    ),
)
