"""What the readers of headers share: the bytes of a file around a place, the answer, and how to give up."""

from collections.abc import Callable
from typing import NamedTuple

ReadAt = Callable[[int, int], bytes]
"""Reads so many bytes from that place of a file; fewer at its end."""

_PIECE = 4096
"""Bytes that are read at once."""


class Facts(NamedTuple):
    """What the header of a file says: stored size in pixels, EXIF orientation, number of images, whether it is cut."""

    format: str
    width: int
    height: int
    orientation: int = 1
    images: int = 1
    truncated: bool = False


class Unusual(Exception):  # noqa: N818 - no error: another reader takes the file
    """A file that a reader of headers does not understand in full: Pillow has to read it."""


class Window:
    """The bytes of a file of `size` bytes, read piece by piece where they are asked for."""

    __slots__ = ("at", "base", "buffer", "size")

    def __init__(self, head: bytes, size: int, at: ReadAt) -> None:
        self.size = size
        self.at = at
        self.buffer = head
        self.base = 0

    def get(self, start: int, length: int) -> bytes:
        """These bytes, all of them. Raises Unusual where the file ends before."""
        begin = start - self.base
        if begin >= 0 and begin + length <= len(self.buffer):
            return self.buffer[begin : begin + length]
        self.buffer, self.base = self.at(max(length, _PIECE), start), start
        if len(self.buffer) < length:
            raise Unusual
        return self.buffer[:length]
