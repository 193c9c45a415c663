"""vLLM: images by the model's own processor; of videos, frames by a loader of vLLM.

Images   vllm/model_executor/models/*.py call the processor of transformers, or of the repository where that is the
         model's: InternVL's (transformers_utils/processors/internvl.py, calculate_internvl_targets) counts as its
         original. EXIF is applied (multimodal/image.py). With --tokenizer-mode mistral, Mistral's own code counts: see
         `mistral_common.py`.
Videos   vllm/multimodal/media/video.py: the class of the model's video processor picks a loader
         (media/connector.py). Qwen's and GLM-4.6V's take the frames that transformers takes; GLM-4.1V's goes by the
         container's duration, now and then a frame less; every other model gets 32 frames at equal
         distances, all of them where there are fewer, which its processor then takes as they are.
Version  0.33.0.
"""

from typing import Any, cast

from vtok.engines.served import FRAMES_AS_IMAGES, Serving, processor_of, served, wanted_frames
from vtok.engines.words import QWEN, Typed
from vtok.errors import UsageError
from vtok.geometry.frames import needed_fps
from vtok.geometry.loaders import paced_frames_of_duration, uniform_frames
from vtok.parts.family import Family
from vtok.values import Media, Sampling

NAME = "vllm"
VERSIONS = ("0.33.0",)
REASON = "its architecture is not in vllm/model_executor/models/registry.py"
DROPPED = {
    "aya-vision": "0.24.0", "chameleon": "0.28.0", "fuyu": "0.25.0", "llama-3.2-vision": "0.10.2", "qwen-vl": "0.23.0",
}  # fmt: skip
"""Models of _PREVIOUSLY_SUPPORTED_MODELS, with the last version of vLLM that had them."""
REASONS = {model: f"the last version with it is {version}" for model, version in DROPPED.items()} | {
    "ovis2": "its Ovis is of AIDC-AI's own repositories, whose processor vtok does not know"
}
NUM_FRAMES = 32
OWN_LOADER = {
    "qwen2-vl", "qwen2.5-vl", "qwen2.5-omni", "qwen3-vl", "qwen3.5", "glm-4.6v",
}  # fmt: skip
"""Models whose video processor has a loader (VIDEO_LOADER_REGISTRY): the frames of transformers."""
NOT_KNOWN = {"minicpm-v-4.6", "molmo2"}
"""Models of whose videos vtok does not know which frames vLLM takes."""
DYNAMIC = {"glm-4.1v", "glm-4.5v"}
"""Models with the loader opencv_dynamic: 2 frames a second up to max_duration."""
MODELS = OWN_LOADER | DYNAMIC | {
    "blip-2", "cohere2-vision", "deepseek-ocr", "deepseek-ocr-2", "deepseek-vl2", "emu3", "ernie-4.5-vl",
    "gemma3", "gemma4", "hunyuan-vl", "idefics3", "internvl", "kimi-k2.5", "kimi-vl", "lfm2-vl", "llama4",
    "llava-1.5", "llava-next", "llava-next-video", "llava-onevision", "minicpm-v-2.6", "minicpm-v-4.6",
    "minimax-m3-vl", "mistral-small-3.1", "mistral-small-3.2", "paddleocr-vl", "paligemma-224", "paligemma-448",
    "paligemma-896", "phi-4-multimodal", "pixtral-12b", "smolvlm-256m", "smolvlm-2.2b", "smolvlm-500m", "molmo2",
}  # fmt: skip
"""Models of whose architecture registry.py has a line, in _MULTIMODAL_MODELS or (Emu3, HunyuanVL) in
_TRANSFORMERS_SUPPORTED_MODELS: read in 0.33.0.

What vLLM serves by its Transformers backend beside them counts as transformers does. Encoders that it serves for
embeddings alone (CLIP, SigLIP) are left out: they have no prompt.
"""
ORIGINAL = {"internvl"}
"""Models that vLLM prepares as their own repository does."""

FRAMES = "--media-io-kwargs '{{\"video\": {{%s}}}}'"
SMOL = frozenset({"idefics3", "smolvlm-256m", "smolvlm-500m", "smolvlm-2.2b"})
KWARGS = "--mm-processor-kwargs '{{%s}}'"
SIZE = '"size": {{"shortest_edge": {family.min_pixels}, "longest_edge": {value}}}'
TYPED = (
    Typed("max_pixels", KWARGS % '"max_pixels": {value}', QWEN, videos=True),
    Typed("max_pixels", KWARGS % SIZE, frozenset({"glm-4.1v", "glm-4.5v", "glm-4.6v"})),
    Typed("max_soft_tokens", KWARGS % '"max_soft_tokens": {value}', frozenset({"gemma4"})),
    Typed("max_num", KWARGS % '"max_dynamic_patch": {value}', frozenset({"internvl"})),
    Typed("sample_frames", FRAMES % '"num_frames": {value}', frozenset(MODELS - OWN_LOADER - DYNAMIC), videos=True),
    Typed("sample_fps", FRAMES % '"fps": {value:g}', QWEN | DYNAMIC, videos=True),
    Typed("longest_edge", KWARGS % '"size": {{"longest_edge": {value}}}', SMOL),
)
"""config/multimodal.py: what the flag holds goes to the processor of transformers, or of internvl.py."""
CONTEXT = ("--max-model-len {value}",)
MOST_INPUTS = "--limit-mm-per-prompt '{{\"{kind}\": {value}}}'"
"""What refuses longer prompts."""


def load(family: Family, media: Media) -> Sampling:
    """32 frames at equal distances, or as many as the user set."""
    wanted = wanted_frames(family, media, NUM_FRAMES)
    return uniform_frames(media.total_frames, fps=media.fps, n=wanted, engine="vLLM")


def load_dynamic(family: Family, media: Media) -> Sampling:
    """2 frames a second, of the duration that the container names."""
    if family.user_value("sample") is False:
        raise UsageError(f"vllm takes the frames of {family.model} by their rate; write --fps instead of --frames all")
    numbers, fps = cast("Any", family), needed_fps(media.fps)
    return paced_frames_of_duration(
        media.total_frames, fps=fps, duration=media.duration, rate=numbers.sample_fps, most=numbers.max_duration
    )


def has(family: Family) -> bool:
    """Whether vLLM serves this model."""
    return family.model in MODELS


def serve(family: Family) -> Family:
    """The model by its processor, its videos by vLLM's loader."""
    base = family.choose(pipeline="original") if family.model in ORIGINAL else family
    note = f"vllm {VERSIONS[-1]}: {processor_of(base)}"
    no_videos = ""
    if "video" in family.kinds and family.model in SMOL:
        no_videos = f"vllm takes no videos of {family.model}; {FRAMES_AS_IMAGES}"
    if "video" in family.kinds and family.model in NOT_KNOWN:
        no_videos = f"vtok does not know how vllm takes frames of {family.model}'s videos; {FRAMES_AS_IMAGES}"
    by_processor = family.model in OWN_LOADER or "video" not in family.kinds
    loader = None if by_processor else load_dynamic if family.model in DYNAMIC else load
    return served(base, Serving(NAME, VERSIONS[-1], note, loader, no_videos=no_videos, turns=True))
