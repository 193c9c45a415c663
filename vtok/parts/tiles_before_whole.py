"""Square tiles, and after them the whole image, larger, in a view of its own: the views of DeepSeek-OCR."""

from typing import ClassVar

from vtok.geometry.canvases import cut
from vtok.geometry.places import Patches
from vtok.geometry.tiling import chosen
from vtok.parts.family import Family, family
from vtok.parts.spans import SEPARATOR
from vtok.parts.tiles import stitched_tokens, stretched
from vtok.values import Box, Candidate, Layout, Media, Size, Span, Step, View


@family
class TilesBeforeWhole(Family):
    """A family with these views."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    attention: ClassVar[str] = (
        "its SAM attends within 14 x 14 patches of a padded grid, in layers 2, 5, 8 and 11 in full; its CLIP in full"
    )

    patch_size: int = 16
    downsample_ratio: int = 4

    @property
    def patches(self) -> Patches:
        """How views are cut."""
        return Patches(self.patch_size, self.downsample_ratio)

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image. Spans: as `spans`."""
        original, steps = self.orient(media)
        fit, view = self.whole(original)
        canvas, content, grid = view.size, view.content, (0, 0)
        tiles: tuple[View, ...] = ()
        if candidates := self.candidates(media):
            best = chosen(candidates)
            canvas, content, grid = best.canvas, Box.of(best.canvas), best.tiles
            tiles = cut(original, canvas, grid, self.patches)
            steps += stretched(original, best)
        return self.describe(
            media,
            original,
            steps=(*steps, fit),
            views=(*tiles, view),
            spans=self.spans((*tiles, view), grid[0]),
            resized=Size(int(content.height), int(content.width)),
            canvas=canvas,
            content=content,
            tiles=grid,
        )

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of tiles; none for an image that is not tiled."""
        raise NotImplementedError

    def whole(self, original: Size) -> tuple[Step, View]:
        """The step to the view of the whole image, and that view."""
        raise NotImplementedError

    def spans(self, views: tuple[View, ...], columns: int) -> tuple[Span, ...]:
        """The map of the tiles, if there are any, that of the whole image, and a separator."""
        *tiles, view = views
        tokens = (stitched_tokens(tuple(tiles), columns),) if tiles else ()
        return (*tokens, stitched_tokens((view,), 1, first=len(tiles)), SEPARATOR)
