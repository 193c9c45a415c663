"""Images: size and orientation by Pillow, from the header alone.

Pillow's readers are called directly rather than by `Image.open`, which imports readers by the ending of the name and
refuses large images as decompression bombs: here nothing is decompressed, and a size may be as large as the format
can say.
"""

import logging
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, BinaryIO, TypeVar

from PIL import Image

from vtok.errors import MediaError
from vtok.media.extent import MOST_PAGES, is_truncated, num_images
from vtok.media.files import open_file, printable
from vtok.media.headers import limits, reading
from vtok.media.headers.gif import enlarged_screen
from vtok.media.headers.items import without_pixels
from vtok.media.headers.png import MOST_LATE_CHUNKS
from vtok.values import SIDE_LIMIT, Media, Orientation, Size

logging.getLogger("PIL").addHandler(logging.NullHandler())  # without a handler, Python prints what Pillow logs

_T = TypeVar("_T")

_READERS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "JPEG2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "QOI": ("PIL.QoiImagePlugin", "QoiImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIF": ("pillow_heif", "HeifImageFile"),
}

MOST_BYTES, _MOST_CALLS, _LONGEST_LINE = 48 * 2**20, 2**18, 2**16
"""Bytes that a reader of Pillow may read of a file, how often it may read, and the longest line of text.

Of AVIF and HEIF files all is read but coded images; all other headers are a thousand times shorter.
"""

_WANT_ALL = frozenset({"AVIF", "HEIF"})

_NO_IMAGES = frozenset({"BUFR", "GRIB", "HDF5", "MPEG", "PDF", "WMF"})
"""Formats that Pillow recognizes without reading them; the sizes it gives for some of them are made up."""

_IMAGE_WIDTH, _IMAGE_LENGTH, _ORIENTATION, _SUBFILE_TYPE = 0x0100, 0x0101, 0x0112, 0x00FE
_LATE_CHUNKS = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt"})


def measure(file: BinaryIO, form: str, name: str) -> Media:
    """Measure an image of a known format: stored size, orientation, number of images, whether its end is missing.

    The orientation is the one that Pillow's `ImageOps.exif_transpose` would apply: from EXIF, else from XMP. Raises
    MediaError if the header cannot be read.
    """
    limits.check(form, reading(file))
    reader = reader_of(form)
    try:
        with quiet:
            return _media(_opened(reader, file, form), file, name)
    except MediaError as error:
        raise MediaError(f"the {form} image cannot be measured: {error}; copy or export it as JPEG or PNG") from None
    except Exception as error:  # damaged files make Pillow raise nearly anything
        raise MediaError(_damaged(form, error)) from None


def measure_any(file: BinaryIO, name: str) -> Media | None:
    """Measure a file that may be an image of any format that Pillow reads; None if it is of none."""
    Image.init()
    prefix = file.read(16)
    with quiet:
        for form in Image.ID:
            if form not in _NO_IMAGES and (media := _attempt(form, prefix, file, name)):
                return media
    return None


def _attempt(form: str, prefix: bytes, file: BinaryIO, name: str) -> Media | None:
    reader, accepts = Image.OPEN[form]
    try:
        if accepts and accepts(prefix) is not True:
            return None
        if form == "ICO":
            return Media(size=_icon_size(file), format=form, name=name)
        return _media(_opened(reader, file, form), file, name)
    except Exception:  # each of some forty readers refuses in its own way
        return None


def _icon_size(file: BinaryIO) -> Size:
    """The size of the icon that Pillow would choose: of the largest in the file, the one of the least colours.

    Pillow decodes it to learn its size, whatever that is. Source: Pillow 13.0, src/PIL/IcoImagePlugin.py (`IcoFile`).
    """
    from PIL.IcoImagePlugin import IcoFile

    file.seek(0)
    largest = IcoFile(file).entry[0]
    file.seek(largest.offset)
    head = file.read(24)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", head, 16)
    elif struct.unpack_from("<I", head)[0] == 12:
        width, height = struct.unpack_from("<HH", head, 4)
        height //= 2  # below the image lies its mask
    else:
        width, height = struct.unpack_from("<ii", head, 4)
        height = abs(height) // 2
    if width < 1 or height < 1:
        raise ValueError("no size, or a side of zero")
    return Size(height, width)


def tiff_pages(path: str, numbers: frozenset[int]) -> dict[int, Media]:
    """These pages of a TIFF, by their numbers from 1 on, without smaller versions of other pages.

    Raises MediaError where one cannot be read.
    """
    pages: dict[int, Media] = {}
    try:
        with quiet, no_limit(), open_file(path) as file:
            im = reader_of("TIFF")(_Header(file))
            for number in _pages(im, max(numbers, default=0)):
                if number in numbers:
                    size, orientation = _stored_size(im), _orientation(im)
                    pages[number] = Media(size=size, orientation=orientation, format="TIFF", name=path, page=number)
    except MediaError:
        raise
    except Exception as error:
        raise MediaError(_damaged("TIFF", error)) from None
    return pages


def seek_page(im: Any, number: int) -> None:
    """Turn an opened file to a page, counted as `tiff_pages` does, or to a frame. Raises EOFError without it."""
    if im.format != "TIFF":
        im.seek(number - 1)
    elif number > 1 and number not in _pages(im, number):
        raise EOFError


def _pages(im: Any, last: int) -> Iterator[int]:
    """The numbers of a TIFF's pages up to the last one that is wanted; the file stands at each."""
    number = 0
    for index in range(MOST_PAGES):
        try:
            im.seek(index)
        except EOFError:
            return
        if not int(im.tag_v2.get(_SUBFILE_TYPE, 0)) & 1:
            number += 1
            yield number
        if number >= last:
            return


def reader_of(form: str) -> Any:
    """Pillow's class that reads a format. Raises MediaError if its package is not installed."""
    module, name = _READERS[form]
    try:
        return getattr(import_module(module), name)
    except ImportError:
        hint = "install its reader with 'pip install vtok[heif]'" if form == "HEIF" else "this Pillow lacks them"
        raise MediaError(f"{form} images cannot be read; {hint}, or convert the image to JPEG first") from None


def _opened(reader: Any, file: BinaryIO, form: str) -> Any:
    file.seek(0)
    kept = _Items(file) if form in _WANT_ALL else _Header(file)
    try:
        return reader(kept)
    except Image.DecompressionBombError:
        file.seek(0)
        if form == "GIF":  # Pillow would allocate the first frame
            return _Screen(file)
        with no_limit():
            return reader(kept)


class _Header:
    """A file of which a reader of Pillow may read so much, and that it cannot close.

    Some readers take a file byte by byte as far as it goes, or collect its segments in the square of their number. And
    some close a file that they refuse, although the next reader needs it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._bytes, self._calls = file, MOST_BYTES, _MOST_CALLS
        self.seek, self.tell = file.seek, file.tell

    def read(self, length: int = -1) -> bytes:
        """As a file's. Raises MediaError once too much was read."""
        return self._counted(self._file.read(length if 0 <= length <= self._bytes else self._bytes + 1))

    def readline(self, length: int = -1) -> bytes:
        """As a file's. Raises MediaError once too much was read."""
        return self._counted(self._file.readline(min(length, _LONGEST_LINE) if length >= 0 else _LONGEST_LINE))

    def _counted(self, data: bytes) -> bytes:
        self._bytes -= len(data)
        self._calls -= 1
        if self._bytes < 0:
            raise MediaError(f"its header is longer than {MOST_BYTES >> 20} MiB")
        if self._calls < 0:
            raise MediaError(f"its header has more than {_MOST_CALLS:,} parts")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        """Do nothing."""


class _Items(_Header):
    """An AVIF or HEIF file, whose readers take all of it at once: zeros stand in place of its coded images."""

    def read(self, length: int = -1) -> bytes:
        """As a file's. Raises MediaError once too much was read."""
        whole = length < 0 and self._file.tell() == 0
        cleared = without_pixels(reading(self._file), self._file.seek(0, 2), self._bytes) if whole else None
        if whole:
            self._file.seek(0)
        if not cleared:
            return super().read(length)
        data, kept = cleared
        self._bytes -= kept
        self._file.seek(0, 2)
        return data


class _Screen(Image.Image):
    """A GIF of which only the size was read."""

    format = "GIF"

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._size = enlarged_screen(reading(file), file.seek(0, 2))


def _media(im: Any, file: BinaryIO, name: str) -> Media:
    size = _stored_size(im)
    if not all(isinstance(side, int) and side > 0 for side in size):
        raise ValueError("no size, or a side of zero")
    if max(size) > SIDE_LIMIT:
        raise ValueError(f"a side of more than {SIDE_LIMIT:,} pixels")
    pixels_start = file.tell()
    return Media(
        size=size,
        orientation=_orientation(im),
        images_in_file=_unless_damaged(num_images, im, file, otherwise=1),
        truncated=im.format == "JPEG" and _unless_damaged(is_truncated, file, pixels_start, otherwise=False),
        format=im.format or "",
        name=name,
    )


def _unless_damaged(look: Callable[..., _T], *arguments: Any, otherwise: _T) -> _T:
    """The result of looking at the rest of the file, or `otherwise` if that is damaged; the size is good even then."""
    try:
        return look(*arguments)
    except Exception:  # offsets that lead nowhere, and all else that damaged files hold
        return otherwise


def _stored_size(im: Any) -> Size:
    """The stored size. Pillow's own `size` is the stored one, too, except for TIFF, which it turns."""
    width, height = (im.tag_v2[_IMAGE_WIDTH], im.tag_v2[_IMAGE_LENGTH]) if im.format == "TIFF" else im.size
    return Size(height, width)


def _orientation(im: Any) -> Orientation:
    """The EXIF orientation that Pillow would apply; 1 if the image states none, or nonsense."""
    try:
        if im.format == "PNG" and "exif" not in im.info:
            _read_late_chunks(im)
        value = Image.Image.getexif(im).get(_ORIENTATION)  # PngImageFile's own would decode the pixels
    except Exception:  # damaged metadata: the size is still good
        return 1
    return next((known for known in (2, 3, 4, 5, 6, 7, 8) if value == known), 1)


def _read_late_chunks(im: Any) -> None:
    """Let Pillow read the metadata behind the pixels of a PNG, jumping from chunk to chunk instead of decoding."""
    file, png = im.fp, im.png
    file.seek(im.tile[0].offset + png.im_idat + 4)
    for _ in range(MOST_LATE_CHUNKS):
        try:
            kind, start, length = png.read()
        except (SyntaxError, struct.error):  # the file ends without its last chunk
            return
        if kind == b"IEND" or (kind == b"fcTL" and im.is_animated):
            return
        if kind in _LATE_CHUNKS:
            png.call(kind, start, length)
        file.seek(start + length + 4)


def _damaged(form: str, error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"the {form} image is too large for this machine's memory"
    detail = printable(error)
    if "not identified by this driver" in detail:
        detail = "no size, or a side of zero"
    return f"the {form} header is damaged or cut off ({detail}); copy or export the image again"


@contextmanager
def no_limit() -> Iterator[None]:
    """Lift Pillow's limit on sizes, a global of the process, for the readers that check it themselves."""
    with _lock:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


class _Quiet:
    """Silence for Pillow's warnings about damaged metadata.

    `warnings.catch_warnings` restores the filters that it met, which may be another thread's silence. Therefore the
    first thread to enter silences warnings, and the last one to leave restores them.
    """

    def __init__(self) -> None:
        self._inside = 0
        self._lock = threading.Lock()
        self._saved = warnings.catch_warnings(action="ignore")

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._saved = warnings.catch_warnings(action="ignore")
                self._saved.__enter__()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._saved.__exit__(None, None, None)


_lock = threading.Lock()
quiet = _Quiet()
