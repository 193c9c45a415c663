"""Tiles on the canvas that LLaVA's rule chooses."""

from vtok.engines.mtmd.tiled import Tiled
from vtok.errors import UsageError
from vtok.geometry.many import Sizes
from vtok.geometry.single import grids_of_sides, grids_of_tiles, kept_single
from vtok.geometry.tiling import MAX_TILES, Grid, best_fit, chosen
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, either, longer_than
from vtok.values import Candidate, Size


@family
class Pinpoints(Tiled):
    """A canvas chosen by LLaVA's rule (llava_uhd with image_res_candidates).

    The canvases are those of image_grid_pinpoints, as (width, height), else all of min_tiles to max_tiles tiles
    (InternVL), else all of up to max_side columns and rows but one tile (Llama 4).
    """

    image_grid_pinpoints: tuple[Grid, ...] = ()
    min_tiles: int = 1
    max_tiles: int | None = limit(None)
    max_side: int = 3

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The grids, (columns, rows) each, in llama.cpp's order."""
        if self.image_grid_pinpoints:
            grids = tuple((width // self.size, height // self.size) for width, height in self.image_grid_pinpoints)
            if not all(1 <= columns * rows <= MAX_TILES for columns, rows in grids):
                raise UsageError(f"image_grid_pinpoints must hold 1 to {MAX_TILES} tiles of {self.size} each")
            return grids
        if self.max_tiles is None:
            if self.max_side**2 > MAX_TILES:
                raise UsageError(f"max_side {self.max_side:,} makes more than {MAX_TILES} tiles; lower it")
            return grids_of_sides(self.max_side)
        if not 1 <= self.min_tiles <= self.max_tiles <= MAX_TILES:
            raise UsageError(f"{self.min_tiles} to {self.max_tiles} tiles; give a range within 1 to {MAX_TILES}")
        return grids_of_tiles(self.min_tiles, self.max_tiles)

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The canvases of the grids, unless the image fits a tile."""
        return () if max(original) <= self.size else self.best(original)

    def best(self, size: Size) -> tuple[Candidate, ...]:
        """The canvases of the grids."""
        canvases = [Size(rows * self.size, columns * self.size) for columns, rows in self.grids]
        return best_fit(size, canvases, tile=self.size, kept=kept_single)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles of an image that does not fit one."""
        return either(longer_than(sizes, self.size), chosen(self.best(sizes)).tiles)
