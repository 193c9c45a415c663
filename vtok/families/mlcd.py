"""MLCD: the middle of the image, a state for each patch and one for the class.

Rule     The shorter side is resized to 336 or 448 pixels, and the middle square is cut out. It is cut into patches of
         14. A class token comes first.
Numbers  The configs that transformers' convert_mlcd_weights_to_hf.py (at 09cb93d) writes for the checkpoints.
Paper    arXiv 2407.17331. Code: transformers 5.23, models/mlcd, whose image processor is CLIP's.
"""

from vtok.parts.encoder import SOURCES, CLIPEncoder
from vtok.parts.sources import ClassDefaults

MODEL_TYPES = ("mlcd_vision_model",)
CLASS_DEFAULTS: ClassDefaults = {
    "CLIPImageProcessor": {"size": 224, "crop_size": 224, "keep_aspect": True},
    "MLCDVisionConfig": {"patch_size": 14},
}
PRESETS = tuple(
    CLIPEncoder(
        model="mlcd",
        preset=f"mlcd-vit-bigg-patch14-{size}",
        repo=f"DeepGlint-AI/mlcd-vit-bigG-patch14-{size}",
        size=size,
        crop_size=size,
        patch_size=14,
        sources=SOURCES,
    )
    for size in (336, 448)
)
