"""How far a file goes: how many images it holds, and whether its end is there. No pixel is decoded for it."""

import struct
from typing import Any, BinaryIO

from vtok.media.headers import gif, jpeg, reading

MOST_PAGES = 2**16
"""More pages of a TIFF are not counted."""

_REDUCED = 1
"""Bit of a TIFF's NewSubfileType that marks a page as a smaller version of another one."""


def num_images(im: Any, file: BinaryIO) -> int:
    """How many images a file holds: frames of an animated GIF, PNG, WebP or AVIF, pages of a TIFF; 1 for all else."""
    if im.format == "GIF":
        return max(1, gif.num_frames(reading(file), file.seek(0, 2)))
    if im.format == "TIFF":
        return max(1, _tiff_pages(file))
    return im.n_frames if im.format in ("PNG", "WEBP", "AVIF") else 1


def is_truncated(file: BinaryIO, start: int) -> bool:
    """Whether a JPEG ends before its end-of-image marker; `start` is where its compressed pixels begin."""
    return jpeg.is_truncated(reading(file), file.seek(0, 2), start)


def _tiff_pages(file: BinaryIO) -> int:
    """Directories of a TIFF that are pages, not smaller versions of one. Source: TIFF 6.0, section 2; BigTIFF."""
    file.seek(0)
    head = file.read(16)
    order = "<" if head[:1] == b"I" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    number, entry, offset = (order + "Q", 20, order + "Q") if big else (order + "H", 12, order + "I")
    (place,) = struct.unpack_from(offset, head, 8 if big else 4)
    seen: set[int] = set()
    pages = 0
    while place and place not in seen and len(seen) < MOST_PAGES:
        seen.add(place)
        file.seek(place)
        counted = file.read(struct.calcsize(number))
        if len(counted) < struct.calcsize(number):
            break
        length = struct.unpack(number, counted)[0] * entry
        entries = file.read(min(length, entry * 2**12))
        file.seek(place + len(counted) + length)
        pages += not _is_reduced(entries, order, entry)
        following = file.read(struct.calcsize(offset))
        place = struct.unpack(offset, following)[0] if len(following) == struct.calcsize(offset) else 0
    return pages


def _is_reduced(entries: bytes, order: str, entry: int) -> bool:
    """Whether a TIFF's directory says that its page is a smaller version of another one (tag 254)."""
    for at in range(0, len(entries) - entry + 1, entry):
        (tag,) = struct.unpack_from(order + "H", entries, at)
        if tag == 254:
            (value,) = struct.unpack_from(order + "I", entries, at + entry - (8 if entry == 20 else 4))
            return bool(value & _REDUCED)
    return False
