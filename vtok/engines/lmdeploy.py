"""LMDeploy: images by the processor of transformers or of the model's repository; of videos, 32 frames (read, not run).

Code     LMDeploy 0.18.0: lmdeploy/vl/model/*.py (`_arch` has the architectures), and lmdeploy/vl/media: 32 frames of a
         video at equal distances, as vLLM's rule for models without a loader. The EXIF orientation is not applied.
         Classes without video tokens take images alone.
"""

from vtok.engines.served import FRAMES_AS_IMAGES, Serving, processor_of, served, wanted_frames
from vtok.geometry.loaders import uniform_frames
from vtok.parts.family import Family
from vtok.values import Media, Sampling

NAME = "lmdeploy"
VERSIONS = ("0.18.0",)
REASON = "its architecture is not in lmdeploy/vl/model"
REASONS = dict.fromkeys(
    ("cogvlm-224", "cogvlm-490", "deepseek-vl2", "kimi-k2.5"),
    "lmdeploy/vl/model has it, but vtok does not know how it counts",
)
VIDEOS = {"qwen3-vl", "qwen3.5"}
"""Models whose class names the tokens of videos."""
MODELS = VIDEOS | {
    "gemma3", "glm-4.1v", "internvl", "llama4", "llava-1.5", "llava-next", "qwen2-vl", "qwen2.5-vl",
}  # fmt: skip
"""Models whose class calls the processor of transformers, or for InternVL repeats the repository's rule."""
NUM_FRAMES = 32


def load(family: Family, media: Media) -> Sampling:
    """32 frames at equal distances, or as many as the user set."""
    wanted = wanted_frames(family, media, NUM_FRAMES)
    return uniform_frames(media.total_frames, fps=media.fps, n=wanted, engine="LMDeploy")


def has(family: Family) -> bool:
    """Whether LMDeploy's rule for this model was read."""
    return family.model in MODELS


def serve(family: Family) -> Family:
    """The model by its processor, its videos by LMDeploy's loader."""
    base = family.choose(pipeline="original") if family.model == "internvl" else family
    note = f"lmdeploy {VERSIONS[-1]}: {processor_of(base)} (read, not run)"
    no_videos = ""
    if "video" in family.kinds and family.model not in VIDEOS:
        no_videos = f"lmdeploy takes no videos of {family.model}; {FRAMES_AS_IMAGES}"
    loader = load if family.model in VIDEOS else None
    return served(base, Serving(NAME, VERSIONS[-1], note, loader, no_videos=no_videos, turns=False))
