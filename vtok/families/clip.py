"""CLIP: the middle of the image, a state for each patch and one for the class.

Rule     The shorter side is resized to 224 or 336 pixels, and the middle square is cut out. It is cut into patches of
         14, 16 or 32. A class token comes first.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2103.00020. Code: transformers 5.23, models/clip.

The model does not see what lies outside the middle square: 44% of an image of 16:9.
"""

from vtok.parts.encoder import SOURCES, CLIPEncoder
from vtok.parts.sources import ClassDefaults

CHECKPOINTS = {
    "clip-l14": ("openai/clip-vit-large-patch14", 224, 14),
    "clip-l14-336": ("openai/clip-vit-large-patch14-336", 336, 14),
    "clip-b16": ("openai/clip-vit-base-patch16", 224, 16),
    "clip-b32": ("openai/clip-vit-base-patch32", 224, 32),
    "clip-h14": ("laion/CLIP-ViT-H-14-laion2B-s32B-b79K", 224, 14),
    "clip-bigg14": ("laion/CLIP-ViT-bigG-14-laion2B-39B-b160k", 224, 14),
}

MODEL_TYPES = ("clip_vision",)
CLASS_DEFAULTS: ClassDefaults = {
    "CLIPImageProcessor": {"size": 224, "crop_size": 224, "keep_aspect": True},
    "CLIPVisionConfig": {"patch_size": 32},
}
PRESETS = tuple(
    CLIPEncoder(
        model=model,
        repo=repo,
        aliases=("clip",) if model == "clip-l14" else (),
        size=size,
        crop_size=size,
        patch_size=patch_size,
        sources=SOURCES,
        remarks=("Models that read its patches (LLaVA and others) drop the class token: one less than the output.",),
    )
    for model, (repo, size, patch_size) in CHECKPOINTS.items()
)
