"""What the shapes with tiles share: the tiles row by row and the whole image, each between its marks."""

from collections.abc import Iterator

from vtok.engines.mtmd.base import Mtmd
from vtok.engines.mtmd.prepared import Prepared, marked
from vtok.geometry.canvases import cut
from vtok.geometry.places import merged_raster
from vtok.geometry.resize import stretch
from vtok.geometry.single import letterboxed_single
from vtok.geometry.tiling import Grid, chosen
from vtok.parts.family import family
from vtok.parts.spans import vision
from vtok.parts.tiles import row_by_row, tiling_step
from vtok.parts.views import thumbnail
from vtok.values import Box, Candidate, Media, Size, Span, Step, View


@family
class Tiled(Mtmd):
    """An image in tiles of `size`, and the whole of it; an image that fits a tile is not tiled."""

    size: int

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The tilings that are considered; none for an image that is not tiled."""
        original, _ = self.orient(media)
        return self.considered(original)

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The tilings that are considered; none for an image that is not tiled."""
        raise NotImplementedError

    def whole(self, original: Size, *, tiled: bool) -> tuple[Step, View]:
        """The view of the whole image: stretched to a tile."""
        del tiled
        view = thumbnail(original, self.size, self.patches)
        return stretch(original, view.size)._replace(name="thumbnail"), view

    def content(self, original: Size, canvas: Size) -> Box:
        """Where the image lies on the canvas: in the middle, padded."""
        return letterboxed_single(original, canvas)

    def prepared(self, original: Size) -> Prepared:
        """The tiles row by row, and the whole."""
        considered = self.considered(original)
        step, whole = self.whole(original, tiled=bool(considered))
        if not considered:
            return self.untiled(step, whole)
        best = chosen(considered)
        content = self.content(original, best.canvas)
        grid = self.encoded(best.tiles)
        tiles = cut(original, best.canvas, grid, self.patches, content=content)
        views = (whole, *tiles) if self.marks.whole_first else (*tiles, whole)
        return Prepared(
            steps=(step, tiling_step(original, best), _fitted(original, best.canvas, content)),
            views=views,
            spans=self.spans(views, grid),
            content=content,
            tiles=grid,
        )

    def encoded(self, tiles: Grid) -> Grid:
        """The (columns, rows) in which the encoder gets the tiles."""
        return tiles

    def untiled(self, step: Step, whole: View) -> Prepared:
        """The whole image alone."""
        reason = f"{step.reason}; no tiles: neither side is longer than {self.size}"
        spans = self.spans((whole,), (0, 0))
        return Prepared((step._replace(reason=reason),), (whole,), spans, content=whole.content, tiles=(0, 0))

    def spans(self, views: tuple[View, ...], tiles: Grid) -> tuple[Span, ...]:
        """The prompt's part: each view between its marks, in the order of the views."""
        marks, last = self.marks, len(views) - 1
        at = 0 if marks.whole_first else last
        whole = (*marked(marks.whole), *self.tokens(views[at], at, whole=True), *marked(marks.whole_end))
        parts = tuple(self.tile_spans(views, tiles, first=int(marks.whole_first)))
        parts = (*marked(marks.tiles), *parts, *marked(marks.tiles_end)) if parts else ()
        inner = (*whole, *parts) if marks.whole_first else (*parts, *whole)
        return (*marked(marks.begin), *inner, *marked(marks.end))

    def tile_spans(self, views: tuple[View, ...], tiles: Grid, *, first: int) -> Iterator[Span]:
        """The tiles between their marks, and those between rows."""
        for i, row, column in row_by_row(tiles):
            yield from marked(text.format(row=row + 1, column=column + 1) for text in self.marks.tile)
            yield from self.tokens(views[first + i], first + i)
            yield from marked(self.marks.tile_end)
            if column == tiles[0] - 1 and row < tiles[1] - 1:
                yield from marked(self.marks.row_end)

    def tokens(self, view: View, index: int, *, whole: bool = False) -> tuple[Span, ...]:
        """The tokens of one view."""
        del whole
        return (vision(merged_raster(view), index),)


def _fitted(original: Size, canvas: Size, content: Box) -> Step:
    reason = "stretched over the canvas" if content == Box.of(canvas) else "into the canvas, the rest is padding"
    return Step(name="resize", before=original, after=canvas, reason=reason)
