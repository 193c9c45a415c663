"""Views of a whole image: stretched or padded to one size, or its middle cut out, and the steps to that."""

from vtok.geometry.canvases import centred, contained, floor_centred
from vtok.geometry.places import Patches, center_crop, scaled, whole_view
from vtok.geometry.resize import short_edge, stretch
from vtok.geometry.snapping import pad_to_multiple
from vtok.values import Box, Sampling, Size, Step, View


def fixed_view(
    original: Size, side: int, patches: Patches, *, crop_size: int | None = None
) -> tuple[tuple[Step, ...], View]:
    """An image stretched to a square or, with `crop_size`, the middle of it once its shorter side is `side`."""
    if crop_size is None:
        square = Size(side, side)
        return (stretch(original, square),), whole_view(original, square, patches)
    resize = short_edge(original, side)
    crop = Size(crop_size, crop_size)
    shown, kept = center_crop(resize.after, crop)
    cut = Step(name="crop", before=resize.after, after=crop, reason=_lost(resize.after, kept))
    view = whole_view(original, crop, patches, content=shown)
    return (resize, cut), view._replace(source=scaled(kept, resize.after, original))


def squared_view(original: Size, side: int, patches: Patches) -> tuple[tuple[Step, ...], View]:
    """An image padded to the square of its longer side, which is then stretched to `side`."""
    square, target = Size(max(original), max(original)), Size(side, side)
    reason = "to the square of the longer side, the image in the middle" if original != square else "square already"
    pad = Step(name="pad", before=original, after=square, reason=reason)
    content = scaled(floor_centred(original, square), square, target)
    return (pad, stretch(square, target)), whole_view(original, target, patches, content=content)


def centred_view(original: Size, resize: Step, patches: Patches) -> tuple[Step, View]:
    """A resized image padded to the square of its longer side."""
    square = Size(max(resize.after), max(resize.after))
    pad = Step(name="pad", before=resize.after, after=square, reason="to a square, the image in the middle")
    return pad, whole_view(original, square, patches, content=floor_centred(resize.after, square))


def padded_view(
    original: Size, resize: Step, patches: Patches, *, sampling: Sampling | None = None
) -> tuple[Step, View]:
    """A resized image, or each frame of a video, padded right and bottom to whole merged patches."""
    pad = pad_to_multiple(resize.after, patches.factor)
    return pad, whole_view(original, pad.after, patches, content=Box.of(resize.after), sampling=sampling)


def thumbnail(original: Size, side: int, patches: Patches) -> View:
    """The whole image beside its tiles, stretched to one of them."""
    return whole_view(original, Size(side, side), patches)._replace(kind="thumbnail")


def padded_thumbnail(original: Size, side: int, patches: Patches) -> tuple[Step, View]:
    """The whole image beside its tiles, padded to a square as Pillow pads it."""
    square = Size(side, side)
    content = centred(contained(original, square), square)
    step = Step(name="thumbnail", before=original, after=square, reason="the whole image, padded to one view")
    return step, whole_view(original, square, patches, content=content)._replace(kind="thumbnail")


def _lost(resized: Size, kept: Box) -> str:
    share = 1 - kept.width * kept.height / resized.area
    return f"the middle; {share:.1%} of the image is cut off" if share else "nothing is cut off"
