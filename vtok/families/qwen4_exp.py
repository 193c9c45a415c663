"""Qwen4-Exp: Qwen3-VL's grid, in front of Qwen3.5's encoder and a language model that rotates by the same sections.

Rule     As Qwen3-VL, whose processor it uses.
Numbers  The checkpoint's own are not known. Those of the classes of transformers that read them: Qwen4ExpConfig,
         Qwen2VLImageProcessor (images of 3,136 to 1,003,520 pixels) and Qwen3VLVideoProcessor (131,072 to 786,432).
Paper    none. Code: transformers 5.23, models/qwen4_exp and models/qwen3_vl.

Where they disagree, and what vtok follows:
- Qwen2VLImageProcessor has patches of 14 by default, and Qwen4ExpVisionConfig has 16, which alone fit the encoder. vtok
  follows the latter.
- The tokens of a timestamp are known for Qwen3-VL's vocabulary, and so are estimates here.
"""

from vtok.families import qwen3_vl
from vtok.families.qwen3_vl import Qwen3VL
from vtok.parts.family import LIBRARY_DEFAULT
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    **{name: qwen3_vl.CLASS_DEFAULTS[name] for name in ("Qwen2VLImageProcessor", "Qwen3VLVideoProcessor")},
    "Qwen4ExpConfig": {"patch_size": 16, "merge_size": 2, "max_position_embeddings": 32_768},
}
PRESETS = (
    Qwen3VL(
        model="qwen4-exp",
        repo="Qwen/Qwen4-Exp",
        min_pixels=56 * 56,
        max_pixels=28 * 28 * 1280,
        video_min_pixels=32 * 32 * 128,
        video_max_pixels=32 * 32 * 768,
        mrope_section=(11, 11, 10),
        estimated_stamps=True,
        sources={
            "*": LIBRARY_DEFAULT,
            "patch_size": "transformers 5.23 Qwen4ExpVisionConfig",
            "limits_each_frame": "transformers 5.23 Qwen3VLVideoProcessor",
            "mrope_section": "transformers 5.23 modeling_qwen4_exp.py",
            "estimated_stamps": "vtok: these counts are those of Qwen3-VL's vocabulary",
        },
    ),
)
