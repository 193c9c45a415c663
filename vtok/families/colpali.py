"""ColPali: PaliGemma's square of 448 pixels; each token of the page becomes a vector of its embedding.

Rule     The image is stretched to 448 pixels and cut into patches of 14; each is one token. A fixed sentence follows.
         Each of these tokens becomes a vector of 128 numbers: 1,030 for a page.
Numbers  preprocessor_config.json and config.json of the checkpoints: 1,024 tokens (image_seq_length).
Paper    arXiv 2407.01449. Code: transformers 5.23, models/colpali/processing_colpali.py, with
         models/siglip/image_processing_siglip.py.

Where they disagree, and what vtok follows:
- The processor writes the tokens of the image before the beginning of the text, as PaliGemma does, and the sentence
  behind it. The sentence counts as the chat template of the model.
"""

from typing import ClassVar

from vtok.parts.family import Placeholders, family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.square import Square


@family
class ColPali(Square):
    """The numbers of a ColPali checkpoint."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("config:vlm_config.vision_config.patch_size",),
        "merge_size": (),
        "max_position_embeddings": ("config:vlm_config.text_config.max_position_embeddings",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}


CLASS_DEFAULTS: ClassDefaults = {
    "SiglipImageProcessor": {"size": 224},
    "ColPaliConfig": {"patch_size": 14, "max_position_embeddings": 8192},
}
PRESETS = tuple(
    ColPali(
        model="colpali",
        preset=f"colpali-{version}",
        repo=f"vidore/colpali-{version}-hf",
        aliases=(f"vidore/colpali-{version}",),
        size=448,
        patch_size=14,
        max_position_embeddings=8192,
        chat_tokens=6,
        sources={
            "size": IMAGE_CONFIG,
            "resample": IMAGE_CONFIG,
            "patch_size": "config.json",
            "merge_size": "architecture",
            "max_position_embeddings": "transformers 5.23 GemmaConfig",
            "chat_tokens": "transformers 5.23 ColPaliProcessor",
        },
        remarks=("A page's embedding has 1,024 vectors of patches and 6 of the sentence, 128 numbers each.",),
    )
    for version in ("v1.3", "v1.2")
)
