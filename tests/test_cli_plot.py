"""`vtok plot`: figures of costs and of position ids."""

import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from PIL import Image

from vtok.cli import plot
from vtok.render import plots
from vtok.render.palette import THEMES


@pytest.fixture
def configs() -> Path:
    """The published configs."""
    return Path(__file__).parent / "configs"


def ids(path: Path) -> set[str]:
    return {element.get("id", "") for element in ET.parse(path).getroot().iter()}


def test_tokens_of_several_models(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "a.svg"
    outcome = run("plot", "tokens", "-m", "qwen2.5-vl", "-m", "internvl", "-o", str(target))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert {"curve-0", "curve-1"} <= ids(target)


@pytest.mark.parametrize(
    "more", [["--against", "width"], ["--against", "height", "--to", "800"], ["--aspect", "16:9", "--log"]]
)
def test_what_grows_to_the_right(run: Run, tmp_path: Path, more: list[str]) -> None:
    assert run("plot", "tokens", *more, "-o", str(tmp_path / "a.png"), "--width", "480").code == 0
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (480, 270)


def test_more_models_than_names_fit_are_refused(run: Run, tmp_path: Path) -> None:
    outcome = run("plot", "tokens", "-m", "all", "-o", str(tmp_path / "a.png"))
    assert outcome.code == 2
    assert "no room for their names" in outcome.err


def test_names_stay_on_the_page() -> None:
    look = plots.Look(width=960, height=540, theme=THEMES["light"])
    many = [plots.Curve((f"model-{i}",), [0.0, 1.0], [1, 1 + 9 * (i == 0)]) for i in range(plots.most_names(look))]
    figure = plots.curves(many, plots.Heading("", "", "", ""), look)
    heights = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(heights) == len(many)
    assert all(0 <= box.y0 < box.y1 <= 540 for box in heights)


def words(path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, *arguments: str) -> list[str]:
    """The words of a figure."""
    figures = []
    monkeypatch.setattr(plots, "save", lambda figure, file, ending: figures.append(figure))
    assert run("plot", *arguments, "-o", str(path)).code == 0
    (figure,) = figures
    return [text.get_text() for text in [*figure.texts, *figure.axes[0].texts]]


def test_one_quantity_is_drawn_and_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.png"
    assert "prompt tokens" in words(target, monkeypatch, run, "tokens", "-m", "qwen2.5-vl")
    assert "output tokens" in words(target, monkeypatch, run, "tokens", "-m", "sam")


def test_prompt_and_output_tokens_are_not_mixed(run: Run, tmp_path: Path) -> None:
    outcome = run("plot", "tokens", "-m", "qwen2.5-vl", "-m", "sam", "-o", str(tmp_path / "a.png"))
    assert outcome.code == 2
    assert "draws one quantity: sam-vit-b has output tokens" in outcome.err


def test_what_is_read_by_cross_attention_is_a_footnote(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[plots.Curve] = []
    curves = plots.curves

    def kept(lines: Sequence[plots.Curve], *more: Any, **named: Any) -> Any:
        drawn.extend(lines)
        return curves(lines, *more, **named)

    monkeypatch.setattr(plots, "curves", kept)
    # 4 tiles, black ones included, of 1 + 40 * 40 tokens; the prompt has <|image|> alone
    assert "llama-3.2-vision reads 6,404 more tokens by cross-attention, outside the prompt" in words(
        tmp_path / "a.png", monkeypatch, run, "tokens", "-m", "llama-3.2-vision"
    )
    assert set(drawn[0].ys) == {1}


def test_models_that_cost_the_same_share_a_line(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "a.svg"
    assert run("plot", "tokens", "-m", "qwen2.5-vl", "-m", "qwen2-vl", "-o", str(target)).code == 0
    assert "curve-0" in ids(target)
    assert "curve-1" not in ids(target)


def test_a_checkpoint_is_named_by_its_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configs: Path
) -> None:
    files = json.loads((configs / "qwen2.5-vl.json").read_text("utf-8"))["files"]
    (tmp_path / "my-qwen").mkdir()
    for name, content in files.items():
        (tmp_path / "my-qwen" / name).write_text(json.dumps(content))
    folder = str(tmp_path / "my-qwen")
    assert "my-qwen" in words(tmp_path / "a.png", monkeypatch, run, "tokens", "-m", folder)
    assert any(
        text.startswith("my-qwen: ")
        for text in words(tmp_path / "a.png", monkeypatch, run, "mrope", "--grid", "4x4", "-m", folder)
    )


def test_of_a_long_video_the_first_steps_are_drawn_unless_asked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.png"
    prompt = ("mrope", "--text", "8", "--grid", "6x52x92")
    assert any("drawn: 2 temporal steps of 6" in text for text in words(target, monkeypatch, run, *prompt))
    assert not any("drawn" in text for text in words(target, monkeypatch, run, *prompt, "--to", "9000"))
    outcome = run("plot", *prompt, "--to", "1", "-o", str(target))
    assert (outcome.code, "give the number of positions" in outcome.err) == (2, True)


def test_the_staircase(run: Run, samples: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.svg"
    outcome = run(
        "plot", "mrope", "--text", "8", str(samples / "cat.jpg"), "--text", "5", "--grid", "4x8x8", "-o", str(target)
    )
    assert outcome.code == 0
    assert {"axis-0", "axis-1", "axis-2"} <= ids(target)


def test_a_piece_that_cannot_be_read_is_left_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no image")
    outcome = run("plot", "mrope", "--text", "8", str(tmp_path / "bad.jpg"), "-o", str(tmp_path / "a.pdf"))
    assert outcome.code == 1
    assert "bad.jpg" in outcome.err
    assert (tmp_path / "a.pdf").exists()


def test_without_a_name_it_says_what_was_written(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("plot", "tokens", "--width", "320").lines == ["tokens.png"]
    assert os.listdir(tmp_path) == ["tokens.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["curves"], "there are tokens, mrope, lengths"),
        (["tokens", "a.jpg"], "give them with -m"),
        (["tokens", "--against", "depth"], "write megapixels, width, height"),
        (["tokens", "--to", "0"], "give a number above 0"),
        (["tokens", "--aspect", "4"], "write width:height"),
        (["tokens", "--width", "original"], "give a number of pixels"),
        (["tokens", "--theme", "blue"], "write light or dark"),
        (["tokens", "-o", "a.gif"], "unknown ending"),
        (["tokens", "-o", "a.png", "--format", "svg"], "contradicts the name"),
        (["mrope"], "empty prompt"),
        (["mrope", "--text", "4", "-m", "internvl"], "has no M-RoPE"),
        (["mrope", "--text", "4", "-m", "qwen2-vl", "-m", "qwen2.5-vl"], "give one -m"),
        (["mrope", "--text", "2000000"], "too long for a figure"),
    ],
)
def test_wrong_usage_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run("plot", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_sizes_have_exactly_the_proportions() -> None:
    for against, limit in (("megapixels", 4.0), ("width", 2048.0), ("height", 2048.0)):
        sizes = list(dict.fromkeys(plot._sizes(limit, against, Fraction(4, 3))))
        assert all(size.width * 3 == size.height * 4 for size in sizes)
        places = [plot._place(size, against) for size in sizes]
        assert places == sorted(places)
        assert 0.98 * limit < places[-1] <= limit


def test_proportions_that_few_sizes_have_are_kept_as_nearly_as_can_be() -> None:
    sizes = list(dict.fromkeys(plot._sizes(4.0, "megapixels", Fraction(1000, 999))))
    assert len(sizes) > 500
    assert all(abs(size.width - size.height * 1000 / 999) < 1 for size in sizes)


def test_pipelines_have_a_line_each(run: Run, tmp_path: Path) -> None:
    pipelines = [word for name in ("transformers", "llama.cpp", "ollama") for word in ("--pipeline", name)]
    outcome = run("plot", "tokens", "-m", "qwen3-vl", *pipelines, "-o", str(tmp_path / "p.svg"))
    assert outcome.code == 0, outcome.err
    drawn = (tmp_path / "p.svg").read_text()
    for i, name in enumerate(("transformers", "llama.cpp", "ollama")):
        assert f"curve-{i}" in drawn
        assert f"qwen3-vl \u00b7 {name}" in drawn
