"""Cohere Compass (North Vision): Qwen3-VL's grid and timestamps, with special tokens of its own.

Rule     As Qwen3-VL, videos included.
Numbers  Images of 16,384 to 3,868,706 pixels, as mlx-vlm has them (models/cohere_compass). Videos: those of the class
         of transformers, 131,072 to 786,432 pixels for all frames together.
Paper    none. Code: transformers 5.23, models/cohere_compass/{processing,image_processing,video_processing}_*

Where they disagree, and what vtok follows:
- transformers' image processor has patches of 14 and 3,136 to 1,003,520 pixels by default; the encoder has patches
  of 16. vtok follows the encoder, and mlx-vlm for the limits.
- Each type of layer has rope_parameters of its own in the config; vtok has the section that the code takes without
  them.
- The tokens of a timestamp are known for Qwen3-VL's vocabulary, and so are estimates here.
"""

from typing import ClassVar

from vtok.families.qwen3_vl import Qwen3VL
from vtok.parts.family import LIBRARY_DEFAULT, Placeholders, family
from vtok.parts.sources import ClassDefaults


@family
class CohereCompass(Qwen3VL):
    """The numbers of a Cohere Compass checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Qwen3VL.config_keys,
        **dict.fromkeys(("limits_each_frame", "mrope_section", "mrope_interleaved"), ()),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<|IMAGE_PAD|>",), "video": ("<|VIDEO_PAD|>",)}

    start: str = "<|VISION_START|>"
    end: str = "<|VISION_END|>"


CLASS_DEFAULTS: ClassDefaults = {
    "CohereCompassImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "min_pixels": 56 * 56,
        "max_pixels": 28 * 28 * 1280,
    },
    "CohereCompassVideoProcessor": {
        "video_min_pixels": 32 * 32 * 128,
        "video_max_pixels": 32 * 32 * 768,
        "min_frames": 4,
        "max_frames": 768,
        "max_video_tokens": 768,
        "sample_fps": 2,
    },
    "CohereCompassConfig": {"patch_size": 16, "merge_size": 2, "max_position_embeddings": 8192},
}
MLX_VLM = "mlx-vlm 0.7.10, models/cohere_compass/processing_cohere_compass.py"
PRESETS = (
    CohereCompass(
        model="cohere-compass",
        preset="north-micro-vision-instruct",
        repo="CohereLabs/North-Micro-Vision-Instruct",
        min_pixels=16_384,
        max_pixels=3_868_706,
        video_min_pixels=32 * 32 * 128,
        video_max_pixels=32 * 32 * 768,
        estimated_stamps=True,
        sources={
            "*": LIBRARY_DEFAULT,
            **dict.fromkeys(("min_pixels", "max_pixels"), MLX_VLM),
            "patch_size": "transformers 5.23 CohereCompassVisionConfig",
            "estimated_stamps": "vtok: these counts are those of Qwen3-VL's vocabulary",
        },
    ),
)
