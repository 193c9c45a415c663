"""Image files of many forms, and ways to damage them by their bytes and by their structure."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

from PIL import Image, ImageCms

PNG = b"\x89PNG\r\n\x1a\n"
XMP_FORMS = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>',
    b"<rdf:Description><tiff:Orientation>%d</tiff:Orientation></rdf:Description>",
    b"<rdf:Description tiff:Orientation='%d'/>",
    b"<rdf:Description/>%d",
)
INTERESTING = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    13,
    14,
    64,
    65,
    127,
    128,
    129,
    0xC0,
    0xC4,
    0xD8,
    0xD9,
    0xDA,
    0xE1,
    254,
    255,
)


def _image(mode: str = "RGB", size: tuple[int, int] = (20, 12)) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


def _saved(form: str, image: Image.Image | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    (image or _image()).save(out, form, **options)
    return out.getvalue()


def tiff(order: str, *entries: tuple[int, int, int, int], behind: bytes = b"") -> bytes:
    """A TIFF of one directory: tag, type, number and value of each entry."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    body = b"".join(
        struct.pack(order + "HHI", tag, kind, number)
        + (struct.pack(order + "HH", value, 0) if kind == 3 and number == 1 else struct.pack(order + "I", value))
        for tag, kind, number, value in entries
    )
    return head + struct.pack(order + "H", len(entries)) + body + b"\0\0\0\0" + behind


def _exifs() -> list[bytes]:
    numbers = (0, 1, 2, 3, 5, 6, 8, 9, 260)
    plain = [tiff(order, (0x0112, 3, 1, number)) for order in "<>" for number in numbers]
    camera = [
        tiff(order, (0x010F, 2, 6, 74), (0x0112, 3, 1, 6), (0x011A, 5, 1, 80), (0x0128, 3, 1, 2), behind=b"Maker\0" * 9)
        for order in "<>"
    ]
    odd = [
        tiff("<", (0x010F, 2, 6, 26), behind=b"Maker\0" * 3),
        tiff("<", (0x0112, 4, 1, 6)),
        tiff("<", (0x0112, 3, 2, 6)),
        tiff(">", (0x0112, 2, 2, 6)),
        tiff("<", (0x0112, 3, 1, 6), (0x0112, 3, 1, 8)),
        tiff("<", (0x010F, 2, 600, 26), (0x0112, 3, 1, 6)),
        tiff("<", (0x011A, 2, 1, 0), (0x0112, 3, 1, 6), (0x0128, 3, 1, 2)),
        tiff("<", (0x011A, 5, 1, 0), (0x0112, 3, 1, 6), (0x0128, 3, 1, 3)),
        b"",
        b"II*\0",
        b"Exif\0\0" + tiff("<", (0x0112, 3, 1, 6)),
        tiff("<", (0x0112, 3, 1, 6)).replace(b"*", b"+"),
        b"II*\0\x09\0\0\0\0" + tiff("<", (0x0112, 3, 1, 6))[8:],
    ]
    return plain + camera + odd


def segment(code: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(data) + 2) + data


def _jpegs() -> list[bytes]:
    modes = [_saved("JPEG", _image(mode)) for mode in ("RGB", "L", "CMYK")]
    more: list[dict[str, Any]] = [
        {"progressive": True}, {"optimize": True}, {"subsampling": 0}, {"restart_marker_blocks": 1},
        {"comment": b"a comment"}, {"dpi": (72, 72)}, {"icc_profile": b"p" * 130_000},
        {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()},
    ]  # fmt: skip
    files = modes + [_saved("JPEG", **options) for options in more]
    plain, mpo = files[0], io.BytesIO()
    _image().save(mpo, "MPO", save_all=True, append_images=[_image()])
    extra = [segment(0xE1, b"Exif\0\0" + data) for data in _exifs()]
    extra += [segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + form % n) for form in XMP_FORMS for n in (1, 6, 9)]
    thumbnail = tiff("<", (0x0112, 3, 1, 8), behind=plain)
    extra += [
        segment(0xE1, b"Exif\0\0" + thumbnail),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"x" * 40),
        segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0" + struct.pack(">I", 16) + bytes(16)),
        segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\x03abc" + struct.pack(">I", 3) + b"abc\0"),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04"),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\1"), segment(0xEE, b"Adobe"), segment(0xE0, b"JFIF\0"),
        segment(0xE2, b"ICC_PROFILE\0"), segment(0xDC, b"\0\x0c"), segment(0xFE, b""), b"\xff\xff\xff", b"\0junk",
        segment(0xC0, b"\x08\0\x0c\0\x14\x01\1\x11\0"), segment(0xDB, b"\x10" + bytes(128)), segment(0xDD, b"\0\4"),
    ]  # fmt: skip
    files += [plain[:2] + part + plain[2:] for part in extra]
    files += [plain[:2] + a + b + plain[2:] for a, b in zip(extra, extra[5:], strict=False)]
    height_later = bytearray(plain)
    at = plain.index(b"\xff\xc0")
    height_later[at + 5 : at + 7] = b"\0\0"
    return [
        *files,
        mpo.getvalue(),
        plain + b"behind",
        plain[:-2],
        plain[:-30] + b"\xff\xd9" + b"x",
        bytes(height_later),
    ]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*early: bytes, late: tuple[bytes, ...] = (), bits: int = 8, colour: int = 2, piece: int = 0) -> bytes:
    rows = zlib.compress(bytes((1 + 20 * 8) * 12), 0 if piece else 9)
    piece = piece or len(rows)
    pixels = b"".join(chunk(b"IDAT", rows[i : i + piece]) for i in range(0, len(rows), piece))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 12, bits, colour, 0, 0, len(early) % 2))
    return PNG + head + b"".join(early) + pixels + b"".join(late) + chunk(b"IEND", b"")


def _pngs() -> list[bytes]:
    files = [_saved("PNG", _image(mode)) for mode in ("1", "L", "P", "LA", "RGB", "RGBA", "I;16")]
    files += [_saved("PNG", _image("P"), transparency=3), _saved("PNG", _image("P"), transparency=b"\0\1\2")]
    files += [_saved("PNG", _image("L"), transparency=3), _saved("PNG", transparency=(1, 2, 3))]
    files += [
        _saved("PNG", save_all=True, append_images=[_image(), _image("L")], default_image=d) for d in (True, False)
    ]
    text = b"XML:com.adobe.xmp\0\0\0\0\0"
    profile, noise = zlib.compress(b"p" * 300), zlib.compress(random.Random(1).randbytes(3000))
    hexadecimal = tiff("<", (0x0112, 3, 1, 6)).hex().encode()
    extra = [chunk(b"eXIf", data) for data in _exifs()]
    extra += [chunk(b"iTXt", text + form % number) for form in XMP_FORMS for number in (1, 6, 9)]
    extra += [
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP_FORMS[0] % 6)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0en\0\xff\0" + XMP_FORMS[0] % 6), chunk(b"iTXt", b"k\0\0\0\0\0v"),
        chunk(b"tEXt", b"date:create\0today"), chunk(b"tEXt", b"xmp\0" + XMP_FORMS[0] % 6), chunk(b"tEXt", b""),
        chunk(b"tEXt", b"exif\0" + tiff("<", (0x0112, 3, 1, 6))), chunk(b"tEXt", text[:18] + XMP_FORMS[0] % 6),
        chunk(b"zTXt", b"k\0\0" + zlib.compress(b"v" * 90)), chunk(b"zTXt", b"k\0\1" + zlib.compress(b"v")),
        chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(2**21))),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n  10\n" + hexadecimal)),
        chunk(b"iCCP", b"name\0\0" + profile), chunk(b"iCCP", b"name\0\1" + profile), chunk(b"iCCP", b"name"),
        chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(2**21))), chunk(b"iCCP", b"name\0\0" + noise),
        chunk(b"gAMA", bytes(4)), chunk(b"gAMA", b""), chunk(b"cHRM", bytes(32)), chunk(b"sRGB", b"\0"),
        chunk(b"pHYs", bytes(8) + b"\1"), chunk(b"pHYs", b""), chunk(b"tIME", bytes(7)), chunk(b"ABCD", b"x"),
        chunk(b"tRNS", bytes(6)), chunk(b"tRNS", b"\0"), chunk(b"PLTE", bytes(9)), chunk(b"bKGD", bytes(6)),
        chunk(b"acTL", struct.pack(">II", 2, 0)), chunk(b"fcTL", bytes(26)), chunk(b"IEND", b""), chunk(b"a1b2", b""),
    ]  # fmt: skip
    files += [png(part) for part in extra] + [png(late=(part,)) for part in extra]
    files += [png(a, b) for a, b in zip(extra, extra[7:], strict=False)]
    files += [png(a, late=(b,)) for a, b in zip(extra, extra[9:], strict=False)]
    files += [png(part, late=(part,), piece=40) for part in extra[::5]]
    colours = [(1, 0), (2, 0), (4, 0), (16, 0), (16, 2), (1, 3), (2, 3), (4, 3), (16, 4), (16, 6), (3, 0), (8, 1)]
    return files + [png(chunk(b"tRNS", b"\0\0"), bits=bits, colour=colour) for bits, colour in colours]


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webps() -> list[bytes]:
    files = [_saved("WEBP"), _saved("WEBP", lossless=True), _saved("WEBP", _image("RGBA"))]
    clear = _image("RGBA")
    clear.putalpha(_image("L"))
    files += [_saved("WEBP", clear), _saved("WEBP", clear, lossless=True), _saved("WEBP", icc_profile=b"p" * 33)]
    files += [_saved("WEBP", exif=data) for data in _exifs() if data]
    files += [_saved("WEBP", exif=b"Exif\0\0" + data) for data in _exifs()[::4] if data]
    files += [_saved("WEBP", xmp=form % number, lossless=True) for form in XMP_FORMS for number in (1, 6, 9)]
    files += [_saved("WEBP", xmp=XMP_FORMS[0] % 6, exif=data, icc_profile=b"p") for data in _exifs()[::3] if data]
    files.append(_saved("WEBP", save_all=True, append_images=[_image("L"), clear], duration=40))
    files.append(_saved("WEBP", save_all=True, append_images=[clear], exif=tiff("<", (0x0112, 3, 1, 6))))
    return [*files, files[0] + b"\0", files[0][:-1]]


def _gifs() -> list[bytes]:
    files = [_saved("GIF", _image(mode)) for mode in ("1", "L", "P", "RGB")]
    files += [_saved("GIF", interlace=0), _saved("GIF", comment=b"c" * 600), _saved("GIF", transparency=1)]
    others = [_image("P").rotate(90 * n) for n in range(1, 4)]
    for disposal in range(4):
        files.append(_saved("GIF", save_all=True, append_images=others, disposal=disposal, loop=0, duration=40))
    plain = files[2]
    after = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    for part in (
        b"!\xfe\0",
        b"!\xfe\3abc\0",
        b"!\xff\x0bNETSCAPE2.0\0\0",
        b"!\xf9\4\x0c\0\0\0\0",
        b"!\xf9\0",
        b"!\1\2ab\0",
        b"!\xf9\3abc\0",
    ):
        files.append(plain[:after] + part + plain[after:])
    return [*files, plain[:-1], plain + b"behind", b"GIF87a" + plain[6:], plain[:6] + bytes(4) + plain[10:]]


@cache
def files() -> dict[str, list[bytes]]:
    """Files by their format, whole and odd."""
    return {"jpeg": _jpegs(), "png": _pngs(), "webp": _webps(), "gif": _gifs()}


def parts_of_jpeg(data: bytes) -> list[bytes]:
    parts, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append(data[at:end])
        at = end
    return [*parts, data[at:]]


def parts_of_png(data: bytes) -> list[bytes]:
    parts, at = [data[:8]], 8
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        parts.append(data[at:end])
        at = end
    return parts


def parts_of_webp(data: bytes) -> list[bytes]:
    parts, at = [data[:12]], 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        parts.append(data[at:end])
        at = end
    return parts


def with_length(part: bytes) -> bytes:
    """A segment of JPEG with the length that it has."""
    return part[:2] + struct.pack(">H", (len(part) - 2) & 0xFFFF) + part[4:] if part[:1] == b"\xff" else part


def with_sum(part: bytes) -> bytes:
    """A chunk of PNG with the length and the sum that it has."""
    return chunk(part[4:8], part[8:-4]) if len(part) >= 12 else part


def with_size(part: bytes) -> bytes:
    """A chunk of WebP with the length that it has."""
    body = part[8:]
    return part[:4] + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _flip(random: random.Random, data: bytearray) -> None:
    for _ in range(random.choice((1, 1, 2, 4))):
        data[_place(random, data)] ^= 1 << random.randrange(8)


def _set(random: random.Random, data: bytearray) -> None:
    data[_place(random, data)] = random.choice(INTERESTING)


def _word(random: random.Random, data: bytearray) -> None:
    at, length = _place(random, data), random.choice((2, 4))
    order: Any = random.choice(("big", "little"))
    data[at : at + length] = random.choice((0, 1, 2, 8, 65, len(data) % 2**16, 0x7FFF, 0xFFFF)).to_bytes(length, order)


def _cut(random: random.Random, data: bytearray) -> None:
    del data[random.randrange(len(data)) :]


def _remove(random: random.Random, data: bytearray) -> None:
    at = _place(random, data)
    del data[at : at + random.choice((1, 2, 4, 12, 40))]


def _insert(random: random.Random, data: bytearray) -> None:
    at = _place(random, data)
    data[at:at] = random.choice((random.randbytes(random.randint(1, 9)), b"\xff", b"\0", bytes(data[at : at + 12])))


def _place(random: random.Random, data: bytearray) -> int:
    """A place in the file, in its first bytes more often than not."""
    return random.randrange(min(len(data), random.choice((32, 128, 700, 2**30))))


PLAIN = 12
"""So many files of each form, the first ones, are as programs write them. Half of the damaged files are of these."""

BYTES = (_flip, _flip, _set, _set, _word, _cut, _remove, _insert)
STRUCTURES: dict[str, tuple[Callable[[bytes], list[bytes]], Callable[[bytes], bytes]]] = {
    "jpeg": (parts_of_jpeg, with_length),
    "png": (parts_of_png, with_sum),
    "webp": (parts_of_webp, with_size),
}


def _rebuilt(random: random.Random, form: str, data: bytes) -> bytes:
    """The file with parts removed, doubled, moved, damaged or taken from another file; lengths and sums are mended."""
    split, mended = STRUCTURES[form]
    parts = split(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(parts))
        other = split(random.choice(files()[form]))
        action = random.randrange(6)
        if action == 0 and len(parts) > 1:
            del parts[at]
        elif action == 1:
            parts.insert(at, random.choice(parts))
        elif action == 2:
            parts.insert(at, random.choice(other))
        elif action == 3 and at:
            parts[at], parts[-1 if at + 1 == len(parts) else at + 1] = (
                parts[-1 if at + 1 == len(parts) else at + 1],
                parts[at],
            )
        elif parts[at]:
            piece = bytearray(parts[at])
            random.choice(BYTES)(random, piece)
            parts[at] = mended(bytes(piece)) if at else bytes(piece)
    whole = b"".join(parts)
    return whole[:4] + struct.pack("<I", max(0, len(whole) - 8)) + whole[8:] if form == "webp" else whole


def damaged(random: random.Random) -> tuple[str, bytes]:
    """A file of a random form, and its format: whole at times, damaged by bytes, by structure or by both."""
    form = random.choice(("jpeg", "jpeg", "png", "png", "webp", "gif"))
    data = random.choice(files()[form][: random.choice((PLAIN, None))])
    kind = random.randrange(10)
    if form in STRUCTURES and kind < 6:
        data = _rebuilt(random, form, data)
    if kind >= 5 and kind != 9:
        piece = bytearray(data)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            if piece:
                random.choice(BYTES)(random, piece)
        data = bytes(piece)
    return form, data
