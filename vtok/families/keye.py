"""Keye-VL: the image at its own size, snapped to multiples of 28 pixels, small sides enlarged first.

Rule     A side below 28 pixels is first enlarged to 28. Then both sides are rounded to multiples of 28, within
         min_pixels to max_pixels. Patches of 14 enter row by row and are merged 2 x 2 behind the encoder. Of a video, 2
         frames a second are taken; each is resized under limits for videos, then as an image, and makes a temporal
         step of its own.
Numbers  keye-vl-8b-preview/{config,preprocessor_config}.json: 3,136 to 1,003,520 pixels (4 to 1,280 tokens). Videos:
         the constants of keye-vl-utils, 100,352 to 602,112 pixels a frame (128 to 768 tokens).
Paper    arXiv 2507.01949. Code: Kwai-Keye/Keye e472844, image_processing_keye.py, processing_keye.py and
         modeling_keye.py in keye-vl-8b-preview; keye-vl-utils 1.0.0 there, vision_process.py, for videos.

Where they disagree, and what vtok follows:
- The README resizes an image first, to at most 16,384 tokens (keye-vl-utils). vtok has the processor's resize alone;
  for videos it has both.
- keye-vl-utils reads max_pixels of a message item for videos. Here that is video_max_pixels; the processor's limits are
  min_pixels and max_pixels.
- The aspect limit of 200 holds after the short side is enlarged; for the frames of videos, before that.
- A side may be shrunk to 0 under a small max_pixels. Upstream fails then.
- Keye-VL 1.5 is another family: keye_vl1_5.py.
"""

from typing import ClassVar

from vtok.geometry.frames import every_frame, needed_fps, needed_rate, smart_nframes
from vtok.geometry.snapping import (
    check_aspect,
    frame_share,
    lift_short_side,
    smart_resize_any_aspect,
    smart_resize_from_factor,
)
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.mrope import timed_positions
from vtok.parts.native import NativeGrid
from vtok.parts.videos import SampledByRate
from vtok.values import Media, Sampling, Size, Step


@family
class Keye(NativeGrid, SampledByRate):
    """The numbers of a Keye-VL checkpoint; `total_pixels` holds for all frames of a video together, in pairs."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image", "video")
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("e472844",)}
    block_order: ClassVar[bool] = False
    placeholders: ClassVar[Placeholders] = {"image": ("<|image_pad|>",), "video": ("<|video_pad|>",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = dict.fromkeys(
        ("video_min_pixels", "video_max_pixels", "total_pixels", "min_frames", "max_frames"), ()
    )

    max_pixels: int = limit(28 * 28 * 1280)
    video_min_pixels: int = 28 * 28 * 128
    video_max_pixels: int = limit(28 * 28 * 768, limits="video")
    total_pixels: int = limit(28 * 28 * 115_200, limits="video")
    min_frames: int = 4
    max_frames: int = 768
    mrope_section: tuple[int, int, int] = (16, 24, 24)
    mrope_interleaved: bool = False
    tokens_per_second: int = 2
    start: str = "<|vision_start|>"
    end: str = "<|vision_end|>"

    def frames(self, media: Media) -> Sampling:
        """The frames that keye-vl-utils takes."""
        total = media.total_frames
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        return smart_nframes(
            0,
            total - 1,
            fps=needed_fps(media.fps),
            sample_fps=needed_rate(self.sample_fps),
            sample_frames=self.sample_frames,
            bounds=(self.min_frames, self.user_value("max_frames")),
        )

    def resize(self, size: Size, sampling: Sampling | None = None) -> tuple[Step, ...]:
        """A short side enlarged, then both sides to whole tokens, within the limits; a frame is fetched first."""
        fetched = (self.fetch(size, sampling),) if sampling else ()
        return *fetched, *lifted_and_snapped(self, fetched[-1].after if fetched else size)

    def fetch(self, size: Size, sampling: Sampling) -> Step:
        """The resize of a frame by keye-vl-utils."""
        check_aspect(size)
        published, least, frames = self.as_published.video_max_pixels, self.video_min_pixels, sampling.num_sampled
        share = frame_share(published, min_pixels=least, num_frames=frames, total_pixels=self.total_pixels)
        most = min(self.video_max_pixels, share)
        step = smart_resize_any_aspect(size, factor=self.factor, min_pixels=least, max_pixels=most)
        return step._replace(name="fetch", reason=f"keye-vl-utils: {step.reason}")

    positions = timed_positions


def lifted_and_snapped(family: NativeGrid, size: Size) -> tuple[Step, Step]:
    """The steps of an image: a short side enlarged, then both sides to whole tokens, within the limits."""
    lift = lift_short_side(size, factor=family.factor)
    least, most = family.min_pixels, family.max_pixels
    return lift, smart_resize_from_factor(lift.after, factor=family.factor, min_pixels=least, max_pixels=most)


UTILS = "keye-vl-utils 1.0.0"
SOURCES = {
    "*": "preprocessor_config.json",
    **dict.fromkeys(("start", "end"), "chat_template.json"),
    **dict.fromkeys(("video_min_pixels", "video_max_pixels", "total_pixels", "min_frames", "max_frames"), UTILS),
    **dict.fromkeys(("mrope_section", "mrope_interleaved", "tokens_per_second"), "config.json"),
}

PRESETS = (
    Keye(
        model="keye-vl",
        preset="keye-vl-8b-preview",
        repo="Kwai-Keye/Keye-VL-8B-Preview",
        max_position_embeddings=40_960,
        chat_tokens=19,
        sources=SOURCES,
        remarks=("A SigLIP with rotary positions, at native resolution.",),
    ),
)
