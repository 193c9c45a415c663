"""AIMv2: the middle of the image, a state for each patch and no class token.

Rule     The shorter side is resized to 224, 336 or 448 pixels, and the middle square is cut out. It is cut into patches
         of 14.
Numbers  The sizes and patches in the names of the checkpoints, and config.json.
Paper    arXiv 2411.14402. Code: transformers 5.23, models/aimv2, whose image processor is CLIP's.

The pooled output of the checkpoint that is tuned with text (lit) comes from an attention head over all patches. It is
not one of the states counted here. The checkpoint aimv2-large-patch14-native takes images at their own size, and has no
preset.
"""

from vtok.parts.encoder import SOURCES, CLIPEncoder
from vtok.parts.sources import ClassDefaults

NAMES = {
    224: ("large-patch14-224", "huge-patch14-224", "1B-patch14-224", "3B-patch14-224"),
    336: ("large-patch14-336", "huge-patch14-336", "1B-patch14-336", "3B-patch14-336"),
    448: ("large-patch14-448", "huge-patch14-448", "1B-patch14-448", "3B-patch14-448"),
}
DISTILLED = {224: ("large-patch14-224-distilled", "large-patch14-224-lit"), 336: ("large-patch14-336-distilled",)}

MODEL_TYPES = ("aimv2_vision_model",)
CLASS_DEFAULTS: ClassDefaults = {
    "CLIPImageProcessor": {"size": 224, "crop_size": 224, "keep_aspect": True},
    "Aimv2VisionConfig": {"patch_size": 14},
}
PRESETS = tuple(
    CLIPEncoder(
        model="aimv2",
        preset=f"aimv2-{name.lower()}",
        repo=f"apple/aimv2-{name}",
        size=size,
        crop_size=size,
        patch_size=14,
        num_class_tokens=0,
        sources=SOURCES,
    )
    for size, names in NAMES.items()
    for name in (*names, *DISTILLED.get(size, ()))
)
