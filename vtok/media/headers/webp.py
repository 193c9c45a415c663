"""WebP: a still image, plain or with metadata; Pillow reads animations.

Source: developers.google.com/speed/webp/docs/riff_container; libwebp 1.6, src/demux/demux.c (`ParseVP8XChunks`,
`IsValidExtendedFormat`), src/dec/vp8_dec.c (`VP8GetInfo`), src/dec/vp8l_dec.c (`ReadImageInfo`).
"""

import struct

from vtok.media.headers import exif
from vtok.media.headers.window import Facts, Unusual, Window

_ANIMATION, _XMP, _EXIF, _ALPHA, _PROFILE = 0x02, 0x04, 0x08, 0x10, 0x20
_MOST_CHUNKS = 32
_FLAGS = {b"ICCP": _PROFILE, b"EXIF": _EXIF, b"XMP ": _XMP}


def read(window: Window) -> Facts:
    """The facts of a still WebP. Raises Unusual where a chunk is not where and as it is expected."""
    head = window.get(0, 20)
    length, kind, size = struct.unpack("<I4x4sI", head[4:])
    if length + 8 != window.size or 20 + size + size % 2 > window.size:
        raise Unusual
    if kind == b"VP8X":
        return _extended(window, size)
    if 20 + size + size % 2 != window.size:
        raise Unusual
    width, height = _image(window, kind, 20, size)
    return Facts("WEBP", width, height)


def _image(window: Window, kind: bytes, start: int, size: int) -> tuple[int, int]:
    """Width and height in the chunk of an image that `start` begins."""
    if kind == b"VP8 ":
        return _lossy(window.get(start, 10), size)
    if kind != b"VP8L" or size < 5:
        raise Unusual
    mark, bits = struct.unpack("<BI", window.get(start, 5))
    if mark != 0x2F or bits >> 29:
        raise Unusual
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _lossy(head: bytes, size: int) -> tuple[int, int]:
    """A key frame that is shown, of a known profile, whose first partition lies in the chunk. RFC 6386, 9.1."""
    bits = int.from_bytes(head[:3], "little")
    width, height = struct.unpack("<HH", head[6:])
    width, height = width & 0x3FFF, height & 0x3FFF
    is_key, profile, is_shown, partition = not bits & 1, bits >> 1 & 7, bits >> 4 & 1, bits >> 5
    if head[3:6] != b"\x9d\x01\x2a" or not (is_key and is_shown and width and height):
        raise Unusual
    if size < 10 or profile > 3 or partition >= size:
        raise Unusual
    return width, height


def _extended(window: Window, size: int) -> Facts:
    """VP8X: flags and the size of the canvas, then a profile, the image, EXIF and XMP, each at most once."""
    flags, *sides = window.get(20, 10)
    width = 1 + int.from_bytes(bytes(sides[3:6]), "little")
    height = 1 + int.from_bytes(bytes(sides[6:]), "little")
    if size != 10 or flags & ~(_XMP | _EXIF | _ALPHA | _PROFILE):
        raise Unusual
    chunks, image = _chunks(window)
    if image != (width, height):
        raise Unusual
    turn = None
    if b"EXIF" in chunks:
        turn = _orientation(window, *chunks[b"EXIF"])
    if turn is None and b"XMP " in chunks:
        turn = exif.orientation_in_xmp(window.get(*chunks[b"XMP "]))
    for kind, flag in _FLAGS.items():
        if bool(flags & flag) != (kind in chunks):
            raise Unusual
    return Facts("WEBP", width, height, exif.known(turn or 1))


def _chunks(window: Window) -> tuple[dict[bytes, tuple[int, int]], tuple[int, int]]:
    """Where each chunk starts and how long it is, and the size of the image."""
    chunks: dict[bytes, tuple[int, int]] = {}
    place, image, last = 30, None, b""
    for _ in range(_MOST_CHUNKS):
        if place == window.size:
            break
        kind, size = struct.unpack("<4sI", window.get(place, 8))
        start, place = place + 8, place + 8 + size + size % 2
        if place > window.size or kind in chunks:
            raise Unusual
        if kind in (b"VP8 ", b"VP8L"):
            if image or (last == b"ALPH") > (kind == b"VP8 "):
                raise Unusual
            image = _image(window, kind, start, size)
        elif kind not in (b"ICCP", b"EXIF", b"XMP ", b"ALPH") or last == b"ALPH" or (image and kind == b"ALPH"):
            raise Unusual
        chunks[kind], last = (start, size), kind
    if image is None or place != window.size:
        raise Unusual
    return chunks, image


def _orientation(window: Window, start: int, size: int) -> int | None:
    """EXIF, which some programs write with the name that it has in JPEG before it."""
    if size >= 6 and window.get(start, 6) == b"Exif\0\0":
        start, size = start + 6, size - 6
    return exif.orientation(window, start, size)
