"""The resize that a user or a config may turn off, and what a model takes of an image at its own size."""

from typing import cast

from vtok.errors import UnsupportedSizeError
from vtok.geometry.snapping import as_it_is, smart_resize
from vtok.parts.family import Family, family, option
from vtok.values import Size, Step, View


@family
class OptionalResize(Family):
    """A family whose image processor resizes images unless it is told not to."""

    do_resize: bool = option(default=True, text="resize images; false takes them as they are")


@family
class OptionalVideoResize(OptionalResize):
    """A family whose video processor may leave out its resize, too."""

    video_do_resize: bool = option(default=True, text="resize the frames of videos; false takes them as they are")


def resizes(family: OptionalResize, *, video: bool) -> bool:
    """Whether images, or the frames of videos, are resized."""
    return family.video_do_resize if video and isinstance(family, OptionalVideoResize) else family.do_resize


def pixel_limits(family: Family, *, video: bool) -> tuple[int, int]:
    """The least and the most pixels.

    A video has `video_min_pixels` and `video_max_pixels`. Where one of them is None, or the user set only its namesake
    for images, that namesake holds for videos, too.
    """

    def limit(name: str) -> int:
        for_videos = f"video_{name}"
        shared = not video or (name in family.asked and for_videos not in family.asked)
        value: int | None = None if shared else getattr(family, for_videos)
        return cast("int", getattr(family, name)) if value is None else value

    return limit("min_pixels"), limit("max_pixels")


def snapped(
    family: OptionalResize, size: Size, *, factor: int, video: bool = False, max_pixels: int | None = None
) -> Step:
    """Both sides rounded to multiples of `factor` within the limits of pixels; the image as it is without its resize.

    `max_pixels` stands for the family's own limit.
    """
    if not resizes(family, video=video):
        return as_it_is(size, factor=factor)
    least, most = pixel_limits(family, video=video)
    return smart_resize(size, factor=factor, min_pixels=least, max_pixels=max_pixels or most)


def check_side(family: OptionalResize, view: View, side: int, *, video: bool = False) -> None:
    """Raise UnsupportedSizeError for an image that is not resized and no square of that side, which alone is taken."""
    if not resizes(family, video=video) and view.size != Size(side, side):
        raise _refusal(view.size, f"{side}x{side} only")


def check_within(family: OptionalResize, size: Size, box: Size) -> None:
    """Raise UnsupportedSizeError for an image that is not resized and exceeds the box to which it is padded."""
    if not family.do_resize and (size.height > box.height or size.width > box.width):
        raise _refusal(size, f"at most {box}")


def check_patches(family: OptionalResize, view: View, side: int) -> None:
    """Raise UnsupportedSizeError for an image that is not resized and has other patches than a square of that side.

    The encoder drops pixels at the right and bottom that fill no patch, and has positions for these patches alone.
    Upstream: transformers 5.23, models/siglip/modeling_siglip.py, SiglipVisionEmbeddings.
    """
    patches = side // view.patch_size
    if not family.do_resize and view.grid[1:] != (patches, patches):
        raise _refusal(view.size, f"{patches} x {patches} patches only, such as those of {side}x{side}")


def _refusal(size: Size, takes: str) -> UnsupportedSizeError:
    return UnsupportedSizeError(
        f"{size} is not resized (do_resize false), and the model takes {takes}; resize it yourself"
    )
