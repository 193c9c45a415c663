"""Rules that choose a canvas by scale or cover: what they promise, and values that upstream's functions returned."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.canvases import fit_within, fit_within_float32, padded_to_tiles, same_area
from vtok.geometry.places import Patches, pooled_raster
from vtok.geometry.resize import longest_edge_even, up_to_tiles
from vtok.geometry.scaling import fit_scales, fit_scales_float32, grids_by_aspect, largest_image, least_scaled
from vtok.geometry.tiling import chosen, covering_grid, crops_along, log_aspect
from vtok.values import Candidate, Size

sides = st.integers(1, 5000)
SQUARES = [Size(rows * 336, columns * 336) for rows in range(1, 17) for columns in range(1, 16 // rows + 1)]


def won(candidates: tuple[Candidate, ...]) -> tuple[int, int]:
    return chosen(candidates).tiles


def test_pairs_by_ratio_come_from_the_greatest_product_down() -> None:
    assert grids_by_aspect(5) == {
        0.2: ((1, 5),),
        5.0: ((5, 1),),
        0.25: ((1, 4),),
        1.0: ((2, 2), (1, 1)),
        4.0: ((4, 1),),
        1 / 3: ((1, 3),),
        3.0: ((3, 1),),
        0.5: ((1, 2),),
        2.0: ((2, 1),),
    }


def test_too_many_tiles_are_a_wrong_request() -> None:
    with pytest.raises(UsageError, match="0 tiles"):
        grids_by_aspect(0)


def test_the_smallest_of_equal_scales_wins() -> None:
    # upstream's own example: 300 x 200 fits 672 x 224 and 448 x 224 at the same scale
    canvases = [Size(224, 672), Size(672, 224), Size(224, 448), Size(448, 224), Size(224, 224)]
    assert won(least_scaled(fit_scales(Size(200, 300), canvases), canvases, tile=224)) == (2, 1)


@given(sides, sides)
def test_an_image_is_shrunk_only_where_no_canvas_holds_it(height: int, width: int) -> None:
    scales = fit_scales(Size(height, width), SQUARES)
    candidates = least_scaled(scales, SQUARES, tile=336)
    assert scales[candidates.index(chosen(candidates))] >= 1 or max(scales) < 1


def test_no_image_left_of_its_margins_fits_anything_and_scores_stay_finite() -> None:
    canvases = [Size(266, 266), Size(266, 532)]
    scales = fit_scales_float32(Size(0, 0), canvases)
    candidates = least_scaled(scales, canvases, tile=266, margin=112)
    assert won(candidates) == (1, 1)
    assert all(value < 10**11 for candidate in candidates for _, value in candidate.scores)
    assert won(least_scaled(fit_scales_float32(Size(-111, 400), canvases), canvases, tile=266)) == (1, 1)


@pytest.mark.parametrize(
    ("size", "canvas", "single", "double"),
    [
        (Size(2266, 2266), Size(1344, 1344), Size(1344, 1344), Size(1344, 1343)),
        (Size(2946, 1473), Size(1680, 1008), Size(1680, 840), Size(1680, 839)),
        (Size(2554, 1277), Size(1680, 1008), Size(1680, 839), Size(1680, 840)),
    ],
)
def test_float32_scales_decide_the_last_pixel(size: Size, canvas: Size, single: Size, double: Size) -> None:
    assert fit_within_float32(size, canvas, tile=336).after == single
    assert fit_within(size, canvas, tile=336).after == double


@given(sides, sides, st.sampled_from(SQUARES))
def test_a_fitted_image_lies_within_its_canvas(height: int, width: int, canvas: Size) -> None:
    for step in (
        fit_within(Size(height, width), canvas, tile=336),
        fit_within_float32(Size(height, width), canvas, tile=336),
    ):
        assert 1 <= step.after.height <= canvas.height
        assert 1 <= step.after.width <= canvas.width


def test_a_small_image_is_enlarged_until_a_side_fills_a_tile_but_no_further() -> None:
    assert fit_within(Size(100, 200), Size(560, 1120), tile=560).after == Size(280, 560)
    assert fit_within(Size(600, 900), Size(1120, 1120), tile=560).after == Size(600, 900)


@pytest.mark.parametrize(
    ("width", "height", "tiles"),
    [
        (1, 1, (6, 6)),
        (640, 480, (7, 5)),
        (1, 3000, (1, 34)),
        (3000, 1, (34, 1)),
        (9000, 3000, (9, 3)),  # no canvas holds this one and the next two
        (1000, 9000, (2, 17)),
        (17000, 1, (36, 1)),
    ],
)
def test_the_canvas_of_the_largest_image(width: int, height: int, tiles: tuple[int, int]) -> None:
    assert won(largest_image(Size(height, width), tile=448, max_num=36)) == tiles


@pytest.mark.parametrize(("width", "height", "pair"), [(1920, 1080, (2, 4)), (384, 768, (2, 1)), (1, 3000, (7, 1))])
def test_the_fewest_tiles_that_cover_are_given_as_scored(width: int, height: int, pair: tuple[int, int]) -> None:
    assert won(covering_grid(Size(height, width), tile=448, max_num=9)) == pair


@pytest.mark.parametrize(
    ("width", "height", "tiles"), [(1024, 1024, (3, 2)), (1345, 448, (3, 1)), (384, 768, (1, 2)), (5000, 500, (9, 1))]
)
def test_slices_by_logarithm(width: int, height: int, tiles: tuple[int, int]) -> None:
    assert won(log_aspect(Size(height, width), side=448, max_num=9)) == tiles


def test_an_image_of_one_slice_has_no_candidates() -> None:
    assert not log_aspect(Size(448, 448), side=448, max_num=9)
    assert same_area(448, 448, side=448, factor=56) == Size(448, 448)
    assert same_area(3000, 1, side=448, factor=56) == Size(24528, 56)


@pytest.mark.parametrize(
    ("width", "height", "grid"),
    [
        (1000, 900, (0, 0)),  # below 1.2
        (600, 300, (2, 1)),
        (300, 600, (1, 2)),
        (600, 200, (0, 0)),  # crops of 300 x 200 are too small
        (3000, 1000, (3, 1)),
        (2500, 1000, (3, 1)),  # half up
        (9000, 1000, (4, 1)),
    ],
)
def test_crops_along_the_longer_side(width: int, height: int, grid: tuple[int, int]) -> None:
    assert crops_along(Size(height, width), least=256, most=4, ratio=1.2)[0] == grid


def test_an_empty_last_crop_is_refused() -> None:
    with pytest.raises(UnsupportedSizeError, match="empty"):
        crops_along(Size(1, 5), least=1, most=4, ratio=1.2)


def test_an_extreme_strip_is_refused() -> None:
    assert padded_to_tiles(Size(480, 640), (2, 2), tile=448, least=10).after == Size(672, 896)
    with pytest.raises(UnsupportedSizeError, match="below 10"):
        padded_to_tiles(Size(3000, 1), (1, 7), tile=448, least=10)


@given(sides, sides)
@settings(max_examples=50)
def test_the_longer_side_is_met_and_tiles_are_whole(height: int, width: int) -> None:
    resized = longest_edge_even(Size(height, width), 1456).after
    assert max(resized) == 1456
    assert min(resized) == 1 or min(resized) % 2 == 0 or resized.height == resized.width
    canvas = up_to_tiles(resized, 364).after
    assert canvas.height % 364 == canvas.width % 364 == 0
    assert all(tiled - side < 364 for tiled, side in zip(canvas, resized, strict=True))


def test_an_odd_rest_of_patches_makes_a_cell_of_its_own() -> None:
    raster = pooled_raster(Size(378, 756), Size(378, 378), Patches(14, 2))
    assert (raster.rows, raster.columns) == (14, 14)
    assert raster.ys[-2:] == (364, 378)
    assert raster.xs[:2] == (0, 56)


@pytest.mark.parametrize("side", [5, 112])
def test_an_image_within_the_margins_has_a_reason_without_a_scale(side: int) -> None:
    canvases = [Size(266, 532), Size(266, 266)]
    scales = fit_scales_float32(Size(side - 112, side - 112), canvases)
    wide, chosen = least_scaled(scales, canvases, tile=266, margin=112)
    assert (chosen.chosen, wide.chosen) == (True, False)
    assert "not larger than the 112 pixels" in chosen.why
    assert wide.why == "a smaller canvas comes before it"
