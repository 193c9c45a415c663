"""Grok behind xAI's API: tiles of 448 pixels, 256 tokens each, and one tile more.

Rule     The image is covered with tiles of 448 pixels, at most six of them. Each costs 256 tokens, and 256 are added.
Numbers  page "Consumption and rate limits" of docs.x.ai, as others quote it, 2025: at most 1,792 tokens.
Paper    none.

Where they disagree, and what vtok follows:
- How an image is resized onto tiles is not published; the image page of 2026 has no formula at all. The count is an
  estimate: tiles cover the image at its own size, and more than six become six of the nearest aspect ratio.
- Where the tokens of a tile lie in it is not published. The extra tile is shown as the whole image.
"""

from vtok.geometry.canvases import cut
from vtok.geometry.hosted import covering_tiles
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids
from vtok.parts.family import family
from vtok.parts.hosted import CONTEXT, Hosted, unplaced
from vtok.parts.keys import Keys
from vtok.parts.views import thumbnail
from vtok.values import Basis, Layout, Media, Size, Step


@family
class Grok(Hosted):
    """The numbers of Grok's tiles."""

    tile_size: int = 448
    tile_tokens: int = 256
    max_tiles: int = 6

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image. Spans: the tokens of each."""
        original, steps = self.orient(media)
        grid, reason = self.grid(original)
        canvas = Size(grid[1] * self.tile_size, grid[0] * self.tile_size)
        patches = Patches(self.tile_size)
        views = (*cut(original, canvas, grid, patches), thumbnail(original, self.tile_size, patches))
        return self.answer(
            media,
            original,
            steps=(*steps, Step("tile", original, canvas, f"{grid[0]} x {grid[1]} tiles: {reason}")),
            views=views,
            spans=tuple(unplaced(self.tile_tokens, i)[0] for i in range(len(views))),
            tiles=grid,
        )

    def grid(self, size: Size) -> tuple[tuple[int, int], str]:
        """The columns and rows of tiles, and why."""
        columns, rows = covering_tiles(size, self.tile_size)
        if columns * rows <= self.max_tiles:
            return (columns, rows), f"they cover the image, and are not more than {self.max_tiles}"
        best = chosen(nearest_aspect(size, tile_grids(self.max_tiles, self.max_tiles), tile=self.tile_size))
        return best.tiles, f"{columns * rows:,} would cover the image, and {self.max_tiles} are the most"

    def count_keys(self, sizes: Sizes) -> Keys:
        """The number of tiles."""
        import numpy as np

        columns, rows = covering_tiles(sizes, self.tile_size)
        return (np.minimum(columns * rows, self.max_tiles),)


QUOTED = Basis("estimated", "2025-10", "xAI, page Consumption and rate limits, as quoted; the resize is not published")
CONTEXTS = {"grok-4": 256_000, "grok-2-vision": 32_768, "grok-vision-beta": 8_192}
PRESETS = tuple(
    Grok(
        model="grok",
        preset=name,
        max_position_embeddings=context,
        basis=QUOTED,
        sources=CONTEXT,
    )
    for name, context in CONTEXTS.items()
)
