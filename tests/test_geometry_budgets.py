"""Rules that fit an image into patches, boxes and edges: what they promise, and values worked out by hand."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.resize import (
    fit_box,
    fit_longest_edge,
    fit_patches,
    fit_patches_and_sides,
    long_edge,
    long_edge_rounded,
    short_edge_capped,
)
from vtok.geometry.snapping import check_positive, fill_patches, fill_pixels, pad_to_multiple, smart_resize_any_aspect
from vtok.values import Size

sides = st.integers(1, 20_000)
sizes = st.builds(Size, sides, sides)
photos = st.builds(Size, st.integers(100, 8_000), st.integers(100, 8_000))


@given(sizes)
def test_small_images_are_not_enlarged_by_rules_that_fit(size: Size) -> None:
    for after in (
        fit_patches_and_sides(size, patch_size=14, max_patches=16384, max_side_patches=512).after,
        fit_patches(size, patch_size=14, max_patches=4096).after,
    ):
        assert after.height <= size.height
        assert after.width <= size.width


@given(photos)
def test_the_area_shrinks_by_the_whole_patches_in_excess(size: Size) -> None:
    # What is left over beyond whole patches is scaled, too: the patches left may still be a few above the limit.
    patches = max(4096, (size.height // 14) * (size.width // 14))
    after = fit_patches(size, patch_size=14, max_patches=4096).after
    assert after.area * patches <= size.area * 4096


@given(sizes)
def test_no_side_exceeds_its_patches(size: Size) -> None:
    after = fit_patches_and_sides(size, patch_size=14, max_patches=16384, max_side_patches=512).after
    assert 1 <= min(after) <= max(after) <= 512 * 14


@given(sizes, st.integers(1, 64))
def test_padding_adds_less_than_one_multiple(size: Size, factor: int) -> None:
    for before, after in zip(size, pad_to_multiple(size, factor).after, strict=True):
        assert after % factor == 0
        assert before <= after < before + factor


@given(photos)
def test_a_turned_image_is_fitted_turned(size: Size) -> None:
    # Not the two that set one side outright and round the other: at a tie they prefer the same side.
    assert fill_patches(size.turned, patch_size=16, max_patches=256).after == (
        fill_patches(size, patch_size=16, max_patches=256).after.turned
    )
    assert fill_pixels(size.turned, factor=48, max_pixels=280 * 48 * 48).after == (
        fill_pixels(size, factor=48, max_pixels=280 * 48 * 48).after.turned
    )
    assert long_edge(size.turned, 1024).after == long_edge(size, 1024).after.turned


@given(sizes, st.sampled_from([64, 256, 1024]))
def test_a_budget_of_patches_is_never_exceeded(size: Size, patches: int) -> None:
    after = fill_patches(size, patch_size=16, max_patches=patches).after
    assert after.height % 16 == after.width % 16 == 0
    assert after.area <= patches * 256 or 16 in after


@given(sizes, st.sampled_from([70, 280, 1120]))
def test_a_budget_of_pixels_is_never_exceeded(size: Size, tokens: int) -> None:
    after = fill_pixels(size, factor=48, max_pixels=tokens * 48 * 48).after
    assert after.height % 48 == after.width % 48 == 0
    assert 0 < after.area <= tokens * 48 * 48


@given(photos)
def test_the_longest_edge_holds(size: Size) -> None:
    assume(max(size) <= 80 * min(size))
    assert max(fit_longest_edge(size, longest_edge=1540, factor=28).after) <= 1540
    assert max(long_edge(size, 1024).after) == 1024
    assert max(long_edge_rounded(size, 384, least=14).after) == 384
    assert min(long_edge_rounded(size, 384, least=14).after) >= 14


@given(sizes)
def test_any_aspect_ratio_keeps_both_sides(size: Size) -> None:
    after = smart_resize_any_aspect(size, factor=32, min_pixels=64 * 1024, max_pixels=256 * 1024).after
    assert after.height % 32 == after.width % 32 == 0
    assert min(after) >= 32


@pytest.mark.parametrize(
    ("size", "after", "reason"),
    [
        # (4032 // 14) x (3024 // 14) = 288 x 216 = 62,208 patches; scale = sqrt(4096 / 62208) = 0.25660
        (Size(3024, 4032), Size(775, 1034), "shrunk to at most 4,096"),
        (Size(896, 896), Size(896, 896), "not resized"),  # 64 x 64 patches: not above the limit
        (Size(13, 100_000), Size(13, 100_000), "not resized"),  # 13 // 14 = 0 patches
    ],
)
def test_patches_are_counted_whole(size: Size, after: Size, reason: str) -> None:
    step = fit_patches(size, patch_size=14, max_patches=4096)
    assert step.after == after
    assert reason in step.reason


@pytest.mark.parametrize(
    ("size", "after", "reason"),
    [
        (Size(1, 1), Size(1, 1), "not resized"),
        # 512 x 14 = 7168; 7168 / 14336 = 0.5 along the longer side
        (Size(100, 14_336), Size(50, 7168), "along a side|512 patches"),
        # 1 // 14 counts as 1 patch; a pixel stays a pixel
        (Size(1, 28_672), Size(1, 7168), "512 patches"),
    ],
)
def test_each_side_counts_and_keeps_something(size: Size, after: Size, reason: str) -> None:
    step = fit_patches_and_sides(size, patch_size=14, max_patches=16384, max_side_patches=512)
    assert step.after == after
    assert any(part in step.reason for part in reason.split("|"))


@pytest.mark.parametrize(
    ("size", "after"),
    [
        (Size(1, 1), Size(16, 16)),
        (Size(1024, 1024), Size(1024, 1024)),
        # ratio 1.875: 1080 / 1.875 = 576, 1920 / 1.875 = 1024
        (Size(1080, 1920), Size(576, 1024)),
        # ratio 1.0009766: 500 / 1.0009766 = 499.51 -> 499 -> 512
        (Size(500, 1025), Size(512, 1024)),
    ],
)
def test_sides_go_up_to_a_multiple_after_shrinking_down(size: Size, after: Size) -> None:
    assert fit_longest_edge(size, longest_edge=1024, factor=16).after == after


@pytest.mark.parametrize(
    ("size", "after"),
    [
        # 2 times 608: 640 would exceed 639, so 639 / 768 x 384 = 319.5 -> 320, and 639 // 32 x 32 = 608
        (Size(336, 672), Size(320, 608)),
        (Size(480, 640), Size(384, 512)),
        (Size(1, 1), Size(384, 384)),
    ],
)
def test_the_shorter_side_gives_way_to_the_longer(size: Size, after: Size) -> None:
    assert short_edge_capped(size, shortest_edge=384, longest_edge=639, factor=32).after == after


@pytest.mark.parametrize(
    ("size", "after"),
    [
        (Size(1, 1), Size(768, 768)),  # sqrt(280 x 48 x 48) = 803.2 -> 16 x 48
        # the short side vanishes: 48, and 300 whole aspects of 48, of which the budget holds 280
        (Size(1, 300), Size(48, 280 * 48)),
        (Size(300, 1), Size(280 * 48, 48)),
    ],
)
def test_strips_keep_one_multiple(size: Size, after: Size) -> None:
    assert fill_pixels(size, factor=48, max_pixels=280 * 48 * 48).after == after


def test_the_scale_ends_at_a_hundred() -> None:
    # 1 x 100 = 100 pixels, up to 112
    assert fill_patches(Size(1, 1), patch_size=16, max_patches=256).after == Size(112, 112)


def test_halves_go_up_or_to_even() -> None:
    # 3 / 4 x 1022 = 766.5
    assert long_edge(Size(3, 4), 1022).after == Size(767, 1022)
    assert long_edge_rounded(Size(3, 4), 1022, least=14).after == Size(766, 1022)
    assert "held to 14" in long_edge_rounded(Size(1, 100), 384, least=14).reason


@pytest.mark.parametrize(
    "vanish",
    [
        lambda: fit_longest_edge(Size(1, 3000), longest_edge=1024, factor=16),
        lambda: fit_box(Size(1, 3000), Size(1080, 1920)),
        lambda: long_edge(Size(1, 3000), 1024),
        lambda: short_edge_capped(Size(10, 4000), shortest_edge=384, longest_edge=639, factor=32),
        lambda: fill_pixels(Size(1, 1), factor=48, max_pixels=1000),
    ],
)
def test_a_side_that_vanishes_is_refused(vanish: object) -> None:
    assert callable(vanish)
    with pytest.raises(UnsupportedSizeError):
        vanish()


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="max_patches is 0"):
        check_positive(max_patches=0)
