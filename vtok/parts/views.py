"""Views of the whole image: stretched, cropped or padded to one size, with the steps that lead to that size."""

from collections.abc import Callable

from vtok.geometry.canvases import centred, contained, floor_centred
from vtok.geometry.places import Patches, center_crop, scaled, whole_view
from vtok.geometry.resize import short_edge, stretch
from vtok.geometry.snapping import not_resized, pad_to_multiple
from vtok.parts.family import Family
from vtok.values import Box, Layout, Media, Sampling, Size, Span, Step, View

Cutting = Callable[[Size, Size], tuple[Box, Box]]
"""From the sizes of an image and of the cut: the box of the image in the cut, and the part that it shows."""


def fixed_view(
    original: Size,
    side: int,
    patches: Patches,
    *,
    crop_size: int | None = None,
    keep_aspect: bool | None = None,
    do_resize: bool = True,
    cutting: Cutting = center_crop,
) -> tuple[tuple[Step, ...], View]:
    """The image stretched to a square of `side` or, with `keep_aspect`, its shorter side resized to `side`.

    Then the middle of it is cut out by `cutting`, a square of `crop_size`; None takes all of it. If `keep_aspect` is
    None, the aspect ratio is kept if the middle is cut out. Upstream: transformers 5.23, image_processing_backends.py,
    PilBackend._preprocess.
    """
    if not do_resize:
        resize = not_resized(original)
    elif crop_size is not None if keep_aspect is None else keep_aspect:
        resize = short_edge(original, side)
    else:
        resize = stretch(original, Size(side, side))
    if crop_size is None:
        return (resize,), whole_view(original, resize.after, patches)
    crop = Size(crop_size, crop_size)
    content, kept = cutting(resize.after, crop)
    cut = Step(name="crop", before=resize.after, after=crop, reason=_loss(resize.after, kept))
    view = whole_view(original, crop, patches, content=content)
    return (resize, cut), view._replace(source=scaled(kept, resize.after, original))


def squared_view(
    original: Size, side: int, patches: Patches, *, crop_size: int | None = None, do_resize: bool = True
) -> tuple[tuple[Step, ...], View]:
    """The image padded to the square of its longer side, which is then resized to `side`.

    Then the middle of it is cut out, a square of `crop_size`; None takes all of it. Upstream: transformers 5.23,
    models/llava/image_processing_llava.py, _preprocess.
    """
    square = Size(max(original), max(original))
    pad = _pad_to_square(original)
    done, view = fixed_view(square, side, patches, crop_size=crop_size, keep_aspect=False, do_resize=do_resize)
    image, source, content = floor_centred(original, square), view.source, view.content
    kept = Box(
        max(image.left, source.left), max(image.top, source.top),
        min(image.right, source.right), min(image.bottom, source.bottom),
    )  # fmt: skip
    scale = content.width / source.width
    left, top = content.left - source.left * scale, content.top - source.top * scale
    return (pad, *done), view._replace(
        content=Box(
            left + kept.left * scale, top + kept.top * scale, left + kept.right * scale, top + kept.bottom * scale
        ),
        source=Box(kept.left - image.left, kept.top - image.top, kept.right - image.left, kept.bottom - image.top),
    )


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


def square_layout(
    family: Family,
    media: Media,
    done: tuple[Step, ...],
    view: View,
    spans: tuple[Span, ...],
    *,
    sampling: Sampling | None = None,
) -> Layout:
    """The layout of an image, or of each frame of a video, that the steps `done` make one square view.

    `spans` are those of the image, or of one frame.
    """
    original, steps = family.orient(media)
    views: tuple[View, ...] = (view,)
    if sampling:
        from vtok.parts.videos import each_frame  # families without videos start without it

        views, spans = each_frame(views, spans, sampling)
    return family.describe(
        media,
        original,
        steps=steps + done,
        views=views,
        spans=spans,
        resized=next(step.after for step in done if step.name == "resize"),
        content=view.content,
        tiles=(1, 1),
        sampling=sampling,
    )


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
