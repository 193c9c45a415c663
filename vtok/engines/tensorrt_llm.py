"""TensorRT-LLM: images by the processor of transformers; of videos, 10 frames (read, not run).

Code     TensorRT-LLM 00a8667c (2026), tensorrt_llm/inputs/utils.py, load_video: num_frames=10 at equal distances, as
         media_io_kwargs of a request may change.
"""

from vtok.engines.served import Serving, served
from vtok.geometry.loaders import uniform_frames
from vtok.parts.family import Family
from vtok.values import Media, Sampling

NAME = "tensorrt-llm"
VERSIONS = ("00a8667c",)
REASON = "its rule for this model was not read"
MODELS = {"qwen2-vl", "qwen2.5-vl", "qwen3-vl", "gemma3", "llama4", "llava-next", "mistral-small-3.1", "pixtral-12b"}
NUM_FRAMES = 10


def load(family: Family, media: Media) -> Sampling:
    """10 frames at equal distances."""
    del family
    return uniform_frames(media.num_frames or 0, fps=media.fps, n=NUM_FRAMES, engine="TensorRT-LLM")


def has(family: Family) -> bool:
    """Whether TensorRT-LLM's rule for this model was read."""
    return family.model in MODELS


def serve(family: Family) -> Family:
    """The model by its processor, its videos by TensorRT-LLM's loader."""
    note = f"tensorrt-llm {VERSIONS[-1]}: the processor of transformers (read, not run)"
    return served(family, Serving(NAME, VERSIONS[-1], note, load if "video" in family.kinds else None))
