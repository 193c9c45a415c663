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
