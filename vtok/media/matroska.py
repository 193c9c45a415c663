"""Matroska and WebM: the length of the header, which FFmpeg takes apart into memory as it opens a file.

A tag of eleven bytes takes forty times as much there. FFmpeg reads what stands in front of the first cluster, and the
parts that the header points to. Source: RFC 9559, 5.1; RFC 8794, 4 (numbers of EBML).
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from vtok.errors import MediaError

MOST_HEADER, MOST_ATTACHED = 2**21, 2**25
"""Bytes of a header without attached files, and of those. Headers of long films have some 100 kB."""

_SEGMENT, _CLUSTER, _ATTACHMENTS, _SEEK_HEAD = 0x18538067, 0x1F43B675, 0x1941A469, 0x114D9B74
_SEEK, _SEEK_POSITION = 0x4DBB, 0x53AC
_EMPTY = (0xEC, 0xBF)
_MOST_ELEMENTS = 2**10


class Element(NamedTuple):
    """An element: its id, and where its content starts and ends; the end is that of the file where it is not stated."""

    kind: int
    start: int
    end: int


def check_header(file: BinaryIO) -> int:
    """Where the first frames begin. Raises MediaError for a header that is longer than any program writes."""
    size = file.seek(0, 2)
    segment = next((e for e in _elements(file, 0, size) if e.kind == _SEGMENT), None)
    if segment is None:
        return 0
    first = size
    header: dict[int, Element] = {}
    for element in _elements(file, segment.start, segment.end):
        if element.kind == _CLUSTER:
            first = element.start
            break
        header[element.start] = element
    for place in [place for e in list(header.values()) if e.kind == _SEEK_HEAD for place in _places(file, e)]:
        for element in _elements(file, segment.start + place, size):
            header[element.start] = element
            break
    lengths = dict.fromkeys((True, False), 0)
    for element in header.values():
        if element.kind not in (_CLUSTER, *_EMPTY):
            lengths[element.kind == _ATTACHMENTS] += element.end - element.start
    if lengths[False] > MOST_HEADER or lengths[True] > MOST_ATTACHED or len(header) >= _MOST_ELEMENTS:
        raise MediaError("the mkv header is longer than any program writes; convert the video to mp4 if it plays")
    return first


def _places(file: BinaryIO, seek_head: Element) -> Iterator[int]:
    """Where a header says that its other parts begin, from the start of the segment."""
    for seek in _elements(file, seek_head.start, seek_head.end):
        for part in _elements(file, seek.start, seek.end) if seek.kind == _SEEK else ():
            if part.kind == _SEEK_POSITION and part.end - part.start <= 8:
                file.seek(part.start)
                yield int.from_bytes(file.read(part.end - part.start), "big")


def _elements(file: BinaryIO, place: int, end: int) -> Iterator[Element]:
    """The elements side by side from `place` to `end`, as far as they are understood."""
    for _ in range(_MOST_ELEMENTS):
        file.seek(place)
        head = file.read(12) if 0 <= place < end else b""
        width = 9 - head[0].bit_length() if head else 9
        if width > 4 or len(head) <= width or not head[width]:
            return
        digits = 9 - head[width].bit_length()
        kind, start = int.from_bytes(head[:width], "big"), place + width + digits
        length = int.from_bytes(head[width : width + digits], "big") & ((1 << 7 * digits) - 1)
        place = end if length == (1 << 7 * digits) - 1 else min(end, start + length)
        yield Element(kind, start, max(place, start))
