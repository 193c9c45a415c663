"""Files on their way to a reader: opened from a path, bytes or a file object, and what went wrong in plain words."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from vtok.errors import MediaError

if TYPE_CHECKING:
    File = str | bytes | bytearray | memoryview | os.PathLike[str] | os.PathLike[bytes] | BinaryIO

MOST_STREAMED, _PIECE = 2**28, 2**20
"""Bytes of a stream that is held in memory since it cannot seek, and how many are read at once."""

_NO_REGULAR_FILE = (
    (stat.S_ISDIR, "this is a directory, not an image or video; name the files in it"),
    (stat.S_ISFIFO, "this is a named pipe, not a regular file; write its data to a file or to standard input"),
    (stat.S_ISSOCK, "this is a socket, not a regular file"),
)


def is_file(source: object) -> bool:
    """Whether this is a path, the bytes of a file or a file object."""
    return isinstance(source, (str, bytes, bytearray, memoryview, os.PathLike)) or hasattr(source, "read")


@contextmanager
def opened(source: "File | Any") -> Iterator[BinaryIO]:
    """The file behind a path, bytes or a file object, at its start; a file object is left where it stood.

    Raises MediaError where it cannot be opened or read.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield io.BytesIO(source)
    elif isinstance(source, (str, os.PathLike)):
        with open_file(os.fspath(source)) as file:
            yield file
    else:
        yield from _rewound(source)


def _rewound(stream: BinaryIO) -> Iterator[BinaryIO]:
    """A file object at its start, put back afterwards; one that cannot seek is read to its end."""
    try:
        if isinstance(stream.read(0), str):
            raise MediaError("the file object was opened as text; open it in binary mode ('rb')")
        if not getattr(stream, "seekable", bool)():
            yield whole(stream)
            return
        start = stream.tell()
        stream.seek(0)
    except (OSError, ValueError) as error:
        raise MediaError(reason(error)) from None
    try:
        yield stream
    finally:
        stream.seek(start)


def whole(stream: BinaryIO) -> io.BytesIO:
    """What a stream holds from here to its end. Raises MediaError where that is more than `MOST_STREAMED` bytes."""
    held = io.BytesIO()
    while piece := stream.read(_PIECE):
        held.write(piece)
        if held.tell() > MOST_STREAMED:
            raise MediaError(f"the stream is longer than {MOST_STREAMED >> 20} MiB; save it to a file and name that")
    held.seek(0)
    return held


def open_file(path: str | bytes) -> BinaryIO:
    """Open a regular file; anything else is refused before it is opened, for opening a pipe or a device may hang."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return open(path, "rb")
    except OSError as error:
        if "://" in os.fsdecode(path):
            raise MediaError("vtok downloads nothing; give the path of a file on this machine, or its size") from None
        raise MediaError(reason(error)) from None
    except ValueError:
        raise MediaError("the name holds a NUL byte; no file can be called that") from None
    met = next((text for test, text in _NO_REGULAR_FILE if test(mode)), "this is a device, not a regular file")
    raise MediaError(met)


def printable(error: BaseException) -> str:
    """What an error of a reader says, in at most 120 printable characters; its type where it says nothing."""
    text = " ".join(str(error).split())[:120]
    return "".join(c if c.isprintable() else "?" for c in text) or type(error).__name__


def reason(error: Exception) -> str:
    """What the system said, in one line and without the path."""
    return (getattr(error, "strerror", None) or "the file cannot be read").lower()
