"""The orientation in EXIF and XMP, as Pillow's `Image.getexif` reads it for `ImageOps.exif_transpose`.

EXIF is the directory of a TIFF; its first directory holds the orientation. XMP counts where EXIF has no orientation.
Source: Pillow 13.0, src/PIL/Image.py (`getexif`), src/PIL/TiffImagePlugin.py (`ImageFileDirectory_v2.load`).
"""

import re
import struct

from vtok.media.headers.window import Unusual, Window

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_SHORT, _RATIONAL = 3, 5
_WIDTHS = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8)
"""Bytes of a value of each type, 1 to 12."""

_X_RESOLUTION, _ORIENTATION, _RESOLUTION_UNIT = 0x011A, 0x0112, 0x0128
_TYPES = {_X_RESOLUTION: _RATIONAL, _ORIENTATION: _SHORT, _RESOLUTION_UNIT: _SHORT}
"""The type of the tags that Pillow looks at; each has one value."""

_IN_XMP = rb'tiff:Orientation(="|>)([0-9])'


def orientation(window: Window, start: int, length: int) -> int | None:
    """The number in the orientation tag of the TIFF at `start`, of `length` bytes; None where it has no such tag.

    Raises Unusual for a directory that is cut off, names a tag twice or points outside; Pillow reads part of it.
    """
    if length < 14:
        raise Unusual
    head = window.get(start, 8)
    order = _ORDERS.get(head[:4])
    if order is None:
        raise Unusual
    (place,) = struct.unpack_from(order + "I", head, 4)
    if place + 2 > length:
        raise Unusual
    (count,) = struct.unpack(order + "H", window.get(start + place, 2))
    if place + 2 + 12 * count + 4 > length:
        raise Unusual
    tags: dict[int, int] = {}
    for tag, kind, number, value in struct.iter_unpack(order + "HHII", window.get(start + place + 2, 12 * count)):
        size = _WIDTHS[kind] * number
        if kind == 0 or tag in tags or (size > 4 and value + size > length):
            raise Unusual
        if tag in _TYPES and (kind != _TYPES[tag] or number != 1):
            raise Unusual
        tags[tag] = value
    turn = tags.get(_ORIENTATION)
    return turn if turn is None else turn >> 16 if order == ">" else turn & 0xFFFF


def orientation_in_xmp(packet: bytes) -> int:
    """The orientation that an XMP packet states; 1 where it states none."""
    match = re.search(_IN_XMP, packet)
    return int(match[2]) if match else 1


def known(number: int) -> int:
    """An orientation that can be applied: 1 for a number that stands for none."""
    return number if 2 <= number <= 8 else 1
