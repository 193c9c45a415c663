"""InstructBLIP: as BLIP-2, but the queries that read the image have read the instruction, too; 4 frames of a video.

Rule     As BLIP-2. The Q-Former gets the instruction beside the 257 states. Only its 32 queries reach the language
         model. A video is 4 frames, each seen as an image: 128 queries.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2305.06500. Code: transformers 5.23, models/instructblip, and for videos models/instructblipvideo.

The processor of videos writes the places of 4 frames, however many it gets, and samples none itself. The model fails
with fewer and drops the queries of more, so vtok takes 4. They lie at equal distances, as in the documentation's
example. The classes of transformers for videos take the same checkpoints.
"""

from typing import ClassVar

from vtok.families.blip_2 import EYES, SOURCES, Blip2
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults
from vtok.parts.videos import SampledByNumber, number, sampled_exactly

MODEL_TYPES = ("instructblipvideo",)


@family
class InstructBlip(Blip2, SampledByNumber):
    """The numbers of an InstructBLIP checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Blip2.config_keys,
        "size": ("image:size|square", "video:size|square", "config:vision_config.image_size"),
        "do_resize": ("image:do_resize", "video:do_resize"),
        "sample_frames": (),
        "sample_fps": (),
    }

    sample_frames: int = number(4, "how many frames of a video are taken; the model takes 4")

    frames = sampled_exactly


CLASS_DEFAULTS: ClassDefaults = {
    "BlipImageProcessor": {"size": 384},
    "InstructBlipVideoVideoProcessor": {"size": 384},
    "InstructBlipConfig": {"size": 224, "patch_size": 14, "num_query_tokens": 32},
    "InstructBlipVideoConfig": {"size": 224, "patch_size": 14, "num_query_tokens": 32},
}
PRESETS = tuple(
    InstructBlip(
        model="instructblip",
        preset=f"instructblip-{name}",
        repo=f"Salesforce/instructblip-{name}",
        aliases=("instructblipvideo", "instructblip-video") if name == "vicuna-7b" else (),
        max_position_embeddings=2048 if name.startswith("vicuna") else None,
        chat_tokens=1,
        sources={**SOURCES, "max_position_embeddings": "config.json"},
        remarks=(EYES, "The instruction is tokenized twice: for the Q-Former and for the language model."),
    )
    for name in ("vicuna-7b", "vicuna-13b", "flan-t5-xl", "flan-t5-xxl")
)
