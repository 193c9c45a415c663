"""Inkling 2: the image at its own size in squares of 40 pixels; an encoder sees 2 x 2 patches of 20 in each.

Rule     The image is not resized. Both sides are padded to multiples of 40. The encoder embeds patches of 20; 2 x 2 of
         them are joined to a token behind it.
Numbers  class defaults of transformers.
Paper    none. Code: transformers 5.23, models/inkling2/{image_processing,processing,modeling}_inkling2.py.

Where they disagree, and what vtok follows:
- image_grid_thw counts squares of 40, not patches. vtok's grid counts patches, as for other models.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.geometry.snapping import not_resized
from vtok.parts.family import Family, Placeholders, family
from vtok.parts.keys import Keys
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.views import padded_view
from vtok.values import Layout, Media


@family
class Inkling2(Family):
    """The numbers of an Inkling 2 checkpoint; `size` is the side of the square that becomes a token."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size.height",),
        "merge_size": ("config:vision_config.spatial_merge_size",),
        "max_position_embeddings": (
            "config:text_config.max_position_embeddings",
            "config:text_config.model_max_length",
        ),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<|unused_200054|>",)}

    size: int = 40
    merge_size: int = 2

    def layout(self, media: Media) -> Layout:
        """Views: one, padded. Spans: the merged grid."""
        original, steps = self.orient(media)
        if self.size < self.merge_size:
            raise UsageError(f"size {self.size} is below merge_size {self.merge_size}: a square has no whole patch")
        resize = not_resized(original)
        pad, view = padded_view(original, resize, Patches(self.size // self.merge_size, self.merge_size))
        return self.describe(
            media,
            original,
            steps=(*steps, resize, pad),
            views=(view,),
            spans=enclosed(merged_raster(view)),
            resized=original,
            content=view.content,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The rows and columns of squares."""
        return -(-sizes.height // self.size), -(-sizes.width // self.size)


CLASS_DEFAULTS: ClassDefaults = {
    "Inkling2ImageProcessor": {"size": 40},
    "Inkling2Config": {"merge_size": 2, "max_position_embeddings": 1_048_576},
}
PRESETS = (
    Inkling2(
        model="inkling2",
        preset="inkling-2-small",
        repo="thinkingmachines/Inkling-2-Small-MXFP8",
        max_position_embeddings=1_048_576,
        sources={"max_position_embeddings": "transformers 5.23 Inkling2TextConfig"},
    ),
)
