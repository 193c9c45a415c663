"""Chats: the forms that people have them in, and what is wrong with those of no known form."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from chat_checkpoints import CONFIGS, FAMILIES, written
from PIL import Image

import vtok
from vtok import checkpoints
from vtok.chats import read
from vtok.chats.forms import chat
from vtok.chats.messages import Chat, Text, Visual
from vtok.chats.prompts import prompt_of, see
from vtok.values import Size


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, "PNG")
    return out.getvalue()


PNG = base64.b64encode(png(60, 40)).decode()
URL = f"data:image/png;base64,{PNG}"
ASK = {"type": "text", "text": "What is this?"}


def user(*parts: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


FORMS: dict[str, Any] = {
    "openai": user({"type": "image_url", "image_url": {"url": URL}}, ASK),
    "openai, the URL alone": user({"type": "image_url", "image_url": URL}, ASK),
    "openai, a request": {"model": "gpt", "messages": user({"type": "image_url", "image_url": {"url": URL}}, ASK)},
    "responses": {
        "input": user({"type": "input_image", "image_url": URL}, {"type": "input_text", "text": "What is this?"})
    },
    "hugging face": user({"type": "image", "image": "a.png"}, ASK),
    "hugging face, url": user({"type": "image", "url": "a.png"}, ASK),
    "hugging face, base64": user({"type": "image", "base64": PNG}, ASK),
    "hugging face, no type": user({"image": "file://{folder}/a.png"}, {"text": "What is this?"}),
    "anthropic": user(
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}, ASK
    ),
    "llava": {"image": "a.png", "conversations": [{"from": "human", "value": "<image>What is this?"}]},
    "sharegpt, no placeholder": {"images": ["a.png"], "conversations": [{"from": "human", "value": "What is this?"}]},
    "ms-swift": {"images": ["a.png"], "messages": [{"role": "user", "content": "<image>What is this?"}]},
    "llama-factory": {"images": [URL], "conversations": [{"role": "user", "content": "<image>What is this?"}]},
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_one_turn_with_an_image_and_a_text(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(60, 40))
    document = json.loads(json.dumps(FORMS[name]).replace("{folder}", str(tmp_path)))
    whole = chat(document, folder=str(tmp_path))
    (turn,) = whole.turns
    assert (turn.role, [type(part) for part in turn.parts]) == ("user", [Visual, Text])
    assert turn.text == "What is this?"
    (seen,) = see(whole)
    assert isinstance(seen.media, vtok.Media)
    assert seen.media.size == Size(40, 60)


def test_the_order_of_text_and_images_is_kept() -> None:
    document = {
        "images": ["1", "2"],
        "videos": ["3"],
        "messages": [
            {"role": "user", "content": "a<image>b<video>"},
            {"role": "assistant", "content": "c"},
            {"role": "user", "content": "<image>d"},
        ],
    }
    parts = [[getattr(part, "text", "") or part.source for part in turn.parts] for turn in chat(document).turns]  # type: ignore[union-attr]
    assert parts == [["a", "1", "b", "3"], ["c"], ["2", "d"]]
    assert [turn.is_plain for turn in chat(document).turns] == [False, True, False]


def test_sides_systems_and_tools() -> None:
    sharegpt = {
        "system": "Be kind.",
        "tools": '[{"name": "crop"}]',
        "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}],
    }
    whole = chat(sharegpt)
    assert [(turn.role, turn.text) for turn in whole.turns] == [
        ("system", "Be kind."),
        ("user", "a"),
        ("assistant", "b"),
    ]
    assert whole.tools == ({"name": "crop"},)
    anthropic = {
        "system": [{"type": "text", "text": "Be kind."}],
        "tools": [{"name": "crop", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "crop", "input": {"x": 1}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "content": [{"type": "image", "source": {"type": "url", "url": "x"}}]},
                ASK,
            ]},
        ],
    }  # fmt: skip
    whole = chat(anthropic)
    assert [turn.role for turn in whole.turns] == ["system", "assistant", "tool", "user"]
    assert whole.tools == ({"type": "function", "function": {"name": "crop", "parameters": {"type": "object"}}},)
    (call,) = whole.turns[1].extra["tool_calls"]
    assert call["function"] == {"name": "crop", "arguments": {"x": 1}}
    assert len(whole.turns[2].visuals) == 1


def test_settings_of_qwen_vl_utils_are_those_of_each_image() -> None:
    document = user(
        {"type": "image", "image": URL, "resized_height": 280, "resized_width": 420},
        {"type": "image", "image": URL, "min_pixels": 100 * 28 * 28},
    )
    prompt = vtok.chat("qwen2.5-vl", document)
    assert {layout.pipeline for layout in prompt.layouts} == {"qwen-vl-utils"}
    assert [layout.resized for layout in prompt.layouts] == [Size(280, 420), Size(252, 364)]
    assert vtok.chat("qwen2.5-vl", user({"type": "image", "image": URL})).layouts[0].pipeline == "transformers"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (5, "a int is no chat; expected an object with messages"),
        ({"a": 1, "b": 2}, "an object of a, b is no chat"),
        ({"messages": []}, "without messages"),
        ({"messages": {"role": "user"}}, "is no chat"),
        (["hello"], "message 1: a str; expected an object with role and content"),
        ([{"content": "x"}], "message 1: an object of content without a role"),
        ([{"role": "user"}], "message 1: no content"),
        (user(ASK, {"type": "audio", "audio": "a.wav"}), "message 1, part 2: type 'audio' has no known form; expected"),
        (user({"foo": 1}), "message 1, part 1: an object of foo has no known form"),
        (user(7), "message 1, part 1: a int; expected text"),
        ([{"role": "user", "content": 7}], "message 1: a int; expected text"),
        (user({"type": "image", "source": {"type": "file"}}), "a source of type 'file'; expected base64"),
        (user({"type": "image", "base64": "###"}), "part 1: base64 is no base64"),
        ({"image": ["a", "b"], "conversations": [{"from": "human", "value": "<image>"}]}, "2 images for 1 <image>"),
        ({"image": "a", "conversations": [{"from": "human", "value": "<image><image>"}]}, "1 image for 2 <image>"),
        ({"conversations": [{"from": "human", "value": "<video>"}]}, "0 videos for 1 <video>"),
        ({"tools": "{", "conversations": [{"from": "human", "value": "a"}]}, "tools are text that is no JSON"),
        ({"tools": [3], "messages": [{"role": "user", "content": "a"}]}, "tool 1: a int"),
    ],
)  # fmt: skip
def test_what_has_no_known_form_is_named(document: Any, message: str) -> None:
    with pytest.raises((vtok.ChatError, vtok.MediaError)) as caught:
        chat(document)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("data:image/png;base64,####", "the data url is no base64"),
        ("data:image/png;base64,aGVsbG8=", "this is text, not an image or video"),
        ("data:text/plain,hello", "no base64"),
        ("https://x.y/a.png", "vtok downloads nothing: https://x.y/a.png"),
        ("nowhere.png", "no such file"),
        ({}, "nothing that names an image; give a path or a data url"),
        (None, "nothing that names an image; give a path or a data url"),
        (5, "a int is no image"),
    ],
)
def test_images_that_are_none(source: Any, message: str) -> None:
    (seen,) = see(Chat(turns=chat(user({"type": "image_url", "image_url": source})).turns))
    assert isinstance(seen.media, vtok.MediaError)
    assert message in str(seen.media).lower()


def test_a_size_stands_in_for_what_is_not_here() -> None:
    whole = chat(user({"type": "image_url", "image_url": "https://x.y/a.png"}, ASK))
    (seen,) = see(whole, stand_in=Size(300, 400))
    assert isinstance(seen.media, vtok.Media)
    assert (seen.media.size, seen.media.name) == (Size(300, 400), "https://x.y/a.png")


def test_a_size_is_no_video() -> None:
    whole = chat(user({"type": "video_url", "video_url": {"url": "https://x.y/a.mp4"}}))
    (seen,) = see(whole, stand_in=Size(300, 400))
    assert str(seen.media) == "vtok downloads nothing: https://x.y/a.mp4; download the video first"


def test_a_tokenizer_may_name_the_placeholders(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    pytest.importorskip("jinja2")
    document = user({"type": "image", "image": URL}, ASK)
    folder = written(tmp_path, "qwen2.5-vl")
    want = vtok.chat(str(folder), document).tokens
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_text((folder / name).read_text("utf-8").replace("<|image_pad|>", "<|see|>"), "utf-8")
    with pytest.raises(vtok.ChatError, match="has no token"):
        vtok.chat(str(folder), document)
    config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    (folder / "tokenizer_config.json").write_text(json.dumps(config | {"image_token": "<|see|>"}))
    assert vtok.chat(str(folder), document).tokens == want


def texts(content: str) -> list[Any]:
    return list(read(io.StringIO(content), ""))


def test_files_hold_one_chat_or_several() -> None:
    one = {"id": "x", "messages": [{"role": "user", "content": "a"}]}
    lines = "\n".join(json.dumps(one | {"id": key}) for key in ("a", "b"))
    assert [item.key for item in texts(lines)] == ["a", "b"]
    assert [item.key for item in texts(json.dumps([one, one], indent=2))] == ["x", "x"]
    assert [item.key for item in texts(json.dumps(one["messages"], indent=2))] == ["0"]
    broken = texts(json.dumps(one) + "\n{oops\n" + json.dumps(one))
    assert [type(item) for item in broken] == [Chat, vtok.MediaError, Chat]


@pytest.mark.parametrize("content", ["", "[", "{", "[" * 100_000, '{"messages":' * 50_000, "nothing", "\0" * 10])
def test_files_that_are_no_chats(content: str) -> None:
    answers = texts(content)
    assert all(isinstance(answer, vtok.VtokError) and "\n" not in str(answer) for answer in answers)


@pytest.mark.parametrize("piece", ["0", "[\n", " "])
def test_files_without_an_end_have_a_bound(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vtok.chats.objects.MOST_DOCUMENT", 2**20)
    (error,) = texts("[" + piece * 2**21)
    assert "in one value; write one chat per line" in str(error)


def test_without_a_tokenizer_every_estimate_is_marked() -> None:
    document = [
        {"role": "system", "content": "Be kind."},
        *user({"type": "image", "image": URL}, ASK),
        {"role": "assistant", "content": "A black image.", "tool_calls": [{"function": {"name": "crop"}}]},
    ]
    prompt = vtok.chat("gemma3", document)
    lines = {line.name.partition(":")[0]: (line.tokens, line.estimated) for line in prompt.lines}
    assert lines == {
        "message 2, part 1": (258, False),
        "3 turns": (2 + 4 + 4, True),  # a token for every four bytes
        "tools and their calls, as JSON": (12, True),  # {"tool_calls": [{"function": {"name": "crop"}}]}
        "around images and frames": (2, True),
        "chat template, with one image, and 2 further turns": (10 + 2 * 5, True),
    }
    assert prompt.estimated


def test_one_turn_of_the_user_has_the_template_of_the_table() -> None:
    prompt = vtok.chat("qwen2.5-vl", user({"type": "image", "image": URL}))
    assert (prompt.tokens, prompt.estimated) == (vtok.count(png(60, 40)) + 19, False)


RENDERED = {
    "qwen2.5-vl": "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
    "<|vision_start|>{image}<|vision_end|>Describe this image.<|im_end|>\n<|im_start|>assistant\n",
    "gemma3": "<bos><start_of_turn>user\n\n\n<start_of_image>{image}<end_of_image>\n\nDescribe this image."
    "<end_of_turn>\n<start_of_turn>model\n",
    "internvl": "<|im_start|>user\n<img>{image}</img>\nDescribe this image.<|im_end|>\n<|im_start|>assistant\n",
}


@pytest.mark.parametrize("name", RENDERED)
def test_a_folder_with_a_tokenizer_counts_exactly(name: str, tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    pytest.importorskip("jinja2")
    folder = written(tmp_path, name)
    describe = {"type": "text", "text": "Describe this image."}
    prompt = vtok.chat(str(folder), user({"type": "image", "image": URL}, describe))
    text = RENDERED[name].replace("{image}", FAMILIES[name].specials[-1] * prompt.layouts[0].tokens)
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    whole = len(tokenizer.encode(text, add_special_tokens=False).ids)
    assert (prompt.tokens, prompt.estimated) == (whole, False)


def test_the_tokens_of_turns_and_texts_add_up(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    pytest.importorskip("jinja2")
    from vtok.chats.checkpoint import words_of
    from vtok.chats.counting import Counter

    family = checkpoints.get(str(written(tmp_path, "internvl")))
    words = words_of(family)
    assert words
    document = [
        *user(ASK, {"type": "image", "image": URL}),
        {"role": "assistant", "content": "Red."},
        *user({"type": "image", "image": URL}),
    ]
    whole = chat(document)
    with Counter(words, family.placeholders) as counter:
        prompt = prompt_of(whole, family, see(whole), counter, turns=True)
        texts = counter.texts(["What is this?", "Red."])
        (answer,) = counter.texts(["<|im_start|>assistant\n"])
        first = prompt_of(Chat(turns=whole.turns[:1]), family, see(whole)[:1], counter)
    image = prompt.layouts[0].prompt_tokens
    assert [line.tokens for line in prompt.lines[:3]] == [image, image, sum(texts)]
    assert prompt.ends[-1] == prompt.tokens
    assert prompt.ends[0] == first.tokens - answer
    assert not prompt.estimated_ends


@pytest.mark.parametrize(("config", "videos"), [("smolvlm2-500m", True), ("smolvlm-256m", False)])
def test_a_folder_that_says_how_videos_are_sampled_takes_videos(config: str, videos: bool, tmp_path: Path) -> None:
    files = json.loads((CONFIGS / f"{config}.json").read_text("utf-8"))["files"]
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    assert ("video" in checkpoints.get(str(tmp_path)).kinds) == videos
