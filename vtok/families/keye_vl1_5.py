"""Keye-VL 1.5: Keye-VL's images; the frames of a video are large or small, as far as their pixels differ.

Rule     Images as Keye-VL. Of a video, 2 frames a second are compared with the last large one, in patches of 28 pixels
         and in hue, saturation and value; one that resembles it is small: 0.3 times the tokens of a large one.
Numbers  no copy of the published preprocessor_config.json was found: 3,136 to 1,003,520 pixels (4 to 1,280 tokens) are
         the defaults of the class.
Paper    arXiv 2509.01563. Code: vLLM 0.33.0, models/keye_vl1_5.py; keye-vl-utils 1.5.2, vision_process.py, fetch_video;
         the authors' pull request to transformers, models/keye_vl1_5.

Where they disagree, and what vtok follows:
- How many tokens a video makes depends on its pixels, which vtok does not read, so that it takes images only.
"""

from typing import ClassVar

from vtok.families.keye import lifted_and_snapped
from vtok.parts.family import FRAMES_AS_IMAGES, family, limit
from vtok.parts.native import NativeGrid
from vtok.values import Sampling, Size, Step


@family
class KeyeVL15(NativeGrid):
    """The numbers of a Keye-VL 1.5 checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("vllm-0.33",)}
    block_order: ClassVar[bool] = False
    counting: ClassVar[str] = (
        "its language model rotates by time, row and column, in sections that its config sets and vtok does not know"
    )

    max_pixels: int = limit(28 * 28 * 1280)
    start: str = "<|vision_start|>"
    end: str = "<|vision_end|>"

    def resize(self, size: Size, sampling: Sampling | None = None) -> tuple[Step, ...]:  # noqa: ARG002
        """A short side enlarged, then both sides to whole tokens, within the limits."""
        return lifted_and_snapped(self, size)

    @property
    def no_videos(self) -> str:
        """Why a video is refused, and what to do."""
        return (
            f"{self.model} compares the pixels of a video's frames to choose their sizes, and vtok reads no pixels; "
            f"{FRAMES_AS_IMAGES}"
        )


CODE = "image_processing_keye_vl_1_5.py"

PRESETS = (
    KeyeVL15(
        model="keye-vl-1.5",
        preset="keye-vl-1.5-8b",
        repo="Kwai-Keye/Keye-VL-1_5-8B",
        sources=dict.fromkeys(("patch_size", "merge_size"), CODE) | dict.fromkeys(("start", "end"), "chat template"),
        remarks=("A SigLIP with rotary positions, at native resolution.",),
    ),
)
