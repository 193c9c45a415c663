"""Rules of the geometry against answers of upstream's own functions on random numbers: tests/geometry_answers.json."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vtok.errors import VtokError
from vtok.geometry import canvases, clocks, floats, frames, loaders, resize, scaling, sliding, snapping, tiling
from vtok.values import Size

ANSWERS = json.loads((Path(__file__).parent / "geometry_answers.json").read_text("utf-8"))


def fractional(total: int, fps: float, asked: dict[str, Any], least: int, most: int) -> Any:
    """The indices."""
    options: dict[str, Any] = {"sample_fps": asked.get("fps"), "sample_frames": asked.get("num_frames")}
    return frames.fractional_frames(total, fps=fps, bounds=(least, most), **options).indices


def on_a_canvas(height: int, width: int, least: int, most: int) -> list[list[int]]:
    """The canvas of an image and its size there, as for GLM-5.3-Flash."""
    size = Size(height, width)
    numbers = {"num_frames": 2, "temporal_factor": 2, "factor": 28, "min_tokens": least, "max_tokens": most}
    canvas = snapping.aligned_within_tokens(size, **numbers).after
    content = snapping.within_canvas(size, canvas, enlarge=size.area < least * 28 * 28)
    return [list(canvas), list(content)]


RULES: dict[str, Callable[..., Any]] = {
    "covering": lambda h, w, tile, n: tiling.chosen(tiling.covering_grid(Size(h, w), tile=tile, max_num=n)).tiles,
    "largest": lambda h, w, tile, n: tiling.chosen(scaling.largest_image(Size(h, w), tile=tile, max_num=n)).tiles,
    "fill_patches": lambda h, w, side, n: snapping.fill_patches(Size(h, w), patch_size=side, max_patches=n).after,
    "linspace": floats.torch_linspace,
    "torch_linspace_values": floats.torch_linspace_values,
    "float32": lambda h, w, high, wide: canvases.fit_within_float32(Size(h, w), Size(high, wide), tile=336).after,
    "fractional": fractional,
    "trimmed": lambda total, fps, seconds, rate, most, skip: (
        clocks.trimmed_frames(total, fps=fps, duration=seconds, sample_fps=rate, most=most, skip=skip).indices
    ),
    "seconds": lambda total, fps, seconds, most: (
        clocks.second_frames(total, fps=fps, duration=seconds, most=most).indices
    ),
    "patch_budget": lambda h, w, patch, merge, least, most: (
        snapping.patch_budget(Size(h, w), patch_size=patch, merge_size=merge, min_patches=least, max_patches=most).after
    ),
    "nearest_token_grid": lambda h, w, factor, most: (
        snapping.nearest_token_grid(Size(h, w), factor=factor, max_tokens=most).after
    ),
    "aligned_within_tokens": lambda h, w, n, temporal, factor, least, most: (
        snapping.aligned_within_tokens(
            Size(h, w), num_frames=n, temporal_factor=temporal, factor=factor, min_tokens=least, max_tokens=most
        ).after
    ),
    "within_canvas": on_a_canvas,
    "ticked_frames": lambda total, fps, seconds, rate, most: (
        clocks.ticked_frames(total, fps=fps, duration=seconds, sample_fps=rate, max_frames=most, multiple=2).indices
    ),
    "paired_frames": lambda total, fps, rate, n, multiple: (
        frames.paired_frames(total, fps=fps, sample_fps=rate, sample_frames=n, multiple=multiple, most=96).indices
    ),
    "thinned_frames": lambda total, fps, seconds, rate, most: (
        clocks.thinned_frames(total, fps=fps, duration=seconds, sample_fps=rate, most=most).indices
    ),
    "capped_frames": lambda total, fps, seconds, rate, most, fastest: (
        clocks.capped_frames(total, fps=fps, duration=seconds, sample_fps=rate, most=most, max_fps=fastest).indices
    ),
    "edges_within": lambda h, w, short, long: (
        resize.edges_within(Size(h, w), shortest_edge=short, longest_edge=long).after
    ),
    "tiles_within": lambda h, w, tile, n: tiling.tiles_within(Size(h, w), tile=tile, max_num=n)[0][::-1],
    "sliding_windows": lambda h, w: sliding.sliding_windows(Size(h, w), whole=728, tile=504),
    "squared_strip": lambda h, w: sliding.squared_strip(Size(h, w), least=32, ratio=4),
    "snapped_windows": lambda h, w, whole, tile: sliding.snapped_windows(Size(h, w), whole=whole, tile=tile),
    "long_edge_scaled": lambda h, w, scale, most: resize.long_edge_scaled(Size(h, w), scale=scale, most=most).after,
    "long_edge_at_least": lambda h, w, edge, least: resize.long_edge_at_least(Size(h, w), edge, least=least).after,
    "floor_patches": lambda h, w, side, n: snapping.floor_patches(Size(h, w), patch_size=side, max_patches=n).after,
}


def wrong(rule: str, cases: list[list[Any]]) -> list[list[Any]]:
    """The cases in which the rule's answer is not the recorded one."""
    return [case for case in cases if answer(RULES[rule], case[0]) != case[1]]


def answer(rule: Callable[..., Any], numbers: list[Any]) -> Any:
    """What a rule answers, or "error" where it refuses."""
    try:
        return list(rule(*numbers))
    except VtokError:
        return "error"


@pytest.mark.parametrize("rule", ANSWERS)
def test_a_rule_answers_as_upstream(rule: str) -> None:
    assert "(run)" in ANSWERS[rule]["source"]
    assert len(ANSWERS[rule]["cases"]) >= 50
    assert not wrong(rule, ANSWERS[rule]["cases"])


def test_a_step_that_scales_is_a_resize() -> None:
    assert resize.long_edge_scaled(Size(10, 20), scale=2.0, most=None).name == "resize"


def test_reasons_of_what_just_fits() -> None:
    # each size, number of patches or of frames is that of its limit, which does not decide
    assert snapping.nearest_token_grid(Size(140, 140), factor=28, max_tokens=25).reason == (
        "5 x 5 tokens, the grid nearest in aspect ratio"
    )
    assert snapping.patch_budget(Size(32, 32), patch_size=16, merge_size=2, min_patches=4, max_patches=9).reason == (
        "2 x 2 patches lie within 4 to 9, both sides multiples of 2"
    )
    tokens = {"num_frames": 2, "temporal_factor": 2, "factor": 28, "min_tokens": 1, "max_tokens": 1}
    assert snapping.aligned_within_tokens(Size(28, 28), **tokens).reason == "both sides up to multiples of 28"
    assert resize.long_edge_scaled(Size(10, 20), scale=2.0, most=40).reason == "the longer side is scaled by 2"
    assert resize.edges_within(Size(50, 100), shortest_edge=50, longest_edge=100).reason == "no side is above 100"
    assert tiling.tiles_within(Size(100, 100), tile=50, max_num=4)[1].startswith("as many tiles as 4 allow")
    every = clocks.thinned_frames(4, fps=None, duration=None, sample_fps=None, most=4)
    assert every.reason == "4 of 4 frames, every one"
    for fps, most in ((4.0, 10), (2.0, 11)):  # of 2 a second at most
        capped = clocks.capped_frames(20, fps=fps, duration=5.0, sample_fps=None, most=most, max_fps=2.0)
        assert capped.reason == f"{most} of 20 frames, at most {most}, at equal distances"


def test_the_reason_of_trimmed_frames() -> None:
    def reason(total: int, fps: float, seconds: float, most: int, skip: int) -> str:
        numbers = {"duration": seconds, "sample_fps": 1.0, "most": most, "skip": skip}
        return clocks.trimmed_frames(total, fps=fps, **numbers).reason  # type: ignore[arg-type]

    assert reason(10, 10.0, 1.0, 64, 1) == "1 of 10 frames, sampled at 1 fps from 10 fps"
    # a second at either end would leave none of these two frames
    held = "sampled at 1 fps from 1 fps: that is 100 frames, held to the most of 4"
    assert reason(2, 1.0, 100.0, 4, 1) == f"2 of 2 frames, {held}"


@pytest.mark.parametrize(("size", "most", "tiles"), [(Size(300, 300), 3, (1, 1)), (Size(300, 900), 3, (3, 1))])
def test_the_longest_strip_of_few_tiles(size: Size, most: int, tiles: tuple[int, int]) -> None:
    # two tiles along a side of a square would be four
    candidates = tiling.longest_strip(size, tile=336, max_num=most)
    assert tiling.chosen(candidates).tiles == tiles
    assert len(candidates) == min(max(tiles) + 1, most)  # up to the first that would be too many


def test_a_flood_of_frames_is_refused() -> None:
    with pytest.raises(VtokError, match="200,000 frames; a layout holds at most"):
        loaders.paced_frames_of_duration(10, fps=1.0, duration=200_000.0, rate=1.0, most=300_000)


def test_the_comparison_can_fail() -> None:
    assert wrong("linspace", [[[0, 10, 3], [0, 5, 10]], [[0, 10, 3], [0, 5, 9]]]) == [[[0, 10, 3], [0, 5, 9]]]
