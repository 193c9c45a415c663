"""Text of a prompt: how many tokens it is, counted by a tokenizer or estimated."""

import json
import os
import re
import stat
import sys
from typing import NamedTuple

from vtok.errors import UsageError

BYTES_PER_TOKEN = 4
"""The estimate: about right for the tokenizers of large vocabularies, in Latin script, Cyrillic and Chinese alike."""

PIECE = re.compile(r"\n+|[^\W\d_]+|\d|[^\w\s]|_|[ \t]+$")
"""What tokenizers make one token of: a word, a digit, a sign, line breaks in a row, spaces at the end."""

LONGEST, CHARACTERS_A_SECOND = 30, 100_000
"""Seconds that a tokenizer may take to be read, and what it must count in a second then."""

MOST_BYTES = 2**26
"""The longest text that is read: four times what fills a context of four million tokens."""

SUFFIXES = {"": 1, "k": 1024, "m": 1024 * 1024}
MOST = 10**9
"""The longest context that is taken for one, in tokens."""


class TextLength(NamedTuple):
    """What is known of a text: its tokens, and how they were found."""

    tokens: int
    how: str
    estimated: bool


def parse_tokens(flag: str, text: str, *, least: int = 0) -> int:
    """A number of tokens, as 131072, 128k or 1m (k is 1,024); UsageError for anything else."""
    digits = text.lower().rstrip("km").replace("_", "").replace(",", "")
    suffix = text.lower()[len(text.rstrip("kmKM")) :]
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18 or suffix not in SUFFIXES:
        raise UsageError(f"{flag} {text!r}: write a number of tokens, as 131072 or 128k (k is 1,024)")
    tokens = int(digits) * SUFFIXES[suffix]
    if not least <= tokens <= MOST:
        raise UsageError(f"{flag} {text}: {tokens:,} tokens are out of range; from {least} to {MOST:,} are possible")
    return tokens


def estimate(text: str) -> int:
    """About how many tokens a short text between two special tokens is."""
    return max(1, len(PIECE.findall(text)))


def text_of(path: str, tokenizer: str | None) -> TextLength:
    """The tokens of a text file (- is standard input). UsageError where it is not text or cannot be read."""
    content = _read(path)
    if tokenizer is None:
        return TextLength(
            -(-len(content.encode()) // BYTES_PER_TOKEN),
            f"a token for every {BYTES_PER_TOKEN} bytes; --tokenizer counts them",
            estimated=True,
        )
    return TextLength(_counted(tokenizer, content), f"counted by {tokenizer}", estimated=False)


def _read(path: str) -> str:
    try:
        content = _content(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"--text-file {path}: {reason}; give a text file, or - for standard input") from None
    if content is None:
        raise UsageError(f"--text-file {path}: not a file; give a text file, or - for standard input")
    if len(content) > MOST_BYTES:
        raise UsageError(f"--text-file {path}: longer than {MOST_BYTES >> 20} MiB; no context holds that")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"--text-file {path}: not text in UTF-8; save it as UTF-8 first") from None
    if "\0" in text:
        raise UsageError(f"--text-file {path}: not text, it holds NUL bytes; give a text file")
    return text


def _content(path: str) -> bytes | None:
    """The bytes of a file, at most one more than `MOST_BYTES`; None for what is neither a file nor a pipe."""
    if path == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        return None
    with open(path, "rb") as file:
        return file.read(MOST_BYTES + 1)


def _counted(path: str, text: str) -> int:
    """The tokens of a text by the tokenizer in a `tokenizer.json`, or in a folder that holds one.

    It is counted in a process of its own: a damaged tokenizer may panic, fill the memory or never end.
    """
    import subprocess
    from importlib.util import find_spec

    if find_spec("tokenizers") is None:
        raise UsageError(
            "--tokenizer needs the tokenizers library: pip install 'vtok[tokenizer]'; without it the text is estimated"
        )
    file = os.path.join(path, "tokenizer.json") if os.path.isdir(path) else path
    if not os.path.isfile(file):
        raise UsageError(f"--tokenizer {path}: no tokenizer.json there; give that file or the folder that holds it")
    command = [sys.executable, "-P", os.path.join(os.path.dirname(__file__), "_tokenize.py"), file]
    seconds = LONGEST + len(text) / CHARACTERS_A_SECOND
    try:
        ended = subprocess.run(  # noqa: S603 - this Python, a file of vtok's own
            command, input=text.encode(), capture_output=True, timeout=seconds, check=False
        )
        answer = json.loads(ended.stdout)
    except subprocess.TimeoutExpired:
        answer = {"error": f"it does not end in {seconds:.0f} s"}
    except ValueError:
        answer = {"error": "its library ended without an answer, or needs too much memory"}
    if "error" in answer:
        raise UsageError(f"--tokenizer {path}: not a tokenizer that counts ({answer['error']}); give a tokenizer.json")
    return int(answer["tokens"])
