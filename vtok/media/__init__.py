"""A file -> `Media`: what an image or video measures, from its header or container, never from its pixels.

The content decides what a file is, not the ending of its name: a video called `.jpg` is a video. `image` reads images
with Pillow, `video` reads videos with PyAV; each is loaded when the first such file is met, so that measuring a
photograph never costs the import of PyAV.
"""

import io
import os
import stat
from typing import BinaryIO, Literal

from vtok.errors import MediaError, UsageError
from vtok.values import Media

__all__ = ["Kind", "Source", "probe"]

Kind = Literal["image", "video"]
Source = str | bytes | os.PathLike[str] | os.PathLike[bytes] | BinaryIO

_HEAD = 512
"""Bytes looked at to tell what a file is."""

_MAGIC = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WEBP"),
    (0, b"GIF8", "GIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG2000"),
    (0, b"qoif", "QOI"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "EPS"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"PK\x03\x04", "zip"),
    (8, b"AVI ", "avi"),
    (0, b"FLV\x01", "flv"),
    (0, b"OggS", "ogg"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "asf"),
    (0, b"\0\0\x01\xba", "mpeg"),
    (0, b"\0\0\x01\xb3", "mpeg"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (4, b"free", "mov"),
    (4, b"skip", "mov"),
    (0, b"BM", "BMP"),
)

_IMAGES = frozenset({"JPEG", "PNG", "WEBP", "GIF", "TIFF", "JPEG2000", "QOI", "BMP", "AVIF", "HEIF"})
_VIDEOS = frozenset({"mp4", "mov", "mkv", "webm", "avi", "flv", "ogg", "asf", "mpeg", "mpegts"})
_ANIMATED = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
"""Images that may hold an animation, which `kind="video"` reads as a video."""

_REFUSED = {
    "JPEG XL": "JPEG XL is not supported; convert the image to JPEG or PNG first",
    "PDF": "this is a PDF document; render its pages to images first",
    "SVG": "this is a vector image (SVG) without pixels of its own; render it first",
    "EPS": "this is a vector image (PostScript) without pixels of its own; render it first",
    "gzip": "this is a compressed file (gzip); unpack it first",
    "zip": "this is an archive or document (zip); unpack it, or render its pages, first",
    "CR3": "this is a camera's raw image (CR3); export it as JPEG or PNG first",
}

_STILL = "this is one still image ({}), not a video; measure it as an image"

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})

_NO_REGULAR_FILE = (
    (stat.S_ISDIR, "this is a directory, not an image or video; name the files in it"),
    (stat.S_ISFIFO, "this is a named pipe, not a regular file; write its data to a file or to standard input"),
    (stat.S_ISSOCK, "this is a socket, not a regular file"),
)


def probe(source: Source, kind: Kind | None = None) -> Media:
    """Measure an image or video: pixels, EXIF orientation; for a video also frames, frames per second and seconds.

    `source` is a path or a binary file object, which is read from its start and left where it stood (one that cannot
    seek is read to its end). `kind="video"` reads an animated GIF, PNG, WebP or AVIF as a video; otherwise its first
    frame counts. `kind="image"` accepts images only. Raises MediaError, with the path left to the caller, for
    whatever cannot be measured.
    """
    if kind not in (None, "image", "video"):
        raise UsageError(f"kind is {kind!r}; it can be 'image', 'video' or None")
    if isinstance(source, (str, bytes, os.PathLike)):
        path = os.fspath(source)
        with open_file(path) as file:
            return _guarded(file, os.fsdecode(path), kind)
    if not hasattr(source, "read"):
        raise UsageError(f"cannot measure a {type(source).__name__}; give a path or a binary file object")
    return _probe_stream(source, kind)


def open_file(path: str | bytes) -> BinaryIO:
    """Open a regular file; anything else is refused before it is opened, for opening a pipe or a device may hang."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return open(path, "rb")
    except OSError as error:
        if "://" in os.fsdecode(path):
            raise MediaError("vtok downloads nothing; give the path of a file on this machine, or its size") from None
        raise MediaError(_reason(error)) from None
    except ValueError:
        raise MediaError("the name holds a NUL byte; no file can be called that") from None
    met = next((text for test, text in _NO_REGULAR_FILE if test(mode)), "this is a device, not a regular file")
    raise MediaError(met)


def _probe_stream(stream: BinaryIO, kind: Kind | None) -> Media:
    try:
        if isinstance(stream.read(0), str):
            raise MediaError("the file object was opened as text; open it in binary mode ('rb')")
        name = getattr(stream, "name", "")
        name = os.fsdecode(name) if isinstance(name, (str, bytes)) else ""
        if not getattr(stream, "seekable", bool)():
            return _guarded(io.BytesIO(stream.read()), name, kind)
        start = stream.tell()
    except OSError as error:
        raise MediaError(_reason(error)) from None
    try:
        stream.seek(0)
        return _guarded(stream, name, kind)
    finally:
        stream.seek(start)


def _guarded(file: BinaryIO, name: str, kind: Kind | None) -> Media:
    try:
        return _measure(file, name, kind)
    except OSError as error:  # the disk or network failed while reading
        raise MediaError(_reason(error)) from None


def _measure(file: BinaryIO, name: str, kind: Kind | None) -> Media:
    head = file.read(_HEAD)
    file.seek(0)
    if not head:
        raise MediaError("the file is empty")
    form = _sniff(head)
    if form in _REFUSED:
        raise MediaError(_REFUSED[form])
    if form in _IMAGES:
        return _image(file, form, name, kind)
    if form in _VIDEOS:
        return _video(file, form, name, kind)
    return _unknown(file, head, name, kind)


def _image(file: BinaryIO, form: str, name: str, kind: Kind | None) -> Media:
    from vtok.media import image

    media = image.measure(file, form, name)
    if kind != "video":
        return media
    if form not in _ANIMATED:
        raise MediaError(_STILL.format(form))
    from vtok.media import video

    animated = video.animate(media, file)
    if animated is None:
        raise MediaError(_STILL.format(form))
    return animated


def _video(file: BinaryIO, form: str, name: str, kind: Kind | None) -> Media:
    if kind == "image":
        raise MediaError(f"this is a video ({form}), not an image; measure it as a video, or extract a frame")
    from vtok.media import video

    return video.measure(file, form, name)


def _unknown(file: BinaryIO, head: bytes, name: str, kind: Kind | None) -> Media:
    """A file whose first bytes tell nothing: every format of Pillow is tried, then PyAV unless it is text.

    Text never reaches PyAV: a playlist could make it open other files.
    """
    from vtok.media import image

    media = image.measure_any(file, name)
    if media and kind == "video":
        raise MediaError(_STILL.format(media.format))
    if media:
        return media
    if _is_text(head):
        raise MediaError("this is text, not an image or video")
    if kind == "image":
        raise MediaError("this is not an image in any format known to Pillow; convert it to JPEG or PNG first")
    file.seek(0)
    return _video(file, "", name, kind)


def _sniff(head: bytes) -> str:
    """The format that the first bytes announce, or ""."""
    for offset, magic, form in _MAGIC:
        if head.startswith(magic, offset):
            return form
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "webm" if b"webm" in head[:64] else "mkv"
    if head[0] == 0x47 and head[188:189] == b"\x47":
        return "mpegts"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return "SVG" if start.startswith((b"<svg", b"<?xml", b"<!")) and b"<svg" in start else ""


def _brand(head: bytes) -> str:
    """The format of an ISO base media file, from its brands: AVIF and HEIC are built like mp4."""
    box = head[8 : int.from_bytes(head[:4], "big")]
    major, brands = box[:4], {box[i : i + 4] for i in range(0, len(box), 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if major in _HEIF_BRANDS:
        return "HEIF"
    return {b"crx ": "CR3", b"jxl ": "JPEG XL", b"qt  ": "mov"}.get(major, "mp4")


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)


def _reason(error: OSError) -> str:
    """What the system said, in one line and without the path."""
    return (error.strerror or "the file cannot be read").lower()
