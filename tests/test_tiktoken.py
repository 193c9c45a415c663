"""Text counted with a local file of tiktoken's ranks; nothing is fetched."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
import tiktoken
from conftest import Run

RANKS = {bytes([byte]): byte for byte in range(256)} | {b"th": 256, b"the": 257, b" the": 258, b"ab": 259}
TEXT = "the cab and the bus, 2026: the end\nĂß"


@pytest.fixture
def ranks(tmp_path: Path) -> Path:
    """A small file of ranks: all bytes, and some words."""
    file = tmp_path / "small.tiktoken"
    file.write_bytes(b"".join(b64encode(token) + b" %d\n" % rank for token, rank in RANKS.items()))
    return file


def text_of(run: Run, *arguments: str) -> dict[str, object]:
    """The part of a budget that is text."""
    document = json.loads(run("budget", "300x300", "-m", "gpt-4o", *arguments, "--json").out)
    (part,) = (part for part in document["parts"] if part["part"] == "text")
    return dict(part)


def test_text_is_counted_by_ranks(run: Run, ranks: Path) -> None:
    from tiktoken_ext import openai_public

    encoding = tiktoken.Encoding("small", pat_str=openai_public.r50k_pat_str, mergeable_ranks=RANKS, special_tokens={})
    part = text_of(run, "--text", TEXT, "--tokenizer", str(ranks))
    assert part["tokens"] == len(encoding.encode_ordinary(TEXT))
    assert part["estimated"] is False
    assert text_of(run, "--text", TEXT)["estimated"] is True


@pytest.mark.parametrize("content", [b"", b"not base64 at all!\n", b"YQ==\n", b"YQ== x\n", b"\xff\xfe\n"])
def test_ranks_that_are_none(run: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.tiktoken"
    file.write_bytes(content)
    outcome = run("budget", "300x300", "-m", "gpt-4o", "--text", TEXT, "--tokenizer", str(file))
    assert outcome.code in (1, 2)
    assert outcome.err.count("\n") == 1
    assert "--tokenizer" in outcome.err
