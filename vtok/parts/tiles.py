"""What tiled families share: the step that says which tiling was chosen, the views, and the order of the tiles."""

from collections.abc import Iterator

from vtok.geometry.canvases import cut
from vtok.geometry.places import Patches
from vtok.parts.views import thumbnail
from vtok.values import Box, Candidate, Size, Step, View


def tiling_step(original: Size, candidate: Candidate) -> Step:
    """The step that says which canvas was chosen, and why."""
    columns, rows = candidate.tiles
    return Step(
        name="tile", before=original, after=candidate.canvas, reason=f"{columns} x {rows} tiles: {candidate.why}"
    )


def tiles_and_whole(
    original: Size, best: Candidate, patches: Patches, *, content: Box | None = None
) -> tuple[View, ...]:
    """The square tiles of a canvas, then the whole image stretched to one of them; a lone tile is the whole."""
    tiles = cut(original, best.canvas, best.tiles, patches, content=content)
    if len(tiles) == 1:
        return (tiles[0]._replace(kind="image"),)
    return (*tiles, thumbnail(original, tiles[0].size.width, patches))


def row_by_row(tiles: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Number, row and column of each tile."""
    columns, rows = tiles
    for i in range(columns * rows):
        yield i, i // columns, i % columns
