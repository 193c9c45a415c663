"""Write the files that a new model needs beside its family file. A test names the command when one is missing.

    python tests/new_model.py golden NAME     tests/golden/NAME.jsonl: rows without answers
    python tests/new_model.py config NAME     tests/configs/NAME.json: an empty published config
    python tests/new_model.py template NAME   print a row for tests/test_chat_tokens.py

A new file has the questions only. The answers are upstream's: tests fail until they are filled in, and vtok's own
output is never the answer. An existing file is not overwritten.
"""

import json
import sys
from pathlib import Path
from typing import Any

from vtok import checkpoints
from vtok.parts.family import Family

TESTS = Path(__file__).parent
GOLDEN = TESTS / "golden"
CONFIGS = TESTS / "configs"

IMAGE_SIZES = (
    *((1, 1), (2, 3), (28, 28), (42, 70), (224, 224), (336, 448), (448, 336), (640, 480), (1000, 1000), (1024, 768)),
    *((1920, 1080), (1080, 1920), (3000, 300), (300, 3000), (4032, 3024), (8000, 6000)),
)
"""Widths and heights: tiny, half-way between multiples, common, extreme aspect ratios, above every limit."""

VIDEOS = ((640, 360, 64, 30.0), (1280, 720, 301, 25.0), (360, 640, 2, 24.0))
"""Width, height, frames and frames per second."""


def golden_rows(preset: Family) -> list[dict[str, Any]]:
    """Rows for a model's golden file, with nothing in `expect` and `source`."""
    answer: dict[str, Any] = {"expect": {}, "source": ""}
    rows: list[dict[str, Any]] = []
    if "image" in preset.kinds:
        rows += [
            {"model": preset.model, "kind": "image", "width": width, "height": height, "options": {}, **answer}
            for width, height in IMAGE_SIZES
        ]
    if "video" in preset.kinds:
        rows += [
            {
                "model": preset.model,
                "kind": "video",
                "width": width,
                "height": height,
                "options": {"num_frames": frames, "fps": fps},
                **answer,
            }
            for width, height, frames, fps in VIDEOS
        ]
    return rows


def golden_text(preset: Family) -> str:
    """A model's golden file without answers, one row a line."""
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in golden_rows(preset))


def config_text(preset: Family) -> str:
    """The file of a checkpoint's published configs, empty but for the names of the files."""
    files: dict[str, Any] = {"preprocessor_config.json": {}, "config.json": {}}
    return json.dumps({"source": "", "files": files, "expect": {"model": preset.model}, "ignored": []}, indent=1) + "\n"


def template_text(preset: Family) -> str:
    """A row for tests/test_chat_tokens.py; the pieces are the template as the tokenizer divides it."""
    name = preset.names[0]
    return (
        "    # which repository and file has the template, and which tokenizer divided it\n"
        f'    Row(("{name}",), "TEMPLATE WITH {{image}}{{text}}", ("PIECE", "{{image}}", "{{text}}", "PIECE")),\n'
    )


def no_rows(model: str) -> str:
    """What to do about a model without golden rows."""
    return (
        f"{model} has no golden rows: run `python tests/new_model.py golden {model}`, then fill in upstream's answers"
    )


def no_answer(model: str, count: int) -> str:
    """What to do about rows without an answer."""
    return (
        f"tests/golden/{model}.jsonl: {count} rows lack `expect` or `source`: run upstream's code on them, write its "
        "answer into `expect` and which code it was into `source` (tests/golden/README.md); never write vtok's answer"
    )


def no_config(stem: str, name: str) -> str:
    """What to do about a family without a published config."""
    return (
        f"vtok/families/{stem}.py has no published config: run `python tests/new_model.py config {name}`, then copy "
        "the checkpoint's published files into it"
    )


def empty_config(name: str) -> str:
    """What to do about a published config that is not filled in."""
    return (
        f"tests/configs/{name}.json is not filled in: copy the published files into `files` (delete those that the "
        "checkpoint does not have), say in `source` where they are from, and put the numbers they set into `expect`"
    )


def no_class(stem: str, files: list[str]) -> str:
    """What to do about a family file that does not say which numbers transformers takes for missing keys."""
    return (
        f"vtok/families/{stem}.py lists no class of transformers that reads {', '.join(files)}: add the class to "
        "CLASS_DEFAULTS, with the value of each number that the class sets where the file leaves it out, such as "
        'CLASS_DEFAULTS: ClassDefaults = {"InternVLConfig": {"patch_size": 14}} (vtok/parts/sources.py); '
        "for a model that transformers does not have set `pipelines` instead, to the original's commit"
    )


def no_template(name: str) -> str:
    """What to do about a number of chat tokens without a template."""
    return (
        f"{name} has chat_tokens without a chat template: run `python tests/new_model.py template {name}`, add the "
        "row to ROWS in tests/test_chat_tokens.py and fill it in; or leave chat_tokens out, where no template is known"
    )


def main(arguments: list[str]) -> int:
    """Write one file; the exit code."""
    if len(arguments) != 2 or arguments[0] not in ("golden", "config", "template"):
        print(__doc__, file=sys.stderr)
        return 2
    kind, name = arguments
    preset = checkpoints.get(name)
    if kind == "template":
        print(template_text(preset), end="")
        return 0
    folder, ending, text = (GOLDEN, "jsonl", golden_text) if kind == "golden" else (CONFIGS, "json", config_text)
    path = folder / f"{name}.{ending}"
    if path.exists():
        print(f"{path} exists; delete it first to start again", file=sys.stderr)
        return 1
    path.write_text(text(preset), "utf-8")
    print(f"wrote {path.relative_to(TESTS.parent)}; fill in what upstream answers")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
