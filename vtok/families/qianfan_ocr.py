"""Qianfan-OCR: InternVL's tiles, up to twelve of 448 pixels, then the whole image; it takes no videos.

Rule     As InternVL in transformers: the grid of the nearest aspect ratio, 256 tokens a view, between a start and an
         end token.
Numbers  Class defaults of transformers: no published config of the checkpoint is known. Its original config is
         InternVL's, with min_dynamic_patch and max_dynamic_patch (vLLM 0.33, model_executor/models/qianfan_ocr.py).
Paper    none read. Code: transformers 5.23, models/qianfan_ocr and models/got_ocr2/image_processing_got_ocr2.py.

transformers' image processor does not tile by default; Qianfan-OCR's processor makes it.
"""

from typing import ClassVar

from vtok.families.internvl import InternVL
from vtok.parts.family import Placeholders, family
from vtok.parts.nearest_tiles import NearestTiles
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import special, view_tokens
from vtok.values import Span, View


@family
class QianfanOCR(NearestTiles):
    """The numbers of a Qianfan-OCR checkpoint."""

    placeholders: ClassVar[Placeholders] = {"image": ("<image>", "<IMG_CONTEXT>")}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        name: InternVL.config_keys[name] for name in ("image_size", "min_num", "max_num", "patch_size", "merge_size")
    }

    start: str = "<img>"
    end: str = "</img>"

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The prompt's part: start, each view, end."""
        return (*special(self.start), *(view_tokens(view, i) for i, view in enumerate(views)), *special(self.end))


CLASS_DEFAULTS: ClassDefaults = {
    "GotOcr2ImageProcessor": {"image_size": 384, "min_num": 1, "max_num": 12},
    "QianfanOCRConfig": {"image_size": 448, "patch_size": 14, "merge_size": 2},
}
PRESETS = (
    QianfanOCR(
        model="qianfan-ocr",
        repo="baidu/Qianfan-OCR",
        sources={"image_size": "transformers 5.23 QianfanOCRConfig"},
        remarks=(
            "InternViT with a class token, which is dropped: 32 x 32 patches of a view, pixel shuffle to 16 x 16.",
        ),
    ),
)
