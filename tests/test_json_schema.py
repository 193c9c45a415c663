"""Every command's JSON against the schema that the package publishes, which is strict enough to fail."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run, untraced
from jsonschema import Draft202012Validator, ValidationError

import vtok
from vtok import cli, families

SCHEMA = json.loads((Path(vtok.__file__).parent / "schema.json").read_text("utf-8"))


@cache
def validator(name: str) -> Draft202012Validator:
    """Checks documents against one definition of the schema."""
    return Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{name}"}]})


@untraced()
def errors(name: str, document: Any) -> list[str]:
    """What is wrong with a document, and where."""
    return [_most_telling(error) for error in validator(name).iter_errors(document)]


def _most_telling(error: ValidationError) -> str:
    """Of a document that may have several forms, what is wrong with it in the form that it comes nearest to."""
    while error.context:
        forms = {inner.schema_path[0] for inner in error.context}
        groups = [[inner for inner in error.context if inner.schema_path[0] == form] for form in forms]
        error = min(groups, key=len)[0]
    return f"{error.json_path}: {error.message[:300]}"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    closed = {"additionalProperties", "unevaluatedProperties"}
    for name, definition in SCHEMA["$defs"].items():
        if definition.get("type") == "object" and not name.endswith("_keys"):
            assert closed & definition.keys(), f"{name} lets any key through"


PHOTO = str(ROOT / "samples" / "photo.jpg")
CHAT = str(ROOT / "samples" / "chat.json")
IMAGE, CLIP = "640x480", ("640x480", "--duration", "4")
ONE_OF_EACH = {
    "native": (IMAGE, "-m", "qwen2.5-vl"),
    "tiled, with a thumbnail": ("1920x1080", "-m", "internvl"),
    "tiled, stitched": ("1920x1080", "-m", "deepseek-vl2"),
    "tiled, without a tile": ("100x100", "-m", "llava-next"),
    "plain encoder": (IMAGE, "-m", "siglip2-naflex"),
    "cross-attention": (IMAGE, "-m", "llama-3.2-vision"),
    "queries": (IMAGE, "-m", "instructblip"),
    "two encoders": (IMAGE, "-m", "deepseek-vl-7b"),
    "text that is not counted": ("1920x1080", "-m", "idefics3"),
    "video": (*CLIP, "-m", "qwen2.5-vl"),
    "video with timestamps": (*CLIP, "-m", "qwen3-vl"),
    "video, text not counted": (*CLIP, "-m", "internvl"),
    "comparison": (IMAGE, "-m", "all"),
    "comparison of videos": (*CLIP, "-m", "all"),
    "total": (IMAGE, "100x200", "--total"),
    "pipelines": (IMAGE, "nowhere.jpg", "-m", "qwen3-vl", "--pipeline", "all", "--total"),
    "failed": ("1x1000", "nowhere.jpg", IMAGE),
}
"""Arguments of `vtok count`."""


@pytest.mark.parametrize("arguments", ONE_OF_EACH.values(), ids=ONE_OF_EACH.keys())
def test_count(run: Run, arguments: tuple[str, ...]) -> None:
    document = json.loads(run("count", *arguments, "--json").out)
    assert document
    assert errors("count", document) == []
    lines = run("count", *arguments, "--ndjson").lines
    assert len(lines) == len(document)
    for line in lines:
        assert errors("count_line", json.loads(line)) == []


def test_count_of_every_sample(run: Run, samples: Path) -> None:
    document = json.loads(run("count", str(samples), "-m", "qwen2.5-vl", "-m", "glm-4.6v", "--json").out)
    assert len(document) > 10
    assert errors("count", document) == []


def test_a_chat_of_the_library(samples: Path) -> None:
    assert errors("chat", vtok.chat("qwen2.5-vl", samples / "chat.json").to_dict()) == []


def test_a_prompt_of_the_library() -> None:
    prompt = vtok.prompt("deepseek-vl2", sizes=[(640, 480), (1920, 1080)])
    assert errors("prompt", prompt.to_dict()) == errors("layout", prompt.layouts[0].to_dict()) == []


COMMANDS: dict[str, list[tuple[str, ...]]] = {
    "models": [("models",), ("models", "qwen2.5-vl"), ("models", "molmo2"), ("models", "{folder}")],
    "windows": [
        ("windows", "--grid", "36x36"),
        ("windows", "--grid", "8x26x46", "--merged"),
        ("windows", IMAGE, "nowhere.jpg"),
    ],
    "windows_order": [("windows", "--grid", "4x4", "--order"), ("windows", IMAGE, "--order")],
    "mrope": [
        ("mrope", "--text", "4", "--grid", "36x36", "nowhere.jpg", "--text", "9"),
        ("mrope", "--grid", "4x26x46@0.5", "-m", "qwen3-vl"),
    ],
    "tiles": [
        ("tiles", "1920x1080", "nowhere.jpg"),
        ("tiles", "1920x1080", "-m", "internvl", "--candidates"),
        ("tiles", "100x100", "-m", "minicpm-v-4.6"),
        ("tiles", "1000x1000", "-m", "smolvlm-256m"),
    ],
    "locate": [
        ("locate", IMAGE, "nowhere.jpg", "--token", "57", "--token", "99999", "--position", "0", "--pixel", "1,2"),
        ("locate", "1920x1080", "-m", "deepseek-vl2", "--box", "10,10,500,500.5", "--token", "14"),
        ("locate", *CLIP, "--pixel", "3,4", "--frame", "7"),
        ("locate", IMAGE, "-m", "blip-2", "--pixel", "3,4", "--token", "0"),
        ("locate", IMAGE, "--convert", "<ref>cup</ref><box>(1,2),(30,40)</box><box>1 2 3</box>"),
        ("locate", IMAGE, "nowhere.jpg", "--convert", "10,20", "--from", "all"),
        ("locate", IMAGE, "-m", "gemini-2.x", "--token", "0"),
    ],
    "budget": [
        ("budget", IMAGE, "-c", "4k", "--text", "100", "--reply", "50"),
        ("budget", "4000x3000", "-c", "1000"),
        ("budget", "4000x3000", "800x600", "nowhere.jpg", "-c", "1000"),
        ("budget", *CLIP, "-c", "1000"),
        ("budget", IMAGE, "-m", "internvl", "-c", "1k", "--fit"),
        ("budget", IMAGE, "-m", "llama-3.2-vision", "--fit"),
        ("budget", "{cat}", "-c", "150", "--resize", "{written}"),
        ("budget", "--messages", CHAT, "-c", "16k", "--per-turn"),
    ],
    "budgets": [("budget", "--messages", CHAT, "-m", "qwen2.5-vl", "-m", "internvl", "-m", "clip-b32")],
    "trace": [
        ("trace", IMAGE, "nowhere.jpg"),
        ("trace", *CLIP, "-m", "qwen3-vl"),
        ("trace", IMAGE, "-m", "deepseek-vl-7b", "--dtype", "int4"),
        ("trace", IMAGE, "-m", "gemma4"),
        ("trace", IMAGE, "-m", "{folder}"),
    ],
    "scan": [("scan", PHOTO), ("scan", PHOTO, "-m", "qwen2.5-vl", "-m", "internvl", "--length", "100")],
    "explain": [
        ("explain", "--got", "1224", "--expected", "1196", "2000x1500"),
        ("explain", "--got", "12345", IMAGE, "-m", "internvl"),
    ],
}


@pytest.mark.parametrize(
    ("name", "arguments"), [(name, arguments) for name, calls in COMMANDS.items() for arguments in calls]
)
def test_every_other_command(run: Run, samples: Path, tmp_path: Path, name: str, arguments: tuple[str, ...]) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "qwen2_5_vl"}')
    (tmp_path / "preprocessor_config.json").write_text(
        '{"image_processor_type": "Qwen2VLImageProcessor", "patch_size": 14, "max_pixels": 50176, "image_mean": [0]}'
    )
    places = {"folder": str(tmp_path), "cat": str(samples / "cat.jpg"), "written": str(tmp_path / "small.jpg")}
    outcome = run(*(argument.format(**places) for argument in arguments), "--json")
    document = json.loads(outcome.out)
    assert {"$ref": f"#/$defs/{name}"} in SCHEMA["anyOf"]
    assert errors(name, document) == []


def test_every_command_with_json_is_held_against_the_schema(run: Run) -> None:
    with_json = {name for name in cli.COMMANDS if "--json" in run(name, "--help").out}
    elsewhere = {"count", "verify"}  # the latter in test_verify.py
    assert with_json == {*elsewhere, *COMMANDS} - {"windows_order", "budgets"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("resized",), [728, 1288]),
        (("original",), {"width": 640, "height": 480, "depth": 3}),
        (("original",), {"width": 640}),
        (("grid",), [1, 34, 46]),
        (("token_grid",), [17, 23]),
        (("views", 0, "size"), [476, 644]),
        (("views", 0, "source"), [0, 0, 640, 480]),
        (("steps", 0, "after"), [476, 644]),
        (("spans", 1, "raster", "height"), 3),
        (("spans", 1, "kind"), "picture"),
        (("tokens",), "391"),
        (("tokens",), None),
        (("estimated",), "no"),
        (("schema",), 1),
        (("surplus",), 1),
    ],
)
def test_a_wrong_document_is_refused(path: tuple[str | int, ...], value: Any) -> None:
    document = {"input": "640x480", **vtok.layout("qwen2.5-vl", width=640, height=480).to_dict()}
    assert errors("count", [document]) == []
    wrong = copy.deepcopy(document)
    place: Any = wrong
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert errors("count", [wrong])


def test_a_missing_key_is_refused() -> None:
    document = vtok.layout("qwen2.5-vl", width=640, height=480).to_dict()
    for key in ("schema", "model", "kind", "original", "steps", "spans", "views", "tokens", "estimated"):
        assert errors("layout", {k: v for k, v in document.items() if k != key})


SIZES = ((640, 480), (1, 1), (3000, 40), (37, 2000))
VIDEOS: tuple[dict[str, Any], ...] = ({}, {"num_frames": 17, "fps": 3.0})
"""The numbers that make a video of a size; none for an image."""


@pytest.mark.parametrize("model", families.models())
def test_every_model_at_extreme_sizes(model: str) -> None:
    checked = 0
    for width, height in SIZES:
        for video in VIDEOS:
            try:
                layout = vtok.layout(model, width=width, height=height, **video)
            except vtok.VtokError:
                continue  # upstream refuses this size, or videos
            assert errors("layout", layout.to_dict()) == []
            checked += 1
    assert checked
