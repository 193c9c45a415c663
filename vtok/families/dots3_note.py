"""dots3.note: Qwen2-VL's grid; a video is one run of tokens without timestamps, and positions are plain.

Rule     Images as Qwen2-VL. Videos as Qwen3-VL, whose limits hold for all frames together, but no time is written out.
         Sound is not counted.
Numbers  The checkpoint's own are not known. Those of transformers' classes: patches of 14 (Dots3NoteVisionConfig),
         images of 3,136 to 1,003,520 pixels, all frames of a video of 131,072 to 786,432.
Paper    none. Code: transformers 5.23, models/dots3_note; llama.cpp, tools/mtmd/mtmd.cpp (start and end).

Where they disagree, and what vtok follows:
- Qwen3VLVideoProcessor has patches of 16 by default, and the encoder has 14. vtok follows the encoder.
- SGLang gives a video as images between its sounds. vtok follows transformers.
"""

from typing import ClassVar

from vtok.families import qwen2_vl, qwen3_vl
from vtok.geometry.frames import spread_frames
from vtok.geometry.places import merged_raster, whole_view
from vtok.parts.family import LIBRARY_DEFAULT, Placeholders, family, limit
from vtok.parts.resizing import pixel_limits, resizes, snapped
from vtok.parts.sources import SIZE_ALONE, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, PairedFrames, SampledByRate, resize_together, sampled
from vtok.values import Layout, Media, Sampling, Size, Step


@family
class Dots3Note(SampledByRate, PairedFrames):
    """The numbers of a dots3.note checkpoint."""

    attention: ClassVar[str] = STEPWISE
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        name: places for name, places in SIZE_ALONE.items() if name.startswith("video_")
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<|imgpad|>",), "video": ("<|video_pad|>",)}

    min_pixels: int = 56 * 56
    max_pixels: int = limit(28 * 28 * 1280)
    video_min_pixels: int = 32 * 32 * 128
    video_max_pixels: int = limit(32 * 32 * 768, limits="video")
    min_frames: int = 4
    max_frames: int = 768
    start: str = "<|img|>"
    end: str = "<|endofimg|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        pairs, bounds = self.temporal_patch_size, (self.min_frames, self.max_frames)
        sampling = None
        if media.is_video:
            sampling = sampled(self, media, spread_frames, multiple=pairs, fps=ASSUMED_FPS, bounds=bounds)
        steps += (self.resize(original, sampling),)
        view = whole_view(original, steps[-1].after, self.patches, sampling=sampling)
        spans = enclosed(merged_raster(view, sampling), start=self.start, end=self.end)
        return self.describe(media, original, steps=steps, views=(view,), spans=spans, sampling=sampling)

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        video = sampling is not None
        if not video or not resizes(self, video=True):
            return snapped(self, size, factor=self.patches.factor, video=video)
        return resize_together(size, self.patches, sampling, pixel_limits(self, video=True))


CLASS_DEFAULTS: ClassDefaults = {
    "Qwen2VLImageProcessor": qwen2_vl.CLASS_DEFAULTS["Qwen2VLImageProcessor"],
    "Qwen3VLVideoProcessor": {
        name: value
        for name, value in qwen3_vl.CLASS_DEFAULTS["Qwen3VLVideoProcessor"].items()
        if name != "max_video_tokens"
    },
    "Dots3NoteConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 524_288},
}
PRESETS = (
    Dots3Note(
        model="dots3-note",
        preset="dots3-note-prev",
        repo="dots-studio/dots3-note-prev",
        sources={"*": LIBRARY_DEFAULT},
    ),
)
