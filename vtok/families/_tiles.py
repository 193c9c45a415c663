"""What tiled families share: the step that says which tiling was chosen, and the order of the tiles."""

from collections.abc import Iterator

from vtok.values import Candidate, Size, Step


def tiling_step(original: Size, candidate: Candidate) -> Step:
    """The step that says which canvas was chosen, and why."""
    columns, rows = candidate.tiles
    return Step(
        name="tile", before=original, after=candidate.canvas, reason=f"{columns} x {rows} tiles: {candidate.why}"
    )


def row_by_row(tiles: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Number, row and column of each tile."""
    columns, rows = tiles
    for i in range(columns * rows):
        yield i, i // columns, i % columns
