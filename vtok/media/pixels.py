"""Decoded pixels, for what is drawn: images no larger than needed, frames of videos by seeking.

The rest of this package reads headers only; this module takes time and memory.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from PIL import ExifTags, Image, ImageFile

from vtok.errors import MediaError
from vtok.media.files import opened, printable
from vtok.media.image import no_limit, quiet, reader_of, seek_page
from vtok.media.pages import rendered
from vtok.values import Media, Orientation, Size

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from vtok.media.files import File

MOST_PIXELS = 2**26
"""Most pixels that are decoded of one image: its decoder and its colours take at most 2 GB."""

_TURNS: dict[Orientation, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_BACK: dict[Orientation, Orientation] = {6: 8, 8: 6}
"""The orientation that undoes another one; all others undo themselves."""

_SCALED = ("JPEG", "MPO")
"""Formats that can be decoded at a half, a quarter or an eighth of their size."""

_MISSING = (128, 128, 128)
"""Grey, for the part of a cut image that never came."""


Place = tuple[int, int, int, int]
"""Left, top, right and bottom, in whole pixels."""


class Ground(NamedTuple):
    """A page of one colour, and the place on it for an image, within a pixel of the image's size."""

    size: Size
    colour: tuple[int, int, int]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """A decoded image, RGB. `size` is that of the whole image before any reduction; `cut` says what is missing.

    `place` says that `image` is the ground that was given, and where the image lies on it.
    """

    image: Image.Image
    size: Size
    cut: str = ""
    profile: bytes | None = None
    place: Place | None = None


def decoded(
    source: "File", media: Media, *, needed: Size | None = None, turned: bool, ground: Ground | None = None
) -> Pixels:
    """The pixels of an image at `needed` size or above, at its own size where None is given.

    A JPEG is decoded at the least of its scales that is large enough, all else in full. `turned` applies the stored
    orientation. Of an image that is cut off, what can be decoded is returned. An image is decoded right onto `ground`
    where it fits there as it is. Raises MediaError for what cannot be decoded, or would take too much memory.
    """
    if media.format == "PDF":
        return _page(source, media, needed)
    _refuse_large(media)
    turn = _TURNS.get(media.orientation) if turned else None
    wanted = needed.turned if needed and turn and media.orientation >= 5 else needed
    silence = _silent() if media.format == "TIFF" else nullcontext()
    with _decoding(), opened(source) as file, no_limit(), silence:
        image = _image(file, media.format)
        if media.page > 1:
            seek_page(image, media.page)
        if "progressive" in image.info:
            _refuse_large_progressive(image)
        if wanted and image.format in _SCALED:
            image.draft("RGB", (wanted.width, wanted.height))
        if image.width * image.height > MOST_PIXELS:
            _reduce_or_refuse(image)
        place = _spread(image, ground) if ground and turn is None and _fits(image, ground) else None
        cut = _load(image)
        if ground and place:
            _surround(image, ground.colour, place)
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
        colours = _rgb(image.copy() if cut else image)  # a TIFF that is cut off tells another size than it has
        if image.format == "TIFF" and _is_turned(image, cut):
            turn = None if turned else _TURNS.get(_BACK.get(media.orientation, media.orientation))
        if turn is not None:
            colours = colours.transpose(turn)
    size = media.upright if turned else media.size
    return Pixels(image=colours, size=size, cut=cut, profile=profile, place=place)


def _fits(image: ImageFile.ImageFile, ground: Ground) -> bool:
    """Whether the image has the size of its place, and a decoder that can put it anywhere."""
    left, top, right, bottom = ground.place
    is_plain = image.format == "JPEG" and image.mode == "RGB" and len(image.tile) == 1
    return is_plain and abs(image.width - (right - left)) <= 1 and abs(image.height - (bottom - top)) <= 1


def _spread(image: ImageFile.ImageFile, ground: Ground) -> Place:
    """Have an image decoded right onto a larger page; where it will lie on it.

    To touch fresh memory costs as much as to decode, so there is one large image and not two. Upstream: Pillow's
    documentation, "Writing your own image plugin": a tile says where on the image its pixels go.
    """
    left, top, _, _ = ground.place
    place = (left, top, left + image.width, top + image.height)
    image.tile = [tile._replace(extents=place) for tile in image.tile]
    image._size = (ground.size.width, ground.size.height)
    return place


def _surround(image: Image.Image, colour: tuple[int, int, int], place: Place) -> None:
    """Paint all but this place."""
    left, top, right, bottom = place
    width, height = image.size
    for around in ((0, 0, width, top), (0, top, left, bottom), (right, top, width, bottom), (0, bottom, width, height)):
        image.paste(colour, around)


def _page(source: "File", media: Media, needed: Size | None) -> Pixels:
    """The pixels of a page of a PDF, rendered at `needed` size, or at its own."""
    size = needed or media.size
    if size.area > MOST_PIXELS:
        raise _too_large(str(size))
    if isinstance(source, (str, os.PathLike)):
        return Pixels(image=rendered(os.fsdecode(source), media, size), size=media.size)
    with opened(source) as file, NamedTemporaryFile(suffix=".pdf") as copy:  # PDFium runs in a process of its own
        copy.write(file.read())
        copy.flush()
        return Pixels(image=rendered(copy.name, media, size), size=media.size)


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn whatever Pillow and PyAV raise over damaged pixels into MediaError, and silence their warnings."""
    try:
        with quiet:
            yield
    except MediaError:
        raise
    except MemoryError:
        raise MediaError("too large for this machine's memory; make it smaller first") from None
    except Exception as error:
        raise MediaError(f"cannot be decoded ({printable(error)}); copy or export the file again") from None


@contextmanager
def _silent() -> Iterator[None]:
    """Send what C writes to standard error nowhere: libtiff reports there what it thinks of a file."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _image(file: BinaryIO, form: str) -> ImageFile.ImageFile:
    # Pillow knows HEIF only by a plug-in, which would have to be registered for the whole process.
    return cast("ImageFile.ImageFile", reader_of(form)(file)) if form == "HEIF" else Image.open(file)


def _reduce_or_refuse(image: ImageFile.ImageFile) -> None:
    """A JPEG can be decoded at an eighth of its size; nothing else can."""
    full = f"{image.width}x{image.height}"
    if image.format in _SCALED:
        image.draft("RGB", (image.width // 8, image.height // 8))
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(full)


def _refuse_large(media: Media) -> None:
    """Refuse what is decoded in full, before it is opened: Pillow decodes icons as it opens them."""
    if media.format not in _SCALED and media.size.area > MOST_PIXELS:
        raise _too_large(str(media.size))


def _refuse_large_progressive(image: ImageFile.ImageFile) -> None:
    """A progressive JPEG is decoded in full before it is scaled."""
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(f"{image.width}x{image.height}")


def _too_large(size: str) -> MediaError:
    limit = f"{MOST_PIXELS / 1e6:,.0f} megapixels"
    return MediaError(f"{size} is too large to be drawn: more than {limit} would be decoded; make it smaller first")


def _load(image: ImageFile.ImageFile) -> str:
    """Decode; what is missing, in a few words, where the file ends too early."""
    try:
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        # What was decoded until then is there already; without tiles to go Pillow takes it for the image.
        if getattr(image, "_im", None) is None or image.im.getbbox() is None:
            raise MediaError(f"cannot be decoded ({printable(error)}); copy or export the file again") from None
        image.tile = []
        _, _, _, bottom = image.im.getbbox() or (0, 0, 0, 0)
        image.paste(_MISSING if image.mode == "RGB" else 128, (0, bottom, *image.im.size))
        return "the file is cut off; what is missing is grey"
    return ""


def _is_turned(image: Image.Image, cut: str) -> bool:
    """Whether Pillow turned a TIFF: where it is whole, and where libtiff decoded what there is of it."""
    return not cut or ExifTags.Base.Orientation not in image.getexif()


def _rgb(image: Image.Image) -> Image.Image:
    """Eight bits of red, green and blue; what is transparent lies on white."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if image.mode == "F":
        return image.convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        clear = image if image.mode == "RGBA" else image.convert("RGBA")
        ground = Image.new("RGB", clear.size, (255, 255, 255))
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    if image.mode == "RGB":
        return image
    return image.convert("RGB")


_MANY_PIXELS = 2**23
"""Pixels of a frame from which two threads decode: a frame of 8K takes up to 300 MB in each."""


def frames(
    source: "File", media: Media, indices: Iterable[int], *, needed: Size | None = None, turned: bool
) -> dict[int, Image.Image]:
    """Frames of a video by their index, RGB, at `needed` size or the video's, without those that cannot be decoded.

    Seeks to the key frame before each. Raises MediaError where there is nothing to decode.
    """
    wanted = sorted(set(indices))
    _refuse_large(media)
    turn = _TURNS.get(media.orientation) if turned else None
    size = needed.turned if needed and turn is not None and media.orientation >= 5 else needed
    with _decoding(), opened(source) as file:
        is_animation = media.format in ("WEBP", "GIF", "PNG")
        images = _animation(file, wanted) if is_animation else _decoded(file, media, wanted, size)
    if not images:
        raise MediaError("none of these frames can be decoded; copy or convert the video again")
    return {index: image.transpose(turn) if turn is not None else image for index, image in images.items()}


def _animation(file: BinaryIO, wanted: Iterable[int]) -> dict[int, Image.Image]:
    """Frames of an animated image, each drawn over those before it."""
    image = _image(file, "")
    images: dict[int, Image.Image] = {}
    for index in wanted:
        try:
            image.seek(index)
            images[index] = _rgb(image.copy())
        except Exception:  # the frames behind a damaged one build on it
            break
    return images


def _decoded(file: BinaryIO, media: Media, wanted: list[int], size: Size | None) -> dict[int, Image.Image]:
    from vtok.media import video

    with video.open_video(file, media.format) as container:
        stream = video.first_stream(container)
        stream.thread_type = "AUTO"
        if media.size.area > _MANY_PIXELS:
            stream.codec_context.thread_count = 2  # each decodes a frame of its own
        stream.codec_context.options = {"max_pixels": str(video.MOST_PIXELS)}  # a frame may state another size
        times = _times(container, stream)
        return dict(_by_time(container, stream, {times[i]: i for i in wanted if i < len(times)}, size))


def _times(container: "InputContainer", stream: "VideoStream") -> list[int]:
    """When each frame is shown, in ticks of the stream, by reading its packets without decoding any."""
    import av

    times = []
    try:
        for packet in container.demux(stream):
            if not packet.is_discard and packet.pts is not None:
                times.append(packet.pts)  # noqa: PERF401 - what came before an error is kept
    except (av.FFmpegError, IndexError):
        pass  # cut off, or a stream begins late: what came before counts
    return sorted(times)


def _by_time(
    container: "InputContainer", stream: "VideoStream", wanted: dict[int, int], size: Size | None
) -> Iterator[tuple[int, Image.Image]]:
    """The frames shown at these times. A seek where the next one is more than a second off, else decoding goes on."""
    import av

    second = 1 / float(stream.time_base or 1)
    left = sorted(wanted)
    while left:
        before = len(left)
        try:
            container.seek(left[0], stream=stream)
            for frame in container.decode(stream):
                if frame.pts is None or frame.pts < left[0]:
                    continue
                while left and left[0] <= frame.pts:
                    yield wanted[left.pop(0)], _to_image(frame, size)
                if not left or left[0] - frame.pts > second:
                    break
        except (av.FFmpegError, IndexError):
            pass
        if len(left) == before:
            left.pop(0)


def _to_image(frame: "VideoFrame", size: Size | None) -> Image.Image:
    shape = {"width": size.width, "height": size.height} if size else {}
    image: Image.Image = frame.to_image(**shape)  # type: ignore[no-untyped-call]
    return image


def missing(size: Size) -> Image.Image:
    """What stands for a frame that cannot be decoded: plain grey."""
    return Image.new("RGB", (size.width, size.height), _MISSING)
