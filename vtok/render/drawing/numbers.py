"""Numbers in cells: which token this is, and where M-RoPE puts it. Set where they fit, at one size in an image."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from vtok.render.drawing.drawings import Drawing, Entry, Layer
from vtok.render.drawing.grids import Grid
from vtok.render.drawing.scene import Fill, Label, Shape, common
from vtok.render.drawing.tiles import plates
from vtok.render.lettering import CAP_HEIGHT, glued, width
from vtok.render.palette import DARK_LINE, LIGHT_LINE, on_scale
from vtok.values import Box, Layout
from vtok.values.tokens import SequenceName

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


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd and so on."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
    return f"{number}{ending}"


def in_cells(d: Drawing) -> bool:
    """Whether numbers stand in the cells of this drawing, where no other label may stand then."""
    return ("index" in d.layers and bool(index_stride(d))) or ("mrope" in d.layers and mrope_fits(d))


def index(d: Drawing) -> Layer:
    """Token numbers, counted from 0 in the order of the sequence, learned row ends included."""
    if not d.tokens:
        return Layer()
    if "mrope" in d.layers and d.axis is None and mrope_fits(d):
        return Layer(notes=("token numbers are left out where position ids are; ask for one of the two",))
    stride = index_stride(d)
    if not stride:
        return Layer(notes=("token numbers do not fit at this width",))
    every = "" if stride == 1 else f", {glued(f'every {ordinal(stride)}')}"
    return Layer(labels=_token_numbers(d, stride), entry=Entry("index", f"number of the token{every}"))


def index_stride(d: Drawing) -> int:
    """Every how many rows and columns token numbers fit; 0 where none do."""
    return _stride(d, _digits(d.layout))


def _digits(layout: Layout) -> int:
    return len(str(max(1, layout.tokens or layout.cross_attention_tokens) - 1))


def _token_numbers(d: Drawing, stride: int) -> Iterator[Label]:
    size, firsts, room = _size(d, _digits(d.layout), stride), first_numbers(d.layout), Room(d)
    for grid in d.tokens:
        for cell in cells(d, grid, firsts[id(grid.span)], stride):
            label = _in_cell(cell.box, str(cell.number), size, middle=stride == 1, unit=d.unit)
            # One that reaches into the next tile would take the place of that tile's first number.
            if label.box.right <= grid.xs[-1] + 1 and room.takes(label):
                yield label


def first_numbers(layout: Layout) -> dict[int, int]:
    """For the identity of each span, the number of its first token.

    Tokens of the prompt (or the output) and those of a cross-attention memory are counted apart, each from 0.
    """
    names: tuple[SequenceName, ...] = ("prompt", "cross", "memory")
    return {id(span): first for name in names for span, first in layout.token_map(name).firsts()}


def cells(d: Drawing, grid: Grid, first: int, stride: int = 1) -> Iterator[Cell]:
    """The tokens of a grid at one temporal step that have area, every so many rows and columns."""
    span = grid.span
    if span is None or span.raster is None:
        return
    raster, xs, ys = span.raster, grid.xs, grid.ys
    per_row = span.tokens_per_row
    first += d.panel.step * per_row * raster.rows
    for row in range(0, raster.rows, stride):
        if ys[row + 1] - ys[row] < 0.5:
            continue
        for column in range(0, raster.columns, stride):
            if xs[column + 1] - xs[column] >= 0.5:
                box = Box(xs[column], ys[row], xs[column + 1], ys[row + 1])
                yield Cell(row, column, box, first + row * per_row + column)


class Room:
    """The room for labels in a panel: none reaches over its edge, under the plate of a tile, or into another label."""

    def __init__(self, d: Drawing) -> None:
        self._place = d.place
        self._step = max(1.0, _least(d))
        self._taken: dict[int, list[Box]] = {}
        for plate, _ in plates(d).values():
            self._take(plate)

    def takes(self, label: Label) -> bool:
        """Whether a label finds room; it then has it."""
        box, place = label.box, self._place
        if box.left < place.left or box.right > place.right or box.top < place.top or box.bottom > place.bottom:
            return False
        if any(common(box, other) for band in self._bands(box) for other in self._taken.get(band, ())):
            return False
        self._take(box)
        return True

    def _take(self, box: Box) -> None:
        for band in self._bands(box):
            self._taken.setdefault(band, []).append(box)

    def _bands(self, box: Box) -> range:
        """The bands of the page that a box reaches into: only what is in these can be met."""
        return range(int(box.top / self._step), int(box.bottom / self._step) + 1)


def _in_cell(box: Box, text: str, size: float, *, middle: bool, unit: float) -> Label:
    """A number in the middle of its cell, or from the cell's corner on where it is wider than the cell."""
    if middle:
        at = ((box.left + box.right) / 2, (box.top + box.bottom) / 2 + size * CAP_HEIGHT / 2)
        return Label(at=at, text=text, size=size, colour=LIGHT_LINE, anchor="middle", halo=DARK_LINE)
    low = max(box.top + size * CAP_HEIGHT + 3 * unit, (box.top + box.bottom + size * CAP_HEIGHT) / 2)
    return Label(at=(box.left + 3 * unit, low), text=text, size=size, colour=LIGHT_LINE, halo=DARK_LINE)


def _least(d: Drawing) -> float:
    """The least size of type on this page: on a small one no smaller than can be read at all."""
    return max(LEAST_TYPE * d.unit, LEAST_PIXELS)


def _least_cell(d: Drawing) -> tuple[float, float]:
    """The least width and height of whole cells, on the page; 0 where there are none."""
    widths, heights = [grid.cell[0] for grid in d.tokens], [grid.cell[1] for grid in d.tokens]
    return min(widths, default=0.0), min(heights, default=0.0)


def _stride(d: Drawing, digits: int) -> int:
    across, down = _least_cell(d)
    if not across or not down:
        return 0
    least = _least(d)
    needed = width("0" * digits, least) + 10 * d.unit, least + 6 * d.unit
    for stride in STRIDES:
        if across * stride >= needed[0] and down * stride >= needed[1]:
            return stride
    return 0


def _size(d: Drawing, digits: int, stride: int) -> float:
    across, down = _least_cell(d)
    room = min((across * stride - 10 * d.unit) / width("0" * digits, 1.0), down * stride * 0.6)
    return min(max(room, _least(d)), max(_least(d), (GREATEST_TYPE if stride == 1 else 22) * d.unit))


def mrope(d: Drawing) -> Layer:
    """Position ids: as numbers where three fit a cell, else one axis of them as colour."""
    if not d.ids:
        return Layer()
    low, high = id_range(d)
    ids = glued(f"{low:,} to {high:,}")
    if d.axis is not None:
        return Layer(tints=_id_colours(d, d.axis), entry=Entry("mrope", f"position ids, {ids}"))
    if not mrope_fits(d):
        return Layer(notes=("position ids do not fit at this width",))
    return Layer(labels=_id_numbers(d), entry=Entry("numbers", f"time, row and column, {ids}"))


def mrope_fits(d: Drawing) -> bool:
    """Whether three numbers, one under the other, fit a cell."""
    across, down = _least_cell(d)
    digits = max((len(str(int(ids.max()))) for ids in d.ids.values()), default=1)
    least = _least(d)
    return bool(d.ids) and across >= width("w " + "0" * digits, least) + 14 * d.unit and down >= least * 4


def _id_numbers(d: Drawing) -> Iterator[Label]:
    """Time, row and column of each token, one under the other."""
    across, down = _least_cell(d)
    size = max(_least(d), min(26 * d.unit, down / 4.4, across / 4.2))
    room = Room(d)
    for grid, ids in _with_ids(d):
        for cell in cells(d, grid, 0):
            middle, centre = (cell.box.top + cell.box.bottom) / 2, (cell.box.left + cell.box.right) / 2
            for axis, letter in enumerate(AXES):
                base = middle + size * CAP_HEIGHT / 2 + (axis - 1) * size * 1.16
                text = f"{letter} {int(ids[axis][d.panel.step][cell.row][cell.column])}"
                label = Label(
                    at=(centre, base), text=text, size=size, colour=LIGHT_LINE, anchor="middle", halo=DARK_LINE
                )
                if room.takes(label):
                    yield label


def _id_colours(d: Drawing, axis: int) -> Iterator[Shape]:
    """One axis of the position ids as colour, from the least to the greatest of all three axes."""
    low, high = id_range(d)
    for grid, ids in _with_ids(d):
        boxes: dict[int, list[Box]] = {}
        for box, value in _runs(list(cells(d, grid, 0)), ids[axis][d.panel.step]):
            boxes.setdefault(value, []).append(box)
        for value, same in sorted(boxes.items()):
            share = (value - low) / (high - low) if high > low else 0.0
            yield Fill(boxes=tuple(same), colour=on_scale(share), opacity=0.62)


def id_range(d: Drawing) -> tuple[int, int]:
    """The least and the greatest id of all axes."""
    return min(int(block.min()) for block in d.ids.values()), max(int(block.max()) for block in d.ids.values())


def _runs(drawn: list[Cell], ids: Any) -> Iterator[tuple[Box, int]]:
    """Boxes of equal ids: rows or columns where ids do not vary along them, else cells."""
    if not drawn:
        return
    whole = Box(drawn[0].box.left, drawn[0].box.top, drawn[-1].box.right, drawn[-1].box.bottom)
    values = {(cell.row, cell.column): int(ids[cell.row][cell.column]) for cell in drawn}
    rows = {cell.row: cell.box for cell in drawn}
    columns = {cell.column: cell.box for cell in drawn}
    if len(set(values.values())) == 1:
        yield whole, next(iter(values.values()))
    elif all(value == values[row, drawn[0].column] for (row, _), value in values.items()):
        for row, box in rows.items():
            yield Box(whole.left, box.top, whole.right, box.bottom), values[row, drawn[0].column]
    elif all(value == values[drawn[0].row, column] for (_, column), value in values.items()):
        for column, box in columns.items():
            yield Box(box.left, whole.top, box.right, whole.bottom), values[drawn[0].row, column]
    else:
        for cell in drawn:
            yield cell.box, values[cell.row, cell.column]


def _with_ids(d: Drawing) -> Iterable[tuple[Grid, Any]]:
    """The grids of spans that have ids of their own, with these."""
    return ((grid, d.ids[id(grid.span)]) for grid in d.tokens if id(grid.span) in d.ids)
