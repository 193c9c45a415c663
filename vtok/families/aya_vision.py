"""Aya Vision: InternVL's tiling with tiles of 364 pixels; each tile has a numbered tag, the whole image comes last.

Rule     Of the grids of up to 12 tiles, the one wins whose aspect ratio is nearest to the image's. The image is
         stretched over it. Patches are merged 2 x 2: 169 tokens a tile. The whole image, stretched to a tile, comes
         last unless one tile is all.
Numbers  preprocessor_config.json and config.json of the checkpoints: tiles of 364, 12 of them; patches of 14.
Paper    arXiv 2505.08751. Code: transformers 5.23, models/aya_vision/processing_aya_vision.py and
         models/got_ocr2/image_processing_got_ocr2.py.

Where they disagree, and what vtok follows:
- The image processor's class default is a tile of 384. The processor counts with 364, and the checkpoints cut 364.
- Upstream's own count takes each tag (TILE_1 to TILE_12, TILE_GLOBAL) for one token, and so does vtok.
"""

from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids
from vtok.parts.family import Family, Placeholders, family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import special, view_tokens
from vtok.parts.tiles import stretched_layout
from vtok.values import Candidate, Layout, Media, Span, View


@family
class AyaVision(Family):
    """The numbers of an Aya Vision checkpoint; `img_size` is the side of a tile."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "img_size": ("image:size|square", "processor:img_size"),
        "patch_size": ("config:vision_config.patch_size",),
        "merge_size": ("config:downsample_factor",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<image>", "<|IMG_PATCH|>")}

    img_size: int = 364
    min_patches: int = 1
    max_patches: int = limit(12)
    patch_size: int = 14
    merge_size: int = 2
    start: str = "<|START_OF_IMG|>"
    end: str = "<|END_OF_IMG|>"
    tile_tag: str = "TILE"
    whole_tag: str = "TILE_GLOBAL"

    def layout(self, media: Media) -> Layout:
        """Views: the tiles, then the whole image. Spans: start, each view after its tag, end."""
        patches = Patches(self.patch_size, self.merge_size)
        return stretched_layout(self, media, chosen(self.candidates(media)), patches, self.spans)

    count_keys = by_tiling

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_patches to max_patches tiles, by their number."""
        original, _ = self.orient(media)
        grids = tile_grids(self.min_patches, self.max_patches)
        return nearest_aspect(original, grids, tile=self.img_size)

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The prompt's part. A single view has the tag of the whole image."""
        tags = [f"{self.tile_tag}_{i}" for i in range(1, len(views))] + [self.whole_tag]
        tagged = ((*special(tag), view_tokens(view, i)) for i, (view, tag) in enumerate(zip(views, tags, strict=True)))
        return (*special(self.start), *(span for spans in tagged for span in spans), *special(self.end))


CLASS_DEFAULTS: ClassDefaults = {
    "GotOcr2ImageProcessor": {"img_size": 384, "min_patches": 1, "max_patches": 12},
    "AyaVisionConfig": {"merge_size": 2},
}
PRESETS = tuple(
    AyaVision(
        model="aya-vision",
        preset=f"aya-vision-{size}",
        repo=f"CohereLabs/aya-vision-{size}",
        aliases=(f"CohereForAI/aya-vision-{size}",),
        max_position_embeddings=8192,
        sources={
            "*": IMAGE_CONFIG,
            "resample": IMAGE_CONFIG,
            **dict.fromkeys(("patch_size", "merge_size"), "config.json"),
            **dict.fromkeys(("start", "end", "tile_tag", "whole_tag"), "processor_config.json"),
        },
        remarks=("SigLIP2-so400m, 26 x 26 patches of a tile, pixel shuffle to 13 x 13.",),
    )
    for size in ("8b", "32b")
)
