"""DeepSeek-OCR-2: queries read a page, 256 of them the whole page and 144 each of up to six tiles, without newlines.

Rule     The whole image is padded to a square of 1,024 pixels. If a side exceeds 768, the image is also stretched over
         the grid of two to six tiles of 768 whose aspect ratio is nearest. SAM and its convolutions leave one state for
         4 x 4 patches of 16. As many learned queries read the states of a view, and each query also reads those before
         it: the queries are the tokens. The tiles come first, one after the other; then the whole image; then a
         separator.
Numbers  config.py of the repository. The class defaults of transformers' processor are the same.
Paper    arXiv 2601.20552. Code: transformers 5.23, models/deepseek_ocr2; deepseek-ai/DeepSeek-OCR-2 2f3699e,
         DeepSeek-OCR2-vllm/process/image_process.py and deepseek_ocr2.py; ImageOps.pad of Pillow 13.

Where they disagree, and what vtok follows:
- README counts 256 tokens and 144 a tile. The separator makes one more.
- Queries reorder what they read. Their cells here are those of the map that they read, in number and size.
- The original rounds the offsets of the padding to even, as Pillow does; transformers floors them. The content may lie
  a pixel apart; the tokens never differ. vtok follows each pipeline.
- In transformers, the shorter side of a strip (2048 x 1) may round to 0 in the view of the whole image. Its image
  processor fails there, although its processor counts the tokens. vtok gives the count, with a note. The original pads.
- With crop_to_patches off, transformers' processor still writes 257 placeholders, for a view of 768 pixels, which makes
  145. vtok does not have that option.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.geometry.canvases import floor_centred
from vtok.geometry.many import Sizes
from vtok.geometry.resize import long_edge_rounded
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids, tile_grids_of_set
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, either, longer_than
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import SEPARATOR, view_tokens
from vtok.parts.tiles_before_whole import TilesBeforeWhole
from vtok.parts.views import padded_thumbnail
from vtok.values import Candidate, Layout, Media, Size, Span, Step, View

LARGEST_UNCROPPED = 768
"""The longest side that the original does not cut into tiles, whatever the size of a tile."""
VANISHED = "transformers' image processor refuses this strip: a side shrinks to 0 pixels; the count is its processor's"


@family
class DeepseekOCR2(TilesBeforeWhole):
    """The numbers of DeepSeek-OCR-2, as config.py names them; `image_size` is the side of a tile."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "base_size": ("image:size|square",),
        "image_size": ("image:tile_size",),
        "min_crops": (),  # the processor sets 2 and 6, whatever preprocessor_config.json says
        "max_crops": (),
    }
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",), "original": ("2f3699e",)}
    loader_turns: ClassVar[tuple[str, ...]] = ("transformers", "original")
    attention: ClassVar[str] = (
        "its SAM attends within 14 x 14 patches of a padded grid, in layers 2, 5, 8 and 11 in full; queries look back"
    )

    base_size: int = 1024
    image_size: int = 768
    min_crops: int = 2
    max_crops: int = limit(6)

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image. Spans: the queries of each, a separator."""
        layout = super().layout(media)
        content = layout.views[-1].content
        return layout if content.height and content.width else replace(layout, notes=(*layout.notes, VANISHED))

    def spans(self, views: tuple[View, ...], _: int) -> tuple[Span, ...]:
        """The queries of each view, and a separator."""
        return (*(replace(view_tokens(view, i), kind="query") for i, view in enumerate(views)), SEPARATOR)

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_crops to max_crops tiles; none for an image that fits a tile."""
        original, _ = self.orient(media)
        return () if max(original) <= self.largest_uncropped else self.nearest(original)

    @property
    def largest_uncropped(self) -> int:
        """The longest side of an image that is not tiled."""
        return LARGEST_UNCROPPED if self.pipeline_used == "original" else self.image_size

    def nearest(self, size: Size) -> tuple[Candidate, ...]:
        """The grids of min_crops to max_crops tiles."""
        listed = tile_grids_of_set if self.pipeline_used == "original" else tile_grids
        return nearest_aspect(size, listed(self.min_crops, self.max_crops), tile=self.image_size)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles of a large image."""
        return either(longer_than(sizes, self.largest_uncropped), chosen(self.nearest(sizes)).tiles)

    def whole(self, original: Size) -> tuple[Step, View]:
        """The step to the view of the whole image, and that view."""
        fit, view = padded_thumbnail(original, self.base_size, self.patches)
        if self.pipeline_used == "original":
            return fit, view
        content = long_edge_rounded(original, self.base_size, least=0).after
        return fit, view._replace(content=floor_centred(content, view.size))


CLASS_DEFAULTS: ClassDefaults = {
    "DeepseekOcr2ImageProcessor": {"base_size": 1024, "image_size": 768},
    "DeepseekOcr2Processor": {"patch_size": 16, "downsample_ratio": 4},
    "DeepseekOcr2Config": {"max_position_embeddings": 2048},
}
PRESETS = (
    DeepseekOCR2(
        model="deepseek-ocr-2",
        repo="deepseek-ai/DeepSeek-OCR-2",
        max_position_embeddings=8192,
        chat_tokens=1,
        sources={
            "*": "config.py",
            "patch_size": "deepseek_ocr2.py",
            "downsample_ratio": "deepseek_ocr2.py",
            "chat_tokens": "image_process.py (no chat template)",
        },
        remarks=(
            "SAM-B/16, then convolutions to 1/4 of each side; then a small Qwen2, whose queries are the tokens.",
            "README counts 256 tokens and 144 a tile: without the separator.",
        ),
    ),
)
