"""qwen-vl-utils: what it makes of a picture or clip before the model's own processor sees it.

Upstream: qwen-vl-utils 0.0.14, vision_process.py, fetch_image and fetch_video. Its limits are those of the message
item, not the checkpoint's, which hold for the second resize.
"""

from typing import TYPE_CHECKING

from vtok.geometry.frames import frame_range, needed_fps, needed_rate, smart_nframes
from vtok.geometry.snapping import frame_share, smart_resize_from_factor
from vtok.values import Media, Sampling, Size, Step

IMAGE_TOKENS = (4, 16384)
FRAME_TOKENS = (128, 768)
SEQUENCE_SHARE = 128_000 * 0.9
"""Tokens of all frames together: nine tenths of the model length that it assumes."""


if TYPE_CHECKING:
    from typing import Any, Protocol

    class Item(Protocol):
        """The options of a message item, as a family has them."""

        @property
        def merge_size(self) -> int: ...
        @property
        def patch_size(self) -> int: ...
        @property
        def image_patch_size(self) -> int | None: ...
        @property
        def sample(self) -> bool: ...
        @property
        def sample_fps(self) -> float: ...
        @property
        def sample_frames(self) -> int | None: ...
        @property
        def total_pixels(self) -> float | None: ...
        @property
        def resized_height(self) -> int | None: ...
        @property
        def resized_width(self) -> int | None: ...
        @property
        def video_start(self) -> float | None: ...
        @property
        def video_end(self) -> float | None: ...
        def wish(self, name: str) -> Any: ...


def fetch_image(item: "Item", size: Size) -> Step:
    """The size at which a picture is handed on."""
    return _fetch(item, size, IMAGE_TOKENS, item.wish("max_pixels"))


def fetch_video(item: "Item", media: Media, size: Size) -> tuple[Sampling, Step]:
    """The frames of a clip, and the size at which they are handed on."""
    fps, total = needed_fps(media.fps), media.num_frames or 0
    start, end = frame_range(total, fps=fps, start=item.video_start, end=item.video_end)
    sampling = smart_nframes(
        start,
        end,
        fps=fps,
        sample_fps=needed_rate(item.sample_fps),
        sample_frames=item.sample_frames if item.sample else total,
        bounds=(item.wish("min_frames") or 4, item.wish("max_frames")),
    )
    area = _factor(item) ** 2
    share = frame_share(
        FRAME_TOKENS[1] * area,
        min_pixels=item.wish("min_pixels") or FRAME_TOKENS[0] * area,
        num_frames=len(sampling.indices),
        total_pixels=item.total_pixels or SEQUENCE_SHARE * area,
    )
    return sampling, _fetch(item, size, FRAME_TOKENS, min(item.wish("max_pixels") or share, share))


def _fetch(item: "Item", size: Size, tokens: tuple[int, int], max_pixels: float | None) -> Step:
    factor = _factor(item)
    area = factor * factor
    min_pixels = item.wish("min_pixels")
    if item.resized_height and item.resized_width:
        asked, tokens = Size(item.resized_height, item.resized_width), IMAGE_TOKENS
        min_pixels = max_pixels = None
    else:
        asked = size
    step = smart_resize_from_factor(
        asked,
        factor=factor,
        min_pixels=tokens[0] * area if min_pixels is None else min_pixels,
        max_pixels=tokens[1] * area if max_pixels is None else max_pixels,
    )
    return step._replace(name="fetch", before=size, reason=f"qwen-vl-utils: {step.reason}")


def _factor(item: "Item") -> int:
    return (item.image_patch_size or item.patch_size) * item.merge_size
