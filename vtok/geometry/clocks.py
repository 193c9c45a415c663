"""Rules that take the frames of a video by a clock: so many a second, not so many of all."""

from math import ceil, floor

from vtok.errors import UnsupportedSizeError
from vtok.geometry.floats import linspace
from vtok.geometry.frames import filled, needed_rate, taken, truncated_frames
from vtok.values import Sampling


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


def clocked_frames(
    total: int, *, fps: float, duration: float, sample_fps: float | None, max_duration: float, multiple: int
) -> Sampling:
    """The first frame at or after each tick of a clock; a longer video has the ticks of `max_duration` spread over it.

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
    reason = f"{multiple * rate:g} fps of {fps:g} for a video of {duration:.6g} s, {max_frames} at most"
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
    once = filled(tuple(dict.fromkeys(indices)), multiple)
    return taken(once, total, fps=fps, reason=f"{len(once)} of {total} frames: {reason}")
