"""Boxes and points of an answer in pixels and in other conventions, as a table."""

from collections.abc import Sequence
from typing import NamedTuple

from vtok.render.text.tables import Cell, Column, Table, box_text, exact
from vtok.values import Box


class Row(NamedTuple):
    """A box or point: how it is written, in which convention it is read, and its pixels in the image and resized.

    `written` is what the model writes for it, `lies` where it lies. `of_model` marks the model's convention.
    """

    number: int
    label: str
    values: tuple[float, ...]
    convention: str
    of_model: bool
    image: tuple[float, ...]
    resized: tuple[float, ...]
    written: str
    lies: str


def table(rows: Sequence[Row], *, every: bool) -> Table:
    """A row for each box or point; with `every`, all columns, for programs, else those that hold something."""
    columns = [
        Column("", "number", number=True),
        Column("label", "label"),
        Column("as written", "values", minor=2),
        Column("read as", "convention"),
        Column("in the image (x,y)", "image", parts=("left", "top", "right", "bottom")),
        Column("resized (x,y)", "resized", minor=3, parts=tuple(f"resized_{edge}" for edge in Box._fields)),
        Column("as the model writes it", "written", minor=1),
        Column("lies", "lies"),
    ]
    cells = [
        [
            row.number,
            row.label or None,
            ",".join(f"{value:g}" for value in row.values),
            Cell(f"{row.convention}{' *' if row.of_model and not every else ''}", (row.convention,)),
            _cell(row.image),
            _cell(row.resized),
            row.written or None,
            row.lies,
        ]
        for row in rows
    ]
    used = [every or any(line[i] is not None for line in cells) for i in range(len(columns))]
    return Table(
        columns=[column for column, keep in zip(columns, used, strict=True) if keep],
        rows=[[cell for cell, keep in zip(line, used, strict=True) if keep] for line in cells],
    )


def _cell(places: tuple[float, ...]) -> Cell:
    """A box or point for people; for programs four numbers, of which a point has two."""
    if len(places) == 4:
        return Cell(box_text(Box(*places)), tuple(map(exact, places)))
    x, y = places
    return Cell(f"{round(x, 1):g},{round(y, 1):g}", (exact(x), exact(y), None, None))
