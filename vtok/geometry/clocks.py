"""Rules that take the frames of a video by a clock: so many a second, wherever the video ends.

`total`, `fps` and what is returned are as in `frames`; `duration` is in seconds.
"""

from collections.abc import Iterable
from math import ceil, floor

from vtok.errors import UnsupportedSizeError
from vtok.geometry.bounds import bounded
from vtok.geometry.floats import linspace, torch_arange
from vtok.geometry.frames import filled, needed_rate, taken, truncated_frames
from vtok.values import Sampling


def whole_second_frames(total: int, *, fps: float, most: int) -> Sampling:
    """A frame a second, counted in whole frames. If these are more than `most`, `truncated_frames` takes over.

    Raises UnsupportedSizeError for a rate that rounds to 0. Upstream: LLaVA-VL/LLaVA-NeXT df17966,
    playground/demo/video_demo.py, load_video.
    """
    every = round(fps)
    if every < 1:
        raise UnsupportedSizeError(f"{fps:g} fps rounds to 0, which upstream refuses; ask for a number of frames")
    indices = tuple(range(0, total, every))
    if len(indices) > most:
        return truncated_frames(total, fps=fps, n=most)
    return Sampling(
        indices=indices,
        num_sampled=len(indices),
        fps=fps,
        sample_fps=fps / every,
        reason=f"{len(indices)} of {total} frames, one in {every} for a frame a second at {fps:g} fps",
    )


def clocked_frames(
    total: int, *, fps: float, duration: float, sample_fps: float | None, max_duration: float, multiple: int
) -> Sampling:
    """The first frame at or after each tick of a clock.

    A video longer than `max_duration` has as many ticks as one of that duration, spread over all of it. No frame is
    taken twice, except that the last one is repeated to fill a temporal patch; the repeat counts as sampled. Upstream:
    transformers 5.23, models/glm4v/video_processing_glm4v.py, sample_frames.
    """
    rate = needed_rate(sample_fps)
    if duration <= max_duration:
        n = max(floor(duration * rate), 1)
        if rate > fps:  # no frame is passed over, however many ticks there are
            indices = tuple(range(min(total - 1, ceil((n - 1) * fps / rate)) + 1))
        else:
            indices = tuple(min(total - 1, ceil(i * fps / rate)) for i in range(n))
        reason = f"sampled at {rate:g} fps from {fps:g} fps"
    else:
        n = int(max_duration * rate)
        reason = f"as many as {max_duration:g} s have at {rate:g} fps, spread over {duration:g} s"
        if n >= total:
            indices = tuple(range(total))
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
    """Frames taken by a clock whose rate falls with the duration; spread evenly if the clock misses their number.

    `rates` are pairs of a duration and the temporal patches a second up to that duration. A longer video counts as the
    last duration. `multiple` frames make a temporal patch. No frame is taken twice, except that the last one is
    repeated to fill a temporal patch; the repeat counts as sampled. Upstream: transformers 5.23,
    models/glm46v/video_processing_glm46v.py, sample_frames.
    """
    counted = min(duration, rates[-1][0])
    rate = next(rate for limit, rate in rates if counted <= limit)
    n = min(int(counted * rate * multiple), max_frames)
    first, last = 0, total - 1
    indices: tuple[int, ...] = ()
    if total >= n:
        indices = _ticks(total, fps=fps, seconds=int(duration), tick=1 / (multiple * rate))
        if len(indices) < n:  # the clock stops with the last whole second, so the frames it reached are spread
            first, last = indices[0], indices[-1]
    if len(indices) != n:
        indices = tuple(floor(place) for place in linspace(first, last, n))
    reason = f"sampled at {multiple * rate:g} fps from {fps:g} fps, as the video lasts {duration:.6g} s"
    if int(counted * rate * multiple) > max_frames:
        reason += f": held to the most of {max_frames}"
    return _each_once(indices, total, fps=fps, multiple=multiple, reason=reason)


def ticked_frames(
    total: int, *, fps: float, duration: float, sample_fps: float | None, max_frames: int, multiple: int
) -> Sampling:
    """The first frame at or after each tick of a clock that stops a tick before the end of the video.

    The frames up to the last tick are spread evenly if the clock misses their number, and all frames if it has too many
    or the video has fewer. No frame is taken twice, except that the last one is repeated to fill a temporal patch; the
    repeat counts as sampled. Upstream: transformers 5.23, models/glmga/video_processing_glmga.py, sample_frames.
    """
    rate = needed_rate(sample_fps)
    wanted = int(duration * rate)
    n = min(wanted, max_frames)
    if total < n:
        indices = tuple(i * total // n for i in range(n))
    else:
        indices = _ticks(total, fps=fps, seconds=duration - 1 / rate, tick=1 / rate)
        if len(indices) != n:
            first, last = (indices[0], indices[-1]) if len(indices) < n else (0, total - 1)
            indices = tuple(floor(place) for place in linspace(first, last, n))
    reason = f"sampled at {rate:g} fps from {fps:g} fps" + (f": held to the most of {n}" if wanted > n else "")
    return _each_once(indices, total, fps=fps, multiple=multiple, reason=reason)


def _ticks(total: int, *, fps: float, seconds: float, tick: float) -> tuple[int, ...]:
    """The first frame at or after each tick, up to so many seconds. Ticks are added up, to round as upstream."""
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
    return taken(once, total, fps=fps, reason=f"{len(once)} of {total} frames, {reason}")


def second_frames(total: int, *, fps: float, duration: float, most: int) -> Sampling:
    """A frame a second; of a video of more than `most` seconds, `most` frames spread over the tenths of its seconds.

    A video of less than a frame a second repeats frames. Upstream: transformers 5.23,
    models/minicpmv4_6/video_processing_minicpmv4_6.py, sample_frames without stacked frames.
    """
    if duration <= most:
        seconds: tuple[float, ...] = tuple(range(ceil(duration)))
        reason = f"a frame a second at {fps:g} fps"
    else:
        ticks = int(duration / 0.1)
        tenths = (floor(place) for place in linspace(0, ticks - 1, most)) if ticks > most else range(ticks)
        seconds = tuple(round(tenth * 0.1, 1) for tenth in tenths)
        reason = f"spread over {duration:.6g} s, since a frame a second would be more than {most}"
    indices = tuple(min(int(second * fps), total - 1) for second in seconds)
    return taken(indices, total, fps=fps, reason=f"{len(indices)} of {total} frames, {reason}")


def second_middles(total: int, *, fps: float, duration: float, most: int) -> Sampling:  # noqa: ARG001
    """A frame a second, counted in whole frames; if these are more than `most`, the middles of that many parts of them.

    Raises UnsupportedSizeError for a rate that rounds to 0. Upstream: OpenBMB/MiniCPM-V 0dbb566,
    docs/minicpm_v2dot6_en.md, encode_video.
    """
    every = round(fps)
    if every < 1:
        raise UnsupportedSizeError(f"{fps:g} fps rounds to 0, which upstream refuses; take every frame")
    indices, reason = range(0, total, every), f"one in {every} for a frame a second at {fps:g} fps"
    if len(indices) > most:
        reason += f": that is {len(indices)} frames, thinned to the most of {most}"
        return _middles(indices, most, total, fps=fps, reason=reason)
    return taken(tuple(indices), total, fps=fps, reason=f"{len(indices)} of {total} frames, {reason}")


def packing_of(duration: float, *, sample_fps: float, most: int, packing: int) -> int:
    """How many frames share the tokens of one, so that a video makes at most `most` times these; at most `packing`.

    Upstream: as `packed_frames`.
    """
    return 1 if sample_fps * int(duration) <= most else min(ceil(duration * sample_fps / most), packing)


def packed_frames(total: int, *, fps: float, duration: float, most: int, sample_fps: float, packing: int) -> Sampling:
    """Frames at a rate, at most `most` x `packing`: the middles of so many parts; a short video repeats frames.

    The whole seconds decide whether frames are packed. If they are not, the rate is at most the video's own, rounded.
    Raises UnsupportedSizeError for a video of which no frame is taken. Upstream: the model card of MiniCPM-V 4.5,
    encode_video, as copied in PcOffeeP/FineTune_MLLM 67778f2, Model/MiniCPM-VL-4.5/README.md.
    """
    wanted, held = duration * sample_fps, ""
    if sample_fps * int(duration) <= most:
        n = round(min(sample_fps, round(fps)) * min(most, duration))
    elif ceil(wanted / most) <= packing:
        n = round(wanted)
    else:
        n, held = round(most * packing), f": that is {wanted:.6g} frames, held to the most of {most} x {packing}"
    return _middles(range(total), n, total, fps=fps, reason=f"sampled at {sample_fps:g} fps from {fps:g} fps{held}")


def _middles(indices: range, n: int, total: int, *, fps: float, reason: str) -> Sampling:
    """The middles of `n` equal parts of these frames, fractions dropped; fewer frames are repeated."""
    if n < 1:
        raise UnsupportedSizeError("no frame is taken from the video; give a longer one, or take every frame")
    gap = len(indices) / bounded(n, "frames")
    places = tuple(indices[int(i * gap + gap / 2)] for i in range(n))
    return taken(places, total, fps=fps, reason=f"{n} of {total} frames, {reason}")


def trimmed_frames(total: int, *, fps: float, duration: float, sample_fps: float, most: int, skip: int) -> Sampling:
    """Frames at a rate, at most `most`, spread from the first to the last; fractions are dropped.

    Of a video that is longer than `most` x `sample_fps` + 2 x `skip` seconds, the first and the last `skip` seconds are
    left out. No frame is taken twice. Upstream: transformers 5.23, models/smolvlm/video_processing_smolvlm.py,
    sample_frames.
    """
    wanted = round(sample_fps * duration)
    first, last, trimmed = 0, total - 1, ""
    if duration - 2 * skip > most * sample_fps:
        first, last = int(skip * fps), min(int(total - skip * fps), total - 1)
        trimmed = f", {skip} s at either end left out"
        if first >= last:
            first, last, trimmed = 0, total - 1, ""
    spread = linspace(first, last, max(1, min(wanted, most)))
    held = f": that is {wanted} frames, held to the most of {most}" if wanted > most else ""
    reason = f"sampled at {sample_fps:g} fps from {fps:g} fps{held}{trimmed}"
    return _each_once(tuple(floor(place) for place in spread), total, fps=fps, multiple=1, reason=reason)


def capped_frames(
    total: int, *, fps: float, duration: float, sample_fps: float | None, most: int, max_fps: float
) -> Sampling:
    """Frames at equal distances from the first one on: at a rate, or `most` of them, but no more than `max_fps` gives.

    Upstream: transformers 5.23, models/molmo2/video_processing_molmo2.py, sample_frames.
    """
    if sample_fps is not None:
        n, reason = int(duration * needed_rate(sample_fps)), f"sampled at {sample_fps:g} fps from {fps:g} fps"
    else:
        dense = fps > max_fps and int(duration * max_fps) < most
        n = int(duration * max_fps) if dense else most
        reason = f"sampled at {max_fps:g} fps from {fps:g} fps" if dense else f"at most {most:,}, at equal distances"
    n = max(min(n, total), 1)
    indices = torch_arange(total, total / n)
    return taken(indices, total, fps=fps, reason=f"{n} of {total} frames, {reason}")


def thinned_frames(
    total: int, *, fps: float | None, duration: float | None, sample_fps: float | None, most: int
) -> Sampling:
    """Frames at a rate from the first one on; of more than `most`, that many spread from the first to the last of them.

    Fractions are dropped. Without a rate every frame is taken before they are thinned. Upstream: transformers 5.23,
    models/embedding_gemma2/video_processing_embedding_gemma2.py, sample_frames.
    """
    if fps is None or sample_fps is None:
        wanted, step, reason = total, 1.0, "every one"
    else:
        wanted, step = max(1, int((duration or total / fps) * sample_fps)), fps / sample_fps
        reason = f"sampled at {sample_fps:g} fps from {fps:g} fps"
    if wanted > most:
        reason += f": that is {wanted} frames, thinned to the most of {most}"
        places: Iterable[float] = linspace(0, wanted - 1, most)
    else:
        places = range(bounded(wanted, "frames"))
    indices = tuple(min(total - 1, int(floor(place) * step)) for place in places)
    return taken(indices, total, fps=fps, reason=f"{len(indices)} of {total} frames, {reason}")
