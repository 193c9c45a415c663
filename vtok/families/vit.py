"""ViT: the image stretched to a square, a state for each patch and one for the class.

Rule     The image is stretched to 224 or 384 pixels and cut into patches of 14, 16 or 32. A class token comes first.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2010.11929. Code: transformers 5.23, models/vit.
"""

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.sources import ClassDefaults

CHECKPOINTS = {
    "vit-b16-224": ("google/vit-base-patch16-224", 16),
    "vit-b16-384": ("google/vit-base-patch16-384", 16),
    "vit-b32-224": ("google/vit-base-patch32-224-in21k", 32),
    "vit-b32-384": ("google/vit-base-patch32-384", 32),
    "vit-l16-224": ("google/vit-large-patch16-224", 16),
    "vit-l16-384": ("google/vit-large-patch16-384", 16),
    "vit-l32-224": ("google/vit-large-patch32-224-in21k", 32),
    "vit-l32-384": ("google/vit-large-patch32-384", 32),
    "vit-h14-224": ("google/vit-huge-patch14-224-in21k", 14),
}

CLASS_DEFAULTS: ClassDefaults = {
    "ViTImageProcessor": {"size": 224, "keep_aspect": False},
    "ViTConfig": {"patch_size": 16},
}
PRESETS = tuple(
    Encoder(
        model=model,
        repo=repo,
        aliases=("vit",) if model == "vit-b16-224" else (),
        size=int(model[-3:]),
        patch_size=patch_size,
        resample="bilinear",
        sources=SOURCES,
    )
    for model, (repo, patch_size) in CHECKPOINTS.items()
)
