"""GIF: the logical screen, enlarged to the first image, and the number of images.

Source: GIF89a specification, sections 15 to 27; Pillow 13.0, src/PIL/GifImagePlugin.py.
"""

import struct

from vtok.media.headers.window import Facts, ReadAt, Unusual, Window

_MOST_PIXELS = 2**27
"""Pillow refuses images above 178,956,970 pixels where it would have to make one."""

MOST_FRAMES, _MOST_BLOCKS = 2**18, 2**22
"""Images and blocks of data that are counted. Every program fills blocks of 255 bytes but the last one of an image."""

_MOST_EXTENSIONS = 256
_PIECE = 2**18
_IMAGE, _EXTENSION = 0x2C, 0x21
_CONTROL, _COMMENT, _APPLICATION = 0xF9, 0xFE, 0xFF
_MOST_PARTS = 2**18


def read(window: Window) -> Facts:
    """The facts of a GIF. Raises Unusual where a block is not where and as it is expected."""
    head = window.get(0, 13)
    width, height = struct.unpack_from("<HH", head, 6)
    place, disposal = 13 + colours(head[10]), 0
    if place > window.size:
        raise Unusual
    for _ in range(_MOST_EXTENSIONS):
        kind = window.get(place, 1)[0]
        if kind == _IMAGE:
            right, bottom = _corner(window, place + 1, disposal)
            width, height = max(width, right), max(height, bottom)
            if width * height > _MOST_PIXELS or not (width and height):
                raise Unusual
            return Facts("GIF", width, height, images=max(1, num_frames(window.at, window.size)))
        if kind != _EXTENSION:
            raise Unusual
        place, change = _extension(window, place + 1)
        disposal = change or disposal
    raise Unusual


def _corner(window: Window, place: int, disposal: int) -> tuple[int, int]:
    """Right and bottom edge of the image whose descriptor is at `place`."""
    left, top, width, height, flags = struct.unpack("<HHHHB", window.get(place, 9))
    if disposal >= 2 and width * height > _MOST_PIXELS:
        raise Unusual
    window.get(place + 9 + colours(flags), 1)  # behind the colours, the size of the first code
    return left + width, top + height


def _extension(window: Window, place: int) -> tuple[int, int]:
    """Where the extension at `place` ends, and how the image behind it is disposed of; 0 where it does not say."""
    label = window.get(place, 1)[0]
    block = _block(window, place + 1)
    disposal = 0
    if label == _CONTROL:
        if len(block) < 4:
            raise Unusual
        disposal = block[0] >> 2 & 7
    elif not block and label != _COMMENT:  # Pillow reads on as if there were more blocks
        raise Unusual
    place += 1
    for _ in range(_PIECE):
        length = window.get(place, 1)[0]
        place += 1 + length
        if not length:
            return place, disposal
        if label == _APPLICATION and block.startswith(b"NETSCAPE2.0") and not _block(window, place):
            raise Unusual
        label = _COMMENT if label == _APPLICATION else label
    raise Unusual


def _block(window: Window, place: int) -> bytes:
    return window.get(place + 1, window.get(place, 1)[0])


def enlarged_screen(at: ReadAt, size: int) -> tuple[int, int]:
    """Width and height of the logical screen, enlarged to the first image, of a GIF that Pillow finds too large.

    As Pillow, this passes over whatever stands in front of the image. ValueError where no image comes.
    Source: Pillow 13.0, src/PIL/GifImagePlugin.py (`GifImageFile._seek`).
    """
    width, height, flags = struct.unpack("<HHB", at(5, 6))
    blocks = _Blocks(at, size)
    place = 13 + colours(flags)
    for _ in range(_MOST_PARTS):
        kind = blocks.byte(place)
        place += 1
        if kind == _IMAGE:
            left, top, across, down, flags = struct.unpack("<4HB", at(9, place))
            if blocks.byte(place + 9 + colours(flags)) < 0:  # behind the colours, the size of the first code
                break
            return max(width, left + across), max(height, top + down)
        if kind == _EXTENSION:
            place = _behind_extension(blocks, at, place)
        elif kind < 0:
            break
    raise ValueError("no image")


def _behind_extension(blocks: "_Blocks", at: ReadAt, place: int) -> int:
    """Where Pillow reads on: unless it is a comment, it passes over the first block even if that is empty."""
    label, length = blocks.byte(place), max(blocks.byte(place + 1), 0)
    if label == _COMMENT:
        return blocks.end_of_data(place + 1)
    begins_a_loop = label == _APPLICATION and at(11, place + 2).startswith(b"NETSCAPE2.0") and length >= 11
    place += 2 + length
    if begins_a_loop:
        place += 1 + max(blocks.byte(place), 0)
    return blocks.end_of_data(place)


def colours(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def num_frames(at: ReadAt, size: int) -> int:
    """Images of a GIF, from block to block, to the first thing that is none; the blocks may be cut off.

    More than `MOST_FRAMES` are not counted.
    """
    blocks = _Blocks(at, size)
    flags = blocks.byte(10)
    place, frames = 13 + colours(max(flags, 0)), 0
    while frames < MOST_FRAMES:
        kind = blocks.byte(place)
        if kind == _IMAGE:
            frames += 1
            place += 11 + colours(max(blocks.byte(place + 9), 0))
        elif kind == _EXTENSION:
            place += 2
        else:
            break
        place = blocks.end_of_data(place)
    return frames


class _Blocks:
    """A GIF read from its start to its end, a piece at a time."""

    def __init__(self, at: ReadAt, size: int) -> None:
        self._at = at
        self._size = size
        self._piece = b""
        self._base = 0
        self._left = _MOST_BLOCKS

    def byte(self, place: int) -> int:
        """The byte at this place; -1 behind the end."""
        begin = place - self._base
        if not 0 <= begin < len(self._piece):
            self._piece, self._base, begin = self._at(_PIECE, place), place, 0
        return self._piece[begin] if self._piece else -1

    def end_of_data(self, place: int) -> int:
        """The place behind the data blocks that begin here: each has its length before it, and the last one none.

        The end of the file once too many blocks were read.
        """
        while self._left > 0:
            begin, piece = place - self._base, self._piece
            try:
                while length := piece[begin]:
                    begin += length + 1
                    self._left -= 1
                return self._base + begin + 1
            except IndexError:
                place = self._base + begin
                if self.byte(place) < 0:
                    return place
        return self._size
