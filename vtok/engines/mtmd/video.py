"""Videos in llama.cpp: frames at a fixed rate, each an image, with texts of the time between them.

Rule     ffmpeg takes --video-fps frames a second, without a limit; each frame is an image under the limits for
         images. A text such as [0m5.00s] follows the first frame of every --video-timestamp-interval milliseconds.
         Qwen's encoders fuse two neighbours, but not across a text: a frame that a text follows, or that only a text
         follows, is encoded alone. The first frame of a video is always one of these.
Code     llama.cpp 0c1e57098, tools/mtmd: mtmd-helper.cpp, mtmd_helper_video (frames and texts), and mtmd.cpp,
         mtmd_group_mergeable_bitmaps (which frames are fused). Both were run on real videos with ffmpeg: the frames,
         the texts and the groups are those that vtok names.
"""

from collections.abc import Iterator
from dataclasses import replace

from vtok.engines.mtmd.prepared import Prepared
from vtok.geometry.single import divided, times
from vtok.values import Sampling, Span, View

STAMP_TOKENS = 8
"""Of [0m5.00s]: brackets, digits, letters and a point. How many it is depends on the tokenizer."""


def in_time(
    image: Prepared, sampling: Sampling, *, rate: float, fused_frames: int, interval_ms: int
) -> tuple[tuple[View, ...], tuple[Span, ...]]:
    """The views and spans of a video: those of each group of frames, with texts of the time in between.

    `rate` are frames a second, `fused_frames` the most that the encoder fuses to one view, `interval_ms` the
    milliseconds between texts; 0 writes none.
    """
    views: list[View] = []
    spans = [Span(kind="text", count=2, text="Video:", estimated=True)]
    kinds = tuple("frame" if view.kind == "image" else view.kind for view in image.views)
    for frames, stamp in _groups(sampling.indices, rate=rate, fused_frames=fused_frames, interval_ms=interval_ms):
        spans += (_of_frames(span, len(views), frames) for span in image.spans)
        views += (view._replace(kind=kind, frames=frames) for view, kind in zip(image.views, kinds, strict=True))
        spans += stamp
    return tuple(views), tuple(spans)


def _groups(
    indices: tuple[int, ...], *, rate: float, fused_frames: int, interval_ms: int
) -> Iterator[tuple[tuple[int, ...], tuple[Span, ...]]]:
    """The frames of each view, and the text that follows it, if there is one."""
    group: tuple[int, ...] = ()
    due = 0
    for tick, index in enumerate(indices):
        group += (index,)
        elapsed = times(divided(tick, rate), 1000)
        stamp = (_stamp(divided(elapsed, 1000)),) if interval_ms and elapsed >= due else ()
        if stamp:
            due += interval_ms
        if stamp or len(group) == fused_frames:
            yield group, stamp
            group = ()
    if group:
        yield group, ()


def _of_frames(span: Span, views_before: int, frames: tuple[int, ...]) -> Span:
    views = tuple(view + views_before for view in span.views)
    raster = span.raster._replace(frames=(frames,)) if span.raster else None
    return replace(span, views=views, raster=raster)


def _stamp(seconds: float) -> Span:
    minutes = int(seconds / 60)
    text = f"[{minutes}m{seconds - minutes * 60:.2f}s]"
    return Span(kind="text", count=STAMP_TOKENS, text=text, time=seconds, estimated=True)
