"""GPT-4V to GPT-5 behind OpenAI's API: crops of 512 pixels at a price each, and a base price for the whole image.

Rule     detail low costs the base. detail high: the image is fit into 2,048 x 2,048 pixels, its shorter side is then
         brought down to 768, and it is covered with tiles of 512 pixels. Each costs a number of tokens, and the base
         is added, for a version of 512 x 512 pixels that the model sees first.
Numbers  the table of OpenAI's guide "Images and vision", edition of spring 2026.
Paper    none. The rule dates from GPT-4V in November 2023.

Where they disagree, and what vtok follows:
- The guide scales "so that the image's shortest side is 768px long", which would enlarge small images: 300 x 300 to 765
  tokens. Azure's copy shrinks only, and so do bills: 128 x 64 pixels cost one tile with gpt-4o, gpt-4.1, gpt-4.5,
  gpt-4-turbo, gpt-4o-mini and o3 (OpenAI community 1262691). vtok shrinks only, and names the other count.
- How sides are rounded is not printed. With gpt-4.1, 2,049 x 513 pixels are billed as eight tiles and 2,050 x 513 as
  four (community 1281361): sides go to the nearest pixel.
- detail auto lets the model choose. It counts as high here.
- Where the tokens of a tile lie in it is not published: they have a tile, and no place.
"""

from vtok.geometry.canvases import cut
from vtok.geometry.hosted import covering_tiles, within_sides
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.parts.family import family, option
from vtok.parts.hosted import CONTEXT, Hosted, one_view, unplaced
from vtok.parts.keys import Keys
from vtok.parts.views import thumbnail
from vtok.values import Basis, Box, Layout, Media, Size, Step


@family
class GptTiles(Hosted):
    """The prices of a model: `base` for the image, `per_tile` for each tile of it."""

    base: int
    per_tile: int
    tile_size: int = 512
    longest_edge: int = 2048
    shortest_edge: int = 768
    detail: str = option(
        "auto", "how closely the model looks; auto counts as high", "auto", "low", "high", limits="image"
    )
    enlarge: bool = option(default=False, text="bring a shorter side up to shortest_edge, as the guide's words ask")

    def layout(self, media: Media) -> Layout:
        """Views: the whole image in one tile's pixels, then the tiles. Spans: the base, then each tile."""
        original, steps = self.orient(media)
        patches, side = Patches(self.tile_size), Size(self.tile_size, self.tile_size)
        if self.detail == "low":
            step = stretch(original, side)._replace(reason=f"detail low: a version of {side} at the base price")
            return one_view(self, media, step, self.base)
        resize = self.resize(original)
        columns, rows = covering_tiles(resize.after, self.tile_size)
        canvas = Size(rows * self.tile_size, columns * self.tile_size)
        content = Box.of(resize.after)
        price = f"{self.base:,} + {columns * rows} x {self.per_tile:,} tokens"
        tile = Step("tile", resize.after, canvas, f"{columns} x {rows} tiles of {self.tile_size} cover it: {price}")
        tiles = cut(original, canvas, (columns, rows), patches, content=content)
        return self.answer(
            media,
            original,
            basis=self.basis_of(original, columns * rows),
            steps=(*steps, resize, tile),
            views=(thumbnail(original, self.tile_size, patches), *tiles),
            spans=(*unplaced(self.base, 0), *(unplaced(self.per_tile, i + 1)[0] for i in range(len(tiles)))),
            resized=resize.after,
            content=content,
            tiles=(columns, rows),
        )

    def resize(self, size: Size, *, enlarge: bool | None = None) -> Step:
        """The size that is covered with tiles."""
        edges = {"longest_edge": self.longest_edge, "shortest_edge": self.shortest_edge}
        return within_sides(size, enlarge=self.enlarge if enlarge is None else enlarge, **edges)

    def basis_of(self, size: Size, tiles: int) -> Basis:
        """The page; for an image that its words would enlarge, the bills, and what the words come to."""
        columns, rows = covering_tiles(self.resize(size, enlarge=True).after, self.tile_size)
        if self.enlarge or columns * rows == tiles:
            return self.basis
        literal = self.base + columns * rows * self.per_tile
        return NOT_ENLARGED._replace(others=(self.other(self.basis, literal),))

    def count_keys(self, sizes: Sizes) -> Keys:
        """The columns and rows of tiles."""
        return () if self.detail == "low" else covering_tiles(self.resize(sizes).after, self.tile_size)


GUIDE = Basis("documented", "2026-04", "OpenAI, guide Images and vision")
GPT_4V = Basis("documented", "2023-11", "OpenAI, guide Vision of gpt-4-vision-preview")
NOT_ENLARGED = Basis("observed", "2025-05", "small images are not enlarged on bills: OpenAI community 1262691, 1281361")
PRICES = {
    "gpt-4o": (85, 170, 128_000, ("chatgpt-4o",)),
    "gpt-4o-mini": (2833, 5667, 128_000, ()),
    "gpt-4.1": (85, 170, 1_047_576, ()),
    "gpt-4.5": (85, 170, 128_000, ("gpt-4.5-preview",)),
    "gpt-4-turbo": (85, 170, 128_000, ("gpt-4v", "gpt-4-vision", "gpt-4-vision-preview")),
    "gpt-5": (70, 140, 400_000, ()),
    "gpt-5-chat": (70, 140, 128_000, ("gpt-5-chat-latest",)),
    "computer-use-preview": (65, 129, 8_192, ()),
}
"""The base, the price of a tile, the context and other names of each model."""

PRESETS = tuple(
    GptTiles(
        model="gpt-tiles",
        preset=name,
        aliases=aliases,
        base=base,
        per_tile=per_tile,
        max_position_embeddings=context,
        basis=GPT_4V if name == "gpt-4-turbo" else GUIDE,
        sources=CONTEXT,
    )
    for name, (base, per_tile, context, aliases) in PRICES.items()
)
