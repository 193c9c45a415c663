"""TIPSv2: the image stretched to a square, a state for each patch, one for the class and one register.

Rule     The image is stretched to 448 pixels and cut into patches of 14. A class token comes first, then a register.
Numbers  The class defaults of transformers. Its configs name the checkpoint google/tipsv2-b14; timm 1.0.31 has the same
         patches, register and size for it.
Paper    Code: transformers 5.23, models/tipsv2.
"""

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.sources import ClassDefaults

MODEL_TYPES = ("tipsv2_vision_model",)
CLASS_DEFAULTS: ClassDefaults = {
    "Tipsv2ImageProcessor": {"size": 448, "keep_aspect": False},
    "Tipsv2VisionConfig": {"patch_size": 14, "num_register_tokens": 1},
}
PRESETS = (
    Encoder(
        model="tipsv2",
        preset="tipsv2-b14",
        repo="google/tipsv2-b14",
        size=448,
        patch_size=14,
        num_register_tokens=1,
        resample="bilinear",
        sources={**SOURCES, "num_register_tokens": "config.json"},
    ),
)
