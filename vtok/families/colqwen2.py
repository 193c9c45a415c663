"""ColQwen2: Qwen2-VL's images, at most 768 tokens a page; each token becomes a vector of the page's embedding.

Rule     As an image of Qwen2-VL. A fixed sentence follows. Each token becomes a vector of 128 numbers.
Numbers  preprocessor_config.json of the checkpoint: 3,136 to 602,112 pixels, 768 tokens.
Paper    arXiv 2407.01449. Code: transformers 5.23, models/colqwen2/processing_colqwen2.py, with
         models/qwen2_vl/image_processing_qwen2_vl.py.

Where they disagree, and what vtok follows:
- The processor writes the sentence around the image itself. It counts as the chat template of the model.
- ColQwen2.5 is published for colpali-engine alone, as an adapter of Qwen2.5-VL.
"""

from dataclasses import fields
from typing import ClassVar

from vtok.families import qwen2_vl
from vtok.families.qwen2_vl import Qwen2VL
from vtok.parts.family import Placeholders, family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults

VIDEO = ("video_", "sample", "min_frames", "max_frames", "max_video_tokens", "cap_pixels", "tokens_per_second")
QWEN_VL_UTILS = ("image_patch_size", "total_pixels", "resized_height", "resized_width")
"""Numbers and options of Qwen2-VL that ColQwen2 has no use for."""


@family
class ColQwen2(Qwen2VL):
    """The numbers of a ColQwen2 checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image",)
    images_only: ClassVar[bool] = True
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("image:patch_size", "config:vlm_config.vision_config.patch_size"),
        "merge_size": ("image:merge_size", "config:vlm_config.vision_config.spatial_merge_size"),
        "temporal_patch_size": ("image:temporal_patch_size",),
        "depth": ("config:vlm_config.vision_config.depth",),
        "mrope_section": (
            "config:vlm_config.text_config.rope_parameters.mrope_section",
            "config:vlm_config.rope_scaling.mrope_section",
        ),
        "max_position_embeddings": (
            "config:vlm_config.text_config.max_position_embeddings",
            "config:vlm_config.max_position_embeddings",
        ),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<|image_pad|>",)}
    structure: ClassVar[frozenset[str]] = frozenset(
        f.name for f in fields(Qwen2VL) if f.name.startswith(VIDEO) or f.name in QWEN_VL_UTILS
    )


CLASS_DEFAULTS: ClassDefaults = {
    "Qwen2VLImageProcessor": qwen2_vl.CLASS_DEFAULTS["Qwen2VLImageProcessor"],
    "ColQwen2Config": {"depth": 32, "max_position_embeddings": 32_768},
}
PRESETS = (
    ColQwen2(
        model="colqwen2",
        preset="colqwen2-v1.0",
        repo="vidore/colqwen2-v1.0-hf",
        aliases=("vidore/colqwen2-v1.0", "vidore/colqwen2-v1.0-merged"),
        max_pixels=28 * 28 * 768,
        max_position_embeddings=32_768,
        chat_tokens=9,
        sources={
            **qwen2_vl.SOURCES,
            "min_pixels": IMAGE_CONFIG,
            "chat_tokens": "transformers 5.23 ColQwen2Processor",
        },
        remarks=("Each token, those of the sentence included, becomes a vector of 128 numbers.",),
    ),
)
