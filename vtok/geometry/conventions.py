"""How models write places in an image: pixels of one frame or another, shares of 1 or of 1,000, location tokens.

A frame is what the numbers refer to: the image as the pipeline works on it, or the encoder's view of the whole image,
with its padding and without what is cut away. A model that is trained on views without padding answers in the view: an
engine that pads the image moves its answer. A model whose training data has shares of the image answers in the image.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import Literal, NamedTuple

from vtok.errors import UsageError, did_you_mean
from vtok.values import Layout

CELLS = 32
"""Kosmos-2 names places by cells: so many of them lie along each side."""


class Convention(NamedTuple):
    """A way to write places. `about` says it in a sentence.

    A whole side of the `frame` is `scale`; without it, `pixels` is the value of one pixel of the frame. `shift` is
    added to a value before it is read, for values that number bins. `most` is the greatest value written, and None
    where a side has no fixed value. `y_first` says that y stands before x; `form` is how one number is written.
    """

    name: str
    about: str
    frame: Literal["image", "view"] = "image"
    scale: float | None = None
    pixels: float = 1.0
    shift: float = 0.0
    most: int | None = None
    y_first: bool = False
    form: str = "{:.0f}"


CONVENTIONS = {
    convention.name: convention
    for convention in (
        Convention("original", "pixels of the image", form="{:.1f}"),
        Convention("resized", "pixels of the resized image that the encoder gets", frame="view"),
        Convention("resized/2", "half pixels of the resized image, y first", frame="view", pixels=0.5, y_first=True),
        Convention("0-1000", "a side of the image is 1000", scale=1000, most=1000),
        Convention("0-1000 yx", "a side of the image is 1000, y first", scale=1000, most=1000, y_first=True),
        Convention("0-999", "a side of the image is 999", scale=999, most=999),
        Convention("0-100", "a side of the image is 100", scale=100, most=100, form="{:.1f}"),
        Convention("0-1", "a side of the image is 1", scale=1, most=1, form="{:.3f}"),
        Convention("view 0-1000", "a side of the encoder's view is 1000", frame="view", scale=1000, most=1000),
        Convention("view 0-1", "a side of the encoder's view is 1", frame="view", scale=1, most=1, form="{:.3f}"),
        Convention(
            "loc0000", "location tokens <loc0000> to <loc1023>, y first", frame="view", scale=1024, most=1023,
            y_first=True, form="<loc{:04.0f}>",
        ),
        Convention(
            "loc_0", "location tokens <loc_0> to <loc_999>, which number bins", frame="view", scale=1000, shift=0.5,
            most=999, form="<loc_{:.0f}>",
        ),
        Convention("cells", "cells <patch_index_0000> to <patch_index_1023> of a grid of 32 x 32", frame="view",
            scale=CELLS, most=CELLS),
    )
}  # fmt: skip
"""Each convention by its name.

Sources: transformers 5.23, models/florence2/processing_florence2.py (quantize, dequantize) for loc_0,
models/kosmos2/processing_kosmos2.py (patch_index_to_coordinate) for cells, models/fuyu/processing_fuyu.py
(scale_bbox_to_transformed_image) for resized/2; google-research/big_vision 0127fb6,
big_vision/configs/proj/paligemma/README.md for loc0000. The others are a number's range; a family names the source.
"""


class Axis(NamedTuple):
    """From a pixel of the image to one of a frame along one axis: `start` + pixel * `scale`. `side` is the frame's."""

    start: float
    scale: float
    side: float


def convention(name: str) -> Convention:
    """The convention of that name; UsageError where there is none."""
    if name not in CONVENTIONS:
        hint = did_you_mean(name, CONVENTIONS, f"there are {', '.join(CONVENTIONS)}")
        raise UsageError(f"no convention {name!r} for boxes; {hint}")
    return CONVENTIONS[name]


def axes(layout: Layout, frame: Literal["image", "view"]) -> tuple[Axis, Axis]:
    """The axes of a frame of a layout, x before y."""
    height, width = layout.original
    if frame == "image":
        return Axis(0, 1, width), Axis(0, 1, height)
    view = layout.global_view
    content, source = view.content, view.source
    across, down = content.width / source.width, content.height / source.height
    return (
        Axis(content.left - source.left * across, across, view.size.width),
        Axis(content.top - source.top * down, down, view.size.height),
    )


def read(values: Sequence[float], way: Convention, layout: Layout) -> tuple[float, ...]:
    """A box (four values) or a point (two) of a convention in pixels of the image, x before y."""
    pairs = _pairs(values, way)
    return tuple(
        (_of_scale(value, way, axis) - axis.start) / axis.scale
        for pair in pairs
        for value, axis in zip(pair, axes(layout, way.frame), strict=True)
    )


def _of_scale(value: float, way: Convention, axis: Axis) -> float:
    return value / way.pixels if way.scale is None else (value + way.shift) / way.scale * axis.side


def write(pixels: Sequence[float], way: Convention, layout: Layout) -> tuple[float, ...]:
    """A box or a point in pixels of the image, x before y, in the order and the exact values of a convention."""
    across, down = axes(layout, way.frame)
    pairs = []
    for x, y in zip(pixels[::2], pixels[1::2], strict=True):
        pair = _to_scale(x, way, across), _to_scale(y, way, down)
        pairs.append(pair[::-1] if way.y_first else pair)
    return tuple(value for pair in pairs for value in pair)


def _to_scale(pixel: float, way: Convention, axis: Axis) -> float:
    place = axis.start + pixel * axis.scale
    return place * way.pixels if way.scale is None else place / axis.side * way.scale - way.shift


def _pairs(values: Sequence[float], way: Convention) -> list[Sequence[float]]:
    """Points x before y, whatever the order of the convention."""
    if len(values) not in (2, 4):
        raise UsageError(f"{len(values)} numbers are neither a box (4) nor a point (2)")
    pairs = [values[:2], values[2:]][: len(values) // 2]
    return [pair[::-1] for pair in pairs] if way.y_first else pairs


def written(values: Sequence[float], way: Convention) -> str:
    """The values of a convention as a model writes them: rounded, and kept within its range."""
    if way.name == "cells":
        return _cells(values)
    limited = [_limited(value, way) for value in values]
    return ("" if way.form.startswith("<") else ",").join(way.form.format(value) for value in limited)


def _limited(value: float, way: Convention) -> float:
    """A value that the convention can write; a bin's number is that of the bin which holds the place."""
    value = floor(value + way.shift) if way.shift else value
    return value if way.most is None else min(max(value, 0), way.most)


def _cells(values: Sequence[float]) -> str:
    """The cells of the first and the last corner of a box, or of a point.

    Upstream: transformers 5.23, models/kosmos2/processing_kosmos2.py, coordinate_to_patch_index.
    """
    columns, rows = values[::2], values[1::2]
    corners = [(floor(columns[0]), floor(rows[0]))]
    corners += [(ceil(columns[1]) - 1, ceil(rows[1]) - 1)] if len(values) == 4 else []
    inside = ((min(max(column, 0), CELLS - 1), min(max(row, 0), CELLS - 1)) for column, row in corners)
    return "".join(f"<patch_index_{row * CELLS + column:04}>" for column, row in inside)


def of_cells(first: int, last: int) -> tuple[float, float, float, float]:
    """The box that two cells stand for, in cells: from the middle of one to the middle of the other.

    A box of one cell, or of one row or column of cells, is whole. Upstream: transformers 5.23,
    models/kosmos2/processing_kosmos2.py, patch_index_to_coordinate.
    """
    (top, left), (bottom, right) = divmod(first, CELLS), divmod(last, CELLS)
    whole = left == right or top == bottom
    inset, end = (0.0, 1.0) if whole else (0.5, 0.5)
    return left + inset, top + inset, right + end, bottom + end


def lies(pixels: Sequence[float], layout: Layout) -> Literal["inside", "partly outside", "outside", "reversed"]:
    """Where a box or point in pixels lies in the image; reversed, where it ends before it begins.

    A thousandth of a side may reach over the edge: that much is rounded.
    """
    height, width = layout.original
    left, top, right, bottom = pixels if len(pixels) == 4 else (*pixels, *pixels)
    if len(pixels) == 4 and (right <= left or bottom <= top):
        return "reversed"
    if not (left <= width and right >= 0 and top <= height and bottom >= 0):
        return "outside"
    across, down = width / 1000, height / 1000
    within = left >= -across and top >= -down and right <= width + across and bottom <= height + down
    return "inside" if within else "partly outside"
