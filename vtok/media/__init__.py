"""A file -> `Media`: the sizes of an image or video, from its header or container, never from its pixels.

The content decides what a file is, not the ending of its name: a video called `.jpg` is a video. `headers` reads plain
JPEG, PNG, WebP and GIF files, `image` reads all other images with Pillow, `video` reads videos with PyAV, `memory`
takes what is in memory already. Each is loaded when the first such input is met, so that measuring a photograph costs
the import of neither Pillow nor PyAV.

A file may hold anything, and the readers below may raise anything over it. `probe` turns all of that into MediaError:
one hostile file never ends a batch.
"""

import os
from typing import TYPE_CHECKING, BinaryIO, cast

from vtok.errors import MediaError, UsageError, VtokError
from vtok.media import headers
from vtok.media.files import is_file, opened, printable, reason
from vtok.values import Kind, Media, Size

if TYPE_CHECKING:
    from PIL.Image import Image

    from vtok.media.files import File
    from vtok.media.headers.window import Facts
    from vtok.media.memory import Array, Channels
    from vtok.values import Orientation

    Source = File | Image | Array

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
    (0, b"ID3", "sound"),
    (0, b"fLaC", "sound"),
    (8, b"WAVE", "sound"),
    *((0, bytes((0xFF, second)), "sound") for second in (0xF1, 0xF2, 0xF3, 0xF9, 0xFA, 0xFB)),  # AAC, MP3
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
"""Formats of images that may hold an animation, which `kind="video"` reads as a video."""

_REFUSED = {
    "JPEG XL": "JPEG XL is not supported; convert the image to JPEG or PNG first",
    "sound": "the file has no video, only sound",
    "PDF": "this is a PDF document; give a file whose name ends in .pdf, or name its pages, as FILE[1-5]",
    "SVG": "this is a vector image (SVG) without pixels of its own; render it first",
    "EPS": "this is a vector image (PostScript) without pixels of its own; render it first",
    "gzip": "this is a compressed file (gzip); unpack it first",
    "zip": "this is an archive or document (zip); unpack it, or render its pages, first",
    "CR3": "this is a camera's raw image (CR3); export it as JPEG or PNG first",
}

_IMAGES_OF_TEXT = (*(b"P%c" % kind for kind in b"1234567fFy"), b"#define", b"/*", b"SIMPLE  =", b"Image type: ")
"""How images begin that are written as text: PPM and its relatives, XBM, XPM, FITS and IM."""

_STILL = "this is one still image ({}), not a video; measure it as an image"

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def probe(
    source: "Source", kind: Kind | None = None, *, channels: "Channels | None" = None, fps: float | None = None
) -> Media:
    """Measure an image or video: width and height in pixels, EXIF orientation; frames, fps and seconds of a video.

    `source` is a path, the bytes of a file, a binary file object, a Pillow image, or an array or tensor. A file object
    is read from its start and left where it stood (one that cannot seek is read to its end). `kind="video"` reads an
    animated GIF, PNG, WebP or AVIF as a video; otherwise its first frame counts. `kind="image"` accepts images only.

    An array of two dimensions is (height, width). One of three also has channels: `channels` "first" means (channels,
    height, width), "last" (height, width, channels). Four dimensions are the frames of a video and need `kind="video"`;
    `fps` is its frame rate. A Pillow image counts as it is: its EXIF orientation is not looked at, as transformers does
    not turn one either.

    Raises MediaError for what cannot be measured (the message does not name the file), UsageError for other arguments.
    """
    if kind not in (None, "image", "video"):
        raise UsageError(f"kind is {kind!r}; it can be 'image', 'video' or None")
    if not is_file(source):
        from vtok.media import memory

        return memory.measure(source, kind, channels=channels, fps=fps)
    if channels is not None or fps is not None:
        raise UsageError("channels and fps describe arrays; a file says them itself")
    if kind != "video" and isinstance(source, (str, os.PathLike)) and (facts := headers.of_path(source)):
        return media_of(facts, _name(source))
    with opened(source) as file:
        return _guarded(file, _name(source), kind)


def media_of(facts: "Facts", name: str) -> Media:
    """What a header says as a Media."""
    return Media(
        size=Size(facts.height, facts.width),
        orientation=cast("Orientation", facts.orientation),
        images_in_file=facts.images,
        truncated=facts.truncated,
        format=facts.format,
        name=name,
    )


def _name(source: object) -> str:
    """The name of a file: its path, or what a file object calls it; empty where it has none."""
    name = source if isinstance(source, (str, os.PathLike)) else getattr(source, "name", "")
    return os.fsdecode(name) if isinstance(name, (str, bytes, os.PathLike)) else ""


def _guarded(file: BinaryIO, name: str, kind: Kind | None) -> Media:
    """Measure a file; MediaError for whatever its readers raise, and for sizes and times that cannot be."""
    try:
        return _sound(_measure(file, name, kind))
    except VtokError:
        raise
    except OSError as error:  # the disk or network failed while reading
        raise MediaError(reason(error)) from None
    except MemoryError:
        raise MediaError("the file needs more memory than this machine has") from None
    except Exception as error:
        raise MediaError(f"the file is damaged, and its reader failed: {printable(error)}") from None


def _sound(media: Media) -> Media:
    """The same Media if its numbers can be true."""
    if not all(isinstance(side, int) and side > 0 for side in media.size):
        raise MediaError("the file states no size, or a side of zero; copy or export it again")
    return media


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
    facts = headers.of_file(file)
    if facts:
        media = media_of(facts, name)
    else:
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

    is_text = _is_text(head)
    media = None if is_text and not head.startswith(_IMAGES_OF_TEXT) else image.measure_any(file, name)
    if media and kind == "video":
        raise MediaError(_STILL.format(media.format))
    if media:
        return media
    if is_text:
        raise MediaError("this is text, not an image or video")
    if head.startswith(b"GGUF"):
        raise MediaError("this is a GGUF file, which is a model and not an image or video; name it with -m")
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
