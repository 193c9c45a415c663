"""Each rule for many sizes, held against its form for one size, which other tests hold against upstream.

`vtok.count_sizes` asks these rules for the counts alone; here all that they answer is compared, on few sizes: small
ones, halves of a factor, ties of aspect ratios, the limits and their neighbours.
"""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import vtok.geometry.arrays
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry import scaling, snapping
from vtok.geometry.many import ON_ARRAYS, RULES, Scales, Sizes
from vtok.geometry.scaling import grids_by_aspect
from vtok.geometry.single import aspect_distance_single, grids_of_tiles, kept_single
from vtok.geometry.tiling import NEAREST_AREA, tile_grids, tile_grids_of_set
from vtok.values import Candidate, Size, Step

Numbers = dict[str, Any]

CANVASES = [Size(h, w) for h, w in ((336, 672), (672, 336), (672, 672), (336, 1008), (1008, 336))]
GRIDS = [grid for group in grids_by_aspect(12).values() for grid in group]
TILED = [Size(336 * rows, 336 * columns) for columns, rows in GRIDS]
LIMITS = {"min_pixels": 3136, "max_pixels": 200_704}
FRAMES = {"num_frames": 5, "temporal_factor": 2, "factor": 28}

CASES: dict[str, list[Numbers]] = {
    # snapping
    "long_enough": [{"least": 28, "judge": "x"}],
    "short_enough": [{"most": 1024, "judge": "x"}],
    "rounded_pixels": [{"factor": 32, "least": 32}, {"factor": 28, "least": 14}],
    "smart_resize": [{"factor": 28, **LIMITS}, {"factor": 32, "min_pixels": 65_536, "max_pixels": 65_536}],
    "not_resized": [{}],
    "as_it_is": [{"factor": 28}],
    "smart_resize_any_aspect": [{"factor": 28, **LIMITS}, {"factor": 8, "min_pixels": 262_144, "max_pixels": 262_144}],
    "smart_resize_from_factor": [
        {"factor": 28, **LIMITS},
        {"factor": 28, "min_pixels": 10, "max_pixels": 9},
        {"factor": 28, "min_pixels": 50_176, "max_pixels": 50_176},
        {"factor": 28, "min_pixels": 10, "max_pixels": 2 * 784},
    ],
    "smart_resize_lifted": [
        {"factor": 32, **LIMITS},
        {"factor": 28, "min_pixels": 50_176, "max_pixels": 50_176},
        {"factor": 28, "min_pixels": 3136, "max_pixels": 1_000_000},
    ],
    "smart_resize_video": [{**FRAMES, **LIMITS}, {**FRAMES, "num_frames": 1, **LIMITS}],
    "lift_short_side": [{"factor": 28}],
    "pad_to_multiple": [{"factor": 28}],
    "fill_patches": [{"patch_size": 16, "max_patches": 256}, {"patch_size": 14, "max_patches": 1}],
    "fill_pixels": [
        {"factor": 48, "max_pixels": 645_120},
        {"factor": 28, "max_pixels": 784 * 5 + 600},
        {"factor": 48, "max_pixels": 2000},
    ],
    "floor_patches": [{"patch_size": 16, "max_patches": 4096}, {"patch_size": 14, "max_patches": 3}],
    "patch_budget": [
        {"patch_size": 16, "merge_size": 2, "min_patches": 1024, "max_patches": 13_312},
        {"patch_size": 14, "merge_size": 4, "min_patches": 60, "max_patches": 60},
        {"patch_size": 16, "merge_size": 2, "min_patches": 90, "max_patches": 101},
    ],
    "nearest_token_grid": [{"factor": 28, "max_tokens": 4096}, {"factor": 28, "max_tokens": 5}],
    "aligned_within_tokens": [
        {"num_frames": 2, "temporal_factor": 2, "factor": 28, "min_tokens": 16, "max_tokens": 200},
        {"num_frames": 9, "temporal_factor": 2, "factor": 28, "min_tokens": 0, "max_tokens": 3},
    ],
    # resize
    "stretch": [{"target": Size(224, 336)}],
    "short_edge": [{"edge": 224}],
    "short_edge_capped": [{"shortest_edge": 384, "longest_edge": 640, "factor": 32}],
    "long_edge": [{"edge": 1024}],
    "even_along": [{"edge": 364}],
    "longest_edge_even": [{"edge": 364}, {"edge": 4096}, {"edge": 5000}],  # no side above 4,096
    "up_to_tiles": [{"tile": 364}],
    "fit_longest_edge": [{"longest_edge": 1024, "factor": 16}],
    "fit_longest_edge_rounded": [{"longest_edge": 1540, "factor": 28}],
    "cap_long_edge": [{"edge": 800}],
    "fit_box": [{"box": Size(1080, 1920)}],
    "fit_patches": [{"patch_size": 14, "max_patches": 4096}, {"patch_size": 14, "max_patches": 64}],
    "fit_patches_and_sides": [
        {"patch_size": 14, "max_patches": 4096, "max_side_patches": 64},
        {"patch_size": 14, "max_patches": 100, "max_side_patches": 30},
    ],
    # tiling
    "kept_pixels": [{"canvas": canvas} for canvas in CANVASES],
    "best_fit": [
        {"canvases": CANVASES, "tile": 336},
        {"canvases": CANVASES[::-1], "tile": 336},
        {"canvases": TILED, "tile": 336, "kept": kept_single},
    ],
    "nearest_aspect": [
        {"grids": tile_grids(1, 12), "tile": 448},
        {"grids": tile_grids_of_set(2, 9), "tile": 448, "tie": NEAREST_AREA},
        {"grids": grids_of_tiles(1, 12), "tile": 448, "distance": aspect_distance_single},
    ],
    "area_and_aspect": [{"grids": tile_grids_of_set(1, 12), "tile": 512}, {"grids": tile_grids(1, 6), "tile": 100}],
    "log_aspect": [{"side": 448, "max_num": 9}, {"side": 100, "max_num": 20}],
    "covering_grid": [{"tile": 448, "max_num": 12}, {"tile": 60, "max_num": 9}],
    "longest_strip": [{"tile": 336, "max_num": 16}, {"tile": 60, "max_num": 5}, {"tile": 60, "max_num": 1}],
    "tiles_within": [{"tile": 266, "max_num": 12}, {"tile": 60, "max_num": 5}],
    "crops_along": [{"least": 256, "most": 4, "ratio": 1.2}, {"least": 2, "most": 40, "ratio": 1.2}],
    # sliding
    "squared_strip": [{"least": 32, "ratio": 4}],
    "snapped_windows": [{"whole": 728, "tile": 504}, {"whole": 100, "tile": 70}],
    "sliding_windows": [{"whole": 728, "tile": 504}, {"whole": 100, "tile": 70}],
    # scaling
    "fit_scales": [{"canvases": CANVASES}],
    "fit_scales_float32": [{"canvases": CANVASES}],
    "largest_image": [{"tile": 512, "max_num": 12}, {"tile": 100, "max_num": 5}],
    # canvases
    "fit_float32": [{"canvas": Size(336, 560)}, {"canvas": Size(336, 336)}],
    "padded_to_tiles": [{"grid": (2, 3), "tile": 448, "least": 28}],
    "unpad": [{"rows": 48, "columns": 72}, {"rows": 27, "columns": 27}],
    "unpad_rounded": [{"rows": 48, "columns": 72}, {"rows": 27, "columns": 27}],
    # hosted
    "within_sides": [
        {"longest_edge": 2048, "shortest_edge": 768},
        {"longest_edge": 300, "shortest_edge": 224, "enlarge": True},
    ],
    "within_patches": [
        {"patch_size": 32, "max_patches": 1536, "longest_edge": 6000},
        {"patch_size": 32, "max_patches": 60, "longest_edge": 2048},
    ],
    "largest_in_patches": [{"patch_size": 28, "longest_edge": 1568, "max_tokens": 1568}],
    "within_area": [{"longest_edge": 1568, "max_pixels": 1_200_000}, {"longest_edge": 300, "max_pixels": 50_000}],
    "area_tokens": [{"pixels": 750, "most": 1600}, {"pixels": 100, "most": 500}],
    "between_points": [{"points": ((10_000, 100), (100_000, 500), (1_000_000, 1500))}],
    "lifted_long_edge": [{"edge": 400}],
    "crop_units": [{"small": 384, "ratio": 1.5, "least": 256, "most": 768}],
    "covering_tiles": [{"tile": 512}, {"tile": 28}],
    # single
    "snapped_single": [
        {"factor": 28, **LIMITS},
        {"factor": 28},
        {"factor": 16, "longest_edge": 1024},
        {"factor": 32, "min_pixels": 262_144},
    ],
    "kept_single": [{"canvas": canvas} for canvas in CANVASES],
    "aspect_distance_single": [{"grid": (2, 3)}],
    "slice_grids": [{"side": 448, "max_num": 9}, {"side": 100, "max_num": 20}],
    "one_slice_single": [
        {"side": 448, "factor": 14, "rescale": True},
        {"side": 448, "factor": 14, "rescale": False},
    ],
}
"""For each rule of sizes the numbers with which it is asked."""

OF_SIDES: dict[str, list[Numbers]] = {
    "same_area": [{"side": 448, "factor": 14}],
    "positive_multiple": [{"factor": 28}],
    "divisible": [{"by": 28}],
}
"""Rules of one or two sides instead of a size."""

OF_SCALES: dict[str, list[Numbers]] = {
    "least_scaled": [{"canvases": CANVASES, "tile": 336}, {"canvases": CANVASES, "tile": 336, "margin": 56}],
}


def sizes() -> Iterator[Size]:
    """The sizes that are compared."""
    generator = random.Random(11)
    for edge in (1, 2, 13, 14, 15, 27, 28, 42, 112, 224, 336, 448, 1024):
        yield from (Size(edge, edge), Size(edge, 2 * edge), Size(3 * edge, 2 * edge), Size(edge, 300), Size(201, edge))
    for canvas in TILED:
        yield from (canvas, Size(canvas.height + 1, canvas.width), Size(canvas.height, canvas.width - 1))
    yield from (Size(1, 5000), Size(5000, 1), Size(6000, 40), Size(40, 6001), Size(4097, 4096), Size(2_000_000, 7))
    yield from (Size(455, 441), Size(441, 455))  # which round to just the most pixels
    yield from (Size(2021, 4648), Size(3338, 5285))  # whose answer depends on where a bisection begins
    yield from (Size(28, 896), Size(1, 2_000_000))  # a side of just the least, and one that falls below it
    yield from (Size(30, 6100), Size(6100, 30), Size(270, 1200), Size(1200, 270))  # strips of whole patches or tiles
    for unit in (14, 28, 32, 100, 448):
        for _ in range(12):
            yield Size(*(unit * generator.randint(1, 9) + generator.choice((0, 0, unit // 2, 1)) for _ in range(2)))
    for _ in range(100):
        yield Size(int(2 ** generator.uniform(0, 12)), int(2 ** generator.uniform(0, 12)))


SIZES = list(sizes())
MANY = Sizes(*(np.array(side, float) for side in zip(*SIZES, strict=True)))  # type: ignore[arg-type]


def numbers_of(answer: Any) -> list[Any]:
    """What a rule answers of one size or of many, without the words, as a list of numbers or of arrays."""
    match answer:
        case Step():
            return list(answer.after)
        case [Candidate(), *_]:
            best = next(candidate for candidate in answer if candidate.chosen)
            return [*best.tiles, *best.canvas]
        case (tiles, str()):
            return list(tiles)
        case (range(), range()):
            return [len(each) for each in answer]
        case tuple() | list():
            return list(answer)
    return [answer]


def one_by_one(rule: Any, first: list[Any], numbers: Numbers) -> list[Any]:
    """The answers for each of these first arguments; None for a refusal, and where nothing is to choose from."""
    answers: list[Any] = []
    for arguments in first:
        try:
            answers.append(numbers_of(rule(*arguments, **numbers)) or None)
        except (UnsupportedSizeError, UsageError):
            answers.append(None)
    return answers


def at_once(rule: Any, arrays: list[Any], numbers: Numbers, count: int) -> list[list[float]]:
    """The same on arrays, a row for each size."""
    with np.errstate(all="ignore"):
        answer = numbers_of(rule(*arrays, **numbers))
    columns = [np.broadcast_to(each, count).tolist() for each in answer]
    return [list(row) for row in zip(*columns, strict=True)]


def wrong(name: str, rule: Any, first: list[Any], arrays: list[Any], numbers: Numbers) -> list[Any]:
    """The sizes whose answers differ; an array has a side of 0 or a number below 0 for a refused size.

    Wide and upright sizes are asked for apart, too: a rule may do without a branch that no size of an array takes.
    """
    answers, several = one_by_one(RULES[name], first, numbers), []
    wide = np.array([size.width > size.height for size in SIZES])
    for chosen in (np.ones(len(SIZES), bool), wide, ~wide):
        rows = at_once(rule, [_part(array, chosen) for array in arrays], numbers, int(chosen.sum()))
        pairs = zip(np.flatnonzero(chosen).tolist(), rows, strict=True)
        several += [(SIZES[i], answers[i], row) for i, row in pairs if not _agrees(answers[i], row)]
    return several


def _part(array: Any, chosen: Any) -> Any:
    """The chosen sizes, scales or sides."""
    if isinstance(array, Sizes):
        return Sizes(array.height[chosen], array.width[chosen])  # type: ignore[index]
    return Scales(each[chosen] for each in array) if isinstance(array, Scales) else array[chosen]


def _agrees(one: list[Any] | None, row: list[float]) -> bool:
    return min(row) <= 0 if one is None else row == one


@pytest.mark.parametrize(("name", "numbers"), [(name, each) for name in CASES for each in CASES[name]])
def test_a_rule_of_sizes(name: str, numbers: Numbers) -> None:
    assert not wrong(name, ON_ARRAYS[name], [(size,) for size in SIZES], [MANY], numbers)


@pytest.mark.parametrize(("name", "numbers"), [(name, each) for name in OF_SIDES for each in OF_SIDES[name]])
def test_a_rule_of_sides(name: str, numbers: Numbers) -> None:
    count = 2 if name == "same_area" else 1
    first = [tuple(map(float, size[:count])) if count == 2 else (size.height,) for size in SIZES]
    assert not wrong(name, ON_ARRAYS[name], first, list(MANY[:count]), numbers)


@pytest.mark.parametrize("scales", ["fit_scales", "fit_scales_float32"])
@pytest.mark.parametrize(("name", "numbers"), [(name, each) for name in OF_SCALES for each in OF_SCALES[name]])
def test_a_rule_of_scales(name: str, numbers: Numbers, scales: str) -> None:
    first = [(RULES[scales](size, CANVASES),) for size in SIZES]
    assert not wrong(name, ON_ARRAYS[name], first, [ON_ARRAYS[scales](MANY, CANVASES)], numbers)


def test_every_rule_is_compared() -> None:
    assert CASES.keys() | OF_SIDES.keys() | OF_SCALES.keys() == RULES.keys() == ON_ARRAYS.keys()


def test_a_wrong_rule_is_noticed() -> None:
    first, numbers = [(size,) for size in SIZES], {"edge": 1024}
    assert wrong("long_edge", lambda sizes, edge: sizes, first, [MANY], numbers)
    assert wrong("as_it_is", lambda sizes, factor: sizes, first, [MANY], {"factor": 28})


@pytest.mark.parametrize("name", CASES)
def test_the_rule_takes_many_sizes_itself(name: str) -> None:
    rule = next(getattr(room, name) for room in vtok.geometry.arrays.ROOM if hasattr(room, name))
    with np.errstate(all="ignore"):
        answers = [numbers_of(asked(MANY, **CASES[name][0])) for asked in (rule, ON_ARRAYS[name])]
    assert all(np.array_equal(*pair) for pair in zip(*answers, strict=True))


def test_rules_of_scales_and_sides_take_arrays_themselves() -> None:
    scales = scaling.fit_scales(MANY, CANVASES)
    assert isinstance(scales, Scales)
    assert len(numbers_of(scaling.least_scaled(scales, CANVASES, tile=336))[0]) == len(SIZES)
    sides: Any = snapping.positive_multiple(np.array([13.0, 43.0]), 28)  # type: ignore[arg-type]
    assert sides.tolist() == [28, 56]
    assert snapping.positive_multiple(43, 28) == 56


def test_a_size_that_one_rule_of_many_refuses_has_no_side_left() -> None:
    small = ON_ARRAYS["long_enough"](Sizes(np.array([28.0, 27.0]), np.array([30.0, 30.0])), 28, judge="x")  # type: ignore[arg-type]
    assert [side.tolist() for side in small] == [[28, 0], [30, 0]]
