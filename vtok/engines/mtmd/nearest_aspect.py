"""Tiles in the grid whose aspect ratio is nearest to the image's."""

from vtok.engines.mtmd.tiled import Tiled
from vtok.geometry.single import aspect_distance_single
from vtok.geometry.tiling import nearest_aspect, tile_grids
from vtok.parts.family import family, limit
from vtok.values import Box, Candidate, Size


@family
class NearestAspect(Tiled):
    """The grid of min_tiles to max_tiles whose aspect ratio is nearest to the image's (find_closest_aspect_ratio)."""

    min_tiles: int
    max_tiles: int = limit(9)

    def grids(self, original: Size) -> tuple[Candidate, ...]:
        """The grids with their distances."""
        grids = tile_grids(self.min_tiles, self.max_tiles)
        return nearest_aspect(original, grids, tile=self.size, distance=aspect_distance_single)

    def content(self, original: Size, canvas: Size) -> Box:
        """The image is stretched over the canvas."""
        del original
        return Box.of(canvas)
