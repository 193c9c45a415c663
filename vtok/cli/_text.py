"""Text of a prompt: how many tokens it is, counted by a tokenizer or estimated."""

import os
import re
import stat
import sys
from typing import Any, NamedTuple

from vtok.errors import UsageError

BYTES_PER_TOKEN = 4
"""The estimate: about right for the tokenizers of large vocabularies, in Latin script, Cyrillic and Chinese alike."""

PIECE = re.compile(r"\n+|[^\W\d_]+|\d|[^\w\s]|_|[ \t]+$")
"""What tokenizers make one token of: a word, a digit, a sign, line breaks in a row, spaces at the end."""

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
    encoding = _tokenizer(tokenizer).encode(content, add_special_tokens=False)
    return TextLength(len(encoding.ids), f"counted by {tokenizer}", estimated=False)


def _read(path: str) -> str:
    try:
        if path == "-":
            content = sys.stdin.buffer.read()
        elif not stat.S_ISREG(os.stat(path).st_mode) and not stat.S_ISFIFO(os.stat(path).st_mode):
            raise UsageError(f"--text-file {path}: not a file; give a text file, or - for standard input")
        else:
            with open(path, "rb") as file:
                content = file.read()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"--text-file {path}: not text in UTF-8; save it as UTF-8 first") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"--text-file {path}: {reason}; give a text file, or - for standard input") from None
    if "\0" in text:
        raise UsageError(f"--text-file {path}: not text, it holds NUL bytes; give a text file")
    return text


def _tokenizer(path: str) -> Any:
    """The tokenizer in a `tokenizer.json`, or in a folder that holds one."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise UsageError(
            "--tokenizer needs the tokenizers library: pip install 'vtok[tokenizer]'; without it the text is estimated"
        ) from None
    file = os.path.join(path, "tokenizer.json") if os.path.isdir(path) else path
    if not os.path.isfile(file):
        raise UsageError(f"--tokenizer {path}: no tokenizer.json there; give that file or the folder that holds it")
    try:
        return Tokenizer.from_file(file)
    except Exception as error:  # the library raises nothing more special
        reason = " ".join(str(error).split())[:120]
        raise UsageError(f"--tokenizer {path}: not a tokenizer ({reason}); give a tokenizer.json") from None
