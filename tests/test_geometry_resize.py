"""The resize rules of the Qwen line: what they promise, and values worked out by hand."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vtok.errors import UnsupportedSizeError
from vtok.geometry.snapping import check_aspect, frame_share, nearest_multiple, smart_resize, smart_resize_from_factor
from vtok.values import Size

MIN, MAX = 56 * 56, 28 * 28 * 16384
sides = st.integers(1, 20_000)


def accepted(height: int, width: int) -> Size:
    assume(max(height, width) <= 200 * min(height, width))
    return Size(height, width)


@given(sides, sides)
def test_sides_are_multiples_and_the_area_is_within_published_limits(height: int, width: int) -> None:
    size = smart_resize(accepted(height, width), factor=28, min_pixels=MIN, max_pixels=MAX).after
    assert size.height % 28 == size.width % 28 == 0
    assert MIN <= size.area <= MAX


@given(sides, sides)
def test_resizing_again_changes_nothing_at_published_limits(height: int, width: int) -> None:
    once = smart_resize(accepted(height, width), factor=28, min_pixels=MIN, max_pixels=MAX).after
    assume(max(once) <= 200 * min(once))  # 16815x85 is accepted, and becomes 16828x84, which is not
    assert smart_resize(once, factor=28, min_pixels=MIN, max_pixels=MAX).after == once


@given(sides, sides)
def test_a_turned_image_gets_the_turned_size(height: int, width: int) -> None:
    size = accepted(height, width)
    step = smart_resize(size, factor=28, min_pixels=MIN, max_pixels=MAX)
    assert smart_resize(size.turned, factor=28, min_pixels=MIN, max_pixels=MAX).after == step.after.turned


@given(st.integers(1, 400), st.integers(1, 400))
def test_multiples_within_the_limits_are_left_alone(rows: int, columns: int) -> None:
    size = Size(rows * 28, columns * 28)
    assume(MIN <= size.area <= MAX and max(rows, columns) <= 200 * min(rows, columns))
    assert smart_resize(size, factor=28, min_pixels=MIN, max_pixels=MAX).after == size


@pytest.mark.parametrize(("value", "multiple"), [(42, 56), (70, 56), (13, 0), (14, 0), (15, 28), (98, 112), (126, 112)])
def test_halves_go_to_the_even_multiple(value: int, multiple: int) -> None:
    # 42 / 28 = 1.5 -> 2; 70 / 28 = 2.5 -> 2; 14 / 28 = 0.5 -> 0; 98 / 28 = 3.5 -> 4; 126 / 28 = 4.5 -> 4
    assert nearest_multiple(value, 28) == multiple


@pytest.mark.parametrize(
    ("size", "after", "reason"),
    [
        # 1080 / 28 = 38.57 -> 39 x 28 = 1092; 1920 / 28 = 68.57 -> 69 x 28 = 1932
        (
            Size(1080, 1920),
            Size(1092, 1932),
            "both sides rounded to multiples of 28; 2,109,744 pixels are within the limits",
        ),
        # sqrt(3136 / 1) = 56, both sides
        (Size(1, 1), Size(56, 56), "after rounding, 0 pixels are below min_pixels 3,136: enlarged"),
        # 8000 x 8000 = 64,000,000; beta = sqrt(64,000,000 / 12,845,056) = 2.2321; 8000 / beta / 28 = 128.0
        (
            Size(8000, 8000),
            Size(3584, 3584),
            "after rounding, 64,128,064 pixels are above max_pixels 12,845,056: shrunk",
        ),
    ],
)
def test_each_branch_by_hand(size: Size, after: Size, reason: str) -> None:
    step = smart_resize(size, factor=28, min_pixels=MIN, max_pixels=MAX)
    assert (step.before, step.after) == (size, after)
    assert reason in step.reason


@pytest.mark.parametrize("size", [Size(1, 200), Size(200, 1), Size(51, 10200)])
def test_an_aspect_ratio_of_200_passes(size: Size) -> None:
    check_aspect(size)


@pytest.mark.parametrize("size", [Size(1, 201), Size(201, 1), Size(51, 10201), Size(0, 5)])
def test_one_above_200_does_not(size: Size) -> None:
    with pytest.raises(UnsupportedSizeError):
        check_aspect(size)


def test_a_side_below_half_a_factor_counts_as_a_whole_one_in_qwen_vl_utils() -> None:
    # 10 x 300 at a factor of 28 and a least area of 8000: transformers rounds to 0 x 308, which is below it, and
    # enlarges by sqrt(8000 / 3000) = 1.633: ceil(16.3 / 28) x ceil(489.9 / 28) = 1 x 18. qwen-vl-utils stays at
    # 28 x 308 = 8624.
    limits = {"factor": 28, "min_pixels": 8000, "max_pixels": MAX}
    assert smart_resize(Size(10, 300), **limits).after == Size(28, 504)
    assert smart_resize_from_factor(Size(10, 300), **limits).after == Size(28, 308)


def test_a_strip_may_vanish_in_qwen_vl_utils() -> None:
    with pytest.raises(UnsupportedSizeError, match="raise max_pixels"):
        smart_resize_from_factor(Size(1, 200), factor=28, min_pixels=0, max_pixels=784)


def test_limits_that_cross_are_refused() -> None:
    with pytest.raises(UnsupportedSizeError, match="below min_pixels"):
        smart_resize_from_factor(Size(100, 100), factor=28, min_pixels=2000, max_pixels=1000)


def test_the_floor_of_a_frame_wins_over_the_total() -> None:
    # 1,000 frames share 1,000,000 pixels: 2,000 each for a pair; the floor is int(100352 * 1.05) = 105,369
    assert frame_share(602_112, min_pixels=100_352, num_frames=1000, total_pixels=1_000_000) == 105_369
    assert frame_share(602_112, min_pixels=100, num_frames=10, total_pixels=1_000_000) == 200_000
