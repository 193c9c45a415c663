"""The windows of an encoder as a map in characters and as figures."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vtok.render.palette import neighbour
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import Column, Table, is_terminal, terminal_width

if TYPE_CHECKING:
    from rich.text import Text

    from vtok.geometry.windows import Windows

WHOLE_MAP = 2048
"""Tokens of the largest grid whose map is printed without --map."""

MOST_ROWS = 48
"""Rows of the highest grid whose map is printed without --map."""


def is_small(rows: int, columns: int) -> bool:
    """Whether a merged grid is so small that its map is printed without --map."""
    return rows <= MOST_ROWS and rows * columns <= WHOLE_MAP


def tokens(rows: int, columns: int, side: int) -> Iterator[list[tuple[int, int, int]]]:
    """The merged grid row by row: for each token the number of its window, and that window's row and column."""
    across = -(-columns // side)
    for row in range(rows):
        down = row // side
        yield [(down * across + column // side, down, column // side) for column in range(columns)]


def show_map(rows: int, columns: int, side: int) -> None:
    """Print the merged grid, each token with the number of its window; in colour on a terminal."""
    width = len(str(-(-rows // side) * -(-columns // side) - 1))
    if not is_terminal():
        write_lines(" ".join(f"{number:>{width}}" for number, _, _ in line) for line in tokens(rows, columns, side))
        return
    from rich.console import Console

    console = Console(highlight=False)
    screen = terminal_width()
    room = screen // columns
    # Where not every token has room for its window's number, each window shows it once, or colour alone.
    for text in _coloured(rows, columns, side, min(max(room, 1), width + 1)):
        console.print(text, no_wrap=True, overflow="crop")
    if columns > screen:
        print(f"{columns - screen:,} more columns of tokens do not fit this terminal; a pipe or --json has them all")


def _coloured(rows: int, columns: int, side: int, room: int) -> Iterator["Text"]:
    from rich.text import Text

    every = room > len(str(-(-rows // side) * -(-columns // side) - 1))
    for row, line in enumerate(tokens(rows, columns, side)):
        text = Text()
        start = 0
        while start < columns:
            number, down, across = line[start]
            stop = min(start + side, columns)
            block = (stop - start) * room
            label = f"{number:>{room}}" * (stop - start) if every else str(number) if row % side == 0 else ""
            label = label if len(label) <= block else ""
            text.append(f"{label:<{block}}", style=f"black on {neighbour(down, across)}")
            start = stop
        yield text


def figures(windows: "Windows") -> list[tuple[str, str]]:
    """The partition in numbers, line by line."""
    m = windows.merge_size
    grids = ", ".join(_grid(grid) for grid in windows.grids)
    merged = ", ".join(_grid(grid) for grid in windows.token_grids)
    sizes = ", ".join(f"{count:,} of {rows}x{columns}" for (rows, columns), count in windows.sizes.items())
    lines = [
        ("grid", f"{grids} patches = {merged} merged tokens (rows x columns; {m} x {m} patches each)"),
        ("windows", f"{windows.num_windows:,} of at most {windows.side}x{windows.side} merged tokens: {sizes}"),
        (
            "padding",
            f"{windows.padding_share:.1%} of the windows' area lies beyond the grid, and costs nothing",
        ),
        ("cu_window_seqlens", _shortened(windows.cu_window_seqlens.tolist())),
        ("cu_seqlens", f"{_shortened(windows.cu_seqlens.tolist())} (full layers: one sequence per temporal step)"),
    ]
    if windows.num_layers:
        full = ", ".join(map(str, windows.full_layers))
        windowed = len(windows.windowed_layers)
        lines.append(("layers", f"{windows.num_layers}: {full} attend in full, the other {windowed} in windows"))
    ratio = windows.pairs_full / windows.pairs_windowed
    pairs = f"{windows.pairs_windowed:,} pairs of patches in a windowed layer, {windows.pairs_full:,} in a full one"
    return [*lines, ("attention", f"{pairs}: {ratio:.1f} times as many")]


def index_table(windows: "Windows") -> Table:
    """The permutation: which merged token stands at each place, in which window, and the inverse."""
    import numpy as np

    lengths = np.diff(windows.cu_window_seqlens) // windows.merge_size**2
    of_window = np.repeat(np.arange(len(lengths)), lengths)
    columns = [
        Column(name.replace("_", " "), name, number=True)
        for name in ("place", "window", "window_index", "reverse_index")
    ]
    rows = zip(of_window.tolist(), windows.window_index.tolist(), windows.reverse_index.tolist(), strict=True)
    return Table(columns=columns, rows=[[place, *row] for place, row in enumerate(rows)])


def order_lines(order: Sequence[int], grid: Sequence[int]) -> Iterator[str]:
    """The place at which each patch of the first temporal step enters, row by row."""
    h, w = grid[-2:]
    place = [0] * (h * w)
    for at, patch in enumerate(order[: h * w]):
        place[patch] = at
    width = len(str(h * w - 1))
    for row in range(h):
        yield " ".join(f"{at:>{width}}" for at in place[row * w : (row + 1) * w])


def _grid(grid: Sequence[int]) -> str:
    return "x".join(map(str, grid if grid[0] > 1 else grid[1:]))


def _shortened(values: Sequence[int]) -> str:
    """The first and the last numbers; in a pipe all of them, without thousands separators."""
    if not is_terminal():
        return " ".join(map(str, values))
    texts = [f"{value:,}" for value in values]
    return " ".join(texts if len(texts) <= 9 else [*texts[:6], "...", *texts[-2:]])
