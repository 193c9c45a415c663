"""HunyuanOCR: the image at its own size, snapped to 32 pixels; each row of tokens ends with a learned newline.

Rule     Both sides are rounded to multiples of 32, within min_pixels to max_pixels. Patches of 16 enter row by row and
         are merged 2 x 2 behind the encoder. A learned newline closes each row; a learned begin and end enclose all.
Numbers  class defaults of transformers: 262,144 to 4,194,304 pixels (256 to 4,096 merged cells).
Paper    arXiv 2511.19575. Code: transformers 5.23, models/hunyuan_vl/{image_processing,processing}_hunyuan_vl.py.

Where they disagree, and what vtok follows:
- The learned begin and end take positions of the image and count as tokens. The processor demands a start and an end
  token around them, which are special tokens: they count as prompt tokens.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalResize, snapped
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import NEWLINE, SEPARATOR, special, vision
from vtok.values import Layout, Media, Raster, Span


@family
class HunYuanVL(OptionalResize):
    """The numbers of a HunYuan-VL checkpoint."""

    counting: ClassVar[str] = (
        "its language model rotates by place in the sequence, column, row and number of the image, "
        "another rule that vtok does not have"
    )

    patch_size: int = 16
    merge_size: int = 2
    min_pixels: int = 512 * 512
    max_pixels: int = limit(2048 * 2048)
    start: str = "<｜hy_place▁holder▁no▁100｜>"  # noqa: RUF001
    end: str = "<｜hy_place▁holder▁no▁101｜>"  # noqa: RUF001

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: start, begin, the merged grid with its newlines, end, end."""
        original, steps = self.orient(media)
        patches = Patches(self.patch_size, self.merge_size)
        resize = snapped(self, original, factor=patches.factor)
        view = whole_view(original, resize.after, patches)
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.spans(merged_raster(view)),
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        factor = self.patch_size * self.merge_size
        return token_grid(snapped(self, sizes, factor=factor).after, factor)

    def spans(self, raster: Raster) -> tuple[Span, ...]:
        """The prompt's part for one image of this merged grid."""
        edge = replace(SEPARATOR, views=(0,))
        return (*special(self.start), edge, vision(raster, 0, row_end=NEWLINE), edge, *special(self.end))


CLASS_DEFAULTS: ClassDefaults = {
    "HunYuanVLImageProcessor": {
        "patch_size": 16,
        "merge_size": 2,
        "min_pixels": 512 * 512,
        "max_pixels": 2048 * 2048,
    },
    "HunYuanVLConfig": {"patch_size": 16, "merge_size": 2, "max_position_embeddings": 2048},
}
PRESETS = (
    HunYuanVL(
        model="hunyuan-vl",
        preset="hunyuanocr",
        repo="tencent/HunyuanOCR",
        chat_tokens=2,
        sources=dict.fromkeys(("patch_size", "merge_size"), "config.json"),
    ),
)
