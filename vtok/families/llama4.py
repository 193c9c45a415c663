"""Llama 4: up to sixteen tiles of 336 pixels, and after them the whole image in one more.

Rule     Of the canvases of up to 16 tiles, the one wins that takes the least enlarging, or, if none is large enough,
         the least shrinking. The image keeps its aspect ratio and lies at the top left of the canvas; the rest is
         black. Pixel shuffle merges 2 x 2 patches: 144 tokens a tile. The whole image, stretched to a tile, comes last
         unless one tile is all.
Numbers  preprocessor_config.json and config.json of the checkpoints: tiles of 336, patches of 14, 16 tiles.
Paper    none; the model card. Code: transformers 5.23, models/llama4/{image_processing,processing}_llama4.py.

Where they disagree, and what vtok follows:
- Scales are float32, as torch computes them. An image smaller than its canvas is not enlarged, except to a side of 336.
- Separators between tiles are special tokens: they count as prompt tokens, not as visual ones.
- The token before the whole image is called <|image|>. The placeholder in the prompt, which all of this replaces, has
  the same name.
"""

from typing import ClassVar

from vtok.geometry.canvases import fit_within_float32
from vtok.geometry.places import Patches
from vtok.geometry.scaling import fit_scales_float32, grids_by_aspect, least_scaled
from vtok.geometry.tiling import chosen
from vtok.parts.family import Family, Placeholders, family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import row_by_row, tiles_and_whole, tiling_step
from vtok.values import Box, Candidate, Layout, Media, Size, Span, View


@family
class Llama4(Family):
    """The numbers of a Llama 4 checkpoint; `size` is the side of a tile."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "merge_size": ("config:vision_config.pixel_shuffle_ratio|inverse",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<|image|>", "<|patch|>")}

    size: int = 336
    max_patches: int = limit(16)
    patch_size: int = 14
    merge_size: int = 2
    resample: str = "bilinear"
    resize_to_max_canvas: ClassVar[bool] = False
    start: str = "<|image_start|>"
    end: str = "<|image_end|>"
    whole_tag: str = "<|image|>"
    between_columns: str = "<|tile_x_separator|>"
    after_row: str = "<|tile_y_separator|>"

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image. Spans: start, tiles and separators, tag, whole image, end."""
        original, steps = self.orient(media)
        best = chosen(self.candidates(media))
        resize = fit_within_float32(original, best.canvas, tile=self.size)
        content = Box.of(resize.after)
        views = tiles_and_whole(original, best, Patches(self.patch_size, self.merge_size), content=content)
        return self.describe(
            media,
            original,
            steps=(*steps, tiling_step(original, best), resize),
            views=views,
            spans=self.spans(views, best.tiles),
            resized=resize.after,
            canvas=best.canvas,
            content=content,
            tiles=best.tiles,
        )

    count_keys = by_tiling

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases of up to max_patches tiles, grouped by aspect ratio."""
        original, _ = self.orient(media)
        grids = [grid for group in grids_by_aspect(self.max_patches).values() for grid in group]
        canvases = [Size(rows * self.size, columns * self.size) for rows, columns in grids]
        return least_scaled(fit_scales_float32(original, canvases), canvases, tile=self.size)

    def spans(self, views: tuple[View, ...], tiles: tuple[int, int]) -> tuple[Span, ...]:
        """The prompt's part: the tiles with their separators, then the whole image (or the only tile)."""
        last = len(views) - 1
        parts: list[Span] = []
        for i, _, column in row_by_row(tiles) if last else ():
            separator = self.between_columns if column < tiles[0] - 1 else self.after_row
            parts += [view_tokens(views[i], i), *special(separator)]
        whole = (*special(self.whole_tag), view_tokens(views[last], last))
        return (*special(self.start), *parts, *whole, *special(self.end))


CLASS_DEFAULTS: ClassDefaults = {
    "Llama4ImageProcessor": {"size": 336, "max_patches": 16},
    "Llama4Processor": {"patch_size": 14},
    "Llama4Config": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 131_072},
}
PRESETS = tuple(
    Llama4(
        model="llama4",
        preset=f"llama-4-{name.lower()}",
        repo=f"meta-llama/Llama-4-{name}-Instruct",
        max_position_embeddings=context,
        chat_tokens=10,
        sources={
            "*": "transformers 5.23 Llama4Processor",
            **dict.fromkeys(("size", "max_patches", "resample"), IMAGE_CONFIG),
            **dict.fromkeys(("patch_size", "merge_size"), "config.json"),
        },
        remarks=("24 x 24 patches of a tile, pixel shuffle to 12 x 12; the encoder's class state is dropped.",),
    )
    for name, context in (("Scout-17B-16E", 10_485_760), ("Maverick-17B-128E", 1_048_576))
)
