"""Command A Vision: the image stretched over up to twelve tiles of 512 pixels; the whole image comes last.

Rule     Of the canvases of up to 12 tiles, the one wins that takes the least enlarging, or, if none is large enough,
         the least shrinking. The image is stretched to fill it. Patches are merged 2 x 2: 256 tokens a tile. A line
         break token follows each view.
Numbers  preprocessor_config.json and config.json of the checkpoint: tiles of 512, patches of 16, 12 tiles.
Paper    arXiv 2504.00698 (Command A). Code: transformers 5.23,
         models/cohere2_vision/{image_processing,processing}_cohere2_vision.py.

Where they disagree, and what vtok follows:
- The canvas is chosen as if the aspect ratio were kept, but the image is stretched.
- The processor accepts min_patches and never reads it. vtok does not have it.
- Aya Vision, its ancestor, chooses the grid by aspect ratio and has tags before the tiles. Command A Vision has line
  breaks only.
"""

from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.geometry.scaling import fit_scales, least_scaled
from vtok.geometry.tiling import chosen, tile_grids
from vtok.parts.family import Family, Placeholders, family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import stretched_layout
from vtok.values import Candidate, Layout, Media, Size, Span, View


@family
class Cohere2Vision(Family):
    """The numbers of a Command A Vision checkpoint; `size` is the side of a tile."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"merge_size": ("config:downsample_factor",)}
    placeholders: ClassVar[Placeholders] = {"image": ("<|IMG_PATCH|>",)}

    size: int = 512
    max_patches: int = limit(12)
    patch_size: int = 16
    merge_size: int = 2
    crop_to_patches: bool = True
    start: str = "<|START_OF_IMG|>"
    end: str = "<|END_OF_IMG|>"
    line_break: str = "<|IMG_LINE_BREAK|>"

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image. Spans: start, each view with a line break, end."""
        patches = Patches(self.patch_size, self.merge_size)
        return stretched_layout(self, media, chosen(self.candidates(media)), patches, self.spans)

    count_keys = by_tiling

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


CLASS_DEFAULTS: ClassDefaults = {
    "Cohere2VisionImageProcessor": {"size": 512, "max_patches": 12, "crop_to_patches": True},
    "Cohere2VisionConfig": {"merge_size": 2},
}
PRESETS = (
    Cohere2Vision(
        model="cohere2-vision",
        preset="command-a-vision",
        repo="CohereLabs/command-a-vision-07-2025",
        max_position_embeddings=500_000,
        sources={"*": IMAGE_CONFIG, "merge_size": "config.json", "resample": IMAGE_CONFIG},
        remarks=("32 x 32 patches of a tile, merged to 16 x 16.",),
    ),
)
