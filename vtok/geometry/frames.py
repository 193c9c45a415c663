"""Rules that choose which frames of a video are taken.

Each returns a `Sampling`: the indices of the source frames, and a sentence that says why these. `total` is the number
of frames of the video, `fps` its rate. `sample_frames`, a number of frames, wins over `sample_fps`, a rate.
"""

from math import ceil, floor

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.bounds import bounded
from vtok.geometry.floats import linspace, torch_arange, torch_linspace, torch_linspace_values
from vtok.values import Sampling


def filled(indices: tuple[int, ...], multiple: int) -> tuple[int, ...]:
    """The indices, the last one repeated until their number is a multiple of `multiple`."""
    repeats = -len(indices) % multiple
    bounded(len(indices) + repeats, "frames")
    return indices + indices[-1:] * repeats


def taken(indices: tuple[int, ...], total: int, *, fps: float | None, reason: str, multiple: int = 1) -> Sampling:
    """A Sampling of these frames, the last one repeated until their number is a multiple of `multiple`.

    `num_sampled` and `sample_fps` count the frames before the repeats.
    """
    return Sampling(
        indices=filled(indices, multiple),
        num_sampled=len(indices),
        fps=fps,
        sample_fps=None if fps is None else len(indices) / total * fps,
        reason=reason,
    )


def every_frame(total: int, *, fps: float | None, multiple: int) -> Sampling:
    """All frames, the last one repeated until their number is a multiple of `multiple`."""
    return Sampling(
        indices=filled(tuple(range(bounded(total, "frames"))), multiple),
        num_sampled=total,
        fps=fps,
        sample_fps=fps,
        reason=f"all {total} frames",
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
    """Frames at equal distances from the first one on, their number a multiple of `multiple`.

    `bounds` are the least and the most frames at a rate; a number of frames is only rounded, half to even. Raises
    UnsupportedSizeError if the video has fewer frames. Upstream: transformers 5.23,
    models/qwen2_vl/video_processing_qwen2_vl.py, sample_frames.
    """
    if sample_frames is not None:
        n = round(sample_frames / multiple) * multiple
        reason = f"{n} of {total} frames at equal distances{_rounded(sample_frames, n)}"
    else:
        rate = needed_rate(sample_fps)
        least, most = bounds
        wanted = total / needed_fps(fps) * rate
        n = floor(min(max(wanted, least), floor(min(most, total) / multiple) * multiple, total) / multiple) * multiple
        reason = _by_rate(n, total, rate=rate, fps=fps, wanted=wanted, bounds=bounds)
    _check_number(n, total, multiple)
    indices = torch_arange(total, total / n)
    if indices[-1] == total:  # total / (total / n) came out a little above n
        reason += f"; upstream's float arithmetic asks for frame {total}, which does not exist: its decoder refuses"
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

    `bounds` are the least and the most frames at a rate. If `sample_frames` is above `total`, frames are repeated.
    Upstream: transformers 5.23, models/qwen3_vl/video_processing_qwen3_vl.py, sample_frames.
    """
    if sample_frames is not None:
        n = sample_frames
        reason = f"{n} of {total} frames, spread from the first to the last"
    else:
        rate = needed_rate(sample_fps)
        least, most = bounds
        wanted = int(total / fps * rate)
        n = min(max(wanted, least), most, total)
        reason = _by_rate(n, total, rate=rate, fps=fps, wanted=wanted, bounds=bounds)
    _check_some(n)
    indices = tuple(round(place) for place in linspace(0, total - 1, n))
    return taken(indices, total, fps=fps, reason=reason, multiple=multiple)


def smart_nframes(
    start: int, end: int, *, fps: float, sample_fps: float, sample_frames: int | None, bounds: tuple[int, int | None]
) -> Sampling:
    """An even number of frames spread from frame `start` to frame `end`, both included.

    These frames count as the whole video. Raises UnsupportedSizeError for fewer than 2 frames or more than there are.
    Upstream: qwen-vl-utils 0.0.14, vision_process.py, smart_nframes and _read_video_decord.
    """
    total = end - start + 1
    n, reason = even_number(total, fps=fps, sample_fps=sample_fps, sample_frames=sample_frames, bounds=bounds)
    return taken(torch_linspace(start, end, n), total, fps=fps, reason=reason)


def even_number(
    total: int, *, fps: float, sample_fps: float, sample_frames: int | None, bounds: tuple[int, int | None]
) -> tuple[int, str]:
    """An even number of frames at a rate, or near `sample_frames`, and why so many. Raises as `smart_nframes`."""
    multiple = 2
    if sample_frames is not None:
        n = round(sample_frames / multiple) * multiple
        reason = f"{n} of {total} frames, spread from the first to the last{_rounded(sample_frames, n)}"
    else:
        least = ceil(bounds[0] / multiple) * multiple
        most = floor((min(768, total) if bounds[1] is None else bounds[1]) / multiple) * multiple
        wanted = total / fps * sample_fps
        n = floor(min(max(wanted, least), most, total) / multiple) * multiple
        reason = _by_rate(n, total, rate=sample_fps, fps=fps, wanted=wanted, bounds=(least, most))
    _check_number(n, total, multiple)
    return n, reason


def frame_range(total: int, *, fps: float, start: float | None, end: float | None) -> tuple[int, int]:
    """The first and the last frame between two moments in seconds. Raises UsageError if there is none.

    Upstream: qwen-vl-utils 0.0.14, vision_process.py, calculate_video_frame_range.
    """
    length = total / fps
    first = 0 if start is None else ceil(max(0.0, min(start, length)) * fps)
    last = total - 1 if end is None else min(floor(max(0.0, min(end, length)) * fps), total - 1)
    if first >= last and (start, end) != (None, None):
        until = length if end is None else end
        raise UsageError(f"no frames lie from {start or 0:g} s to {until:g} s in a video of {length:.6g} s")
    return first, last


def fractional_frames(
    total: int,
    *,
    fps: float | None,
    sample_fps: float | None,
    sample_frames: int | None,
    bounds: tuple[int, int],
    multiple: int = 1,
) -> Sampling:
    """Frames at equal distances from the first one on. The distance is computed from an unrounded number of frames.

    Raises UnsupportedSizeError if `sample_frames` is outside `bounds` or above `total`. Upstream: transformers 5.23,
    models/ernie4_5_vl_moe/video_processing_ernie4_5_vl_moe.py, sample_frames.
    """
    least, most = bounds
    if sample_frames is None:
        rate = needed_rate(sample_fps)
        wanted = total / needed_fps(fps) * rate
        n = min(max(wanted, least), most, total)
    elif least <= sample_frames <= min(most, total):
        n = wanted = sample_frames
    else:
        raise UnsupportedSizeError(
            f"{sample_frames} of {total} frames were asked for; the model takes {least} to {most}, each of them once"
        )
    indices = torch_arange(total, total / n)
    if sample_frames is None:
        reason = _by_rate(len(indices), total, rate=needed_rate(sample_fps), fps=fps, wanted=wanted, bounds=bounds)
    else:
        reason = f"{len(indices)} of {total} frames at equal distances"
    return taken(indices, total, fps=fps, reason=reason, multiple=multiple)


def floor_frames(
    total: int, *, fps: float | None, sample_fps: float | None, sample_frames: int | None, multiple: int
) -> Sampling:
    """Frames at equal distances from the first one on, in whole numbers: i * total // n.

    Raises UnsupportedSizeError if the video has fewer frames, also if its rate is below `sample_fps`. Upstream:
    transformers 5.23, video_utils.py, default_sample_indices_fn.
    """
    if sample_frames is not None:
        n = sample_frames
        reason = f"{n} of {total} frames at equal distances"
    else:
        rate = needed_rate(sample_fps)
        n = max(1, int(total / needed_fps(fps) * rate))
        reason = f"{n} of {total} frames, sampled at {rate:g} fps from {fps:g} fps"
    _check_number(n, total)
    indices = tuple(i * total // n for i in range(n))
    return taken(indices, total, fps=fps, reason=reason, multiple=multiple)


def paired_frames(
    total: int, *, fps: float | None, sample_fps: float | None, sample_frames: int | None, multiple: int, most: int
) -> Sampling:
    """Frames spread from the first to the last, fractions dropped: a multiple of `multiple`, but never above `total`.

    `sample_frames` stands for `most`. Upstream: transformers 5.23,
    models/muse_glimmer/video_processing_muse_glimmer.py, sample_frames.
    """
    rate, held = needed_rate(sample_fps), most if sample_frames is None else sample_frames
    wanted = int(total * rate / needed_fps(fps))
    n = min(max(multiple, min(wanted, held, total) // multiple * multiple), total)
    reason = f"{n} of {total} frames, sampled at {rate:g} fps from {fps:g} fps"
    reason += f": held to the most of {held}" if wanted > held else ""
    return taken(
        tuple(map(int, torch_linspace_values(0, total - 1, n))), total, fps=fps, reason=reason, multiple=multiple
    )


def repeating_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """`n` frames at equal distances from the first one on, in whole numbers; a shorter video repeats frames.

    Upstream: AIDC-AI/Ovis 4de4946, ovis/serve/infer_basic_demo.py, run_video_example.
    """
    _check_some(n)
    indices = tuple(i * total // n for i in range(n))
    return taken(indices, total, fps=fps, reason=f"{n} of {total} frames at equal distances")


def truncated_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """`n` frames from the first to the last, both included, fractions dropped; a shorter video repeats frames.

    Upstream: LLaVA-VL/LLaVA-NeXT df17966, docs/LLaVA_OneVision_Tutorials.ipynb, load_video.
    """
    _check_some(n)
    indices = tuple(int(place) for place in linspace(0, total - 1, n))
    return taken(indices, total, fps=fps, reason=f"{n} of {total} frames, spread from the first to the last")


def middle_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """The middle frames of `n` equal parts of a video, computed in float32.

    Raises UnsupportedSizeError if the video has fewer than `n` frames. Upstream: transformers 5.23,
    models/internvl/video_processing_internvl.py, sample_frames.
    """
    if not 1 <= n <= total:
        raise UnsupportedSizeError(f"{n} frames cannot be taken from a video of {total}; the model needs 1 to {total}")
    indices = torch_arange(total, total / n, start=total / n / 2)
    return taken(indices, total, fps=fps, reason=_middles(len(indices), total, n))


def near_middle_frames(total: int, *, fps: float | None, n: int) -> Sampling:
    """About the middle frames of `n` equal parts whose starts are rounded; a shorter video repeats frames.

    Upstream: OpenGVLab/InternVL 2410d1d, README.md, get_index, which divides the index of the last frame.
    """
    _check_some(n)
    part = (total - 1) / n
    indices = tuple(int(part / 2 + round(part * i)) for i in range(n))
    return taken(indices, total, fps=fps, reason=_middles(n, total, n))


def between_middles(total: int, *, fps: float | None, n: int) -> Sampling:
    """The middles of `n` equal parts whose two ends are rounded, fractions dropped; a shorter video repeats frames.

    Upstream: NVlabs/Eagle 783f656, Eagle2_5/deployment/inference.py, get_seq_frames, which divides the index of the
    last frame.
    """
    _check_some(n)
    part = (total - 1) / n
    indices = tuple((round(part * i) + round(part * (i + 1))) // 2 for i in range(n))
    return taken(indices, total, fps=fps, reason=_middles(n, total, n))


def needed_fps(fps: float | None) -> float:
    """The video's frame rate. Raises UnsupportedSizeError if it is not known."""
    if not fps:
        raise UnsupportedSizeError("the frame rate of the video is not known; give fps, or ask for a number of frames")
    return fps


def needed_rate(sample_fps: float | None) -> float:
    """The rate to sample at. Raises UsageError if it is None or 0."""
    if not sample_fps:
        raise UsageError("the rate to sample at must be above 0; set it, or ask for a number of frames or for all")
    return sample_fps


def _check_number(n: int, total: int, least: int = 1) -> None:
    bounded(n, "frames")
    if total < least:
        frames = "1 frame" if total == 1 else f"{total} frames"
        raise UnsupportedSizeError(f"the video has {frames}; the model needs at least {least}")
    if not least <= n <= total:
        possible = str(least) if least == total else f"{least} to {total}"
        raise UnsupportedSizeError(
            f"{n} frames cannot be taken from a video of {total}; ask for {possible}, or for another rate"
        )


def _check_some(n: int) -> None:
    bounded(n, "frames")
    if n < 1:
        raise UnsupportedSizeError("no frame is taken from the video; ask for 1 or more")


def _rounded(sample_frames: int, n: int) -> str:
    return "" if n == sample_frames else f", since {sample_frames} is rounded to an even number"


def _middles(taken: int, total: int, parts: int) -> str:
    return f"{taken} of {total} frames, the middles of {parts} equal parts"


def _by_rate(n: int, total: int, *, rate: float, fps: float | None, wanted: float, bounds: tuple[int, int]) -> str:
    """The reason of `n` frames at a rate, of which the bound is a part if it decided."""
    sampled = f"{n} of {total} frames, sampled at {rate:g} fps from {fps:g} fps"
    least, most = bounds[0], min(bounds[1], total)
    if wanted < least:
        return f"{sampled}: that is {wanted:.3g} frames, raised to the least of {min(least, total)}"
    return f"{sampled}: that is {wanted:.6g} frames, held to the most of {most}" if wanted > most else sampled
