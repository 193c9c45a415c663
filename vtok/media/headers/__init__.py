"""The headers of plain JPEG, PNG, WebP and GIF files, read without Pillow: sizes for one file fast, and for millions.

Pillow stays the judge. A reader here takes only files that it understands in full; over anything unusual (a marker, a
chunk, a length or an order that it does not know) it gives up, and Pillow reads the file instead. Where a reader here
answers, Pillow gives the same answer: `tests/test_fuzz_headers.py` compares the two on damaged files.

Each reader touches a few kilobytes of a file, whatever its length; `window` says how.
"""

import os
import stat
import struct
from collections.abc import Callable
from functools import partial
from io import BufferedReader
from typing import TYPE_CHECKING, BinaryIO

from vtok.media.headers.window import Facts, Unusual, Window

if TYPE_CHECKING:
    from vtok.media.headers.window import ReadAt

_HEAD = 4096
"""Bytes that are read first. Most headers are shorter."""

_READERS: dict[str, Callable[[Window], Facts]] = {}
"""The readers that were loaded so far, by their format: one image needs one of them."""


def of_path(path: "str | os.PathLike[str] | os.PathLike[bytes]") -> Facts | None:
    """What the header of a regular file says; None where Pillow or PyAV has to read it, or say what is wrong."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return None
        fd = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        at = partial(os.pread, fd) if _HAS_PREAD else _seeking(fd)
        return read(at(_HEAD, 0), status.st_size, at)
    except OSError:
        return None
    finally:
        os.close(fd)


def of_file(file: BinaryIO) -> Facts | None:
    """What the header of an open file says; None where Pillow or PyAV has to read it. The file's place moves."""
    at = reading(file)
    return read(at(_HEAD, 0), file.seek(0, 2), at)


def reading(file: BinaryIO) -> "ReadAt":
    """A function that reads so many bytes from a place of this file."""
    if _HAS_PREAD and type(file) is BufferedReader:
        return partial(os.pread, file.fileno())

    def at(length: int, offset: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    return at


def read(head: bytes, size: int, at: "ReadAt") -> Facts | None:
    """What a file of `size` bytes says that begins with `head`; None where no reader here understands it in full."""
    form = _form(head)
    if not form:
        return None
    reader = _READERS.get(form) or _loaded(form)
    try:
        return reader(Window(head, size, at))
    except (Unusual, IndexError, ValueError, struct.error):
        return None


def _form(head: bytes) -> str:
    """Which reader the first bytes call for; "" for none."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    return "gif" if head.startswith((b"GIF87a", b"GIF89a")) else ""


def _loaded(form: str) -> Callable[[Window], Facts]:
    from importlib import import_module

    reader: Callable[[Window], Facts] = import_module(f"vtok.media.headers.{form}").read
    _READERS[form] = reader
    return reader


_HAS_PREAD = hasattr(os, "pread")  # Windows has none
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def _seeking(fd: int) -> "ReadAt":
    def at(length: int, offset: int) -> bytes:
        os.lseek(fd, offset, os.SEEK_SET)
        return os.read(fd, length)

    return at
