"""Pixels in the page: a photo's own bytes where a browser can show them, else JPEGs that are small enough."""

from base64 import b64encode
from io import BytesIO
from math import sqrt
from typing import TYPE_CHECKING, Any

from vtok.values import Media, Size

if TYPE_CHECKING:
    from PIL import Image

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "AVIF": "image/avif"}
"""The formats that browsers show, with their media types."""

MOST_PIXELS = 2**26
"""Most pixels of a photo that is embedded as it is: browsers decode larger ones slowly, or not at all."""

SHARE, ALLOWANCE = 1.5, 150_000
"""Images in the page may be so many times as large as the file, and larger by so many bytes."""

BASE64 = 4 / 3
"""Characters that a byte takes in the page."""

QUALITIES = (88, 80, 70)
"""Qualities of JPEG, tried in this order before the image is made smaller."""


def room(file_bytes: int) -> int:
    """The bytes that images made of a file may have in the page."""
    return int((SHARE * file_bytes + ALLOWANCE) / BASE64)


def is_shown(media: Media, data: bytes) -> bool:
    """Whether browsers show this file as vtok counts it: its only image, whole, turned as EXIF says.

    Browsers read the orientation of a JPEG from its EXIF data alone.
    """
    upright = media.orientation == 1 or (media.format == "JPEG" and b"Exif\0\0" in data[:65536])
    whole = not media.truncated and media.images_in_file == 1
    return media.format in TYPES and upright and whole and media.size.area <= MOST_PIXELS


def as_it_is(media: Media, data: bytes) -> dict[str, Any]:
    """A photo with the file's own bytes. `turns` says that browsers turn it as its EXIF orientation says."""
    return {"src": _data_url(TYPES[media.format], data), **({"turns": True} if media.orientation != 1 else {})}


def encoded(image: "Image.Image", *, most: int) -> dict[str, Any]:
    """A photo as a JPEG of at most so many bytes, made smaller until it is."""
    data = _jpeg(image, QUALITIES[0])
    for quality in QUALITIES[1:]:
        if len(data) > most:
            data = _jpeg(image, quality)
    while len(data) > most and max(image.size) > 16:
        scale = min(0.9, sqrt(most / len(data)))
        image = image.resize([max(1, round(side * scale)) for side in image.size])
        data = _jpeg(image, QUALITIES[-1])
    return {"src": _data_url("image/jpeg", data)}


def length(photo: dict[str, Any]) -> int:
    """The bytes that a photo, or the frames of a video, take in the page."""
    return sum(map(len, (photo.get("src", ""), *photo.get("frames", {}).values())))


def smaller(size: Size, *, longest: int | None = None, area: int | None = None) -> Size:
    """A size reduced to a longest side, and to an area, in pixels."""
    scale = min(1.0, longest / max(size) if longest else 1.0, sqrt(area / size.area) if area else 1.0)
    return Size(max(1, round(size.height * scale)), max(1, round(size.width * scale)))


def _jpeg(image: "Image.Image", quality: int) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(data).decode()}"
