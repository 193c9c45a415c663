"""Moondream 2 and 3: 729 tokens for every image, which show the whole and up to twelve overlapping crops at once.

Rule     A canvas has up to 12 windows of 266 pixels, and margins of 56 on each side: as many windows as the image's
         aspect ratio allows. The image is stretched to fill it. A crop is a window with its margins, 378 pixels; the
         whole image is stretched to a crop of its own. The features of the crops, without the margins at which crops
         meet, are stitched and averaged to 27 x 27. Each of these is joined with the whole image's patch at its place,
         and both make one token.
Numbers  moondream/torch/config.py: 12 crops of 378, margins of 4 patches.
Paper    none. Code: vikhyat/moondream 44146f1, moondream/torch/{image_crops,vision,moondream}.py; m87-labs/
         moondream-station cdec524, backends/mlx_backend/md3, for Moondream 3.

Where they disagree, and what vtok follows:
- The prompt starts with a token of its own (BOS), with or without an image. It is not counted.
- Both libraries that resize, pyvips and Pillow, give the same sizes.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, scaled
from vtok.geometry.resize import stretch
from vtok.geometry.tiling import chosen, tiles_within
from vtok.parts.family import family
from vtok.parts.keys import Keys
from vtok.parts.overlaps import OverlappingCrops
from vtok.parts.spans import vision
from vtok.parts.tiles import row_by_row, tiling_step
from vtok.parts.views import thumbnail
from vtok.values import Box, Candidate, Layout, Media, Size


@family
class Moondream(OverlappingCrops):
    """The numbers of a Moondream checkpoint."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("44146f1",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("config:config.vision.crop_size",),
        "max_crops": ("config:config.vision.max_crops",),
        "patch_size": ("config:config.vision.enc_patch_size",),
        "overlap_margins": (),
        "max_position_embeddings": ("config:config.text.max_context",),
    }

    size: int = 378
    max_crops: int = 12
    resample: str = "lanczos"

    def layout(self, media: Media) -> Layout:
        """Views: the whole image, then the crops. Spans: one grid, of which each cell shows both."""
        original, steps = self.orient(media)
        best = chosen(self.candidates(media))
        view = thumbnail(original, self.size, Patches(self.patch_size))
        places = ((column * self.window, row * self.window) for _, row, column in row_by_row(best.tiles))
        boxes = (Box(left, top, left + self.size, top + self.size) for left, top in places)
        crops = [view._replace(kind="tile", source=scaled(box, best.canvas, original)) for box in boxes]
        return self.describe(
            media,
            original,
            steps=(*steps, tiling_step(original, best), stretch(original, best.canvas)),
            views=(view, *crops),
            spans=(vision(merged_raster(view), *range(len(crops) + 1)),),
            content=Box.of(best.canvas),
            tiles=best.tiles,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """Nothing: every image makes the same tokens."""
        del sizes
        return ()

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The one canvas that upstream computes."""
        original, _ = self.orient(media)
        inner = original._replace(height=original.height - self.margin, width=original.width - self.margin)
        tiles, why = tiles_within(inner, tile=self.check_window(), max_num=self.max_crops)
        canvas = Size(tiles[1] * self.window + self.margin, tiles[0] * self.window + self.margin)
        return (Candidate(tiles=tiles, canvas=canvas, scores=(), chosen=True, reason=why),)


SOURCES = {"*": "moondream/torch/config.py", "resample": "moondream/torch/image_crops.py"}
CHECKPOINTS = {"moondream2": ("vikhyatk/moondream2", 2048), "moondream3": ("moondream/moondream3-preview", 4096)}
"""Repository and context of each preset."""

MODEL_TYPES = ("moondream1", "moondream3")
PRESETS = tuple(
    Moondream(
        model="moondream2",
        preset=preset,
        repo=repo,
        max_position_embeddings=context,
        sources=SOURCES | {"max_position_embeddings": "config.py (max_context)"},
        remarks=("SigLIP-so400m/14 of 378 pixels: 27 x 27 patches of a view.",),
    )
    for preset, (repo, context) in CHECKPOINTS.items()
)
