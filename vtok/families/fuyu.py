"""Fuyu: no encoder; patches of 30 pixels go straight into the language model, and a newline closes each row.

Rule     The image is shrunk into 1,920 x 1,080 pixels with its aspect ratio kept, and never enlarged. It is padded at
         the right and bottom to multiples of 30. Each patch is one token; a newline token follows each row.
Numbers  preprocessor_config.json of the checkpoint. transformers' class defaults are the same.
Paper    none (adept.ai/blog/fuyu-8b). Code: transformers 5.23, models/fuyu/{image_processing,processing}_fuyu.py.

Where they disagree, and what vtok follows:
- The tensor is padded to 1,920 x 1,080, but patches outside the image are dropped before the model.
- The beginning-of-sequence token stands after the image. It is there without an image, too, and is not counted.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.geometry.resize import fit_box
from vtok.geometry.snapping import not_resized, pad_to_multiple
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, cells
from vtok.parts.resizing import OptionalResize, check_within
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import special, vision
from vtok.parts.views import padded_view
from vtok.values import Layout, Media, Size, Step


@family
class Fuyu(OptionalResize):
    """The numbers of a Fuyu checkpoint."""

    images_only: ClassVar[bool] = True
    attention: ClassVar[str] = "it has no encoder: one linear layer takes patches into the language model"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "max_height": ("image:size.height", "image:target_height"),
        "max_width": ("image:size.width", "image:target_width"),
        "patch_size": ("image:patch_size", "config:patch_size"),
    }

    max_height: int = limit(1080)
    max_width: int = limit(1920)
    patch_size: int = 30
    resample: str = "bilinear"
    newline: str = "|NEWLINE|"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, padded. Spans: the grid with its newlines."""
        original, steps = self.orient(media)
        check_within(self, original, self.box)
        resize = self.resize(original)
        pad, view = padded_view(original, resize, Patches(self.patch_size))
        row_end = next(iter(special(self.newline)), None)
        return self.describe(
            media,
            original,
            steps=(*steps, resize, pad),
            views=(view,),
            spans=(vision(merged_raster(view), 0, row_end=row_end),),
            resized=resize.after,
            content=view.content,
        )

    def resize(self, size: Size) -> Step:
        """The size of the image, without padding."""
        return fit_box(size, self.box) if self.do_resize else not_resized(size)

    @property
    def box(self) -> Size:
        """The largest size."""
        return Size(self.max_height, self.max_width)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid, and which images do not fit the box."""
        resized = self.resize(sizes).after
        grid = cells(pad_to_multiple(resized, self.patch_size).after, self.patch_size)
        return *grid, *(side > most for side, most in zip(resized, self.box, strict=True))


CLASS_DEFAULTS: ClassDefaults = {
    "FuyuImageProcessor": {"max_height": 1080, "max_width": 1920, "patch_size": 30},
    "FuyuConfig": {"patch_size": 30},
}
PRESETS = (
    Fuyu(
        model="fuyu",
        preset="fuyu-8b",
        repo="adept/fuyu-8b",
        max_position_embeddings=16_384,
        chat_tokens=2,
        sources={
            "*": "preprocessor_config.json",
            "newline": "tokenizer.json",
            "chat_tokens": "transformers 5.23 FuyuProcessor",
        },
    ),
)
