"""JPEG: segments up to the first scan. Source: ISO/IEC 10918-1, B.1; Pillow 13.0, src/PIL/JpegImagePlugin.py."""

from collections.abc import Callable

from vtok.media.headers import exif
from vtok.media.headers.window import Facts, ReadAt, Unusual, Window

_MOST_SEGMENTS = 512
"""Of a file with more segments, Pillow reads the header. A colour profile takes at most 255."""

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_END = b"\xff\xd9"
_PIECE = 2**20
_AHEAD = 4096


class _Header:
    """What the segments said so far: the size, and where metadata starts and how long it is."""

    __slots__ = ("exif", "size", "window", "xmp")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.size: tuple[int, int] | None = None
        self.exif: tuple[int, int] | None = None
        self.xmp: tuple[int, int] | None = None

    def orientation(self) -> int:
        turn = None
        if self.exif:
            turn = exif.orientation(self.window, *self.exif)
        if turn is None and self.xmp:
            turn = exif.orientation_in_xmp(self.window.get(*self.xmp))
        return exif.known(turn or 1)


def read(window: Window) -> Facts:
    """The facts of a JPEG. Raises Unusual where a segment is not where and as it is expected."""
    header, place = _Header(window), 2
    size, buffer, at = window.size, window.buffer, 2
    for _ in range(_MOST_SEGMENTS):
        if not 0 <= at <= len(buffer) - 4:
            buffer, at = window.get(place, min(_AHEAD, size - place)), 0
        code, length = buffer[at + 1], buffer[at + 2] << 8 | buffer[at + 3]
        if buffer[at] != 0xFF or length < 2 or place + 2 + length > size:
            raise Unusual
        if code == 0xDA:
            return _facts(header, place + 2 + length)
        take = _SEGMENTS.get(code)
        if take is None:
            raise Unusual
        if take is not _pass:
            take(header, place + 4, length - 2)
        place, at = place + 2 + length, at + 2 + length
    raise Unusual


def _facts(header: _Header, pixels: int) -> Facts:
    if header.size is None:
        raise Unusual
    height, width = header.size
    window = header.window
    cut = is_truncated(window.at, window.size, pixels)
    return Facts("JPEG", width, height, header.orientation(), truncated=cut)


def is_truncated(at: ReadAt, size: int, start: int) -> bool:
    """Whether a JPEG ends before its end-of-image marker; `start` is where its compressed pixels begin.

    Nearly all files end with the marker. Phones write more behind it; then it is searched for, since it cannot occur
    in the compressed pixels themselves (ISO/IEC 10918-1, B.1.1.5: a byte FF is followed by 00 there).
    """
    if at(2, size - 2) == _END:
        return False
    last = b""
    while piece := at(_PIECE, start):
        if _END in last + piece:
            return False
        start, last = start + len(piece), piece[-1:]
    return True


def _frame(header: _Header, start: int, length: int) -> None:
    """SOF: bits, height, width, and three bytes for each component."""
    bits, *sides, components = header.window.get(start, min(length, 6))
    height, width = sides[0] << 8 | sides[1], sides[2] << 8 | sides[3]
    if header.size or bits != 8 or components not in (1, 3, 4) or length != 6 + 3 * components:
        raise Unusual
    if not (height and width):  # a height of zero: a DNL segment behind the scan states it
        raise Unusual
    header.size = height, width


def _tables(header: _Header, start: int, length: int) -> None:
    """DQT: tables of 64 values, whose first byte says whether these have one byte or two."""
    tables, place = header.window.get(start, length), 0
    while place < length:
        place += 65 if tables[place] < 16 else 129
    if place != length:
        raise Unusual


def _jfif(header: _Header, start: int, length: int) -> None:
    if length < 14 and header.window.get(start, length).startswith(b"JFIF"):
        raise Unusual


def _metadata(header: _Header, start: int, length: int) -> None:
    """APP1: EXIF once, XMP of which the last one counts, or something else."""
    name = header.window.get(start, min(length, len(_XMP)))
    if name.startswith(_EXIF):
        if header.exif:
            raise Unusual
        header.exif = start + len(_EXIF), length - len(_EXIF)
    elif name == _XMP:
        header.xmp = start + len(_XMP), length - len(_XMP)


def _profile(header: _Header, start: int, length: int) -> None:
    """APP2: a piece of a colour profile has its number behind the name."""
    if length < 14 and header.window.get(start, length).startswith(b"ICC_PROFILE\0"):
        raise Unusual


def _photoshop(header: _Header, start: int, length: int) -> None:
    """APP13: resources of Photoshop. Pillow refuses a file whose last one ends behind its number."""
    if header.window.get(start, min(length, 14)) != b"Photoshop 3.0\0":
        return
    place, end = start + 14, start + length
    while place + 4 <= end and header.window.get(place, 4) == b"8BIM":
        if place + 12 > end:
            raise Unusual
        place += 7 + header.window.get(place + 6, 1)[0]
        place += (place - start) % 2
        if place + 4 > end:
            raise Unusual
        size = int.from_bytes(header.window.get(place, 4), "big")
        place += 4 + size
        place += (place - start) % 2


def _adobe(header: _Header, start: int, length: int) -> None:
    if length < 12 and header.window.get(start, length).startswith(b"Adobe"):
        raise Unusual


def _pass(header: _Header, start: int, length: int) -> None:
    """Nothing in this segment changes the answer."""


_SEGMENTS: dict[int, Callable[[_Header, int, int], None]] = {
    **dict.fromkeys((0xC4, 0xCC, 0xDC, 0xDD, 0xDF, 0xFE, *range(0xE3, 0xF0)), _pass),
    **dict.fromkeys((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)), _frame),
    0xDB: _tables,
    0xE0: _jfif,
    0xE1: _metadata,
    0xE2: _profile,
    0xED: _photoshop,
    0xEE: _adobe,
}
