"""Frames that an engine's video loader takes before the model's own code sees them."""

from math import ceil, floor

from vtok.errors import UnsupportedSizeError
from vtok.geometry.bounds import bounded
from vtok.geometry.floats import float32, linspace
from vtok.geometry.frames import even_number, taken
from vtok.values import Sampling


def filtered_frames(total: int, *, fps: float, rate: float) -> Sampling:
    """The frames that ffmpeg's filter `fps=rate` gives: at each tick the last frame whose time rounds to it or before.

    Upstream: llama.cpp 0c1e57098, tools/mtmd/mtmd-helper.cpp, probe: the number is duration * rate, half up, in
    float32. A video of fewer frames a second has frames repeated. Raises UnsupportedSizeError where no frame is left,
    or more than a layout holds.
    """
    count = int(float32(float32(float32(total / fps) * float32(rate)) + 0.5))
    if not count:
        raise UnsupportedSizeError(
            f"{total} frames at {fps:g} fps are less than half a tick at {rate:g} fps and leave no frame; "
            "raise sample_fps"
        )
    bounded(count, "frames")
    ticks = ((n + 0.5) * fps / rate for n in range(count))
    indices = tuple(min(total - 1, int(tick) if tick % 1 else int(tick) - 1) for tick in ticks)
    return taken(
        indices, total, fps=fps, reason=f"{rate:g} frames a second, as ffmpeg's fps filter gives them, no limit"
    )


def spread_even_frames(
    total: int, *, fps: float, sample_fps: float, sample_frames: int | None, bounds: tuple[int, int]
) -> Sampling:
    """An even number of frames spread from the first to the last, both included; halves round to even.

    Raises UnsupportedSizeError for fewer than 2 frames or more than there are. Upstream: mlx-vlm 0.7.10,
    mlx_vlm/utils.py, load_video.
    """
    within = bounds[0], min(bounds[1], total)
    n, reason = even_number(total, fps=fps, sample_fps=sample_fps, sample_frames=sample_frames, bounds=within)
    return taken(tuple(round(place) for place in linspace(0, total - 1, n)), total, fps=fps, reason=reason)


def uniform_frames(total: int, *, fps: float | None, n: int, engine: str, repeats: bool = False) -> Sampling:
    """`n` frames from the first to the last at equal distances, fractions dropped; all of them where there are fewer.

    With `repeats`, a video of fewer frames has frames repeated instead. Upstream: vLLM 0.33,
    vllm/multimodal/media/video.py, and LMDeploy 0.18, lmdeploy/vl/media/video_loader.py: numpy.linspace(0, total - 1,
    n, dtype=int); with repeats SGLang 0.5.23, srt/multimodal/processors/internvl.py.
    """
    n = n if repeats else min(n, total)
    indices = tuple(int(place) for place in linspace(0, total - 1, n))
    return taken(indices, total, fps=fps, reason=f"{n} of {total} frames at equal distances: the loader of {engine}")


def paced_frames_of_duration(total: int, *, fps: float, duration: float | None, rate: float, most: int) -> Sampling:
    """One frame each 1 / rate seconds of the container's duration, rounded up; past `most` seconds, as many over all.

    Upstream: vLLM 0.33, vllm/multimodal/video.py, DynamicVideoBackend. transformers reckons the duration from the
    number of frames instead, in whole seconds and one more, which now and then is a frame more.
    """
    seconds = duration or total / fps
    if seconds <= most:
        places = [min(total - 1, ceil(i * fps / rate)) for i in range(bounded(floor(seconds * rate), "frames"))]
        reason = f"{rate:g} frames a second of {seconds:.2f} s: the loader of vLLM"
    else:
        n = int(most * rate)
        places = [min(total - 1, ceil(second * fps)) for second in linspace(0, seconds, n)]
        reason = f"{n} frames over {seconds:.2f} s, which is more than {most} s: the loader of vLLM"
        if n >= total:
            places = list(range(total))
    if not places:
        raise UnsupportedSizeError(f"{seconds:.2f} s at {rate:g} frames a second leave no frame; raise sample_fps")
    return taken(tuple(sorted(set(places))), total, fps=fps, reason=reason)
