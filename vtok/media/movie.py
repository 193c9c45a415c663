"""The boxes of an mp4 or mov: the turn of each track, whether frames follow in fragments, how many frames are stated.

They are read here because PyAV tells the display matrix of decoded frames only, and because FFmpeg believes what they
state: it allocates an index of as many samples as a box of twenty bytes announces. Source: ISO/IEC 14496-12.
"""

import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from vtok.errors import MediaError
from vtok.values import Orientation

MANY = 2**17
"""So many frames or boxes are believed of any file. Of more, each must fill some bytes of the file on average."""

LEAST_PACKET, LEAST_SAMPLE, _LEAST_BOX = 768, 128, 512
"""Bytes that they fill: frames that are read one by one, samples (frames and sounds) of an index, boxes."""

_ENDLESS = 2**62
"""Where no box can end."""

_LARGE_INDEX = 2**21
"""Bytes of an index. A larger one must be at most a quarter of the file."""

_TURNS: dict[tuple[int, ...], Orientation] = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}
"""Signs of a display matrix (a, b, c, d: x' = ax + cy, y' = bx + dy) -> the EXIF orientation that does the same."""


class Index(NamedTuple):
    """The turn of each track by its number, whether frames follow in fragments, and where the index starts and ends."""

    turns: Mapping[int, Orientation] = MappingProxyType({})
    fragmented: bool = False
    place: tuple[int, int] = (0, 0)


class Box(NamedTuple):
    """A box: its kind, where its content starts and ends in the file, and whether it has no end of its own."""

    kind: bytes
    start: int
    end: int
    is_endless: bool


def check_number(number: int, size: int, *, least: int, what: str) -> None:
    """Raise MediaError for more things in a file of `size` bytes than can be, or can be read in a second.

    More than MANY must fill `least` bytes each on average.
    """
    if number > max(MANY, size // least):
        raise MediaError(
            f"the file states {number:,} {what} in {size:,} bytes, more than can be; convert it to mp4 if it plays"
        )


def read_index(file: BinaryIO) -> Index:
    """The turns and fragments of an mp4; MediaError if its index is missing or cut off, or states too much."""
    boxes = _Boxes(file)
    index = _read(boxes)
    if index is None:
        raise MediaError("the video has no whole index (moov box), as if cut off or still being written; copy it again")
    return index


def check_samples(file: BinaryIO) -> None:
    """Raise MediaError if the boxes of a file that may be without an index, an AVIF's, state too much."""
    _read(_Boxes(file))


def _read(boxes: "_Boxes") -> Index | None:
    """The index of a movie; None if there is none, or not all of it.

    Raises MediaError for a movie with the images of a HEIC and a box without an end: FFmpeg reads it again for ever.
    """
    index = None
    has_images = is_endless = False
    for box in boxes.within(0, boxes.size):
        has_images, is_endless = has_images or box.kind == b"meta", is_endless or box.is_endless
        if box.kind == b"moov" and index is None:
            if box.end > boxes.size:
                return None
            index = _read_moov(boxes, box)
        elif box.kind == b"moof":
            _count_fragment(boxes, box)
        elif box.kind == b"meta":
            _check_items(boxes, box)
    if index and has_images and is_endless:
        raise MediaError("the video has a box without an end, and images beside it; convert it to mp4 if it plays")
    return index


def _read_moov(boxes: "_Boxes", moov: Box) -> Index:
    """The turn of each track, and whether fragments follow. The samples of all tracks are counted."""
    if moov.end - moov.start > _LARGE_INDEX + boxes.size // 4:
        raise MediaError("the video's index (moov box) is larger than a quarter of the file; copy or convert it again")
    turns: dict[int, Orientation] = {}
    fragmented = False
    for box in boxes.within(moov.start, moov.end):
        fragmented = fragmented or box.kind == b"mvex"
        if box.kind == b"trak":
            turns |= _turn_of_track(boxes, box)
        elif box.kind == b"meta":
            _check_items(boxes, box)
    return Index(turns, fragmented, (moov.start, moov.end))


class _Boxes:
    """The boxes of a file. Their number is bounded, and so is the number of samples that they state."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, 2)
        self._boxes = self._samples = 0

    def within(self, start: int, end: int) -> Iterator[Box]:
        """The boxes side by side from `start` to `end`."""
        while start + 8 <= end:
            self._boxes += 1
            check_number(self._boxes, self.size, least=_LEAST_BOX, what="boxes")
            size, kind, large = struct.unpack(">I4sQ", self.bytes_at(start, 16))
            body = start + (16 if size == 1 else 8)
            stop = start + (large if size == 1 else size or end - start)
            if stop < body:
                return
            yield Box(kind, body, stop, size == 0 or stop >= _ENDLESS)
            start = stop

    def bytes_at(self, start: int, length: int) -> bytes:
        """Bytes of the file, zeros behind its end."""
        self.file.seek(start)
        return self.file.read(length).ljust(length, b"\0")

    def add_samples(self, number: int) -> None:
        """Count samples that a box states; MediaError if all of them are too many."""
        self._samples += number
        check_number(self._samples, self.size, least=LEAST_SAMPLE, what="samples")


def _turn_of_track(boxes: _Boxes, track: Box) -> dict[int, Orientation]:
    """The number of a track with its turn. Its samples are counted."""
    turns: dict[int, Orientation] = {}
    is_video = True
    for box in boxes.within(track.start, track.end):
        if box.kind == b"tkhd":
            number, turn = _turn(boxes.bytes_at(box.start, min(box.end - box.start, 96)))
            turns[number] = turn
        elif box.kind == b"mdia":
            for part in boxes.within(box.start, box.end):
                if part.kind == b"hdlr":
                    is_video = boxes.bytes_at(part.start + 8, 4) == b"vide"
                elif part.kind == b"minf":
                    _count_samples(boxes, part, is_video=is_video)
    return turns


def _count_samples(boxes: _Boxes, minf: Box, *, is_video: bool) -> None:
    """Count the samples of a track. Sounds of one length are left out: FFmpeg takes them by the chunk."""
    for table in boxes.within(minf.start, minf.end):
        for box in boxes.within(table.start, table.end) if table.kind == b"stbl" else ():
            if box.kind in (b"stsz", b"stz2"):
                _, each, number = struct.unpack(">3I", boxes.bytes_at(box.start, 12))
                boxes.add_samples(number if is_video or not each else 0)


def _count_fragment(boxes: _Boxes, moof: Box) -> None:
    """Count the samples that a fragment states; a run may state millions of them in twenty bytes."""
    for traf in boxes.within(moof.start, moof.end):
        for run in boxes.within(traf.start, traf.end) if traf.kind == b"traf" else ():
            if run.kind == b"trun":
                boxes.add_samples(int.from_bytes(boxes.bytes_at(run.start + 4, 4), "big"))


def _check_items(boxes: _Boxes, meta: Box) -> None:
    """Raise MediaError if the images in a movie are more than can be: FFmpeg allocates as many as are stated."""
    for box in boxes.within(meta.start + 4, meta.end):
        if box.kind == b"iloc":
            head = boxes.bytes_at(box.start, 10)
            number = int.from_bytes(head[6:8] if head[0] < 2 else head[6:10], "big")
            check_number(number, boxes.size, least=LEAST_SAMPLE, what="images")


def _turn(header: bytes) -> tuple[int, Orientation]:
    """Track number and orientation from a track header, whose fields before the matrix grew in version 1."""
    shift = 12 if header[:1] == b"\1" else 0
    fields = header.ljust(96, b"\0")
    (track,) = struct.unpack_from(">I", fields, 12 + shift * 2 // 3)
    a, b, _, c, d = struct.unpack_from(">5i", fields, 40 + shift)
    return track, _TURNS.get(tuple((value > 0) - (value < 0) for value in (a, b, c, d)), 1)
