"""JSON with chats: one object, a list, or an object per line, each read only when it is needed."""

import json
from collections.abc import Iterator
from typing import Any, TextIO

from vtok.errors import MediaError, VtokError

LONGEST_LINE = 1 << 28
"""Characters of one line or one object that are read."""

MOST_DOCUMENT = 1 << 27
"""Characters of a JSON value that is read whole."""

CHUNK = 1 << 20
DEEP = "nested too deeply"


def objects(file: TextIO) -> Iterator[dict[str, Any] | VtokError]:
    """The objects of a file with one on each line, or of a JSON list; or why one cannot be read."""
    start = _first(file)
    if start == "[":
        yield from _listed(file)
        return
    line = start + file.readline(LONGEST_LINE)
    while line:
        if line.strip():
            yield _object(line)
        line = file.readline(LONGEST_LINE)


def document(file: TextIO) -> Iterator[Any]:
    """The JSON values of a file: its one value, indented or not, or one for each line; or why one cannot be read.

    A list comes whole. Raises MediaError for a value that is longer than MOST_DOCUMENT.
    """
    first = _bounded(_first(file) + file.readline(MOST_DOCUMENT))
    value = _value(first)
    if isinstance(value, VtokError):  # not one value a line
        text = _bounded(first + file.read(MOST_DOCUMENT))
        if text.strip():
            yield _value(text)
        return
    yield value
    while line := _bounded(file.readline(MOST_DOCUMENT)):
        if line.strip():
            yield _value(line)


def _bounded(text: str) -> str:
    if len(text) < MOST_DOCUMENT:
        return text
    raise MediaError(f"more than {MOST_DOCUMENT >> 20} Mi characters in one value; write one chat per line")


def _first(file: TextIO) -> str:
    """The first character that is no space and no byte order mark; empty at the end."""
    for _ in range(CHUNK):
        start = file.read(1)
        if not start or not (start.isspace() or start == "\ufeff"):
            return start
    return " "


def _object(line: str) -> dict[str, Any] | VtokError:
    value = _value(line, "the line is no JSON")
    if isinstance(value, (dict, VtokError)):
        return value
    return MediaError(f"the line is a {type(value).__name__}, not an object")


def _value(text: str, otherwise: str = "this is no JSON") -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        return MediaError(f"{otherwise}: {DEEP}")
    except ValueError as error:
        return MediaError(f"{otherwise}: {str(error)[:80]}")


def _listed(file: TextIO) -> Iterator[dict[str, Any] | VtokError]:
    """The objects of a JSON list, of which only one is in memory."""
    decoder, text = json.JSONDecoder(), ""
    while True:
        text = text.lstrip(" \t\r\n,")
        if text.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError) as error:
            more = "" if len(text) > LONGEST_LINE else file.read(max(CHUNK, len(text)))
            if not more:
                yield MediaError(f"the list is damaged or cut: {str(error)[:80]}")
                return
            text += more
            continue
        text = text[end:]
        yield value if isinstance(value, dict) else MediaError(f"a {type(value).__name__}, not an object")
