"""AVIF and HEIC files without their pixels, for readers that want a whole file.

Pillow and pillow-heif hand a file to libavif and libheif as one piece, which read its boxes, a grid's few bytes, EXIF
and XMP, and decode nothing. `without_pixels` makes the same file with zeros in place of coded images. The zeros are
memory that the system provides when it is touched, which nobody does. The libraries stay the judges.

Source: ISO/IEC 14496-12, 4.2 (boxes), 8.11.3 (`iloc`), 8.11.6 (`iinf`); ISO/IEC 23008-12 (HEIF).
"""

import io
import struct
from typing import NamedTuple

from vtok.media.headers.window import ReadAt, Unusual

SMALL = 2**18
"""Bytes of a file that is read as it is."""

_CODED = frozenset({b"av01", b"hvc1"})
"""Types of items whose data are coded pixels. libavif looks for colours at the start of the first one."""

_START = 2**12
"""Bytes that are kept of each coded image."""

_MOST_SIZE, _MOST_BOXES, _MOST_EXTENTS = 2**32, 2**10, 2**15
_PIECE = 2**20


class _Box(NamedTuple):
    kind: bytes
    start: int
    body: int
    end: int


def without_pixels(at: ReadAt, size: int, most: int) -> tuple[bytes, int] | None:
    """The file with zeros in place of its coded images, and how many bytes of it are not zeros for that reason.

    None for a file that is small, has no coded images to leave out, or is not understood in full; and for one of which
    more than `most` bytes would be kept.
    """
    if not SMALL < size <= _MOST_SIZE:
        return None
    try:
        gaps = _gaps(at, size)
    except (Unusual, IndexError, struct.error):
        return None
    kept = size - sum(end - start for start, end in gaps)
    if not gaps or kept > most:
        return None
    file = io.BytesIO(bytes(size))
    place = 0
    for start, end in [*gaps, (size, size)]:
        _copy(at, file, place, start)
        place = end
    return file.getvalue(), kept


def _copy(at: ReadAt, file: io.BytesIO, start: int, end: int) -> None:
    file.seek(start)
    while start < end:
        piece = at(min(_PIECE, end - start), start)
        if not piece:  # the file became shorter
            return
        start += file.write(piece)


def _gaps(at: ReadAt, size: int) -> list[tuple[int, int]]:
    """Where coded images lie that no other item shares, sorted. Raises Unusual for what is not understood."""
    top = list(_boxes(at, 0, size))
    kinds = [box.kind for box in top]
    if kinds.count(b"meta") != 1 or b"moov" in kinds:
        raise Unusual
    meta = top[kinds.index(b"meta")]
    inside = {box.kind: box for box in _boxes(at, meta.body + 4, meta.end)}
    types = _types(at, inside[b"iinf"]) if b"iinf" in inside else {}
    coded: list[tuple[int, int]] = []
    others: list[tuple[int, int]] = [(box.start, box.end) for box in top if box.kind != b"mdat"]
    for item, start, length in _extents(at, inside[b"iloc"]) if b"iloc" in inside else ():
        if types.get(item) in _CODED and length > _START and start + length <= size:
            coded.append((start + _START, start + length))
            others.append((start, start + _START))
        else:
            others.append((start, start + length or size))
    return _without(coded, others)


def _without(ranges: list[tuple[int, int]], others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of these ranges lies in none of the others, sorted and apart."""
    edges = [(at, change, 0) for start, end in ranges for at, change in ((start, 1), (end, -1))]
    edges += [(at, 0, change) for start, end in others for at, change in ((start, 1), (end, -1))]
    left: list[tuple[int, int]] = []
    inside = covered = last = 0
    for at, change, cover in sorted(edges):
        if inside and not covered and at > last:
            left.append((last, at))
        inside, covered, last = inside + change, covered + cover, at
    return left


def _boxes(at: ReadAt, place: int, end: int) -> list[_Box]:
    boxes: list[_Box] = []
    while place < end:
        head = at(16, place)
        size, kind = struct.unpack_from(">I4s", head)
        body = place + 8
        if size == 1:
            (size,), body = struct.unpack_from(">Q", head, 8), place + 16
        elif size == 0:
            size = end - place
        if place + size < body or place + size > end or len(boxes) == _MOST_BOXES:
            raise Unusual
        boxes.append(_Box(kind, place, body, place + size))
        place += size
    return boxes


def _types(at: ReadAt, box: _Box) -> dict[int, bytes]:
    """The types of the items by their ids. Raises Unusual where an id has two."""
    version = at(1, box.body)[0]
    entries = _boxes(at, box.body + (6 if version == 0 else 8), box.end)
    types: dict[int, bytes] = {}
    for entry in entries:
        head = at(14, entry.body)
        form = {2: ">H2x4s", 3: ">I2x4s"}.get(head[0])
        if entry.kind != b"infe" or form is None:
            raise Unusual
        item, kind = struct.unpack_from(form, head, 4)
        if item in types:
            raise Unusual
        types[item] = kind
    return types


def _extents(at: ReadAt, box: _Box) -> list[tuple[int, int, int]]:
    """Item, place in the file and length of each piece of an item's data; a length of 0 goes to the end of the file."""
    numbers = _Numbers(at(box.end - box.body, box.body))
    version = numbers.next(1)
    numbers.next(3)
    sizes = numbers.next(2)
    width = 4 if version == 2 else 2
    if version > 2 or box.end - box.body > _PIECE:
        raise Unusual
    extents: list[tuple[int, int, int]] = []
    for _ in range(numbers.next(width)):
        item = numbers.next(width)
        method = numbers.next(2) & 15 if version else 0
        elsewhere = numbers.next(2)
        base = numbers.next(sizes >> 4 & 15)
        for _ in range(numbers.next(2)):
            numbers.next(sizes & 15 if version else 0)
            start, length = base + numbers.next(sizes >> 12), numbers.next(sizes >> 8 & 15)
            if method > 1 or elsewhere or len(extents) == _MOST_EXTENTS:
                raise Unusual
            if method == 0:
                extents.append((item, start, length))
    return extents


class _Numbers:
    """Unsigned numbers of so many bytes each, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def next(self, width: int) -> int:
        """The next number; 0 where it has no bytes. Raises Unusual behind the end."""
        end = self._place + width
        if end > len(self._data):
            raise Unusual
        number = int.from_bytes(self._data[self._place : end], "big")
        self._place = end
        return number
