"""Videos in llama.cpp: frames at a fixed rate, each an image, with texts of the time between them.

Rule     ffmpeg takes --video-fps frames a second, without a limit; each frame is an image under the limits for
         images. Qwen's encoders fuse two neighbours. A text such as [0m5.00s] stands between frames every
         --video-timestamp-interval milliseconds.
Code     llama.cpp 0c1e57098, tools/mtmd/mtmd-helper.cpp.

A timestamp follows the frame that it belongs to. Text between two frames keeps Qwen's encoder from fusing them, so
that the server may encode one frame more alone for each timestamp; vtok counts pairs throughout, as recorded.
"""

from dataclasses import replace

from vtok.engines.mtmd.prepared import Prepared
from vtok.geometry.floats import float32
from vtok.values import Sampling, Span, View

STAMP_TOKENS = 8
"""Of [0m5.00s]: brackets, digits, letters and a point. How many it is depends on the tokenizer."""


def in_time(
    image: Prepared, sampling: Sampling, *, rate: float, fused_frames: int, interval_ms: int
) -> tuple[tuple[View, ...], tuple[Span, ...]]:
    """The views and spans of a video: those of each group of frames, with texts of the time in between.

    `rate` are frames a second. Each `fused_frames` neighbours are one view.
    """
    views: list[View] = []
    spans = [Span(kind="text", count=2, text="Video:", estimated=True)]
    due = 0.0
    for first in range(0, len(sampling.indices), fused_frames):
        frames = sampling.indices[first : first + fused_frames]
        spans += (_of_frames(span, len(views), frames) for span in image.spans)
        kinds = ("frame" if view.kind == "image" else view.kind for view in image.views)
        views += (view._replace(kind=kind, frames=frames) for view, kind in zip(image.views, kinds, strict=True))
        for tick in range(first, first + len(frames)):
            elapsed = float32(tick / rate * 1000)
            if elapsed >= due:
                due += interval_ms
                spans.append(_stamp(elapsed / 1000))
    return tuple(views), tuple(spans)


def _of_frames(span: Span, views_before: int, frames: tuple[int, ...]) -> Span:
    views = tuple(view + views_before for view in span.views)
    raster = span.raster._replace(frames=(frames,)) if span.raster else None
    return replace(span, views=views, raster=raster)


def _stamp(seconds: float) -> Span:
    minutes = int(seconds / 60)
    text = f"[{minutes}m{seconds - minutes * 60:.2f}s]"
    return Span(kind="text", count=STAMP_TOKENS, text=text, time=seconds, estimated=True)
