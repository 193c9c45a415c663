"""MetaCLIP 2: the image stretched to a square, a state for each patch and one for the class.

Rule     The image is stretched to 224 or 378 pixels and cut into patches of 14. A class token comes first.
Numbers  The configs that transformers' convert_metaclip_2_to_hf.py (at 09ad146) writes for the checkpoints.
Paper    arXiv 2507.22062. Code: transformers 5.23, models/metaclip_2, whose image processor is CLIP's.

Where they disagree, and what vtok follows:
- The original code resizes the shorter side and cuts out the middle, as CLIP. The published preprocessors have a size
  with height and width, which stretches; the cut that follows takes all of it. vtok follows them.
"""

from vtok.parts.encoder import SOURCES, CLIPEncoder
from vtok.parts.sources import ClassDefaults

MODEL_TYPES = ("metaclip_2_vision_model",)
CLASS_DEFAULTS: ClassDefaults = {
    "CLIPImageProcessor": {"size": 224, "crop_size": 224, "keep_aspect": True},
    "MetaClip2VisionConfig": {"patch_size": 32},
}
PRESETS = tuple(
    CLIPEncoder(
        model="metaclip-2",
        preset=f"metaclip-2-worldwide-{name}",
        repo=f"facebook/metaclip-2-worldwide-{name}",
        size=size,
        crop_size=size,
        keep_aspect=False,
        patch_size=14,
        sources=SOURCES,
    )
    for name, size in (("huge-quickgelu", 224), ("huge-378", 378), ("giant", 224), ("giant-378", 378))
)
