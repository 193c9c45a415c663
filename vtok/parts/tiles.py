"""What tiled families share: the step that names the chosen tiling, the views, and the order of the tiles."""

from collections.abc import Callable, Iterator
from math import ceil

from vtok.geometry.bounds import MOST_TILES, bounded
from vtok.geometry.canvases import cut, stitched
from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.parts.family import Family
from vtok.parts.spans import NEWLINE, vision
from vtok.parts.videos import each_frame
from vtok.parts.views import thumbnail
from vtok.values import Box, Candidate, Layout, Media, Sampling, Size, Span, Step, View


def tiling_step(original: Size, candidate: Candidate) -> Step:
    """The step that names the chosen tiling, and why it was chosen."""
    columns, rows = candidate.tiles
    reason = f"{columns} x {rows} tiles: {candidate.why}"
    return Step(name="tile", before=original, after=candidate.canvas, reason=reason)


def stretched(original: Size, best: Candidate) -> tuple[Step, Step]:
    """The steps to a canvas over which the image is stretched."""
    return tiling_step(original, best), stretch(original, best.canvas)


def tiles_and_whole(
    original: Size, best: Candidate, patches: Patches, *, content: Box | None = None
) -> tuple[View, ...]:
    """The square tiles of a canvas, then the whole image stretched to one tile. A single tile is the whole image."""
    tiles = cut(original, best.canvas, best.tiles, patches, content=content)
    if len(tiles) == 1:
        return (tiles[0]._replace(kind="image"),)
    return (*tiles, thumbnail(original, tiles[0].size.width, patches))


def stretched_layout(
    family: Family,
    media: Media,
    best: Candidate,
    patches: Patches,
    spans: Callable[[tuple[View, ...]], tuple[Span, ...]],
    *,
    whole: bool = True,
    sampling: Sampling | None = None,
    frame_name: Callable[[int], str] | None = None,
) -> Layout:
    """The layout of an image, or of each frame of a video, stretched over the chosen canvas.

    The views are the tiles of the canvas and, with `whole`, the whole image after them. `spans` makes the prompt's part
    from the views of one image, `frame_name` the text before the frame of a number.
    """
    original, steps = family.orient(media)
    views = tiles_and_whole(original, best, patches)
    if not whole:
        views = tuple(view for view in views if view.kind != "thumbnail")
    parts = spans(views)
    if sampling:
        views, parts = each_frame(views, parts, sampling, name=frame_name)
    return family.describe(
        media,
        original,
        steps=(*steps, *stretched(original, best)),
        views=views,
        spans=parts,
        content=Box.of(best.canvas),
        tiles=best.tiles,
        sampling=sampling,
    )


def canvas_layout(
    family: Family,
    media: Media,
    best: Candidate,
    done: tuple[Step, ...],
    *,
    content: Box,
    views: tuple[View, ...],
    spans: tuple[Span, ...],
) -> Layout:
    """The layout of an image that fills a part of the chosen canvas; the steps `done` begin with its resize."""
    original, steps = family.orient(media)
    return family.describe(
        media,
        original,
        steps=(*steps, tiling_step(original, best), *done),
        views=views,
        spans=spans,
        resized=done[0].after,
        canvas=best.canvas,
        content=content,
        tiles=best.tiles,
    )


def row_by_row(tiles: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Index, row and column of each tile; `tiles` are (columns, rows).

    Raises UnsupportedSizeError for more tiles than a layout may hold.
    """
    columns, rows = tiles
    for i in range(bounded(columns * rows, "tiles", MOST_TILES)):
        yield i, i // columns, i % columns


def stitched_tokens(views: tuple[View, ...], columns: int, *, first: int = 0) -> Span:
    """The tokens of square views laid side by side in `columns`, a learned newline after each row of tokens.

    `first` is the index of the first of these views. Patches that do not fill a token make one, too.
    """
    view = views[0]
    cells = ceil(view.grid[1] / view.merge_size)
    raster = stitched(views, columns, cells=cells, cell=view.patch_size * view.merge_size)
    return vision(raster, *range(first, first + len(views)), row_end=NEWLINE)
