"""ViP-LLaVA: LLaVA-1.5's 576 tokens; each joins the states of five layers of CLIP.

Rule     As LLaVA-1.5 in transformers: the shorter side is resized to 336, and the middle is cut out. Patches of 14 make
         24 x 24 tokens; the class token is dropped.
Numbers  preprocessor_config.json, processor_config.json and config.json of the checkpoints.
Paper    arXiv 2312.00784. Code: transformers 5.23, models/vipllava, models/llava/processing_llava.py and models/clip.

Where they disagree, and what vtok follows:
- The config of the 7B checkpoint names one layer, -2; that of 13B and transformers' class have five. The count is the
  same.
- The original repository is not followed: its checkpoints, mucai/vip-llava-*, are of another model_type.
"""

from typing import ClassVar

from vtok.families.llava import CLASS_DEFAULTS as OF_LLAVA
from vtok.families.llava import SOURCES, Llava
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults


@family
class VipLlava(Llava):
    """The numbers of a ViP-LLaVA checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}


CLASS_DEFAULTS: ClassDefaults = {"CLIPImageProcessor": OF_LLAVA["CLIPImageProcessor"], "VipLlavaConfig": {}}
PRESETS = tuple(
    VipLlava(
        model="vip-llava",
        preset=f"vip-llava-{size}",
        repo=f"llava-hf/vip-llava-{size}-hf",
        max_position_embeddings=4096,
        sources=SOURCES,
        remarks=("CLIP ViT-L/14-336, five layers: 577 x 1024 each, less the class token 576 x 5120.",),
    )
    for size in ("7b", "13b")
)
