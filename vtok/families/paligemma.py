"""PaliGemma and PaliGemma 2: the image stretched to a square, a token for each patch, and nothing around them.

Rule     The image is stretched to 224, 448 or 896 pixels and cut into patches of 14; each is one token. The prompt
         follows after the beginning-of-sequence token. No start or end token encloses the image.
Numbers  preprocessor_config.json of the checkpoints: 256, 1,024 or 4,096 tokens (image_seq_length).
Paper    arXiv 2407.07726 and 2412.03555. Code: transformers 5.23, models/paligemma/processing_paligemma.py.

The beginning-of-sequence token and the newline after the prompt are there without an image, too. They are not counted.
"""

from typing import ClassVar

from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults
from vtok.parts.square import Square


@family
class PaliGemma(Square):
    """The numbers of a PaliGemma checkpoint; a `size` that is one number would keep the aspect ratio."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"size": ("image:size|box",)}


CHECKPOINTS = {
    224: ("paligemma-3b-pt", "paligemma-3b-mix", "paligemma2-3b-pt", "paligemma2-10b-pt", "paligemma2-28b-pt"),
    448: ("paligemma-3b-pt", "paligemma-3b-mix", "paligemma2-3b-pt", "paligemma2-10b-pt", "paligemma2-28b-pt"),
    896: ("paligemma-3b-pt", "paligemma2-3b-pt", "paligemma2-10b-pt", "paligemma2-28b-pt"),
}

CLASS_DEFAULTS: ClassDefaults = {
    "SiglipImageProcessor": {"size": 224},
    "PaliGemmaConfig": {},
}
PRESETS = tuple(
    PaliGemma(
        model=f"paligemma-{size}",
        preset=f"{name}-{size}",
        repo=f"google/{name}-{size}",
        aliases=("paligemma",) if (name, size) == ("paligemma-3b-pt", 224) else (),
        size=size,
        patch_size=14,
        max_position_embeddings=8192,
        chat_tokens=2,
        sources={
            "size": "preprocessor_config.json",
            "patch_size": "config.json",
            "merge_size": "architecture",
            "max_position_embeddings": (
                "transformers 5.23 GemmaConfig" if name.startswith("paligemma-") else "config.json of Gemma 2"
            ),
            "chat_tokens": "transformers 5.23 PaliGemmaProcessor",
        },
        remarks=("Every image token attends to all of the prompt and of the other image tokens (prefix attention).",),
    )
    for size, names in CHECKPOINTS.items()
    for name in names
)
