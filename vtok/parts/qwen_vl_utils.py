"""qwen-vl-utils: what it makes of an image or video before the model's own processor sees it.

Upstream: qwen-vl-utils 0.0.14, vision_process.py, fetch_image and fetch_video. It takes its limits from the message
item. The limits of the checkpoint hold later, when the processor resizes a second time.
"""

from typing import ClassVar

from vtok.geometry.frames import frame_range, needed_fps, needed_rate, smart_nframes
from vtok.geometry.many import Sizes
from vtok.geometry.snapping import frame_share, smart_resize_from_factor
from vtok.parts.family import Placeholders, family, option
from vtok.parts.keys import Keys, token_grid
from vtok.parts.videos import PairedFrames, SampledByRate
from vtok.values import Media, Sampling, Size, Step

IMAGE_TOKENS = (4, 16384)
"""Least and most tokens of an image."""
FRAME_TOKENS = (128, 768)
"""Least and most tokens of a frame."""
SEQUENCE_SHARE = 128_000 * 0.9
"""Most tokens of all frames together: nine tenths of the model length that it assumes."""


@family
class QwenVLUtils(SampledByRate, PairedFrames):
    """A family whose images and videos may come through qwen-vl-utils, with the options of a message item."""

    placeholders: ClassVar[Placeholders] = {"image": ("<|image_pad|>",), "video": ("<|video_pad|>",)}

    image_patch_size: int | None = option(None, "qwen-vl-utils: the patch size passed to it; the model's by default")
    total_pixels: float | None = option(None, "qwen-vl-utils: the most pixels of all frames of a video together")
    resized_height: int | None = option(None, "qwen-vl-utils: the height to resize to, with resized_width")
    resized_width: int | None = option(None, "qwen-vl-utils: the width to resize to, with resized_height")
    video_start: float | None = option(None, "qwen-vl-utils: where a video starts, in seconds")
    video_end: float | None = option(None, "qwen-vl-utils: where a video stops, in seconds")

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        raise NotImplementedError

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        _, steps = resized(self, Media(size=sizes), sizes)
        return token_grid(steps[-1].after, self.patches.factor)


def resized(item: QwenVLUtils, media: Media, original: Size) -> tuple[Sampling | None, tuple[Step, ...]]:
    """The frames that the pipeline takes of a video, and the steps to the size of the image or of each frame.

    The processor of transformers takes `frames` and does `resize`. After qwen-vl-utils it only resizes, with the limits
    that the checkpoint publishes.
    """
    if item.pipeline_used == "qwen-vl-utils":
        sampling, fetch = _fetched(item, media, original)
        return sampling, (fetch, item.as_published.resize(fetch.after, sampling))
    taken = item.frames(media) if media.is_video else None
    return taken, (item.resize(original, taken),)


def _fetched(item: QwenVLUtils, media: Media, original: Size) -> tuple[Sampling | None, Step]:
    """The frames that qwen-vl-utils takes of a video, and the step to the size that it hands on."""
    if not media.is_video:
        return None, _resize(item, original, IMAGE_TOKENS, item.user_value("max_pixels"))
    fps, total = needed_fps(media.fps), media.total_frames
    start, end = frame_range(total, fps=fps, start=item.video_start, end=item.video_end)
    sampling = smart_nframes(
        start,
        end,
        fps=fps,
        sample_fps=needed_rate(item.sample_fps),
        sample_frames=item.sample_frames if item.sample else total,
        bounds=(item.user_value("min_frames") or 4, item.user_value("max_frames")),
    )
    area = _factor(item) ** 2
    share = frame_share(
        FRAME_TOKENS[1] * area,
        min_pixels=item.user_value("min_pixels") or FRAME_TOKENS[0] * area,
        num_frames=len(sampling.indices),
        total_pixels=item.total_pixels or SEQUENCE_SHARE * area,
    )
    return sampling, _resize(item, original, FRAME_TOKENS, min(item.user_value("max_pixels") or share, share))


def _resize(item: QwenVLUtils, size: Size, tokens: tuple[int, int], max_pixels: float | None) -> Step:
    area = _factor(item) ** 2
    before, min_pixels = size, item.user_value("min_pixels")
    if item.resized_height and item.resized_width:
        before, tokens = Size(item.resized_height, item.resized_width), IMAGE_TOKENS
        min_pixels = max_pixels = None
    step = smart_resize_from_factor(
        before,
        factor=_factor(item),
        min_pixels=tokens[0] * area if min_pixels is None else min_pixels,
        max_pixels=tokens[1] * area if max_pixels is None else max_pixels,
    )
    return step._replace(name="fetch", before=size, reason=f"qwen-vl-utils: {step.reason}")


def _factor(item: QwenVLUtils) -> int:
    return (item.image_patch_size or item.patch_size) * item.merge_size
