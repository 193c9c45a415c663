"""BLIP: the image stretched to a square; its text decoder reads every state by cross-attention.

Rule     The image is stretched to 384 pixels and cut into patches of 16. A class token comes first.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2201.12086. Code: transformers 5.23, models/blip.

The image takes no position of the prompt. vtok counts the output of the encoder: 577 states.
"""

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    "BlipImageProcessor": {"size": 384, "keep_aspect": False},
    "BlipVisionConfig": {"patch_size": 16},
}
PRESETS = tuple(
    Encoder(
        model="blip-base-384",
        preset=preset,
        repo=f"Salesforce/{preset}",
        aliases=("blip",) if preset == "blip-image-captioning-base" else (),
        size=384,
        sources=SOURCES,
        remarks=("The text decoder reads the 577 states by cross-attention; the prompt holds none of them.",),
    )
    for preset in ("blip-image-captioning-base", "blip-vqa-base", "blip-itm-base-coco")
)
