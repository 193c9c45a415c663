"""`vtok tiles`: candidates, canvas, tiles, sequence, and what one pixel less would save."""

import json

import pytest
from conftest import Run

import vtok
from vtok.render.text.tiles import drawing


def test_one_pixel_above_a_tile_boundary(run: Run) -> None:
    # DeepSeek-VL2: 210 + 1 + 14 x (2 x 14 + 1) = 617 tokens on two tiles, 421 on one
    answer = json.loads(run("tiles", "385x384", "--json").out)[0]
    assert (answer["tiles"], answer["tokens"]) == ({"columns": 2, "rows": 1}, 617)
    change = "421 instead of 617"
    assert answer["saving"] == f"an image smaller by one pixel (384x384) costs 196 prompt tokens less: {change}"
    assert json.loads(run("tiles", "384x384", "--json").out)[0]["tokens"] == 421


def test_candidates_have_the_scores_by_which_upstream_chooses(run: Run) -> None:
    # 1000 x 500 on 768 x 384: scaled by 0.768 to 768 x 384, none wasted. On 1152 x 768 all 500,000 pixels survive, and
    # 1152 x 768 - 500,000 = 384,736 are wasted: the least of those canvases that lose nothing.
    answer = json.loads(run("tiles", "1000x500", "--json").out)[0]["candidates"]
    assert len(answer) == 23
    scores = {tuple(candidate["tiles"].values()): candidate["scores"] for candidate in answer}
    assert scores[2, 1] == {"effective pixels": 768 * 384, "wasted pixels": 0}
    assert scores[3, 2] == {"effective pixels": 500_000, "wasted pixels": 384_736}
    assert [candidate["tiles"] for candidate in answer if candidate["chosen"]] == [{"columns": 3, "rows": 2}]


def test_sections_in_a_pipe_are_tab_separated(run: Run) -> None:
    outcome = run("tiles", "1920x1080", "-m", "internvl")
    lines = outcome.lines
    assert "tiles\t4 x 2 (columns x rows)" in lines
    views = lines.index(next(line for line in lines if line.startswith("view\t")))
    assert lines[views + 1].replace("\t", " ") == "0 tile main 448 448 1 32 32 0 0 448 448 0 0 480 540"
    assert any(line.startswith("span\t") for line in lines)


def test_the_drawing_shades_padding(run: Run) -> None:
    lines = [line.strip() for line in run("tiles", "385x384").lines if line.strip().startswith(("+", "|"))]
    assert lines[0] == "+------------+------------+"
    assert lines[3] == "|░░░░ 1      |     2  ░░░░|"
    assert len(lines) == 7


def test_many_candidates_are_cut_unless_asked_for(run: Run) -> None:
    few = run("tiles", "1920x1080", "-m", "internvl").out
    everything = run("tiles", "1920x1080", "-m", "internvl", "--candidates").out
    assert everything.count("aspect ratio") > few.count("aspect ratio")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["640x480", "-m", "qwen2.5-vl"], 2, "does not tile"),
        ([], 2, "nothing to cut into tiles; give an image"),
        (["nowhere.jpg"], 1, "nowhere.jpg: "),
        (["640x480", "--set", "num_images=x"], 2, "must be a whole number"),
    ],
)
def test_wrong_usage(run: Run, arguments: list[str], code: int, message: str) -> None:
    outcome = run("tiles", *arguments)
    assert outcome.code == code
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_the_model_of_the_environment_is_meant_here_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VTOK_MODEL", "internvl")
    assert run("tiles", "1920x1080").lines[1].startswith("model\tinternvl")
    assert run("tiles", "1920x1080", "-m", "deepseek-vl2").lines[1].startswith("model\tdeepseek-vl2")


def test_tiles_have_the_numbers_of_the_overlay() -> None:
    # DeepSeek-VL2 has the thumbnail as its first view, InternVL as its last
    for model, first in {"deepseek-vl2": 1, "internvl": 0}.items():
        layout = vtok.layout(model, width=1920, height=1080)
        columns, rows = layout.tiles or (0, 0)
        text = " ".join(drawing(layout))
        numbers = [int(word) for word in text.replace("|", " ").split() if word.isdigit()]
        assert numbers == list(range(first, first + columns * rows))
        assert [layout.views[number].kind for number in numbers] == ["tile"] * len(numbers)
