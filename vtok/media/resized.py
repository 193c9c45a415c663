"""Images written at another size, resized by the filter that a model resizes with."""

import os
from typing import IO, Any

from PIL import Image

from vtok.errors import UsageError
from vtok.media.pixels import decoded
from vtok.values import Media, Size

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
QUALITY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}
ORIENTATION = 0x0112


def format_of(path: str) -> str:
    """The format that the ending of a name stands for; UsageError where it is none that can be written."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in FORMATS:
        raise UsageError(f"{path}: what should be written is not clear; end the name in {' or '.join(FORMATS)}")
    return FORMATS[ending]


def write_resized(
    path: str, media: Media, file: IO[bytes], *, form: str, size: Size, turned: bool, resample: str
) -> str:
    """Write the image at `path` to `file` in this format and size; return what is missing of it, "" if nothing is.

    With `turned` it is written upright; otherwise the pixels stay as they are stored, with the orientation beside them.
    The colour profile is kept. Raises MediaError for an image that cannot be decoded.
    """
    if resample not in FILTERS:
        raise UsageError(f"resample {resample!r} is not one of {', '.join(FILTERS)}")
    pixels = decoded(path, media, turned=turned)
    image = pixels.image.resize((size.width, size.height), FILTERS[resample])
    image.info = {}  # Pillow would write a TIFF with the compression of the original, which may be for black and white
    exif = Image.Exif()
    if not turned and media.orientation != 1:
        exif[ORIENTATION] = media.orientation
    image.save(file, form, exif=exif.tobytes() if exif else b"", icc_profile=pixels.profile, **QUALITY.get(form, {}))
    return pixels.cut
