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
    engines, videos = every.err.splitlines()
    assert engines.endswith("are known in none; `vtok models --pipelines` lists them")
    assert "left out for images" in videos


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
    assert "2 pipelines are left out for videos" in outcome.err


# 2 x 4,015 tokens and 2 x 2 + 19 special ones: 8,053, in 1,024ths 8,192; transformers: 2 x 15,552 + 23 = 31,127
@pytest.mark.parametrize(
    ("pipeline", "context", "words"),
    [
        ("llama.cpp", 4096, ["--image-max-tokens 2", "-c 8192"]),
        ("ollama", 4096, ["LLAMA_ARG_IMAGE_MAX_TOKENS=2", "num_ctx 8192", "OLLAMA_CONTEXT_LENGTH=8192 ollama serve"]),
        ("lm-studio", 1024, ['"Never exceed', '"Context Length" at']),
        ("vllm", 4096, ["""--mm-processor-kwargs '{"max_pixels": """, "--max-model-len 31744"]),
        ("sglang", 4096, ["""--mm-process-config '{"image": {"max_pixels": """, "--context-length 31744"]),
        ("mlx-vlm", 4096, ["mlx_vlm.server --max-pixels "]),
    ],
)
def test_a_budget_names_what_the_engines_users_type(run: Run, pipeline: str, context: int, words: list[str]) -> None:
    sizes = ("4032x3024", "4032x3024")
    outcome = run("budget", *sizes, "-m", "qwen2.5-vl", "-c", str(context), "--pipeline", pipeline)
    assert outcome.code == 3
    assert [word for word in words if word not in outcome.out] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        # the least of a template that names both edges is the family's: 4 * 28 * 28
        (
            ("4032x3024", "-m", "glm-4.1v", "-c", "2k", "--pipeline", "vllm"),
            """{"size": {"shortest_edge": 12544, "longest_edge": """,
        ),
        (("640x480", "-m", "internvl", "-c", "1k", "--pipeline", "vllm"), """{"max_dynamic_patch": """),
        (("1920x1080", "-m", "gemma4", "-c", "200", "--pipeline", "vllm"), """{"max_soft_tokens": 140}"""),
        (("1280x720", "--duration", "60", "-m", "gemma3", "-c", "4k", "--pipeline", "llama.cpp"), "--video-fps "),
        # 258 each, 10 of the template and 2 of line breaks an image: three of five in 900
        (
            ("640x480",) * 5 + ("-m", "gemma3", "-c", "900", "--pipeline", "vllm"),
            """--limit-mm-per-prompt '{"image": 3}'""",
        ),
    ],
)
def test_each_setting_has_its_words(run: Run, arguments: tuple[str, ...], words: str) -> None:
    outcome = run("budget", *arguments)
    assert outcome.code == 3
    assert words in outcome.out


def test_a_budget_of_ollama_says_what_to_do_on_a_terminal() -> None:
    command = "vtok budget samples/photo.jpg -m qwen3-vl --pipeline ollama -c 4k --text 200 --reply 500"
    code, screen = seen(command)
    assert code == 3
    assert "does not fit: 629 tokens over" in screen  # 4,015 + 2 + 8 + 700 against 4,096
    what = screen.partition("what to do in ollama, one of these:")[2]
    assert [line.split("  ")[1] for line in what.strip("\n").splitlines()] == [
        "smaller image", "image_max_tokens", "larger context", "", "",
    ]  # fmt: skip


def test_a_budget_of_an_engine_in_json(run: Run) -> None:
    answer = json.loads(run("budget", "4032x3024", *QWEN, "-c", "4000", "--pipeline", "ollama", "--json").out)
    assert (answer["pipeline"], answer["version"]) == ("ollama", "0.33.0-rc2")
    assert answer["fit"]["options"][0]["typed"].startswith("LLAMA_ARG_IMAGE_MAX_TOKENS=")
    assert answer["fit"]["context"]["tokens"] == 4096
    assert len(answer["fit"]["context"]["typed"]) == 3
    plain = json.loads(run("budget", "4032x3024", *QWEN, "-c", "4000", "--json").out)["fit"]
    assert (plain["options"][0]["typed"], plain["context"]["typed"]) == (None, [])


def test_the_default_context_of_ollama_is_told(run: Run) -> None:
    assert "below 24 GiB of VRAM" in run("budget", "640x480", *QWEN, "--pipeline", "ollama").out
    assert "VRAM" not in run("budget", "640x480", *QWEN, "--pipeline", "ollama", "-c", "4k").out
    assert "VRAM" not in run("budget", "640x480", *QWEN, "--pipeline", "llama.cpp").out


def test_a_context_beyond_the_models_is_not_offered(run: Run) -> None:
    # LLaVA 1.5 has 4,096 positions
    outcome = run("budget", *["9x9"] * 9, "-m", "llava-1.5", "--pipeline", "llama.cpp", "-c", "1k")
    assert outcome.code == 3
    assert "larger context" not in outcome.out


@pytest.mark.parametrize(
    ("arguments", "heading"),
    [
        (
            ("mrope", "9x9", *QWEN, "--pipeline", "vllm"),
            "vllm 0.33.0: the processor of transformers; position ids of tr",
        ),
        (("mrope", "9x9", *QWEN, "--pipeline", "ollama"), "ollama 0.33.0-rc2; position ids of llama.cpp 0c1e57098"),
        (("windows", "280x280", "--pipeline", "vllm"), "vllm 0.33.0: the processor of transformers"),
        (("tiles", "640x480", "-m", "internvl", "--pipeline", "vllm"), "vllm 0.33.0"),
        (("explain", "640x480", "--got", "300", *QWEN, "--pipeline", "sglang"), "sglang 0.5.23"),
    ],
)
def test_headings_name_the_engine(run: Run, arguments: tuple[str, ...], heading: str) -> None:
    outcome = run(*arguments)
    assert outcome.code == 0
    assert heading in outcome.out


def test_windows_of_an_engine_that_are_not_known_are_not_denied(run: Run) -> None:
    outcome = run("windows", "9x9", *QWEN, "--pipeline", "ollama")
    assert "how llama.cpp's encoder attends is not known here" in outcome.err


def test_numbers_of_a_model_in_an_engine(run: Run) -> None:
    rows = [line.split("\t") for line in run("models", "qwen3-vl", "--pipeline", "ollama").lines]
    answer = {(row[0], row[1]): row[2:] for row in rows}
    assert answer["number", "image_min_tokens"] == ["1024", "ollama 0.33.0-rc2, llm/llama_server.go"]
    assert answer["option", "version"][0] == "0.33.0-rc2"
    assert [row[1] for row in rows if row[0] == "pipeline"] == ["ollama"]
    assert "note\t\t\tvllm 0.33.0: the processor of transformers" in run("models", "gemma3", "--pipeline", "vllm").lines
    assert "pipeline\tllama.cpp\t\t210a6570c, e3a74b299, e3546c794, 0c1e57098" in run("models", "gemma4").lines


def test_the_matrix_on_narrow_and_wide_terminals() -> None:
    narrow, wide = (seen("vtok models --pipelines", width=width)[1] for width in (90, 200))
    assert "A wider terminal or a pipe shows a column for each." in narrow
    assert max(map(len, narrow.splitlines())) <= 90
    (row,) = (line for line in wide.splitlines() if line.startswith(" pixtral-12b "))
    assert "1.13.1" in row


@pytest.mark.parametrize(
    ("pipeline", "option", "frames"),
    [
        # vLLM: 32 unless a number is set; 6 s of 30 fps at 1 a second are 6; TensorRT-LLM: 10
        ("vllm", (), "32"),
        ("vllm", ("--frames", "8"), "8"),
        ("vllm", ("--fps", "1"), "6"),
        ("vllm", ("--frames", "all"), "180"),
        ("lmdeploy", ("--frames", "8"), "8"),
    ],
)
def test_the_users_frames_reach_the_engines_loader(
    run: Run, samples: Path, pipeline: str, option: tuple[str, ...], frames: str
) -> None:
    clip = str(samples / "clip.mp4")
    model = "llava-onevision" if pipeline == "vllm" else "qwen3-vl"
    (row,) = rows(run("count", clip, "-m", model, "--pipeline", pipeline, *option).out)
    assert row["frames"] == frames


def test_a_loader_that_goes_by_rate_refuses_all_frames(run: Run) -> None:
    outcome = run("count", "1280x720", "--duration", "6", "-m", "glm-4.1v", "--pipeline", "vllm", "--frames", "all")
    assert (outcome.code, outcome.out) == (2, "")
    assert "write --fps instead" in outcome.err


def test_a_budget_of_frames_is_typed_for_the_loader(run: Run) -> None:
    # 196 tokens a frame and a newline: 10 frames in 2,048 less 20 of the template
    outcome = run("budget", "1280x720", "--duration", "6", "-m", "llava-onevision", "--pipeline", "vllm", "-c", "2k")
    assert """--media-io-kwargs '{"video": {"num_frames": 10}}'""" in outcome.out


@pytest.mark.parametrize(
    ("model", "pipeline"), [("internvl", "ollama"), ("llama4", "mlx-vlm"), ("gemma4", "lm-studio")]
)
def test_explain_starts_from_any_engine(run: Run, model: str, pipeline: str) -> None:
    assert run("explain", "640x480", "--got", "77", "-m", model, "--pipeline", pipeline).code == 0


def test_one_slice_at_most_is_one(run: Run) -> None:
    # llama.cpp's best_grid is 1 x 1 where no other number of slices is allowed: the whole, and one slice, 64 each
    outcome = run(
        "count", "900x800", "-m", "minicpm-v-2.6", "--pipeline", "llama.cpp", "--set", "max_slice_nums=1",
        "--field", "tokens",
    )  # fmt: skip
    assert outcome.out == "128\n"


def test_a_command_of_one_model_takes_the_pipeline_of_a_setting(run: Run) -> None:
    # 262,144 less 300 tokens, two special ones and 8 of the template
    assert run("budget", "640x480", *QWEN, "--set", "pipeline=vllm", "-q").out == "261834\n"
    refused = run("tiles", "640x480", *QWEN, "--pipeline", "all")
    assert (refused.code, refused.err.count("\n")) == (2, 1)


def test_a_video_that_the_engine_loads_says_so(run: Run, samples: Path) -> None:
    clip = str(samples / "clip.mp4")
    why = {row["pipeline"]: row["why"] for row in rows(run("count", clip, *QWEN, "--pipeline", "all").out)}
    assert why["lmdeploy"].endswith("the processor of transformers (read, not run), after the engine's own loader")
    assert why["vllm"].endswith("the processor of transformers")
