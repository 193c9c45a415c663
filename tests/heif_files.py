"""HEIC and AVIF files made of boxes: a grid of tiles, as phones write it, around an image that a library encoded."""

import io
import struct
from collections.abc import Iterator

from PIL import Image


def box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and whole bytes of each box."""
    place = 0
    while place < len(data):
        (size,) = struct.unpack_from(">I", data, place)
        yield data[place + 4 : place + 8], data[place : place + size]
        place += size


def encoded(form: str, image: Image.Image, **options: object) -> bytes:
    """A file of one image as Pillow or pillow-heif writes it."""
    out = io.BytesIO()
    if form == "AVIF":
        image.save(out, "AVIF", speed=10, **options)
    else:
        import pillow_heif

        pillow_heif.from_pillow(image).save(out, **options)
    return out.getvalue()


def grid(form: str, tile: Image.Image, columns: int, rows: int, *, turn: int = 0, inside: bool = False) -> bytes:
    """A grid of equal tiles, cut by 3 pixels to the right and 5 below; `inside` puts its layout into the header."""
    single = encoded(form, tile, quality=95)
    top = dict(boxes(single))
    meta = dict(boxes(top[b"meta"][12:]))
    properties = dict(boxes(dict(boxes(meta[b"iprp"][8:]))[b"ipco"][8:]))
    coded = top[b"mdat"][8:]
    kind, codec = (b"av01", b"av1C") if form == "AVIF" else (b"hvc1", b"hvcC")
    tiles = columns * rows
    main = tiles + 1
    width, height = columns * tile.width - 3, rows * tile.height - 5
    layout = struct.pack(">4B2H", 0, 0, rows - 1, columns - 1, width, height)
    entries = [(number, kind) for number in range(1, tiles + 1)] + [(main, b"grid")]
    infos = (box(b"infe", struct.pack(">IHH4sB", 2 << 24, number, 0, kind, 0)) for number, kind in entries)
    ispe = box(b"ispe", struct.pack(">3I", 0, width, height))
    pixi = properties.get(b"pixi", box(b"pixi", b"\0\0\0\0\3\x08\x08\x08"))
    container = box(b"ipco", properties[codec], properties[b"ispe"], ispe, pixi, box(b"irot", bytes([turn])))
    owned = [(number, (0x81, 2, 4)) for number in range(1, main)] + [(main, (3, 4, 0x85))]
    ipma = b"".join(struct.pack(">HB3B", number, 3, *places) for number, places in owned)
    dimg = struct.pack(">HH", main, tiles) + b"".join(struct.pack(">H", number) for number in range(1, main))

    def header(start: int) -> bytes:
        """The boxes in front of the data, which begin at `start`."""
        places = [(number, 0, start, len(coded)) for number in range(1, main)]
        places += [(main, 1, 0, 8) if inside else (main, 0, start + len(coded), 8)]
        located = b"".join(
            struct.pack(">HHHHII", number, method, 0, 1, at, size) for number, method, at, size in places
        )
        return top[b"ftyp"] + box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", struct.pack(">IH", 0, main)),
            box(b"iloc", struct.pack(">IHH", 1 << 24, 0x4400, len(places)), located),
            box(b"iinf", struct.pack(">IH", 0, len(entries)), *infos_of),
            box(b"iref", bytes(4), box(b"dimg", dimg)),
            box(b"iprp", container, box(b"ipma", struct.pack(">II", 0, main), ipma)),
            *([box(b"idat", layout)] if inside else []),
        )

    infos_of = tuple(infos)
    return header(len(header(0)) + 8) + box(b"mdat", coded, b"" if inside else layout)
