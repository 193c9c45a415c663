"""Qwen3-VL: the image at its own size in patches of 16; a video is a row of images, each with its time written out.

Rule     Image: both sides are rounded to multiples of 32, within min_pixels to max_pixels; patches are merged 2 x 2.
         Video: the limits hold for all frames together. Two frames make one temporal step; an odd last frame is
         repeated. Before each step stands text such as <3.5 seconds>, the mean time of its two frames.
Numbers  preprocessor_config.json and video_preprocessor_config.json of the checkpoints: images of 65,536 to 16,777,216
         pixels (64 to 16,384 tokens), videos of 4,096 to 25,165,824 (12,288 tokens).
Paper    arXiv 2511.21631. Code: transformers 5.23, models/qwen3_vl/{processing,video_processing}_qwen3_vl.py and
         models/qwen2_vl/image_processing_qwen2_vl.py; qwen-vl-utils 0.0.14.

Where they disagree, and what vtok follows:
- transformers' class default for videos is 786,432 pixels, a 32nd of what the checkpoints publish. vtok follows the
  checkpoints.
- The chat template writes a start and an end token around a video. transformers 4.57 removes them, 5.23 keeps them (2
  tokens more). `version` chooses.
- transformers 4.57 refuses videos with a side below 32, 5.23 enlarges them. vtok gives the size of 5.23 for both and
  adds a note.
- The documentation of transformers 5 says that cap_pixels_per_frame is on from 5.22. In the code of 5.23 it is off, and
  so it is here.
- After qwen-vl-utils, transformers resizes a second time with its own limits, and so does vtok. Qwen's README turns the
  second resize off.
- A folder without a config of videos, whose images are read by Qwen2VLImageProcessor, has its videos read by Qwen2-VL's
  video processor in transformers 5: limits_each_frame. It takes every frame unless a rate is passed; vtok passes one.
- qwen-vl-utils assumes a patch size of 14 unless told 16. vtok tells it 16 unless image_patch_size is set.
"""

from collections.abc import Sequence
from typing import ClassVar

from vtok.geometry.frames import even_frames, spread_frames
from vtok.geometry.places import merged_raster, whole_view
from vtok.parts.family import family, limit, option
from vtok.parts.mrope import step_positions
from vtok.parts.qwen_vl_utils import QwenVLUtils, resized
from vtok.parts.resizing import pixel_limits, snapped
from vtok.parts.sources import IMAGE_CONFIG, SIZE_ALONE, VIDEO_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed, special
from vtok.parts.videos import (
    ASSUMED_FPS,
    STEPWISE,
    Lengths,
    blank_timestamps,
    resize_together,
    sampled,
    timed_steps,
    timestamp,
)
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step

BLANK_TIMESTAMP = 6
"""Tokens of a timestamp below ten seconds, taken for one that is not known."""


@family
class Qwen3VL(QwenVLUtils):
    """The numbers of a Qwen3-VL or Qwen3.5 checkpoint."""

    attention: ClassVar[str] = STEPWISE
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("4.57", "5.23"), "qwen-vl-utils": ("0.0.14",)}

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "video_min_pixels": ("video[Qwen2VLVideoProcessor]:min_pixels", *SIZE_ALONE["video_min_pixels"]),
        "video_max_pixels": ("video[Qwen2VLVideoProcessor]:max_pixels", *SIZE_ALONE["video_max_pixels"]),
        "estimated_stamps": (),
        "limits_each_frame": ("video:video_processor_type|qwen2", "video:image_processor_type|qwen2"),
    }

    patch_size: int = 16
    min_pixels: int = 32 * 32 * 64
    max_pixels: int = limit(32 * 32 * 16384)
    video_min_pixels: int = 32 * 32 * 4
    video_max_pixels: int = limit(32 * 32 * 2 * 12288, limits="video")
    min_frames: int = 4
    max_frames: int = 768
    max_video_tokens: int = 768
    mrope_section: tuple[int, int, int] = (24, 20, 20)
    mrope_interleaved: bool = True
    start: str = "<|vision_start|>"
    end: str = "<|vision_end|>"
    estimated_stamps: bool = False
    limits_each_frame: bool = False

    cap_pixels_per_frame: bool = option(default=False, text="hold each frame to max_video_tokens and its pixel share")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`; from 5.23 on, start and end around a video."""
        original, steps = self.orient(media)
        sampling, done = resized(self, media, original)
        view = whole_view(original, done[-1].after, self.patches, sampling=sampling)
        raster, fps = merged_raster(view, sampling), media.fps or ASSUMED_FPS
        spans = self.spans(raster, [self.timestamp(frames, fps) for frames in raster.frames] if sampling else None)
        if sampling and self.version_used != "4.57":
            spans = (*special(self.start), *spans, *special(self.end))
        steps, notes = (*steps, *done), tuple(self.notes(media, original)) if sampling else ()
        return self.describe(media, original, steps=steps, views=(view,), spans=spans, sampling=sampling, notes=notes)

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        multiple, bounds = self.temporal_patch_size, (self.min_frames, self.max_frames)
        rule = even_frames if self.limits_each_frame else spread_frames
        return sampled(self, media, rule, multiple=multiple, fps=ASSUMED_FPS, bounds=bounds)

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        factor = self.patches.factor
        if sampling is None or self.limits_each_frame or not self.video_do_resize:
            return snapped(self, size, factor=factor, video=sampling is not None)
        frames = sampling.num_sampled
        min_pixels, max_pixels = pixel_limits(self, video=True)
        if self.cap_pixels_per_frame:
            share = min(self.max_video_tokens * factor * factor, max_pixels // frames)
            max_pixels = max(share, int(min_pixels * 1.05)) * frames
        return resize_together(size, self.patches, sampling, (min_pixels, max_pixels))

    def timestamp(self, frames: tuple[int, ...], fps: float) -> Span:
        """The text before a temporal step of these frames. Each digit is a token; so are <, the unit and >."""
        number = f"{(frames[0] / fps + frames[-1] / fps) / 2:.1f}"
        return timestamp(f"<{number} seconds>", number, len(number) + 3, estimated=self.estimated_stamps)

    def spans(self, raster: Raster, timestamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each temporal step, for a video."""
        if timestamps is None:
            return enclosed(raster, start=self.start, end=self.end)
        return tuple(timed_steps(raster, timestamps, start=self.start, end=self.end))

    def grid_spans(self, raster: Raster, *, video: bool, texts: Lengths = None) -> tuple[Span, ...]:
        """The prompt's part for an image or video of which only the merged grid is known, and maybe the timestamps."""
        return self.spans(raster, blank_timestamps(raster, texts, BLANK_TIMESTAMP) if video else None)

    positions = step_positions

    def notes(self, media: Media, original: Size) -> list[str]:
        """What the user should know about the layout of a video."""
        notes = [EACH_FRAME] if self.limits_each_frame else []
        if not media.fps:
            notes.append(f"the frame rate of the video is not known; {ASSUMED_FPS:g} is assumed, as in transformers")
        if self.version_used == "4.57" and min(original) < self.patches.factor:
            notes.append("transformers 4.57 refuses a video with a side this short; the size is that of 5.23")
        return notes


EACH_FRAME = "Qwen2-VL's video processor is taken: limits hold for each frame, and only a rate makes it sample"
CODE = "transformers 5.23 Qwen3VLVideoProcessor"
SOURCES = {
    "*": "config.json",
    **dict.fromkeys(("patch_size", "merge_size", "temporal_patch_size", "min_pixels", "max_pixels"), IMAGE_CONFIG),
    **dict.fromkeys(("video_min_pixels", "video_max_pixels"), VIDEO_CONFIG),
    **dict.fromkeys(("min_frames", "max_frames", "max_video_tokens"), CODE),
    "estimated_stamps": "vtok: counted by its vocabulary",
}

MODEL_TYPES = ("qwen3_vl_moe",)
PROCESSORS: ClassDefaults = {
    "Qwen2VLImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "min_pixels": 56 * 56,
        "max_pixels": 28 * 28 * 1280,
    },
    "Qwen3VLVideoProcessor": {
        "video_min_pixels": 32 * 32 * 128,
        "video_max_pixels": 32 * 32 * 768,
        "min_frames": 4,
        "max_frames": 768,
        "sample_fps": 2.0,
    },
}
"""Those of the processors that other families have, too."""
CLASS_DEFAULTS: ClassDefaults = {
    **PROCESSORS,
    "Qwen3VLVideoProcessor": {**PROCESSORS["Qwen3VLVideoProcessor"], "max_video_tokens": 768},
    "Qwen2VLVideoProcessor": {"video_min_pixels": 28 * 28 * 128, "video_max_pixels": 28 * 28 * 768},
    "Qwen3VLConfig": {"patch_size": 16, "merge_size": 2, "max_position_embeddings": 128_000},
    "Qwen3VLMoeConfig": {"patch_size": 16, "merge_size": 2, "max_position_embeddings": 128_000},
    "Qwen3_5Config": {"patch_size": 16, "merge_size": 2, "max_position_embeddings": 32_768},
    "Qwen3_5MoeConfig": {"patch_size": 16, "merge_size": 2, "max_position_embeddings": 32_768},
}
REMARKS = ("If you set min_pixels or max_pixels, they hold for all frames of a video together.",)
PRESETS = (
    *(
        Qwen3VL(
            model="qwen3-vl",
            preset=f"qwen3-vl-{size.lower()}",
            repo=f"Qwen/Qwen3-VL-{size}-Instruct",
            max_position_embeddings=262_144,
            chat_tokens=8,
            sources=SOURCES,
            remarks=REMARKS,
        )
        for size in ("8B", "2B", "4B", "32B", "30B-A3B", "235B-A22B")
    ),
    *(
        Qwen3VL(
            model="qwen3-vl",
            preset=f"qwen3-vl-{size.lower()}-thinking",
            repo=f"Qwen/Qwen3-VL-{size}-Thinking",
            max_position_embeddings=262_144,
            sources=SOURCES,
            remarks=REMARKS,
        )
        for size in ("4B", "32B", "30B-A3B", "235B-A22B")
    ),
    *(
        Qwen3VL(
            model="qwen3-vl",
            preset=f"gui-owl-1.5-{size.lower()}",
            repo=f"mPLUG/GUI-Owl-1.5-{size}",
            fine_tune=True,
            video_min_pixels=32 * 32 * 64,
            sources=SOURCES,
            remarks=REMARKS,
        )
        for size in ("8B-Think", "4B-Instruct", "32B-Instruct", "32B-Think")
    ),
)
