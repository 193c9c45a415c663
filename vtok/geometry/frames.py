"""Rules that choose which frames of a clip are taken.

Each returns a `Sampling`: indices of source frames, and why these. Upstream computes most of them in torch's float32,
whose last bit decides which frame a boundary falls on; the functions that name torch reproduce its arithmetic without
it.
"""

from math import ceil, floor
from struct import Struct

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.values import Sampling

_FLOAT = Struct("f")
_TORCH_LANES = 8


def float32(value: float) -> float:
    """The nearest single-precision number."""
    (single,) = _FLOAT.unpack(_FLOAT.pack(value))
    return float(single)


def torch_arange(end: int, step: float) -> tuple[int, ...]:
    """`torch.arange(0, end, step).int()`, bit for bit: it may have one more element than end / step.

    torch 2.13, aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp: pairs of eight lanes are filled from a base rounded
    to float32 by adding multiples of the float64 step; what is left over is computed one by one.
    """
    size = ceil(end / step)
    in_lanes = size // (2 * _TORCH_LANES) * (2 * _TORCH_LANES)
    bases = [i - i % _TORCH_LANES if i < in_lanes else i for i in range(size)]
    return tuple(int(float32(float32(base * step) + (i - base) * step)) for i, base in enumerate(bases))


def torch_linspace(start: int, end: int, steps: int) -> tuple[int, ...]:
    """`torch.linspace(start, end, steps).round().long()`: float32, counted from the nearer end, halves to even.

    torch 2.13, aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp, linspace.
    """
    if steps == 1:
        return (start,)
    first, last = float32(start), float32(end)
    step = float32(float32(last - first) / (steps - 1))
    half = steps // 2
    values = (first + step * i if i < half else last - step * (steps - 1 - i) for i in range(steps))
    return tuple(round(float32(value)) for value in values)


def filled(indices: tuple[int, ...], multiple: int) -> tuple[int, ...]:
    """The indices, with the last one repeated until their number is a multiple."""
    return indices + indices[-1:] * (-len(indices) % multiple)


def every_frame(total: int, *, fps: float | None, multiple: int) -> Sampling:
    """All frames; the last one is repeated to fill a temporal patch."""
    return Sampling(
        indices=filled(tuple(range(total)), multiple),
        num_sampled=total,
        fps=fps,
        sample_fps=fps,
        reason=f"every one of {total} frames",
    )


def even_frames(
    total: int,
    *,
    fps: float | None,
    sample_fps: float | None,
    sample_frames: int | None,
    multiple: int,
    bounds: tuple[int, int],
) -> Sampling:
    """A number of frames divisible by `multiple`, at equal distances from the first one on.

    Upstream: transformers 5.23, models/qwen2_vl/video_processing_qwen2_vl.py, sample_frames. `bounds` are the least and
    the most frames that a rate may ask for; a number asked for outright is only rounded, half to even. Raises
    UnsupportedSizeError where more frames are asked for than there are.
    """
    if sample_frames is not None:
        n = round(sample_frames / multiple) * multiple
        reason = f"{n} of {total} frames at equal distances" + _asked(sample_frames, n)
    else:
        rate = needed_rate(sample_fps)
        least, most = bounds
        wanted = total / needed_fps(fps) * rate
        n = floor(min(max(wanted, least), floor(min(most, total) / multiple) * multiple, total) / multiple) * multiple
        reason = f"{n} of {total} frames: {rate:g} fps of {fps:g}{_bound(wanted, least, most, total)}"
    if not 0 < n <= total:
        raise UnsupportedSizeError(
            f"{n} frames cannot be taken from a clip of {total}; ask for 1 to {total}, or a lower rate"
        )
    indices = torch_arange(total, total / n)
    taken = None if fps is None else len(indices) / total * fps
    return Sampling(
        indices=filled(indices, multiple), num_sampled=len(indices), fps=fps, sample_fps=taken, reason=reason
    )


def smart_nframes(
    start: int, end: int, *, fps: float, sample_fps: float, sample_frames: int | None, bounds: tuple[int, int | None]
) -> Sampling:
    """An even number of frames spread from frame `start` to frame `end`, both included.

    Upstream: qwen-vl-utils 0.0.14, vision_process.py, smart_nframes and _read_video_decord. The range counts as the
    whole clip. Raises UnsupportedSizeError outside 2 to all frames.
    """
    total, multiple = end - start + 1, 2
    if sample_frames is not None:
        n = round(sample_frames / multiple) * multiple
        reason = f"{n} of {total} frames, ends included" + _asked(sample_frames, n)
    else:
        least = ceil(bounds[0] / multiple) * multiple
        most = floor((min(768, total) if bounds[1] is None else bounds[1]) / multiple) * multiple
        wanted = total / fps * sample_fps
        n = floor(min(max(wanted, least), most, total) / multiple) * multiple
        reason = (
            f"{n} of {total} frames, ends included: {sample_fps:g} fps of {fps:g}{_bound(wanted, least, most, total)}"
        )
    if not multiple <= n <= total:
        raise UnsupportedSizeError(
            f"{n} frames cannot be taken from a clip of {total}; ask for {multiple} to {total}, or another rate"
        )
    indices = torch_linspace(start, end, n)
    return Sampling(indices=indices, num_sampled=n, fps=fps, sample_fps=n / total * fps, reason=reason)


def frame_range(total: int, *, fps: float, start: float | None, end: float | None) -> tuple[int, int]:
    """First and last frame between two moments in seconds.

    Upstream: qwen-vl-utils 0.0.14, vision_process.py, calculate_video_frame_range. Raises UsageError for an empty
    range.
    """
    length = total / fps
    first = 0 if start is None else ceil(max(0.0, min(start, length)) * fps)
    last = total - 1 if end is None else min(floor(max(0.0, min(end, length)) * fps), total - 1)
    if first >= last and (start, end) != (None, None):
        until = length if end is None else end
        raise UsageError(f"no frames lie from {start or 0:g} s to {until:g} s in a clip of {length:.6g} s")
    return first, last


def needed_fps(fps: float | None) -> float:
    """The source's frame rate; UsageError where nobody said it."""
    if not fps:
        raise UsageError("the clip's own frame rate is not known; say it with fps, or ask for a number of frames")
    return fps


def needed_rate(sample_fps: float | None) -> float:
    """The rate to sample at; UsageError for none or zero."""
    if not sample_fps:
        raise UsageError("a sampling rate must be above 0; ask for a number of frames instead, or for all")
    return sample_fps


def _asked(sample_frames: int, n: int) -> str:
    return "" if n == sample_frames else f" ({sample_frames} rounded to an even number)"


def _bound(wanted: float, least: int, most: int, total: int) -> str:
    if wanted < least:
        return f", raised to the least of {min(least, total)}"
    return f", held to the most of {min(most, total)}" if wanted > min(most, total) else ""
