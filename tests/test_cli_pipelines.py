"""Pipelines side by side: one image as several engines count it."""

import csv
import io
import json
from pathlib import Path

import pytest
from conftest import Run
from terminal import seen

BOTH = ("--pipeline", "transformers", "--pipeline", "ollama")
QWEN = ("-m", "qwen3-vl")


def rows(text: str, delimiter: str = "\t") -> list[dict[str, str]]:
    """Lines with their names."""
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


@pytest.mark.parametrize(("form", "delimiter"), [((), "\t"), (("--csv",), ",")])
def test_programs_read_the_pipeline_in_a_column_of_its_own(run: Run, form: tuple[str, ...], delimiter: str) -> None:
    # transformers: 224 x 224 has fewer than 65,536 pixels: 256 x 256, 8 x 8 tokens; Ollama: 32 x 32 at least
    table = rows(run("count", "224x224", *QWEN, *BOTH, *form).out, delimiter)
    assert [(row["model"], row["pipeline"], row["tokens"]) for row in table] == [
        ("qwen3-vl", "transformers", "64"),
        ("qwen3-vl", "ollama", "1024"),
    ]
    assert "--image-min-tokens 1024" in table[1]["why"]
    assert rows(run("count", "224x224", *QWEN, *form).out, delimiter)[0]["pipeline"] == "transformers"


@pytest.mark.parametrize("form", ["--json", "--ndjson"])
def test_json_has_the_same_keys_in_both_forms(run: Run, form: str) -> None:
    out = run("count", "224x224", *QWEN, *BOTH, form).out
    items = json.loads(out) if form == "--json" else [json.loads(line) for line in out.splitlines()]
    assert [(item["pipeline"], item["tokens"]) for item in items] == [("transformers", 64), ("ollama", 1024)]
    assert all({"why", "context", "context_share", "pixels_per_token"} <= item.keys() for item in items)


def test_quiet_lines_are_labelled_by_what_differs(run: Run) -> None:
    assert run("count", "224x224", *QWEN, *BOTH, "-q").lines == ["transformers\t66", "ollama\t1026"]
    lines = run("count", "224x224", *QWEN, "-m", "gemma3", *BOTH, "-q").lines
    assert [line.split("\t")[:2] for line in lines] == [
        [model, pipeline] for model in ("qwen3-vl", "gemma3") for pipeline in ("transformers", "ollama")
    ]
    assert run("count", "224x224", *QWEN, "--pipeline", "ollama", "-q").lines == ["1026"]


def test_totals_never_add_alternatives(run: Run) -> None:
    inputs = ("224x224", "256x256", *QWEN, *BOTH, "--total")
    assert run("count", *inputs, "-q").lines == ["transformers\t132", "ollama\t2052"]
    totals = [item for item in json.loads(run("count", *inputs, "--json").out) if "total" in item]
    assert [(item["pipeline"], item["total"]["prompt_tokens"]) for item in totals] == [
        ("transformers", 132),
        ("ollama", 2052),
    ]
    table = [row for row in rows(run("count", *inputs).out) if row["input"] == "total"]
    assert [(row["pipeline"], row["prompt_tokens"]) for row in table] == [("transformers", "132"), ("ollama", "2052")]


def test_a_terminal_says_why_they_differ_for_one_input_and_for_several() -> None:
    screen = seen("vtok count samples/photo.jpg -m qwen3-vl --pipeline transformers --pipeline llama.cpp", width=80)[1]
    assert "why" in screen
    assert "EXIF orientation ignored; shrunk to" in screen
    assert "qwen3-vl · Qwen/Qwen3-VL-8B-Instruct · transformers 5.23, llama.cpp" in screen
    several = "vtok count samples/photo.jpg 300x200 -m qwen3-vl --pipeline transformers --pipeline vllm"
    assert "the processor of transformers" in seen(several, width=150)[1]
    narrow = seen(several, width=60)[1]
    assert "why" in narrow.partition("columns left out: ")[2]


def test_all_pipelines_of_a_model_and_who_lacks_it(run: Run) -> None:
    outcome = run("count", "640x480", "-m", "gemma3", "--pipeline", "all", "--json")
    assert [item["pipeline"] for item in json.loads(outcome.out)][:3] == ["transformers", "llama.cpp", "ollama"]
    assert outcome.err == "vtok: left out: gemma-3-4b is not known in mlx-vlm, mistral-common\n"
    every = run("count", "224x224", "-m", "all", "--pipeline", "all", "-q")
    assert every.err.count("\n") == 1
    assert "are known in none; `vtok models --pipelines` lists them" in every.err


def test_all_models_leave_out_those_that_an_engine_lacks(run: Run) -> None:
    outcome = run("count", "224x224", "-m", "all", "--pipeline", "llama.cpp", "-q")
    counted = {line.split("\t")[0] for line in outcome.lines}
    left_out = set(outcome.err.rstrip().partition("are left out: ")[2].split(", "))
    assert "qwen3-vl" in counted
    assert "clip-b32" in left_out
    assert not counted & left_out
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*QWEN, "-m", "clip-l14", "--pipeline", "llama.cpp"), "llama.cpp has no clip-l14: its converter"),
        ((*QWEN, "-m", "clip-l14", *BOTH), "ollama has no clip-l14"),
        (("-m", "siglip-b16-224", "-m", "clip-l14", "--pipeline", "llama.cpp"), "no projector"),
        ((*BOTH, "--pipeline", "foo"), "it has transformers, qwen-vl-utils, llama.cpp"),
        (("--pipeline", "llamacpp"), "did you mean llama.cpp?"),
        (("--pipeline", "Ollama", "-m", "all"), "did you mean ollama?"),
        ((*QWEN, "-m", "gemma3", "--pipeline", "vllm", "--pipeline-version", "0.1"), "vllm 0.33.0"),
    ],
)
def test_a_named_model_that_a_named_pipeline_lacks_is_refused(run: Run, arguments: tuple[str, ...], words: str) -> None:
    outcome = run("count", "224x224", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err


def test_an_option_of_settings_names_one_pipeline(run: Run) -> None:
    assert run("count", "224x224", *QWEN, "--set", "pipeline=ollama", "-q").lines == ["1026"]
    assert (
        run("count", "224x224", *QWEN, "-m", "gemma3", "--pipeline", "vllm", "--pipeline-version", "0.33.0").code == 0
    )


def test_commands_of_one_model_take_one_pipeline(run: Run) -> None:
    assert "one pipeline" in run("tiles", "9x9", "-m", "internvl", *BOTH).err


def test_videos_are_explained_by_their_frames(run: Run, samples: Path) -> None:
    arguments = ("count", str(samples / "clip.mp4"), *QWEN, "--pipeline", "all")
    outcome = run(*arguments)
    why = {row["pipeline"]: row["why"] for row in rows(outcome.out)}
    assert why["llama.cpp"].startswith("4 frames a second")
    assert "the loader of LMDeploy" in why["lmdeploy"]
    assert why["sglang"].startswith("12 of 180 frames, sampled at 2 fps from 30 fps; sglang: ")
    assert "3 pipelines take no videos and are left out for them" in outcome.err
