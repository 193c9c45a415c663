"""MiniCPM-OCR: MiniCPM-V 4.6's slices with four times the tokens: 2 x 2 patches to each.

Rule     As MiniCPM-V 4.6 with downsample_mode 4x, videos included.
Numbers  Class defaults of transformers: no published config of the checkpoint is known.
Paper    none yet. Code: transformers 5.23, models/minicpm_ocr.

Where they disagree, and what vtok follows:
- An image of less than one slice's area is enlarged to it (small_image_upsize always), or keeps its size, rounded to
  multiples of 28 pixels (never). The third value, adaptive, looks at the letters in the image: vtok refuses it, since
  it reads no pixels. Frames of videos are always enlarged.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.families.minicpmv4_6 import MiniCPMV46
from vtok.geometry.many import Sizes
from vtok.geometry.snapping import positive_multiple
from vtok.parts.family import family, option
from vtok.parts.keys import Keys
from vtok.parts.sources import ClassDefaults
from vtok.values import Size

ADAPTIVE = (
    "small_image_upsize adaptive looks at the letters in the image, and vtok reads no pixels; set it to always or never"
)


@family
class MiniCPMOcr(MiniCPMV46):
    """The numbers of a MiniCPM-OCR checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **MiniCPMV46.config_keys,
        "downsample_mode": ("image:downsample_mode",),
        "small_image_upsize": ("image:small_image_upsize",),
    }

    downsample_mode: str = option("4x", "how many patches make a token: 4 x 4, or 2 x 2", "16x", "4x", limits="image")
    small_image_upsize: str = option(
        "always", "enlarge images of less than a slice's area, or not", "always", "never", limits="image"
    )

    def whole(self, size: Size, *, video: bool = False) -> Size:
        """The size of the view of the whole image."""
        if video or self.small_image_upsize == "always":
            return super().whole(size)
        if self.small_image_upsize == "adaptive":
            raise UsageError(ADAPTIVE)
        if size.area > self.scale_resolution**2:
            return super().whole(size)
        factor = self.patch_size * self.merge_size
        return Size(*(positive_multiple(side, factor) for side in size))

    def count_keys(self, sizes: Sizes) -> Keys:
        """As MiniCPM-V 4.6; the sizes themselves where small images are not enlarged."""
        return super().count_keys(sizes) if self.small_image_upsize == "always" else tuple(sizes)


CLASS_DEFAULTS: ClassDefaults = {
    "MiniCPMOcrImageProcessor": {
        "scale_resolution": 448,
        "max_slice_nums": 9,
        "patch_size": 14,
        "slice_mode": True,
        "use_image_id": True,
        "downsample_mode": "4x",
        "small_image_upsize": "always",
    },
    "MiniCPMOcrVideoProcessor": {"max_frames": 128},
    "MiniCPMOcrConfig": {"patch_size": 16},
}
PRESETS = (
    MiniCPMOcr(
        model="minicpm-ocr",
        preset="minicpm-ocr-1.0",
        repo="openbmb/MiniCPM-OCR-1.0",
        sources={"patch_size": "transformers 5.23 MiniCPMOcrImageProcessor"},
    ),
)
