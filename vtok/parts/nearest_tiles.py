"""Images stretched over the tiles whose grid is nearest to their aspect ratio, the whole image last: InternVL's rule.

InternVL itself takes videos, too, and has pipelines that choose otherwise.
"""

from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.geometry.tiling import Grid, chosen, nearest_aspect, tile_grids
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.tiles import stretched_layout
from vtok.values import Candidate, Layout, Media, Span, View


@family
class NearestTiles(Family):
    """The numbers of such a checkpoint; `image_size` is the side of a tile."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)

    image_size: int = 448
    patch_size: int = 14
    merge_size: int = 2
    min_num: int = 1
    max_num: int = limit(12)

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image. Spans: the family's `spans`."""
        best, patches = chosen(self.candidates(media)), Patches(self.patch_size, self.merge_size)
        return stretched_layout(self, media, best, patches, self.spans)

    count_keys = by_tiling

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_num to max_num tiles."""
        original, _ = self.orient(media)
        return nearest_aspect(original, self.grids(), tile=self.image_size)

    def grids(self) -> tuple[Grid, ...]:
        """The grids in the order in which the first of equally near ones wins."""
        return tile_grids(self.min_num, self.max_num)

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The prompt's part for an image of these views."""
        raise NotImplementedError
