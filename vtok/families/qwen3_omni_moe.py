"""Qwen3-Omni without its sound: Qwen2-VL's grid in patches of 16, with 13 time positions a second.

Rule     As Qwen2-VL, with sides in multiples of 32. Sound is not counted.
Numbers  preprocessor_config.json and config.json of the checkpoints: images of 3,136 to 12,845,056 pixels (4 to 12,544
         tokens). The processor's class: frames of 131,072 to 786,432 pixels (128 to 768 tokens).
Paper    arXiv 2509.17765. Code: transformers 5.23, models/qwen3_omni_moe and models/qwen2_vl.

Where they disagree, and what vtok follows:
- transformers' class default for position_id_per_seconds (tokens_per_second here) is 25 in the config and 13 in the
  processor. The checkpoints have 13 (mlx-vlm, models/qwen3_omni_moe/config.py). vtok follows the checkpoints.
- The limits of frames stand in the processor's class, which hands them to the video processor whatever its config
  says.
- The seconds of a temporal step are 2 / fps with the rate that the caller asks for, and 2 seconds without a rate.
  Its position ids may be fractions, at 3 frames a second for example. vtok has whole numbers, and refuses these.
- With load_audio_from_video, the tokens of a video and of its sound alternate. vtok lists those of the video together.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from vtok.families.qwen2_5_omni import OF_PROCESSOR
from vtok.families.qwen2_vl import CLASS_DEFAULTS as QWEN2_VL
from vtok.families.qwen2_vl import SOURCES, Qwen2VL
from vtok.parts.family import family, limit
from vtok.parts.sources import ClassDefaults
from vtok.values import Raster, Span

if TYPE_CHECKING:
    from vtok.geometry.positions import Positions


@family
class Qwen3Omni(Qwen2VL):
    """The numbers of a Qwen3-Omni checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Qwen2VL.config_keys,
        "video_min_pixels": (),
        "video_max_pixels": (),
        "tokens_per_second": ("config:position_id_per_seconds",),
    }

    patch_size: int = 16
    max_pixels: int = limit(28 * 28 * 16384)
    video_min_pixels: int | None = 32 * 32 * 128
    video_max_pixels: int | None = limit(32 * 32 * 768, limits="video")
    mrope_section: tuple[int, int, int] = (24, 20, 20)
    mrope_interleaved: bool = True
    tokens_per_second: int | None = 13

    def timed(self, raster: Raster) -> Raster:
        """The raster with the seconds of a temporal step at the rate that is asked for, or at one frame a second."""
        asks_rate = self.sample and "sample_frames" not in self.asked
        fps = self.sample_fps if asks_rate else 1.0
        return raster._replace(seconds_per_grid=self.temporal_patch_size / fps) if raster.frames else raster

    def positions(self, spans: Iterable[Span], version: str) -> "Positions":  # noqa: ARG002
        """Position ids with `tokens_per_second` positions a second."""
        from vtok.geometry.positions import after_all_axes, place, whole_timed_steps

        rate = self.tokens_per_second or 0
        return place(
            spans,
            steps=lambda t, seconds: whole_timed_steps(t, 1.0 if seconds is None else seconds, rate),
            after=after_all_axes,
        )


MODEL_TYPES = ("qwen3_omni_moe_thinker",)
CLASS_DEFAULTS: ClassDefaults = {
    **QWEN2_VL,
    "Qwen2VLVideoProcessor": {"min_frames": 4, "max_frames": 768, "max_video_tokens": 128_000},
    "Qwen3OmniMoeThinkerConfig": {
        "patch_size": 16,
        "merge_size": 2,
        "depth": 27,
        "tokens_per_second": 25,
        "max_position_embeddings": 32_768,
    },
}
PRESETS = tuple(
    Qwen3Omni(
        model="qwen3-omni",
        preset=f"qwen3-omni-30b-a3b-{name.lower()}",
        repo=f"Qwen/Qwen3-Omni-30B-A3B-{name}",
        depth=27,
        max_position_embeddings=65_536,
        chat_tokens=8 if name == "Instruct" else None,
        sources={**SOURCES, **dict.fromkeys(("video_min_pixels", "video_max_pixels"), OF_PROCESSOR)},
    )
    for name in ("Instruct", "Thinking")
)
