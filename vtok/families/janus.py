"""Janus and Janus-Pro: the image padded to a square of 384 pixels, a token for each patch.

Rule     The longer side is resized to 384 pixels; small images are enlarged. The image is padded to a square, in the
         middle of it. Each patch of 16 is one token. A start and an end token enclose them.
Numbers  preprocessor_config.json of the checkpoints: 576 tokens.
Paper    arXiv 2410.13848 and 2501.17811. Code: transformers 5.23, models/janus.

Where they disagree, and what vtok follows:
- Janus' own code truncates the shorter side, transformers rounds it. The content may differ by a pixel; the tokens
  never differ. vtok follows transformers.
- A side is never below min_size, so that a thin strip is widened.
- Images that the model draws have another encoder and vocabulary. They are not counted here.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.geometry.resize import long_edge_rounded
from vtok.geometry.snapping import not_resized
from vtok.parts.family import family
from vtok.parts.keys import Keys, cells, padded_square
from vtok.parts.resizing import OptionalResize, check_patches
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.views import centred_view, square_layout
from vtok.values import Layout, Media


@family
class Janus(OptionalResize):
    """The numbers of a Janus checkpoint."""

    images_only: ClassVar[bool] = True
    must_do: ClassVar[tuple[str, ...]] = ("do_pad",)

    size: int = 384
    min_size: int = 14
    patch_size: int = 16
    start: str = "<begin_of_image>"
    end: str = "<end_of_image>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, padded. Spans: start, the grid, end."""
        original, _ = self.orient(media)
        resize = not_resized(original)
        if self.do_resize:
            resize = long_edge_rounded(original, self.size, least=self.min_size)
        pad, view = centred_view(original, resize, Patches(self.patch_size))
        check_patches(self, view, self.size)
        spans = enclosed(merged_raster(view), start=self.start, end=self.end)
        return square_layout(self, media, (resize, pad), view, spans)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid of the padded square, where the image is not resized."""
        return () if self.do_resize else cells(padded_square(sizes), self.patch_size)


CLASS_DEFAULTS: ClassDefaults = {
    "JanusImageProcessor": {"size": 384, "min_size": 14},
    "JanusConfig": {"patch_size": 16},
}
PRESETS = tuple(
    Janus(
        model="janus-pro",
        preset=f"janus-pro-{size.lower()}",
        repo=f"deepseek-community/Janus-Pro-{size}",
        aliases=("janus",) if size == "7B" else (),
        max_position_embeddings=16_384,
        sources={"size": IMAGE_CONFIG, "min_size": IMAGE_CONFIG, "patch_size": "config.json"},
    )
    for size in ("7B", "1B")
)
