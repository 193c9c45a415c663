"""Images and videos that are in memory already: Pillow images, numpy arrays, torch tensors.

They are recognised by what they are, and neither Pillow, numpy nor torch is imported for it: whoever passes one of
their objects has imported them.
"""

import sys
from operator import index
from typing import TYPE_CHECKING, Any, Literal

from vtok.errors import UsageError
from vtok.values import Kind, Media, Size

if TYPE_CHECKING:
    from typing import Protocol

    class Array(Protocol):
        """An array or tensor: whatever has a shape."""

        @property
        def shape(self) -> Any:
            """The length of each axis."""


Channels = Literal["first", "last"]

MOST_CHANNELS = 4
"""Grey, grey with alpha, colour, colour with alpha."""


def measure(source: Any, kind: Kind | None, *, channels: Channels | None, fps: float | None) -> Media:
    """The size of a Pillow image or of an array; the frames, too, of an array of four dimensions.

    Raises UsageError for anything else, and for arrays of which the axes are not clear.
    """
    if _is_pillow(source):
        if kind == "video" or channels is not None or fps is not None:
            raise UsageError("a Pillow image is one image; give its file to measure an animation as a video")
        width, height = source.size
        return _media(Size(height, width))
    shape = _shape(source)
    if channels not in (None, "first", "last"):
        raise UsageError(f"channels is {channels!r}; it can be 'first', 'last' or None")
    if len(shape) == 4:
        return _frames(shape, kind, channels=channels, fps=fps)
    if kind == "video" or fps is not None:
        raise UsageError(f"an array of shape {shape} is one image; the frames of a video have four dimensions")
    if len(shape) == 3:
        return _media(_size(shape, channels))
    if len(shape) == 2 and channels is None:
        return _media(Size(*shape))
    raise UsageError(f"an array of shape {shape} is no image; give (height, width), or three axes and channels")


def _is_pillow(source: object) -> bool:
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(source, pillow.Image)


def _shape(source: Any) -> tuple[int, ...]:
    try:
        return tuple(index(side) for side in source.shape)
    except (AttributeError, TypeError):
        taken = "a path, the bytes of a file, a binary file object, a Pillow image or an array"
        raise UsageError(f"cannot measure a {type(source).__name__}; give {taken}") from None


def _frames(shape: tuple[int, ...], kind: Kind | None, *, channels: Channels | None, fps: float | None) -> Media:
    """A video of an array's frames; several images look the same, so the caller has to say that it is a video."""
    if kind != "video":
        raise UsageError(f"an array of shape {shape} holds several images; give one at a time, or kind='video'")
    if fps is not None and not 0 < fps < float("inf"):
        raise UsageError(f"fps must be a number above 0, not {fps!r}")
    num_frames = shape[0]
    if num_frames < 1:
        raise UsageError(f"an array of shape {shape} holds no frame")
    duration = num_frames / fps if fps else None
    return _media(_size(shape[1:], channels), num_frames=num_frames, fps=fps, duration=duration)


def _size(shape: tuple[int, ...], channels: Channels | None) -> Size:
    """The size of an image of three axes, of which one holds the channels; never guessed."""
    if channels is None:
        raise UsageError(
            f"in an array of shape {shape} any axis may hold the channels; give channels='first' or channels='last'"
        )
    count, *sides = shape if channels == "first" else (shape[-1], *shape[:-1])
    if not 1 <= count <= MOST_CHANNELS:
        other = "last" if channels == "first" else "first"
        raise UsageError(f"channels={channels!r} gives {count} channels in {shape}; channels={other!r} may be meant")
    return Size(*sides)


def _media(size: Size, **video: Any) -> Media:
    if min(size) < 1:
        raise UsageError(f"a size of {size} has no pixels; both sides must be at least 1")
    return Media(size=size, **video)
