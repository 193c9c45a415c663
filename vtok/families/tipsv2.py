"""TIPSv2: the image stretched to a square, a state for each patch, one for the class and one register.

Rule     The image is stretched to 448 pixels and cut into patches of 14. A class token comes first, then a register.
Numbers  timm 1.0.31, vision_transformer.py, has the patches, the register and the size of all four; the class defaults
         of transformers, which names google/tipsv2-b14, are the same. The names of the others are those of
         embeddings-benchmark/mteb (at 6fe5307), mteb/models/model_implementations/tipsv2_models.py.
Paper    Code: transformers 5.23, models/tipsv2.
"""

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.sources import ClassDefaults

MODEL_TYPES = ("tipsv2_vision_model",)
CLASS_DEFAULTS: ClassDefaults = {
    "Tipsv2ImageProcessor": {"size": 448, "keep_aspect": False},
    "Tipsv2VisionConfig": {"patch_size": 14, "num_register_tokens": 1},
}
PRESETS = tuple(
    Encoder(
        model="tipsv2",
        preset=f"tipsv2-{size}",
        repo=f"google/tipsv2-{size}",
        size=448,
        patch_size=14,
        num_register_tokens=1,
        resample="bilinear",
        sources={**SOURCES, "num_register_tokens": "config.json"},
    )
    for size in ("b14", "l14", "so400m14", "g14")
)
