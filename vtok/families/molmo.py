"""Molmo: the whole image in one crop of 336 pixels, then up to twelve crops that overlap by 112; padded, not stretched.

Rule     A canvas has up to 12 windows of 224 pixels, and margins of 56 on each side. The one wins that takes the least
         enlarging, or, if none is large enough, the least shrinking. The image is enlarged or shrunk until one side
         fills the canvas, and lies in its middle. A crop is a window with its margins. The patches of 14 of all crops,
         without the margins at which crops meet, are stitched and pooled 2 x 2. The whole image is padded to a crop of
         its own, which comes first.
Numbers  preprocessor_config.json of Molmo-7B-D-0924: 12 crops of 336, margins of 4 patches.
Paper    arXiv 2409.17146. Code: the checkpoint's image_preprocessing_molmo.py, copied in
         reubzdubz/Molmo7B_D_NF4Quant 6afb2ae.

Where they disagree, and what vtok follows:
- The scales that choose a canvas are those of the image without the margins, of which nothing may be left. The image
  is resized by another scale, to the canvas with its margins; all are float32.
- Cells of padding alone count as tokens, too. Learned vectors are added to their patches.
- A token ends each row of the crops and of the whole image (<im_col>). It is a special token.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.geometry.canvases import fit_float32, floor_centred
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, cell_edges, whole_view, windows_of
from vtok.geometry.tiling import chosen
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys
from vtok.parts.overlaps import OverlappingCrops
from vtok.parts.sources import IMAGE_CONFIG
from vtok.parts.spans import special, view_tokens, vision
from vtok.parts.tiles import tiling_step
from vtok.values import Box, Layout, Media, Raster, Size, Span


@family
class Molmo(OverlappingCrops):
    """The numbers of a Molmo checkpoint."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("6afb2ae",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:base_image_input_size",),
        "patch_size": ("image:image_patch_size",),
        "pooling_size": (),
    }

    size: int = 336
    max_crops: int = limit(12)
    pooling_size: int = 2
    resample: str = "bilinear"

    def layout(self, media: Media) -> Layout:
        """Views: the whole image, then the crops. Spans: both, the crops stitched, with start and end."""
        original, steps = self.orient(media)
        best, patches = chosen(self.candidates(media)), Patches(self.patch_size, self.pooling_size)
        resize = fit_float32(original, best.canvas)
        content = floor_centred(resize.after, best.canvas)
        square = Size(self.size, self.size)
        inner = floor_centred(fit_float32(original, square).after, square)
        whole = whole_view(original, square, patches, content=inner)._replace(kind="thumbnail")
        crop, side, stride = whole._replace(kind="tile"), self.size, self.window
        crops = windows_of(crop, best.tiles, side=side, stride=stride, content=content, original=original)
        rows, columns = (-(-side // patches.factor) for side in best.canvas)
        ys, xs = cell_edges(rows, columns, cell=patches.factor, content=content, source=Box.of(original))
        stitched = vision(Raster(t=1, rows=rows, columns=columns, ys=ys, xs=xs), *range(1, len(crops) + 1))
        return self.describe(
            media,
            original,
            steps=(*steps, tiling_step(original, best), resize),
            views=(whole, *crops),
            spans=(*self.part(view_tokens(whole, 0)), *self.part(stitched)),
            canvas=best.canvas,
            content=content,
            tiles=best.tiles,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The chosen canvas, and whether the image is refused."""
        best, square = chosen(self.candidates(Media(size=sizes))), Size(self.size, self.size)
        return *best.tiles, fit_float32(sizes, best.canvas).after.area * fit_float32(sizes, square).after.area == 0

    def part(self, tokens: Span) -> tuple[Span, ...]:
        """The tokens of the whole image or of the crops, each row closed, between start and end."""
        row_end = Span(kind="newline", count=1, text="<im_col>")
        return (*special("<im_start>"), replace(tokens, row_end=row_end), *special("<im_end>"))


CODE = "image_preprocessing_molmo.py"
CHECKPOINTS = {
    "molmo-7b-d": "Molmo-7B-D-0924",
    "molmo-7b-o": "Molmo-7B-O-0924",
    "molmo-72b": "Molmo-72B-0924",
    "molmoe-1b": "MolmoE-1B-0924",
}

PRESETS = tuple(
    Molmo(
        model="molmo",
        preset=preset,
        repo=f"allenai/{name}",
        max_position_embeddings=4096 if preset == "molmo-7b-d" else None,
        sources={"*": IMAGE_CONFIG if preset == "molmo-7b-d" else CODE, "pooling_size": CODE, "resample": CODE},
        remarks=("24 x 24 patches of a crop, of two layers of its encoder; 2 x 2 of them pooled by attention.",),
    )
    for preset, name in CHECKPOINTS.items()
)
