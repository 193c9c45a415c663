"""Ties, order and limits of the geometry, on cases that are small enough to reckon by hand."""

import pytest

from vtok.errors import UsageError
from vtok.geometry import resize, single, tiling, windows
from vtok.geometry.windows import MAX_PATCHES, checked_grid, partition
from vtok.values import Box, Size


def test_of_equally_near_grids_a_later_one_needs_more_than_half() -> None:
    # 245 x 10 is 24.5 : 1; half of 25 tiles of 14 x 14 are 2,450 pixels, as many as the image has
    grids = [(24, 1), (25, 1)]
    assert tiling.chosen(tiling.nearest_aspect(Size(10, 245), grids, tile=14)).tiles == (24, 1)
    assert tiling.chosen(tiling.nearest_aspect(Size(20, 490), grids, tile=14)).tiles == (25, 1)


@pytest.mark.parametrize(("side", "tiles"), [(5, (1, 1)), (15, (1, 1)), (16, (2, 2)), (24, (2, 2)), (26, (3, 3))])
def test_of_equally_near_grids_the_nearest_area(side: int, tiles: tuple[int, int]) -> None:
    # areas of 100, 400 and 900 pixels; 250 and 650 lie in the middle
    grids = [(1, 1), (2, 2), (3, 3)]
    assert (
        tiling.chosen(tiling.nearest_aspect(Size(side, side), grids, tile=10, tie=tiling.NEAREST_AREA)).tiles == tiles
    )


def test_of_equally_near_areas_the_first() -> None:
    # 50 x 50 is as far from 10 x 10 as from 70 x 70
    grids = [(1, 1), (7, 7)]
    assert tiling.chosen(tiling.nearest_aspect(Size(50, 50), grids, tile=10, tie=tiling.NEAREST_AREA)).tiles == (1, 1)


def test_of_equally_near_slices_more_rows() -> None:
    assert tiling.chosen(tiling.log_aspect(Size(101, 101), side=100, max_num=9)).tiles == (1, 2)


def test_the_most_tiles() -> None:
    assert len(tiling.tile_grids(1024, 1024)) == 11  # the divisors of 2**10
    for rule in (tiling.tile_grids, tiling.tile_grids_of_set):
        with pytest.raises(UsageError):
            rule(1025, 1025)


def test_grids_of_clip_cpp() -> None:
    assert single.grids_of_tiles(1, 4) == ((1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (3, 1), (4, 1))
    assert single.grids_of_tiles(2, 4) == ((2, 2),)  # each side is at least 2, too
    assert single.grids_of_sides(2) == ((1, 2), (2, 1), (2, 2))


@pytest.mark.parametrize(
    ("size", "nearest", "box"),
    [
        (Size(50, 100), False, Box(0, 16, 64, 48)),  # 32 rows
        (Size(50, 99), False, Box(0, 15, 64, 48)),  # 32.3 rows are 33; an odd row of padding lies below
        (Size(50, 99), True, Box(0, 16, 64, 48)),  # 32.3 rows are 32
        (Size(51, 99), True, Box(0, 16, 64, 49)),  # 33 rows; half of 31 is 16
        (Size(99, 51), True, Box(16, 0, 49, 64)),
        (Size(64, 64), True, Box(0, 0, 64, 64)),
    ],
)
def test_letterboxes_of_clip_cpp(size: Size, nearest: bool, box: Box) -> None:
    assert single.letterboxed_single(size, Size(64, 64), nearest=nearest) == box
    assert nearest or single.letterboxed_single(size, Size(64, 64)) == box


def test_tokens_in_reasons() -> None:
    limits = {"factor": 28, "min_pixels": 3136, "max_pixels": 200_704}
    assert "(256 tokens)" in single.snapped_single(Size(900, 900), **limits).reason
    assert "(4 tokens)" in single.snapped_single(Size(9, 9), **limits).reason
    reason = resize.stretch(Size(480, 640), Size(224, 336)).reason
    assert reason == "stretched to 336x224: the aspect ratio 1.33 becomes 1.50"


def test_the_least_sides_of_a_grid() -> None:
    assert checked_grid((1, 1, 1)) == (1, 1, 1)
    for grid in ((0, 1, 1), (1, 0, 1), (1, 1, 0)):
        with pytest.raises(UsageError, match=f"^grid {'x'.join(map(str, grid))}: each side must be 1 or more"):
            checked_grid(grid)


def test_the_most_patches_of_grids() -> None:
    assert MAX_PATCHES == 4_194_304  # 2048 x 2048
    assert checked_grid((1, 2048, 2048)) == (1, 2048, 2048)
    with pytest.raises(UsageError, match=r"^grid 1x2048x2049: 4,196,352 patches"):
        checked_grid((1, 2048, 2049))
    assert partition([(1, 2048, 1024)] * 2, merge_size=2, side=4).patches == MAX_PATCHES
    with pytest.raises(UsageError):
        partition([(1, 2048, 1024), (1, 2048, 1026)], merge_size=2, side=4)


def test_windows_of_five_by_three_tokens() -> None:
    some = partition([(1, 15, 9)], merge_size=3, side=2, full_layers=(1,), num_layers=3)
    assert list(some.sizes.items()) == [((2, 2), 2), ((1, 2), 1), ((2, 1), 2), ((1, 1), 1)]
    assert some.pairs_windowed == 2 * 36**2 + 3 * 18**2 + 9**2
    assert some.cu_window_seqlens.tolist() == [0, 36, 54, 90, 108, 126, 135]
    assert some.windowed_layers == (0, 2)
    assert partition([(1, 2, 2)], merge_size=1, side=2).windowed_layers == ()


def test_windows_of_two_videos() -> None:
    some = partition([(2, 2, 4), (1, 2, 2)], merge_size=1, side=2)
    assert some.cu_window_seqlens.tolist() == [0, 4, 8, 12, 16, 20]
    assert some.window_index.tolist() == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15, 16, 17, 18, 19]
    assert windows.patch_order((1, 2, 4), merge_size=2, block_order=True).tolist() == [0, 1, 4, 5, 2, 3, 6, 7]
