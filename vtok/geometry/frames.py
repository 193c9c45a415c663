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


def torch_arange(end: int, step: float, *, start: float = 0) -> tuple[int, ...]:
    """`torch.arange(start, end, step).int()`, bit for bit: from 0, it may have one more element than end / step.

    torch 2.13, aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp: pairs of eight lanes are filled from a base rounded
    to float32 by adding multiples of the float64 step; what is left over is computed one by one. Bases are fused
    multiply-adds, rounded once.
    """
    size = ceil((end - start) / step)
    in_lanes = size // (2 * _TORCH_LANES) * (2 * _TORCH_LANES)
    bases = [i - i % _TORCH_LANES if i < in_lanes else i for i in range(size)]
    return tuple(int(float32(float32(_fused(step, base, start)) + (i - base) * step)) for i, base in enumerate(bases))


def _fused(factor: float, times: int, start: float) -> float:
    """`factor * times + start`, rounded once."""
    (a, b), (c, d) = factor.as_integer_ratio(), start.as_integer_ratio()
    return (a * times * d + c * b) / (b * d)  # one division of whole numbers rounds correctly


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


def linspace(start: float, stop: float, steps: int) -> tuple[float, ...]:
    """`numpy.linspace(start, stop, steps)`, bit for bit: the last number is `stop` itself."""
    if steps < 2:
        return (float(start),) * steps
    step = (stop - start) / (steps - 1)
    return (*(i * step + start for i in range(steps - 1)), float(stop))


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
    if indices[-1] == total:  # total / (total / n) came out a little above n
        reason += f"; upstream's float arithmetic asks for a frame {total} that is not there, and its decoder refuses"
    taken = None if fps is None else len(indices) / total * fps
    return Sampling(
        indices=filled(indices, multiple), num_sampled=len(indices), fps=fps, sample_fps=taken, reason=reason
    )


def spread_frames(
    total: int,
    *,
    fps: float,
    sample_fps: float | None,
    sample_frames: int | None,
    multiple: int,
    bounds: tuple[int, int],
) -> Sampling:
    """Any number of frames spread from the first to the last, both included; halves round to even.

    Upstream: transformers 5.23, models/qwen3_vl/video_processing_qwen3_vl.py, sample_frames. `bounds` are the least and
    the most frames that a rate may ask for; more frames than there are, asked for outright, are repeats.
    """
    if sample_frames is not None:
        n = sample_frames
        reason = f"{n} of {total} frames, ends included"
    else:
        rate = needed_rate(sample_fps)
        least, most = bounds
        wanted = int(total / fps * rate)
        n = min(max(wanted, least), most, total)
        reason = f"{n} of {total} frames, ends included: {rate:g} fps of {fps:g}{_bound(wanted, least, most, total)}"
    if n < 1:
        raise UnsupportedSizeError("no frame is taken from the clip; ask for 1 or more")
    indices = tuple(round(place) for place in linspace(0, total - 1, n))
    return Sampling(
        indices=filled(indices, multiple), num_sampled=n, fps=fps, sample_fps=n / total * fps, reason=reason
    )


def fractional_frames(
    total: int, *, fps: float | None, sample_fps: float | None, sample_frames: int | None, bounds: tuple[int, int]
) -> Sampling:
    """Frames at equal distances from the first one on, their number not rounded before the distance is computed.

    Upstream: transformers 5.23, models/ernie4_5_vl_moe/video_processing_ernie4_5_vl_moe.py, sample_frames. Raises
    UnsupportedSizeError where a number outside `bounds`, or of more frames than there are, is asked for.
    """
    least, most = bounds
    if sample_frames is None:
        rate = needed_rate(sample_fps)
        wanted = total / needed_fps(fps) * rate
        n = min(max(wanted, least), most, total)
        note = f": {rate:g} fps of {fps:g}{_bound(wanted, least, most, total)}"
    elif least <= sample_frames <= min(most, total):
        n, note = sample_frames, ""
    else:
        raise UnsupportedSizeError(
            f"{sample_frames} frames of {total} were asked for; the model takes {least} to {most}, each of them once"
        )
    indices = torch_arange(total, total / n)
    return Sampling(
        indices=indices,
        num_sampled=len(indices),
        fps=fps,
        sample_fps=None if fps is None else len(indices) / total * fps,
        reason=f"{len(indices)} of {total} frames at equal distances{note}",
    )


def floor_frames(
    total: int, *, fps: float | None, sample_fps: float | None, sample_frames: int | None, multiple: int
) -> Sampling:
    """Frames at equal distances from the first one on, in whole numbers: i * total // n.

    Upstream: transformers 5.23, video_utils.py, default_sample_indices_fn. Raises UnsupportedSizeError where more
    frames are asked for than there are, be it by a rate above the clip's own.
    """
    if sample_frames is not None:
        n, note = sample_frames, ""
    else:
        rate = needed_rate(sample_fps)
        n = max(1, int(total / needed_fps(fps) * rate))
        note = f": {rate:g} fps of {fps:g}"
    if not 0 < n <= total:
        raise UnsupportedSizeError(
            f"{n} frames cannot be taken from a clip of {total}; ask for 1 to {total}, or a lower rate"
        )
    return Sampling(
        indices=filled(tuple(i * total // n for i in range(n)), multiple),
        num_sampled=n,
        fps=fps,
        sample_fps=None if fps is None else n / total * fps,
        reason=f"{n} of {total} frames at equal distances{note}",
    )


def truncated_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """A number of frames from the first to the last, both included, fractions dropped; repeats where there are fewer.

    Upstream: LLaVA-VL/LLaVA-NeXT df17966, docs/LLaVA_OneVision_Tutorials.ipynb, load_video.
    """
    if n < 1:
        raise UnsupportedSizeError("no frame is taken from the clip; ask for 1 or more")
    return Sampling(
        indices=tuple(int(place) for place in linspace(0, total - 1, n)),
        num_sampled=n,
        fps=fps,
        sample_fps=None if fps is None else n / total * fps,
        reason=f"{n} of {total} frames, ends included",
    )


def whole_second_frames(total: int, *, fps: float, most: int) -> Sampling:
    """A frame a second, seconds counted in whole frames; where these are more than `most`, as `truncated_frames`.

    Upstream: LLaVA-VL/LLaVA-NeXT df17966, playground/demo/video_demo.py, load_video. Raises UnsupportedSizeError for a
    rate that rounds to 0.
    """
    every = round(fps)
    if every < 1:
        raise UnsupportedSizeError(f"a rate of {fps:g} fps rounds to 0, which upstream refuses; say how many frames")
    indices = tuple(range(0, total, every))
    if len(indices) > most:
        return truncated_frames(total, fps=fps, n=most)
    return Sampling(
        indices=indices,
        num_sampled=len(indices),
        fps=fps,
        sample_fps=fps / every,
        reason=f"{len(indices)} of {total} frames, one every {every}",
    )


def middle_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """The middle frames of `n` equal parts of a clip.

    Upstream: transformers 5.23, models/internvl/video_processing_internvl.py, sample_frames, which counts in float32
    and refuses more frames than the clip has, as this does.
    """
    if not 1 <= n <= total:
        raise UnsupportedSizeError(f"frames asked of a clip of {total}: {n}; the model needs 1 to {total}")
    return _parts(torch_arange(total, total / n, start=total / n / 2), total, fps=fps)


def near_middle_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """About the middle frames of `n` equal parts, of which the starts are rounded; repeats where the clip has fewer.

    Upstream: OpenGVLab/InternVL 2410d1d, README.md, get_index, which divides the number of the last frame.
    """
    if n < 1:
        raise UnsupportedSizeError("no frame is taken from the clip; ask for 1 or more")
    part = (total - 1) / n
    return _parts(tuple(int(part / 2 + round(part * i)) for i in range(n)), total, fps=fps)


def _parts(indices: tuple[int, ...], total: int, *, fps: float | None) -> Sampling:
    n = len(indices)
    return Sampling(
        indices=indices,
        num_sampled=n,
        fps=fps,
        sample_fps=None if fps is None else n / total * fps,
        reason=f"{n} of {total} frames, from the middles of equal parts",
    )


def clocked_frames(
    total: int, *, fps: float, duration: float, sample_fps: float | None, max_duration: float, multiple: int
) -> Sampling:
    """The first frame at or after each tick of a clock; a longer clip has the ticks of `max_duration` spread over it.

    Upstream: transformers 5.23, models/glm4v/video_processing_glm4v.py, sample_frames. No frame is taken twice, but
    the last one to fill a temporal patch, and that repeat counts as sampled.
    """
    rate = needed_rate(sample_fps)
    if duration <= max_duration:
        n = max(floor(duration * rate), 1)
        if rate > fps:  # no frame is passed over, however many ticks there are
            indices = tuple(range(min(total - 1, ceil((n - 1) * fps / rate)) + 1))
        else:
            indices = tuple(min(total - 1, ceil(i * fps / rate)) for i in range(n))
        reason = f"{rate:g} fps of {fps:g}"
    else:
        n = int(max_duration * rate)
        reason = f"{n} spread over {duration:g} s, above {max_duration:g} s"
        if n >= total:
            indices, reason = tuple(range(total)), f"all, no more than {reason}"
        else:
            indices = tuple(min(total - 1, ceil(t * fps)) for t in linspace(0, duration, n))
    return _each_once(indices, total, fps=fps, multiple=multiple, reason=reason)


def paced_frames(
    total: int,
    *,
    fps: float,
    duration: float,
    rates: tuple[tuple[float, float], ...],
    max_frames: int,
    multiple: int,
) -> Sampling:
    """`multiple` frames at a rate that falls with the duration, picked by a clock; spread evenly if that misses it.

    Upstream: transformers 5.23, models/glm46v/video_processing_glm46v.py, sample_frames. `rates` are (up to so many
    seconds, temporal patches a second); the last one holds for all that is longer, counted as no longer than that. No
    frame is taken twice, but the last one to fill a temporal patch, and that repeat counts as sampled.
    """
    counted = min(duration, rates[-1][0])
    rate = next(rate for limit, rate in rates if counted <= limit)
    n = min(int(counted * rate * multiple), max_frames)
    first, last = 0, total - 1
    indices: tuple[int, ...] = ()
    if total >= n:
        indices = _ticks(total, fps=fps, seconds=int(duration), tick=1 / (multiple * rate))
        if len(indices) < n:  # the clock stops with the last whole second: spread over what it reached
            first, last = indices[0], indices[-1]
    if len(indices) != n:
        indices = tuple(floor(place) for place in linspace(first, last, n))
    reason = f"{multiple * rate:g} fps of {fps:g} for a clip of {duration:.6g} s, {max_frames} at most"
    return _each_once(indices, total, fps=fps, multiple=multiple, reason=reason)


def _ticks(total: int, *, fps: float, seconds: int, tick: float) -> tuple[int, ...]:
    """The first frame at or after each tick, to the last whole second; ticks are sums, which round as upstream's."""
    spacing, due = 1 / fps, 0.0
    indices = []
    for index in range(total):
        if index * spacing >= due:
            due += tick
            indices.append(index)
            if due >= seconds:
                break
    return tuple(indices)


def _each_once(indices: tuple[int, ...], total: int, *, fps: float, multiple: int, reason: str) -> Sampling:
    taken = filled(tuple(dict.fromkeys(indices)), multiple)
    return Sampling(
        indices=taken,
        num_sampled=len(taken),
        fps=fps,
        sample_fps=len(taken) / total * fps,
        reason=f"{len(taken)} of {total} frames: {reason}",
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
