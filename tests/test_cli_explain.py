"""`vtok explain`: settings that yield the numbers of a mismatch."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run
from terminal import seen

import vtok
from vtok import Media, Size, checkpoints
from vtok.cli.explain import _nearest
from vtok.search.mismatch import Explained


def answers(run: Run, *arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run("explain", *arguments, "--json").out)
    return answer


def test_the_settings_as_asked_come_first(run: Run) -> None:
    # 1280 / 28 = 45.7 -> 46 and 720 / 28 = 25.7 -> 26: 1196 tokens, two more in the prompt
    answer = answers(run, "1280x720", "--got", "1196", "--expected", "1198", "-m", "qwen2.5-vl")
    assert answer["tokens"] == 1196
    assert (answer["got"][0]["changes"], answer["got"][0]["distance"]) == ([], 0)
    assert answer["expected"][0]["counted"] == "prompt tokens"


def test_the_class_default_of_the_library(run: Run) -> None:
    # sqrt(4032 * 3024 / 1003520) = 3.4857: 4032 -> 1156 -> 41 x 28, 3024 -> 867 -> 30 x 28
    nearest = answers(run, "4032x3024", "--got", "1230", "-m", "qwen2.5-vl")["got"][0]
    assert nearest["typed"] == "--set max_pixels=1003520"
    assert "class default" in nearest["changes"][0]


def test_an_orientation_that_one_side_ignores(run: Run, samples: Path) -> None:
    # Gemma 3 apart, few families count otherwise when turned; LLaVA-NeXT's tilings do
    photo = str(samples / "photo.jpg")
    turned = vtok.layout("llava-next", photo, exif="ignore").tokens
    answer = answers(run, photo, "--got", str(turned), "-m", "llava-next")["got"]
    assert ["the stored orientation is ignored"] in [setting["changes"] for setting in answer]


def test_another_pipeline_and_frames_of_a_video(run: Run, samples: Path) -> None:
    video = str(samples / "clip.mp4")  # 12 frames in 6 pairs of 46 x 26 tokens
    answer = answers(run, video, "--got", str(12 * 46 * 26), "--expected", str(90 * 46 * 26), "-m", "qwen2.5-vl")
    assert answer["got"][0]["typed"] == "--fps 4"
    assert answer["expected"][0]["typed"] == "--frames all"


def test_merged_against_unmerged(run: Run) -> None:
    outcome = run("explain", "1280x720", "--got", "1196", "--expected", str(4 * 1196))
    assert "4 times the other, as many as make a token" in outcome.out
    answer = answers(run, "1280x720", "--expected", str(4 * 1196))["expected"]
    assert answer[0]["counted"].startswith("patches")


@pytest.mark.parametrize(("model", "options"), [("internvl", {"max_num": 6}), ("kimi-vl", {"in_token_limit": 1024})])
def test_limits_of_other_families(run: Run, model: str, options: dict[str, Any]) -> None:
    layout = vtok.layout(model, width=1600, height=1200, **options)
    answer = answers(run, "1600x1200", "--got", str(layout.tokens), "-m", model)["got"]
    ((name, value),) = options.items()
    assert any(name in setting["typed"] for setting in answer)
    assert value


FIELDS = {"tokens": "tokens", "prompt tokens": "prompt_tokens", "patches before merging": "patches"}


@pytest.mark.parametrize(
    ("inputs", "number"),
    [
        (["1600x1200"], 1230),
        (["1600x1200"], 256),
        (["1600x1200"], 1224),
        (["samples/photo.jpg"], 1225),
        (["samples/photo.jpg"], 1196),
        (["samples/photo.jpg", "--pipeline", "qwen-vl-utils"], 1224),
        (["samples/clip.mp4"], 12 * 46 * 26),
    ],
)
def test_what_is_typed_yields_what_was_found(
    run: Run, monkeypatch: pytest.MonkeyPatch, inputs: list[str], number: int
) -> None:
    monkeypatch.chdir(ROOT)
    size = re.compile(r"\d+x\d+")
    answer = answers(run, *inputs, "--got", str(number), "-m", "qwen2.5-vl")["got"]
    assert any(setting["typed"] for setting in answer)
    for setting in answer:
        words = setting["typed"].split()
        image = next((word for word in words if size.fullmatch(word)), inputs[0])
        added = [word for word in words if not size.fullmatch(word)]
        model = [] if "-m" in added else ["-m", "qwen2.5-vl"]
        others = [] if "--pipeline" in added or "-m" in added else inputs[1:]
        field = FIELDS.get(setting["counted"])
        if (words or not setting["changes"]) and field:
            outcome = run("count", image, *others, *model, *added, "--field", field)
            assert outcome.out == f"{setting['tokens']}\n", setting


def test_what_several_inputs_would_need_is_not_typed(run: Run) -> None:
    answer = answers(run, "2000x2000", "1000x1000", "--got", str(34 * 34 + 34 * 34), "-m", "qwen2.5-vl")["got"]
    for setting in answer:
        assert bool(setting["typed"]) != any("before the model" in change for change in setting["changes"])


def test_a_range_of_limits_is_exact(run: Run) -> None:
    answer = answers(run, "2000x2000", "--got", str(31 * 31), "-m", "qwen2.5-vl")["got"]
    text = next(
        t for setting in answer for t in setting["changes"] if re.fullmatch(r"max_pixels from [\d,]+ to [\d,]+", t)
    )
    low, high = (int(word.replace(",", "")) for word in text.split()[2::2])

    def tokens(max_pixels: int) -> int:
        return vtok.layout("qwen2.5-vl", width=2000, height=2000, max_pixels=max_pixels).tokens

    assert high == (32 * 28) ** 2 - 1
    assert [tokens(value) for value in (low, high)] == [31 * 31] * 2
    assert tokens(low - 1) < 31 * 31 < tokens(high + 1)


def test_what_nothing_yields_is_said_with_the_nearest(run: Run) -> None:
    answer = answers(run, "1280x720", "--got", "1197", "-m", "qwen2.5-vl")["got"]
    assert [setting["match"] for setting in answer] == ["nearest"] * 3 + ["other"] * 3
    assert [setting["tokens"] == 1197 for setting in answer] == [False] * 3 + [True] * 3
    outcome = run("explain", "1280x720", "--got", "7", "--expected", "1196", "-m", "qwen2.5-vl")
    assert "cut at its max_length" in outcome.out
    rows = [line.split("\t") for line in outcome.lines]
    assert [row[0] for row in rows].count("number") == 1
    assert {tuple(row[:3]) for row in rows if row[0] == "expected"} == {("expected", "exact", "1196")}
    assert any(row[:2] == ["got", "nearest"] and row[2] != "7" for row in rows)


def test_sizes_before_which_yield_a_number(run: Run) -> None:
    # 28 x 33.5 = 938 and 28 x 34.5 = 966, halves to even: 34 rows from 938 to 966, so 34 x 34 tokens
    answer = answers(run, "2000x2000", "--got", str(34 * 34), "-m", "qwen2.5-vl")["got"]
    assert ["shrunk so that its longer side was 938 to 966 pixels before the model saw it"] in [
        setting["changes"] for setting in answer
    ]


def test_other_images_that_yield_what_this_one_cannot(run: Run) -> None:
    # 1224 = 36 x 34 in cells of 28 pixels; 1222 = 47 x 26 are two less than a prompt of 1224
    answer = answers(run, "3024x4032", "--got", "1224", "-m", "qwen2.5-vl")["got"]
    others = {setting["typed"]: setting for setting in answer if setting["tokens"] == 1224}
    assert others["952x1008"]["changes"] == ["another image of 952x1008 in its place: 36 x 34 tokens"]
    assert others["728x1316"]["counted"] == "prompt tokens"
    assert run("count", "952x1008", "-q", "--field", "tokens", "-m", "qwen2.5-vl").out == "1224\n"
    rows = [line.split("\t") for line in run("explain", "3024x4032", "--got", "1224").lines]
    image = "another image of 952x1008 in its place: 36 x 34 tokens"
    assert ["got", "other", "1224", "tokens", image, "952x1008"] in rows


def test_rows_that_end_in_a_token_of_their_own(run: Run) -> None:
    # 60 columns of 16 pixels and one break each: 34 x 61 = 2074 in the prompt, 34 x 60 = 2040 features
    for name, number in {"got": 2074, "expected": 2040}.items():
        answer = answers(run, "1024x768", f"--{name}", str(number), "-m", "pixtral-12b")[name]
        assert any(setting["tokens"] == number for setting in answer)
        assert number == 2040 or ("960x544", "prompt tokens") in {(s["typed"], s["counted"]) for s in answer}


def test_tiled_models_have_no_grid_of_a_number(run: Run) -> None:
    answer = answers(run, "448x448", "--got", "3328", "-m", "internvl")["got"]
    assert not any("another image" in change for setting in answer for change in setting["changes"])


def test_one_of_many_sizes_under_a_limit_is_shown() -> None:
    # the limit decides: 26 x 19 tokens (of 512 at most) whichever size the image has before, if it is not tiled
    explanation = Explained(checkpoints.get("lfm2-vl"), [Media(size=Size(3024, 4032))]).explain(494)
    assert all(setting.changes[0].what == "max_image_tokens 512" for setting in explanation.settings)
    assert len(explanation.settings) > 1 == len(_nearest(explanation))


def test_numbers_that_are_explained_get_no_guess(run: Run, samples: Path) -> None:
    # every one of the 180 frames against 12 of them: 15 times, which says nothing more
    video = [str(samples / "clip.mp4"), "--got", str(90 * 46 * 26), "--expected", str(6 * 46 * 26)]
    assert "times the other" not in run("explain", *video).out
    # 1197 = 3 * 399: no settings yield the first
    assert "counted 3 times" in run("explain", "1280x720", "--got", "1197", "--expected", "399").out


@pytest.mark.parametrize(
    ("arguments", "row", "note"),
    [
        # 4,096 tokens of 32 x 32 pixels at most: 73 x 55 (tests/golden/engines has it, as the engine's answer)
        ("3024x4032 --got 4015 -m qwen3-vl", "served by llama.cpp\t--pipeline llama.cpp", "what llama.cpp or ollama"),
        # Ollama's floor of 1,024 tokens: 37 x 28
        ("640x480 --got 1036 -m qwen3-vl", "served by ollama\t--pipeline ollama", "what ollama"),
        # the longest edge at most 1,024: 32 x 24
        ("4032x3024 --got 768 -m qwen3-vl", "served by lm-studio\t--pipeline lm-studio", "what lm-studio counts"),
        # and set to 2,048: 64 x 48
        ("4032x3024 --got 3072 -m qwen3-vl --all", "served by lm-studio with max_edge 2,048\t", ""),
        # Gemma 4 with 40 to 280 tokens before 0c1e57098: 7 x 7
        ("224x224 --got 49 -m gemma4", "served by llama.cpp e3546c794\t", "what ollama"),
        # 32 frames of 196 tokens and a newline
        ("1280x720 --duration 60 --got 6273 -m llava-onevision", "served by vllm\t--pipeline vllm", "what vllm counts"),
        # from an engine the other way: 80 patches of 16 pixels in 44 rows make 40 x 22 tokens
        (
            "1280x720 --got 880 -m qwen3-vl --pipeline llama.cpp",
            "prepared by transformers\t--pipeline transf",
            "what trans",
        ),
    ],
)
def test_engines_are_searched(run: Run, arguments: str, row: str, note: str) -> None:
    outcome = run("explain", *arguments.split())
    assert row in outcome.out
    assert note in outcome.out


def test_each_number_is_told_whose_it_is(run: Run) -> None:
    lines = run("explain", "--got", "4015", "--expected", "11844", "3024x4032", "-m", "qwen3-vl").lines
    assert "note\texpected 11,844 is what transformers 5.23 counts with the present settings" in lines


def test_equal_numbers_are_no_mismatch(run: Run) -> None:
    assert "no mismatch" in run("explain", "1280x720", "--got", "5", "--expected", "5").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["9x9"], "give the text of the error"),
        (["--got", "5"], "nothing to count"),
        (["9x9", "--got", "0"], "are possible"),
        (["9x9", "--got", "-4"], "are possible"),
        (["9x9", "--got", "many"], "--got"),
        (["9x9", "--expected", str(10**15)], "are possible"),
        (["9x9", "--got", "5", "-m", "none such"], "unknown model"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("explain", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_file_that_cannot_be_read_is_an_error(run: Run) -> None:
    outcome = run("explain", "nowhere.jpg", "--got", "5")
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)


def test_a_terminal_gets_two_tables() -> None:
    code, screen = seen("vtok explain --got 1224 --expected 1196 1280x720 -m qwen2.5-vl")
    assert code == 0
    assert "got 1,224" in screen
    assert "expected 1,196" in screen
    assert "the present settings" in screen


@pytest.mark.parametrize(
    ("error", "numbers"),
    [
        ("Image features and image tokens do not match: tokens: 1230, features 1196", (1230, 1196)),
        ("ValueError: Image features and image tokens do not match, tokens: 8422, features: 8779", (8422, 8779)),
        ("Videos features and video tokens do not match: tokens: 11, features 12", (11, 12)),
        ("Attempted to assign 841 + 1032 = 1873 multimodal tokens to 1874 placeholders", (1874, 1873)),
        ("Attempted to assign 7 x 256 = 1792 image tokens to 506 placeholders", (506, 1792)),
        ("Attempted to assign 4225 = 4225 multimodal tokens to 1 placeholder", (1, 4225)),
        ("does not match. Got 9 tokens in the text but 18432 tokens from multimodal embeddings.", (9, 18432)),
        ("Mismatch in `image` token count between text and `input_ids`. Got ids=[2, 5] and text=[2, 9].", (7, 11)),
        (
            "value tensor of shape [1844, 2048] cannot be broadcast to indexing result of shape [3, 2048]",
            (3, 1844),
        ),
        (
            "warning: input_embeds[selected].shape=torch.Size([256, 4096]), vit_embeds.shape=torch.Size([512, 4096])",
            (256, 512),
        ),
    ],
)
def test_the_text_of_an_error_has_the_numbers(error: str, numbers: tuple[int, int]) -> None:
    from vtok.cli._error_text import mismatch

    assert mismatch(error) == numbers


def test_the_error_may_stand_anywhere_among_the_inputs(run: Run) -> None:
    error = "Image features and image tokens do not match: tokens: 1198, features 1196"
    for arguments in ([error, "1280x720"], ["1280x720", error]):
        answer = answers(run, *arguments, "-m", "qwen2.5-vl")
        assert answer["numbers"] == {"got": 1198, "expected": 1196}
        assert answer["expected"][0]["changes"] == []


def test_a_prompt_without_any_image_token(run: Run) -> None:
    outcome = run("explain", "Image features and image tokens do not match, tokens: 0, features: 1196", "1280x720")
    assert "the image's placeholder is missing" in outcome.out
    assert {line.split("\t")[0] for line in outcome.lines} == {"present", "note", "number", "expected"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tokens and features differ by 3", "9x9"], "no two numbers were found"),
        (["tokens: 4, features 3", "9x9", "--got", "4"], "contradicts --got"),
        (["tokens: 4, features 3", "tokens: 4, features 2", "9x9"], "several errors"),
        (["tokens: 0, features 0", "9x9"], "nothing to explain"),
        (["tokens: 4, features 3"], "nothing to count"),
    ],
)
def test_a_wrong_error_is_one_line(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("explain", *arguments)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert message in outcome.err


def test_a_file_whose_name_is_an_error_is_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tokens: 4, features 3").write_bytes(b"no image")
    outcome = run("explain", "tokens: 4, features 3", "--got", "4")
    assert (outcome.code, outcome.err.startswith("vtok: tokens: 4, features 3: ")) == (1, True)
