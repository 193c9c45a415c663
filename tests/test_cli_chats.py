"""`vtok budget` of chats and of several models: rows, turns, what would have to go, and bad input."""

import csv
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from chat_checkpoints import written
from conftest import Outcome, Run
from terminal import seen

CAT = 178  # prompt tokens of cat.jpg: 16 x 11 tokens of 28 pixels, two special tokens
TEMPLATE = 19
TURN = 5  # what a further turn is estimated at


@pytest.fixture
def cat(samples: Path) -> str:
    return str(samples / "cat.jpg")


def chat_of(folder: Path, *turns: tuple[str, list[str], str]) -> str:
    messages = [
        {
            "role": role,
            "content": [*({"type": "image", "image": image} for image in images), {"type": "text", "text": text}],
        }
        for role, images, text in turns
    ]
    (folder / "chat.json").write_text(json.dumps(messages))
    return str(folder / "chat.json")


def rows(outcome: Outcome) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(outcome.out)))


def test_a_chat_is_counted_and_its_estimates_are_marked(run: Run, cat: str, tmp_path: Path) -> None:
    path = chat_of(tmp_path, ("user", [cat, cat], "a" * 40), ("assistant", [], "b" * 4), ("user", [], "c" * 8))
    answer = json.loads(run("budget", "--messages", path, "-c", "1000", "--json").out)
    assert answer["used"] == 2 * CAT + 10 + 1 + 2 + TEMPLATE + 2 * TURN
    parts = {part["part"]: part["estimated"] for part in answer["parts"]}
    assert parts == {"image": False, "text": True, "template": True}
    table = rows(run("budget", "--messages", path, "-c", "1000", "--csv"))
    assert [row["estimated"] for row in table] == ["false", "false", "true", "true", "true", "false"]
    assert int(table[-2]["tokens"]) == 1000 - answer["used"]


def test_paths_start_in_the_folder_of_the_file(run: Run, cat: str, tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(Path(cat).read_bytes())
    path = chat_of(tmp_path, ("user", ["cat.jpg"], ""))
    assert run("budget", "--messages", path, "-c", "1000", "-q").out == f"{1000 - CAT - TEMPLATE}\n"


def test_a_chat_from_standard_input(run: Run, cat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = chat_of(tmp_path, ("user", [cat], ""))

    class Stdin:
        buffer = io.BytesIO(Path(path).read_bytes())

    monkeypatch.setattr("sys.stdin", Stdin())
    assert run("budget", "--messages", "-", "-c", "1000", "-q").out == f"{1000 - CAT - TEMPLATE}\n"


@pytest.mark.posix
def test_a_chat_from_a_named_pipe(run: Run, cat: str, tmp_path: Path) -> None:
    pipe, content = str(tmp_path / "pipe"), Path(chat_of(tmp_path, ("user", [cat], ""))).read_bytes()
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: Path(pipe).write_bytes(content))
    writer.start()
    assert run("budget", "--messages", pipe, "-c", "1000", "-q").out == f"{1000 - CAT - TEMPLATE}\n"
    writer.join()


def test_a_row_for_each_model(run: Run, cat: str) -> None:
    outcome = run("budget", cat, "-m", "qwen2.5-vl-7b", "-m", "blip-2", "-c", "100", "--csv")
    assert outcome.code == 3
    assert [(row["model"], row["tokens"], row["left"], row["fits"]) for row in rows(outcome)] == [
        ("qwen2.5-vl", str(CAT + TEMPLATE), str(100 - CAT - TEMPLATE), "false"),
        ("blip-2", "33", "67", "true"),
    ]
    quiet = run("budget", cat, "-m", "qwen2.5-vl-7b", "-m", "blip-2", "-c", "1k", "-q")
    assert (quiet.code, quiet.out) == (0, f"qwen2.5-vl\t{1024 - CAT - TEMPLATE}\nblip-2\t991\n")


def test_a_model_that_cannot_is_named_and_the_others_go_on(run: Run, cat: str) -> None:
    outcome = run("budget", cat, "-m", "clip-b32", "-m", "qwen2.5-vl-7b", "--json")
    good, bad = json.loads(outcome.out)
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert (good["model"], good["left"]) == ("qwen2.5-vl", 128_000 - CAT - TEMPLATE)
    assert "encoder without a prompt" in bad["error"]


def test_a_row_for_each_chat(run: Run, tmp_path: Path) -> None:
    lines = [
        {"id": "one", "messages": [{"role": "user", "content": "a" * 400}]},
        {"messages": [{"role": "user", "content": []}], "images": ["https://x.y/z.png"]},
        {"nothing": 1},
    ]
    (tmp_path / "chats.jsonl").write_text("\n".join(map(json.dumps, lines)))
    outcome = run("budget", "--messages", str(tmp_path / "chats.jsonl"), "-c", "1000", "--csv")
    assert outcome.code == 1
    assert [(row["chat"], row["tokens"], row["estimated_tokens"], row["fits"]) for row in rows(outcome)] == [
        ("one", str(100 + TEMPLATE), "100", "true"),
        ("1", str(TEMPLATE), "0", ""),
    ]
    assert "vtok downloads nothing: https://x.y/z.png" in outcome.err
    assert "an object of nothing is no chat" in outcome.err
    assert outcome.err.count("\n") == 2


def test_a_size_stands_in_for_a_url(run: Run, tmp_path: Path) -> None:
    path = chat_of(tmp_path, ("user", ["https://x.y/cat.jpg"], ""))
    outcome = run("budget", "--messages", path, "-c", "1000", "--size", "451x300", "-q")
    assert (outcome.code, outcome.out) == (0, f"{1000 - CAT - TEMPLATE}\n")


def test_where_the_context_ends_and_what_would_have_to_go(run: Run, cat: str, samples: Path, tmp_path: Path) -> None:
    coffee = str(samples / "coffee.jpg")  # 21 x 14 tokens of 28 pixels, two special tokens
    path = chat_of(tmp_path, ("user", [cat], ""), ("assistant", [], ""), ("user", [coffee, cat], ""))
    whole = 2 * CAT + 296 + TEMPLATE + 2 * TURN
    answer = json.loads(run("budget", "--messages", path, "-c", "500", "--per-turn", "--json").out)
    assert answer["used"] == whole
    assert [turn["end"] for turn in answer["turns"]] == [CAT + TURN, CAT + 2 * TURN, whole]
    assert [turn["fits"] for turn in answer["turns"]] == [True, True, False]
    assert answer["drop"] == {
        "inputs": [{"input": cat, "turn": 1}, {"input": coffee, "turn": 3}], "left": 500 - CAT - TEMPLATE - 2 * TURN,
        "fits": True,
    }  # fmt: skip
    two = json.loads(run("budget", "--messages", path, "-c", "300", "--reply", "50", "--json").out)["drop"]
    assert [item["turn"] for item in two["inputs"]] == [1, 3]
    assert two["left"] == 300 - 50 - (whole - CAT - 296)
    none = run("budget", "--messages", path, "-c", "20", "--per-turn")
    assert (none.code, "without any of its 3 images and videos it is still 9 tokens too long" in none.out) == (3, True)


def test_a_terminal_marks_where_the_context_ends() -> None:
    code, screen = seen("vtok budget --messages samples/chat.json -c 16k --per-turn", width=100)
    assert code == 3
    assert "the context ends here" in screen
    assert "the oldest of its 4 images and videos would have to go: photo.jpg (turn 2)" in " ".join(screen.split())


def test_settings_behind_a_name_are_for_that_input_alone(run: Run, samples: Path, cat: str) -> None:
    photo = str(samples / "photo.jpg")
    answer = json.loads(run("budget", f"{photo}@max_pixels=1003520", cat, "-c", "2000", "--json").out)
    tokens = [part["tokens"] for part in answer["parts"] if part["part"] == "image"]
    alone = run("count", photo, "-q", "--set", "max_pixels=1003520")
    assert tokens == [int(alone.out), CAT]
    size = json.loads(run("budget", "3024x4032@max_pixels=1003520@min_pixels=3136", "-c", "2000", "--json").out)
    assert size["parts"][0]["tokens"] == int(alone.out)
    wrong = run("budget", f"{photo}@nothing=5", "-c", "2000")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert "no option 'nothing'" in wrong.err


def test_pages_of_a_folder_are_in_natural_order(run: Run, cat: str, tmp_path: Path) -> None:
    names = ["page10.jpg", "page9.jpg", "b1/page2.jpg", "page1.jpg", "page 1.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(Path(cat).read_bytes())

    def order(*inputs: str) -> list[str]:
        parts = json.loads(run("budget", *inputs, "-c", "9k", "--json").out)["parts"]
        return [part["input"].removeprefix(f"{tmp_path}/") for part in parts if part["part"] == "image"]

    natural = ["b1/page2.jpg", "page1.jpg", "page9.jpg", "page10.jpg", "page 1.jpg"]
    assert order(str(tmp_path)) == order(str(tmp_path / "**")) == natural
    named = [str(tmp_path / name) for name in names]
    assert order(*named) == names


def test_literal_text_and_numbers_of_tokens(run: Run, cat: str) -> None:
    assert run("budget", cat, "-c", "1000", "--text", "12", "-q").out == f"{1000 - CAT - TEMPLATE - 12}\n"
    assert run("budget", cat, "-c", "1000", "--text", "a" * 12, "-q").out == f"{1000 - CAT - TEMPLATE - 3}\n"
    alone = run("budget", "--text", "a" * 12, "-c", "1000", "-q")
    assert (alone.code, alone.out) == (0, f"{1000 - TEMPLATE - 3}\n")


def test_a_folder_with_a_tokenizer_needs_no_estimate(run: Run, cat: str, tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    folder = str(written(tmp_path, "qwen2.5-vl"))
    answer = json.loads(run("budget", cat, "--text", "Describe this image.", "-m", folder, "-c", "1k", "--json").out)
    parts = {part["part"]: part for part in answer["parts"]}
    assert not answer["estimated"]
    assert parts["image"]["tokens"] == CAT
    assert parts["text"]["source"] == f"--text: counted by {folder}/tokenizer.json"
    assert parts["template"]["source"] == f"chat_template.jinja of {folder}"
    lent = run(
        "budget", cat, "--text", "Describe this image.", "-m", "qwen2.5-vl", "--tokenizer", folder, "-c", "1k", "-q"
    )
    assert lent.out == f"{answer['left']}\n"


def test_without_the_extra_a_folder_is_estimated_and_says_why(
    run: Run, cat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    folder = str(written(tmp_path, "qwen2.5-vl"))
    outcome = run("budget", cat, "--text", "Describe this image.", "-m", folder, "-c", "1k")
    assert outcome.code == 0
    assert "needs jinja2: pip install 'vtok[chat]'" in outcome.out


HOSTILE = {
    "loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "writes": "{% for i in range(99999) %}{{ 'a' * 99999 }}{% endfor %}",
    "allocates": "{{ 'a' * 99999999999 }}",
    "raises": "{{ raise_exception('only\\nsystem prompts, please') }}",
    "reaches": "{{ messages.__class__.__mro__[1].__subclasses__() }}",
    "breaks": "{% for %}",
    "divides": "{{ 1 / 0 }}",
    "recurs": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "forgets": "hello",
    "repeats": "<|image_pad|><|image_pad|>",
}
MET = {
    "loops": "no end of rendering and counting in 1 s",
    "writes": "the chat template writes more than",
    "raises": "the chat template refuses the chat: only system prompts, please",
    "breaks": "the chat template fails: ",
    "divides": "the chat template fails: division by zero",
    "forgets": "1 image, but 0 <|image_pad|> in the rendered chat",
    "repeats": "1 image, but 2 <|image_pad|> in the rendered chat",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_are_one_line(
    run: Run, cat: str, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tokenizers")
    monkeypatch.setattr("vtok.chats.counting.LONGEST", 1 if name == "loops" else 30)
    folder = written(tmp_path, "qwen2.5-vl")
    (folder / "chat_template.jinja").write_text(HOSTILE[name])
    path = chat_of(tmp_path, ("user", [cat], "hello"))
    outcome = run("budget", "--messages", path, "-m", str(folder), "-c", "1k")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert MET.get(name, "chat template") in outcome.err


def test_inputs_that_the_template_refuses_are_estimated(run: Run, cat: str, tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    folder = written(tmp_path, "qwen2.5-vl")
    (folder / "chat_template.jinja").write_text(HOSTILE["raises"])
    outcome = run("budget", cat, "-m", str(folder), "-c", "1k")
    assert outcome.code == 0
    assert "refuses the chat: only system prompts, please; text and template are estimated" in outcome.out
    assert f"left\t\tfalse\t\t\t\t\t\t{1024 - CAT - TEMPLATE}\t" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--messages", "nowhere.json"], "--messages nowhere.json: no such file"),
        (["--messages", "{folder}"], "this is a directory; give a file of JSON"),
        (["--messages", "{chat}", "a.jpg"], "leave out the inputs"),
        (["--messages", "{chat}", "--text", "a"], "leave out the inputs"),
        (["--messages", "-", "--text-file", "-"], "standard input cannot be both"),
        (["--messages", "{chat}", "--size", "big"], "is not a size"),
        (["9x9", "--size", "9x9"], "--size stands for images in --messages"),
        (["--messages", "{empty}"], "no chat in this file"),
        (["--messages", "{chat}", "-m", "qwen2.5-vl", "-m", "internvl", "--per-turn"], "--per-turn is for one chat"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    names = {
        "folder": str(tmp_path),
        "chat": chat_of(tmp_path, ("user", [], "a")),
        "empty": str(tmp_path / "empty.json"),
    }
    (tmp_path / "empty.json").write_text(" \n")
    outcome = run("budget", *(argument.format(**names) for argument in arguments))
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert message in outcome.err


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"messages": [{"role": "user", "content": [{"type": "sound"}]}]}', "message 1, part 1: type 'sound'"),
        ("[[[[", "this is no JSON"),
        ("[" * 99_999, "nested too deeply"),
        ("\xff\xfe", "not text in UTF-8"),
    ],
)
def test_a_chat_that_cannot_be_read_is_one_line(run: Run, tmp_path: Path, document: str, message: str) -> None:
    (tmp_path / "chat.json").write_bytes(document.encode("latin-1"))
    outcome = run("budget", "--messages", str(tmp_path / "chat.json"), "-c", "1k")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert message in outcome.err


def test_an_image_that_cannot_be_read_never_ends_in_fits(run: Run, cat: str, tmp_path: Path) -> None:
    path = chat_of(tmp_path, ("user", [cat, "nowhere.jpg"], ""))
    outcome = run("budget", "--messages", path, "-c", "1000")
    assert outcome.code == 1
    assert "nowhere.jpg could not be counted; without it" in outcome.out
    answer: dict[str, Any] = json.loads(run("budget", "--messages", path, "-c", "1000", "--json").out)
    assert (answer["fits"], answer["errors"][0]["input"]) == (None, "nowhere.jpg")
