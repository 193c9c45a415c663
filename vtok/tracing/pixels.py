"""The tensors that image processors hand to the model: their shapes, and how an image is cut into patches for them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vtok.networks import Shape
from vtok.values import Layout, View

FLAT = {"flat2": 2, "flat1": 1}
"""The frames of a patch in processors that hand over a row of numbers for each patch."""


class Tensor(NamedTuple):
    """A tensor of pixel values: its name, its shape, how it is made of the views, and the number that decides."""

    name: str
    encoder: str
    shape: Shape
    reason: str
    number: str


def tensors(layout: Layout, kind: str, numbers: Mapping[str, Any], pad_to: Sequence[Any] = ()) -> tuple[Tensor, ...]:
    """The tensors of this input, one for each encoder that sees pixels, or several where views differ in size.

    `kind` names how the processor cuts: flat2, flat1 (a row of numbers for each patch), patches, naflex (rows padded to
    a length), rows, crops, strip. With convolved, the model reduces the image by several convolutions; with any other,
    its first convolution cuts the patches. `pad_to` is the name of the family's number that tells the length of naflex,
    or how many views there are at least, and a factor. `numbers` are the family's numbers.
    """
    return tuple(
        tensor
        for encoder in dict.fromkeys(view.encoder for view in layout.views)
        for tensor in _of_encoder(layout, encoder, kind, numbers, pad_to)
    )


def _of_encoder(
    layout: Layout, encoder: str, kind: str, numbers: Mapping[str, Any], pad_to: Sequence[Any]
) -> Iterator[Tensor]:
    views = [view for view in layout.views if view.encoder == encoder]
    name = "pixel_values" if encoder == "main" else f"pixel_values ({encoder})"
    patch, patches = views[0].patch_size, sum(view.patches for view in views)
    values = 3 * patch * patch
    if kind in FLAT and layout.media.is_video:
        name = "pixel_values_videos"
    if kind in FLAT:
        frames = FLAT[kind]
        yield Tensor(name, encoder, (patches, frames * values), _flattened(views[0], frames), f"patch size {patch}")
    elif kind == "patches":
        reason = f"{patches:,} patches of 3 x {patch} x {patch}, row by row"
        yield Tensor(name, encoder, (patches, 3, patch, patch), reason, f"patch size {patch}")
    elif kind == "rows":
        yield Tensor(name, encoder, (patches, values), "a row of numbers for each patch", f"patch size {patch}")
    elif kind == "crops":
        crops = (len(views), views[0].patches, values)
        yield Tensor(name, encoder, crops, "for each crop a row of numbers for each patch", f"patch size {patch}")
    elif kind == "naflex":
        yield _padded(name, views, numbers, pad_to)
    elif kind == "strip":
        reason = "its patches in a row, side by side, so that the images of a batch may differ in size"
        strips: Iterator[Shape] = ((3, patch, view.patches * patch) for view in views)
        for strip, count in _counted(strips):
            yield Tensor(name, encoder, strip, _each(count, reason), f"patch size {patch}")
    else:
        least = int(numbers.get(pad_to[0]) or 0) if pad_to else 0
        yield from _whole(name, encoder, views, least=least, convolved=kind == "convolved")


def _padded(name: str, views: Sequence[View], numbers: Mapping[str, Any], pad_to: Sequence[Any]) -> Tensor:
    """Rows of numbers for each patch, padded with zeros to one length for all views."""
    patch, longest = views[0].patch_size, max(view.patches for view in views)
    key, factor = pad_to or ("", 1)
    length = max(longest, int(numbers.get(key) or 0) * factor)
    view = views[0]
    cut = f"view [3, {view.grid[1]}, {patch}, {view.grid[2]}, {patch}], permute (1, 3, 2, 4, 0)"
    return Tensor(
        name,
        view.encoder,
        _with_views(len(views), (length, patch * patch * 3)),
        f"{cut}: a row of numbers for each patch, padded with zeros to {length:,} rows",
        f"{length:,} rows",
    )


def _whole(name: str, encoder: str, views: Sequence[View], *, least: int, convolved: bool) -> Iterator[Tensor]:
    """Whole views, at least that many: the first convolution of the model cuts them into patches, or several do."""
    patch, frames = views[0].patch_size, len(views[0].frames) // views[0].grid[0]
    deep = f"{frames} x " if frames > 1 else ""
    cut = f"the model's first convolution, of {deep}{patch} x {patch} with as long strides, cuts the patches"
    reason = f"channels first; {'convolutions of the model reduce it' if convolved else cut}"
    for size, count in _counted((view.size.height, view.size.width) for view in views for _ in _frames(view)):
        yield Tensor(name, encoder, _with_views(max(count, least), (3, *size)), reason, f"patch size {patch}")


def _frames(view: View) -> range:
    """The images that a view consists of: one, or as many as it has frames."""
    return range(len(view.frames) or 1)


def _with_views(count: int, shape: Shape) -> Shape:
    """A shape with an axis for the views, where there are several."""
    return (count, *shape) if count > 1 else shape


def _counted(shapes: Iterator[Shape]) -> list[tuple[Shape, int]]:
    """Each shape with how often it occurs, in order."""
    counts: dict[Shape, int] = {}
    for shape in shapes:
        counts[shape] = counts.get(shape, 0) + 1
    return list(counts.items())


def _each(count: int, reason: str) -> str:
    return f"each of {count} views: {reason}" if count > 1 else reason


def _flattened(view: View, frames: int) -> str:
    """The view and the permutation that make a row of numbers of each patch.

    Source: transformers 5.23, models/qwen2_vl/image_processing_pil_qwen2_vl.py (the torch version leaves out the axis
    of frames and repeats an image's numbers, which is the same); models/hunyuan_vl/image_processing_hunyuan_vl.py keeps
    patches row by row.
    """
    t, h, w = view.grid
    m, p = view.merge_size, view.patch_size
    axes = (t, frames, 3, h // m, m, p, w // m, m, p)
    order = (0, 3, 6, 4, 7, 2, 1, 5, 8) if view.block_order else (0, 3, 4, 6, 7, 2, 1, 5, 8)
    by = f"the {m} x {m} patches of a token one after the other" if view.block_order else "patches row by row"
    twice = "; an image is its own second frame" if frames == 2 and not view.frames else ""
    return f"view {list(axes)}, permute {order}: {by}{twice}"
