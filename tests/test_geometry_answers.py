"""Rules of the geometry against answers of upstream's own functions on random numbers: tests/geometry_answers.json."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vtok.errors import VtokError
from vtok.geometry import canvases, clocks, floats, frames, scaling, snapping, tiling
from vtok.values import Size

ANSWERS = json.loads((Path(__file__).parent / "geometry_answers.json").read_text("utf-8"))


def fractional(total: int, fps: float, asked: dict[str, Any], least: int, most: int) -> Any:
    """The indices, or "error" where the rule refuses."""
    options: dict[str, Any] = {"sample_fps": asked.get("fps"), "sample_frames": asked.get("num_frames")}
    try:
        return list(frames.fractional_frames(total, fps=fps, bounds=(least, most), **options).indices)
    except VtokError:
        return "error"


RULES: dict[str, Callable[..., Any]] = {
    "covering": lambda h, w, tile, n: tiling.chosen(tiling.covering_grid(Size(h, w), tile=tile, max_num=n)).tiles,
    "largest": lambda h, w, tile, n: tiling.chosen(scaling.largest_image(Size(h, w), tile=tile, max_num=n)).tiles,
    "fill_patches": lambda h, w, side, n: snapping.fill_patches(Size(h, w), patch_size=side, max_patches=n).after,
    "linspace": floats.torch_linspace,
    "float32": lambda h, w, high, wide: canvases.fit_within_float32(Size(h, w), Size(high, wide), tile=336).after,
    "fractional": fractional,
    "trimmed": lambda total, fps, seconds, rate, most, skip: (
        clocks.trimmed_frames(total, fps=fps, duration=seconds, sample_fps=rate, most=most, skip=skip).indices
    ),
    "seconds": lambda total, fps, seconds, most: (
        clocks.second_frames(total, fps=fps, duration=seconds, most=most).indices
    ),
}


def wrong(rule: str, cases: list[list[Any]]) -> list[list[Any]]:
    """The cases in which the rule's answer is not the recorded one."""
    return [case for case in cases if _plain(RULES[rule](*case[0])) != case[1]]


def _plain(answer: Any) -> Any:
    return answer if isinstance(answer, str) else list(answer)


@pytest.mark.parametrize("rule", ANSWERS)
def test_a_rule_answers_as_upstream(rule: str) -> None:
    assert "(run)" in ANSWERS[rule]["source"]
    assert len(ANSWERS[rule]["cases"]) >= 50
    assert not wrong(rule, ANSWERS[rule]["cases"])


def test_the_comparison_can_fail() -> None:
    assert wrong("linspace", [[[0, 10, 3], [0, 5, 10]], [[0, 10, 3], [0, 5, 9]]]) == [[[0, 10, 3], [0, 5, 9]]]
