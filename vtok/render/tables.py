"""Tables: columns and rows, shown in the way that suits where they go.

On a terminal a table is drawn; in a pipe it is tab-separated text, one line a row, never cut and never coloured;
`write_csv` writes the same cells. A table too wide for its terminal is shown row by row.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.render.plain import cell, clean, write_lines

if TYPE_CHECKING:
    from rich.console import Console


class Column(NamedTuple):
    """A column: its heading for people, its name for programs, and whether it holds numbers."""

    heading: str
    name: str
    number: bool = False


class Table(NamedTuple):
    """Columns and rows; `totals` is a last row, `caption` stands below, `heading` above (both on terminals only)."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[Any] | None = None
    heading: str = ""
    caption: Sequence[str] = ()


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def terminal_width() -> int:
    """Columns of the terminal on standard output."""
    from shutil import get_terminal_size

    return get_terminal_size().columns


def show_facts(lines: Sequence[tuple[str, str]]) -> None:
    """Names and values, a line each: aligned on a terminal, tab-separated elsewhere."""
    if is_terminal():
        width = max(len(name) for name, _ in lines)
        write_lines([f"{name:<{width}}  {clean(text)}" for name, text in lines])
    else:
        write_lines([f"{name}\t{clean(text)}" for name, text in lines])


def show(table: Table) -> None:
    """Draw the table on a terminal, write it tab-separated elsewhere."""
    if is_terminal():
        _draw(table)
    else:
        write_lines(["\t".join(column.name for column in table.columns)] if table.columns else [])
        write_lines(["\t".join(cell(value) for value in row) for row in _all_rows(table)])


def write_csv(table: Table) -> None:
    """Write the table as comma-separated values, with a line of names first."""
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(column.name for column in table.columns)
    writer.writerows([cell(value) for value in row] for row in _all_rows(table))


def _all_rows(table: Table) -> list[Sequence[Any]]:
    return [*table.rows, *([table.totals] if table.totals else [])]


def _draw(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    console = Console(highlight=False, markup=False)
    drawing = Drawing(box=box.SIMPLE_HEAD, show_footer=table.totals is not None, pad_edge=False)
    for i, column in enumerate(table.columns):
        footer = Text(_grouped(table.totals[i])) if table.totals else ""
        drawing.add_column(
            Text(column.heading),
            footer=footer,
            justify="right" if column.number else "left",
            no_wrap=column.number,
            overflow="fold",
        )
    for row in table.rows:
        drawing.add_row(*(Text(_grouped(value)) for value in row))
    if table.heading:
        console.print(Text(clean(table.heading), style="bold"))
    if _least_width(table) > console.width:
        _draw_rows(console, table)
    elif table.rows:
        console.print(drawing)
    for line in table.caption:
        console.print(Text(clean(line), style="dim"))


def _least_width(table: Table) -> int:
    """The narrowest terminal in which the table reads well: numbers whole, text in a few lines."""
    cells = [
        [column.heading, *(_grouped(row[i]) for row in _all_rows(table))] for i, column in enumerate(table.columns)
    ]
    widths = (max(map(len, texts)) for texts in cells)
    gaps = 3 * len(table.columns)
    return gaps + sum(w if column.number else min(w, 20) for w, column in zip(widths, table.columns, strict=True))


def _draw_rows(console: "Console", table: Table) -> None:
    """A block per row, a line per cell: for terminals narrower than the table."""
    from rich.text import Text

    width = max(len(column.heading) for column in table.columns)
    for row in _all_rows(table):
        console.print()
        for column, value in zip(table.columns, row, strict=True):
            if value is not None:
                console.print(Text(f"{column.heading:<{width}}  {_grouped(value)}"), soft_wrap=True)


def _grouped(value: Any) -> str:
    """A cell for people: thousands apart, nothing for what does not apply."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return cell(value)
