"""Text that is safe to print: names of files are data, whatever they hold."""

import sys
from collections.abc import Iterable
from typing import Any


def clean(text: str) -> str:
    """The text with control characters, line breaks and undecodable bytes written as escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def cell(value: Any) -> str:
    """One value of a table as plain text: numbers without thousands separators."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value) if value.is_integer() else value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else clean(str(value))


def write_lines(lines: Iterable[str]) -> None:
    """Print lines whatever the encoding of standard output."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding))
