"""Step3: the whole image stretched to 728 pixels, after up to six by six windows of it, each at 504 pixels.

Rule     An image with a side below 32 pixels and an aspect ratio above 4 is padded to a square, one with a side above
         3,024 is shrunk to it. Windows of 504 pixels slide over it without overlap; its sides are first resized to
         whole windows. A small image has windows only if it is elongated, as large as its shorter side. Each window is
         resized to 504 pixels: 36 x 36 patches of 14, of which 4 x 4 make a token, 81 in all. The whole image, padding
         included, makes 13 x 13. The windows come first, each between two tokens, with a token between rows of windows.
Numbers  the defaults of the processor: 728, 504, 3,024.
Paper    arXiv 2507.19427. Code: vLLM 0.33.0, transformers_utils/processors/step3_vl.py and
         model_executor/models/step3_vl.py, by the model's authors; no copy of the checkpoint's own was found.

Where they disagree, and what vtok follows:
- A side is enlarged by a whole window if a fifth of one is left over, else the rest is squeezed away.
- A window larger than the shorter side is padded with black at the bottom or right.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, scaled, whole_view, windows_of
from vtok.geometry.resize import fit_box
from vtok.geometry.sliding import Sliding, sliding_windows, squared_strip
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import Keys
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import row_by_row
from vtok.values import Box, Layout, Media, Size, Span, Step, View


@family
class Step3VL(Family):
    """The numbers of a Step3 checkpoint; `crop_size` is the side of a window."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("vllm-0.33",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "image_size": ("config:vision_config.image_size",),
        "patch_size": ("config:vision_config.patch_size",),
        "max_position_embeddings": ("config:text_config.max_position_embedding",),
    }

    image_size: int = 728
    crop_size: int = 504
    max_image_size: int = limit(3024)
    patch_size: int = 14
    merge_size: int = 4
    resample: str = "bilinear"

    def layout(self, media: Media) -> Layout:
        """Views: the windows, then the whole image. Spans: each between its start and end, a newline between rows."""
        original, steps = self.orient(media)
        framed, shrink = self.framed(original)
        slide = self.windows_of(shrink.after)
        patches, square = Patches(self.patch_size, self.merge_size), Size(self.image_size, self.image_size)
        seen = scaled(Box.of(original), framed, square)
        whole = whole_view(original, square, patches, content=seen)._replace(kind="thumbnail")
        crop = whole_view(original, Size(self.crop_size, self.crop_size), patches)._replace(kind="tile")
        content = scaled(Box.of(original), framed, slide.canvas)
        side = slide.side
        crops = windows_of(crop, slide.grid, side=side, stride=side, content=content, original=original)
        reason = f"{slide.grid[0]} x {slide.grid[1]} windows of {side} pixels"
        resize = Step(name="tile", before=shrink.after, after=slide.canvas, reason=reason)
        views = (*crops, whole)
        return self.describe(
            media,
            original,
            steps=(*steps, shrink, *((resize,) if crops else ())),
            views=views,
            spans=self.spans(views, slide.grid),
            resized=shrink.after,
            canvas=slide.canvas if crops else square,
            content=content if crops else seen,
            tiles=slide.grid,
        )

    def framed(self, size: Size) -> tuple[Size, Step]:
        """The size after padding, and the step that shrinks it."""
        square = squared_strip(size, least=32, ratio=4)
        return square, fit_box(square, Size(self.max_image_size, self.max_image_size))

    def windows_of(self, size: Size) -> Sliding:
        """The windows of an image that is not too large."""
        return sliding_windows(size, whole=self.image_size, tile=self.crop_size)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The windows, and whether the image is refused."""
        after = self.framed(sizes)[1].after
        refused = after.area == 0
        grid = self.windows_of(Sizes(after.height + refused, after.width + refused)).grid
        return *grid, refused

    def spans(self, views: tuple[View, ...], grid: tuple[int, int]) -> tuple[Span, ...]:
        """The prompt's part for an image."""
        columns, rows = grid
        spans: list[Span] = []
        for i, row, column in row_by_row(grid):
            spans += (*special("<patch_start>"), view_tokens(views[i], i), *special("<patch_end>"))
            spans += special("<patch_newline>") if column == columns - 1 and row < rows - 1 else ()
        return (*spans, *special("<im_start>"), view_tokens(views[-1], len(views) - 1), *special("<im_end>"))


CODE = "vLLM 0.33.0, processors/step3_vl.py"
STRIDES = "vLLM 0.33.0, models/step3_vl.py (two convolutions of stride 2)"
CONFIG = "vLLM 0.33.0, configs/step3_vl.py"
CHECKPOINTS = {"step3": "step3", "step3-vl-10b": "Step3-VL-10B"}

PRESETS = tuple(
    Step3VL(
        model="step3",
        preset=preset,
        repo=f"stepfun-ai/{name}",
        max_position_embeddings=65_536 if preset == "step3" else None,
        sources={
            "*": CODE,
            "max_position_embeddings": CONFIG,
            "merge_size": STRIDES,
        },
    )
    for preset, name in CHECKPOINTS.items()
)
