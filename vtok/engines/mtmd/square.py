"""Every image in one square."""

from vtok.engines.mtmd.base import Mtmd
from vtok.engines.mtmd.prepared import Prepared, marked
from vtok.geometry.places import merged_raster, whole_view
from vtok.geometry.single import letterboxed_single
from vtok.parts.family import family
from vtok.parts.keys import all_equal
from vtok.parts.spans import SEPARATOR, vision
from vtok.values import Size, Step


@family
class FixedSize(Mtmd):
    """Every image in one square (mtmd_image_preprocessor_fixed_size), letterboxed; `framed` adds a start and an end."""

    size: int
    form: str = "plain"

    def prepared(self, original: Size) -> Prepared:
        """One view."""
        square = Size(self.size, self.size)
        box = letterboxed_single(original, square)
        view = whole_view(original, square, self.patches, content=box)
        around = (SEPARATOR,) if self.form == "framed" else ()
        spans = (*marked(self.marks.begin), *around, vision(merged_raster(view), 0), *around, *marked(self.marks.end))
        step = Step(name="resize", before=original, after=square, reason="into the square, the rest is padding")
        return Prepared((step,), (view,), spans, content=box)

    count_keys = all_equal
