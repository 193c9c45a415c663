"""Where a branch of a rule begins and ends: equal sides, limits that are met exactly, strips. Calculated by hand."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest

import vtok
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry import canvases, clocks, floats, frames, positions, resize, scaling, snapping, tiling
from vtok.values import Candidate, Raster, Sampling, Size, Span, Step

# Sizes and canvases


def test_a_strip_on_a_canvas_keeps_one_pixel() -> None:
    # 1 x 3000 pixels: the width shrinks to 1120, and 1 * 1120 / 3000 drops to 0
    for rule in (canvases.fit_within, canvases.fit_within_float32):
        assert rule(Size(1, 3000), Size(560, 1120), tile=560).after == Size(1, 1120)
        assert rule(Size(3000, 1), Size(1120, 560), tile=560).after == Size(1120, 1)


def test_what_a_canvas_does_to_an_image_is_said() -> None:
    canvas = Size(1120, 1120)
    assert canvases.fit_within(Size(600, 900), canvas, tile=560).reason.startswith("not resized")
    assert canvases.fit_within(Size(100, 200), canvas, tile=560).reason.startswith("enlarged")
    assert canvases.fit_within(Size(2240, 2240), canvas, tile=560).reason.startswith("shrunk")


def test_a_square_whose_scale_loses_a_pixel() -> None:
    # 55 * (448 / 55) is 447.99999999999994: the side that is not set drops its fraction, and the height is set
    assert canvases.padded_to_tiles(Size(55, 55), (1, 1), tile=448, least=1).after == Size(448, 447)
    # transformers 5.23, run: models/llama4, get_max_res_without_distortion
    assert canvases.fit_within_float32(Size(1215, 1215), Size(1008, 1008), tile=336).after == Size(1008, 1007)


def test_a_side_of_just_the_least_is_taken() -> None:
    assert canvases.padded_to_tiles(Size(448, 10), (1, 1), tile=448, least=10).after == Size(448, 10)
    with pytest.raises(UnsupportedSizeError, match="below 11"):
        canvases.padded_to_tiles(Size(448, 10), (1, 1), tile=448, least=11)


@pytest.mark.parametrize(
    ("size", "canvas", "after"),
    [
        # transformers 5.23, run: models/llama4, get_max_res_without_distortion with canvas sides that are tensors
        (Size(285, 95), Size(336, 336), Size(336, 111)),  # 95 * (336 / 285) is 111.99999999999999; nothing is held
        (Size(249, 166), Size(336, 1344), Size(336, 223)),
        (Size(497, 639), Size(336, 1344), Size(336, 432)),  # 639 * float32(336 / 497) is 432 in float32
    ],
)
def test_which_scale_is_a_float32(size: Size, canvas: Size, after: Size) -> None:
    assert canvases.fit_within_float32(size, canvas, tile=336).after == after


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (Size(2240, 1120), "shrunk by 0.5 to fit the canvas"),
        (Size(1120, 2240), "shrunk by 0.5 to fit the canvas"),
        (Size(280, 140), "enlarged by 2 to fill a tile"),
        (Size(140, 280), "enlarged by 2 to fill a tile"),
    ],
)
def test_the_scale_of_a_fit_is_said(size: Size, reason: str) -> None:
    assert canvases.fit_within(size, Size(1120, 1120), tile=560).reason == reason


def test_a_map_of_tokens_is_shrunk_above_1_1_times_its_side() -> None:
    # 33 * 33 = 1.21 * 30 * 30: the ratio of the sides is 1.1 to the last bit, and passes
    assert canvases.shrunk_map(33, 33, 900) == (33, 33)
    assert canvases.shrunk_map(34, 33, 900) == (30, 29)  # sqrt(1122 / 900) = 1.1165: 30.45 and 29.56


def test_the_digits_to_which_unpadding_rounds() -> None:
    # 24 columns, 24 rows, an image as wide as tall less a little: 24 * side / 10 ** 8 columns of tokens
    assert canvases.unpad_rounded(Size(10**8, 10**8 // 2 - 1), 24, 24)[1] == range(6, 18)  # 11.99999976, rounded: 12
    assert canvases.unpad(Size(10**8, 10**8 // 2 - 1), 24, 24)[1] == range(6, 18)  # (24 - 11) // 2 is 6, too
    # 13 columns are odd: 6.99999974 is rounded to 6.9999997 and truncated to 6, which leaves (14 - 6) // 2 = 4
    assert canvases.unpad_rounded(Size(10**8, 10**8 // 2 - 2), 14, 14)[1] == range(4, 10)
    # 6.99999998 has eight digits; seven make it 7: (14 - 7) // 2 = 3
    assert canvases.unpad_rounded(Size(10**9, 10**9 // 2 - 1), 14, 14)[1] == range(3, 11)
    assert canvases.unpad(Size(10**9, 10**9 // 2 - 1), 14, 14)[1] == range(4, 10)


@pytest.mark.parametrize(
    ("size", "after"),
    [
        (Size(400, 400), Size(384, 384)),  # equal sides: scale 384 / 400 = 0.96
        (Size(400, 640), Size(384, 608)),  # 640 * 0.96 = 614.4, down to 19 * 32
        (Size(640, 400), Size(608, 384)),
        (Size(300, 500), Size(384, 640)),  # 500 * 1.28 is 640 exactly, the most
        (Size(300, 600), Size(320, 640)),  # 768 would exceed 640: 384 * 640 / 768 = 320
    ],
)
def test_a_shorter_side_that_is_capped(size: Size, after: Size) -> None:
    step = resize.short_edge_capped(size, shortest_edge=384, longest_edge=640, factor=32)
    assert step.after == after
    assert step.reason.startswith(
        "the longer side is resized to 640" if size == Size(300, 600) else "the shorter side is resized to 384"
    )
    assert step.reason.endswith("both sides are rounded down to multiples of 32")


def test_equal_sides_count_as_wide() -> None:
    # transformers 5.23, get_resize_output_image_size: if width >= height, the width is set and the height made even
    assert resize.longest_edge_even(Size(100, 100), 301).after == Size(302, 301)


@pytest.mark.parametrize(
    ("size", "edge", "after"),
    [
        (Size(1, 9000), 4000, Size(1, 4000)),  # 0.4 drops to 0, held to 1
        (Size(9000, 1), 4000, Size(4000, 1)),
        # 4096 is not above 4096: 186 stays, though 4096 / (4096 / 186) is 185.99999999999997
        (Size(186, 4096), 4096, Size(186, 4096)),
        (Size(4096, 186), 4096, Size(4096, 186)),
    ],
)
def test_sides_of_strips(size: Size, edge: int, after: Size) -> None:
    step = resize.longest_edge_even(size, edge)
    assert step.after == after
    assert "then" not in step.reason


@pytest.mark.parametrize(
    ("size", "after", "words"),
    [
        (Size(5, 994), Size(5, 994), "not resized: 71 patches are at most 71"),  # 5 pixels count as one patch of 14
        (Size(994, 5), Size(994, 5), "not resized: 71 patches are at most 71"),
        (Size(142, 142), Size(119, 119), "100 whole patches are shrunk to at most 71"),  # 142 * sqrt(71 / 100) = 119.6
        (
            Size(14, 1988),
            Size(9, 1400),
            "the longer side of 1,988 pixels is shrunk to 100 patches",
        ),  # 0.704, below sqrt(1 / 2)
    ],
)
def test_patches_and_sides(size: Size, after: Size, words: str) -> None:
    step = resize.fit_patches_and_sides(size, patch_size=14, max_patches=71, max_side_patches=100)
    assert step.after == after
    assert step.reason.startswith(words)


@pytest.mark.parametrize("name", ["patch_size", "max_patches", "max_side_patches"])
def test_a_limit_below_one_is_refused(name: str) -> None:
    numbers = {"patch_size": 14, "max_patches": 71, "max_side_patches": 100, name: 0}
    with pytest.raises(UsageError, match=f"{name} is 0; it must be at least 1"):
        resize.fit_patches_and_sides(Size(100, 100), **numbers)
    numbers.pop("max_side_patches")
    if name in numbers:
        with pytest.raises(UsageError, match=f"{name} is 0; it must be at least 1"):
            resize.fit_patches(Size(100, 100), **numbers)


def test_a_limit_of_one_is_taken() -> None:
    snapping.check_positive(limit=1)
    with pytest.raises(UsageError, match=r"limit is 0\.5"):
        snapping.check_positive(limit=0.5)


@pytest.mark.parametrize(
    ("aspects", "texts"),
    [
        ((1.5, 2.0), ("1.50", "2.00")),
        ((1.501, 1.502), ("1.501", "1.502")),
        ((1.5, 1.5), ("1.50", "1.50")),
        ((0.1, 0.2), ("0.10", "0.20")),
        ((0.01234, 0.5), ("0.0123", "0.50")),  # below 0.1 by digits that count
        ((0.50000012, 0.5000003), ("0.500000", "0.500000")),  # six digits at most
        ((0.5000012, 0.500003), ("0.500001", "0.500003")),
    ],
)
def test_aspect_ratios_in_sentences(aspects: tuple[float, ...], texts: tuple[str, ...]) -> None:
    assert snapping.ratios(*aspects) == texts


def test_the_longer_side_of_a_strip_is_held() -> None:
    def reason(size: Size) -> str:
        return snapping.fill_pixels(size, factor=10, max_pixels=1000).reason

    # 1 x 500 becomes 10 x 5000, and 1,000 pixels leave 10 x 100; 10 x 20 pixels become 20 x 40
    assert reason(Size(1, 500)).endswith("held to 100")
    assert reason(Size(500, 1)).endswith("held to 100")
    assert "held" not in reason(Size(10, 20))
    assert "held" not in reason(Size(10, 80))  # scaled by 1.118 to 11.2 x 89.4: 10 x 80


def test_a_shorter_side_of_equal_sides() -> None:
    assert resize.short_edge(Size(50, 50), 224).after == Size(224, 224)
    assert resize.short_edge(Size(50, 75), 224).after == Size(224, 336)


@pytest.mark.parametrize("rule", [resize.long_edge_rounded, resize.long_edge_truncated])
def test_a_shorter_side_is_held_to_its_least(rule: Callable[..., Step]) -> None:
    held = rule(Size(10, 1000), 500, least=14)
    assert held.after == Size(14, 500)  # 5, held to 14
    assert "held to 14" in held.reason
    assert "held" not in rule(Size(500, 1000), 500, least=14).reason
    assert "held" not in rule(Size(28, 1000), 500, least=14).reason  # 14 itself
    assert rule(Size(1000, 28), 500, least=14).after == Size(500, 14)


@pytest.mark.parametrize(
    ("size", "edge", "after"),
    [
        (Size(101, 101), 300, Size(300, 300)),
        (Size(50, 150), 301, Size(100, 301)),  # 301 / 3 = 100.3
        (Size(150, 50), 303, Size(303, 102)),  # 101, up to an even number
        (Size(3, 3000), 5000, Size(4, 4096)),  # 5, up to 6; then 4096 of 5000: 6 * 0.8192 = 4.9
        (Size(3000, 3), 5000, Size(4096, 4)),
        (Size(1, 9000), 4097, Size(1, 4096)),  # 0, held to 1; then 4096 / 4097 of it, held to 1 again
        (Size(9000, 1), 4097, Size(4096, 1)),
        (Size(1000, 1000), 4100, Size(4096, 4096)),
        (Size(2048, 4096), 4096, Size(2048, 4096)),
        (Size(4096, 2048), 4096, Size(4096, 2048)),
    ],
)
def test_the_longest_edge_with_an_even_other_side(size: Size, edge: int, after: Size) -> None:
    assert resize.longest_edge_even(size, edge).after == after


def test_an_image_that_fills_its_box_is_kept() -> None:
    box = Size(100, 200)
    assert "not resized" in resize.fit_box(Size(100, 200), box).reason
    assert "not resized" in resize.fit_box(Size(100, 150), box).reason
    assert "not resized" in resize.fit_box(Size(50, 200), box).reason
    assert resize.fit_box(Size(101, 200), box).after != Size(101, 200)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: snapping.fill_patches(Size(9, 9), patch_size=0, max_patches=4),
        lambda: snapping.fill_patches(Size(9, 9), patch_size=4, max_patches=0),
        lambda: snapping.fill_pixels(Size(9, 9), factor=0, max_pixels=99),
        lambda: snapping.fill_pixels(Size(9, 9), factor=4, max_pixels=0),
        lambda: snapping.smart_resize(Size(9, 9), factor=4, min_pixels=0, max_pixels=99),
        lambda: snapping.smart_resize(Size(9, 9), factor=4, min_pixels=4, max_pixels=0),
        lambda: tiling.tile_grids(0, 4),
        lambda: tiling.tile_grids(5, 4),
        lambda: tiling.tile_grids(1, tiling.MAX_TILES + 1),
    ],
)
def test_numbers_that_leave_nothing_are_a_wrong_request(wrong: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        wrong()


def test_limits_that_are_equal_are_met() -> None:
    step = snapping.smart_resize_from_factor(Size(280, 280), factor=28, min_pixels=78_400, max_pixels=78_400)
    assert step.after == Size(280, 280)
    with pytest.raises(UnsupportedSizeError, match="below min_pixels"):
        snapping.smart_resize_from_factor(Size(280, 280), factor=28, min_pixels=78_401, max_pixels=78_400)


def test_a_few_pixels_are_enlarged_a_hundred_times_at_most() -> None:
    step = snapping.fill_patches(Size(1, 1), patch_size=10, max_patches=10_000)
    assert step.after == Size(100, 100)
    assert "to 100 patches, of at most 10,000" in step.reason


def test_a_video_of_one_pair_of_frames_is_enough() -> None:
    numbers = {"temporal_factor": 2, "factor": 28, "min_pixels": 784, "max_pixels": 10**6}
    assert snapping.smart_resize_video(Size(28, 56), num_frames=2, **numbers).after == Size(28, 56)
    with pytest.raises(UnsupportedSizeError, match="1; the model needs at least 2"):
        snapping.smart_resize_video(Size(28, 56), num_frames=1, **numbers)


# Tiles


def tiles_of(candidates: Sequence[Candidate]) -> tuple[int, int]:
    return tiling.chosen(candidates).tiles


def scores_of(candidates: Sequence[Candidate], tiles: tuple[int, int]) -> dict[str, float]:
    return dict(next(candidate.scores for candidate in candidates if candidate.tiles == tiles))


def test_grids_come_by_their_number_then_by_columns() -> None:
    assert tiling.tile_grids(1, 4) == ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 4), (2, 2), (4, 1))
    products = [columns * rows for columns, rows in tiling.tile_grids_of_set(2, 12)]
    assert products == sorted(products)
    assert len(tiling.tile_grids(1, tiling.MAX_TILES)) > tiling.MAX_TILES


def test_scores_of_the_best_fit() -> None:
    # 385 x 384 on 768 x 384: scale 1, all 147,840 pixels survive, of 294,912; on 384 x 384: 384 / 385, 384 * 383
    answer = tiling.best_fit(Size(384, 385), [Size(384, 384), Size(384, 768), Size(768, 768)], tile=384)
    assert tiles_of(answer) == (2, 1)
    assert scores_of(answer, (2, 1)) == {"effective pixels": 147_840, "wasted pixels": 147_072}
    assert scores_of(answer, (1, 1)) == {"effective pixels": 384 * 383, "wasted pixels": 384}
    assert scores_of(answer, (2, 2))["wasted pixels"] == 768 * 768 - 147_840


def test_scores_of_the_nearest_aspect() -> None:
    answer = tiling.nearest_aspect(Size(100, 250), tiling.tile_grids(1, 6), tile=10)
    assert scores_of(answer, (3, 2)) == {"aspect distance": 1.0, "half its pixels": 300}
    assert all(candidate.canvas == Size(10 * candidate.tiles[1], 10 * candidate.tiles[0]) for candidate in answer)


def test_scores_of_the_largest_image() -> None:
    # 640 x 480 on 2 x 2 tiles of 448: 896 / 640 = 1.4, and 480 * 1.4 = 672
    assert scores_of(scaling.largest_image(Size(480, 640), tile=448, max_num=4), (2, 2))["short side"] == 672
    assert scores_of(scaling.largest_image(Size(640, 480), tile=448, max_num=4), (2, 2))["short side"] == 672
    square = scaling.largest_image(Size(55, 55), tile=448, max_num=1)
    assert scores_of(square, (1, 1))["short side"] == 448 / 55 * 55  # 447.99999999999994, not rounded
    # no canvas holds 9000 x 3000: 3 to 1, held against 2 and 1; upright, it is height to width that counts
    wide, tall = (scaling.largest_image(size, tile=448, max_num=2) for size in (Size(3000, 9000), Size(9000, 3000)))
    assert scores_of(wide, (2, 1)) == {"considered": 1, "aspect distance": 1}
    assert scores_of(tall, (1, 2)) == {"considered": 1, "aspect distance": 1}
    assert scores_of(wide, (1, 1))["aspect distance"] == scores_of(tall, (1, 1))["aspect distance"] == 2


def test_a_canvas_of_just_the_images_size_holds_it() -> None:
    # 3 x 1 and 4 x 1 leave 448 pixels for the short side; of equals the last wins, which is the smaller one
    assert tiles_of(scaling.largest_image(Size(448, 1344), tile=448, max_num=4)) == (3, 1)
    assert tiles_of(scaling.largest_image(Size(1344, 448), tile=448, max_num=4)) == (1, 3)
    assert tiles_of(scaling.largest_image(Size(9000, 9000), tile=448, max_num=4)) == (2, 2)


def test_scores_and_canvases_of_slices() -> None:
    answer = tiling.log_aspect(Size(448, 1345), side=448, max_num=9)
    for candidate in answer:
        columns, rows = candidate.tiles
        assert candidate.canvas == Size(448 * rows, 448 * columns)
    assert scores_of(answer, (3, 1))["log aspect distance"] == pytest.approx(0.000743, abs=1e-6)  # ln(1345 / 1344)
    assert {candidate.tiles for candidate in answer} == {
        *((1, 3), (3, 1), (1, 4), (2, 2), (4, 1), (1, 5), (5, 1))  # 3.002 areas are 4; one less and one more
    }


def test_slices_of_equal_distance_have_more_rows() -> None:
    # 1.99 areas make 2 slices, so 2 and 3 are tried; a square is as far from 1 x 2 as from 2 x 1
    assert tiles_of(tiling.log_aspect(Size(632, 632), side=448, max_num=9)) == (1, 2)


def test_scores_of_a_covering_grid() -> None:
    answer = tiling.covering_grid(Size(100, 300), tile=100, max_num=4)
    # scored as (rows, columns): 1 x 3 shows all, 3 x 1 shows 100 * (33 / 300 * 100) and a little more of each third
    assert scores_of(answer, (1, 3)) == {"share shown": 1.0, "tiles": 3}
    third, rest = 100 * (33 / 300 * 100), 100 * (34 / 300 * 100)
    assert scores_of(answer, (3, 1))["share shown"] == pytest.approx((2 * third + rest) / 30_000)
    assert all(scores["tiles"] == c.tiles[0] * c.tiles[1] for c in answer for scores in [dict(c.scores)])
    assert all(candidate.canvas == Size(100 * candidate.tiles[1], 100 * candidate.tiles[0]) for candidate in answer)
    assert tiles_of(answer) == (1, 3)


def test_of_grids_that_show_enough_the_fewest_tiles_then_the_most_shown_wins() -> None:
    # 4 tiles are the fewest for 200 x 200 of tiles of 100: 2 x 2 shows all, 1 x 4 and 4 x 1 show half
    assert tiles_of(tiling.covering_grid(Size(200, 200), tile=100, max_num=9)) == (2, 2)
    # nothing shows 0.9 of 1000 x 1000: one tile shows 100 * 100 pixels, two of 500 x 1000 show 100 * 50 each
    assert tiles_of(tiling.covering_grid(Size(1000, 1000), tile=100, max_num=2)) == (1, 1)


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        (Size(100, 120), (2, 1)),  # 1.2 itself is enough
        (Size(120, 100), (1, 2)),
        (Size(100, 119), (0, 0)),
        (Size(100, 400), (4, 1)),
        (Size(100, 250), (3, 1)),  # half up
        (Size(100, 249), (2, 1)),
    ],
)
def test_crops_begin_at_the_ratio(size: Size, grid: tuple[int, int]) -> None:
    assert tiling.crops_along(size, least=20, most=4, ratio=1.2)[0] == grid


def test_as_many_crops_as_are_long_enough() -> None:
    # 400 x 100 could be 4 crops of 100; of 130 pixels at least there are 3
    assert tiling.crops_along(Size(200, 400), least=130, most=4, ratio=1.2)[0] == (2, 1)
    assert tiling.crops_along(Size(130, 520), least=130, most=9, ratio=1.2)[0] == (4, 1)
    assert tiling.crops_along(Size(130, 519), least=130, most=9, ratio=1.2)[0] == (3, 1)


# Frames


def test_a_frame_each_second() -> None:
    each = clocks.whole_second_frames(4, fps=1.4, most=9)  # 1.4 frames round to 1
    assert each == Sampling((0, 1, 2, 3), 4, 1.4, 1.4, "4 of 4 frames, one in 1 for a frame a second at 1.4 fps")
    kept = clocks.whole_second_frames(6, fps=2.0, most=3)
    assert (kept.indices, kept.num_sampled, kept.fps, kept.sample_fps) == ((0, 2, 4), 3, 2.0, 1.0)
    spread = clocks.whole_second_frames(9, fps=2.0, most=3)  # 0, 2, 4, 6, 8 are five
    assert (spread.indices, spread.num_sampled, spread.fps) == ((0, 4, 8), 3, 2.0)
    with pytest.raises(UnsupportedSizeError, match="rounds to 0"):
        clocks.whole_second_frames(4, fps=0.4, most=9)


@pytest.mark.parametrize(
    ("total", "fps", "duration", "rates", "indices"),
    [
        (20, 2.0, 10.0, (1.0, 10.0), tuple(range(0, 20, 2))),  # as long as the most
        (20, 2.0, 5.0, (4.0, 10.0), tuple(range(11))),  # 20 ticks at 4 a second; the last one at 19 / 4 s is frame 9.5
        (20, 2.0, 10.0, (4.0, 10.0), tuple(range(20))),
        (10, 2.0, 10.0, (1.0, 99.0), (0, 2, 4, 6, 8, 9)),  # ten ticks, though the video ends after five seconds
        (10, 0.5, 20.0, (1.0, 10.0), tuple(range(10))),  # ten ticks of a longer video of ten frames: all
        (11, 0.5, 20.0, (1.0, 10.0), (0, 2, 3, 4, 5, 6, 7, 8, 9, 10)),  # every 20 / 9 s
    ],
)
def test_frames_by_a_clock(
    total: int, fps: float, duration: float, rates: tuple[float, float], indices: tuple[int, ...]
) -> None:
    rate, most = rates  # frames a second, and for how many seconds at most
    answer = clocks.clocked_frames(total, fps=fps, duration=duration, sample_fps=rate, max_duration=most, multiple=1)
    assert answer.indices == indices
    assert answer.fps == fps


def test_frames_by_a_clock_that_stops_early() -> None:
    # 20 frames, said to last 10 s at 4 a second: the 20 ticks reach frame 18, so 20 places are spread over 0 to 18
    answer = clocks.paced_frames(20, fps=4.0, duration=10.0, rates=((30, 1.0),), max_frames=99, multiple=2)
    assert answer.indices == (*range(19), 18)
    assert answer.fps == 4.0


def test_a_clock_that_is_held_says_so() -> None:
    def reason(most: int) -> str:
        # 10 s of 3 patches of 2 frames: 60 frames
        rule = partial(clocks.paced_frames, fps=10.0, duration=10.0, rates=((30.0, 3.0),), multiple=2)
        return rule(100, max_frames=most).reason

    assert reason(59).endswith("held to the most of 59")
    assert "held" not in reason(60)


@pytest.mark.parametrize(
    ("end", "n", "start", "index", "frame"),
    [
        # torch 2.13, run: torch.arange(start, end, end / n).int()
        (264_684, 318, 0, 315, 262_186),  # the rest of the lanes
        (191_372, 216, 191_372 / 216 / 2, 162, 143_972),  # in the lanes
    ],
)
def test_the_lanes_of_torch(end: int, n: int, start: float, index: int, frame: int) -> None:
    assert floats.torch_arange(end, end / n, start=start)[index] == frame


@pytest.mark.parametrize(("end", "n", "index", "frame"), [(2246, 45, 11, 562), (652, 49, 18, 244)])
def test_the_halves_of_torch(end: int, n: int, index: int, frame: int) -> None:
    # torch 2.13, run: torch.linspace(0, end, n).round().long()
    assert floats.torch_linspace(0, end, n)[index] == frame


def test_frames_are_filled_up() -> None:
    assert frames.filled((0, 1, 2, 3), 3) == (0, 1, 2, 3, 3, 3)
    sampling = frames.fractional_frames(20, fps=30.0, sample_fps=None, sample_frames=5, bounds=(4, 16), multiple=2)
    assert (sampling.num_sampled, sampling.indices) == (5, (0, 4, 8, 12, 16, 16))


def test_a_video_of_one_frame_is_refused_by_its_length() -> None:
    with pytest.raises(UnsupportedSizeError, match="1 frame; the model needs at least 2"):
        frames.even_frames(1, fps=30.0, sample_fps=2.0, sample_frames=None, multiple=2, bounds=(4, 768))
    with pytest.raises(UnsupportedSizeError, match="1 frame; the model needs at least 2"):
        frames.smart_nframes(0, 0, fps=30.0, sample_fps=2.0, sample_frames=None, bounds=(4, 768))


def test_the_bound_that_decided_is_said() -> None:
    def reason(sample_fps: float, bounds: tuple[int, int] = (4, 16)) -> str:
        return frames.spread_frames(
            40, fps=10.0, sample_fps=sample_fps, sample_frames=None, multiple=1, bounds=bounds
        ).reason

    assert reason(0.75).endswith("that is 3 frames, raised to the least of 4")
    assert reason(1.0).endswith("from 10 fps")  # 4, the least
    assert reason(4.0).endswith("from 10 fps")  # 16, the most
    assert reason(4.25).endswith("that is 17 frames, held to the most of 16")


NUMBERS: list[Callable[..., Sampling]] = [
    lambda fps: frames.even_frames(40, fps=fps, sample_fps=None, sample_frames=4, multiple=2, bounds=(2, 9)),
    lambda fps: frames.spread_frames(40, fps=fps, sample_fps=None, sample_frames=4, multiple=2, bounds=(2, 9)),
    lambda fps: frames.smart_nframes(0, 39, fps=fps, sample_fps=2.0, sample_frames=4, bounds=(2, 9)),
    lambda fps: frames.fractional_frames(40, fps=fps, sample_fps=None, sample_frames=4, bounds=(2, 9)),
    lambda fps: frames.floor_frames(40, fps=fps, sample_fps=None, sample_frames=4, multiple=1),
    lambda fps: frames.truncated_frames(40, fps=fps, n=4),
    lambda fps: frames.middle_frames(40, fps=fps, n=4),
    lambda fps: frames.near_middle_frames(40, fps=fps, n=4),
]


@pytest.mark.parametrize("rule", NUMBERS)
def test_a_tenth_of_the_frames_is_a_tenth_of_the_rate(rule: Callable[..., Sampling]) -> None:
    answer = rule(30.0)
    assert (answer.num_sampled, answer.fps, answer.sample_fps) == (4, 30.0, 3.0)
    assert answer.reason.startswith("4 of 40 frames")


def test_every_frame_has_the_rate_of_the_video() -> None:
    answer = frames.every_frame(3, fps=10.0, multiple=2)
    assert (answer.indices, answer.num_sampled, answer.fps, answer.sample_fps) == ((0, 1, 2, 2), 3, 10.0, 10.0)


@pytest.mark.parametrize(("asked", "most", "taken"), [(4, 16, 4), (16, 16, 16), (17, 16, None), (3, 16, None)])
def test_a_number_of_frames_lies_within_its_bounds(asked: int, most: int, taken: int | None) -> None:
    def rule() -> Sampling:
        return frames.fractional_frames(20, fps=30.0, sample_fps=None, sample_frames=asked, bounds=(4, most))

    if taken:
        assert rule().num_sampled == taken
        return
    with pytest.raises(UnsupportedSizeError, match="4 to 16"):
        rule()


def test_no_more_frames_than_there_are() -> None:
    with pytest.raises(UnsupportedSizeError, match="11 of 10 frames were asked for"):
        frames.fractional_frames(10, fps=30.0, sample_fps=None, sample_frames=11, bounds=(4, 16))
    full = frames.fractional_frames(10, fps=30.0, sample_fps=None, sample_frames=10, bounds=(4, 16))
    assert full.indices == tuple(range(10))
    assert frames.smart_nframes(0, 9, fps=30.0, sample_fps=60.0, sample_frames=None, bounds=(4, 100)).num_sampled == 10
    spread = frames.spread_frames(100, fps=10.0, sample_fps=2.0, sample_frames=None, multiple=2, bounds=(4, 10))
    assert spread.num_sampled == 10  # 20 would be the rate's
    assert "most of 10" in spread.reason


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(None, None, (0, 99)), (0.5, None, (5, 99)), (None, 0.5, (0, 5)), (5.0, 20.0, (50, 99)), (-1.0, 2.0, (0, 20))],
)
def test_a_range_of_seconds(start: float | None, end: float | None, expected: tuple[int, int]) -> None:
    assert frames.frame_range(100, fps=10.0, start=start, end=end) == expected


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (5.0, 4.0, "from 5 s to 4 s in a video of 10 s"),
        (50.0, None, "from 50 s to 10 s in a video of 10 s"),
        (None, 0.05, "from 0 s to 0.05 s in a video of 10 s"),
    ],
)
def test_an_empty_range_of_seconds(start: float | None, end: float | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        frames.frame_range(100, fps=10.0, start=start, end=end)


def test_a_number_that_was_rounded_is_said() -> None:
    def even(asked: int) -> str:
        return frames.even_frames(40, fps=30.0, sample_fps=None, sample_frames=asked, multiple=2, bounds=(2, 9)).reason

    assert "7 is rounded to an even number" in even(7)
    assert "rounded" not in even(8)


# Positions


def test_a_long_text_before_and_after_an_image() -> None:
    # 5,000 positions and the start of the image, then 2 x 2 tokens from 5,001 on, its end at 5,003, text from 5,004 on
    ids = vtok.position_ids("qwen2.5-vl", segments=[["text", 5000], ["image", [1, 4, 4]], ["text", 5000]]).ids
    text = list(range(5001))
    after = list(range(5003, 10_004))
    assert ids[0].tolist() == [*text, 5001, 5001, 5001, 5001, *after]
    assert ids[1].tolist() == [*text, 5001, 5001, 5002, 5002, *after]
    assert ids[2].tolist() == [*text, 5001, 5002, 5001, 5002, *after]


def test_a_short_text_between_images_after_a_long_one() -> None:
    ids = vtok.position_ids(
        "qwen2.5-vl", segments=[["text", 5000], ["image", [1, 4, 4]], ["text", 3], ["image", [1, 4, 4]]]
    ).ids
    # start 5000, 2 x 2 tokens from 5,001 on, end 5003, text 5004 to 5006, start 5007, 2 x 2 tokens from 5,008 on, end
    image = [5001, 5001, 5002, 5002, 5003, 5004, 5005, 5006, 5007, 5008, 5008, 5009, 5009, 5010]
    assert ids[1].tolist() == [*range(5001), *image]
    assert str(ids.dtype) == "int64"


def test_texts_side_by_side_count_on() -> None:
    spans = [Span(kind="text", count=3), block(1, 2, 2), Span(kind="text", count=2), Span(kind="text", count=5)]
    placed = positions.place(spans, steps=positions.whole_steps, after=positions.after_all_axes)
    # Text at 0 to 2, 2 x 2 tokens from 3 on, text from 5 on
    assert [segment.t for segment in placed.segments] == [(0, 2), (3, 3), (5, 6), (7, 11)]


def test_text_has_no_block() -> None:
    placed = positions.place(
        [Span(kind="text", count=2), block(1, 2, 2)], steps=positions.whole_steps, after=positions.after_all_axes
    )
    assert [segment.block is None for segment in placed.segments] == [True, False]
    assert placed.lengths == ()


def block(t: int, rows: int, columns: int) -> Span:
    edges = (0.0, 1.0)
    return Span(
        kind="vision", count=t * rows * columns, raster=Raster(t=t, rows=rows, columns=columns, ys=edges, xs=edges)
    )


def test_a_prompt_of_just_the_limit_is_placed() -> None:
    assert positions.MAX_POSITIONS == 2**26
    placed = positions.place([block(1, 2**13, 2**13)], steps=positions.whole_steps, after=positions.after_all_axes)
    assert (len(placed.blocks), placed.length) == (1, 2**26)
    with pytest.raises(UsageError, match=f"{2**26 + 1:,} positions"):
        positions.place(
            [block(1, 2**13, 2**13), Span(kind="text", count=1)],
            steps=positions.whole_steps,
            after=positions.after_all_axes,
        )


def test_a_still_image_has_no_steps_in_time() -> None:
    def steps(t: int, seconds: float | None) -> Sequence[int]:
        raise AssertionError((t, seconds))

    assert positions.place([block(1, 2, 2)], steps=steps, after=positions.after_all_axes).length == 4


def test_the_last_step_of_a_video_is_within_the_limit() -> None:
    def place(*offsets: int) -> positions.Positions:
        return positions.place([block(3, 1, 1)], steps=lambda _t, _s: offsets, after=positions.after_all_axes)

    assert positions.MAX_OFFSET == 2**40
    assert place(0, 1, positions.MAX_OFFSET).next_position == positions.MAX_OFFSET + 1
    with pytest.raises(UsageError, match=f"spans {positions.MAX_OFFSET + 1:,} positions"):
        place(0, 1, positions.MAX_OFFSET + 1)


# Windows


@pytest.mark.parametrize("grid", [(1, 0, 4), (1, 4, 0), (0, 4, 4), (1, -2, 4)])
def test_a_grid_without_patches(grid: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError):
        vtok.windows("qwen2.5-vl", grids=[grid])


def test_pairs_of_patches_that_attend_to_one_another() -> None:
    # 12 x 12 patches: one window of 8 x 8, two of 8 x 4, one of 4 x 4
    answer = vtok.windows("qwen2.5-vl", grids=[(1, 12, 12)])
    assert answer.pairs_windowed == 64**2 + 2 * 32**2 + 16**2
    assert answer.pairs_full == 144**2


def test_an_image_that_is_not_resized_has_whole_patches() -> None:
    kept = snapping.as_it_is(Size(56, 84), factor=28)
    assert (kept.name, kept.before, kept.after) == ("resize", Size(56, 84), Size(56, 84))
    with pytest.raises(UnsupportedSizeError):
        snapping.as_it_is(Size(56, 85), factor=28)
