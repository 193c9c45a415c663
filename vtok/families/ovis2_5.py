"""Ovis2.5: the image at its own size, snapped to multiples of 32 pixels; a token for each 32 x 32 pixels.

Rule     A side below 32 pixels is first enlarged to 32; else the longer side is cut to 200 times the shorter. Then both
         sides are rounded to multiples of 32, within min_pixels to max_pixels. Patches of 16 are merged 2 x 2. Two
         learned vectors stand around an image, under ids of their own.
Numbers  the defaults of the checkpoints' code as a converter of transformers (a pull request,
         models/ovis2_5/convert_ovis2_5_weights_to_hf.py) repeats them: from 448 x 448 pixels (196 tokens) to 1,792 x
         1,792 in the 9B model (3,136 tokens) and 1,344 x 1,792 in the 2B model (2,352 tokens).
Paper    arXiv 2508.11737. Code: AIDC-AI/Ovis 4de4946, ovis/model/modeling_ovis.py.

Where they disagree, and what vtok follows:
- The repository's demos pass 1,792 x 1,792 pixels for a single image and 896 x 896 for several, its README 1,024 x
  1,024 as the least, and its own default is that of the 2B model. vtok follows the checkpoints.
- The marks have no ids in the original, which counts them below zero. Their names are those of the converter.
- A thin image that is enlarged to 32 may be shrunk to no pixels under max_pixels. Upstream fails then.
"""

from typing import ClassVar

from vtok.geometry.snapping import smart_resize_lifted
from vtok.parts.family import family, limit
from vtok.parts.native import NativeGrid
from vtok.values import Size, Step


@family
class Ovis25(NativeGrid):
    """The numbers of an Ovis2.5 checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("4de4946",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("config:vit_config.patch_size",),
        "merge_size": ("config:vit_config.hidden_stride",),
    }

    patch_size: int = 16
    min_pixels: int = 448 * 448
    max_pixels: int = limit()
    start: str = "<ovis_image_start>"
    end: str = "<ovis_image_end>"

    def resize(self, size: Size) -> tuple[Step, ...]:
        """Both sides to whole tokens, within the limits."""
        factor, least, most = self.factor, self.min_pixels, self.max_pixels
        return (smart_resize_lifted(size, factor=factor, min_pixels=least, max_pixels=most),)


CONVERTER = "transformers, convert_ovis2_5_weights_to_hf.py (pull request)"
SOURCES = {"*": CONVERTER, "max_position_embeddings": CONVERTER}
MAX_PIXELS = {"9B": 1792 * 1792, "2B": 1344 * 1792}

PRESETS = tuple(
    Ovis25(
        model="ovis2.5",
        preset=f"ovis2.5-{size.lower()}",
        repo=f"AIDC-AI/Ovis2.5-{size}",
        max_pixels=most,
        max_position_embeddings=40_960,
        sources=SOURCES,
        remarks=("Each token is a mixture of a visual vocabulary; two entries of it stand around an image.",),
    )
    for size, most in MAX_PIXELS.items()
)
