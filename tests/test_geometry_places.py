"""Views, the cells of tokens in them, and the tiles of a canvas. Calculated by hand."""

import pytest

from vtok.errors import UsageError
from vtok.geometry import canvases, places
from vtok.geometry.places import Patches
from vtok.values import Box, Raster, Sampling, Size

FOUR_FRAMES = Sampling((0, 2, 4, 6), 4, 8.0, 4.0, "")


def test_a_view_is_an_image_or_some_frames() -> None:
    image = places.whole_view(Size(90, 70), Size(56, 84), Patches(14, 2))
    assert (image.kind, image.grid, image.block_order, image.frames) == ("image", (1, 4, 6), False, ())
    assert (image.content, image.source) == (Box(0, 0, 84, 56), Box(0, 0, 70, 90))
    video = places.whole_view(Size(90, 70), Size(56, 84), Patches(14, 2, 2), sampling=FOUR_FRAMES)
    assert (video.kind, video.grid, video.frames) == ("frame", (2, 4, 6), (0, 2, 4, 6))


@pytest.mark.parametrize("size", [Size(13, 100), Size(100, 13), Size(13, 13)])
def test_a_view_holds_a_patch(size: Size) -> None:
    with pytest.raises(UsageError, match="holds no patch of 14"):
        places.whole_view(size, size, Patches(14))


def test_the_cells_of_merged_patches() -> None:
    # 56 x 84 pixels of an image of 112 x 84: cells of 28 pixels are 56 high and 28 wide in the image
    view = places.whole_view(Size(112, 84), Size(56, 84), Patches(14, 2, 2), sampling=FOUR_FRAMES)
    raster = places.merged_raster(view, FOUR_FRAMES)
    assert (raster.ys, raster.xs) == ((0, 56, 112), (0, 28, 56, 84))
    assert (raster.t, raster.frames, raster.seconds_per_grid) == (2, ((0, 2), (4, 6)), 0.5)
    assert [places.merged_raster(view, t=t).frames for t in (0, 1)] == [((0, 2),), ((4, 6),)]
    assert [places.merged_raster(view, t=t).t for t in (0, 1)] == [1, 1]


def test_cells_of_a_view_that_shows_nothing() -> None:
    assert places.edges(2, cell=14, content=(5, 5), source=(30, 40)) == (30, 30, 40)


def test_cells_of_three_by_three_patches() -> None:
    # molmo2 pads a rest by half of it at the top and left: 4 patches of 14 lack 2 of 6, so one lies on either side
    pooled = places.pooled_raster(Size(56, 70), Size(56, 70), Patches(14, 3))
    assert (pooled.rows, pooled.columns) == (2, 2)
    assert pooled.ys == (0, 28, 56)
    assert pooled.xs == (0, 42, 70)  # 5 patches lack 1, which lies at the right


def test_tiles_of_a_canvas_that_is_filled_in_part() -> None:
    views = canvases.cut(Size(75, 150), Size(100, 300), (3, 2), Patches(10), content=Box(0, 0, 150, 75))
    assert [view.kind for view in views] == ["tile"] * 6
    assert [view.content for view in views[:3]] == [Box(0, 0, 100, 50), Box(0, 0, 50, 50), Box(0, 0, 0, 50)]
    assert [view.content for view in views[3:]] == [Box(0, 0, 100, 25), Box(0, 0, 50, 25), Box(0, 0, 0, 25)]
    assert views[0].source == Box(0, 0, 100, 50)


def test_a_part_of_a_raster_and_its_steps() -> None:
    raster = Raster(t=2, rows=3, columns=2, ys=(0, 1, 2, 3), xs=(0, 5, 9), frames=((0, 1), (2, 3)))
    assert places.part(raster, range(1, 3), range(1)) == raster._replace(rows=2, columns=1, ys=(1, 2, 3), xs=(0, 5))
    assert [step.frames for step in places.raster_steps(raster)] == [((0, 1),), ((2, 3),)]


def test_windows_that_overlap_and_reach_beyond_the_image() -> None:
    # an image of 200 x 100 on a canvas at half its size, 10 pixels from the left; windows of 40 pixels each 30
    view = places.whole_view(Size(100, 200), Size(80, 80), Patches(10))
    content, original = Box(10, 0, 110, 50), Size(100, 200)
    views = places.windows_of(view, (4, 2), side=40, stride=30, content=content, original=original)
    assert [each.content for each in views[:4]] == [Box(20, 0, 80, 80), *[Box(0, 0, 80, 80)] * 2, Box(0, 0, 40, 80)]
    assert [each.source for each in views[:4:3]] == [Box(0, 0, 60, 80), Box(160, 0, 200, 80)]
    assert (views[5].content, views[5].source) == (Box(0, 0, 80, 40), Box(40, 60, 120, 100))
    assert places.windows_of(view, (0, 0), side=0, stride=0, content=content, original=original) == ()
