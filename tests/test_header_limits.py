"""Headers that would cost seconds or gigabytes are refused by their number of parts; what programs write is not."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from fuzz.image_files import chunk, files, png, segment, tiff
from PIL import Image

import vtok
from vtok.media import headers, image, probe
from vtok.media.headers import limits

JPEG = files()["jpeg"][0]
GIF = b"GIF89a\5\0\5\0\0\0\0"
PLENTY = 20_000
EXIF = segment(0xE1, b"Exif\0\0x1")

COSTLY = {
    "EXIF segments": (JPEG[:2] + EXIF * PLENTY + JPEG[2:], "more than 64 EXIF segments"),
    "segments": (JPEG[:2] + segment(0xFE, b"") * PLENTY + JPEG[2:], "more than 16,384 segments"),
    "fill bytes": (JPEG[:2] + b"\xff" * 2**19 + JPEG[2:], "bytes between its segments"),
    "other bytes": (JPEG[:2] + EXIF + b"\0" * 2**19 + JPEG[2:], "bytes between its segments"),
    "chunks": (png(*[chunk(b"abCD", b"")] * PLENTY), "more than 16,384 chunks"),
    "extensions": (GIF + b"!\xfe\0" * PLENTY + b",", "more than 16,384 extensions"),
    "lines": (b"line of text\n" * 2**21, "this is text"),
}


@pytest.mark.parametrize("name", COSTLY)
def test_costly_headers_are_refused_at_once(name: str) -> None:
    data, words = COSTLY[name]
    with pytest.raises(vtok.MediaError, match=words):
        probe(data)


def test_metadata_behind_very_many_chunks_is_not_looked_for() -> None:
    late = (chunk(b"abCD", b""),) * 2**17 + (chunk(b"eXIf", tiff("<", (0x0112, 3, 1, 6))),)
    assert probe(png(late=late)).orientation == 1
    assert probe(png(late=late[-9000:])).orientation == 6


def test_frames_of_a_gif_are_counted_to_a_limit() -> None:
    frame = b",\0\0\0\0\5\0\5\0\0\2\0"
    assert probe(GIF + frame * 7).images_in_file == 7
    assert probe(GIF + frame * (2**18 + 7)).images_in_file == 2**18


@pytest.mark.parametrize("form", ["jpeg", "png", "gif"])
def test_no_file_that_pillow_reads_is_refused(form: str) -> None:
    for data in files()[form]:
        limits.check(form.upper(), headers.reading(io.BytesIO(data)))


@pytest.mark.parametrize("filling", [b"", b"\xff", b"\xff" * 70_000, b"\xff\0" * 30, b"\0" * 65_536])
def test_bytes_between_segments_are_passed(filling: bytes) -> None:
    data = JPEG[:2] + EXIF + filling + JPEG[2:]
    assert image.measure(io.BytesIO(data), "JPEG", "").size == (12, 20)
    assert probe(data).size == (12, 20)


def icon(*sizes: tuple[int, int], bitmap: bool = False) -> bytes:
    out = io.BytesIO()
    largest = max(sizes)
    Image.new("RGBA", largest).save(out, "ICO", sizes=list(sizes), bitmap_format="bmp" if bitmap else "png")
    return out.getvalue()


@pytest.mark.parametrize("bitmap", [True, False])
def test_an_icon_has_the_size_of_its_largest_image(bitmap: bool) -> None:
    for sizes in ([(16, 16), (48, 32)], [(256, 256)], [(32, 32)]):
        data = icon(*sizes, bitmap=bitmap)
        with Image.open(io.BytesIO(data)) as by_pillow:
            assert probe(data).size == by_pillow.size[::-1]


def test_a_huge_image_in_an_icon_is_not_decoded(tmp_path: Path) -> None:
    rows = zlib.compress(bytes(10_000))
    head = struct.pack(">IIBBBBB", 65_000, 65_000, 8, 6, 0, 0, 0)
    inside = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    directory = struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(inside), 22)
    assert probe(directory + inside).size == (65_000, 65_000)
    with pytest.raises(vtok.MediaError):
        probe(directory)


def test_text_that_is_an_image_is_read() -> None:
    bits = "#define a_width 9\n#define a_height 4\nstatic char a_bits[] = {\n" + "0x00," * 8 + "};\n"
    assert probe(bits.encode()).size == (4, 9)
    assert probe(b"P2\n3 2\n255\n" + b"1 " * 6).size == (2, 3)
