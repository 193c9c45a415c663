"""Several models side by side: shares of their contexts, pixels per token, sorted, with bars."""

import csv
import io
import json
from pathlib import Path

import pytest
from conftest import Run
from terminal import seen

import vtok
from vtok import checkpoints


def test_rows_stay_in_the_order_given_with_share_and_scale(run: Run) -> None:
    lines = run("count", "280x560", "-m", "qwen2.5-vl", "-m", "qwen3-vl").lines
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]
    # 10 x 20 tokens of 28 pixels: 200; 280 / 32 = 8.75 -> 9 and 560 / 32 = 17.5 -> 18 (to even): 162 tokens
    assert [(row["model"], row["tokens"]) for row in rows] == [("qwen2.5-vl", "200"), ("qwen3-vl", "162")]
    assert [row["context_share"] for row in rows] == [str(202 / 128_000), str(164 / 262_144)]
    assert [row["pixels_per_token"] for row in rows] == [str(28 * 28), str(280 * 560 / 162)]


def test_csv_has_the_same_columns(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("count", "280x560", "-m", "qwen2-vl", "-m", "clip-b32", "--csv").out)))
    assert [row["model"] for row in rows] == ["qwen2-vl", "clip-b32"]
    assert rows[1]["context_share"] == ""


def test_json_and_quiet_stay_in_the_order_asked_for(run: Run) -> None:
    models = ["-m", "qwen2.5-vl", "-m", "qwen3-vl"]
    facts = json.loads(run("count", "280x560", *models, "--json").out)
    assert [item["model"] for item in facts] == ["qwen2.5-vl", "qwen3-vl"]
    assert facts[0]["context"] == 128_000
    assert facts[0]["context_share"] == 202 / 128_000
    assert facts[0]["pixels_per_token"] == 784
    assert run("count", "280x560", *models, "-q").lines == ["qwen2.5-vl\t202", "qwen3-vl\t164"]


def test_every_form_has_the_same_order(run: Run) -> None:
    arguments = ["count", "280x560", "28x28", "-m", "qwen2.5-vl", "-m", "clip-b32", "-m", "qwen3-vl"]
    expected = [(size, model) for size in ("280x560", "28x28") for model in ("qwen2.5-vl", "clip-b32", "qwen3-vl")]
    assert [(item["input"], item["model"]) for item in json.loads(run(*arguments, "--json").out)] == expected
    assert [tuple(line.split("\t")[:2]) for line in run(*arguments).lines[1:]] == expected
    assert [tuple(line.split("\t")[:2]) for line in run(*arguments, "-q").lines] == expected
    assert [tuple(line.split(",")[:2]) for line in run(*arguments, "--csv").lines[1:]] == expected


def test_presets_of_one_model_are_told_apart(run: Run) -> None:
    models = ["-m", "qwen2.5-vl-3b", "-m", "qwen2.5-vl-7b"]
    # the least is 56 x 56 pixels: 4 tokens, and two special ones
    assert run("count", "28x28", *models, "-q").lines == ["qwen2.5-vl-3b\t6", "qwen2.5-vl-7b\t6"]
    assert [line.split("\t")[1] for line in run("count", "28x28", *models).lines[1:]] == [models[1], models[3]]


def test_a_preset_that_is_named_twice_is_counted_once(run: Run) -> None:
    models = ["-m", "qwen2.5-vl", "-m", "qwen2.5-vl-7b", "-m", "Qwen/Qwen2.5-VL-7B-Instruct"]
    assert run("count", "224x224", *models, "-q").lines == ["66"]


def test_a_checkpoint_is_named_by_its_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-finetune").mkdir()
    (tmp_path / "my-finetune" / "config.json").write_text('{"model_type": "qwen2_5_vl"}')
    outcome = run("count", "280x560", "-m", "./my-finetune/", "-m", "qwen2.5-vl", "-q")
    assert [line.split("\t")[0] for line in outcome.lines] == ["./my-finetune", "qwen2.5-vl"]


def test_one_model_has_no_more_columns_than_before(run: Run) -> None:
    assert "context_share" not in run("count", "280x560").lines[0]
    assert "context" not in json.loads(run("count", "280x560", "--json").out)[0]


def test_totals_of_a_comparison(run: Run) -> None:
    # 200 and 4 tokens of 28 pixels, 162 and (65,536 pixels at least) 64 of 32; two special tokens around each image
    arguments = ["count", "280x560", "56x56", "-m", "qwen2-vl", "-m", "qwen3-vl", "--total"]
    lines = run(*arguments).lines
    assert [line.split("\t")[0] for line in lines] == ["input", *["280x560"] * 2, *["56x56"] * 2, "total", "total"]
    assert [line.split("\t")[1] for line in lines[-2:]] == ["qwen2-vl", "qwen3-vl"]
    assert run(*arguments, "-q").lines == [f"qwen2-vl\t{200 + 4 + 4}", f"qwen3-vl\t{162 + 64 + 4}"]
    totals = json.loads(run(*arguments, "--json").out)[-2:]
    assert [(item["model"], item["total"]["prompt_tokens"]) for item in totals] == [
        ("qwen2-vl", 208),
        ("qwen3-vl", 230),
    ]
    ndjson = run(*arguments, "--ndjson").lines[-2:]
    assert [json.loads(line)["total"]["tokens"] for line in ndjson] == [204, 226]


def test_all_models_leave_out_those_that_take_no_videos(run: Run) -> None:
    outcome = run("count", "1280x720", "--duration", "2", "-m", "all", "-q")
    models = [line.split("\t")[0] for line in outcome.lines]
    assert outcome.code == 0
    assert "qwen2.5-vl" in models
    assert "clip-b32" not in models
    assert outcome.err.count("\n") == 1
    left_out = (
        outcome.err.rstrip()
        .partition(" models are left out for videos, which they do not take or vtok does not know: ")[2]
        .split(", ")
    )
    assert "clip-b32" in left_out
    assert not set(left_out) & set(models)


def test_a_model_that_was_named_is_not_left_out(run: Run) -> None:
    outcome = run("count", "1280x720", "--duration", "2", "-m", "qwen2-vl", "-m", "clip-b32", "-q")
    assert (outcome.code, len(outcome.lines)) == (1, 1)
    assert "clip-b32 takes images, not videos" in outcome.err


def test_models_that_did_not_count_every_input_are_not_compared() -> None:
    _, screen = seen("vtok count samples/cat.jpg samples/clip.mp4 -m qwen2-vl -m clip-b32 2> /dev/null")
    assert "not compared, because they did not count every input: clip-b32" in screen


def test_a_comparison_of_videos_has_frames() -> None:
    _, screen = seen("vtok count samples/clip.mp4 -m qwen2-vl -m qwen3-vl")
    assert "frames" in screen
    rows = [line.split() for line in screen.splitlines() if line.strip().startswith("qwen")]
    assert [row[1] for row in rows] == ["12", "12"]


def test_an_input_that_fails_does_not_stop_the_comparison(run: Run) -> None:
    outcome = run("count", "nowhere.png", "28x28", "-m", "qwen2-vl", "-m", "qwen3-vl")
    assert outcome.code == 1
    assert len(outcome.lines) == 3


def test_a_terminal_gets_a_bar_for_each_model() -> None:
    _, screen = seen("vtok count 280x560 -m qwen2.5-vl -m qwen3-vl -m llama-3.2-vision")
    rows = [line for line in screen.splitlines() if line.startswith((" qwen", " llama"))]
    assert [row.split()[0] for row in rows] == ["llama-3.2-vision", "qwen3-vl", "qwen2.5-vl"]
    assert rows[-1].endswith("█" * 10)
    # 4 tiles of 1,601 states each (tiled.md: 448 pixels, patches of 14, a class token)
    assert "llama-3.2-vision reads 6,404 tokens by cross-attention; they take no room in the context" in screen
    _, screen = seen("vtok count 280x560 28x28 -m qwen2.5-vl-3b -m qwen2.5-vl-7b", width=70)
    assert "qwen2.5-vl-3b" in screen
    assert all(len(line) <= 70 for line in screen.splitlines())


@pytest.mark.parametrize(("width", "pixels"), [(50, False), (80, True)])
def test_a_comparison_stays_a_table_on_narrow_terminals(width: int, pixels: bool) -> None:
    code, text = seen("vtok count 4032x3024 -m all", width=width)
    assert code == 0
    lines = [line for line in text.splitlines() if not line.startswith("vtok: ")]  # standard error is not wrapped
    assert max(map(len, lines)) <= width
    assert ("pixels per" not in text.partition("columns left out: ")[2]) == pixels
    rows = [line.split()[0] for line in text.splitlines() if line.startswith(" ") and line.split()]
    families = map(checkpoints.get, vtok.models())
    labels = {family.label for family in families if "image" in family.kinds}
    assert sorted(name for name in rows if name in labels) == sorted(labels)


def test_several_inputs_stay_a_table_on_a_narrow_terminal() -> None:
    text = seen("vtok count samples/cat.jpg samples/coffee.jpg", width=50)[1]
    assert " samples/coffee.jpg  600x400     294     296" in text


def test_models_without_the_version_go_without_it(run: Run) -> None:
    arguments = ["-m", "qwen2-vl", "-m", "llava-1.5", "--pipeline-version", "4.57", "--field", "version"]
    assert run("count", "280x560", *arguments).lines == ["qwen2-vl\t4.57", "llava-1.5\t5.23"]
