"""Pixtral: the image at its own size in patches of 16; a break token closes each row of them.

Rule     The image is shrunk until no side exceeds 1,024 pixels, its aspect ratio kept, and never enlarged. Both sides
         are rounded up to multiples of 16. Patches enter row by row, each is one token. [IMG_BREAK] closes each row,
         [IMG_END] the last one.
Numbers  preprocessor_config.json and processor_config.json of the checkpoint.
Paper    arXiv 2410.07073. Code: transformers 5.23, models/pixtral/{image_processing,processing}_pixtral.py.

Where they disagree, and what vtok follows:
- Mistral's own code rounds the shrunk sides, transformers rounds them down. vtok follows transformers.
- An image 1,024 times as long as it is wide keeps no pixel of its width. transformers refuses it, and so does vtok.
- The breaks and the end are special tokens: they count as prompt tokens, not as visual ones.
- If several patches make a token, the image processor on its own rounds up to single patches, the processor to whole
  tokens. vtok follows the processor.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.resize import fit_longest_edge
from vtok.geometry.snapping import not_resized
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import broken_rows
from vtok.values import Layout, Media, Raster, Size, Span, Step


@family
class Pixtral(OptionalResize):
    """The numbers of a Pixtral or Mistral Small checkpoint."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "longest_edge": ("image:size.longest_edge",),
        "patch_size": ("processor:patch_size", "image:patch_size", "config:vision_config.patch_size"),
        "merge_size": ("processor:spatial_merge_size", "config:spatial_merge_size"),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("[IMG]",)}

    patch_size: int = 16
    merge_size: int = 1
    longest_edge: int = limit(1024)
    row_break: str = "[IMG_BREAK]"
    end: str = "[IMG_END]"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: the merged grid with its breaks, end."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        view = whole_view(original, resize.after, Patches(self.patch_size, self.merge_size))
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.spans(merged_raster(view)),
        )

    def resize(self, size: Size) -> Step:
        """The size of the image."""
        if not self.do_resize:
            return not_resized(size)
        return fit_longest_edge(size, longest_edge=self.longest_edge, factor=self.patch_size * self.merge_size)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        return token_grid(self.resize(sizes).after, self.patch_size * self.merge_size)

    def spans(self, raster: Raster) -> tuple[Span, ...]:
        """The prompt's part for one image of this merged grid."""
        return broken_rows(raster, row_break=self.row_break, end=self.end)


SOURCES = {
    "*": "tokenizer_config.json",
    "patch_size": "processor_config.json",
    "merge_size": "processor_config.json",
    "longest_edge": "preprocessor_config.json",
    "resample": "preprocessor_config.json",
}

CLASS_DEFAULTS: ClassDefaults = {
    "PixtralImageProcessor": {"longest_edge": 1024},
    "PixtralProcessor": {"patch_size": 16, "merge_size": 1},
    "PixtralVisionConfig": {"patch_size": 16},
}
PRESETS = (
    Pixtral(
        model="pixtral-12b",
        repo="mistral-community/pixtral-12b",
        aliases=("pixtral", "mistralai/Pixtral-12B-2409"),
        max_position_embeddings=1_024_000,
        chat_tokens=3,
        sources=SOURCES,
    ),
)
