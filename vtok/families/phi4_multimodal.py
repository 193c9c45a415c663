"""Phi-4 multimodal: up to thirty-six tiles of 448 pixels at nearly full size, padded white, and the canvas in one more.

Rule     There are as many tiles as hold the image, up to 36. A larger image gets the grid whose aspect ratio is
         nearest. The image is enlarged or shrunk until one side fills the canvas, and lies at its top left; the rest is
         white. Patches of 14 are pooled 2 x 2; rows and columns of padding are dropped. The canvas, with its padding,
         is stretched to a tile and makes 256 tokens.
Numbers  preprocessor_config.json and config.json of the checkpoint: up to 36 tiles (dynamic_hd) of 448.
Paper    arXiv 2503.01743. Code: transformers 5.23,
         models/phi4_multimodal/{image_processing,modeling}_phi4_multimodal.py.

Where they disagree, and what vtok follows:
- The encoder gets the whole image first. In the prompt the tiles come first, then a separator, then the whole image.
- A learned newline closes each row of the stitched tiles and each of the 16 rows of the whole image.
- The view of the whole image is made from the padded canvas: its cells show padding, too. It is resized bicubically,
  the canvas bilinearly, which is torchvision's default.
- Padding is dropped by patches of 14, rounded down, and only every second patch decides: part of a cell may be padding.
- Above 36 tiles the rule is InternVL's, with candidates in the order of a Python set. That order decides nothing here.
"""

from math import ceil
from typing import ClassVar

from vtok.geometry.canvases import cut, padded_to_tiles
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, cell_edges, scaled
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import Keys, either
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import NEWLINE, SEPARATOR, view_tokens, vision
from vtok.parts.tiles import canvas_layout
from vtok.parts.views import thumbnail
from vtok.values import Box, Candidate, Layout, Media, Raster, Size, Span, View

LEAST_SIDE = 10
"""The shortest side that a resized image may have."""


@family
class Phi4Multimodal(Family):
    """The numbers of a Phi-4 multimodal checkpoint; `size` is the side of a tile."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    size: int = 448
    dynamic_hd: int = limit(36)
    patch_size: int = 14
    pool: int = 2
    resample: str = "bilinear"

    def layout(self, media: Media) -> Layout:
        """Views: the whole canvas, then the tiles. Spans: the tiles stitched, separator, the whole canvas."""
        original, _ = self.orient(media)
        best = chosen(self.candidates(media))
        canvas = best.canvas
        resize = padded_to_tiles(original, best.tiles, tile=self.size, least=LEAST_SIDE)
        content = Box.of(resize.after)
        patches = Patches(self.patch_size, self.pool)
        seen = scaled(content, canvas, Size(self.size, self.size))
        views = (
            thumbnail(original, self.size, patches)._replace(content=seen),
            *cut(original, canvas, best.tiles, patches, content=content),
        )
        rows, columns = self.token_grid(canvas, resize.after)
        ys, xs = cell_edges(rows, columns, cell=self.patch_size * self.pool, content=content, source=Box.of(original))
        spans = self.spans(views, Raster(t=1, rows=rows, columns=columns, ys=ys, xs=xs))
        return canvas_layout(self, media, best, (resize,), content=content, views=views, spans=spans)

    def token_grid(self, canvas: Size, image: Size) -> tuple[int, ...]:
        """The rows and columns of tokens that the image leaves of its canvas."""
        left = (
            side // self.patch_size - (side - kept) // self.patch_size for side, kept in zip(canvas, image, strict=True)
        )
        return tuple(-(-patches // self.pool) for patches in left)

    def nearest(self, size: Size) -> tuple[Candidate, ...]:
        """All grids of up to dynamic_hd tiles, for an image that needs more."""
        return nearest_aspect(size, tile_grids(1, self.dynamic_hd), tile=self.size)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The rows and columns of tokens, and whether the image is refused."""
        few = -(-sizes.width // self.size), -(-sizes.height // self.size)
        more = few[0] * few[1] > self.dynamic_hd
        tiles = either(more, chosen(self.nearest(sizes)).tiles, few)
        image = padded_to_tiles(sizes, tiles, tile=self.size, least=LEAST_SIDE).after
        return *self.token_grid(Size(tiles[1] * self.size, tiles[0] * self.size), image), image.area == 0

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grid that holds the image; if it has more than dynamic_hd tiles, all grids of up to dynamic_hd."""
        original, _ = self.orient(media)
        columns, rows = ceil(original.width / self.size), ceil(original.height / self.size)
        if columns * rows > self.dynamic_hd:
            return self.nearest(original)
        canvas = Size(rows * self.size, columns * self.size)
        why = f"the fewest tiles of {self.size} that hold {original}"
        return (Candidate(tiles=(columns, rows), canvas=canvas, scores=(), chosen=True, reason=why),)

    def spans(self, views: tuple[View, ...], raster: Raster) -> tuple[Span, ...]:
        """The prompt's part."""
        tiles = vision(raster, *range(1, len(views)), row_end=NEWLINE)
        return tiles, SEPARATOR, view_tokens(views[0], 0, row_end=NEWLINE)


MODEL_TYPES = ("phi4mm",)
CLASS_DEFAULTS: ClassDefaults = {
    "Phi4MultimodalImageProcessor": {"size": 448, "dynamic_hd": 36},
    "Phi4MultimodalConfig": {"patch_size": 14, "max_position_embeddings": 131_072},
}
PRESETS = (
    Phi4Multimodal(
        model="phi-4-multimodal",
        preset="phi-4-multimodal",
        repo="microsoft/Phi-4-multimodal-instruct",
        max_position_embeddings=131_072,
        chat_tokens=3,
        sources={
            "*": "preprocessor_config.json",
            "patch_size": "config.json",
            "pool": "transformers 5.23 (AvgPool2d)",
            "size": "config.json: embd_layer.image_embd_layer.crop_size",
        },
        remarks=("32 x 32 patches of a tile, average-pooled to 16 x 16.",),
    ),
)
