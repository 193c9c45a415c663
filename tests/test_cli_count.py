"""`vtok count`: its grammar and its forms of output."""

import csv
import io
import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import Run

# Sides to the nearest multiple of 28 by hand: a token each 28 x 28; two special tokens around an image.
BY_HAND = {
    # 3024 = 108 x 28 and 4032 = 144 x 28, upright: 108 x 144 = 15552
    "photo.jpg": (15552, 15554),
    # 1240 / 28 = 44.3 -> 44; 1754 / 28 = 62.6 -> 63: 44 x 63 = 2772
    "page.png": (2772, 2774),
    # 451 / 28 = 16.1 -> 16; 300 / 28 = 10.7 -> 11: 176
    "cat.jpg": (176, 178),
    # 600 / 28 = 21.4 -> 21; 400 / 28 = 14.3 -> 14: 294
    "coffee.jpg": (294, 296),
    # 512 / 28 = 18.3 -> 18: 324
    "astronaut.png": (324, 326),
    # 2560 / 28 = 91.4 -> 91; 480 / 28 = 17.1 -> 17: 1547
    "panorama.jpg": (1547, 1549),
}


@pytest.mark.parametrize(("name", "expected"), BY_HAND.items())
def test_samples_cost_what_was_worked_out_by_hand(
    run: Run, samples: Path, name: str, expected: tuple[int, int]
) -> None:
    facts = json.loads(run("count", str(samples / name), "-m", "qwen2.5-vl", "--json").out)[0]
    assert (facts["tokens"], facts["prompt_tokens"]) == expected


def test_the_video_by_hand(run: Run, samples: Path) -> None:
    # 180 frames at 30 fps are 6 s: 12 frames at 2 fps, 6 pairs; 1280 x 720 -> 46 x 26 tokens each
    facts = json.loads(run("count", str(samples / "clip.mp4"), "--json").out)[0]
    assert facts["indices"] == list(range(0, 180, 15))
    assert facts["tokens"] == 6 * 46 * 26


def test_quiet_is_one_integer(run: Run, samples: Path) -> None:
    assert run("count", "-q", str(samples / "cat.jpg")).out == "178\n"


def test_a_bare_size(run: Run) -> None:
    # 224 = 8 x 28: 64 tokens and two special tokens
    outcome = run("count", "224x224", "-m", "qwen2-vl", "--json")
    facts = json.loads(outcome.out)[0]
    assert (facts["tokens"], facts["prompt_tokens"]) == (64, 66)


def test_a_pipe_gets_tab_separated_names_and_values(run: Run) -> None:
    names, values = (line.split("\t") for line in run("count", "224x224").lines)
    row = dict(zip(names, values, strict=True))
    assert row["input"] == "224x224"
    assert row["model"] == "qwen2.5-vl"
    assert row["prompt_tokens"] == "66"


def test_csv_is_read_back(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("count", "224x224", "448x224", "--csv").out)))
    assert [row["tokens"] for row in rows] == ["64", "128"]


def test_programs_read_a_number_in_each_column(run: Run) -> None:
    # InternVL cuts 1920 x 1080 into 4 x 2 tiles of 448 x 448, and adds the whole: 9 x 256 tokens, 9 x 1024 patches
    tiled = "1920 1080  1792 896 4 2 1 32 32 9216 2304 2306 false "
    # 60 frames at 30 fps are 4 at 2 fps: 2 temporal steps of 26 x 46 tokens, each of 2 x 2 patches
    video = "1280 720 4 1288 728   2 52 92 9568 2392 2394 false "
    names = "width height frames resized_width resized_height tile_columns tile_rows grid_t grid_h grid_w"
    header = f"input model pipeline {names} patches tokens prompt_tokens estimated basis".replace(" ", ",")
    outcome = run("count", "1920x1080", "-m", "internvl", "--csv")
    assert outcome.lines == [header, f"1920x1080 internvl transformers {tiled}".replace(" ", ",")]
    outcome = run("count", "1280x720", "--duration", "2")
    assert outcome.lines == [header.replace(",", "\t"), f"1280x720 qwen2.5-vl transformers {video}".replace(" ", "\t")]


def test_text_that_is_not_counted_is_told(run: Run) -> None:
    # 4 x 4 tiles of 169 tokens and the whole: 17 x 169. A line break follows each row of tiles, two the last.
    image, total = json.loads(run("count", "1000x1000", "-m", "idefics3", "--json", "--total").out)
    assert (image["tokens"], image["estimated"]) == (17 * 169, True)
    assert image["uncounted_text"] == ["\n", "\n", "\n", "\n\n"]
    assert image["notes"] == [
        "4 pieces of text are not counted, since only the tokenizer knows the length: '\\n', '\\n\\n'"
    ]
    assert total["total"]["estimated"] is True
    rows = list(csv.DictReader(io.StringIO(run("count", "1000x1000", "-m", "idefics3", "--csv").out)))
    assert rows[0]["estimated"] == "true"
    whole = json.loads(run("count", "1000x1000", "--json").out)[0]
    assert whole["estimated"] is False
    assert "uncounted_text" not in whole


def test_frames_of_internvl_have_names_that_are_not_counted(run: Run) -> None:
    # transformers 5.23, processing_internvl.py: "Frame1: <img>...</img>", a line for each frame
    video = ("count", "640x480", "--duration", "4", "--frames", "2", "-m", "internvl", "--json")
    assert json.loads(run(*video).out)[0]["uncounted_text"] == ["Frame1: ", "\nFrame2: "]
    assert json.loads(run(*video, "--pipeline", "original").out)[0]["uncounted_text"] == ["Frame-1: ", "\nFrame-2: "]


def test_notes_of_several_inputs_stand_below_their_table(tmp_path: Path, samples: Path) -> None:
    from PIL import Image
    from terminal import seen

    frame = Image.new("RGB", (56, 56))
    for name in "abcd":
        frame.save(tmp_path / f"{name}.gif", save_all=True, append_images=[Image.new("RGB", (56, 56), "red")])
    (tmp_path / "e.jpg").write_bytes((samples / "cat.jpg").read_bytes()[:-99])
    code, text = seen(f"cd {tmp_path}; vtok count . 1000x1000 -m idefics3", width=150)
    assert code == 0
    first = (
        "note: ./a.gif, ./b.gif, ./c.gif and 1 more: only the first of 2 frames is counted; --as video takes them all; "
        "FILE[2] picks another one"
    )
    assert first in text
    assert "note: ./e.jpg: the end of the file is missing; the count is that of the whole image" in text
    assert "note: idefics3: text between views is not counted; --json lists it, budget estimates it" in text


def test_ndjson_is_a_line_per_input(run: Run) -> None:
    lines = [json.loads(line) for line in run("count", "224x224", "448x224", "--ndjson").lines]
    assert [line["input"] for line in lines] == ["224x224", "448x224"]


def test_totals(run: Run) -> None:
    assert run("count", "224x224", "448x224", "-q", "--total").out == f"{66 + 130}\n"
    last = json.loads(run("count", "224x224", "448x224", "--json", "--total").out)[-1]
    assert last["total"]["tokens"] == 64 + 128
    assert run("count", "224x224", "448x224", "--total").lines[-1].startswith("total\t")


def test_a_field_of_choice(run: Run) -> None:
    assert run("count", "224x224", "448x224", "--field", "tokens").lines == ["64", "128"]
    assert run("count", "224x224", "448x224", "--field", "input", "--field", "tokens").lines == [
        "224x224\t64",
        "448x224\t128",
    ]
    assert run("count", "448x224", "--field", "original.width", "--field", "frames").lines == ["448\t"]
    assert run("count", "224x224", "448x224", "--field", "tokens", "--field", "patches", "--total").lines == [
        "192\t768"
    ]
    assert run("count", "224x224", "--field", "grid").lines == ['{"t": 1, "h": 16, "w": 16}']


def test_several_models_side_by_side(run: Run) -> None:
    rows = [
        json.loads(line) for line in run("count", "224x224", "-m", "qwen2-vl", "-m", "qwen2.5-vl-3b", "--ndjson").lines
    ]
    assert [row["preset"] for row in rows] == ["Qwen/Qwen2-VL-7B-Instruct", "Qwen/Qwen2.5-VL-3B-Instruct"]


def test_the_model_may_come_from_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VTOK_MODEL", "qwen2-vl")
    assert json.loads(run("count", "224x224", "--ndjson").out)["model"] == "qwen2-vl"


def test_numbers_of_the_model_can_be_set(run: Run) -> None:
    # at most 4 x 28 x 28 pixels: 2 x 2 tokens
    assert run("count", "1000x1000", "--field", "tokens", "--set", "max_pixels=4*28*28").out == "4\n"


def test_folders_are_walked_in_order(run: Run, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "b" / "deeper").mkdir(parents=True)
    shutil.copy(samples / "cat.jpg", tmp_path / "b" / "deeper" / "cat.JPG")
    shutil.copy(samples / "coffee.jpg", tmp_path / "a.jpg")
    (tmp_path / "notes.txt").write_text("not an image")
    names = [line.split("\t")[0] for line in run("count", str(tmp_path)).lines[1:]]
    assert names == [str(tmp_path / "a.jpg"), str(tmp_path / "b" / "deeper" / "cat.JPG")]


def test_patterns_are_expanded(run: Run, samples: Path) -> None:
    assert len(run("count", "-q", f"{samples}/c*.jpg").lines) == 2
    assert run("count", "-q", f"{samples}/c*.jpg").lines == ["178", "296"]


def test_a_pattern_that_finds_folders_and_files_counts_none_twice(run: Run, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    shutil.copy(samples / "cat.jpg", tmp_path / "deeper" / "cat.jpg")
    shutil.copy(samples / "coffee.jpg", tmp_path)
    assert sorted(run("count", "-q", f"{tmp_path}/**").lines) == ["178", "296"]


def test_names_from_a_file(run: Run, samples: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text(f"{samples / 'cat.jpg'}\n\n{samples / 'coffee.jpg'}\r\n")
    assert run("count", "-q", "--files-from", str(listed)).lines == ["178", "296"]
    listed.write_bytes(f"{samples / 'cat.jpg'}\0{samples / 'coffee.jpg'}\0".encode())
    assert run("count", "-q", "--files-from", str(listed), "-0").lines == ["178", "296"]


class Stdin:
    """Standard input that holds these bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def test_standard_input_is_a_file(run: Run, samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Stdin((samples / "cat.jpg").read_bytes()))
    assert run("count", "-q", "-").out == "178\n"


def test_standard_input_is_a_list(run: Run, samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Stdin(os.fsencode(samples / "cat.jpg") + b"\n"))
    assert run("count", "-q", "--files-from", "-").out == "178\n"


@pytest.mark.parametrize(
    ("arguments", "frames"),
    [
        (["--fps", "1"], 6),
        (["--frames", "8"], 8),
        (["--frames", "all"], 180),
        (["--pipeline", "qwen-vl-utils"], 12),
    ],
)
def test_frames_are_taken_as_asked(run: Run, samples: Path, arguments: list[str], frames: int) -> None:
    assert run("count", str(samples / "clip.mp4"), "--field", "frames", *arguments).out == f"{frames}\n"


def test_a_bare_size_with_a_duration_is_a_video(run: Run) -> None:
    # 10 s at 2 fps: 20 frames, 10 pairs of 26 x 46 tokens
    assert run("count", "1280x720", "--duration", "10", "--field", "tokens").out == f"{10 * 26 * 46}\n"


@pytest.mark.parametrize(
    ("arguments", "original", "message"),
    [
        ([], [4032, 3024], "applied by the transformers loader"),
        (
            ["--exif", "ignore"],
            [3024, 4032],
            "ignored by exif=ignore",
        ),
        (
            ["--pipeline", "qwen-vl-utils"],
            [3024, 4032],
            "ignored by the qwen-vl-utils loader",
        ),
        (
            ["--pipeline", "qwen-vl-utils", "--exif", "apply"],
            [4032, 3024],
            "applied by exif=apply",
        ),
    ],
)
def test_what_became_of_the_orientation(
    run: Run, samples: Path, arguments: list[str], original: list[int], message: str
) -> None:
    facts = json.loads(run("count", str(samples / "photo.jpg"), "--json", *arguments).out)[0]
    assert facts["original"] == dict(zip(("height", "width"), original, strict=True))
    assert facts["turned"] == (original == [4032, 3024])
    assert facts["steps"][0]["reason"] == f"EXIF orientation 6 (turned 90 degrees clockwise), {message}"


def test_inputs_together_share_a_prompt(run: Run) -> None:
    assert run("count", "224x224", "224x224", "--together", "-q", "--total").out == "132\n"


def test_without_arguments_the_help_page(run: Run) -> None:
    outcome = run()
    assert outcome.code == 0
    assert outcome.out == run("--help").out


def test_a_list_may_hold_sizes(run: Run, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"224x224\n{samples / 'cat.jpg'}\n")
    assert run("count", "-q", "--files-from", str(tmp_path / "list")).lines == ["66", "178"]


def test_a_number_may_be_written_with_an_exponent(run: Run) -> None:
    # 1e6 pixels are at least the 1024 of 32 x 32: both sides to 28
    assert run("count", "32x32", "-q", "--set", "max_pixels=1e6").out == run("count", "32x32", "-q").out


def test_version_and_help(run: Run) -> None:
    assert run("--version").out.startswith("vtok 0.")
    assert "count" in run("--help").out
    assert "--files-from" in run("count", "--help").out


def test_models_lists_names(run: Run) -> None:
    lines = run("models").lines
    assert lines[0].split("\t")[0] == "model"
    assert any(line.startswith("qwen2.5-vl\t") for line in lines)


def test_every_number_of_a_model_has_a_source(run: Run) -> None:
    rows = [line.split("\t") for line in run("models", "qwen2.5-vl").lines[1:]]
    assert ["number", "max_pixels", "12845056", "preprocessor_config.json"] in rows
    assert all(row[3] for row in rows)
    assert ["number", "fullatt_block_indexes", "[7, 15, 23, 31]", "config.json"] in rows
    summary = json.loads(run("models", "qwen2.5-vl", "--json").out)
    assert summary["numbers"]["tokens_per_second"]["value"] == 2


def test_a_model_tells_in_a_pipe_all_that_it_tells_on_a_terminal(run: Run) -> None:
    lines = run("models", "deepseek-vl-7b").lines
    assert any(line.startswith("remark\t") and "64x64x256" in line and "24x24x1024" in line for line in lines)
    assert "preset\tdeepseek-vl-7b-base\t\tdeepseek-ai/deepseek-vl-7b-base" in "\n".join(lines)
    assert any(line.startswith("pipeline\toriginal\t") for line in lines)
    assert {len(line.split("\t")) for line in lines} == {4}


def test_what_a_model_tells_is_in_no_language_of_programmers(run: Run) -> None:
    text = run("models", "qwen2.5-vl").out
    assert not {"None", "True", "False"} & set(text.replace("\t", " ").split())


def test_what_upstream_counts_otherwise_is_told(run: Run) -> None:
    text = run("models", "deepseek-ocr").out
    assert "README counts 64, 100, 256, 400 tokens" in text
    assert "tiny, small, base, large, gundam" in text


def test_models_on_a_terminal(run: Run) -> None:
    from terminal import seen

    from vtok import families

    code, text = seen("vtok models; vtok models deepseek-vl-7b", width=80)
    assert code == 0
    assert max(map(len, text.splitlines())) <= 80
    assert "preset    deepseek-vl-7b-chat" in text
    assert text.count("\n") < len(families.models()) + 43
    names = {line.split()[-1] for line in text.splitlines() if line.startswith((" aria ", " nemotron-3-omni "))}
    assert names == {"rhymes-ai/Aria", "nemotron-3-nano-omni-30b-a3b"}  # a long repository is known by a shorter name
    assert "nvidia/Nemotron-3-Nano-Omni-30B-A3B-Reasoning-BF16" in run("models").out


def test_special_tokens_are_counted_and_named() -> None:
    from terminal import seen

    _, screen = seen("vtok count 224x224 -m qwen2-vl; vtok count 1280x720 --duration 2 -m qwen3-vl", width=200)
    assert "64 tokens + 2 special tokens (<|vision_start|>, <|vision_end|>) = 66 prompt tokens" in screen
    assert "special tokens (<|vision_start|>, <|vision_end|>) + " in screen
    # frames 0, 20, 39 and 59 at 30 a second: pairs whose middles are at 0.33 and 1.63 seconds
    assert "tokens of text ('<0.3 seconds>', '<1.6 seconds>')" in screen
    _, screen = seen("vtok count 640x480 -m llama-3.2-vision", width=200)
    assert "0 tokens + 1 special token (<|image|>) = 1 prompt token;" in screen


def test_without_answers_there_is_no_heading(run: Run) -> None:
    for more in ([], ["--csv"], ["-q"], ["-m", "qwen2-vl", "-m", "qwen3-vl"]):
        outcome = run("count", "nowhere.jpg", *more)
        assert (outcome.code, outcome.out) == (1, "")
