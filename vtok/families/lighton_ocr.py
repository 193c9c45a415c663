"""LightOnOCR: Pixtral's grid in patches of 14, four of them to a token; the prompt has no breaks between rows.

Rule     As Pixtral: no side exceeds 1,540 pixels, and both are rounded up to multiples of 14. 2 x 2 patches are merged
         behind the encoder; an odd last row or column of patches makes no token. No token closes a row or the image.
Numbers  preprocessor_config.json, processor_config.json and config.json of the checkpoints.
Paper    arXiv 2601.14251. Code: transformers 5.23, models/lighton_ocr and models/pixtral.

Where they disagree, and what vtok follows:
- The configs of the checkpoints say model_type mistral3 and, in some files, PixtralProcessor, whose prompt has breaks
  and an end, and whose sides are multiples of 28. vtok goes by the model's class, LightOnOCRForConditionalGeneration,
  and follows LightOnOcrProcessor.
- Of an image with a single row or column of patches, transformers' processor makes no token, and the model then fails.
  vtok refuses such an image.
"""

from typing import ClassVar

from vtok.errors import UnsupportedSizeError
from vtok.families.pixtral import SOURCES, Pixtral
from vtok.geometry.resize import fit_longest_edge
from vtok.geometry.snapping import not_resized
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed
from vtok.values import Raster, Size, Span, Step


@family
class LightOnOCR(Pixtral):
    """The numbers of a LightOnOCR checkpoint."""

    placeholders: ClassVar[Placeholders] = {"image": ("<|image_pad|>",)}

    patch_size: int = 14
    merge_size: int = 2
    longest_edge: int = limit(1540)
    row_break: str = ""
    end: str = ""

    def resize(self, size: Size) -> Step:
        """The size of the image, in whole patches."""
        if not self.do_resize:
            return not_resized(size)
        return fit_longest_edge(size, longest_edge=self.longest_edge, factor=self.patch_size)

    def spans(self, raster: Raster) -> tuple[Span, ...]:
        """The prompt's part for one image of this merged grid. Raises UnsupportedSizeError where it has no cell."""
        if not raster.cells:
            side = self.patch_size * self.merge_size
            raise UnsupportedSizeError(
                f"a row or column of patches makes no token; give an image of {side}x{side} or more"
            )
        return enclosed(raster)


CLASS_DEFAULTS: ClassDefaults = {
    "PixtralImageProcessor": {"longest_edge": 1024},
    "LightOnOcrProcessor": {"patch_size": 14, "merge_size": 2},
    "LightOnOcrConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 40_960},
}
PRESETS = tuple(
    LightOnOCR(
        model="lighton-ocr",
        preset=f"lighton-ocr-{name.lower()}",
        repo=f"lightonai/LightOnOCR-{name}",
        max_position_embeddings=context,
        sources={**SOURCES, "max_position_embeddings": "config.json"},
    )
    for name, context in (
        ("1B-1025", 8192),
        ("2-1B-bbox-soup", 16_384),
        ("0.9B-32k-1025", 8192),
        ("0.9B-16k-1025", 8192),
    )
)
