"""Emu3: the image at its own size, written out in an image vocabulary, a token for each 8 x 8 pixels.

Rule     Both sides are rounded to multiples of 8, within min_pixels to max_pixels. A tokenizer (VQ) turns each 8 x 8
         pixels into one token. An end-of-line token of the same vocabulary closes each row. The grid stands before
         them as text.
Numbers  preprocessor_config.json of the checkpoints: 512 x 512 to 1,024 x 1,024 pixels (4,160 to about 17,000 tokens).
Paper    arXiv 2409.18869. Code: transformers 5.23, models/emu3/{image_processing,processing}_emu3.py.

Where they disagree, and what vtok follows:
- All image tokens belong to the image vocabulary, and so do the ends of line. They count as tokens.
- The grid in text is an estimate: one token for each character.
- Small images are enlarged: one pixel costs 4,160 tokens.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import not_resized, smart_resize
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, cells
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import special, vision
from vtok.values import Layout, Media, Raster, Size, Span, Step


@family
class Emu3(OptionalResize):
    """The numbers of an Emu3 checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "min_pixels": ("image:min_pixels",),
        "max_pixels": ("image:max_pixels",),
    }

    attention: ClassVar[str] = (
        "its tokenizer is a convolutional network that attends in full at its lowest resolution alone, "
        "and each token the nearest entry of a codebook"
    )

    spatial_factor: int = 8
    min_pixels: int = 512 * 512
    max_pixels: int = limit(1024 * 1024)
    start: str = "<|image start|>"
    content: str = "<|image token|>"
    row_break: str = "<|extra_200|>"
    end_of_frame: str = "<|extra_201|>"
    end: str = "<|image end|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: start, size, content, the grid with its ends of line, two ends."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        view = whole_view(original, resize.after, Patches(self.spatial_factor))
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.spans(merged_raster(view)),
        )

    def resize(self, size: Size) -> Step:
        """The size of the image."""
        if not self.do_resize:
            return not_resized(size)
        return smart_resize(size, factor=self.spatial_factor, min_pixels=self.min_pixels, max_pixels=self.max_pixels)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid."""
        return cells(self.resize(sizes).after, self.spatial_factor)

    def spans(self, raster: Raster) -> tuple[Span, ...]:
        """The prompt's part for one image of this grid."""
        size = f"{raster.rows}*{raster.columns}"
        row_end = Span(kind="newline", count=1, is_token=True, text=self.row_break)
        return (
            *special(self.start),
            Span(kind="text", count=len(size), text=size, estimated=True),
            *special(self.content),
            vision(raster, 0, row_end=row_end),
            *special(self.end_of_frame),
            *special(self.end),
        )


MODEL_TYPES = ("emu3_chat",)
CLASS_DEFAULTS: ClassDefaults = {
    "Emu3ImageProcessor": {"min_pixels": 512 * 512, "max_pixels": 1024 * 1024, "spatial_factor": 8},
    "Emu3Config": {"max_position_embeddings": 9216},
}
PRESETS = (
    Emu3(
        model="emu3",
        preset="emu3-chat",
        repo="BAAI/Emu3-Chat-hf",
        aliases=("Emu3-community/Emu3-Chat-hf", "BAAI/Emu3-Chat"),
        max_position_embeddings=131_072,
        sources={
            "*": "tokenizer_config.json",
            **dict.fromkeys(("spatial_factor", "min_pixels", "max_pixels"), IMAGE_CONFIG),
        },
    ),
)
