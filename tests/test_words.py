"""The words of the house: image and video, special tokens, and names that say what they name."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

BANNED = {
    r"\bpictures?\b": "image",
    r"\bclips?\b": "video (CLIP is a model)",
    r"of the vocabulary": "special tokens",
}
EXCEPTIONS = (
    "Picture 1", "Picture N", "clip.mp4", "clip-", "clip_vision", "clip_encoder", "set_clip_on", "families.clip",
    "eva_clip", "eva-clip", "eva2-clip", "openai/clip", "models/clip", "clip.cpp", "clip: Box",
    "shape.clip", "`clip`", "clip=", "clip.left", "clip.right",
    "clip.top", "clip.bottom", '"clip"', "CLIP",
    "clip.vision", "clip.has_", "clip.projector_type", "clip.minicpmv", "clip.audio", '"clip."', "clip.*",
)  # fmt: skip
"""CLIP and its checkpoints, the keys of llama.cpp's projectors, the sample video, the text of Qwen-VL's prompt, and the
box that cuts off a drawing."""
VAGUE = {"found", "shown", "given", "said", "near", "own"}
"""Participles say nothing of what a name stands for."""

TESTS = sorted((ROOT / "tests").rglob("*.py"))
FILES = sorted([*(ROOT / "vtok").rglob("*.py"), ROOT / "README.md", ROOT / "CHANGELOG.md"])


def banned(text: str) -> Iterator[str]:
    """Each line with a word for which the house has another."""
    for number, line in enumerate(text.splitlines(), 1):
        rest = line
        for exception in EXCEPTIONS:
            rest = rest.replace(exception, "")
        for pattern, better in BANNED.items():
            if re.search(pattern, rest, re.IGNORECASE):
                yield f"{number}: {line.strip()}  (write {better})"


def vague(source: str) -> Iterator[str]:
    """Each variable and argument with a name that says nothing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg) and node.arg in VAGUE:
            yield f"{node.lineno}: {node.arg}"
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in VAGUE:
            yield f"{node.lineno}: {node.id}"


def history(source: str) -> Iterator[str]:
    """Each comment that tells of former times, or of work left undone."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and re.search(r"TODO|FIXME|XXX|no longer|used to be", token.string):
            yield f"{token.start[0]}: {token.string}"


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_in_tests(path: Path) -> None:
    text = path.read_text("utf-8")
    faults = [*vague(text), *history(text)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_words(path: Path) -> None:
    text = path.read_text("utf-8")
    faults = list(banned(text))
    if path.suffix == ".py":
        faults += [*vague(text), *history(text)]
    assert not faults, "\n".join(faults)


def test_a_wrong_word_is_found() -> None:
    assert len(list(banned("a picture\nCLIP, a Clip\nclip.mp4\ntwo tokens of the vocabulary\n"))) == 3
    faults = vague("found = 1\nprint(found)\ndef f(given): ...\nfor x in y: said: int = 2")
    assert sorted(faults) == ["1: found", "3: given", "4: said"]
    assert list(history("x = 1  # TODO\n# this used to be another\n")) == ["1: # TODO", "2: # this used to be another"]
