"""SGLang: images by the processor of transformers; of videos, frames and their sizes by a rule of its own for Qwen.

Images   python/sglang/srt/multimodal/processors/*.py call the processor of transformers; SGLANG_IMAGE_MAX_PIXELS no
         longer holds images down. EXIF is applied (srt/utils/common.py).
Videos   processors/qwen_vl.py, preprocess_video: 2 frames a second, 4 to 768 of them, an even number, then a size in
         multiples of 28, for Qwen3-VL, too, of at most 90% of 128,000 tokens together: the rule of qwen-vl-utils. The
         model's processor holds its own limits after it. GLM's frames are those of transformers, whose sample_frames it
         calls (processors/glm4v.py), and so are Gemma 4's 32 (gemma4.py). InternVL's are 32 at equal distances, a tile
         each (internvl.py); fewer if the server's context is too short for them.
Version  0.5.23.
"""

from typing import Any, cast

from vtok.engines.served import FRAMES_AS_IMAGES, Serving, processor_of, served, with_frames
from vtok.engines.words import QWEN as QWEN_IMAGES
from vtok.engines.words import Typed
from vtok.geometry.floats import linspace
from vtok.geometry.loaders import uniform_frames
from vtok.parts.family import Family, family
from vtok.values import Layout, Media, Sampling

NAME = "sglang"
VERSIONS = ("0.5.23",)
REASON = "it has no processor for its architecture in srt/multimodal/processors"
REASONS = dict.fromkeys(
    ("llava-next", "llava-onevision"),
    "its processors in srt/multimodal/processors/llava.py are for LLaVA's own repositories, which vtok does not know",
)
"""Why a model is missing of which it serves other checkpoints."""
TYPED = (Typed("max_pixels", '--mm-process-config \'{{"image": {{"max_pixels": {value}}}}}\'', QWEN_IMAGES),)
"""srt/multimodal/processors/base_processor.py: what the flag holds of images goes to the processor."""
CONTEXT = ("--context-length {value}",)
FACTOR = 28
"""Of the first of two sizes, whatever the model's own."""

TRANSFORMERS_FRAMES = {"gemma4", "glm-4.1v", "glm-4.5v", "glm-4.6v"}
"""Models of whose videos it takes the frames that transformers takes."""
NUM_FRAMES = 32
"""DEFAULT_VIDEO_NUM_FRAMES of InternVL."""
QWEN = {"qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen3.5"}
MODELS = QWEN | {
    "cohere2-vision", "deepseek-ocr", "deepseek-vl2", "ernie-4.5-vl", "gemma3", "gemma4", "glm-4.1v", "glm-4.5v",
    "glm-4.6v", "internvl", "janus-pro", "kimi-k2.5", "kimi-vl", "lfm2-vl", "llama-3.2-vision", "llama4", "llava-1.5",
    "minicpm-v-2.6", "minicpm-v-4.6", "minimax-m3-vl", "mistral-small-3.1",
    "mistral-small-3.2", "paddleocr-vl", "phi-4-multimodal", "pixtral-12b",
}  # fmt: skip
"""Models of whose architecture a class in srt/multimodal/processors/*.py has `models`: read in 0.5.23.

What SGLang serves by its Transformers backend beside them counts as transformers does.
"""


@family
class FetchedVideos(Family):
    """Qwen's videos as SGLang loads them: qwen-vl-utils' sizes, and frames whose places drop their fractions."""

    def layout(self, media: Media) -> Layout:
        """As the model's processor, after SGLang's own loader for videos."""
        if not media.is_video:
            return super().layout(media)
        fetching = cast("Any", self.choose(pipeline="qwen-vl-utils", image_patch_size=FACTOR // 2))
        layout: Layout = super(FetchedVideos, fetching).layout(media)
        total, taken = media.total_frames, layout.sampling.num_sampled if layout.sampling else 0
        places = tuple(int(place) for place in linspace(0, total - 1, taken))
        reasoned = tuple(step._replace(reason=step.reason.replace("qwen-vl-utils", "sglang")) for step in layout.steps)
        before = layout.sampling.indices if layout.sampling else ()
        return with_frames(layout, dict(zip(before, places, strict=False)), steps=reasoned)


def load(family: Family, media: Media) -> Sampling:
    """InternVL's 32 frames at equal distances, or as many as the user set (video_num_frames of a request)."""
    n = family.user_value("sample_frames") or NUM_FRAMES
    return uniform_frames(media.total_frames, fps=media.fps, n=n, engine="SGLang", repeats=True)


def has(family: Family) -> bool:
    """Whether SGLang has a processor for this model."""
    return family.model in MODELS


def serve(family: Family) -> Family:
    """The model by its processor; Qwen's videos by SGLang's loader."""
    base = family.choose(pipeline="original") if family.model == "internvl" else family
    note = f"sglang {VERSIONS[-1]}: {processor_of(base)}"
    if family.model in QWEN:
        return served(base, Serving(NAME, VERSIONS[-1], note, turns=True), FetchedVideos)
    loader = load if family.model == "internvl" else None
    no_videos = ""
    if "video" in family.kinds and family.model not in TRANSFORMERS_FRAMES | {"internvl"}:
        no_videos = f"vtok does not know how sglang takes frames of {family.model}'s videos; {FRAMES_AS_IMAGES}"
    return served(base, Serving(NAME, VERSIONS[-1], note, loader, no_videos=no_videos, turns=True))
