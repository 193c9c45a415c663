"""Images: what `probe` says against Pillow, which decodes everything here and nothing in vtok."""

import io
import os
import socket
import stat
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import GifImagePlugin, Image, ImageFile, ImageOps, PngImagePlugin, TiffImagePlugin

from vtok.errors import MediaError, UsageError
from vtok.media import probe
from vtok.values import Media, Size

WIDTH, HEIGHT = 40, 30
FORMATS = {
    "jpg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "avif": "AVIF",
    "gif": "GIF",
    "tiff": "TIFF",
    "bmp": "BMP",
    "jp2": "JPEG2000",
    "qoi": "QOI",
    "ppm": "PPM",
    "tga": "TGA",
    "pcx": "PCX",
    "ico": "ICO",
}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>'
EXACT = "jpg", "png", "webp", "avif", "gif", "tiff", "bmp", "jp2", "qoi"


def image(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def saved(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image().save(out, form, **options)
    return out.getvalue()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "Camera"
    return tags


def upright_by_pillow(path: Path) -> tuple[int, int]:
    with Image.open(path) as im:
        return ImageOps.exif_transpose(im).size


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, size: tuple[int, int] = (WIDTH, HEIGHT), late: tuple[bytes, ...] = ()) -> bytes:
    rows = zlib.compress(b"\0" * (size[0] * 3 + 1) * size[1]) if size[0] * size[1] < 10**6 else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    half = len(rows) // 2
    body = chunk(b"IDAT", rows[:half]) + chunk(b"IDAT", rows[half:])
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + body + b"".join(late) + chunk(b"IEND", b"")


def raw_profile(orientation: int) -> bytes:
    data = b"Exif\0\0" + exif(orientation).tobytes().removeprefix(b"Exif\0\0")
    return b"Raw profile type exif\0\0" + zlib.compress(f"\nexif\n{len(data):8}\n{data.hex()}\n".encode())


PNG_METADATA = {
    "eXIf": chunk(b"eXIf", exif(6).tobytes().removeprefix(b"Exif\0\0")),
    "raw profile": chunk(b"zTXt", raw_profile(6)),
    "XMP": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP % 6),
    "compressed XMP": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP % 6)),
}


@pytest.fixture
def _no_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("pixels were decoded")

    for name in ("load", "load_prepare", "load_end"):
        monkeypatch.setattr(ImageFile.ImageFile, name, refuse)
    monkeypatch.setattr(Image.Image, "load", refuse)
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load_read", refuse)


@pytest.mark.parametrize("ending", FORMATS)
def test_size_of_every_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    image().save(path, FORMATS[ending], **({"sizes": [(WIDTH, HEIGHT)]} if ending == "ico" else {}))
    assert probe(path) == Media(size=Size(HEIGHT, WIDTH), format=FORMATS[ending], name=str(path))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16"])
def test_modes_do_not_change_the_size(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    Image.new(mode, (WIDTH, HEIGHT)).save(path)
    assert probe(path).size == (HEIGHT, WIDTH)


def test_cmyk_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("CMYK", (WIDTH, HEIGHT)).save(path)
    assert probe(path).size == (HEIGHT, WIDTH)


PLAIN = {ending: saved(FORMATS[ending]) for ending in EXACT}
TURNED = {f"turned {ending}": saved(FORMATS[ending], exif=exif(6)) for ending in ("jpg", "png", "webp", "avif", "tiff")}


@pytest.mark.usefixtures("_no_pixels")
@pytest.mark.parametrize("data", [*PLAIN.values(), *TURNED.values()], ids=[*PLAIN, *TURNED])
def test_no_pixel_is_decoded(data: bytes) -> None:
    assert probe(io.BytesIO(data)).size == (HEIGHT, WIDTH)


@pytest.mark.usefixtures("_no_pixels")
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("metadata", PNG_METADATA.values(), ids=PNG_METADATA.keys())
def test_no_pixel_of_a_png_is_decoded_for_its_metadata(metadata: bytes, late: bool) -> None:
    data = png(late=(metadata,)) if late else png(metadata)
    assert probe(io.BytesIO(data)).orientation == 6


@pytest.mark.usefixtures("_no_pixels")
def test_the_guard_against_decoding_can_fail(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    with Image.open(tmp_path / "a.png") as im, pytest.raises(AssertionError, match="decoded"):
        im.getexif()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "avif", "tiff"])
def test_orientation_from_exif(tmp_path: Path, ending: str, orientation: int) -> None:
    path = tmp_path / f"a.{ending}"
    image().save(path, exif=exif(orientation))
    media = probe(path)
    assert media.size == (HEIGHT, WIDTH)
    assert media.orientation == orientation
    assert media.upright == upright_by_pillow(path)[::-1]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("ending", ["jpg", "webp", "tiff"])
def test_orientation_from_xmp(tmp_path: Path, ending: str, orientation: int) -> None:
    path = tmp_path / f"a.{ending}"
    options = {"tiffinfo": {700: XMP % orientation}} if ending == "tiff" else {"xmp": XMP % orientation}
    image().save(path, **options)
    media = probe(path)
    assert media.orientation == orientation
    assert media.upright == upright_by_pillow(path)[::-1]


@pytest.mark.parametrize("kind_count_value", [(3, 1, 0), (3, 1, 9), (3, 1, 65535), (2, 2, ord("6")), (9, 1, -6)])
def test_only_one_to_eight_count(tmp_path: Path, kind_count_value: tuple[int, int, int]) -> None:
    path = tmp_path / "a.jpg"
    image().save(path, exif=b"Exif\0\0II*\0" + struct.pack("<IHHHIiI", 8, 1, 0x0112, *kind_count_value, 0))
    assert probe(path).orientation == 1
    assert upright_by_pillow(path) == (WIDTH, HEIGHT)


def test_damaged_exif_leaves_the_size(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = tmp_path / "a.jpg"
    image().save(path, exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\1")
    assert probe(path) == Media(size=Size(HEIGHT, WIDTH), format="JPEG", name=str(path))
    assert not recwarn


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("metadata", PNG_METADATA.values(), ids=PNG_METADATA.keys())
def test_png_metadata_before_and_behind_the_pixels(tmp_path: Path, metadata: bytes, late: bool) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(late=(metadata,)) if late else png(metadata))
    assert probe(path).orientation == 6
    assert upright_by_pillow(path) == (HEIGHT, WIDTH)


PNG_CHUNKS = st.sampled_from(
    [
        chunk(b"eXIf", exif(8).tobytes().removeprefix(b"Exif\0\0")),
        chunk(b"eXIf", exif(0).tobytes().removeprefix(b"Exif\0\0")),
        chunk(b"eXIf", b"nonsense"),
        chunk(b"zTXt", raw_profile(3)),
        chunk(b"tEXt", b"Comment\0hello"),
        chunk(b"tIME", b"\x07\xe8\1\1\0\0\0"),
        PNG_METADATA["XMP"],
        PNG_METADATA["compressed XMP"],
    ]
)


@given(st.lists(PNG_CHUNKS, max_size=4), st.lists(PNG_CHUNKS, max_size=4))
def test_png_metadata_as_pillow_reads_it(early: list[bytes], late: list[bytes]) -> None:
    data = png(*early, late=tuple(late))
    try:
        with Image.open(io.BytesIO(data)) as im:
            value = im.getexif().get(0x0112)
    except SyntaxError:  # nonsense instead of EXIF
        value = None
    assert probe(io.BytesIO(data)).orientation == (value if value in range(1, 9) else 1)


def test_metadata_of_an_animated_png_belongs_to_its_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image().save(path, save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))], duration=50, exif=exif(6))
    assert probe(path).orientation == 6
    assert probe(path).num_frames is None


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif"])
def test_an_animation_is_an_image_by_default(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    image().save(path, save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))], duration=50)
    expected = Media(size=Size(HEIGHT, WIDTH), images_in_file=2, format=FORMATS[ending], name=str(path))
    assert probe(path) == expected
    assert expected.notes == (
        "only the first of 2 frames is counted; --as video takes them all; FILE[2] picks another one",
    )
    assert probe(path, "video").images_in_file == 1


@pytest.mark.parametrize("big", [False, True])
def test_the_first_page_counts(tmp_path: Path, big: bool) -> None:
    path = tmp_path / "a.tiff"
    image().save(path, save_all=True, append_images=[image(20, 10), image(10, 20)], big_tiff=big)
    media = probe(path)
    assert (media.size, media.images_in_file) == ((HEIGHT, WIDTH), 3)
    assert media.notes == ("only the first of 3 pages is counted; FILE[2] picks another one",)


def test_a_smaller_version_of_a_page_is_no_page(tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    small = image(20, 10)
    small.encoderinfo = {"tiffinfo": {254: 1}}
    image().save(path, save_all=True, append_images=[small])
    with TiffImagePlugin.TiffImageFile(path) as saved_twice:
        saved_twice.seek(1)
        assert saved_twice.tag_v2[254] == 1
    assert probe(path).images_in_file == 1


def test_pages_in_a_circle_end() -> None:
    data = bytearray(saved("TIFF"))
    (place,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, place)
    struct.pack_into("<I", data, place + 2 + 12 * entries, place)
    assert probe(bytes(data)).images_in_file == 1


@pytest.mark.parametrize(("frames", "size"), [(1, (40, 30)), (7, (300, 200))])
def test_frames_of_a_gif_with_tables_of_their_own(frames: int, size: tuple[int, int]) -> None:
    noise = [Image.effect_noise(size, 100 + i).convert("P", palette=Image.Palette.ADAPTIVE) for i in range(frames)]
    out = io.BytesIO()
    durations = list(range(10, 10 + 10 * frames, 10))
    noise[0].save(out, "GIF", save_all=True, append_images=noise[1:], comment=b"x" * 300, duration=durations)
    out.seek(0)
    with GifImagePlugin.GifImageFile(out) as read:
        assert probe(out).images_in_file == read.n_frames == frames
    cut = probe(out.getvalue()[: -len(out.getvalue()) // 3])
    assert cut.size == size[::-1]


def test_a_jpeg_without_its_end_is_told() -> None:
    whole = saved("JPEG", exif=exif(6))
    assert not probe(whole).truncated
    for length in (len(whole) - 1, len(whole) - 2, len(whole) // 2 + 300):
        media = probe(whole[:length])
        assert (media.size, media.truncated) == ((HEIGHT, WIDTH), True)
        assert media.notes == ("the end of the file is missing; the count is that of the whole image",)


def test_a_jpeg_with_more_behind_its_end_is_whole() -> None:
    whole = saved("JPEG")
    for behind in (b"\0" * 2**21, b"\0\0\0\x18ftypmp42" + bytes(100), b"x"):
        assert not probe(whole + behind).truncated
    # the end of the small image in the EXIF data is not that of the image
    tags = b"Exif\0\0" + exif(6).tobytes().removeprefix(b"Exif\0\0") + whole
    assert probe(saved("JPEG", exif=tags)[:-2]).truncated


def test_the_end_may_lie_between_two_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved("JPEG") + b"behind"
    for piece in range(1, 9):
        monkeypatch.setattr("vtok.media.headers.jpeg._PIECE", piece)
        assert not probe(data).truncated


def test_several_images_in_one_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "a.mpo"
    image().save(path, save_all=True, append_images=[image(20, 10)])
    assert probe(path).size == (HEIGHT, WIDTH)


@pytest.mark.parametrize("size", [(2**31 - 1, 2**31 - 1), (30000, 20000), (1, 1)])
def test_sizes_have_no_limit(size: tuple[int, int]) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    assert probe(io.BytesIO(png(size=size))).size == size[::-1]
    assert limit == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("ending", EXACT)
def test_pillows_own_limit_is_neither_obeyed_nor_changed(monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    data = saved(FORMATS[ending])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 7)
    assert probe(io.BytesIO(data)).size == (HEIGHT, WIDTH)
    assert Image.MAX_IMAGE_PIXELS == 7


def test_a_huge_gif_is_not_allocated() -> None:
    screen = struct.pack("<HHBBB", 65535, 65534, 0, 0, 0)
    frame = b"!\xf9\x04\x08\0\0\0\0," + struct.pack("<HHHHB", 0, 0, 65535, 65534, 0)
    assert probe(io.BytesIO(b"GIF89a" + screen + frame + b"\x02\0;")).size == (65534, 65535)


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "image.mp4"
    path.write_bytes(saved("JPEG"))
    assert probe(path).format == "JPEG"


@pytest.mark.parametrize("ending", [ending for ending in EXACT if ending not in ("webp", "avif")])
def test_a_cut_body_still_has_a_size(ending: str) -> None:  # Pillow reads WebP and AVIF as a whole
    data = saved(FORMATS[ending])
    assert probe(io.BytesIO(data[: len(data) - 20])).size == (HEIGHT, WIDTH)


def test_heic_is_upright_as_its_reader_turns_it(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    path = tmp_path / "a.heic"
    heif.from_pillow(image()).save(path, exif=exif(6).tobytes())
    media = probe(path)
    assert media.format == "HEIF"
    with Image.open(io.BytesIO(heif_as_png(path))) as im:
        assert media.upright == im.size[::-1]


def heif_as_png(path: Path) -> bytes:
    import pillow_heif

    out = io.BytesIO()
    ImageOps.exif_transpose(pillow_heif.open_heif(path).to_pillow()).save(out, "PNG")
    return out.getvalue()


def test_heic_without_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MediaError, match=r"pip install vtok\[heif\]"):
        probe(io.BytesIO(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"))


# where it comes from


def test_sources_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(saved("JPEG"))
    expected = Media(size=Size(HEIGHT, WIDTH), format="JPEG", name=str(path))
    assert probe(str(path)) == probe(path) == expected
    with path.open("rb") as file:
        file.seek(5)
        assert probe(file) == expected
        assert file.tell() == 5
        assert not file.closed


def test_a_stream_that_cannot_seek() -> None:
    script = "import sys; from vtok.media import probe; print(*probe(sys.stdin.buffer).size)"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], input=saved("PNG"), capture_output=True, check=True
    )
    assert ran.stdout.split() == [b"30", b"40"]
    assert not ran.stderr


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"na\xffme.jpg")
    try:
        with open(path, "wb") as file:
            file.write(saved("JPEG"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert os.fsencode(probe(os.fsdecode(path)).name) == path


def test_threads_leave_pillow_and_the_warnings_as_they_were() -> None:
    data, filters, limit = saved("JPEG", exif=exif(6)), list(warnings.filters), Image.MAX_IMAGE_PIXELS
    start = threading.Barrier(8)

    def many(_: int) -> set[int]:
        start.wait()
        return {probe(io.BytesIO(data)).orientation for _ in range(50)}

    with ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(many, range(8))) == {6}
    assert list(warnings.filters) == filters
    assert limit == Image.MAX_IMAGE_PIXELS


def test_a_jpeg_loads_no_video_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(saved("JPEG", exif=exif(6)))
    script = (
        f"import sys, vtok.media as m; print('PIL' in sys.modules); m.probe({str(path)!r}); print('av' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert ran.stdout.split() == ["False", "False"]


# what is refused

BAD = {
    "empty": (b"", "the file is empty"),
    "text": ("größer\n".encode() * 20, "this is text"),
    "utf-16": ("hello".encode("utf-16"), "this is text"),
    "svg": (b'<?xml version="1.0"?>\n<svg width="9"/>', "vector image.*render it first"),
    "bare svg": (b"\xef\xbb\xbf <svg/>", "vector image.*render it first"),
    "pdf": (b"%PDF-1.7\n", "PDF.*name its pages"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0", "vector image"),
    "jxl": (b"\xff\x0a\0\0", "JPEG XL is not supported"),
    "jxl box": (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL is not supported"),
    "gzip": (b"\x1f\x8b\x08\0", "unpack it first"),
    "zip": (b"PK\x03\x04", "unpack it"),
    "binary": (bytes(range(256)) * 9, "neither an image nor a video"),
    "cut jpeg": (saved("JPEG")[:100], "JPEG header is damaged or cut off"),
    "cut png": (png()[:20], "PNG header is damaged or cut off"),
    "cut gif": (saved("GIF")[:9], "GIF header is damaged or cut off"),
    "cut webp": (saved("WEBP")[:30], "WEBP header is damaged or cut off"),
    "cut tiff": (saved("TIFF")[:6], "TIFF header is damaged or cut off"),
    "zero sides": (png(size=(0, 0)), "side of zero"),
    "a side of 400 digits": (
        b'/* XPM */\nstatic char *x[] = {\n"%s 5 1 1",\n"a c #fff",\n' % (b"2" * 400),
        "this is text",
    ),
    "a side beyond all limits": (png(size=(2**31 + 1, 5)), "a side of more than 2,147,483,648 pixels"),
    "zTXt bomb": (png(chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 2**26))), "PNG header is damaged"),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("as_path", [False, True])
def test_bad_files_say_what_is_wrong(tmp_path: Path, data: bytes, message: str, as_path: bool) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=message) as caught:
        probe(path if as_path else io.BytesIO(data))
    assert str(caught.value).isprintable()
    assert str(tmp_path) not in str(caught.value)


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", *(saved(form)[:40] for form in ("JPEG", "PNG", "GIF", "TIFF", "BMP"))]),
)
def test_noise_is_an_image_or_a_media_error(noise: bytes, start: bytes) -> None:
    try:
        message = str(probe(io.BytesIO(start + noise), "image").size)
    except MediaError as refused:
        message = str(refused)
    assert message.isprintable()


@pytest.mark.parametrize("ending", EXACT)
def test_a_still_image_is_no_video(ending: str) -> None:
    with pytest.raises(MediaError, match="one still image"):
        probe(io.BytesIO(saved(FORMATS[ending])), "video")


@pytest.mark.posix
def test_what_is_not_a_regular_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as unix:
        here = os.getcwd()
        os.chdir(tmp_path)  # the address of a socket must be short
        try:
            unix.bind("socket")
        finally:
            os.chdir(here)
    expected = {
        tmp_path / "pipe": "named pipe",
        tmp_path / "socket": "socket",
        tmp_path / "loop": "symbolic links",
        tmp_path: "directory",
        tmp_path / "missing": "no such file",
        Path(os.devnull): "device",
        tmp_path / ("x" * 300): "too long",
    }
    for path, message in expected.items():
        with pytest.raises(MediaError, match=message):
            probe(path)
    with pytest.raises(MediaError, match="NUL"):
        probe("a\0b")


@pytest.mark.posix
def test_permission_denied(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(saved("JPEG"))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(MediaError, match="permission denied"):
        probe(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0


def test_a_failing_disk() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if size:
                raise OSError(5, "Input/output error")
            return b""

    with pytest.raises(MediaError, match="input/output error"):
        probe(Failing(b"x"))


def test_wrong_use() -> None:
    with pytest.raises(MediaError, match="binary mode"):
        probe(io.StringIO("text"))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="kind"):
        probe("a.jpg", "picture")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="int"):
        probe(3)  # type: ignore[arg-type]
