"""Rules that choose which frames of a video are taken.

Each returns a `Sampling`: indices of source frames, and why these.
"""

from math import ceil, floor

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.floats import linspace, torch_arange, torch_linspace
from vtok.values import Sampling


def filled(indices: tuple[int, ...], multiple: int) -> tuple[int, ...]:
    """The indices, with the last one repeated until their number is a multiple."""
    return indices + indices[-1:] * (-len(indices) % multiple)


def taken(indices: tuple[int, ...], total: int, *, fps: float | None, reason: str, multiple: int = 1) -> Sampling:
    """These frames of a video, the last one repeated to fill a temporal patch; the rate is that before the repeats."""
    return Sampling(
        indices=filled(indices, multiple),
        num_sampled=len(indices),
        fps=fps,
        sample_fps=None if fps is None else len(indices) / total * fps,
        reason=reason,
    )


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
    _check_number(n, total, multiple)
    indices = torch_arange(total, total / n)
    if indices[-1] == total:  # total / (total / n) came out a little above n
        reason += f"; upstream's float arithmetic asks for a frame {total} that is not there, and its decoder refuses"
    return taken(indices, total, fps=fps, reason=reason, multiple=multiple)


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
    _check_some(n)
    indices = tuple(round(place) for place in linspace(0, total - 1, n))
    return taken(indices, total, fps=fps, reason=reason, multiple=multiple)


def smart_nframes(
    start: int, end: int, *, fps: float, sample_fps: float, sample_frames: int | None, bounds: tuple[int, int | None]
) -> Sampling:
    """An even number of frames spread from frame `start` to frame `end`, both included.

    Upstream: qwen-vl-utils 0.0.14, vision_process.py, smart_nframes and _read_video_decord. The range counts as the
    whole video. Raises UnsupportedSizeError outside 2 to all frames.
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
    _check_number(n, total, multiple)
    return taken(torch_linspace(start, end, n), total, fps=fps, reason=reason)


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
        raise UsageError(f"no frames lie from {start or 0:g} s to {until:g} s in a video of {length:.6g} s")
    return first, last


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
    return taken(indices, total, fps=fps, reason=f"{len(indices)} of {total} frames at equal distances{note}")


def floor_frames(
    total: int, *, fps: float | None, sample_fps: float | None, sample_frames: int | None, multiple: int
) -> Sampling:
    """Frames at equal distances from the first one on, in whole numbers: i * total // n.

    Upstream: transformers 5.23, video_utils.py, default_sample_indices_fn. Raises UnsupportedSizeError where more
    frames are asked for than there are, be it by a rate above the video's own.
    """
    if sample_frames is not None:
        n, note = sample_frames, ""
    else:
        rate = needed_rate(sample_fps)
        n = max(1, int(total / needed_fps(fps) * rate))
        note = f": {rate:g} fps of {fps:g}"
    _check_number(n, total)
    indices = tuple(i * total // n for i in range(n))
    reason = f"{n} of {total} frames at equal distances{note}"
    return taken(indices, total, fps=fps, reason=reason, multiple=multiple)


def truncated_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """A number of frames from the first to the last, both included, fractions dropped; repeats where there are fewer.

    Upstream: LLaVA-VL/LLaVA-NeXT df17966, docs/LLaVA_OneVision_Tutorials.ipynb, load_video.
    """
    _check_some(n)
    indices = tuple(int(place) for place in linspace(0, total - 1, n))
    return taken(indices, total, fps=fps, reason=f"{n} of {total} frames, ends included")


MIDDLES = "from the middles of equal parts"


def middle_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """The middle frames of `n` equal parts of a video.

    Upstream: transformers 5.23, models/internvl/video_processing_internvl.py, sample_frames, which counts in float32
    and refuses more frames than the video has, as this does.
    """
    if not 1 <= n <= total:
        raise UnsupportedSizeError(f"frames asked of a video of {total}: {n}; the model needs 1 to {total}")
    indices = torch_arange(total, total / n, start=total / n / 2)
    return taken(indices, total, fps=fps, reason=f"{len(indices)} of {total} frames, {MIDDLES}")


def near_middle_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """About the middle frames of `n` equal parts, of which the starts are rounded; repeats where the video has fewer.

    Upstream: OpenGVLab/InternVL 2410d1d, README.md, get_index, which divides the number of the last frame.
    """
    _check_some(n)
    part = (total - 1) / n
    indices = tuple(int(part / 2 + round(part * i)) for i in range(n))
    return taken(indices, total, fps=fps, reason=f"{n} of {total} frames, {MIDDLES}")


def needed_fps(fps: float | None) -> float:
    """The source's frame rate; UsageError where nobody said it."""
    if not fps:
        raise UsageError("the video's own frame rate is not known; say it with fps, or ask for a number of frames")
    return fps


def needed_rate(sample_fps: float | None) -> float:
    """The rate to sample at; UsageError for none or zero."""
    if not sample_fps:
        raise UsageError("a sampling rate must be above 0; ask for a number of frames instead, or for all")
    return sample_fps


def _check_number(n: int, total: int, least: int = 1) -> None:
    if not least <= n <= total:
        raise UnsupportedSizeError(
            f"{n} frames cannot be taken from a video of {total}; ask for {least} to {total}, or another rate"
        )


def _check_some(n: int) -> None:
    if n < 1:
        raise UnsupportedSizeError("no frame is taken from the video; ask for 1 or more")


def _asked(sample_frames: int, n: int) -> str:
    return "" if n == sample_frames else f" ({sample_frames} rounded to an even number)"


def _bound(wanted: float, least: int, most: int, total: int) -> str:
    if wanted < least:
        return f", raised to the least of {min(least, total)}"
    return f", held to the most of {min(most, total)}" if wanted > min(most, total) else ""
