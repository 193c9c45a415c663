"""Qwen3-VL: the image at its own size in patches of 16; a video is a row of images, each with its time written out.

Rule     Images: both sides to multiples of 32 within min_pixels and max_pixels, merge 2 x 2. Videos: the limits hold
         for all frames together; two frames make one temporal step, an odd last frame is repeated, and before each
         step stands text such as <3.5 seconds>, the mean time of its two frames.
Numbers  preprocessor_config.json and video_preprocessor_config.json of the checkpoints: images 65,536 to 16,777,216
         pixels (64 to 16,384 tokens), videos 4,096 to 25,165,824 (12,288 tokens).
Paper    arXiv 2511.21631. Code: transformers 5.23, models/qwen3_vl/{processing,video_processing}_qwen3_vl.py and
         models/qwen2_vl/image_processing_qwen2_vl.py; qwen-vl-utils 0.0.14.

Where they disagree, and what is followed here:
- transformers' class default for videos is 786,432 pixels, a 32nd of what the checkpoints publish. The checkpoint's.
- Round a video the chat template writes a start and an end: transformers 4.57 takes them away, 5.23 leaves them (2 more
  tokens). `version` chooses.
- transformers 4.57 refuses videos with a side below 32, 5.23 enlarges them. vtok gives 5.23's size for both, and says
  so.
- transformers 5 says that cap_pixels_per_frame is on from 5.22; in 5.23 it is still off. Off.
- After qwen-vl-utils, transformers resizes a second time with its own limits, as here; Qwen's README turns that off.
- qwen-vl-utils takes a patch size of 14 unless it is told 16. vtok tells it 16 unless image_patch_size is given.
"""

from collections.abc import Sequence
from typing import ClassVar

from vtok.geometry.frames import every_frame, spread_frames
from vtok.geometry.places import merged_raster, whole_view
from vtok.geometry.snapping import smart_resize, smart_resize_video
from vtok.parts.family import family, option
from vtok.parts.mrope import step_positions
from vtok.parts.qwen_vl_utils import MessageItem
from vtok.parts.sources import IMAGE, VIDEO
from vtok.parts.spans import enclosed, special
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, blank_stamps, pixel_limits, stamped_steps
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step

BLANK_STAMP = 6
"""Positions of a timestamp below ten seconds, and of one that is not known."""


@family
class Qwen3VL(MessageItem):
    """The numbers of a Qwen3-VL or Qwen3.5 checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    attention: ClassVar[str] = STEPWISE
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {
        "transformers": ("4.57", "5.23"),
        "qwen-vl-utils": ("0.0.14",),
    }

    patch_size: int = 16
    min_pixels: int = 32 * 32 * 64
    max_pixels: int = 32 * 32 * 16384
    video_min_pixels: int = 32 * 32 * 4
    video_max_pixels: int = 32 * 32 * 2 * 12288
    min_frames: int = 4
    max_frames: int = 768
    max_video_tokens: int = 768
    mrope_section: tuple[int, ...] = (24, 20, 20)
    mrope_interleaved: bool = True
    start: str = "<|vision_start|>"
    end: str = "<|vision_end|>"
    estimated_stamps: bool = False

    cap_pixels_per_frame: bool = option(
        default=False, text="hold each frame of a video to max_video_tokens and to its share of video_max_pixels"
    )

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`, with the template's own round a video."""
        original, steps = self.orient(media)
        sampling, resizes = self.sized(media, original)
        view = whole_view(original, resizes[-1].after, self.patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        if sampling:
            spans = self.spans(raster, [self.stamp(frames, media.fps or ASSUMED_FPS) for frames in raster.frames])
            if self.version_used != "4.57":
                spans = (*special(self.start), *spans, *special(self.end))
        else:
            spans = self.spans(raster)
        return self.describe(
            media,
            original,
            steps=steps + resizes,
            views=(view,),
            spans=spans,
            sampling=sampling,
            notes=tuple(self.notes(media, original)),
        )

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        total, fps = media.num_frames or 0, media.fps or ASSUMED_FPS
        if not self.sample:
            return every_frame(total, fps=fps, multiple=self.temporal_patch_size)
        return spread_frames(
            total,
            fps=fps,
            sample_fps=self.sample_fps,
            sample_frames=self.sample_frames,
            multiple=self.temporal_patch_size,
            bounds=(self.min_frames, self.max_frames),
        )

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        factor = self.patches.factor
        if sampling is None:
            return smart_resize(size, factor=factor, min_pixels=self.min_pixels, max_pixels=self.max_pixels)
        frames = sampling.num_sampled
        min_pixels, max_pixels = pixel_limits(self, video=True)
        if self.cap_pixels_per_frame:
            share = min(self.max_video_tokens * factor * factor, max_pixels // frames)
            max_pixels = max(share, int(min_pixels * 1.05)) * frames
        return smart_resize_video(
            size,
            num_frames=frames,
            temporal_factor=self.temporal_patch_size,
            factor=factor,
            min_pixels=min_pixels,
            max_pixels=max_pixels,
        )

    def stamp(self, frames: tuple[int, ...], fps: float) -> Span:
        """The text before a temporal step of these frames: each digit is a token, and so are <, the unit and >."""
        number = f"{(frames[0] / fps + frames[-1] / fps) / 2:.1f}"
        return Span(
            kind="text",
            count=len(number) + 3,
            text=f"<{number} seconds>",
            time=float(number),
            estimated=self.estimated_stamps,
        )

    def spans(self, raster: Raster, stamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each temporal step, for a video."""
        if stamps is None:
            return enclosed(raster, start=self.start, end=self.end)
        return tuple(stamped_steps(raster, stamps, start=self.start, end=self.end))

    def grid_spans(
        self, raster: Raster, *, video: bool = False, texts: Sequence[int] | None = None
    ) -> tuple[Span, ...]:
        """The prompt's part for an image or video of which only the merged grid is known, and maybe the timestamps."""
        return self.spans(raster, blank_stamps(raster, texts, BLANK_STAMP) if video else None)

    positions = step_positions

    def notes(self, media: Media, original: Size) -> list[str]:
        """What the user should know of a video's layout."""
        notes = []
        if media.is_video and not media.fps:
            notes.append(f"the video's own frame rate is not known; {ASSUMED_FPS:g} is assumed, as in transformers")
        if media.is_video and self.version_used == "4.57" and min(original) < self.patches.factor:
            notes.append("transformers 4.57 refuses a video with a side this short; the size is that of 5.23")
        return notes


CODE = "transformers 5.23 Qwen3VLVideoProcessor"
SOURCES = {
    "*": "config.json",
    **dict.fromkeys(("patch_size", "merge_size", "temporal_patch_size", "min_pixels", "max_pixels"), IMAGE),
    **dict.fromkeys(("video_min_pixels", "video_max_pixels"), VIDEO),
    **dict.fromkeys(("min_frames", "max_frames", "max_video_tokens"), CODE),
    "estimated_stamps": "vtok: counted by its vocabulary",
}

MODEL_TYPES = ("qwen3_vl_moe",)
PRESETS = tuple(
    Qwen3VL(
        model="qwen3-vl",
        preset=f"qwen3-vl-{size.lower()}",
        repo=f"Qwen/Qwen3-VL-{size}-Instruct",
        max_position_embeddings=262_144,
        chat_tokens=8,
        sources=SOURCES,
        facts=("Asked for a video, min_pixels and max_pixels hold for all frames together.",),
    )
    for size in ("8B", "2B", "4B", "32B", "30B-A3B", "235B-A22B")
)
