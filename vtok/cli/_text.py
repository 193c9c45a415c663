"""Text on the command line: numbers of tokens, and files with the text of a prompt."""

import os
import stat
import sys

from vtok.errors import UsageError

MOST_BYTES = 2**26
"""The longest text that is read: four times what fills a context of four million tokens."""

SUFFIXES = {"": 1, "k": 1024, "m": 1024 * 1024}
MOST = 10**9
"""The longest context that is taken for one, in tokens."""


def parse_tokens(flag: str, text: str, *, least: int = 0) -> int:
    """A number of tokens, as 131072, 128k or 1m (k is 1,024); UsageError for anything else."""
    digits, suffix = _parts(text)
    if not is_number(text) or len(digits) > 18 or suffix not in SUFFIXES:
        raise UsageError(f"{flag} {text!r}: write a number of tokens, as 131072 or 128k (k is 1,024)")
    tokens = int(digits) * SUFFIXES[suffix]
    if not least <= tokens <= MOST:
        raise UsageError(f"{flag} {text}: {tokens:,} tokens are out of range; from {least} to {MOST:,} are possible")
    return tokens


def is_number(text: str) -> bool:
    """Whether a text is written like a number of tokens."""
    digits, _ = _parts(text)
    return digits.isascii() and digits.isdigit()


def _parts(text: str) -> tuple[str, str]:
    """The digits, and the letters k and m behind them."""
    return text.lower().rstrip("km").replace("_", "").replace(",", ""), text.lower()[len(text.rstrip("kmKM")) :]


def text_of(path: str) -> str:
    """The text of a file; - is standard input. UsageError where it is not text or cannot be read."""
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
