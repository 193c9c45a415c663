"""Tables: columns and rows, shown in the way that suits where they go.

On a terminal a table is drawn; in a pipe it is tab-separated text, one line a row, never cut and never coloured;
`write_csv` writes the same cells. On a terminal too narrow for it, a table loses its minor columns and names them; if
it is still too wide, it is shown row by row.

People read "640x480" and "5.5%". Programs read plain numbers, each in a column of its own: 640, 480 and 0.055. A `Cell`
holds both forms.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.render.text.plain import cell, clean, write_lines
from vtok.values import Box, Size

if TYPE_CHECKING:
    from rich.console import Console


class Column(NamedTuple):
    """A column: its heading for people, its name for programs, whether it holds numbers.

    A `minor` column is left out on terminals too narrow for it, one with a higher number first. One with `parts` is
    several columns for programs, which have these names; its cells are `Cell`s or None.
    """

    heading: str
    name: str
    number: bool = False
    minor: int = 0
    parts: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The heading as it stands over numbers: a word a line."""
        return self.heading.split(" ") if self.number else [self.heading]


class Cell(NamedTuple):
    """What people read in a cell, and what programs read there: a value for each of the column's parts.

    People read `shorter` on terminals too narrow for `text` on one line.
    """

    text: str
    values: tuple[Any, ...]
    shorter: str = ""


SIZE = ("width", "height")
GRID = ("grid_t", "grid_h", "grid_w")


def size_cell(size: Size | None) -> Cell | None:
    """WxH for people; width and height for programs."""
    return size and Cell(str(size), (size.width, size.height))


def grid_cell(grid: tuple[int, int, int]) -> Cell:
    """HxW for people, TxHxW of a video, as on the command line; t, h and w for programs."""
    return Cell("x".join(map(str, grid if grid[0] > 1 else grid[1:])), grid)


def cells_cell(columns: int, rows: int) -> Cell:
    """Columns x rows for people; the two numbers for programs."""
    return Cell(f"{columns}x{rows}", (columns, rows))


def share_cell(part: float, whole: float | None) -> Cell | None:
    """A percentage for people, a part of 1 for programs; None where the whole is not known."""
    return Cell(f"{part / whole:.1%}", (part / whole,)) if whole else None


def box_text(box: Box) -> str:
    """A box for people: two corners, x before y, to a tenth of a pixel."""
    left, top, right, bottom = (f"{round(edge, 1):g}" for edge in box)
    return f"{left},{top} - {right},{bottom}"


def box_cell(box: Box | None) -> Cell | None:
    """Two corners for people; left, top, right and bottom for programs."""
    return box and Cell(box_text(box), tuple(map(exact, box)))


def exact(value: float) -> Any:
    """A number for programs: whole where it is whole, else with four decimals."""
    return int(value) if value == int(value) else f"{value:.4f}"


class Table(NamedTuple):
    """Columns and rows; `totals` are the last rows. `heading` stands above, `caption` below, both on terminals only."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[Sequence[Any]] = ()
    heading: str = ""
    caption: Sequence[str] = ()


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def terminal_width() -> int:
    """Columns of the terminal on standard output."""
    from shutil import get_terminal_size

    return get_terminal_size().columns


def show_pairs(pairs: Sequence[tuple[str, str]], *, indent: int = 0) -> None:
    """Print names and texts: tab-separated in a pipe; on a terminal aligned, long texts broken between words."""
    if not is_terminal():
        write_lines([f"{name}\t{clean(text)}" for name, text in pairs])
        return
    from textwrap import wrap

    width = max((len(name) for name, _ in pairs), default=0)
    room = max(terminal_width() - indent - width - 2, 20)
    for name, text in pairs:
        lines = wrap(clean(text), room, break_long_words=False, break_on_hyphens=False) or [""]
        names = [name, *[""] * (len(lines) - 1)]
        write_lines([f"{' ' * indent}{name:<{width}}  {line}" for name, line in zip(names, lines, strict=True)])


def show_notes(notes: Sequence[str]) -> None:
    """Print sentences; in a pipe, lines whose first field is `note`."""
    if is_terminal():
        from textwrap import wrap

        width = max(terminal_width(), 20)
        for note in notes:
            write_lines(wrap(clean(note), width, break_long_words=False, break_on_hyphens=False))
    else:
        show_pairs([("note", note) for note in notes])


def show(table: Table) -> None:
    """Draw the table on a terminal, write it tab-separated elsewhere; a table without rows prints nothing."""
    if is_terminal():
        _draw(table)
    elif table.rows:
        write_lines("\t".join(line) for line in _plain_lines(table))


def write_csv(table: Table) -> None:
    """Write the table as comma-separated values, with a line of names first; nothing for a table without rows."""
    import csv

    if table.rows:
        csv.writer(sys.stdout, lineterminator="\n").writerows(_plain_lines(table))


def _plain_lines(table: Table) -> Iterator[list[str]]:
    """The table for programs: the names of its columns, then each row."""
    yield plain_names(table.columns)
    for row in _all_rows(table):
        yield plain_cells(table.columns, row)


def plain_names(columns: Sequence[Column]) -> list[str]:
    """What programs call these columns."""
    return [name for column in columns for name in column.parts or (column.name,)]


def plain_cells(columns: Sequence[Column], row: Sequence[Any]) -> list[str]:
    """A row for programs."""
    return [cell(v) for column, value in zip(columns, row, strict=True) for v in _values(column, value)]


def _values(column: Column, value: Any) -> Sequence[Any]:
    """What programs read in a cell, a value for each part of its column."""
    if isinstance(value, Cell):
        return value.values
    return [value] * max(1, len(column.parts))


def _all_rows(table: Table) -> list[Sequence[Any]]:
    return [*table.rows, *table.totals]


def _draw(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    console = Console(highlight=False, markup=False)
    if table.heading:
        console.print(Text(clean(table.heading), style="bold"))
    fitting = _without_minor(table, console.width)
    by_row = _least_width(fitting) > console.width
    if by_row:
        _draw_rows(console, table)
        console.print()
    elif table.rows:
        drawing = Drawing(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for column in fitting.columns:
            drawing.add_column(
                Text("\n".join(column.lines)),
                justify="right" if column.number else "left",
                no_wrap=column.number,
                overflow="fold",
            )
        for row in _shortened(fitting, console.width):
            drawing.add_row(*(Text(_text(value)) for value in row))
        drawing.add_section()
        for row in fitting.totals:
            drawing.add_row(*(Text(_text(value)) for value in row))
        console.print(drawing)
    left_out = [column.heading for column in table.columns if column.heading and column not in fitting.columns]
    if left_out and not by_row:
        text = f"columns left out: {', '.join(left_out)}; a wider terminal or a pipe shows them"
        console.print(Text(text, style="dim"))
    for line in table.caption:
        console.print(Text(clean(line), style="dim"))


def _text(value: Any) -> str:
    """A cell for people: thousands apart, nothing for what does not apply."""
    if isinstance(value, Cell):
        return clean(value.text)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return cell(value)


def fits(table: Table) -> bool:
    """Whether the terminal has room for all columns."""
    return _least_width(table) <= terminal_width()


def _without_minor(table: Table, width: int) -> Table:
    """The table without as many minor columns as do not fit: the most minor ones first, of these the last ones."""
    while _least_width(table, text=30) > width and any(column.minor for column in table.columns):
        _, at = max((column.minor, i) for i, column in enumerate(table.columns))
        table = table._replace(
            columns=_without(table.columns, at),
            rows=[_without(row, at) for row in table.rows],
            totals=[_without(row, at) for row in table.totals],
        )
    return table


def _shortened(table: Table, width: int) -> Iterator[Sequence[Any]]:
    """The rows; a cell longer than its column has room for is in its shorter form, if it has one."""
    too_much = _least_width(table, text=sys.maxsize) - width
    room = [max(len(_text(row[i])) for row in _all_rows(table)) - too_much for i in range(len(table.columns))]
    for row in table.rows:
        yield [
            value.shorter if isinstance(value, Cell) and value.shorter and len(value.text) > most else value
            for value, most in zip(row, room, strict=True)
        ]


def _without(items: Sequence[Any], at: int) -> list[Any]:
    return [*items[:at], *items[at + 1 :]]


def _least_width(table: Table, text: int = 16) -> int:
    """The narrowest terminal in which the table reads well: numbers whole, text in lines of that many characters."""
    gaps = 2 * len(table.columns) + 1
    for i, column in enumerate(table.columns):
        widest = max(map(len, [*column.lines, *(_text(row[i]) for row in _all_rows(table))]))
        gaps += widest if column.number else min(widest, text)
    return gaps


def _draw_rows(console: "Console", table: Table) -> None:
    """A block per row, a line per cell: for terminals narrower than the table."""
    from rich.text import Text

    width = max(len(column.heading or column.name) for column in table.columns)
    for i, row in enumerate(_all_rows(table)):
        if i:
            console.print()
        for column, value in zip(table.columns, row, strict=True):
            if value is not None and value != "":
                name = column.heading or column.name
                console.print(Text(f"{name:<{width}}  {_text(value)}"), soft_wrap=True)
