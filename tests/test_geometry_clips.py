"""Rules whose limits hold for all frames of a video, and those that pick frames by a clock: values from upstream."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.clocks import clocked_frames, paced_frames
from vtok.geometry.floats import linspace
from vtok.geometry.frames import floor_frames, fractional_frames, spread_frames
from vtok.geometry.places import Patches, merged_raster, raster_steps, whole_view
from vtok.geometry.snapping import aligned_within_tokens, lift_short_side, smart_resize, smart_resize_video
from vtok.values import Sampling, Size

RATES = ((30, 3), (300, 1), (2400, 0.5))
totals = st.integers(1, 20_000)
rates = st.sampled_from([1.0, 2.0, 23.976, 24.0, 25.0, 30000 / 1001, 30.0, 59.94, 60.0])


@pytest.mark.parametrize(
    ("frames", "size", "of_28", "of_32"),
    [
        # transformers 5.23: glm4v smart_resize with 12,544 to 9,633,792, qwen3_vl's with 4,096 to 25,165,824
        (2, Size(1, 1), Size(84, 84), Size(64, 64)),
        (2, Size(31, 900), Size(28, 896), Size(32, 928)),
        (5, Size(720, 1280), Size(728, 1288), Size(704, 1280)),
        (768, Size(720, 1280), Size(84, 140), Size(128, 224)),
        (2, Size(20, 3000), Size(28, 4200), Size(32, 4800)),
        (20, Size(1080, 1920), Size(504, 924), Size(832, 1472)),
    ],
)
def test_limits_hold_for_all_frames_together(frames: int, size: Size, of_28: Size, of_32: Size) -> None:
    video = {"num_frames": frames, "temporal_factor": 2}
    assert smart_resize_video(size, **video, factor=28, min_pixels=12544, max_pixels=9633792).after == of_28
    assert smart_resize_video(size, **video, factor=32, min_pixels=4096, max_pixels=25165824).after == of_32


@given(st.integers(32, 20_000), st.integers(32, 20_000))
def test_one_frame_counted_once_is_an_image(height: int, width: int) -> None:
    size = Size(height, width)
    assume(max(size) <= 200 * min(size))
    video = smart_resize_video(size, num_frames=1, temporal_factor=1, factor=32, min_pixels=65536, max_pixels=16777216)
    assert video.after == smart_resize(size, factor=32, min_pixels=65536, max_pixels=16777216).after


def test_a_video_shorter_than_a_temporal_patch_is_refused() -> None:
    with pytest.raises(UnsupportedSizeError, match="needs at least 2; ask for more"):
        smart_resize_video(Size(99, 99), num_frames=1, temporal_factor=2, factor=28, min_pixels=1, max_pixels=10**6)


@pytest.mark.parametrize("size", [Size(9, 9), Size(480, 640)])
def test_a_video_of_which_no_frame_is_taken_is_refused(size: Size) -> None:
    with pytest.raises(UnsupportedSizeError, match="no frame is taken from the video"):
        aligned_within_tokens(size, num_frames=0, temporal_factor=2, factor=28, min_tokens=16, max_tokens=8000)


@pytest.mark.parametrize("limits", [(0, 10**6), (1, 0)])
def test_a_limit_of_nothing_is_a_usage_error(limits: tuple[int, int]) -> None:
    low, high = limits
    with pytest.raises(UsageError, match="at least 1"):
        smart_resize(Size(99, 99), factor=28, min_pixels=low, max_pixels=high)


@pytest.mark.parametrize(
    ("size", "lifted", "after"),
    [
        # transformers 5.23: paddleocr_vl smart_resize with 147,384 to 2,822,400
        (Size(1, 1), Size(28, 28), Size(392, 392)),
        (Size(10, 1500), Size(28, 4200), Size(56, 4704)),
        (Size(27, 5400), Size(28, 5600), Size(28, 5600)),
        (Size(1000, 20), Size(1400, 28), Size(2716, 56)),
    ],
)
def test_a_short_side_is_lifted_before_the_limits_hold(size: Size, lifted: Size, after: Size) -> None:
    step = lift_short_side(size, factor=28)
    assert step.after == lifted
    assert smart_resize(step.after, factor=28, min_pixels=147384, max_pixels=2822400).after == after


@given(st.integers(-1000, 1000), st.floats(0, 1e5), st.integers(0, 900))
def test_linspace_is_that_of_numpy(start: int, length: float, steps: int) -> None:
    assert linspace(start, start + length, steps) == tuple(np.linspace(start, start + length, steps).tolist())


def test_frames_spread_over_a_video() -> None:
    bounds = (4, 768)
    few = spread_frames(31, fps=30.0, sample_fps=2.0, sample_frames=None, multiple=2, bounds=bounds)
    assert few.indices == (0, 10, 20, 30)  # 31 / 30 * 2 = 2, raised to 4
    odd = spread_frames(7, fps=2.0, sample_fps=2.0, sample_frames=None, multiple=2, bounds=bounds)
    assert (odd.indices, odd.num_sampled) == ((0, 1, 2, 3, 4, 5, 6, 6), 7)
    many = spread_frames(3, fps=2.0, sample_fps=2.0, sample_frames=5, multiple=2, bounds=bounds)
    assert many.indices == (0, 0, 1, 2, 2, 2)  # 0, 0.5, 1, 1.5, 2: halves to even; the last one repeated
    with pytest.raises(UnsupportedSizeError):
        spread_frames(3, fps=2.0, sample_fps=2.0, sample_frames=0, multiple=2, bounds=bounds)


def test_a_fraction_of_a_frame_decides_the_distance() -> None:
    # transformers 5.23, ernie4_5_vl_moe: 331 / 25 * 2 = 26.48 frames, 12.5 apart: 27 of them
    got = fractional_frames(331, fps=25.0, sample_fps=2.0, sample_frames=None, bounds=(16, 180))
    assert got.indices == tuple(int(12.5 * i) for i in range(27))
    with pytest.raises(UnsupportedSizeError, match="16 to 180"):
        fractional_frames(331, fps=25.0, sample_fps=2.0, sample_frames=15, bounds=(16, 180))


def test_frames_at_whole_distances() -> None:
    def take(n: int | None, rate: float = 2.0) -> Sampling:
        return floor_frames(10, fps=5.0, sample_fps=rate, sample_frames=n, multiple=2)

    assert take(4).indices == (0, 2, 5, 7)
    assert take(None).indices == (0, 2, 5, 7)  # 10 / 5 * 2 = 4
    assert take(3).indices == (0, 3, 6, 6)
    with pytest.raises(UnsupportedSizeError, match="another rate"):
        take(None, 6.0)


@pytest.mark.parametrize(
    ("total", "fps", "rate", "indices"),
    [
        # transformers 5.23, glm4v, with a duration of total / fps
        (45, 30.0, 1.0, (0, 0)),
        (45, 30.0, 4.0, (0, 8, 15, 23, 30, 38)),
        (7, 2.0, 4.0, (0, 1, 2, 3, 4, 5, 6, 6)),
    ],
)
def test_frames_by_a_clock(total: int, fps: float, rate: float, indices: tuple[int, ...]) -> None:
    got = clocked_frames(total, fps=fps, duration=total / fps, sample_fps=rate, max_duration=300, multiple=2)
    assert got.indices == indices


def test_a_clock_for_a_long_video() -> None:
    got = clocked_frames(768, fps=1.0, duration=768.0, sample_fps=2.0, max_duration=300, multiple=2).indices
    assert (len(got), got[:8], got[-4:]) == (600, (0, 2, 3, 4, 6, 7, 8, 9), (765, 766, 767, 767))


@pytest.mark.parametrize(
    ("total", "indices"),
    [
        # transformers 5.23, glm46v, 30 fps, with a duration of total / fps
        (45, (0, 3, 7, 11, 15, 18, 22, 26, 30, 30)),
        (61, (0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 56)),
        (31, (0, 6, 12, 18, 24, 30)),
        (3, ()),
    ],
)
def test_frames_at_a_pace(total: int, indices: tuple[int, ...]) -> None:
    got = paced_frames(total, fps=30.0, duration=total / 30, rates=RATES, max_frames=640, multiple=2)
    assert got.indices == indices


@given(totals, rates, st.floats(0.1, 100))
def test_clocks_take_frames_in_order_and_none_twice_but_the_last(total: int, fps: float, rate: float) -> None:
    length = total / fps
    for got in (
        clocked_frames(total, fps=fps, duration=length, sample_fps=rate, max_duration=300, multiple=2),
        paced_frames(total, fps=fps, duration=length, rates=RATES, max_frames=640, multiple=2),
    ):
        body = got.indices[:-1]
        assert list(body) == sorted(set(body))
        assert got.num_sampled == len(got.indices)
        assert len(got.indices) % 2 == 0
        assert all(0 <= index < total for index in got.indices)


def test_a_raster_step_by_step() -> None:
    sampling = Sampling(indices=(0, 3, 6, 6), num_sampled=3, fps=3.0, sample_fps=1.0, reason="")
    view = whole_view(Size(60, 90), Size(64, 96), Patches(16, 2, temporal_size=2), sampling=sampling)
    raster = merged_raster(view, sampling)
    steps = list(raster_steps(raster))
    assert [step.frames for step in steps] == [((0, 3),), ((6, 6),)]
    assert sum(step.cells for step in steps) == raster.cells == 12
    assert all((step.t, step.ys, step.xs) == (1, raster.ys, raster.xs) for step in steps)
