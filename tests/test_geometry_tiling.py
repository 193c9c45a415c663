"""Tilings, canvases and tiles: values by hand and from upstream, and what holds for all images."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtok.errors import UsageError
from vtok.geometry.canvases import centred, contained, cut, stitched
from vtok.geometry.places import Patches
from vtok.geometry.tiling import best_fit, chosen, nearest_aspect, tile_grids, tile_grids_of_set
from vtok.values import Box, Size

SIDE = st.integers(1, 4000)
CANVASES = [Size(384 * rows, 384 * columns) for columns, rows in tile_grids(1, 9)]


@pytest.mark.parametrize(
    ("width", "height", "tiles"),
    [
        # deepseek-ai/DeepSeek-VL2, select_best_resolution
        (384, 384, (1, 1)),
        (385, 384, (2, 1)),
        (1954, 5772, (2, 4)),
        (2113, 1064, (4, 2)),
        (1, 769, (1, 3)),
        (100_000, 1, (1, 1)),  # its height truncates to 0 on every canvas: the least wasteful is the smallest
    ],
)
def test_the_canvas_that_keeps_most(width: int, height: int, tiles: tuple[int, int]) -> None:
    assert chosen(best_fit(Size(height, width), CANVASES, tile=384)).tiles == tiles


def test_of_equal_canvases_the_first_wins() -> None:
    # 200 x 200 wastes as much on either: the order of the list decides, as it does between LLaVA-NeXT's two codes
    both = [Size(336, 672), Size(672, 336)]
    assert chosen(best_fit(Size(200, 200), both, tile=336)).canvas == both[0]
    assert chosen(best_fit(Size(200, 200), both[::-1], tile=336)).canvas == both[1]


def test_no_canvas_is_an_error() -> None:
    with pytest.raises(UsageError, match="no canvas"):
        best_fit(Size(1, 1), [], tile=336)


@given(SIDE, SIDE)
def test_one_candidate_wins_by_its_scores(height: int, width: int) -> None:
    size = Size(height, width)
    candidates = best_fit(size, CANVASES, tile=384)
    (winner,) = (candidate for candidate in candidates if candidate.chosen)
    ranks = [(dict(c.scores)["effective pixels"], -dict(c.scores)["wasted pixels"]) for c in candidates]
    assert ranks[candidates.index(winner)] == max(ranks)
    grids = tile_grids(1, 12)
    nearest = nearest_aspect(size, grids, tile=448)
    (winner,) = (candidate for candidate in nearest if candidate.chosen)
    assert dict(winner.scores)["aspect distance"] == min(dict(c.scores)["aspect distance"] for c in nearest)


def test_grids_in_both_orders() -> None:
    # transformers, get_all_supported_aspect_ratios(1, 4); and the set that InternVL sorts by product
    assert tile_grids(1, 4) == ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 4), (2, 2), (4, 1))
    pairs = {(i, j) for n in range(2, 13) for i in range(1, n + 1) for j in range(1, n + 1) if 2 <= i * j <= 12}
    assert tile_grids_of_set(2, 12) == tuple(sorted(pairs, key=lambda pair: pair[0] * pair[1]))


@given(st.integers(1, 40), st.integers(1, 40))
def test_both_orders_hold_the_same_grids(low: int, high: int) -> None:
    if low > high:
        with pytest.raises(UsageError, match="lower number first"):
            tile_grids(low, high)
        return
    assert set(tile_grids(low, high)) == set(tile_grids_of_set(low, high))
    assert all(low <= columns * rows <= high for columns, rows in tile_grids(low, high))


@pytest.mark.parametrize(
    ("width", "height", "original", "other"),
    [
        # OpenGVLab/InternVL, dynamic_preprocess, and transformers, get_optimal_tiled_canvas, both of 4 to 4 tiles
        (5, 2, (4, 1), (2, 2)),
        (2740, 1096, (2, 2), (4, 1)),
    ],
)
def test_order_decides_between_equally_near_grids(
    width: int, height: int, original: tuple[int, int], other: tuple[int, int]
) -> None:
    size = Size(height, width)
    assert chosen(nearest_aspect(size, tile_grids_of_set(4, 4), tile=448)).tiles == original
    assert chosen(nearest_aspect(size, tile_grids(4, 4), tile=448)).tiles == other


@pytest.mark.parametrize(
    ("side", "tiles"), [(1, (1, 1)), (448, (1, 1)), (633, (1, 1)), (634, (2, 2)), (950, (2, 2)), (951, (3, 3))]
)
def test_a_square_takes_more_tiles_once_it_half_fills_them(side: int, tiles: tuple[int, int]) -> None:
    assert chosen(nearest_aspect(Size(side, side), tile_grids(1, 12), tile=448)).tiles == tiles


@pytest.mark.parametrize(
    ("size", "canvas", "content"),
    [
        # Pillow 13, ImageOps.pad, read from its pixels
        (Size(769, 1), Size(1152, 384), Box(192, 0, 193, 1152)),
        (Size(336, 672), Size(384, 384), Box(0, 96, 384, 288)),
        (Size(1064, 2113), Size(768, 1536), Box(6, 0, 1531, 768)),
        (Size(1, 768), Size(384, 384), Box(0, 192, 384, 192)),
    ],
)
def test_images_are_padded_as_pillow_does(size: Size, canvas: Size, content: Box) -> None:
    assert centred(contained(size, canvas), canvas) == content


@given(SIDE, SIDE, st.integers(1, 5), st.integers(1, 5))
def test_tiles_partition_the_image(height: int, width: int, columns: int, rows: int) -> None:
    size, canvas = Size(height, width), Size(64 * rows, 64 * columns)
    resized = contained(size, canvas)
    content = centred(resized, canvas)
    tiles = cut(size, canvas, (columns, rows), Patches(16), content=content)
    assert len(tiles) == columns * rows
    assert sum(t.source.width * t.source.height for t in tiles) == pytest.approx(size.area)
    assert sum(t.content.width * t.content.height for t in tiles) == pytest.approx(resized.area)
    assert (tiles[0].source.left, tiles[0].source.top) == (0, 0)
    assert (tiles[-1].source.right, tiles[-1].source.bottom) == (width, height)
    for i, tile in enumerate(tiles[:-1]):
        if (i + 1) % columns:
            assert tile.source.right == tiles[i + 1].source.left


@given(SIDE, SIDE, st.integers(1, 4), st.integers(1, 4), st.integers(1, 5))
def test_stitched_cells_restart_at_each_tile(height: int, width: int, columns: int, rows: int, cells: int) -> None:
    size, canvas = Size(height, width), Size(64 * rows, 64 * columns)
    content = centred(contained(size, canvas), canvas)
    tiles = cut(size, canvas, (columns, rows), Patches(16), content=content)
    raster = stitched(tiles, columns, cells=cells, cell=16)
    assert (raster.rows, raster.columns) == (cells * rows, cells * columns)
    assert list(raster.xs) == sorted(raster.xs)
    assert list(raster.ys) == sorted(raster.ys)
    assert (raster.xs[0], raster.ys[0], raster.xs[-1], raster.ys[-1]) == (0, 0, width, height)
    assert [raster.xs[cells * i] for i in range(columns)] == [tile.source.left for tile in tiles[:columns]]


def test_stitched_cells_of_padding_have_no_area() -> None:
    # 100 x 100 pixels, doubled, in the middle of two tiles of 200: 4 cells of 50 in each, half of them padding
    canvas = Size(200, 400)
    tiles = cut(Size(100, 100), canvas, (2, 1), Patches(50), content=Box(100, 0, 300, 200))
    raster = stitched(tiles, 2, cells=4, cell=50)
    assert raster.xs == (0, 0, 0, 25, 50, 75, 100, 100, 100)
    assert raster.ys == (0, 25, 50, 75, 100)
