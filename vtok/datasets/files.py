"""Images and videos that stand as files: below a folder, or as members of a tar file."""

import io
import os
import re
import tarfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from vtok.datasets.items import Item, failed
from vtok.datasets.shards import Shard, is_url, joined, opened
from vtok.errors import MediaError, VtokError
from vtok.media import headers, media_of, probe
from vtok.media.folders import ENDINGS

if TYPE_CHECKING:
    from vtok.media.headers.window import ReadAt

BLOCK = 512
"""A tar file is made of blocks of so many bytes."""

FIRST = 4096
"""Bytes of a member that are read first. Most headers are shorter."""

LONGEST_HEADER = 1 << 20
"""Bytes of a tar member's own headers that are read. Names and numbers take some hundred."""

_KEY = re.compile(r"((?:.*/|)[^.]+)\.([^/]*)", re.DOTALL)


def folder_items(shard: Shard) -> Iterator[Item]:
    """The images and videos of a folder; the key is the path below it."""
    for name in shard.names:
        try:
            if is_url(shard.place):
                with opened(joined(shard.place, name)) as file:
                    yield Item(name, (probe(file),))
            else:
                yield Item(name, (probe(os.path.join(shard.place, name)),))
        except VtokError as error:
            yield failed(name, error)


def tar_items(shard: Shard) -> Iterator[Item]:
    """The images and videos in a tar file, of which only the first bytes are read.

    The key is that of WebDataset: the member's name up to the first point after the last slash. A tar file that is
    damaged or cut ends with an item that says so; what stands before it counts.
    """
    with opened(shard.place) as file:
        size = file.seek(0, os.SEEK_END)
        end = file.seek(0)
        at = headers.reading(file)
        try:
            with tarfile.open(fileobj=_Headers(file), mode="r:") as archive:  # type: ignore[call-overload]
                for member in _members(archive):
                    name, ending = _parts(member.name)
                    if member.isreg() and ending in ENDINGS:
                        yield _measured(file, at, name, member, size)
                end = archive.offset
        except (tarfile.TarError, MediaError, ValueError, OverflowError, OSError) as error:
            yield failed("", MediaError(f"the tar file is damaged or cut: {error}"))
            return
        file.seek(end)
        if file.read(BLOCK).strip(b"\0"):
            yield failed("", MediaError(f"the tar file is damaged or cut: no header of a member at byte {end:,}"))


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members one by one. None is kept: a shard may hold millions."""
    last = -1
    while (member := archive.next()) is not None:
        if archive.offset <= last or member.size < 0:  # a negative size would lead back to where it stands
            raise tarfile.ReadError(f"a member of {member.size:,} bytes")
        last = archive.offset
        archive.members = []  # type: ignore[attr-defined]  # where tarfile keeps them
        yield member


def _parts(name: str) -> tuple[str, str]:
    """The key of a member, and the ending of its name in small letters."""
    match = _KEY.fullmatch(name)
    key, endings = match.groups() if match else (name, "")
    return key, endings.rpartition(".")[2].lower()


def _measured(file: BinaryIO, at: "ReadAt", key: str, member: tarfile.TarInfo, size: int) -> Item:
    start, length = member.offset_data, member.size
    if start + length > size:
        return failed(key, MediaError(f"the tar file ends before the {length:,} bytes of this member do"))

    def within(count: int, offset: int) -> bytes:
        return at(max(0, min(count, length - offset)), start + offset)

    facts = headers.read(within(FIRST, 0), length, within)
    if facts:
        return Item(key, (media_of(facts, ""),))
    try:
        return Item(key, (probe(io.BufferedReader(Window(file, start, length))),))
    except VtokError as error:
        return failed(key, error)


class _Headers:
    """A tar file of which no more than `LONGEST_HEADER` bytes are read at once: a member's header may announce more."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek = file.seek
        self.tell = file.tell
        self._read = file.read

    def read(self, count: int) -> bytes:
        """The next bytes; MediaError where a header is longer than any real one."""
        if count > LONGEST_HEADER:
            raise MediaError(f"a header of {count:,} bytes")
        return self._read(count)


class Window(io.RawIOBase):
    """A part of a file, as a file: `size` bytes from `start` on."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, counted from the part's start, its end or the place now."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes, as many as are left; return how many."""
        count = max(0, min(len(buffer), self._size - self._at))
        self._file.seek(self._start + self._at)
        data = self._file.read(count)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
