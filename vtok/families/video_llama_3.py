"""VideoLLaMA3: images with a token for each patch; videos with four patches to a token, still parts of them dropped.

Rule     Images: both sides to multiples of 14 within min_pixels and max_pixels, one token a patch of 14. Videos: each
         frame to multiples of 28 within its own limits, merge 2 x 2; tokens that differ little from those of the frame
         before are dropped. Before each frame stands text such as Time 1.0s:, with a comma between frames.
Numbers  class defaults of transformers: images 3,136 to 1,003,520 pixels (5,120 tokens), frames 100,352 to 602,112, 4
         to 180 of them. preprocessor_config.json and video_preprocessor_config.json of the checkpoints for images: up
         to 3,211,264 pixels (16,384 tokens), frames 12,544 to 12,845,056 together.
Paper    arXiv 2501.13106. Code: transformers 5.23, models/video_llama_3.

Where they disagree, and what is followed here:
- Which tokens of a video are dropped depends on its pixels. vtok gives the number before that, marked as an estimate;
  use_token_compression false keeps them all.
- The recorded answers are those of the class defaults, and so the model's default; the checkpoints are presets.
- transformers' resize holds each frame to video_max_pixels divided by the number of frames, the size function alone to
  video_max_pixels. vtok gives the size function's answer, says where the other differs, and gives that one with
  share_max_pixels.
- transformers takes every frame of a video unless told otherwise; the model's examples take 1 a second. So does vtok.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from vtok.geometry.frames import even_frames, every_frame
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import smart_resize
from vtok.parts.family import Family, family, option
from vtok.parts.sources import IMAGE, VIDEO
from vtok.parts.spans import enclosed
from vtok.parts.videos import STEPWISE, pixel_limits, stamped_steps
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step

ASSUMED_FPS = 1.0
"""What transformers takes a video's rate for where nobody knows it (processing_video_llama_3.py)."""


@family
class VideoLlama3(Family):
    """The numbers of a VideoLLaMA3 checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    attention: ClassVar[str] = STEPWISE
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "video_merge_size": ("video:merge_size",),
        "use_token_compression": ("video:use_token_compression",),
    }

    patch_size: int = 14
    merge_size: int = 1
    video_merge_size: int = 2
    min_pixels: int = 56 * 56
    max_pixels: int = 28 * 28 * 1280
    video_min_pixels: int = 28 * 28 * 128
    video_max_pixels: int = 28 * 28 * 768
    min_frames: int = 4
    max_frames: int = 180

    sample: bool = option(default=True, text="take some frames of a video; false: every frame")
    sample_fps: float = option(1.0, "frames taken per second of a video")
    sample_frames: int | None = option(None, "how many frames are taken, instead of a rate")
    share_max_pixels: bool = option(default=False, text="divide video_max_pixels by the number of frames")
    use_token_compression: bool = option(default=True, text="drop tokens of a video that differ little from the last")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        resize = self.resize(original, sampling)
        patches = Patches(self.patch_size, self.video_merge_size if sampling else self.merge_size, block_order=True)
        view = whole_view(original, resize.after, patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        stamps = [self.stamp(i, frames, media.fps or ASSUMED_FPS) for i, frames in enumerate(raster.frames)]
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.spans(raster, stamps if sampling else None),
            sampling=sampling,
            notes=tuple(self.notes(original, resize, sampling)) if sampling else (),
        )

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        total = media.num_frames or 0
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        return even_frames(
            total,
            fps=media.fps,
            sample_fps=self.sample_fps,
            sample_frames=self.sample_frames,
            multiple=1,
            bounds=(self.min_frames, self.max_frames),
        )

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        min_pixels, max_pixels = pixel_limits(self, video=sampling is not None)
        if sampling and self.share_max_pixels:
            max_pixels //= sampling.num_sampled
        factor = self.patch_size * (self.video_merge_size if sampling else self.merge_size)
        return smart_resize(size, factor=factor, min_pixels=min_pixels, max_pixels=max_pixels)

    def stamp(self, index: int, frames: tuple[int, ...], fps: float) -> Span:
        """The text before a frame; Qwen's vocabulary makes each digit, the space and all else a token of its own."""
        number = f"{frames[0] / fps:.1f}"
        text = f"{',' if index else ''}Time {number}s:"
        return Span(kind="text", count=len(number) + (5 if index else 4), text=text, time=float(number))

    def spans(self, raster: Raster, stamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each frame, for a video."""
        if stamps is None:
            return enclosed(raster)
        pruned = self.use_token_compression
        return tuple(replace(s, estimated=pruned) if s.raster else s for s in stamped_steps(raster, stamps))

    def notes(self, original: Size, resize: Step, sampling: Sampling) -> list[str]:
        """What the user should know of a video's layout."""
        notes = []
        if self.use_token_compression:
            notes.append("still parts of the video lose tokens, as only its pixels can tell; the count is before that")
        shared = replace(self, share_max_pixels=True).resize(original, sampling).after
        if shared != resize.after:
            notes.append(
                f"transformers' resize divides video_max_pixels by {sampling.num_sampled} frames: {shared}; "
                "share_max_pixels does so"
            )
        return notes


MODEL_TYPES = ("videollama3_qwen2",)
TEMPLATE = {"chat_tokens": "chat template, for one image"}
SOURCES = {
    **dict.fromkeys(("patch_size", "merge_size", "min_pixels", "max_pixels", "resample"), IMAGE),
    **dict.fromkeys(("video_merge_size", "video_min_pixels", "video_max_pixels", "min_frames", "max_frames"), VIDEO),
    **TEMPLATE,
}

PRESETS = (
    VideoLlama3(
        model="videollama3",
        chat_tokens=9,
        sources=TEMPLATE,
        facts=("These are class defaults of transformers; the presets have what their checkpoints publish.",),
    ),
    *(
        VideoLlama3(
            model="videollama3",
            preset=f"videollama3-{size.lower()}-image",
            repo=f"lkhl/VideoLLaMA3-{size}-Image-HF",
            max_pixels=28 * 28 * 4096,
            video_min_pixels=28 * 28 * 16,
            video_max_pixels=28 * 28 * 16384,
            share_max_pixels=True,
            max_position_embeddings=context,
            chat_tokens=9 if size == "2B" else None,
            sources=SOURCES,
        )
        for size, context in (("2B", 131_072), ("7B", 32_768))
    ),
)
