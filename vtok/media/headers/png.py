"""PNG: chunks up to the pixels, and the metadata behind them, to which the reader jumps.

Source: the PNG specification, third edition; Pillow 13.0, src/PIL/PngImagePlugin.py, which checks the sum of each chunk
before the pixels and reads metadata behind them as well.
"""

import struct
from binascii import crc32

from vtok.media.headers import exif
from vtok.media.headers.window import Facts, Unusual, Window

_COLOURS = frozenset(
    {(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2)}
    | {(1, 3), (2, 3), (4, 3), (8, 3), (8, 4), (16, 4), (8, 6), (16, 6)}
)
"""Pairs of bit depth and colour type."""

_LEAST = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"PLTE": 0}
"""Chunks of which Pillow reads so many bytes at least."""

_LEAST_TRANSPARENCY = {0: 2, 2: 6}
"""The same of tRNS, by the colour type."""

_KEYS = (b"exif", b"xmp", b"XML:com.adobe.xmp", b"Raw profile type exif", b"interlace", b"bbox", b"default_image")
"""Keys of text that change what Pillow says of the image."""

_BREAKS = frozenset({b"IHDR", b"IEND", b"acTL", b"fcTL", b"fdAT"})
"""Chunks that do not stand before the pixels of a plain image. Pillow reads animations."""

_XMP = b"XML:com.adobe.xmp\0\0\0"
_MOST_CHUNKS = 64
_MOST_BYTES = 2**20
_SHORT_STREAM = 1000
"""Compressed text of so many bytes swells to less than Pillow's limit of 1 MiB, whatever it is."""

_WALKED, _LONG = 6, 4096
"""So many chunks of pixels are looked at one by one; the reader jumps over more of equal length, if they are long."""

MOST_LATE_CHUNKS = 2**16
"""Metadata behind more chunks than these is not looked for."""


class _Header:
    """The metadata so far: where EXIF starts and how long it is, and the XMP packet."""

    __slots__ = ("exif", "window", "xmp")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.exif: tuple[int, int] | None = None
        self.xmp = b""

    def take(self, kind: bytes, start: int, length: int, data: bytes) -> None:
        """Take what a chunk says of the orientation. Raises Unusual where Pillow might refuse it."""
        if kind == b"eXIf":
            if self.exif:
                raise Unusual
            self.exif = start, length
        elif kind == b"iTXt":
            self._take_text(data)
        elif kind in (b"tEXt", b"zTXt"):
            _check_text(kind, data)

    def _take_text(self, data: bytes) -> None:
        if not data.startswith(_XMP):
            _check_text(b"iTXt", data)
            return
        if self.xmp or data.count(b"\0", len(_XMP)) < 2:
            raise Unusual
        language, key, text = data[len(_XMP) :].split(b"\0", 2)
        for part in (language, key, text):
            part.decode()  # a UnicodeDecodeError, which is a ValueError, gives up
        self.xmp = text

    def orientation(self) -> int:
        turn = exif.orientation(self.window, *self.exif) if self.exif else None
        if turn is None and self.xmp:
            turn = exif.orientation_in_xmp(self.xmp)
        return exif.known(turn or 1)


def read(window: Window) -> Facts:
    """The facts of a PNG that is no animation. Raises Unusual where a chunk is not where and as it is expected."""
    width, height, bits, colour, _, filters, _ = struct.unpack(">IIBBBBB", _checked(window, 8, b"IHDR", 13))
    if (bits, colour) not in _COLOURS or filters or not (0 < width < 2**31 and 0 < height < 2**31):
        raise Unusual
    header, place, total = _Header(window), 33, 0
    for _ in range(_MOST_CHUNKS):
        length, kind = struct.unpack(">I4s", window.get(place, 8))
        if kind == b"IDAT":
            if header.exif is None:
                _read_late(header, place)
            return Facts("PNG", width, height, header.orientation())
        total += length
        if total > _MOST_BYTES or kind in _BREAKS or not kind.isalpha():
            raise Unusual
        data = _checked(window, place, kind, length)
        if kind == b"iCCP":
            _check_profile(data)
        elif len(data) < (_LEAST_TRANSPARENCY.get(colour, 0) if kind == b"tRNS" else _LEAST.get(kind, 0)):
            raise Unusual
        header.take(kind, place + 8, length, data)
        place += 12 + length
    raise Unusual


def _checked(window: Window, place: int, kind: bytes, length: int) -> bytes:
    """The content of the chunk at `place`. Raises Unusual where its kind, its length or its sum is another one."""
    chunk = window.get(place, 12 + length)
    if chunk[:8] != struct.pack(">I4s", length, kind) or crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
        raise Unusual
    return chunk[8:-4]


def _check_profile(data: bytes) -> None:
    """Raise Unusual for a colour profile that Pillow might refuse."""
    name, method = data.find(b"\0"), data[data.index(b"\0") + 1]
    if method or (len(data) - name > _SHORT_STREAM and _swells(data[name + 2 :])):
        raise Unusual


def _swells(data: bytes) -> bool:
    """Whether compressed data is longer than Pillow takes, or broken."""
    import zlib

    stream = zlib.decompressobj()
    try:
        stream.decompress(data, _MOST_BYTES)
    except zlib.error:
        return True
    return bool(stream.unconsumed_tail)


def _check_text(kind: bytes, data: bytes) -> None:
    """Raise Unusual for text that Pillow might refuse, or that changes what it says of the image."""
    key, _, text = data.partition(b"\0")
    if key in _KEYS or (kind == b"iTXt" and text[:2] != b"\0\0"):
        raise Unusual
    if kind == b"zTXt" and (text[:1] != b"\0" or len(text) > _SHORT_STREAM):
        raise Unusual


def _read_late(header: _Header, place: int) -> None:
    """Take the metadata behind the pixels, which begin at `place`."""
    at, first = header.window.at, 0
    for walked in range(MOST_LATE_CHUNKS):
        head = at(8, place)
        if len(head) < 8:
            return
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"IEND":
            return
        if kind != b"IDAT":
            _take_late(header, place, length, kind)
        first = first or length
        place += 12 + length
        if walked == _WALKED and kind == b"IDAT" and length == first >= _LONG:
            place = _behind_equals(header.window, place, length)
    raise Unusual


def _take_late(header: _Header, place: int, length: int, kind: bytes) -> None:
    if kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt"):
        if length > _MOST_BYTES:
            raise Unusual
        header.take(kind, place + 8, length, header.window.get(place + 8, length))
    elif kind == b"fcTL" or not kind.isalpha():
        raise Unusual


def _behind_equals(window: Window, place: int, length: int) -> int:
    """The place of the last chunk of pixels of this length; `place` itself where it is not where it should be.

    Encoders cut pixels into chunks of one length, and only the last one is shorter. A file in which something else
    stood between such chunks could not be decoded: pixels lie in consecutive chunks (PNG specification, 5.6).
    """
    step = 12 + length
    last = place + (window.size - place) // step * step
    for guess in (last - step, last - 2 * step, last - 3 * step):
        if guess > place and window.at(8, guess) == struct.pack(">I4s", length, b"IDAT"):
            return guess
    return place
