"""InstructBLIP: as BLIP-2, but the queries that read the image have read the instruction, too.

Rule     As BLIP-2. The Q-Former gets the instruction beside the 257 states. Only its 32 queries reach the language
         model.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2305.06500. Code: transformers 5.23, models/instructblip.
"""

from vtok.families.blip_2 import EYES, SOURCES, Blip2
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    "BlipImageProcessor": {"size": 384},
    "InstructBlipConfig": {"size": 224, "patch_size": 14, "num_query_tokens": 32},
}
PRESETS = tuple(
    Blip2(
        model="instructblip",
        preset=f"instructblip-{name}",
        repo=f"Salesforce/instructblip-{name}",
        max_position_embeddings=2048 if name.startswith("vicuna") else None,
        chat_tokens=1,
        sources={**SOURCES, "max_position_embeddings": "config.json"},
        remarks=(EYES, "The instruction is tokenized twice: for the Q-Former and for the language model."),
    )
    for name in ("vicuna-7b", "vicuna-13b", "flan-t5-xl", "flan-t5-xxl")
)
