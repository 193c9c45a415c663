"""Frames that loaders of engines take, bounds of what a layout holds, and edges at the ends, by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from vtok.errors import UnsupportedSizeError
from vtok.geometry import canvases, clocks, floats, frames, hosted, loaders, places, resize, tiling
from vtok.geometry.bounds import MOST, bounded
from vtok.geometry.places import Patches
from vtok.library import layout
from vtok.values import Box, Size


@pytest.mark.parametrize(
    ("total", "fps", "rate", "indices"),
    [
        (10, 2.0, 1.0, (0, 2, 4, 6, 8)),  # ticks at 1, 3, 5, 7, 9: a frame that begins at a tick comes too late
        (9, 3.0, 1.0, (1, 4, 7)),  # ticks at 1.5, 4.5, 7.5
        (8, 4.0, 1.0, (1, 5)),  # ticks at 2 and 6
        (3, 1.0, 2.0, (0, 0, 1, 1, 2, 2)),
        (5, 3.3, 1.0, (1, 4)),  # 1.515 seconds are two ticks
        (1001, 2.00000001, 1.0, (*range(1, 1000, 2), 1000)),  # 500.4999975 is 500.5 in float32: a tick after the end
    ],
)
def test_the_frames_of_ffmpegs_filter(total: int, fps: float, rate: float, indices: tuple[int, ...]) -> None:
    assert loaders.filtered_frames(total, fps=fps, rate=rate).indices == indices


@pytest.mark.parametrize(
    ("total", "fps", "duration", "most", "indices"),
    [
        (10, 2.0, None, 300, (0, 2, 4, 6, 8)),
        (10, 2.0, 7.0, 300, (0, 2, 4, 6, 8, 9)),  # the container says more than the frames: none is taken twice
        (10, 3.5, None, 300, (0, 4)),  # floor(2.86) frames, the second at ceil(3.5)
        (10, 2.0, 5.0, 3, (0, 5, 9)),  # 0, 2.5 and 5 seconds
        (10, 2.0, 3.0, 3, (0, 2, 4)),
        (3, 1.0, 5.0, 3, (0, 1, 2)),  # as many frames as are wanted: all of them
        (4, 1.0, 5.0, 3, (0, 3)),  # 0, 2.5 and 5 seconds, of which the last two are the last frame
    ],
)
def test_the_frames_of_vllms_loader(
    total: int, fps: float, duration: float | None, most: int, indices: tuple[int, ...]
) -> None:
    sampling = loaders.paced_frames_of_duration(total, fps=fps, duration=duration, rate=1.0, most=most)
    assert sampling.indices == indices


def test_the_frames_of_mlx_vlms_loader() -> None:
    options: dict[str, Any] = {"fps": 2.0, "sample_fps": 2.0, "bounds": (4, 768)}
    assert loaders.spread_even_frames(10, sample_frames=4, **options).indices == (0, 3, 6, 9)
    assert loaders.spread_even_frames(8, sample_frames=4, **options).indices == (0, 2, 5, 7)  # 2.33 and 4.67


TOO_MANY: list[tuple[str, Callable[[], Any]]] = [
    ("frames", lambda: floats.torch_arange(10**9, 1.0)),
    ("frames", lambda: floats.torch_linspace(0, 10**9, 10**9)),
    ("frames", lambda: floats.linspace(0, 1e9, 10**9)),
    ("frames", lambda: frames.filled((0,), 10**9)),
    ("frames", lambda: clocks.thinned_frames(10**9, fps=None, duration=None, sample_fps=None, most=10**9)),
    ("frames", lambda: frames.every_frame(10**9, fps=None, multiple=1)),
    ("frames", lambda: loaders.filtered_frames(10**9, fps=1.0, rate=1.0)),
    ("frames", lambda: loaders.paced_frames_of_duration(10**9, fps=1.0, duration=None, rate=1.0, most=10**10)),
    ("frames", lambda: loaders.paced_frames_of_duration(10**9, fps=1.0, duration=1e10, rate=100.0, most=10**8)),
    ("rows or columns", lambda: places.edges(10**9, cell=1.0, content=(0, 1), source=(0, 1))),
]
TOO_MANY_TILES: list[tuple[str, Callable[[], Any]]] = [
    ("tiles", lambda: canvases.cut(Size(9, 9), Size(9, 9), (1000, 1000), Patches(1))),
    ("tiles", lambda: tiling.log_aspect(Size(10**5, 10**5), side=2, max_num=2**24)),
    ("tiles", lambda: layout("moondream2", width=10**5, height=10**5, max_crops=2**24)),
    ("windows", lambda: layout("step-3.7-flash", width=10**4, height=10**4, crop_size=14, max_image_size=10**5)),
]


@pytest.mark.parametrize(("what", "rule"), TOO_MANY)
def test_what_a_layout_does_not_hold_is_named(what: str, rule: Callable[[], Any]) -> None:
    with pytest.raises(UnsupportedSizeError, match=rf"^[\d,]+ {what}; a layout holds at most 131,072 of them"):
        rule()


@pytest.mark.parametrize(("what", "rule"), TOO_MANY_TILES)
def test_tiles_that_a_layout_does_not_hold_are_named(what: str, rule: Callable[[], Any]) -> None:
    with pytest.raises(UnsupportedSizeError, match=rf"^[\d,]+ {what}; a layout holds at most 16,384 of them"):
        rule()


def test_as_many_as_a_layout_holds() -> None:
    assert bounded(MOST, "frames") == MOST == 131_072
    with pytest.raises(UnsupportedSizeError):
        bounded(MOST + 1, "frames")


@pytest.mark.parametrize("tiles", [(0, 1), (1, 0), (0, 0)])
def test_no_tiles_are_refused(tiles: tuple[int, int]) -> None:
    with pytest.raises(UnsupportedSizeError, match="holds no whole tile"):
        canvases.cut(Size(9, 9), Size(9, 9), tiles, Patches(1))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ((30, 40), (0, 0, 0)),  # all cells are left of the image
        ((-20, -10), (100, 100, 100)),  # all are right of it
        ((5, 25), (0, 25, 75)),
        ((7, 7), (0, 0, 100)),  # the view shows nothing of it
    ],
)
def test_edges_are_clamped_to_the_image(content: tuple[float, float], expected: tuple[float, ...]) -> None:
    assert places.edges(2, cell=10, content=content, source=(0, 100)) == pytest.approx(expected)


def test_a_frame_a_second_of_a_whole_number_of_seconds() -> None:
    assert clocks.second_frames(8, fps=1.0, duration=8.0, most=8).indices == tuple(range(8))
    assert clocks.second_frames(3, fps=0.5, duration=6.0, most=8).indices == (0, 0, 1, 1, 2, 2)


def test_frames_over_a_long_duration() -> None:
    # Above 30 seconds, 2 * 30 frames lie at equal distances over the 100 seconds: 100 / 59 seconds are 16.9 frames.
    taken = loaders.paced_frames_of_duration(1000, fps=10.0, duration=100.0, rate=2.0, most=30).indices
    assert len(taken) == 60
    assert taken[:3] == (0, 17, 34)
    assert taken[-1] == 999


@pytest.mark.parametrize(
    "sample",
    [
        lambda: loaders.paced_frames_of_duration(MOST + 1, fps=1e-3, duration=None, rate=1.0, most=MOST + 1),
        lambda: frames.truncated_frames(10, fps=None, n=MOST + 1),
        lambda: frames.floor_frames(MOST + 1, fps=1.0, sample_fps=None, sample_frames=MOST + 1, multiple=1),
    ],
)
def test_too_many_frames_are_called_frames(sample: Callable[[], Any]) -> None:
    with pytest.raises(UnsupportedSizeError, match=rf"{MOST + 1:,} frames; a layout holds at most"):
        sample()


def test_an_image_in_the_middle_of_a_larger_crop() -> None:
    # 6 and 7 pixels are free: 3 before the image, the odd one behind it.
    box, part = places.center_crop(Size(10, 9), Size(16, 16))
    assert (box, part) == (Box(3, 3, 12, 13), Box(0, 0, 9, 10))


def test_the_step_that_caps_the_longer_side() -> None:
    for side in (100, 300):
        assert resize.cap_long_edge(Size(side, 50), 200).name == "resize"
    assert resize.cap_long_edge(Size(200, 50), 200).reason == "longest edge at most 200"


def test_a_video_of_just_the_most_seconds_has_a_frame_a_second() -> None:
    taken = clocks.second_frames(600, fps=10.0, duration=60.0, most=60).indices
    assert taken == tuple(range(0, 600, 10))


def test_no_more_frames_are_listed_than_are_taken() -> None:
    # 10^10 ticks in 10 seconds: the first, the one before the middle and the last lie in frames 0, 4 and 9
    taken = clocks.thinned_frames(10, fps=1.0, duration=10.0, sample_fps=1e9, most=3)
    assert taken.indices == (0, 4, 9)


def test_a_crop_is_no_larger_than_the_most_whatever_the_ratio() -> None:
    assert hosted.crop_units(Size(480, 640), small=0, ratio=5e-324, least=1, most=700) == (1, 1, 700)
