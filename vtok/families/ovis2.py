"""Ovis2: the whole image, then the fewest tiles of 448 pixels that show nine tenths of it at full size.

Rule     The image is cut evenly into 1 to 12 pieces. The fewest pieces win that show more than 0.9 of its area in tiles
         of 448 without shrinking. The image is stretched over that many tiles. Patches of 14 are merged 2 x 2: 256
         tokens a view. The whole image, stretched to a tile, comes first unless one tile is all.
Numbers  preprocessor_config.json of the converted checkpoints: up to 12 tiles of 448.
Paper    arXiv 2405.20797. Code: transformers 5.23, models/ovis2/{image_processing,processing}_ovis2.py.

Where they disagree, and what vtok follows:
- transformers scores a grid as (rows, columns) and then cuts it as (columns, rows): the tiling is turned. An image of
  1920 x 1080, for which 4 columns and 2 rows win, is cut into 2 columns and 4 rows. vtok follows the code. The tokens
  differ only in the separators.
- The class default of transformers is one tile of 384; the checkpoints publish up to 12 of 448. vtok follows the
  checkpoints.
- AIDC-AI's own code cuts up to 9 tiles; max_patches=9 gives those.
- <IMG_START>, <IMG_GRID>, <IMG_COL>, <IMG_ROW> and <IMG_END> have learned vectors, but they are special tokens: prompt
  tokens, not visual ones.
"""

from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.geometry.tiling import chosen, covering_grid
from vtok.parts.family import Family, Placeholders, family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.sources import CHAT_TEMPLATE, ClassDefaults
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import row_by_row, tiles_and_whole, tiling_step
from vtok.values import Box, Candidate, Layout, Media, Span, View


@family
class Ovis2(Family):
    """The numbers of an Ovis2 checkpoint; `size` is the side of a tile."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    placeholders: ClassVar[Placeholders] = {"image": ("<image>", "<IMG_ATOM>")}
    size: int = 448
    max_patches: int = limit(12)
    patch_size: int = 14
    hidden_stride: int = 2
    crop_to_patches: bool = True
    use_covering_area_grid: ClassVar[bool] = True

    def layout(self, media: Media) -> Layout:
        """Views: the whole image, then the tiles. Spans: start, whole image, grid, tiles and separators, end."""
        original, steps = self.orient(media)
        best = chosen(self.candidates(media))
        *tiles, whole = tiles_and_whole(original, best, Patches(self.patch_size, self.hidden_stride))
        views = (whole, *tiles)
        tiling = tiling_step(original, best)
        if best.tiles[0] != best.tiles[1]:
            columns, rows = best.tiles
            tiling = tiling._replace(reason=f"{tiling.reason}; upstream scores {rows} x {columns} and cuts it turned")
        return self.describe(
            media,
            original,
            steps=(*steps, tiling, stretch(original, best.canvas)),
            views=views,
            spans=self.spans(views, best.tiles),
            content=Box.of(best.canvas),
            tiles=best.tiles,
        )

    count_keys = by_tiling

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of up to max_patches tiles (one without crop_to_patches), by number; as upstream cuts them."""
        original, _ = self.orient(media)
        return covering_grid(original, tile=self.size, max_num=self.max_patches if self.crop_to_patches else 1)

    def spans(self, views: tuple[View, ...], tiles: tuple[int, int]) -> tuple[Span, ...]:
        """The prompt's part: the whole image (or the only tile) first, then the tiles and what separates them."""
        parts = [*special("<IMG_START>"), view_tokens(views[0], 0), *special("<IMG_GRID>")]
        for i, row, column in row_by_row(tiles) if len(views) > 1 else ():
            last_row = "" if row == tiles[1] - 1 else "<IMG_ROW>"
            separator = "<IMG_COL>" if column < tiles[0] - 1 else last_row
            parts += [view_tokens(views[i + 1], i + 1), *special(separator)]
        return (*parts, *special("<IMG_END>"))


SOURCES = {
    "*": "config.json",
    "chat_tokens": CHAT_TEMPLATE,
    **dict.fromkeys(("size", "max_patches", "crop_to_patches", "resample"), "preprocessor_config.json"),
}

CLASS_DEFAULTS: ClassDefaults = {
    "Ovis2ImageProcessor": {"size": 384, "max_patches": 12, "crop_to_patches": False},
    "Ovis2Config": {"patch_size": 14, "hidden_stride": 1},
}
PRESETS = tuple(
    Ovis2(
        model="ovis2",
        preset=f"ovis2-{size.lower()}",
        repo=f"thisisiron/Ovis2-{size}-hf",
        chat_tokens=20,
        max_position_embeddings=32_768,
        sources=SOURCES,
        remarks=(
            "32 x 32 patches of a view, 2 x 2 of them to one of 65,536 visual words.",
            "AIDC-AI's own repositories have code of their own, which is not meant here.",
        ),
    )
    for size in ("1B", "2B")
)
