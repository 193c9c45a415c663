"""Images that are cut into equal tiles, the whole image last, a tag before each: the rule of Idefics3 and SmolVLM."""

from math import isqrt
from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.canvases import cut
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.geometry.resize import longest_edge_even, stretch, up_to_tiles
from vtok.geometry.snapping import not_resized
from vtok.geometry.tiling import MAX_TILES
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, cells
from vtok.parts.resizing import OptionalResize
from vtok.parts.spans import plain, special, square_tokens
from vtok.parts.tiles import row_by_row
from vtok.parts.views import thumbnail
from vtok.values import Box, Layout, Media, Size, Span, Step, View


@family
class TaggedTiles(OptionalResize):
    """The numbers of an Idefics3, SmolVLM or SmolVLM2 checkpoint; `max_image_size` is the side of a tile."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "longest_edge": ("image:size.longest_edge",),
        "max_image_size": ("image:max_image_size.longest_edge",),
        "scale_factor": ("config:scale_factor",),
    }

    longest_edge: int = limit(1456)
    max_image_size: int = 364
    do_image_splitting: bool = limit(default=True)
    image_seq_len: int = 169
    patch_size: int = 14
    scale_factor: int = 2
    resample: str = "lanczos"
    around: str = "<fake_token_around_image>"
    whole_tag: str = "<global-img>"

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole. Spans: each view after its tags, line breaks between rows."""
        original, steps = self.orient(media)
        resize, fit = self.resize(original)
        tile = self.max_image_size
        patches = Patches(self.patch_size, self.scale_factor)
        canvas, tiles = fit.after, (0, 0)
        views: tuple[View, ...] = ()
        if max(canvas) > tile:
            tiles = (canvas.width // tile, canvas.height // tile)
            if tiles[0] * tiles[1] > MAX_TILES:
                raise UsageError(f"{canvas} makes more than {MAX_TILES} tiles of {tile}; give a larger max_image_size")
            views = cut(original, canvas, tiles, patches)
        views += (thumbnail(original, tile, patches),)
        spans = self.spans(views, tiles)
        return self.describe(
            media,
            original,
            steps=(*steps, resize, fit),
            views=views,
            spans=spans,
            content=Box.of(canvas),
            tiles=tiles,
        )

    def resize(self, size: Size) -> tuple[Step, Step]:
        """The steps to the canvas."""
        tile = self.max_image_size
        resize = longest_edge_even(size, self.longest_edge) if self.do_resize else not_resized(size)
        fit = up_to_tiles(resize.after, tile) if self.do_image_splitting else stretch(resize.after, Size(tile, tile))
        return resize, fit

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles."""
        _, fit = self.resize(sizes)
        return cells(fit.after, self.max_image_size)

    def spans(self, views: tuple[View, ...], tiles: tuple[int, int]) -> tuple[Span, ...]:
        """The prompt's part."""
        parts: list[Span] = []
        for i, row, column in row_by_row(tiles):
            parts += [*special(self.around), *special(f"<row_{row + 1}_col_{column + 1}>"), self.tokens(views[i], i)]
            if column == tiles[0] - 1:
                parts.append(plain("\n\n" if row == tiles[1] - 1 else "\n"))
        last = len(views) - 1
        end = (*special(self.whole_tag), self.tokens(views[last], last), *special(self.around))
        return (*parts, *special(self.around), *end)

    def tokens(self, view: View, index: int) -> Span:
        """The tokens of one view: a square of image_seq_len; a remainder of patches at the right and bottom is lost."""
        side = isqrt(self.image_seq_len)
        return square_tokens(view, index, side=side, cell=self.max_image_size // side)
