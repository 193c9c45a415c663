"""MiniCPM-V's slices: as many as the image has areas of one, in the grid of the nearest aspect ratio."""

from vtok.engines.mtmd.tiled import Tiled
from vtok.geometry.many import Sizes
from vtok.geometry.places import whole_view
from vtok.geometry.single import divisible, one_slice_single, slice_grids
from vtok.geometry.tiling import chosen
from vtok.parts.family import family
from vtok.parts.keys import Keys, cells, either, longer_than
from vtok.values import Candidate, Size, Span, Step, View


@family
class Slices(Tiled):
    """MiniCPM-V's slices (llava_uhd without candidates); with `query_num` a resampler makes so many tokens of a view.

    With `by_area` an image of no more pixels than a slice is not cut, whatever its sides (minicpmv4_6, merge 2).
    """

    max_slice_nums: int = 9
    query_num: int | None = None
    by_area: bool = False

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The grids of nearly as many slices as the image has areas of one."""
        if max(original) <= self.size or (self.by_area and original.area <= self.size**2):
            return ()
        return tuple(each._replace(canvas=self.canvas(original, *each.tiles)) for each in self.slices(original))

    def slices(self, size: Size) -> tuple[Candidate, ...]:
        """The grids, with canvases of square slices."""
        return slice_grids(size, side=self.size, max_num=self.max_slice_nums)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The slices; where their patches are merged, also the merged grids of the whole image and of all slices."""
        cut = longer_than(sizes, self.size)
        if self.by_area:
            cut &= sizes.area > self.size**2
        tiles = chosen(self.slices(sizes)).tiles
        if self.query_num is not None:
            return either(cut, tiles)
        factor = self.patches.factor
        once, again = (
            cells(one_slice_single(sizes, side=self.size, factor=factor, rescale=rescale), factor)
            for rescale in (False, True)
        )
        whole = either(cut, once, again if self.by_area else (0, 0))
        return *whole, *either(cut, (*tiles, *cells(self.canvas(sizes, *tiles), factor)), (0,) * 4)

    def canvas(self, original: Size, columns: int, rows: int) -> Size:
        """All slices together (get_refine_size): the image's sides are first made divisible by their numbers."""
        one = original._replace(
            height=divisible(original.height, rows) // rows, width=divisible(original.width, columns) // columns
        )
        one = one_slice_single(one, side=self.size, factor=self.patches.factor, rescale=True)
        return Size(one.height * rows, one.width * columns)

    def whole(self, original: Size, *, tiled: bool) -> tuple[Step, View]:
        """The whole at the area of a slice; an image that fits a slice is stretched over one."""
        if not tiled and not self.by_area:
            return super().whole(original, tiled=tiled)
        size = one_slice_single(original, side=self.size, factor=self.patches.factor, rescale=not tiled)
        view = whole_view(original, size, self.patches)._replace(kind="thumbnail")
        reason = f"at most the area of a slice, both sides to multiples of {self.patches.factor}"
        return Step(name="thumbnail", before=original, after=size, reason=reason), view

    def tokens(self, view: View, index: int, *, whole: bool = False) -> tuple[Span, ...]:
        """The tokens of one view: the resampler's queries, or its merged patches."""
        if self.query_num is None:
            return super().tokens(view, index, whole=whole)
        return (Span(kind="query", count=self.query_num, is_token=True, views=(index,)),)
