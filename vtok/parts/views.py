"""Views of the whole image: stretched, cropped or padded to one size, with the steps that lead to that size."""

from vtok.geometry.canvases import centred, contained, floor_centred
from vtok.geometry.places import Patches, center_crop, scaled, whole_view
from vtok.geometry.resize import short_edge, stretch
from vtok.geometry.snapping import pad_to_multiple
from vtok.values import Box, Sampling, Size, Step, View


def fixed_view(
    original: Size, side: int, patches: Patches, *, crop_size: int | None = None
) -> tuple[tuple[Step, ...], View]:
    """The image stretched to a square of `side`.

    With `crop_size`, its shorter side is resized to `side` instead, and the middle of the result is cut out.
    """
    if crop_size is None:
        square = Size(side, side)
        return (stretch(original, square),), whole_view(original, square, patches)
    resize = short_edge(original, side)
    crop = Size(crop_size, crop_size)
    content, kept = center_crop(resize.after, crop)
    cut = Step(name="crop", before=resize.after, after=crop, reason=_loss(resize.after, kept))
    view = whole_view(original, crop, patches, content=content)
    return (resize, cut), view._replace(source=scaled(kept, resize.after, original))


def squared_view(original: Size, side: int, patches: Patches) -> tuple[tuple[Step, ...], View]:
    """The image padded to the square of its longer side, which is then resized to `side`."""
    square, target = Size(max(original), max(original)), Size(side, side)
    pad = _pad_to_square(original)
    content = scaled(floor_centred(original, square), square, target)
    return (pad, stretch(square, target)), whole_view(original, target, patches, content=content)


def centred_view(original: Size, resize: Step, patches: Patches) -> tuple[Step, View]:
    """A resized image padded to the square of its longer side."""
    pad = _pad_to_square(resize.after)
    content = floor_centred(resize.after, pad.after)
    return pad, whole_view(original, pad.after, patches, content=content)


def _pad_to_square(size: Size) -> Step:
    side = max(size)
    missing = side - min(size)
    reason = (
        f"{missing:,} pixels of padding make it a square, the image in the middle" if missing else "a square already"
    )
    return Step(name="pad", before=size, after=Size(side, side), reason=reason)


def padded_view(
    original: Size, resize: Step, patches: Patches, *, sampling: Sampling | None = None
) -> tuple[Step, View]:
    """A resized image, or each frame of a video, padded at the right and bottom to whole merged patches."""
    pad = pad_to_multiple(resize.after, patches.factor)
    return pad, whole_view(original, pad.after, patches, content=Box.of(resize.after), sampling=sampling)


def thumbnail(original: Size, side: int, patches: Patches) -> View:
    """The view of the whole image beside its tiles, stretched to the size of a tile."""
    return whole_view(original, Size(side, side), patches)._replace(kind="thumbnail")


def padded_thumbnail(original: Size, side: int, patches: Patches) -> tuple[Step, View]:
    """The view of the whole image beside its tiles, padded to a square as Pillow's ImageOps.pad does."""
    square = Size(side, side)
    resized = contained(original, square)
    reason = f"the whole image at {resized}, padded to one view of {square}"
    step = Step(name="thumbnail", before=original, after=square, reason=reason)
    return step, whole_view(original, square, patches, content=centred(resized, square))._replace(kind="thumbnail")


def _loss(resized: Size, kept: Box) -> str:
    share = 1 - kept.width * kept.height / resized.area
    middle = f"the middle of {resized} is cut out"
    return f"{middle}; {share:.1%} of the image is lost" if share else f"{middle}; nothing is lost"
