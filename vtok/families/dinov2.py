"""DINOv2: the middle of the image, a state for each patch, one for the class and, in newer checkpoints, 4 registers.

Rule     The shorter side is resized to 256 pixels, and the middle 224 are cut out. They are cut into patches of 14. A
         class token comes first, then the registers.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2304.07193; registers: 2309.16588. Code: transformers 5.23, models/dinov2, dinov2_with_registers.

Where they disagree, and what vtok follows:
- config.json has image_size 518, the size of the position embeddings. The published preprocessor cuts out 224, and the
  embeddings are interpolated. dinov2-224 is what the preprocessor makes. dinov2-518 is what it makes when it is called
  with size and crop_size 518.
"""

from vtok.parts.encoder import SOURCES, CroppingEncoder
from vtok.parts.sources import ClassDefaults

MODEL_TYPES = ("dinov2_with_registers",)
CLASS_DEFAULTS: ClassDefaults = {
    "BitImageProcessor": {"size": 224, "crop_size": 224, "keep_aspect": True},
    "Dinov2Config": {"patch_size": 14},
    "Dinov2WithRegistersConfig": {"patch_size": 16, "num_register_tokens": 4},
}
PRESETS = (
    *(
        CroppingEncoder(
            model=f"dinov2-224{suffix}",
            preset=f"dinov2{middle}-{name}",
            repo=f"facebook/dinov2{middle}-{name}",
            size=256,
            crop_size=224,
            patch_size=14,
            num_register_tokens=registers,
            sources={**SOURCES, "num_register_tokens": "config.json"},
        )
        for registers, suffix, middle in ((0, "", ""), (4, "-reg4", "-with-registers"))
        for name in ("base", "small", "large", "giant")
    ),
    *(
        CroppingEncoder(
            model=f"dinov2-518{suffix}",
            size=518,
            crop_size=518,
            patch_size=14,
            num_register_tokens=registers,
            sources={**SOURCES, **dict.fromkeys(("size", "crop_size", "num_register_tokens"), "config.json")},
        )
        for registers, suffix in ((0, ""), (4, "-reg4"))
    ),
)
