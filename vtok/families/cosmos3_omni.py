"""Cosmos 3: Qwen3-VL with another name; what it generates is not counted.

Rule     As Qwen3-VL, whose processor it uses.
Numbers  The checkpoints' own are not known. Those of the classes of transformers that read them: Qwen3-VL's encoder,
         Qwen2VLImageProcessor (images of 3,136 to 1,003,520 pixels) and Qwen3VLVideoProcessor (131,072 to 786,432).
Paper    none. Code: transformers 5.23, models/cosmos3_omni and models/qwen3_vl.

Where they disagree, and what vtok follows:
- Qwen2VLImageProcessor has patches of 14 by default, and the encoder has 16, which alone fit. vtok follows the latter.
"""

from vtok.families import qwen3_vl
from vtok.families.qwen3_vl import Qwen3VL
from vtok.parts.family import LIBRARY_DEFAULT
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    **{name: qwen3_vl.CLASS_DEFAULTS[name] for name in ("Qwen2VLImageProcessor", "Qwen3VLVideoProcessor")},
    "Cosmos3OmniConfig": {"patch_size": 16, "merge_size": 2, "max_position_embeddings": 128_000},
}
PRESETS = (
    Qwen3VL(
        model="cosmos3",
        preset="cosmos3-nano",
        repo="nvidia/Cosmos3-Nano",
        min_pixels=56 * 56,
        max_pixels=28 * 28 * 1280,
        video_min_pixels=32 * 32 * 128,
        video_max_pixels=32 * 32 * 768,
        sources={
            "*": LIBRARY_DEFAULT,
            "patch_size": "transformers 5.23 Qwen3VLVisionConfig",
            "limits_each_frame": "transformers 5.23 Qwen3VLVideoProcessor",
        },
    ),
)
