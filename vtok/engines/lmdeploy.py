"""LMDeploy: images by the processor of transformers or of the model's repository; of videos, 32 frames (read, not run).

Code     LMDeploy 0.18.0: lmdeploy/vl/model/*.py, and lmdeploy/vl/media: 32 frames of a video at equal distances, as
         vLLM's rule for models without a loader. The EXIF orientation is not applied.
"""

from vtok.engines.served import Serving, processor_of, served
from vtok.geometry.loaders import uniform_frames
from vtok.parts.family import Family
from vtok.values import Media, Sampling

NAME = "lmdeploy"
VERSIONS = ("0.18.0",)
REASON = "its rule for this model was not read"
MODELS = {"internvl", "qwen2-vl", "qwen2.5-vl", "qwen3-vl", "gemma3"}
NUM_FRAMES = 32


def load(family: Family, media: Media) -> Sampling:
    """32 frames at equal distances."""
    del family
    return uniform_frames(media.num_frames or 0, fps=media.fps, n=NUM_FRAMES, engine="LMDeploy")


def has(family: Family) -> bool:
    """Whether LMDeploy's rule for this model was read."""
    return family.model in MODELS


def serve(family: Family) -> Family:
    """The model by its processor, its videos by LMDeploy's loader."""
    base = family.choose(pipeline="original") if family.model == "internvl" else family
    note = f"lmdeploy {VERSIONS[-1]}: {processor_of(base)} (read, not run)"
    return served(base, Serving(NAME, VERSIONS[-1], note, load if "video" in family.kinds else None, turns=False))
