"""DeepSeek-OCR: the whole image padded to a square, and tiles of a large one."""

from vtok.engines.mtmd.nearest_aspect import NearestAspect
from vtok.geometry.many import Sizes
from vtok.geometry.places import merged_raster, whole_view
from vtok.geometry.single import letterboxed_single
from vtok.geometry.tiling import Grid, chosen
from vtok.parts.family import family
from vtok.parts.keys import Keys, either, longer_than
from vtok.parts.spans import NEWLINE, SEPARATOR, vision
from vtok.values import Candidate, Size, Span, Step, View


@family
class DeepSeekOCR(NearestAspect):
    """DeepSeek-OCR: the whole padded to `base_size`, and tiles where a side is longer than a tile.

    Convolutions leave a token of 4 x 4 patches. With `fuse_rows` (v1) a row of tiles is one view and one map of tokens,
    each row of it closed by a learned newline; v2's tokens are queries, without a place. Last comes a separator.
    """

    base_size: int
    fuse_rows: bool

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The grids, where a side is longer than a tile."""
        return self.grids(original) if max(original) > self.size else ()

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles of an image that is longer than one."""
        return either(longer_than(sizes, self.size), chosen(self.grids(sizes)).tiles)

    def whole(self, original: Size, *, tiled: bool) -> tuple[Step, View]:
        """The whole image, padded."""
        del tiled
        square = Size(self.base_size, self.base_size)
        box = letterboxed_single(original, square, nearest=True)
        step = Step(name="thumbnail", before=original, after=square, reason="the whole image, padded to one view")
        return step, whole_view(original, square, self.patches, content=box)._replace(kind="thumbnail")

    def encoded(self, tiles: Grid) -> Grid:
        """With `fuse_rows` a row of tiles is one view."""
        return (1, tiles[1]) if self.fuse_rows else tiles

    def tokens(self, view: View, index: int, *, whole: bool = False) -> tuple[Span, ...]:
        """The tokens of one view; the separator follows the whole image."""
        raster = merged_raster(view)
        if self.fuse_rows:
            span = vision(raster, index, row_end=NEWLINE)
        else:
            span = Span(kind="query", count=raster.cells, is_token=True, views=(index,))
        return (span, SEPARATOR) if whole else (span,)
