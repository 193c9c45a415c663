"""SigLIP 2 NaFlex: the image scaled up or down until its patches of 16 just stay within a budget.

Rule     The image is scaled by the greatest scale at which both sides, rounded up to multiples of 16, make at most
         max_num_patches. Patches enter row by row; each has a state, and there is no class token.
Numbers  preprocessor_config.json of the checkpoints: 256 patches of 16.
Paper    arXiv 2502.14786. Code: transformers 5.23, models/siglip2/image_processing_siglip2.py.

Where they disagree, and what vtok follows:
- The sequence is padded to max_num_patches and masked. The padding is not counted here.
- The scale is found by bisection and is at most 100: an image of a few pixels stays below the budget.
- The pooled output comes from an attention head over all patches. It is not one of the states counted here.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.snapping import as_it_is, fill_patches
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import encoder_states
from vtok.values import Layout, Media, Size, Step


@family
class Siglip2(OptionalResize):
    """The numbers of a SigLIP 2 NaFlex checkpoint."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"max_position_embeddings": ()}  # of the text model beside it

    patch_size: int = 16
    max_num_patches: int = limit(256)
    resample: str = "bilinear"

    def layout(self, media: Media) -> Layout:
        """Views: one. Spans: its patches are the output."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        view = whole_view(original, resize.after, Patches(self.patch_size))
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=encoder_states(view, sink="output", class_tokens=0),
        )

    def resize(self, size: Size) -> Step:
        """The size of the image."""
        if not self.do_resize:
            return as_it_is(size, factor=self.patch_size)
        return fill_patches(size, patch_size=self.patch_size, max_patches=self.max_num_patches)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid."""
        return token_grid(self.resize(sizes).after, self.patch_size)


MODEL_TYPES = ("siglip2_vision",)
CLASS_DEFAULTS: ClassDefaults = {
    "Siglip2ImageProcessor": {"patch_size": 16, "max_num_patches": 256},
    "Siglip2VisionConfig": {"patch_size": 16},
}
PRESETS = tuple(
    Siglip2(
        model="siglip2-naflex",
        preset=f"siglip2-{size}-patch16-naflex",
        repo=f"google/siglip2-{size}-patch16-naflex",
        sources=dict.fromkeys(("patch_size", "max_num_patches", "resample"), "preprocessor_config.json"),
        remarks=("The sequence is padded to max_num_patches; its mask leaves the padding out.",),
    )
    for size in ("base", "so400m")
)
