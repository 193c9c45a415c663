"""PaddleOCR-VL: a part of a page at its own size, snapped to 28 pixels, never below about 190 tokens.

Rule     A side below 28 pixels is first enlarged to 28. Then both sides are rounded to multiples of 28, within
         min_pixels to max_pixels. Patches of 14 enter row by row and are merged 2 x 2 behind the encoder.
Numbers  preprocessor_config.json: 147,384 to 2,822,400 pixels (188 to 3,600 tokens).
Paper    arXiv 2510.14528. Code: transformers 5.23, models/paddleocr_vl/image_processing_paddleocr_vl.py.

Where they disagree, and what vtok follows:
- transformers' class default is 147,456 to 2,359,296 pixels. vtok follows the checkpoint.
- The aspect limit of 200 holds after the short side is enlarged, so that rounding decides at the edge.
"""

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import lift_short_side
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.mrope import step_positions
from vtok.parts.resizing import OptionalResize, snapped
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.values import Layout, Media, Raster, Span


@family
class PaddleOCRVL(OptionalResize):
    """The numbers of a PaddleOCR-VL checkpoint."""

    patch_size: int = 14
    merge_size: int = 2
    min_pixels: int = 147_384
    max_pixels: int = limit(2_822_400)
    mrope_section: tuple[int, int, int] = (16, 24, 24)
    mrope_interleaved: bool = False
    start: str = "<|IMAGE_START|>"
    end: str = "<|IMAGE_END|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        patches, lifted = Patches(self.patch_size, self.merge_size), original
        if min(original) < patches.factor and self.do_resize:
            steps = (*steps, lift_short_side(original, factor=patches.factor))
            lifted = steps[-1].after
        resize = snapped(self, lifted, factor=patches.factor)
        view = whole_view(original, resize.after, patches)
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.grid_spans(merged_raster(view)),
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        factor = self.patch_size * self.merge_size
        lifted = lift_short_side(sizes, factor=factor).after if self.do_resize else sizes
        return token_grid(snapped(self, lifted, factor=factor).after, factor)

    def grid_spans(self, raster: Raster, **_: object) -> tuple[Span, ...]:
        """The prompt's part for one image of this merged grid."""
        return enclosed(raster, start=self.start, end=self.end)

    positions = step_positions


SOURCES = {
    **dict.fromkeys(("patch_size", "merge_size", "min_pixels", "max_pixels"), IMAGE_CONFIG),
    "mrope_section": "config.json",
    "mrope_interleaved": "transformers 5.23 modeling_paddleocr_vl.py",
}

CLASS_DEFAULTS: ClassDefaults = {
    "PaddleOCRVLImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "min_pixels": 384 * 384,
        "max_pixels": 1536 * 1536,
    },
    "PaddleOCRVLConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 131_072},
}
PRESETS = (
    PaddleOCRVL(
        model="paddleocr-vl",
        repo="PaddlePaddle/PaddleOCR-VL",
        max_position_embeddings=131_072,
        chat_tokens=8,
        sources=SOURCES,
    ),
)
