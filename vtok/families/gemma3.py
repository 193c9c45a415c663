"""Gemma 3: the image stretched to 896 pixels square, always 256 tokens; a long one may be cut into crops, when asked.

Rule     Stretch to 896 x 896, patches of 14, pooled 4 x 4. With pan_and_scan an image whose longer side is at least
         1.2 times the shorter is also cut across into 2 to 4 crops of at least 256 pixels, each stretched to 896.
Numbers  preprocessor_config.json of the checkpoints: 896; the processor's defaults for pan and scan.
Paper    arXiv 2503.19786. Code: transformers 5.23, models/gemma3/{image_processing,processing}_gemma3.py.

Where they disagree, and what is followed here:
- The paper's results use pan and scan; transformers leaves it off unless do_pan_and_scan is passed. So does vtok.
- Empty lines around every view, and a sentence that introduces the crops, are plain text: shown, but not counted.
- transformers' class default is a side of 224; the checkpoints publish 896. The checkpoint's.
"""

from math import ceil
from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.geometry.tiling import crops_along
from vtok.parts.family import Family, family, option
from vtok.parts.spans import plain, special, uncounted, view_tokens
from vtok.parts.tiles import row_by_row
from vtok.parts.views import thumbnail
from vtok.values import Box, Layout, Media, Size, Span, Step, View


@family
class Gemma3(Family):
    """The numbers of a Gemma 3 checkpoint; `size` is the side of a view."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"pan_and_scan": ("image:do_pan_and_scan",)}

    size: int = 896
    patch_size: int = 14
    pool: int = 4
    resample: str = "bilinear"
    pan_and_scan_min_crop_size: int = 256
    pan_and_scan_max_num_crops: int = 4
    pan_and_scan_min_ratio_to_activate: float = 1.2
    start: str = "<start_of_image>"
    end: str = "<end_of_image>"

    pan_and_scan: bool = option(default=False, text="cut a long image into crops, too")

    def layout(self, media: Media) -> Layout:
        """Views: the whole, then the crops. Spans: each view between start and end, with the text around it."""
        original, steps = self.orient(media)
        views: tuple[View, ...] = (thumbnail(original, self.size, Patches(self.patch_size, self.pool)),)
        tiles, canvas, resize = (0, 0), views[0].size, stretch(original, views[0].size)
        if self.pan_and_scan:
            tiles, reason = crops_along(
                original,
                least=self.pan_and_scan_min_crop_size,
                most=self.pan_and_scan_max_num_crops,
                ratio=self.pan_and_scan_min_ratio_to_activate,
            )
            steps += (Step(name="crop", before=original, after=original, reason=reason),)
        if tiles == (0, 0):
            tiles, views = (1, 1), (views[0]._replace(kind="image"),)
        else:
            canvas = original  # crops are cut before they are resized
            resize = resize._replace(reason=f"the whole and each crop: {resize.reason}")
            views += self.crops(original, tiles)
        spans = self.spans(views)
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=views,
            spans=spans,
            resized=views[0].size,
            canvas=canvas,
            content=Box.of(canvas),
            tiles=tiles,
            notes=uncounted(spans),
        )

    def crops(self, original: Size, tiles: tuple[int, int]) -> tuple[View, ...]:
        """The crops, each at the size of a view."""
        columns, rows = tiles
        width, height = ceil(original.width / columns), ceil(original.height / rows)
        view = thumbnail(original, self.size, Patches(self.patch_size, self.pool))
        return tuple(
            view._replace(
                kind="tile", source=Box(x, y, min(x + width, original.width), min(y + height, original.height))
            )
            for x, y in ((c * width, r * height) for _, r, c in row_by_row(tiles))
        )

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The prompt's part."""
        first, *crops = (
            (plain("\n\n"), *special(self.start), view_tokens(view, i), *special(self.end), plain("\n\n"))
            for i, view in enumerate(views)
        )
        if not crops:
            return first
        between = (plain(" and here are some crops to help you see better "), *(plain(" ") for _ in crops[1:]))
        rest = (span for text, crop in zip(between, crops, strict=True) for span in (text, *crop))
        return (plain("Here is the original image "), *first, *rest)


SOURCES = {
    "size": "preprocessor_config.json",
    "patch_size": "config.json",
    "pool": "config.json (mm_tokens_per_image 256)",
    "max_position_embeddings": "transformers 5.23 Gemma3TextConfig",
    "chat_tokens": "chat template, for one image",
    **dict.fromkeys(
        ("pan_and_scan_min_crop_size", "pan_and_scan_max_num_crops", "pan_and_scan_min_ratio_to_activate"),
        "transformers 5.23 Gemma3Processor",
    ),
}

PRESETS = tuple(
    Gemma3(
        model="gemma3",
        preset=f"gemma-3-{size}",
        repo=f"google/gemma-3-{size}-it",
        sources=SOURCES,
        max_position_embeddings=131_072,
        chat_tokens=10,
        facts=("64 x 64 patches of a view, average-pooled to 16 x 16.",),
    )
    for size in ("4b", "12b", "27b")
)
