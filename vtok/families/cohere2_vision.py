"""Command A Vision: up to twelve tiles of 512 pixels that the image is stretched over, and the whole image last.

Rule     Of the canvases of up to 12 tiles the one that takes the least enlarging (else the least shrinking); the
         image is stretched to fill it. Merge 2 x 2: 256 tokens a tile, and a line break token after each view.
Numbers  preprocessor_config.json and config.json of the checkpoint: tiles of 512, patches of 16, 12 tiles.
Paper    arXiv 2504.00698 (Command A). Code: transformers 5.23,
         models/cohere2_vision/{image_processing,processing}_cohere2_vision.py.

Where they disagree, and what is followed here:
- The canvas is chosen as if the aspect ratio were kept, but the image is stretched.
- min_patches is accepted and never read. vtok does not have it.
- Aya Vision, its ancestor, chooses by aspect ratio and has tags between tiles; here there are line breaks only.
"""

from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.geometry.scaling import fit_scales, least_scaled
from vtok.geometry.tiling import chosen, tile_grids
from vtok.parts.family import Family, family
from vtok.parts.sources import CONFIG
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import tiles_and_whole, tiling_step
from vtok.values import Box, Candidate, Layout, Media, Size, Span, View


@family
class Cohere2Vision(Family):
    """The numbers of a Command A Vision checkpoint; `size` is the side of a tile."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"merge_size": ("config:downsample_factor",)}

    size: int = 512
    max_patches: int = 12
    patch_size: int = 16
    merge_size: int = 2
    crop_to_patches: bool = True
    start: str = "<|START_OF_IMG|>"
    end: str = "<|END_OF_IMG|>"
    line_break: str = "<|IMG_LINE_BREAK|>"

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole. Spans: start, each view with a line break, end."""
        original, steps = self.orient(media)
        best = chosen(self.candidates(media))
        views = tiles_and_whole(original, best, Patches(self.patch_size, self.merge_size))
        return self.describe(
            media,
            original,
            steps=(*steps, tiling_step(original, best), stretch(original, best.canvas)),
            views=views,
            spans=self.spans(views),
            content=Box.of(best.canvas),
            tiles=best.tiles,
        )

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases of up to max_patches tiles, by their number; of one tile without crop_to_patches."""
        original, _ = self.orient(media)
        most = self.max_patches if self.crop_to_patches else 1
        canvases = [Size(rows * self.size, columns * self.size) for columns, rows in tile_grids(1, most)]
        return least_scaled(fit_scales(original, canvases), canvases, tile=self.size)

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The prompt's part."""
        parts = [span for i, view in enumerate(views) for span in (view_tokens(view, i), *special(self.line_break))]
        return (*special(self.start), *parts, *special(self.end))


PRESETS = (
    Cohere2Vision(
        model="cohere2-vision",
        preset="command-a-vision",
        repo="CohereLabs/command-a-vision-07-2025",
        max_position_embeddings=500_000,
        sources={"*": CONFIG, "merge_size": "config.json", "resample": CONFIG},
        facts=("32 x 32 patches of a tile, merged to 16 x 16.",),
    ),
)
