"""qwen-vl-utils: what it makes of an image or video before the model's own processor sees it.

Upstream: qwen-vl-utils 0.0.14, vision_process.py, fetch_image and fetch_video. Its limits are those of the message
item, not the checkpoint's, which hold for the second resize.
"""

from vtok.geometry.frames import frame_range, needed_fps, needed_rate, smart_nframes
from vtok.geometry.places import Patches
from vtok.geometry.snapping import frame_share, smart_resize_from_factor
from vtok.parts.family import Family, family, option
from vtok.values import Media, Sampling, Size, Step

IMAGE_TOKENS = (4, 16384)
FRAME_TOKENS = (128, 768)
SEQUENCE_SHARE = 128_000 * 0.9
"""Tokens of all frames together: nine tenths of the model length that it assumes."""


@family
class MessageItem(Family):
    """A family whose images and videos may come through qwen-vl-utils, with the options of a message item."""

    patch_size: int
    merge_size: int = 2
    temporal_patch_size: int = 2

    sample: bool = option(default=True, text="take some frames of a video; false: every frame")
    sample_fps: float = option(2.0, "frames taken per second of a video")
    sample_frames: int | None = option(None, "how many frames are taken, instead of a rate")
    image_patch_size: int | None = option(None, "qwen-vl-utils: the patch size it is told; the model's own by default")
    total_pixels: float | None = option(None, "qwen-vl-utils: pixels of all frames of a video together")
    resized_height: int | None = option(None, "qwen-vl-utils: the height to resize to, with resized_width")
    resized_width: int | None = option(None, "qwen-vl-utils: the width to resize to, with resized_height")
    video_start: float | None = option(None, "qwen-vl-utils: where to start in a video, seconds")
    video_end: float | None = option(None, "qwen-vl-utils: where to stop in a video, seconds")

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        raise NotImplementedError

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video, by transformers' processor."""
        raise NotImplementedError

    @property
    def patches(self) -> Patches:
        """How a view is cut."""
        return Patches(self.patch_size, self.merge_size, temporal_size=self.temporal_patch_size, block_order=True)

    def sized(self, media: Media, original: Size) -> tuple[Sampling | None, tuple[Step, ...]]:
        """The frames taken, and the steps to their size: after qwen-vl-utils the processor holds its own limits."""
        if self.pipeline_used != "qwen-vl-utils":
            sampling = self.frames(media) if media.is_video else None
            return sampling, (self.resize(original, sampling),)
        sampling, fetch = self._fetch_video(media, original) if media.is_video else (None, self._fetch_image(original))
        return sampling, (fetch, self.as_published.resize(fetch.after, sampling))

    def _fetch_image(self, size: Size) -> Step:
        return self._fetch(size, IMAGE_TOKENS, self.wish("max_pixels"))

    def _fetch_video(self, media: Media, size: Size) -> tuple[Sampling, Step]:
        fps, total = needed_fps(media.fps), media.num_frames or 0
        start, end = frame_range(total, fps=fps, start=self.video_start, end=self.video_end)
        sampling = smart_nframes(
            start,
            end,
            fps=fps,
            sample_fps=needed_rate(self.sample_fps),
            sample_frames=self.sample_frames if self.sample else total,
            bounds=(self.wish("min_frames") or 4, self.wish("max_frames")),
        )
        area = self._fetch_factor**2
        share = frame_share(
            FRAME_TOKENS[1] * area,
            min_pixels=self.wish("min_pixels") or FRAME_TOKENS[0] * area,
            num_frames=len(sampling.indices),
            total_pixels=self.total_pixels or SEQUENCE_SHARE * area,
        )
        return sampling, self._fetch(size, FRAME_TOKENS, min(self.wish("max_pixels") or share, share))

    def _fetch(self, size: Size, tokens: tuple[int, int], max_pixels: float | None) -> Step:
        area = self._fetch_factor**2
        asked, min_pixels = size, self.wish("min_pixels")
        if self.resized_height and self.resized_width:
            asked, tokens = Size(self.resized_height, self.resized_width), IMAGE_TOKENS
            min_pixels = max_pixels = None
        step = smart_resize_from_factor(
            asked,
            factor=self._fetch_factor,
            min_pixels=tokens[0] * area if min_pixels is None else min_pixels,
            max_pixels=tokens[1] * area if max_pixels is None else max_pixels,
        )
        return step._replace(name="fetch", before=size, reason=f"qwen-vl-utils: {step.reason}")

    @property
    def _fetch_factor(self) -> int:
        return (self.image_patch_size or self.patch_size) * self.merge_size
