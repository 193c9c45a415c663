"""LFM2-VL: a small image at a size of its own, a large one in tiles and once more, small."""

from vtok.engines.mtmd.nearest_aspect import NearestAspect
from vtok.engines.mtmd.prepared import Prepared, marked
from vtok.errors import UsageError
from vtok.geometry.many import Sizes
from vtok.geometry.places import merged_raster, whole_view
from vtok.geometry.single import snapped_single
from vtok.geometry.snapping import rounded_pixels
from vtok.geometry.tiling import chosen
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, cells, either
from vtok.parts.spans import vision
from vtok.values import Candidate, Size, Step, View


@family
class LFM2(NearestAspect):
    """LFM2-VL: tiles where the image is more than `tolerance` times as large as the most tokens allow.

    The whole, or the image that is not tiled, is held to min_tokens and max_tokens of its own size.
    """

    image_min_tokens: int = 8
    image_max_tokens: int = limit(4096)
    max_pixels_tolerance: float

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The grids, where the image is large enough (should_tile); its sides round half to even here."""
        return self.grids(original) if self.is_large(original) else ()

    def is_large(self, size: Size) -> bool:
        """Whether the image is cut."""
        factor = self.patches.factor
        most = self.image_max_tokens * factor**2 * self.max_pixels_tolerance
        return rounded_pixels(size, factor, least=self.patch_size) > most

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid of the whole image, and the tiles of a large one."""
        whole = cells(self.resize(sizes).after, self.patches.factor)
        return *whole, *either(self.is_large(sizes), chosen(self.grids(sizes)).tiles)

    def resize(self, size: Size) -> Step:
        """The size of the whole image."""
        area = self.patches.factor**2
        least, most = self.image_min_tokens, self.image_max_tokens
        if most < least:
            raise UsageError(f"image_min_tokens {least:,} is above image_max_tokens {most:,}; raise the latter")
        return snapped_single(size, factor=self.patches.factor, min_pixels=least * area, max_pixels=most * area)

    def whole(self, original: Size, *, tiled: bool) -> tuple[Step, View]:
        """The image at its own size within the limits."""
        step = self.resize(original)
        view = whole_view(original, step.after, self.patches)._replace(kind="thumbnail" if tiled else "image")
        return (step._replace(name="thumbnail") if tiled else step), view

    def untiled(self, step: Step, whole: View) -> Prepared:
        """The image alone, between start and end without a tag."""
        spans = (*marked(self.marks.begin), vision(merged_raster(whole), 0), *marked(self.marks.end))
        return Prepared((step,), (whole,), spans, content=whole.content, tiles=(0, 0))
