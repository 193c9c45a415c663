"""Several models side by side: shares of their contexts, pixels per token, sorted, with bars."""

import csv
import io
import json

import pytest
from conftest import Run
from terminal import seen

import vtok


def test_rows_are_sorted_by_cost_and_say_share_and_scale(run: Run) -> None:
    lines = run("count", "280x560", "-m", "qwen2.5-vl", "-m", "qwen3-vl").lines
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]
    # 280 / 32 = 8.75 -> 9 and 560 / 32 = 17.5 -> 18 (to even): 162 tokens; 10 x 20 of 28 pixels: 200
    assert [(row["model"], row["tokens"]) for row in rows] == [("qwen3-vl", "162"), ("qwen2.5-vl", "200")]
    assert [row["context_share"] for row in rows] == [str(164 / 262_144), str(202 / 128_000)]
    assert [row["pixels_per_token"] for row in rows] == [str(round(280 * 560 / 162)), str(28 * 28)]


def test_csv_has_the_same_columns(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("count", "280x560", "-m", "qwen2-vl", "-m", "clip-b32", "--csv").out)))
    assert rows[0]["model"] == "clip-b32"
    assert rows[0]["context_share"] == ""


def test_json_and_quiet_stay_in_the_order_asked_for(run: Run) -> None:
    models = ["-m", "qwen2.5-vl", "-m", "qwen3-vl"]
    facts = json.loads(run("count", "280x560", *models, "--json").out)
    assert [item["model"] for item in facts] == ["qwen2.5-vl", "qwen3-vl"]
    assert facts[0]["context"] == 128_000
    assert facts[0]["context_share"] == 202 / 128_000
    assert facts[0]["pixels_per_token"] == 784
    assert run("count", "280x560", *models, "-q").lines == ["202", "164"]


def test_one_model_has_no_more_columns_than_before(run: Run) -> None:
    assert "context_share" not in run("count", "280x560").lines[0]
    assert "context" not in json.loads(run("count", "280x560", "--json").out)[0]


def test_totals_of_a_comparison(run: Run) -> None:
    lines = run("count", "280x560", "28x28", "-m", "qwen2-vl", "-m", "qwen3-vl", "--total").lines
    assert [line.split("\t")[0] for line in lines] == ["input", "280x560", "280x560", "28x28", "28x28", "total"]


def test_an_input_that_fails_does_not_stop_the_comparison(run: Run) -> None:
    outcome = run("count", "nowhere.png", "28x28", "-m", "qwen2-vl", "-m", "qwen3-vl")
    assert outcome.code == 1
    assert len(outcome.lines) == 3


def test_a_terminal_gets_a_bar_for_each_model() -> None:
    _, screen = seen("vtok count 280x560 -m qwen2.5-vl -m qwen3-vl -m llama-3.2-vision")
    rows = [line for line in screen.splitlines() if line.strip().startswith(("qwen", "llama"))]
    assert [row.split()[0] for row in rows] == ["llama-3.2-vision", "qwen3-vl", "qwen2.5-vl"]
    assert rows[-1].endswith("█" * 10)
    _, screen = seen("vtok count 280x560 28x28 -m qwen2.5-vl-3b -m qwen2.5-vl-7b", width=70)
    assert "Qwen2.5-VL-3B-Instruct" in screen
    assert all(len(line) <= 70 for line in screen.splitlines())


@pytest.mark.parametrize(("width", "pixels"), [(50, False), (80, True)])
def test_a_comparison_stays_a_table_on_narrow_terminals(width: int, pixels: bool) -> None:
    code, text = seen("vtok count 4032x3024 -m all", width=width)
    assert code == 0
    assert max(map(len, text.splitlines())) <= width
    assert ("pixels" in text) == pixels
    # a line for each model, and a few around
    assert len(vtok.models()) < text.count("\n") < len(vtok.models()) + 10


def test_several_inputs_stay_a_table_on_a_narrow_terminal() -> None:
    text = seen("vtok count samples/cat.jpg samples/coffee.jpg", width=50)[1]
    assert " samples/coffee.jpg  600x400     294     296" in text


def test_models_without_the_version_go_without_it(run: Run) -> None:
    arguments = ["-m", "qwen2-vl", "-m", "llava-1.5", "--pipeline-version", "4.57", "--field", "version"]
    assert run("count", "280x560", *arguments).lines == ["4.57", "5.23"]
