"""ShieldGemma 2: Gemma 3's square of 896 pixels, judged by one policy in each prompt.

Rule     As Gemma 3 without crops. For each policy the processor writes a prompt with the image: its chat template has
         the text of the policy.
Numbers  the image processor that transformers' conversion script of the checkpoint writes: 896.
Paper    arXiv 2504.01081. Code: transformers 5.23, models/shieldgemma2/processing_shieldgemma2.py, with
         models/gemma3/image_processing_gemma3.py.

Where they disagree, and what vtok follows:
- Without a choice of policies the processor writes three prompts, each with all tokens of the image. vtok counts one.
- The processor turns pan and scan off whatever is asked.
- transformers' class default is a side of 224; the checkpoint publishes 896. vtok follows the checkpoint.
"""

from typing import ClassVar

from vtok.families.gemma3 import Gemma3
from vtok.parts.family import Placeholders, family
from vtok.parts.sources import ClassDefaults


@family
class ShieldGemma2(Gemma3):
    """The numbers of a ShieldGemma 2 checkpoint."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {}
    placeholders: ClassVar[Placeholders] = {"image": ("<start_of_image>", "<image_soft_token>")}
    structure: ClassVar[frozenset[str]] = frozenset(
        {
            "pan_and_scan",
            "pan_and_scan_min_crop_size",
            "pan_and_scan_max_num_crops",
            "pan_and_scan_min_ratio_to_activate",
        }
    )


WRITTEN = "preprocessor_config.json, as written by transformers' conversion script"

CLASS_DEFAULTS: ClassDefaults = {
    "Gemma3ImageProcessor": {"size": 224},
    "ShieldGemma2Config": {},
}
PRESETS = (
    ShieldGemma2(
        model="shieldgemma2",
        preset="shieldgemma-2-4b-it",
        repo="google/shieldgemma-2-4b-it",
        max_position_embeddings=8192,
        sources={
            "size": WRITTEN,
            "resample": WRITTEN,
            "patch_size": "config.json, as written by transformers' conversion script",
            "pool": "config.json (mm_tokens_per_image 256)",
            "max_position_embeddings": "config.json, as written by transformers' conversion script",
        },
        remarks=("64 x 64 patches of a view, average-pooled to 16 x 16.",),
    ),
)
