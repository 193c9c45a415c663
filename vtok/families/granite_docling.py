"""Granite for Docling: a page stretched over up to 32 tiles of 512 pixels, a tag before each, the whole page last.

Rule     Of all grids of up to 32 tiles, and of up to 16 rows and columns, the one wins whose aspect ratio is nearest to
         the page's. The page is stretched over it and cut. The whole page follows as one more tile, unless there is
         only one. Pixel shuffle makes 64 tokens of the 32 x 32 patches of a tile; the fine route, 256.
Numbers  Class defaults of transformers: no published config of the checkpoint is known.
Paper    none yet; the documentation of transformers. Code: transformers 5.23, models/granite_docling.

Where they disagree, and what vtok follows:
- A page of a single tile has the tag <row_1_col_1> and no <global-img>, unlike Idefics 3.
- Each row of tiles ends with a line break, and an empty line stands before the whole page. They are plain text: named,
  but not counted.
- A rule for spreads of newspapers, off by default, allows more tiles (dense_max_patches) for pages that would shrink
  below dense_max_scale and are wider than dense_min_aspect.
- Checkpoints with a router say themselves which pages need the fine route. vtok takes it where fine_route is set.
"""

from math import isqrt
from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids
from vtok.parts.family import Family, Placeholders, family, limit
from vtok.parts.keys import Keys, by_tiling
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import plain, special, square_tokens
from vtok.parts.tiles import row_by_row, stretched_layout
from vtok.values import Candidate, Layout, Media, Size, Span, View

LONGEST = 16
"""The most rows and columns of tiles: the vocabulary has tags for no more."""


@family
class GraniteDocling(Family):
    """The numbers of a Granite for Docling checkpoint; `size` is the side of a tile."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}

    size: int = 512
    crop_to_patches: bool = limit(default=True)
    min_patches: int = 1
    max_patches: int = limit(32)
    dense_max_patches: int = 0
    dense_max_scale: float = 0.0
    dense_min_aspect: float = 0.0
    dense_max_aspect: float = 0.0
    fine_route: bool = limit(default=False)
    image_seq_len: int = 64
    patch_size: int = 16
    scale_factor: int = 4
    around: str = "<fake_token_around_image>"
    whole_tag: str = "<global-img>"

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole page. Spans: each view after its tags, line breaks between rows."""
        best = chosen(self.candidates(media))
        patches = Patches(self.patch_size, self.scale_factor // 2 if self.fine_route else self.scale_factor)
        return stretched_layout(self, media, best, patches, lambda views: self.spans(views, best.tiles))

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_patches tiles to as many as the page may have."""
        original, _ = self.orient(media)
        if not self.crop_to_patches or self.max_patches == 1:
            return nearest_aspect(original, ((1, 1),), tile=self.size)
        usual = self.nearest(original, self.max_patches)
        return self.nearest(original, self.dense_max_patches) if self.is_dense(original, chosen(usual)) else usual

    def nearest(self, size: Size, most: int) -> tuple[Candidate, ...]:
        """The grids of min_patches to so many tiles."""
        grids = [grid for grid in tile_grids(min(self.min_patches, most), most) if max(grid) <= LONGEST]
        return nearest_aspect(size, grids, tile=self.size)

    def is_dense(self, size: Size, usual: Candidate) -> bool:
        """Whether the page may have dense_max_patches tiles. A limit of 0 is none."""
        if not self.dense_max_patches or not (self.dense_max_scale or self.dense_min_aspect):
            return False
        aspect, scale = size.width / size.height, usual.canvas.width / size.width
        wide = not self.dense_min_aspect or aspect > self.dense_min_aspect
        strip = self.dense_max_aspect and aspect > self.dense_max_aspect
        return wide and not strip and (not self.dense_max_scale or scale < self.dense_max_scale)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles; the sizes themselves where some pages may have more."""
        return tuple(sizes) if self.dense_max_patches else by_tiling(self, sizes)

    def spans(self, views: tuple[View, ...], tiles: tuple[int, int]) -> tuple[Span, ...]:
        """The prompt's part."""
        parts: list[Span] = []
        for i, row, column in row_by_row(tiles):
            parts += [*special(self.around), *special(f"<row_{row + 1}_col_{column + 1}>"), self.tokens(views[i], i)]
            if column == tiles[0] - 1:
                parts.append(plain("\n\n" if row == tiles[1] - 1 and len(views) > 1 else "\n"))
        if len(views) == 1:
            return tuple(parts)
        last = self.tokens(views[-1], len(views) - 1)
        return (*parts, *special(self.around), *special(self.whole_tag), last, *special(self.around))

    def tokens(self, view: View, index: int) -> Span:
        """The tokens of one view: a square of image_seq_len, of four times as many on the fine route."""
        side = isqrt(self.image_seq_len) * (2 if self.fine_route else 1)
        return square_tokens(view, index, side=side, cell=self.size / side)


CLASS_DEFAULTS: ClassDefaults = {
    "GraniteDoclingImageProcessor": {
        "size": 512,
        "crop_to_patches": True,
        "min_patches": 1,
        "max_patches": 32,
        "dense_max_patches": 0,
        "dense_max_scale": 0.0,
        "dense_min_aspect": 0.0,
        "dense_max_aspect": 0.0,
        "fine_route": False,
    },
    "GraniteDoclingProcessor": {"image_seq_len": 64},
    "GraniteDoclingConfig": {"patch_size": 16, "scale_factor": 4, "max_position_embeddings": 32_768},
}
PRESETS = (
    GraniteDocling(
        model="granite-for-docling",
        preset="granite-for-docling-500m",
        repo="docling-project/granite-for-docling-500m",
        aliases=("ibm-granite/granite-for-docling-500m",),
        max_position_embeddings=32_768,
        sources={"max_position_embeddings": "transformers 5.23 GraniteDoclingConfig"},
        remarks=("32 x 32 patches of a view, pixel shuffle to 8 x 8, or to 16 x 16 on the fine route.",),
    ),
)
