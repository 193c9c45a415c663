"""An image at a size of its own: both sides to the nearest multiples of a token's side, within limits.

Where the pixels leave the limits, both sides are rescaled. Limits are in tokens, which --image-min-tokens and
--image-max-tokens replace, or in pixels, which the GGUF holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vtok.engines.mtmd.base import Mtmd
from vtok.engines.mtmd.prepared import Prepared, marked
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.many import Sizes
from vtok.geometry.places import merged_raster, whole_view
from vtok.geometry.single import letterboxed_single, snapped_single
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.mrope import step_positions
from vtok.parts.spans import NEWLINE, SEPARATOR, vision
from vtok.values import Box, Raster, Size, Span, Step

if TYPE_CHECKING:
    from vtok.geometry.windows import Grid, Windows


@family
class DynamicSize(Mtmd):
    """An image at a size of its own (mtmd_image_preprocessor_dyn_size).

    `padded`: letterboxed into its size; else stretched. `form` says how the tokens lie: plain; with a learned break
    between rows ("breaks", Pixtral); between a start and an end, each row closed by a newline ("framed", HunyuanVL).
    """

    padded: bool = True
    form: str = "plain"

    @property
    def pixel_limits(self) -> tuple[int, int]:
        """Least and most pixels."""
        raise NotImplementedError

    def prepared(self, original: Size) -> Prepared:
        """One view, padded or stretched to its size."""
        resize = self.resize(original)
        if not resize.after.area:
            raise UnsupportedSizeError(f"{original} shrinks to {resize.after}; raise the limit or crop the image")
        box = letterboxed_single(original, resize.after) if self.padded else Box.of(resize.after)
        view = whole_view(original, resize.after, self.patches, content=box)
        spans = (*marked(self.marks.begin), *self.tokens(merged_raster(view)), *marked(self.marks.end))
        return Prepared((resize,), (view,), spans, content=box)

    def resize(self, size: Size) -> Step:
        """The size of the image, with its padding."""
        least, most = self.pixel_limits
        if most < least:
            raise UsageError(f"the least is {least:,} pixels and the most {most:,}: llama.cpp refuses; raise the most")
        return snapped_single(size, factor=self.patches.factor, min_pixels=least, max_pixels=most)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        return token_grid(self.resize(sizes).after, self.patches.factor)

    def tokens(self, raster: Raster) -> tuple[Span, ...]:
        """The tokens of the view, learned ones included."""
        if self.form == "breaks":
            return (replace(vision(raster, 0, row_end=NEWLINE), last_row_end=False),)
        if self.form == "framed":
            return (SEPARATOR, vision(raster, 0, row_end=NEWLINE), SEPARATOR)
        return (vision(raster, 0),)


@family
class TokenLimits(DynamicSize):
    """Limits in tokens, which --image-min-tokens and --image-max-tokens replace (set_limit_image_tokens)."""

    image_min_tokens: int = 8
    image_max_tokens: int = limit(4096)

    @property
    def pixel_limits(self) -> tuple[int, int]:
        """Least and most pixels."""
        area, least, most = self.patches.factor**2, self.image_min_tokens, self.image_max_tokens
        if most < least:
            raise UsageError(
                f"image_min_tokens {least:,} is above image_max_tokens {most:,}: llama.cpp refuses; raise the latter"
            )
        return least * area, most * area


@family
class PixelLimits(DynamicSize):
    """Limits in pixels, from the GGUF; --image-min-tokens and --image-max-tokens are ignored."""

    min_pixels: int
    max_pixels: int = limit(4096 * 28 * 28)

    @property
    def pixel_limits(self) -> tuple[int, int]:
        """Least and most pixels."""
        return self.min_pixels, self.max_pixels


@family
class Rotating(DynamicSize):
    """A language model that counts rows and columns (M-RoPE): an image takes as many positions as its longer side."""

    mrope_section: tuple[int, ...] = ()
    mrope_interleaved: bool = False

    positions = step_positions

    def grid_spans(
        self, raster: Raster, *, video: bool = False, texts: Sequence[int] | None = None
    ) -> tuple[Span, ...]:
        """The prompt's part for an image of this merged grid; each temporal step of a video is one of its own."""
        if video and texts is not None and len(texts) != raster.t:
            raise UsageError(f"{len(texts)} lengths of texts for {raster.t} temporal steps; give one a step, or none")
        parts: list[Span] = []
        for t in range(raster.t):
            parts += marked(self.marks.begin)
            parts.append(vision(raster._replace(t=1, frames=raster.frames[t : t + 1]), 0))
            parts += marked(self.marks.end)
            if video and texts and texts[t]:
                parts.append(Span(kind="text", count=texts[t]))
        return tuple(parts)


@family
class RotatingTokenLimits(Rotating, TokenLimits):
    """Limits in tokens, and M-RoPE."""


@family
class WindowedTokenLimits(RotatingTokenLimits):
    """As RotatingTokenLimits, by an encoder that attends within windows in all layers but some (Qwen2.5-VL).

    Code: llama.cpp 0c1e57098, tools/mtmd/clip.cpp, set_input for PROJECTOR_TYPE_QWEN25VL, where the window has 112
    pixels; models/qwen2vl.cpp, where each n_wa_pattern-th layer attends in full.
    """

    window_size: int | None = 112
    fullatt_block_indexes: tuple[int, ...] = ()
    depth: int = 32

    def windows(self, grids: "Iterable[Grid]") -> "Windows":
        """The windows of images and videos with these grids."""
        from vtok.geometry.windows import partition

        side, full = (self.window_size or 0) // self.patches.factor, self.fullatt_block_indexes
        return partition(grids, merge_size=self.merge_size, side=side, full_layers=full, num_layers=self.depth)


@family
class RotatingPixelLimits(Rotating, PixelLimits):
    """Limits in pixels, and M-RoPE."""
