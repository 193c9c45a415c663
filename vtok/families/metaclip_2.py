"""MetaCLIP 2: the image stretched to a square, a state for each patch and one for the class.

Rule     The image is stretched to 224 or 378 pixels and cut into patches of 14, 16 or 32. A class token comes first.
Numbers  preprocessor_config.json and config.json of the checkpoints, as hlky/dinoml_v2 (at 6b8c0ac) describes them in
         agents/plans/transformers/metaclip_2; transformers' convert_metaclip_2_to_hf.py (at 09ad146) writes the same.
Paper    arXiv 2507.22062. Code: transformers 5.23, models/metaclip_2, whose image processor is CLIP's.

Where they disagree, and what vtok follows:
- The original code resizes the shorter side and cuts out the middle, as CLIP, and so does the preprocessor of
  huge-quickgelu. Those of the others have a size with height and width, which stretches; the cut that follows takes all
  of it. vtok follows them.
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
        preset=f"metaclip-2-{name}",
        repo=f"facebook/metaclip-2-{name}",
        size=378 if name.endswith("378") else 224,
        crop_size=378 if name.endswith("378") else 224,
        keep_aspect=name == "worldwide-huge-quickgelu",
        patch_size=int(name[-2:]) if name.endswith(("16", "32")) else 14,
        sources=SOURCES,
    )
    for name in (
        *("worldwide-huge-quickgelu", "worldwide-huge-378", "worldwide-giant", "worldwide-giant-378"),
        *("worldwide-s16", "worldwide-b16", "worldwide-b32", "worldwide-l14", "mt5-worldwide-b32"),
    )
)
