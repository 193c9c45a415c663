"""Swin and Swin v2: the image stretched to a square, a state for every 32 x 32 pixels and no class token.

Rule     The image is stretched to 192 to 384 pixels and cut into patches of 4. Three times, 2 x 2 states are merged
         into one. Zeros at the right and bottom fill what is left of a patch, and an odd grid before a merge.
Numbers  preprocessor_config.json and config.json of the checkpoints; five of v2's as copied in hlky/dinoml_v2 (at
         6b8c0ac). The names are those of the models that galilai-group/stable-pretraining lists.
Paper    arXiv 2103.14030; v2: 2111.09883. Code: transformers 5.23, models/swin, models/swinv2, whose image processor is
         ViT's.

The states are those of the last stage: 7 x 7 of 224 pixels. The stages before have 56 x 56, 28 x 28 and 14 x 14.
Of an image that is not resized, upstream's code fails on a grid smaller than a window. vtok counts its states all the
same.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, covering_raster
from vtok.geometry.resize import stretch
from vtok.geometry.snapping import not_resized
from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.family import family
from vtok.parts.keys import Keys
from vtok.parts.sources import ClassDefaults
from vtok.parts.views import padded_view
from vtok.values import Raster, Size, Step, View


@family
class Swin(Encoder):
    """The numbers of a Swin checkpoint."""

    attention: ClassVar[str] = "its stages attend within windows, which every other layer shifts by half a window"

    patch_size: int = 4
    merge_size: int = 8
    num_class_tokens: int = 0

    def view(self, original: Size) -> tuple[tuple[Step, ...], View]:
        """The stretched image, padded to whole patches."""
        resize = stretch(original, Size(self.size, self.size)) if self.do_resize else not_resized(original)
        pad, view = padded_view(original, resize, Patches(self.patch_size))
        steps = (resize, pad) if pad.after != pad.before else (resize,)
        return steps, view._replace(merge_size=self.merge_size)

    def raster(self, view: View) -> Raster:
        """The cells of the last stage, of which a rest of the grid makes one, too."""
        return covering_raster(view)

    def count_keys(self, sizes: Sizes) -> Keys:
        """Nothing of an image that is stretched, else its size."""
        return () if self.do_resize else tuple(sizes)


CHECKPOINTS = {
    "swin": (
        *(f"swin-{size}-patch4-window7-224" for size in ("tiny", "small", "base", "large")),
        *(f"swin-{size}-patch4-window7-224-in22k" for size in ("base", "large")),
        *(f"swin-{size}-patch4-window12-384" for size in ("base", "large")),
        *(f"swin-{size}-patch4-window12-384-in22k" for size in ("base", "large")),
    ),
    "swinv2": (
        *(f"swinv2-{size}-patch4-window{window}-256" for size in ("tiny", "small", "base") for window in (8, 16)),
        *(f"swinv2-{size}-patch4-window12-192-22k" for size in ("base", "large")),
        *(f"swinv2-{size}-patch4-window12to16-192to256-22kto1k-ft" for size in ("base", "large")),
        *(f"swinv2-{size}-patch4-window12to24-192to384-22kto1k-ft" for size in ("base", "large")),
    ),
}

MODEL_TYPES = ("swinv2",)
CLASS_DEFAULTS: ClassDefaults = {
    "ViTImageProcessor": {"size": 224, "keep_aspect": False},
    "SwinConfig": {"patch_size": 4},
    "Swinv2Config": {"patch_size": 4},
}
PRESETS = tuple(
    Swin(
        model=model,
        preset=name,
        repo=f"microsoft/{name}",
        size=next(side for side in (384, 256, 224, 192) if str(side) in name),
        sources=SOURCES,
    )
    for model, names in CHECKPOINTS.items()
    for name in names
)
