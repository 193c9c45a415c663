"""Numbers in cells: which token this is, and where M-RoPE puts it. Set where they fit, at one size in an image."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from vtok.render.drawing.layers import Drawing, plates
from vtok.render.drawing.panels import padded_edges
from vtok.render.drawing.scene import Fill, Label, Shape
from vtok.render.lettering import CAP_HEIGHT, width
from vtok.render.palette import DARK_LINE, LIGHT_LINE, on_scale
from vtok.values import Box, Layout, Span

LEAST_TYPE, GREATEST_TYPE = 20, 34
"""Sizes of type in cells, in pixels of a page 1920 wide."""

LEAST_PIXELS = 9
"""The least size of type on any page."""

STRIDES = (1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 64, 80, 100)
"""Every how many rows and columns a number is set; the least that lets numbers fit is taken."""

AXES = ("t", "h", "w")


class Cell(NamedTuple):
    """One token: its row and column in its raster, its box on the page, and its number among the visual tokens."""

    row: int
    column: int
    box: Box
    number: int


def first_numbers(layout: Layout) -> dict[int, int]:
    """For the identity of each span, the number of its first token among the visual tokens of the sequence."""
    found, count = {}, 0
    for span in layout.spans:
        found[id(span)] = 0 if span.sink in ("cross", "memory") else count
        count += span.tokens if span.sink in ("prompt", "output") else 0
    return found


def cells(d: Drawing, span: Span, first: int, stride: int = 1) -> Iterator[Cell]:
    """The tokens of a span at one temporal step that have area, every so many rows and columns."""
    raster = span.raster
    if raster is None or not raster.xs:
        return
    edges_x, edges_y = padded_edges(raster, d.panel.domain)
    xs, ys = [d.plane.x(x) for x in edges_x], [d.plane.y(y) for y in edges_y]
    per_row = raster.columns + (span.row_end.tokens if span.row_end else 0)
    first += d.panel.step * per_row * raster.rows
    for row in range(0, raster.rows, stride):
        if ys[row + 1] - ys[row] < 0.5:
            continue
        for column in range(0, raster.columns, stride):
            if xs[column + 1] - xs[column] >= 0.5:
                box = Box(xs[column], ys[row], xs[column + 1], ys[row + 1])
                yield Cell(row, column, box, first + row * per_row + column)


def index_stride(d: Drawing) -> int:
    """Every how many rows and columns token numbers fit; 0 where none do."""
    return _stride(d, len(str(max(1, d.layout.tokens or d.layout.cross_attention_tokens) - 1)))


def index(d: Drawing) -> Iterator[Shape]:
    """Token numbers, counted from 0 in the order of the sequence, learned row ends included; none under a plate."""
    stride = index_stride(d)
    if not stride:
        return
    digits = len(str(max(1, d.layout.tokens or d.layout.cross_attention_tokens) - 1))
    size = _size(d, digits, stride)
    firsts = first_numbers(d.layout)
    taken = [plate for plate, _ in plates(d).values()] if "tiles" in d.layers else []
    for span in d.panel.spans:
        if span.sink != "memory":
            for cell in cells(d, span, firsts[id(span)], stride):
                label = _in_cell(cell.box, str(cell.number), size, middle=stride == 1, unit=d.unit)
                if not any(_meet(label, plate) for plate in taken):
                    yield label


def _meet(label: Label, plate: Box) -> bool:
    wide = width(label.text, label.size)
    left = label.at[0] - (wide / 2 if label.anchor == "middle" else 0)
    top, bottom = label.at[1] - label.size * CAP_HEIGHT, label.at[1]
    return left < plate.right and left + wide > plate.left and top < plate.bottom and bottom > plate.top


def _in_cell(box: Box, text: str, size: float, *, middle: bool, unit: float) -> Label:
    """A number in the middle of its cell, or from the cell's corner on where it is wider than the cell."""
    if middle:
        at = ((box.left + box.right) / 2, (box.top + box.bottom) / 2 + size * CAP_HEIGHT / 2)
        return Label(at=at, text=text, size=size, colour=LIGHT_LINE, anchor="middle", halo=DARK_LINE)
    at = (
        box.left + 3 * unit,
        max(box.top + size * CAP_HEIGHT + 3 * unit, (box.top + box.bottom + size * CAP_HEIGHT) / 2),
    )
    return Label(at=at, text=text, size=size, colour=LIGHT_LINE, halo=DARK_LINE)


def _least(d: Drawing) -> float:
    """The least size of type on this page: on a small one no smaller than can be read at all."""
    return max(LEAST_TYPE * d.unit, LEAST_PIXELS)


def _pitches(d: Drawing) -> tuple[float, float]:
    """The least width and height of whole cells, on the page."""
    widths, heights = [], []
    for span in d.panel.spans:
        if span.raster and span.raster.xs and span.sink != "memory":
            xs, ys = padded_edges(span.raster, d.panel.domain)
            widths.append(_median([d.plane.x(b) - d.plane.x(a) for a, b in pairwise(xs)]))
            heights.append(_median([d.plane.y(b) - d.plane.y(a) for a, b in pairwise(ys)]))
    return min(widths, default=0.0), min(heights, default=0.0)


def _median(sizes: Sequence[float]) -> float:
    found = sorted(size for size in sizes if size > 0.5)
    return found[len(found) // 2] if found else 0.0


def _stride(d: Drawing, digits: int) -> int:
    across, down = _pitches(d)
    if not across or not down:
        return 0
    least = _least(d)
    needed = width("0" * digits, least) + 10 * d.unit, least + 6 * d.unit
    for stride in STRIDES:
        if across * stride >= needed[0] and down * stride >= needed[1]:
            return stride
    return 0


def _size(d: Drawing, digits: int, stride: int) -> float:
    across, down = _pitches(d)
    room = min((across * stride - 10 * d.unit) / width("0" * digits, 1.0), down * stride * 0.6)
    return min(max(room, _least(d)), max(_least(d), (GREATEST_TYPE if stride == 1 else 22) * d.unit))


def mrope_fits(d: Drawing) -> bool:
    """Whether three numbers, one under the other, fit a cell."""
    across, down = _pitches(d)
    digits = max((len(str(int(ids.max()))) for ids in d.ids.values()), default=1)
    least = _least(d)
    return across >= width("w " + "0" * digits, least) + 14 * d.unit and down >= least * 4


def mrope_numbers(d: Drawing) -> Iterator[Shape]:
    """Time, row and column of each token, one under the other."""
    least = _least(d)
    across, down = _pitches(d)
    size = max(least, min(26 * d.unit, down / 4.4, across / 4.2))
    for span, ids in _rotated(d):
        for cell in cells(d, span, 0):
            middle, centre = (cell.box.top + cell.box.bottom) / 2, (cell.box.left + cell.box.right) / 2
            for axis, letter in enumerate(AXES):
                base = middle + size * CAP_HEIGHT / 2 + (axis - 1) * size * 1.16
                text = f"{letter} {int(ids[axis][d.panel.step][cell.row][cell.column])}"
                yield Label(at=(centre, base), text=text, size=size, colour=LIGHT_LINE, anchor="middle", halo=DARK_LINE)


def mrope_colours(d: Drawing, axis: int) -> Iterator[Shape]:
    """One axis of the position ids as colour, from the least to the greatest of all three axes."""
    low, high = id_range(d)
    for span, ids in _rotated(d):
        found: dict[int, list[Box]] = {}
        for box, value in _runs(d, span, ids[axis][d.panel.step]):
            found.setdefault(value, []).append(box)
        for value, boxes in sorted(found.items()):
            share = (value - low) / (high - low) if high > low else 0.0
            yield Fill(boxes=tuple(boxes), colour=on_scale(share), opacity=0.62)


def id_range(d: Drawing) -> tuple[int, int]:
    """The least and the greatest id of all axes."""
    return min(int(block.min()) for block in d.ids.values()), max(int(block.max()) for block in d.ids.values())


def _runs(d: Drawing, span: Span, ids: Any) -> Iterator[tuple[Box, int]]:
    """Boxes of equal ids: rows or columns where ids do not vary along them, else cells."""
    found = list(cells(d, span, 0))
    if not found:
        return
    whole = Box(found[0].box.left, found[0].box.top, found[-1].box.right, found[-1].box.bottom)
    values = {(cell.row, cell.column): int(ids[cell.row][cell.column]) for cell in found}
    rows = {cell.row: cell.box for cell in found}
    columns = {cell.column: cell.box for cell in found}
    if len(set(values.values())) == 1:
        yield whole, next(iter(values.values()))
    elif all(value == values[row, found[0].column] for (row, _), value in values.items()):
        for row, box in rows.items():
            yield Box(whole.left, box.top, whole.right, box.bottom), values[row, found[0].column]
    elif all(value == values[found[0].row, column] for (_, column), value in values.items()):
        for column, box in columns.items():
            yield Box(box.left, whole.top, box.right, whole.bottom), values[found[0].row, column]
    else:
        for cell in found:
            yield cell.box, values[cell.row, cell.column]


def _rotated(d: Drawing) -> list[tuple[Span, Any]]:
    """The spans that have ids of their own, with these."""
    return [(span, d.ids[id(span)]) for span in d.panel.spans if id(span) in d.ids]
