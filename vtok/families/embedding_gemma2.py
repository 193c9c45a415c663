"""EmbeddingGemma 2: Gemma 4's images; a video is a frame a second, at most 32, without timestamps.

Rule     Images as Gemma 4. Of a video, a frame a second is taken from the first one on; if these are more than 32, then
         32 of them, spread from the first to the last. A frame is enclosed like an image, and has at most 70 tokens.
Numbers  class defaults of transformers: 280 tokens for an image, 70 for a frame.
Paper    none. Code: transformers 5.23, models/embedding_gemma2/{processing,video_processing}_embedding_gemma2.py and
         models/gemma4/image_processing_gemma4.py.

Where they disagree, and what vtok follows:
- Of a video whose rate is not known, every frame counts as a second.
- With add_timestamps, the minute and second of each frame stand before it. They are rounded, where Gemma 4's are cut.
- The most frames are sample_frames here and max_frames in the config. An overflow_strategy of "truncate", which takes
  the first frames instead, is not read.
"""

from typing import ClassVar

from vtok.families import gemma4
from vtok.families.gemma4 import REMARKS, Gemma4
from vtok.geometry.clocks import thinned_frames
from vtok.geometry.frames import every_frame
from vtok.parts.family import family, option
from vtok.parts.sources import ClassDefaults
from vtok.parts.videos import number, timestamp
from vtok.values import Media, Raster, Sampling, Span


@family
class EmbeddingGemma2(Gemma4):
    """The numbers of an EmbeddingGemma 2 checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Gemma4.config_keys,
        "sample_frames": ("video:max_frames",),
        "add_timestamps": ("video:add_timestamps",),
    }

    sample_frames: int = number(32, "the most frames of a video that are taken")
    sample_fps: float | None = option(1.0, "frames taken per second of a video")
    add_timestamps: bool = option(default=False, text="write the minute and second before each frame of a video")

    def frames(self, media: Media) -> Sampling:
        """The frames that are taken of a video."""
        total, most = media.total_frames, self.sample_frames
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        return thinned_frames(total, fps=media.fps, duration=media.duration, sample_fps=self.sample_fps, most=most)

    def spans(self, raster: Raster, fps: float) -> tuple[Span, ...]:
        """The prompt's part for an image or, frame by frame, for a video."""
        spans = super().spans(raster, fps)
        return spans if self.add_timestamps else tuple(span for span in spans if span.kind != "text")

    def timestamp(self, seconds: float, *, first: bool) -> Span:
        """The minute and second before a frame; a space separates it from the frame before."""
        whole = round(seconds)
        text = f"{'' if first else ' '}{whole // 60:02d}:{whole % 60:02d} "
        return timestamp(text, whole, len(text), estimated=True)


CLASS_DEFAULTS: ClassDefaults = {
    "Gemma4ImageProcessor": gemma4.CLASS_DEFAULTS["Gemma4ImageProcessor"],
    "EmbeddingGemma2VideoProcessor": {
        "video_max_soft_tokens": 70,
        "sample_frames": 32,
        "sample_fps": 1,
        "add_timestamps": False,
    },
    "EmbeddingGemma2Config": {"max_position_embeddings": 262_144},
}
PRESETS = (
    EmbeddingGemma2(
        model="embedding-gemma2",
        preset="embeddinggemma-2",
        repo="google/embeddinggemma-2",
        max_position_embeddings=262_144,
        sources={"max_position_embeddings": "transformers 5.23 EmbeddingGemma2TextConfig"},
        remarks=REMARKS,
    ),
)
