"""Qwen2.5-Omni without its sound: Qwen2.5-VL's grid and windows, with 25 time positions a second.

Rule     As Qwen2.5-VL. Sound is not counted.
Numbers  preprocessor_config.json and config.json of the checkpoints: images of 3,136 to 12,845,056 pixels,
         position_id_per_seconds 25 (tokens_per_second here). The processor's class: frames of 100,352 to 602,112.
Paper    arXiv 2503.20215. Code: transformers 5.23, models/qwen2_5_omni and models/qwen2_vl.

Where they disagree, and what vtok follows:
- With use_audio_in_video, the tokens of a video and of its sound alternate in chunks of two seconds. Their number is
  the same; vtok lists those of the video together.
- Its position ids follow the first rule of Qwen2.5-VL, which transformers has changed twice for Qwen2.5-VL.
- The limits of frames stand in the processor's class, which hands them to the video processor whatever its config
  says.
- second_per_grid is 2 / fps with the rate that the caller asks for, 2 by default, whatever rate results.
"""

from typing import ClassVar

from vtok.families import qwen2_vl
from vtok.families.qwen2_vl import SOURCES, Qwen2VL
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults

MODEL_TYPES = ("qwen2_5_omni_thinker",)
CLASS_DEFAULTS: ClassDefaults = {
    **qwen2_vl.CLASS_DEFAULTS,
    "Qwen2VLVideoProcessor": {"min_frames": 4, "max_frames": 768, "max_video_tokens": 128_000},
    "Qwen2_5OmniThinkerConfig": {
        "patch_size": 14,
        "merge_size": 2,
        "window_size": 112,
        "fullatt_block_indexes": (7, 15, 23, 31),
        "depth": 32,
        "max_position_embeddings": 32_768,
    },
}
OF_PROCESSOR = "the processor's class"


@family
class Qwen25Omni(Qwen2VL):
    """The numbers of a Qwen2.5-Omni checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Qwen2VL.config_keys,
        "video_min_pixels": (),
        "video_max_pixels": (),
    }


PRESETS = tuple(
    Qwen25Omni(
        model="qwen2.5-omni",
        preset=f"qwen2.5-omni-{size.lower()}",
        repo=f"Qwen/Qwen2.5-Omni-{size}",
        max_pixels=28 * 28 * 16384,
        video_min_pixels=28 * 28 * 128,
        video_max_pixels=28 * 28 * 768,
        window_size=112,
        fullatt_block_indexes=(7, 15, 23, 31),
        tokens_per_second=25,
        rope_version="4.49",
        start="<|vision_bos|>",
        end="<|vision_eos|>",
        max_position_embeddings=32_768,
        chat_tokens=19,
        sources={**SOURCES, **dict.fromkeys(("video_min_pixels", "video_max_pixels"), OF_PROCESSOR)},
    )
    for size in ("7B", "3B")
)
