"""Gemma 3: the image stretched to a square of 896 pixels, always 256 tokens; a long image is cut into crops on request.

Rule     The image is stretched to 896 x 896. Patches of 14 are pooled 4 x 4. With pan_and_scan, an image whose longer
         side is at least 1.2 times the shorter is also cut across into 2 to 4 crops of at least 256 pixels; each crop
         is stretched to 896 x 896.
Numbers  preprocessor_config.json of the checkpoints: 896. The numbers of pan and scan are the processor's defaults.
Paper    arXiv 2503.19786. Code: transformers 5.23, models/gemma3/{image_processing,processing}_gemma3.py.

Where they disagree, and what vtok follows:
- The paper's results use pan and scan. transformers leaves it off unless do_pan_and_scan is passed to a
  call, whatever the config says, and so does vtok.
- With do_resize false, pan and scan still resizes all views (the torchvision processor, transformers' default).
- Empty lines around every view, and a sentence that introduces the crops, are plain text: listed, but not counted.
- transformers' class default is a side of 224; the checkpoints publish 896. vtok follows the checkpoints.
"""

from math import ceil
from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.geometry.tiling import crops_along
from vtok.parts.family import Placeholders, family, limit, option
from vtok.parts.keys import Keys, cells
from vtok.parts.resizing import OptionalResize, check_patches
from vtok.parts.sources import CHAT_TEMPLATE, ClassDefaults
from vtok.parts.spans import plain, special, view_tokens
from vtok.parts.tiles import row_by_row
from vtok.parts.views import fixed_view
from vtok.values import Box, Layout, Media, Size, Span, Step, View


@family
class Gemma3(OptionalResize):
    """The numbers of a Gemma 3 checkpoint; `size` is the side of a view."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"pan_and_scan": ()}
    placeholders: ClassVar[Placeholders] = {"image": ("<start_of_image>", "<image_soft_token>")}

    size: int = 896
    patch_size: int = 14
    pool: int = 4
    resample: str = "bilinear"
    pan_and_scan_min_crop_size: int = 256
    pan_and_scan_max_num_crops: int = limit(4)
    pan_and_scan_min_ratio_to_activate: float = 1.2
    start: str = "<start_of_image>"
    end: str = "<end_of_image>"

    pan_and_scan: bool = option(default=False, text="cut a long image into crops, too")

    def layout(self, media: Media) -> Layout:
        """Views: the whole image, then the crops. Spans: each view between start and end, with the text around it."""
        original, steps = self.orient(media)
        tiles, crop = self.crops(original) if self.pan_and_scan else ((0, 0), ())
        patches, resizes = Patches(self.patch_size, self.pool), self.do_resize or self.pan_and_scan
        (resize,), whole = fixed_view(original, self.size, patches, do_resize=resizes)
        check_patches(self, whole, self.size)
        views: tuple[View, ...] = (whole,)
        canvas = whole.size
        if tiles != (0, 0):
            whole, canvas = whole._replace(kind="thumbnail"), original  # cut before it is resized
            views = (whole, *self.crop_views(original, whole, tiles))
            resize = resize._replace(reason=f"the whole image and each crop are {resize.reason}")
        spans = self.spans(views)
        return self.describe(
            media,
            original,
            steps=(*steps, *crop, resize),
            views=views,
            spans=spans,
            resized=whole.size,
            canvas=canvas,
            content=Box.of(canvas),
            tiles=(1, 1) if tiles == (0, 0) else tiles,
        )

    def crops(self, original: Size) -> tuple[tuple[int, int], tuple[Step, ...]]:
        """The (columns, rows) of the crops, (0, 0) if the image is not cut, and the step that says so."""
        least, most = self.pan_and_scan_min_crop_size, self.pan_and_scan_max_num_crops
        tiles, reason = crops_along(original, least=least, most=most, ratio=self.pan_and_scan_min_ratio_to_activate)
        return tiles, (Step(name="crop", before=original, after=original, reason=reason),)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The crops; the grid of an image that is not resized."""
        whole = () if self.do_resize else cells(sizes, self.patch_size)
        return self.crops(sizes)[0] if self.pan_and_scan else whole

    def crop_views(self, original: Size, whole: View, tiles: tuple[int, int]) -> tuple[View, ...]:
        """The crops, each at the size of the view of the whole image."""
        width, height = ceil(original.width / tiles[0]), ceil(original.height / tiles[1])
        corners = ((column * width, row * height) for _, row, column in row_by_row(tiles))
        boxes = (Box(x, y, min(x + width, original.width), min(y + height, original.height)) for x, y in corners)
        return tuple(whole._replace(kind="tile", source=box) for box in boxes)

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
    "chat_tokens": CHAT_TEMPLATE,
    **dict.fromkeys(
        ("pan_and_scan_min_crop_size", "pan_and_scan_max_num_crops", "pan_and_scan_min_ratio_to_activate"),
        "transformers 5.23 Gemma3Processor",
    ),
}

CLASS_DEFAULTS: ClassDefaults = {
    "Gemma3ImageProcessor": {"size": 224},
    "Gemma3Config": {},
}
PRESETS = tuple(
    Gemma3(
        model="gemma3",
        preset=f"gemma-3-{size}",
        repo=f"google/gemma-3-{size}-it",
        sources=SOURCES,
        max_position_embeddings=131_072,
        chat_tokens=10,
        remarks=("64 x 64 patches of a view, average-pooled to 16 x 16.",),
    )
    for size in ("4b", "12b", "27b")
)
