"""GLM-4.1V and GLM-4.5V: the image at its own size in patches of 14; a video is a row of images, each with its second.

Rule     A side below 28 pixels is first enlarged to 28. Then both sides are rounded to multiples of 28, within limits
         that hold for all frames together; an image counts as two frames. Patches are merged 2 x 2. Of a video, the
         first frame at or after each tick of a clock is taken, none of them twice. Two frames make one temporal step;
         its time in whole seconds follows it.
Numbers  preprocessor_config.json and video_preprocessor_config.json of the checkpoints: 12,544 to 9,633,792 pixels for
         an image, which counts twice (6,144 tokens), and 47,040,000 for a video.
Paper    arXiv 2507.01006. Code: transformers 5.23,
         models/glm4v/{processing,image_processing,video_processing}_glm4v.py.

Where they disagree, and what vtok follows:
- transformers' class default for images is 11,760,000 pixels; the checkpoints publish 9,633,792. vtok follows the
  checkpoints.
- transformers 4.57 refuses a side below 28, 5.23 enlarges it. `version` chooses.
- transformers lists num_frames among the options, but its rule never reads it. vtok does not have it.
- transformers takes the duration from the video decoder. Some decoders report the time of the last frame, which changes
  the number of frames. vtok takes the duration of the container, or the number of frames over their rate.
- The tokens of a timestamp are an estimate: each group of up to three digits is taken for one token.
"""

from functools import partial
from typing import ClassVar

from vtok.geometry.clocks import clocked_frames, paced_frames
from vtok.geometry.frames import every_frame, needed_fps
from vtok.geometry.places import merged_raster, whole_view
from vtok.geometry.snapping import as_it_is, long_enough
from vtok.parts.family import family, limit, option
from vtok.parts.glm import TimedSteps
from vtok.parts.mrope import step_positions
from vtok.parts.resizing import pixel_limits, resizes
from vtok.parts.sources import IMAGE_CONFIG, SIZE_ALONE, VIDEO_CONFIG, ClassDefaults
from vtok.parts.videos import (
    ASSUMED_FPS,
    Lengths,
    blank_timestamps,
    resize_together,
)
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step

BLANK_TIMESTAMP = 1
"""Tokens of a timestamp below 1,000 seconds, taken for one that is not known."""


@family
class Glm4V(TimedSteps):
    """The numbers of a GLM-4.1V, GLM-4.5V or GLM-4.6V checkpoint.

    `sample_rates` are pairs of a duration in seconds and the temporal steps a second up to that duration.
    """

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = SIZE_ALONE

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("4.57", "5.23")}

    min_pixels: int = 112 * 112
    max_pixels: int = limit(14 * 14 * 4 * 2 * 6144)
    video_min_pixels: int = 112 * 112
    video_max_pixels: int = limit(28 * 28 * 2 * 30000, limits="video")
    max_duration: int = 300
    sample_rates: tuple[tuple[float, float], ...] = ()
    max_frames: int | None = None
    mrope_section: tuple[int, int, int] = (8, 12, 12)
    mrope_interleaved: bool = False
    sample_fps: float = option(2.0, "frames taken per second of a video; GLM-4.6V goes by sample_rates instead")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        steps += (self.resize(original, sampling),)
        view = whole_view(original, steps[-1].after, self.patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        spans = self.spans(raster, self.timestamps(media, raster, sampling))
        ignored = media.is_video and self.sample_rates and self.user_value("sample_fps") is not None
        notes = ("sample_fps is ignored, as upstream: the duration decides the rate",) if ignored else ()
        return self.describe(media, original, steps=steps, views=(view,), spans=spans, sampling=sampling, notes=notes)

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        total, multiple, fps = media.total_frames, self.temporal_patch_size, media.fps or ASSUMED_FPS
        if not self.sample:
            return every_frame(total, fps=fps, multiple=multiple)
        if self.sample_rates and self.max_frames:
            rule = partial(paced_frames, rates=self.sample_rates, max_frames=self.max_frames)
        else:
            rule = partial(clocked_frames, sample_fps=self.sample_fps, max_duration=self.max_duration)
        return rule(total, fps=needed_fps(media.fps), duration=media.duration or total / fps, multiple=multiple)

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        if self.version_used == "4.57":
            size = long_enough(size, self.patches.factor, judge="transformers 4.57")
        if not resizes(self, video=sampling is not None):
            return as_it_is(size, factor=self.patches.factor)
        return resize_together(size, self.patches, sampling, pixel_limits(self, video=sampling is not None))

    def grid_spans(self, raster: Raster, *, video: bool, texts: Lengths = None) -> tuple[Span, ...]:
        """The prompt's part for an image or video of which only the merged grid is known, and maybe the timestamps."""
        return self.spans(raster, blank_timestamps(raster, texts, BLANK_TIMESTAMP) if video else None)

    positions = step_positions


SOURCES = {
    "*": "config.json",
    **dict.fromkeys(("patch_size", "merge_size", "temporal_patch_size", "min_pixels", "max_pixels"), IMAGE_CONFIG),
    **dict.fromkeys(("video_min_pixels", "video_max_pixels"), VIDEO_CONFIG),
    **dict.fromkeys(("max_duration", "sample_rates", "max_frames", "tenths"), "transformers 5.23 video processor"),
}
REMARKS = ("min_pixels and max_pixels hold for all frames together; an image counts as two.",)

MODEL_TYPES = ("glm4v_moe",)
SHARED_WITH = ("glm46v",)
_IMAGE = {
    "patch_size": 14,
    "merge_size": 2,
    "temporal_patch_size": 2,
    "min_pixels": 112 * 112,
    "max_pixels": 28 * 28 * 15_000,
}
_VIDEO = {
    "video_min_pixels": 112 * 112,
    "video_max_pixels": 28 * 28 * 60_000,
    "max_duration": 300,
    "sample_fps": 2.0,
}
CLASS_DEFAULTS: ClassDefaults = {
    "Glm4vImageProcessor": _IMAGE,
    "Glm4vVideoProcessor": _VIDEO,
    "Glm46VImageProcessor": _IMAGE,
    "Glm46VVideoProcessor": _VIDEO,
    "Glm4vConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 32_768},
    "Glm4vMoeConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 65_536},
    "Glm46VConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 32_768},
}
PRESETS = (
    Glm4V(
        model="glm-4.1v",
        preset="glm-4.1v-9b-thinking",
        repo="zai-org/GLM-4.1V-9B-Thinking",
        max_position_embeddings=65_536,
        sources=SOURCES,
        remarks=REMARKS,
    ),
    Glm4V(
        model="glm-4.1v",
        preset="glm-4.1v-9b-base",
        repo="zai-org/GLM-4.1V-9B-Base",
        sources=SOURCES,
        remarks=REMARKS,
    ),
    Glm4V(
        model="glm-4.5v",
        repo="zai-org/GLM-4.5V",
        max_position_embeddings=65_536,
        chat_tokens=6,
        sources=SOURCES,
        remarks=REMARKS,
    ),
)
