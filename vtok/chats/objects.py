"""JSON with chats: one object, a list, or an object per line, each read only when it is needed."""

import json
from collections.abc import Iterator
from typing import Any, TextIO

from vtok.errors import MediaError, VtokError

LONGEST_LINE = 1 << 28
"""Characters of one line or one object that are read."""

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

    A list comes whole. Raises MediaError for a file that is longer than LONGEST_LINE and not lines of JSON.
    """
    start = _first(file)
    text = start + file.readline(LONGEST_LINE)
    first = _value(text)
    if not isinstance(first, VtokError):
        yield first
        for line in iter(lambda: file.readline(LONGEST_LINE), ""):
            if line.strip():
                yield _value(line)
        return
    rest = file.read(LONGEST_LINE)
    if file.read(1):
        raise MediaError(f"more than {LONGEST_LINE >> 20} MiB in one JSON value; write one chat per line")
    if text.strip() or rest.strip():
        yield _value(text + rest)


def _first(file: TextIO) -> str:
    """The first character that is no space and no byte order mark; empty at the end."""
    start = file.read(1)
    while start and (start.isspace() or start == "\ufeff"):
        start = file.read(1)
    return start


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
