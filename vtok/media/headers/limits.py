"""Files whose headers cost too much to read: Pillow would spend seconds or gigabytes on them, and they are refused.

A limit is many times above what any program writes. Each walk here reads a few bytes of each part of a header.
"""

from vtok.errors import MediaError
from vtok.media.headers.gif import colours
from vtok.media.headers.window import ReadAt

MOST_PARTS = 2**14
"""Segments of a JPEG, chunks of a PNG and extensions of a GIF in front of the pixels. Photos have ten to a hundred."""

MOST_EXIF = 64
"""EXIF segments of a JPEG: Pillow joins them one by one, which takes the square of their number."""

MOST_FILLING = 2**18
"""Bytes between the segments of a JPEG. Pillow reads them one by one."""

MOST_HEADER, _HEADERS = 2**22, (b"meta", b"moov")
"""Bytes of the boxes that describe the images of an AVIF or HEIF file. A grid of a thousand tiles has some 50 kB."""

_PIECE = 2**16
_WITHOUT_LENGTH = frozenset((0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)))
_SCAN, _EXIF_SEGMENT = 0xDA, 0xE1


def check(form: str, at: ReadAt) -> None:
    """Raise MediaError for a file of this format whose header has more parts than any program writes."""
    walk = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "AVIF": _boxes, "HEIF": _boxes}.get(form)
    if walk is not None:
        walk(at)


def _jpeg(at: ReadAt) -> None:
    place, filling, several = 2, 0, 0
    for _ in range(MOST_PARTS):
        start = place
        place = _next_marker(at, place)
        filling += place - start
        if filling > MOST_FILLING:
            raise _refusal("JPEG", f"{MOST_FILLING:,} bytes between its segments")
        head = at(10, place)
        if len(head) < 4 or head[1] == _SCAN:
            return
        several += head[1] == _EXIF_SEGMENT and head[4:8] == b"Exif"
        if several > MOST_EXIF:
            raise _refusal("JPEG", f"{MOST_EXIF} EXIF segments")
        place += 2 if head[1] in _WITHOUT_LENGTH else max(4, 2 + int.from_bytes(head[2:4], "big"))
    raise _refusal("JPEG", f"{MOST_PARTS:,} segments")


def _next_marker(at: ReadAt, place: int) -> int:
    """Where the next marker begins: FF and a byte that is neither 00 nor FF. The end of the file if there is none."""
    for _ in range(2 * MOST_FILLING // _PIECE):
        piece = at(_PIECE, place)
        begin = piece.find(b"\xff")
        while 0 <= begin < len(piece) - 1:
            if piece[begin + 1] not in (0, 0xFF):
                return place + begin
            begin = piece.find(b"\xff", begin + 1)
        if len(piece) < _PIECE:
            return place + len(piece)
        place += len(piece) - 1
    return place


def _png(at: ReadAt) -> None:
    place = 8
    for _ in range(MOST_PARTS):
        head = at(8, place)
        if len(head) < 8 or head[4:] == b"IDAT":
            return
        place += 12 + int.from_bytes(head[:4], "big")
    raise _refusal("PNG", f"{MOST_PARTS:,} chunks in front of its pixels")


def _gif(at: ReadAt) -> None:
    flags = at(1, 10)
    place = 13 + (colours(flags[0]) if flags else 0)
    for _ in range(MOST_PARTS):
        if at(1, place) != b"!":
            return
        place += 2
        for _ in range(MOST_PARTS):
            length = at(1, place)
            place += 1 + (length[0] if length else 0)
            if length in (b"", b"\0"):
                break
    raise _refusal("GIF", f"{MOST_PARTS:,} extensions in front of its image")


def _boxes(at: ReadAt) -> None:
    place = 0
    for _ in range(MOST_PARTS):
        head = at(16, place)
        if len(head) < 8:
            return
        length = int.from_bytes(head[8:16] if head[:4] == b"\0\0\0\1" else head[:4], "big")
        to_the_end = not length and at(1, place + MOST_HEADER)
        if head[4:8] in _HEADERS and (length > MOST_HEADER or to_the_end):
            raise _refusal("AVIF or HEIF", f"{MOST_HEADER >> 20} MiB")
        if length < 8:
            return
        place += length
    raise _refusal("AVIF or HEIF", f"{MOST_PARTS:,} boxes")


def _refusal(form: str, what: str) -> MediaError:
    return MediaError(f"the {form} header is damaged: it has more than {what}; export the image again")
