"""Idefics3's tiles: a canvas as long as `longest_edge`, in whole tiles."""

from vtok.engines.mtmd.tiled import Tiled
from vtok.errors import UnsupportedSizeError
from vtok.geometry.many import Sizes
from vtok.geometry.resize import even_along
from vtok.geometry.single import letterboxed_single, snapped_single
from vtok.geometry.tiling import MAX_TILES
from vtok.parts.family import family, limit, option
from vtok.parts.keys import Keys, cells
from vtok.values import Box, Candidate, Size


@family
class LongestEdge(Tiled):
    """Idefics3's canvas: the longer side to `longest_edge`, then both sides up to whole tiles.

    A GGUF file without preproc_image_size has no longest edge (0): the canvas is then the image's own size.
    """

    longest_edge: int = limit(1456)

    image_min_tokens: int | None = option(None, "--image-min-tokens: the canvas then keeps the image's own size")
    image_max_tokens: int | None = option(None, "--image-max-tokens: the canvas then keeps the image's own size")

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The one canvas that follows."""
        canvas, why = self.canvas(original)
        tiles = (canvas.width // self.size, canvas.height // self.size)
        if not canvas.area or tiles[0] * tiles[1] > MAX_TILES:
            raise UnsupportedSizeError(f"{original} makes {tiles[0]:,} x {tiles[1]:,} tiles of {self.size}; crop it")
        return (Candidate(tiles=tiles, canvas=canvas, scores=(), chosen=True, reason=why),)

    def canvas(self, original: Size) -> tuple[Size, str]:
        """All tiles together, and why so many."""
        area = self.patches.factor**2
        least, most = (self.image_min_tokens or 0) * area, (self.image_max_tokens or 0) * area
        if least or most or not self.longest_edge:
            # A tile is the multiple here: the limit in tokens is never reached by more than a whole row of tiles.
            step = snapped_single(
                original, factor=self.size, min_pixels=least, max_pixels=most, longest_edge=self.longest_edge
            )
            return step.after, step.reason
        sides = even_along(original, self.longest_edge)
        canvas = Size(*(-(-side // self.size) * self.size for side in sides))
        return canvas, f"the longer side to {self.longest_edge:,}, then both up to multiples of {self.size}"

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles."""
        return cells(self.canvas(sizes)[0], self.size)

    def content(self, original: Size, canvas: Size) -> Box:
        """The image is stretched over the canvas; with limits in tokens or without an edge it is padded into it."""
        stretched = self.longest_edge and not (self.image_min_tokens or self.image_max_tokens)
        return Box.of(canvas) if stretched else letterboxed_single(original, canvas)
