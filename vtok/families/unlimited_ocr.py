"""Unlimited-OCR: DeepSeek-OCR's gundam mode with up to 32 tiles of 640 pixels, a newline after each row of tokens.

Rule     The whole image is padded to a square of 1,024 pixels. If a side exceeds 640, the image is also stretched over
         the grid of two to 32 tiles of 640 whose aspect ratio is nearest. Convolutions leave one token for 4 x 4
         patches of 16. The tiles come first, stitched, with a newline after each row; then the whole image, with
         newlines, too; last a separator.
Numbers  Class defaults of transformers: no published config of the checkpoint is known.
Paper    none yet. Code: transformers 5.23, models/unlimited_ocr.

Where they disagree, and what vtok follows:
- With crop_to_patches off, the whole image is padded to its square all the same; only a square of at most 640 pixels
  (maximum_pad_value) is stretched.
- The shorter side of a strip (2048 x 1) may round to 0 in the view of the whole image, which transformers' image
  processor refuses. vtok refuses it, too.
"""

from typing import ClassVar

from vtok.errors import UnsupportedSizeError
from vtok.geometry.canvases import floor_centred
from vtok.geometry.many import Sizes
from vtok.geometry.resize import long_edge_rounded, stretch
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.keys import Keys, either, longer_than, vanishes
from vtok.parts.sources import ClassDefaults
from vtok.parts.tiles_before_whole import TilesBeforeWhole
from vtok.parts.views import padded_thumbnail, thumbnail
from vtok.values import Candidate, Media, Size, Step, View


@family
class UnlimitedOcr(TilesBeforeWhole):
    """The numbers of an Unlimited-OCR checkpoint; `size` is the side of the view of the whole image."""

    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"patch_size": ("processor:patch_size",)}

    size: int = 1024
    crop_to_patches: bool = limit(default=True)
    min_patches: int = 2
    max_patches: int = limit(32)
    tile_size: int = 640
    maximum_pad_value: int = 640

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_patches to max_patches tiles; none for an image that fits a tile."""
        original, _ = self.orient(media)
        return self.nearest(original) if self.crop_to_patches and max(original) > self.tile_size else ()

    def nearest(self, size: Size) -> tuple[Candidate, ...]:
        """The grids of min_patches to max_patches tiles."""
        return nearest_aspect(size, tile_grids(self.min_patches, self.max_patches), tile=self.tile_size)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles of a large image, and whether a strip is refused."""
        gone = vanishes(sizes, self.size)
        if not self.crop_to_patches:
            return (gone,)
        return gone, *either(longer_than(sizes, self.tile_size), chosen(self.nearest(sizes)).tiles)

    def whole(self, original: Size) -> tuple[Step, View]:
        """The step to the view of the whole image, and that view."""
        if not self.crop_to_patches and self.size <= self.maximum_pad_value:
            return stretch(original, Size(self.size, self.size)), thumbnail(original, self.size, self.patches)
        content = long_edge_rounded(original, self.size, least=0).after
        if not content.area:
            raise UnsupportedSizeError(
                f"{original} shrinks to {content} in the view of the whole image; crop or pad it"
            )
        fit, view = padded_thumbnail(original, self.size, self.patches)
        return fit, view._replace(content=floor_centred(content, view.size))


CLASS_DEFAULTS: ClassDefaults = {
    "UnlimitedOcrImageProcessor": {
        "size": 1024,
        "crop_to_patches": True,
        "min_patches": 2,
        "max_patches": 32,
        "tile_size": 640,
        "maximum_pad_value": 640,
    },
    "UnlimitedOcrProcessor": {"patch_size": 16, "downsample_ratio": 4},
    "UnlimitedOcrConfig": {},
}
PRESETS = (
    UnlimitedOcr(
        model="unlimited-ocr",
        repo="baidu/Unlimited-OCR",
        remarks=(
            "SAM-B/16, then convolutions to 1/4 of each side, then CLIP-L on those blocks: 16 x 16 of 1,024 pixels.",
        ),
    ),
)
