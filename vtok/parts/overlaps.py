"""Crops that overlap: what families share whose canvas is cut into windows, each seen with its margins."""

from vtok.errors import UsageError
from vtok.geometry.scaling import fit_scales_float32, least_scaled
from vtok.geometry.tiling import tile_grids
from vtok.parts.family import Family, family, limit
from vtok.values import Candidate, Media, Size


@family
class OverlappingCrops(Family):
    """The numbers of such a family; `size` is the side of a crop, margins are in patches."""

    size: int
    max_crops: int = limit()
    overlap_margins: tuple[int, int] = (4, 4)
    patch_size: int = 14

    @property
    def margin(self) -> int:
        """Pixels of both margins together."""
        return sum(self.overlap_margins) * self.patch_size

    @property
    def window(self) -> int:
        """Pixels from one crop to the next."""
        return self.size // self.patch_size * self.patch_size - self.margin

    def check_window(self) -> int:
        """Pixels from one crop to the next. Raises UsageError if nothing is left between the margins."""
        if self.window < 1:
            raise UsageError(
                f"crops of {self.size} pixels have nothing between margins of {self.margin} pixels together; "
                "set a larger size, smaller patches or smaller overlap_margins"
            )
        return self.window

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases of up to max_crops windows, by their number, then by rows; scores do not count the margins."""
        original, _ = self.orient(media)
        window = self.check_window()
        grids = sorted(tile_grids(1, self.max_crops), key=lambda grid: (grid[0] * grid[1], grid[1]))
        canvases = [Size(rows * window, columns * window) for columns, rows in grids]
        inner = original._replace(height=original.height - self.margin, width=original.width - self.margin)
        scales = fit_scales_float32(inner, canvases)
        return least_scaled(scales, canvases, tile=window, margin=self.margin)
