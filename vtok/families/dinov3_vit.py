"""DINOv3: the image stretched to a square, a state for each patch, one for the class and 4 registers.

Rule     The image is stretched to 224 pixels and cut into patches of 16. A class token comes first, then 4 registers.
         Pixels at the right and bottom that do not fill a patch are not seen.
Numbers  The configs that transformers' convert_dinov3_vit_to_hf.py (at 0882cbf) writes for the checkpoints.
Paper    arXiv 2508.10104. Code: transformers 5.23, models/dinov3_vit.

Where they disagree, and what vtok follows:
- The encoder has rotary positions and takes any size. The published preprocessor makes 224 x 224, and vtok follows it;
  size sets another.
- The processor scales values before it resizes. That changes colours by a little, and no count.
"""

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    "DINOv3ViTImageProcessor": {"size": 224, "keep_aspect": False},
    "DINOv3ViTConfig": {"patch_size": 16, "num_register_tokens": 0},
}
PRESETS = tuple(
    Encoder(
        model="dinov3",
        preset=f"dinov3-{name}",
        repo=f"facebook/dinov3-{name}",
        size=224,
        patch_size=16,
        num_register_tokens=4,
        resample="bilinear",
        sources={**SOURCES, "num_register_tokens": "config.json"},
    )
    for name in (
        *(f"vit{size}16-pretrain-lvd1689m" for size in ("b", "s", "l", "7b")),
        *(f"vit{size}16plus-pretrain-lvd1689m" for size in ("s", "h")),
        *(f"vit{size}16-pretrain-sat493m" for size in ("l", "7b")),
    )
)
