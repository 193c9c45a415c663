"""Inkling: the image at its own size in squares of 40 pixels, each a token, and always one more column.

Rule     The image is not resized. It is cut into squares of 40 pixels: height / 40 rows, rounded up, and width / 40
         columns, rounded down, plus one. What sticks out is padded. Linear layers make a token of each square alone.
Numbers  class defaults of transformers.
Paper    none. Code: transformers 5.23, models/inkling/{image_processing,processing}_inkling.py.

Where they disagree, and what vtok follows:
- A width that is a multiple of 40 gets a column of padding alone; a height does not get such a row.
- rescale_image_frac scales the longer side first, half pixels rounded up; it enlarges no longer side above
  rescale_image_max_upscaled_long_edge. transformers leaves it out by default; SGLang takes 2.0 and 2,048.
- The chat template writes a special token before each image; its other tokens are not known here.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.resize import long_edge_scaled
from vtok.geometry.snapping import not_resized
from vtok.parts.family import Family, Placeholders, family
from vtok.parts.keys import Keys
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed
from vtok.values import Box, Layout, Media, Size, Step


@family
class Inkling(Family):
    """The numbers of an Inkling checkpoint; without `rescale_image_frac` images keep their size."""

    images_only: ClassVar[bool] = True
    attention: ClassVar[str] = "it has no encoder that attends; linear layers see one square each"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("image:size.height", "config:vision_config.patch_size"),
        "max_position_embeddings": (
            "config:text_config.max_position_embeddings",
            "config:text_config.model_max_length",
        ),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<|unused_200054|>",)}

    patch_size: int = 40
    rescale_image_frac: float | None = None
    rescale_image_max_upscaled_long_edge: int | None = 2048
    resample: str = "lanczos"
    start: str = "<|content_image|>"

    def layout(self, media: Media) -> Layout:
        """Views: one, padded. Spans: start, the squares row by row."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        rows, columns = self.grid(resize.after)
        canvas = Size(rows * self.patch_size, columns * self.patch_size)
        view = whole_view(original, canvas, Patches(self.patch_size), content=Box.of(resize.after))
        reason = f"padded to {rows} rows and {columns} columns of {self.patch_size}, at least one column more"
        pad = Step(name="pad", before=resize.after, after=canvas, reason=reason)
        return self.describe(
            media,
            original,
            steps=(*steps, resize, pad),
            views=(view,),
            spans=enclosed(merged_raster(view), start=self.start),
            resized=resize.after,
            content=view.content,
        )

    def resize(self, size: Size) -> Step:
        """The size before padding."""
        if self.rescale_image_frac is None:
            return not_resized(size)
        return long_edge_scaled(size, scale=self.rescale_image_frac, most=self.rescale_image_max_upscaled_long_edge)

    def grid(self, size: Size) -> Keys:
        """The rows and columns of squares."""
        return -(-size.height // self.patch_size), size.width // self.patch_size + 1

    def count_keys(self, sizes: Sizes) -> Keys:
        """The rows and columns, where images keep their size."""
        return self.grid(sizes) if self.rescale_image_frac is None else tuple(sizes)


MODEL_TYPES = ("inkling_mm_model",)
CLASS_DEFAULTS: ClassDefaults = {
    "InklingImageProcessor": {"patch_size": 40, "rescale_image_max_upscaled_long_edge": 2048},
    "InklingConfig": {"patch_size": 40, "max_position_embeddings": 131_072},
}
PRESETS = (
    Inkling(
        model="inkling",
        repo="thinkingmachines/Inkling",
        max_position_embeddings=131_072,
        sources={"start": "chat template", "max_position_embeddings": "transformers 5.23 InklingTextConfig"},
        remarks=(
            "A square is embedded twice over, as two frames of a video that does not move (temporal_patch_size 2).",
        ),
    ),
)
