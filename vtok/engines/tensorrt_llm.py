"""TensorRT-LLM: images by the processor of transformers; of videos, 10 frames (read, not run).

Code     TensorRT-LLM 00a8667c (2026): tensorrt_llm/inputs/media_io.py, _load_video_by_cv2: num_frames=10 at equal
         distances, at most fps=30 a second, as media_io_kwargs of a request may change; and
         tensorrt_llm/_torch/models/_arch_index.py (at 065ff9e), MULTIMODAL_MODEL_TYPE_TO_MODULE: the models.
"""

from vtok.engines.served import FRAMES_AS_IMAGES, Serving, processor_of, served, wanted_frames
from vtok.geometry.loaders import uniform_frames
from vtok.parts.family import Family
from vtok.values import Media, Sampling

NAME = "tensorrt-llm"
VERSIONS = ("00a8667c",)
REASON = "its model_type is not in tensorrt_llm/_torch/models/_arch_index.py"
REASONS = {"pixtral-12b": "it takes Pixtral in Mistral's own format alone: count with --pipeline mistral-common"}
VIDEOS = {"qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen3.5"}
"""Models whose videos were read."""
MODELS = VIDEOS | {
    "gemma3", "gemma4", "kimi-k2.5", "llama4", "llava-next", "minicpm-v-4.6", "minimax-m3-vl", "mistral-small-3.1",
    "mistral-small-3.2", "phi-4-multimodal",
}  # fmt: skip
NUM_FRAMES, MOST_FPS = 10, 30


def load(family: Family, media: Media) -> Sampling:
    """10 frames at equal distances, or as many as the user set; fewer of a video of less than a third of a second."""
    wanted = wanted_frames(family, media, NUM_FRAMES, rate=MOST_FPS)
    return uniform_frames(media.total_frames, fps=media.fps, n=wanted, engine="TensorRT-LLM")


def has(family: Family) -> bool:
    """Whether TensorRT-LLM has this model."""
    return family.model in MODELS


def serve(family: Family) -> Family:
    """The model by its processor, its videos by TensorRT-LLM's loader."""
    note = f"tensorrt-llm {VERSIONS[-1]}: {processor_of(family)} (read, not run)"
    no_videos = ""
    if "video" in family.kinds and family.model not in VIDEOS:
        no_videos = f"vtok does not know how tensorrt-llm takes frames of {family.model}'s videos; {FRAMES_AS_IMAGES}"
    loader = load if family.model in VIDEOS else None
    return served(family, Serving(NAME, VERSIONS[-1], note, loader, no_videos=no_videos))
