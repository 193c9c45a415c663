"""`vtok budget`: its arithmetic, its exit codes, what would fit, and bad input."""

import io
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from conftest import Outcome, Run
from PIL import Image, ImageCms
from terminal import seen

CAT = 178  # prompt tokens of cat.jpg: 16 x 11 tokens of 28 pixels, two special tokens
CHAT = 19  # <|im_start|>system ... You are a helpful assistant ... assistant, in tokens of Qwen's


def facts(outcome: Outcome) -> dict[str, object]:
    answer: dict[str, object] = json.loads(outcome.out)
    return answer


@pytest.fixture
def cat(samples: Path) -> str:
    return str(samples / "cat.jpg")


def test_the_arithmetic(run: Run, cat: str) -> None:
    outcome = run("budget", cat, cat, "-c", "1k", "--text", "100", "--reply", "200", "--json", "-m", "qwen2.5-vl-7b")
    answer = facts(outcome)
    assert outcome.code == 0
    assert answer["context"] == 1024
    assert answer["used"] == 2 * CAT + 100 + CHAT + 200
    assert answer["left"] == 1024 - 2 * CAT - 100 - CHAT - 200
    assert (answer["fits"], answer["estimated"]) == (True, False)
    assert "fit" not in answer


def test_exit_codes_and_what_is_left(run: Run, cat: str) -> None:
    exact = run("budget", cat, "-c", str(CAT + CHAT), "-q")
    assert (exact.code, exact.out) == (0, "0\n")
    over = run("budget", cat, "-c", str(CAT + CHAT - 1), "-q")
    assert (over.code, over.out) == (3, "-1\n")


def test_the_context_is_the_checkpoints_own_unless_said(run: Run, cat: str) -> None:
    answer = facts(run("budget", cat, "-m", "qwen2.5-vl-7b", "--json"))
    assert (answer["context"], answer["context_source"]) == (128_000, "config.json")
    answer = facts(run("budget", cat, "-m", "qwen2.5-vl-7b", "-c", "256k", "--json"))
    assert answer["context"] == 256 * 1024
    assert "more than the model's 128,000" in str(answer["context_source"])


def test_company_counts(run: Run) -> None:
    # DeepSeek-VL2 makes no tiles of more than two images: 421 tokens each, whatever their size
    answer = facts(run("budget", *["1000x1000"] * 3, "-m", "deepseek-vl2", "-c", "8k", "--json"))
    parts = answer["parts"]
    assert isinstance(parts, list)
    assert [part["tokens"] for part in parts if part["part"] == "image"] == [421] * 3


def test_a_pipe_gets_a_row_for_each_part(run: Run, cat: str) -> None:
    lines = run("budget", cat, "-c", "1000", "--reply", "10").lines
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]
    assert [row["part"] for row in rows] == ["image", "template", "reply", "left", "context"]
    assert [int(row["tokens"]) for row in rows] == [CAT, CHAT, 10, 1000 - CAT - CHAT - 10, 1000]


def test_the_chat_template_is_that_of_the_default_pipeline(run: Run) -> None:
    def template(*more: str) -> tuple[int, bool]:
        parts = facts(run("budget", "448x448", "-m", "internvl3-8b", "-c", "8k", "--json", *more))["parts"]
        assert isinstance(parts, list)
        return next((part["tokens"], part["estimated"]) for part in parts if part["part"] == "template")

    assert template() == (9, False)
    assert template("--pipeline", "original") == (20, True)
    assert template("--pipeline", "original", "--set", "chat_tokens=46") == (46, False)


def test_what_would_fit_fits_when_it_is_typed(run: Run, samples: Path) -> None:
    photo = str(samples / "photo.jpg")
    answer = facts(run("budget", photo, "-c", "1000", "--json"))
    fit = answer["fit"]
    assert isinstance(fit, dict)
    option = fit["options"][0]
    left = run("budget", photo, "-c", "1000", "-q", *option["setting"].split())
    assert (left.code, left.out) == (0, f"{option['left']}\n")
    value = option["value"]
    over = run("budget", photo, "-c", "1000", "-q", "--set", f"max_pixels={value + 1}")
    assert over.code == 3


@pytest.mark.parametrize(("index", "flag"), [(0, "--frames"), (1, "--fps")])
def test_frames_and_rate_of_a_video(run: Run, samples: Path, index: int, flag: str) -> None:
    video = str(samples / "clip.mp4")
    answer = facts(run("budget", video, "-c", "5000", "--json"))
    fit = answer["fit"]
    assert isinstance(fit, dict)
    option = fit["options"][index]
    assert option["setting"].startswith(flag)
    assert run("budget", video, "-c", "5000", "-q", *option["setting"].split()).code == 0
    assert run("budget", video, "-c", "5000", "-q", flag, str(option["following"]["value"])).code == 3


def test_fit_may_be_asked_of_what_fits(run: Run, cat: str) -> None:
    outcome = run("budget", cat, "-c", "1000", "--fit", "--json")
    fit = facts(outcome)["fit"]
    assert isinstance(fit, dict)
    assert outcome.code == 0
    assert fit["options"][0]["following"] is None


def test_the_largest_image_is_written_and_fits(run: Run, samples: Path, tmp_path: Path) -> None:
    photo = str(shutil.copy(samples / "photo.jpg", tmp_path / "photo.jpg"))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(photo) as image:
        assert image.getexif()[0x0112] == 6
        image.save(photo, exif=image.getexif(), icc_profile=profile)
    small = tmp_path / "small.jpg"
    outcome = run("budget", photo, "-c", "1000", "--resize", str(small), "--json")
    fit = facts(outcome)["fit"]
    assert isinstance(fit, dict)
    assert outcome.code == 0
    with Image.open(small) as image:
        assert (
            image.size == (fit["size"]["width"], fit["size"]["height"]) == (756, 1008)
        )  # 27 x 36 tokens of 28 pixels, upright
        assert image.getexif().get(0x0112, 1) == 1
        assert image.info["icc_profile"] == profile
    assert run("budget", str(small), "-c", "1000", "-q").out == f"{1000 - CHAT - 27 * 36 - 2}\n"


def test_what_was_written_is_said_and_what_it_leaves(run: Run, samples: Path, tmp_path: Path) -> None:
    small = str(tmp_path / "small.jpg")
    asked = ["budget", str(samples / "photo.jpg"), "-c", "1000", "--resize", small]
    left = 1000 - CHAT - 27 * 36 - 2
    outcome = run(*asked)
    note = f"note\twritten to {small}: 3024x4032 -> 756x1008, bicubic; {27 * 36 + 2} prompt tokens"
    assert (outcome.code, note in outcome.lines) == (0, True)
    assert run(*asked, "-q").out == f"{left}\n"
    original, size = {"width": 3024, "height": 4032}, {"width": 756, "height": 1008}
    expected = {"path": small, "original": original, "size": size, "resample": "bicubic", "tokens": 974}
    assert facts(run(*asked, "--json"))["written"] == expected


def test_without_a_readable_input_there_is_nothing_to_say(run: Run, tmp_path: Path) -> None:
    outcome = run("budget", str(tmp_path / "none.jpg"), "-c", "1k")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert facts(run("budget", str(tmp_path / "none.jpg"), "-c", "1k", "--json"))["errors"]


def test_an_orientation_that_the_pipeline_ignores_stays_beside_the_pixels(
    run: Run, samples: Path, tmp_path: Path
) -> None:
    small = tmp_path / "small.png"
    photo = str(samples / "photo.jpg")
    assert run("budget", photo, "-c", "1000", "--pipeline", "qwen-vl-utils", "--resize", str(small)).code == 0
    with Image.open(small) as image:
        assert image.size == (1008, 756)
        assert image.getexif()[0x0112] == 6


def test_the_image_is_made_by_the_models_filter(run: Run, cat: str, tmp_path: Path) -> None:
    written = tmp_path / "cat.png"
    assert run("budget", cat, "-c", "100", "--resize", str(written)).code == 0
    with Image.open(cat) as image, Image.open(written) as small:
        assert small.tobytes() == image.convert("RGB").resize(small.size, Image.Resampling.BICUBIC).tobytes()


def test_text_is_estimated_and_called_so(run: Run, cat: str, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("a" * 401)
    answer = facts(run("budget", cat, "-c", "1000", "--text-file", str(text), "--json"))
    assert answer["estimated"] is True
    assert answer["left"] == 1000 - CAT - CHAT - 101


def test_text_is_counted_by_a_tokenizer(run: Run, cat: str, tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0, "one": 1, "two": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    text = tmp_path / "text.txt"
    text.write_text("one two three")
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        arguments = ["budget", cat, "-c", "1000", "--text-file", str(text), "--tokenizer", str(path)]
        answer = facts(run(*arguments, "--json"))
        assert (answer["estimated"], answer["left"]) == (False, 1000 - CAT - CHAT - 3)


def test_text_from_standard_input(run: Run, cat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"four")

    monkeypatch.setattr("sys.stdin", Stdin())
    assert run("budget", cat, "-c", "1000", "--text-file", "-", "-q").out == f"{1000 - CAT - CHAT - 1}\n"


def test_impossible_budgets_say_what_the_least_is(run: Run, cat: str) -> None:
    outcome = run("budget", cat, "-c", "20")
    assert outcome.code == 3
    # min_pixels of Qwen2.5-VL are 56 x 56; an image of 451 x 300 takes 2 x 1 tokens and two special tokens
    assert "the inputs need at least 4 tokens" in outcome.out
    assert "there is room for 1" in outcome.out


def test_a_file_that_cannot_be_read_does_not_make_a_prompt_fit(run: Run, cat: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff")
    outcome = run("budget", cat, str(bad), "-c", "1000", "-q")
    assert (outcome.code, outcome.out) == (1, "")
    assert str(bad) in outcome.err
    answer = run("budget", cat, str(bad), "-c", "1000", "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["errors"][0]["input"] == str(bad)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to count"),
        (["9x9", "-c", "0"], "out of range"),
        (["9x9", "-c", "1000000000000"], "out of range"),
        (["9x9", "-c", "9" * 30], "write a number of tokens"),
        (["9x9", "-c", "lots"], "write a number of tokens"),
        (["9x9", "-c", "-5"], "write a number of tokens"),
        (["9x9", "-c", "1kk"], "write a number of tokens"),
        (["9x9", "--reply", "1.5"], "--reply '1.5'"),
        (["9x9", "--tokenizer", "x"], "--text-file"),
        (["9x9", "--text", "hello", "--tokenizer", "x"], "no tokenizer.json there"),
        (["9x9", "--text-file", "/nowhere/at/all"], "No such file"),
        (["9x9", "--text-file", os.sep], "not a file"),
        (["9x9", "--json", "-q"], "contradict"),
        (["-", "--text-file", "-"], "standard input"),
        (["9x9", "-m", "clip-b32"], "encoder without a prompt"),
        (["9x9", "-m", "no such model"], "unknown model"),
        (["9x9", "-m", "qwen2.5-vl", "-m", "qwen3-vl", "--fit"], "one model at a time"),
        (["9x9", "--json", "--csv"], "contradict"),
        (["9x9", "-m", "llava-v1"], "--context"),
        (["9x9", "-c", "1k", "--resize", "out.jpg"], "the image's file"),
        (["9x9", "9x9", "-c", "1k", "--resize", "out.jpg"], "one image"),
        (["9x9", "-m", "qwen3-vl", "--set", "nothing=1"], "no option"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("budget", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_text_files_that_are_not_text(run: Run, cat: str, samples: Path, tmp_path: Path) -> None:
    nul = tmp_path / "nul.txt"
    nul.write_bytes(b"a\0b")
    for path in (samples / "photo.jpg", nul):
        outcome = run("budget", cat, "-c", "1k", "--text-file", str(path))
        assert outcome.code == 2
        assert "not text" in outcome.err


def test_tokenizers_that_are_not(run: Run, cat: str, tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    text = tmp_path / "text.txt"
    text.write_text("one")
    for path in (text, tmp_path, tmp_path / "none.json"):
        outcome = run("budget", cat, "-c", "1k", "--text-file", str(text), "--tokenizer", str(path))
        assert outcome.code == 2
        assert "--tokenizer" in outcome.err
        assert outcome.err.count("\n") == 1


def test_without_the_tokenizers_library(run: Run, cat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    text = tmp_path / "text.txt"
    text.write_text("one")
    outcome = run("budget", cat, "-c", "1k", "--text-file", str(text), "--tokenizer", str(text))
    assert outcome.code == 2
    assert "vtok[chat]" in outcome.err


def test_a_written_image_needs_an_ending_and_a_place(run: Run, cat: str, tmp_path: Path) -> None:
    assert "end the name in" in run("budget", cat, "-c", "100", "--resize", str(tmp_path / "x.doc")).err
    missing = run("budget", cat, "-c", "100", "--resize", str(tmp_path / "no" / "x.png"))
    assert missing.code == 1
    assert "cannot be written" in missing.err


def test_not_even_the_first_input_fits(run: Run) -> None:
    outcome = run("budget", "3024x4032", "1240x1754", "-m", "deepseek-vl2", "-c", "1000")
    assert outcome.code == 3
    assert "not even the first of the 2 inputs fits" in outcome.out
    assert "first 0" not in outcome.out


def test_an_image_is_not_written_over_itself(run: Run, samples: Path, tmp_path: Path) -> None:
    photo = tmp_path / "cat.jpg"
    photo.write_bytes((samples / "cat.jpg").read_bytes())
    for context in ("100", "10k"):
        outcome = run("budget", str(photo), "-c", context, "--resize", str(photo))
        assert outcome.code == 2
        assert "is an input of this command" in outcome.err
    assert photo.read_bytes() == (samples / "cat.jpg").read_bytes()


def test_a_terminal_gets_a_bar_as_wide_as_it_is() -> None:
    for width in (60, 110):
        code, screen = seen("vtok budget samples/cat.jpg samples/clip.mp4 -c 10k --reply 1k", width=width)
        assert code == 0
        bar = next(line for line in screen.splitlines() if "█" in line and "▓" in line)
        assert len(bar) <= width
    code, screen = seen("vtok budget samples/photo.jpg -c 1k")
    assert code == 3
    assert "does not fit" in screen
    assert "--set max_pixels=" in screen


@pytest.mark.parametrize("model", ["internvl", "llava-next", "deepseek-vl2", "kimi-vl", "pixtral-12b", "gemma4"])
def test_a_written_image_fits_without_any_option(run: Run, samples: Path, tmp_path: Path, model: str) -> None:
    small = str(tmp_path / "small.png")
    outcome = run("budget", str(samples / "photo.jpg"), "-m", model, "-c", "1600", "--resize", small)
    assert outcome.code == 0
    assert run("budget", small, "-m", model, "-c", "1600", "-q").code == 0


def test_an_image_that_no_size_helps_is_refused_with_what_does(run: Run, samples: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.png"  # Idefics3 enlarges whatever it gets
    outcome = run("budget", str(samples / "photo.jpg"), "-m", "idefics3", "-c", "1600", "--resize", str(small))
    assert outcome.code == 2
    assert "--set longest_edge=" in outcome.err
    assert not small.exists()


def test_images_and_videos_in_one_prompt(run: Run, samples: Path) -> None:
    inputs = [str(samples / "cat.jpg"), str(samples / "clip.mp4")]
    answer = facts(run("budget", *inputs, "-c", "4k", "--json", "-m", "qwen2.5-vl"))
    fit = answer["fit"]
    assert isinstance(fit, dict)
    for option in fit["options"]:
        assert run("budget", *inputs, "-c", "4k", "-q", *option["setting"].split()).out == f"{option['left']}\n"


def test_a_pipe_is_told_what_would_fit_in_a_table_of_its_own(run: Run, samples: Path) -> None:
    blocks = run("budget", str(samples / "photo.jpg"), "-c", "1000").out.split("\n\n")
    assert len(blocks) == 2
    assert blocks[1].startswith("setting\tbecomes\ttokens\tleft\tnext_value\tnext_tokens\n")
    assert "note\tlargest size that fits" in blocks[1]


@pytest.mark.parametrize(
    ("inputs", "form"),
    [
        (["cat.jpg", "cat.jpg"], r"\d+x\d+"),
        (["photo.jpg", "clip.mp4"], r"(\d+)x(\d+); \d+x\d+, 12 frames"),
        (["photo.jpg", "cat.jpg", "coffee.jpg"], r"\d+x\d+ to \d+x\d+"),
        (["photo.jpg", "cat.jpg", "clip.mp4"], r"\d+x\d+ to \d+x\d+, 12 frames"),
    ],
)
def test_what_becomes_of_the_inputs_is_said_in_their_order(
    run: Run, samples: Path, inputs: list[str], form: str
) -> None:
    outcome = run("budget", *(str(samples / name) for name in inputs), "-c", "300", "-m", "qwen2.5-vl")
    row = next(line.split("\t") for line in outcome.lines if line.startswith("--set max_pixels"))
    match = re.fullmatch(form, row[1])
    assert match
    width, height = map(int, match.groups() or (0, 1))  # the photo is upright, the video is not
    assert width < height


def test_the_verdict_names_what_could_not_be_counted(run: Run, cat: str, tmp_path: Path) -> None:
    bad = str(tmp_path / "bad.jpg")
    outcome = run("budget", cat, bad, "-c", "1000")
    left = 1000 - CAT - CHAT
    assert outcome.code == 1
    assert f"note\tincomplete: {bad} could not be counted; without it {left} tokens are left" in outcome.lines
    assert facts(run("budget", cat, bad, "-c", "1000", "--json"))["fits"] is None
    over = run("budget", cat, bad, bad, "-c", str(CAT))
    assert over.code == 1
    assert f"does not fit: {CHAT} tokens over, even without {bad}, {bad}, which could not be counted" in over.out
    assert facts(run("budget", cat, bad, "-c", str(CAT), "--json"))["fits"] is False
    code, screen = seen(f"vtok budget samples/cat.jpg {bad} -c 1000 2> /dev/null")
    assert code == 1
    assert not any(line.startswith("fits") for line in screen.splitlines())


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gemma3", 2),  # an empty line before the image and one after it
        ("idefics3", 3),  # 3 rows of 4 tiles: a line break after the first two rows, an empty line before the whole
    ],
)
def test_text_around_images_is_estimated(run: Run, model: str, tokens: int) -> None:
    parts = facts(run("budget", "1600x1200", "-m", model, "-c", "8k", "--json"))["parts"]
    assert isinstance(parts, list)
    around = next(part for part in parts if part["part"] == "text")
    assert around["tokens"] == pytest.approx(tokens, abs=1)
    assert around["estimated"] is True
    assert around["source"].startswith("around images and frames: ")


def test_estimates_of_short_texts() -> None:
    from vtok.chats.estimates import of_piece

    # Frame, 1, :, space; two line breaks are one token; ten words and a space
    texts = ["Frame1: ", "Frame12: ", "\n\n", " ", " and here are some crops to help you see better "]
    assert [of_piece(text) for text in texts] == [4, 5, 1, 1, 11]


def test_the_bar_explains_its_mark() -> None:
    _, screen = seen("vtok budget samples/photo.jpg -c 1k")
    assert "| marks the end of the context" in screen
    _, screen = seen("vtok budget samples/cat.jpg -c 1k")
    assert "marks the end" not in screen


def test_a_narrow_terminal_keeps_the_table() -> None:
    _, screen = seen("vtok budget samples/cat.jpg samples/clip.mp4 -c 10k", width=60)
    assert all(len(line) <= 60 for line in screen.splitlines())
    assert "columns left out: " in screen


def test_too_many_inputs_leave_out_the_search(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vtok.search.fitting.MOST_LAYOUTS", 1)
    outcome = run("budget", "4000x3000", "800x600", "-c", "1000")
    assert outcome.code == 3
    (note,) = [line for line in outcome.out.splitlines() if line.startswith("note\t")]
    assert note.startswith("note\twhat would fit is not searched: 2 different inputs")
    document = json.loads(run("budget", "4000x3000", "800x600", "-c", "1000", "--json").out)
    assert set(document["fit"]) == {"left_out", "context"}


def test_more_inputs_than_a_prompt_holds_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vtok.cli._chats.MOST_INPUTS", 2)
    assert run("budget", "280x280", "280x280", "-c", "1000").code == 0
    outcome = run("budget", "280x280", "280x280", "280x280", "-c", "1000")
    assert outcome.code == 2
    assert outcome.err.startswith("vtok: more than 2 inputs are too many for one prompt")


def test_a_terminal_sums_the_rows_it_does_not_list(monkeypatch: pytest.MonkeyPatch) -> None:
    from decimal import Decimal

    from vtok import checkpoints
    from vtok.render.text import budget as text
    from vtok.values import Media, Size

    monkeypatch.setattr(text, "MOST_ROWS", 2)
    layout = checkpoints.get("qwen2.5-vl").layout(Media(size=Size(280, 280)))  # 100 tokens and two
    images = [text.Entry("image", f"{i}.png", 102, layout=layout) for i in range(5)]
    budget = text.Budget(1000, "--context", [*images, text.Entry("reply", "--reply", 50)], price=Decimal(1))
    assert len(text.table(budget).rows) == 5 + 2  # a pipe
    monkeypatch.setattr(text, "is_terminal", lambda: True)
    rows = text.table(budget).rows
    assert [row[1].values[0] for row in rows[:3]] == ["0.png", "1.png", "3 more inputs, which a pipe or --csv lists"]
    tokens = [next(cell for cell in row if isinstance(cell, int) and cell > 16) for row in rows]
    assert tokens == [102, 102, 306, 50, 1000 - 560]
