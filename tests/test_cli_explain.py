"""`vtok explain`: settings that yield the numbers of a mismatch."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from terminal import seen

import vtok
from vtok.mismatch import grids
from vtok.values import Size


def answers(run: Run, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("explain", *arguments, "--json").out)
    return found


def test_the_settings_as_asked_come_first(run: Run) -> None:
    # 1280 / 28 = 45.7 -> 46 and 720 / 28 = 25.7 -> 26: 1196 tokens, two more in the prompt
    found = answers(run, "1280x720", "--got", "1196", "--expected", "1198", "-m", "qwen2.5-vl")
    assert found["tokens"] == 1196
    assert (found["got"][0]["changes"], found["got"][0]["distance"]) == ([], 0)
    assert found["expected"][0]["counted"] == "prompt tokens"


def test_the_class_default_of_the_library(run: Run) -> None:
    # sqrt(4032 * 3024 / 1003520) = 3.4857: 4032 -> 1156 -> 41 x 28, 3024 -> 867 -> 30 x 28
    nearest = answers(run, "4032x3024", "--got", "1230", "-m", "qwen2.5-vl")["got"][0]
    assert nearest["typed"] == "--set max_pixels=1003520"
    assert "class default" in nearest["changes"][0]


def test_an_orientation_that_one_side_ignores(run: Run, samples: Path) -> None:
    # Gemma 3 apart, few families count otherwise when turned; LLaVA-NeXT's tilings do
    photo = str(samples / "photo.jpg")
    turned = vtok.layout("llava-next", photo, exif="ignore").tokens
    found = answers(run, photo, "--got", str(turned), "-m", "llava-next")["got"]
    assert ["stored orientation ignored"] in [setting["changes"] for setting in found]


def test_another_pipeline_and_frames_of_a_clip(run: Run, samples: Path) -> None:
    clip = str(samples / "clip.mp4")  # 12 frames in 6 pairs of 46 x 26 tokens
    found = answers(run, clip, "--got", str(12 * 46 * 26), "--expected", str(90 * 46 * 26), "-m", "qwen2.5-vl")
    assert found["got"][0]["typed"] == "--fps 4"
    assert found["expected"][0]["typed"] == "--frames all"


def test_merged_against_unmerged(run: Run) -> None:
    outcome = run("explain", "1280x720", "--got", "1196", "--expected", str(4 * 1196))
    assert "4 times the other" in outcome.out
    found = answers(run, "1280x720", "--expected", str(4 * 1196))["expected"]
    assert found[0]["counted"].startswith("patches")


@pytest.mark.parametrize(("model", "options"), [("internvl", {"max_num": 6}), ("kimi-vl", {"in_token_limit": 1024})])
def test_limits_of_other_families(run: Run, model: str, options: dict[str, Any]) -> None:
    layout = vtok.layout(model, width=1600, height=1200, **options)
    found = answers(run, "1600x1200", "--got", str(layout.tokens), "-m", model)["got"]
    ((name, value),) = options.items()
    assert any(name in setting["typed"] for setting in found)
    assert value


def test_every_setting_found_yields_its_number(run: Run) -> None:
    found = answers(run, "1600x1200", "--got", "1230", "--expected", "256", "-m", "qwen2.5-vl")
    for name, number in found["numbers"].items():
        for setting in found[name]:
            words = setting["typed"].split()
            if (
                len(words) == 2
                and words[0] == "--set"
                and setting["counted"] == "tokens"
                and len(setting["changes"]) == 1
            ):
                assert run("count", "1600x1200", "--field", "tokens", *words).out == f"{number}\n"


def test_a_range_of_limits_is_exact(run: Run) -> None:
    found = answers(run, "2000x2000", "--got", str(31 * 31), "-m", "qwen2.5-vl")["got"]
    text = next(
        t for setting in found for t in setting["changes"] if re.fullmatch(r"max_pixels from [\d,]+ to [\d,]+", t)
    )
    low, high = (int(word.replace(",", "")) for word in text.split()[2::2])

    def tokens(max_pixels: int) -> int:
        return vtok.layout("qwen2.5-vl", width=2000, height=2000, max_pixels=max_pixels).tokens

    assert high == (32 * 28) ** 2 - 1
    assert [tokens(value) for value in (low, high)] == [31 * 31] * 2
    assert tokens(low - 1) < 31 * 31 < tokens(high + 1)


def test_what_nothing_yields_is_said_with_the_nearest(run: Run) -> None:
    found = answers(run, "1280x720", "--got", "1197", "-m", "qwen2.5-vl")["got"]
    assert found
    assert all(setting["tokens"] != 1197 for setting in found)
    outcome = run("explain", "1280x720", "--got", "7", "--expected", "1196", "-m", "qwen2.5-vl")
    assert "cut at its max_length" in outcome.out
    rows = [line.split("\t") for line in outcome.lines]
    assert [row[0] for row in rows].count("number") == 1
    assert {tuple(row[:2]) for row in rows if row[0] == "expected"} == {("expected", "1196")}
    assert any(row[0] == "near got" and row[1] != "7" for row in rows)


def test_grids_of_a_number_go_by_shape() -> None:
    assert grids(12, Size(30, 40))[0] == (3, 4)
    assert grids(12, Size(10, 120))[0] == (1, 12)
    assert grids(1196, Size(720, 1280))[0] == (26, 46)


def test_equal_numbers_are_no_mismatch(run: Run) -> None:
    assert "no mismatch" in run("explain", "1280x720", "--got", "5", "--expected", "5").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["9x9"], "give the numbers"),
        (["--got", "5"], "nothing to count"),
        (["9x9", "--got", "0"], "are possible"),
        (["9x9", "--got", "-4"], "are possible"),
        (["9x9", "--got", "many"], "--got"),
        (["9x9", "--expected", str(10**15)], "are possible"),
        (["9x9", "--got", "5", "-m", "none such"], "unknown model"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run: Run, arguments: list[str], said: str) -> None:
    outcome = run("explain", *arguments)
    assert outcome.code == 2
    assert said in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_file_that_cannot_be_read_is_an_error(run: Run) -> None:
    outcome = run("explain", "nowhere.jpg", "--got", "5")
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)


def test_it_takes_seconds_at_most(run: Run, samples: Path) -> None:
    start = time.monotonic()
    answers(run, str(samples / "photo.jpg"), "--got", "1224", "--expected", "1196", "-m", "deepseek-vl2")
    assert time.monotonic() - start < 20


def test_a_terminal_gets_two_tables() -> None:
    code, screen = seen("vtok explain --got 1224 --expected 1196 1280x720 -m qwen2.5-vl")
    assert code == 0
    assert "got 1,224" in screen
    assert "expected 1,196" in screen
    assert "the settings as asked" in screen
