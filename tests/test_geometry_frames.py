"""Which frames are taken: values from torch and by hand, and what holds for all videos."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.floats import torch_arange, torch_linspace
from vtok.geometry.frames import (
    even_frames,
    every_frame,
    filled,
    frame_range,
    middle_frames,
    near_middle_frames,
    smart_nframes,
)


@pytest.mark.parametrize(
    ("end", "n", "index", "value"),
    [
        # torch 2.13: torch.arange(0, 71934, 71934 / 691).int()[306] and [612], where float64 would give one less
        (71934, 691, 306, 31855),
        (71934, 691, 612, 63710),
        # torch.arange(0, 70795, 70795 / 628).int()[602], where float64 would give one more
        (70795, 628, 602, 67863),
        (64892, 491, 313, 41367),
    ],
)
def test_arange_rounds_as_torch_does(end: int, n: int, index: int, value: int) -> None:
    assert torch_arange(end, end / n)[index] == value


def test_linspace_rounds_halves_to_even_from_both_ends() -> None:
    # 0, 2.5, 5, 7.5, 10
    assert torch_linspace(0, 10, 5) == (0, 2, 5, 8, 10)
    assert torch_linspace(7, 7, 1) == (7,)


@given(st.integers(2, 5000), st.integers(1, 768))
def test_even_frames_are_even_and_in_order(total: int, wanted: int) -> None:
    try:
        sampling = even_frames(total, fps=30.0, sample_fps=None, sample_frames=wanted, multiple=2, bounds=(4, 768))
    except UnsupportedSizeError:
        assert not 0 < round(wanted / 2) * 2 <= total
        return
    indices = sampling.indices
    assert len(indices) % 2 == 0
    assert list(indices) == sorted(indices)
    assert indices[0] == 0
    assert indices[-1] < total or "decoder refuses" in sampling.reason


def test_a_frame_past_the_end_is_upstreams_and_is_said() -> None:
    # torch.arange(0, 217, 217 / 54) has 55 elements, the last of them 217: 217 / (217 / 54) is just above 54 in floats
    sampling = even_frames(217, fps=None, sample_fps=None, sample_frames=54, multiple=2, bounds=(4, 768))
    assert sampling.num_sampled == 55
    assert sampling.indices[-1] == 217
    assert "decoder refuses" in sampling.reason


@given(st.integers(2, 5000), st.floats(1, 120), st.floats(0.1, 30))
def test_smart_nframes_reaches_from_end_to_end(total: int, fps: float, rate: float) -> None:
    sampling = smart_nframes(0, total - 1, fps=fps, sample_fps=rate, sample_frames=None, bounds=(4, None))
    assert sampling.indices[0] == 0
    assert sampling.indices[-1] == total - 1
    assert len(sampling.indices) % 2 == 0


@pytest.mark.parametrize(("asked", "taken"), [(7, 8), (9, 8), (5, 4), (6, 6), (3, 4)])
def test_a_number_of_frames_is_rounded_half_to_even(asked: int, taken: int) -> None:
    # 7 / 2 = 3.5 -> 4 pairs; 9 / 2 = 4.5 -> 4 pairs; 5 / 2 = 2.5 -> 2 pairs
    sampling = even_frames(100, fps=None, sample_fps=None, sample_frames=asked, multiple=2, bounds=(4, 768))
    assert len(sampling.indices) == taken


def test_a_rate_by_hand() -> None:
    # 300 frames at 30 fps are 10 s: at 2 fps 20 frames, every 15th
    sampling = even_frames(300, fps=30.0, sample_fps=2.0, sample_frames=None, multiple=2, bounds=(4, 768))
    assert sampling.indices == tuple(range(0, 300, 15))
    assert sampling.sample_fps == 2.0


def test_the_last_frame_fills_a_pair() -> None:
    assert filled((0, 1, 2), 2) == (0, 1, 2, 2)
    assert filled((0, 1), 2) == (0, 1)
    assert every_frame(3, fps=1.0, multiple=2).indices == (0, 1, 2, 2)


def test_a_range_of_seconds_by_hand() -> None:
    # from ceil(1.0 * 30) = 30 to floor(3.5 * 30) = 105; past the end: the last frame
    assert frame_range(200, fps=30.0, start=1.0, end=3.5) == (30, 105)
    assert frame_range(200, fps=30.0, start=None, end=99.0) == (0, 199)
    assert frame_range(200, fps=30.0, start=None, end=None) == (0, 199)


@pytest.mark.parametrize(("start", "end"), [(3.0, 2.0), (99.0, None), (1.0, 1.0)])
def test_an_empty_range_is_refused(start: float, end: float | None) -> None:
    with pytest.raises(UsageError, match="no frames"):
        frame_range(200, fps=30.0, start=start, end=end)


@pytest.mark.parametrize(
    ("fps", "rate", "error"),
    [(None, 2.0, UnsupportedSizeError), (30.0, 0.0, UsageError), (30.0, None, UsageError)],
)
def test_a_rate_needs_both_rates(fps: float | None, rate: float | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        even_frames(100, fps=fps, sample_fps=rate, sample_frames=None, multiple=2, bounds=(4, 768))


@pytest.mark.parametrize(
    ("total", "n", "index", "value"),
    [
        # torch 2.13: torch.arange(272545 / 384, 272545, 272545 / 192).int()[141], whose base is a fused multiply-add
        (272545, 192, 141, 200860),
        (229071, 576, 377, 150129),
        (287889, 576, 451, 225662),
    ],
)
def test_middle_frames_round_as_torch_does(total: int, n: int, index: int, value: int) -> None:
    assert middle_frames(total, fps=None, n=n).indices[index] == value


def test_middles_of_parts_by_either_rule() -> None:
    # transformers, InternVLVideoProcessor.sample_frames; the model card's get_index
    assert middle_frames(16, fps=None, n=8).indices == (1, 3, 5, 7, 9, 11, 13, 15)
    assert near_middle_frames(16, fps=None, n=8).indices == (0, 2, 4, 6, 8, 9, 11, 13)
    assert near_middle_frames(2, fps=None, n=8).indices == (0, 0, 0, 0, 0, 1, 1, 1)
    with pytest.raises(UnsupportedSizeError, match="1 to 2"):
        middle_frames(2, fps=None, n=8)
    with pytest.raises(UnsupportedSizeError, match="no frame"):
        near_middle_frames(2, fps=None, n=0)


@given(st.integers(1, 5000), st.integers(1, 300))
def test_middle_frames_are_in_order_and_of_the_video(total: int, wanted: int) -> None:
    n = min(wanted, total)
    for rule in (middle_frames, near_middle_frames):
        indices = rule(total, fps=30.0, n=n).indices
        assert len(indices) == n
        assert list(indices) == sorted(indices)
        assert indices[0] >= 0
        assert indices[-1] < total
