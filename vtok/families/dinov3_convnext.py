"""DINOv3 ConvNeXt: the image stretched to a square, a state for every 32 x 32 pixels, and their mean before them.

Rule     The image is stretched to 224 pixels. Convolutions take patches of 4 pixels, and three times halve the grid;
         rests of a grid are not seen. The mean of the last stage's states comes first, as a class token does.
Numbers  The configs that transformers' convert_dinov3_convnext_to_hf.py (at 13529f1) writes for the checkpoints.
Paper    arXiv 2508.10104. Code: transformers 5.23, models/dinov3_convnext, whose image processor is DINOv3's.

The states are those of the last stage: 7 x 7 of 224 pixels. The stages before have 56 x 56, 28 x 28 and 14 x 14.
"""

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    "DINOv3ViTImageProcessor": {"size": 224, "keep_aspect": False},
    "DINOv3ConvNextConfig": {},
}
PRESETS = tuple(
    Encoder(
        model="dinov3-convnext",
        preset=f"dinov3-convnext-{name}-pretrain-lvd1689m",
        repo=f"facebook/dinov3-convnext-{name}-pretrain-lvd1689m",
        size=224,
        patch_size=4,
        merge_size=8,
        resample="bilinear",
        sources={**SOURCES, "patch_size": "architecture"},
    )
    for name in ("base", "tiny", "small", "large")
)
