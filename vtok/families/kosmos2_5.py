"""Kosmos-2.5: the image scaled to at most 4,096 patches of 16, which 2,048 queries read.

Rule     The image is scaled to the most patches within max_patches; the numbers of rows and columns drop their
         fractions, each is at least 1, and the image is stretched to them. 2,048 learned queries read the states of all
         patches. The queries stand in the prompt between <image> and </image>.
Numbers  Class defaults of transformers: no published config of the checkpoint is known.
Paper    arXiv 2309.11419. Code: transformers 5.23, models/kosmos2_5.

Where they disagree, and what vtok follows:
- Every image has 2,048 tokens, however small it is: a small one is enlarged.
- The sequence of patches is padded to max_patches and masked. The padding is not counted here.
- The processor's class sets max_patches to 4,096, whatever preprocessor_config.json says; a call may set another.
"""

from math import sqrt
from typing import ClassVar

from vtok.geometry.places import Patches, whole_view
from vtok.geometry.snapping import floor_patches
from vtok.parts.family import Family, family
from vtok.parts.keys import all_equal
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import encoder_states, special
from vtok.values import Layout, Media, Span


@family
class Kosmos25(Family):
    """The numbers of a Kosmos-2.5 checkpoint."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("image:patch_size",),
        "max_patches": (),
        "latent_query_num": ("processor:num_image_tokens", "config:latent_query_num"),
    }

    patch_size: int = 16
    max_patches: int = 4096
    latent_query_num: int = 2048
    start: str = "<image>"
    end: str = "</image>"
    resample: str = "bilinear"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: the states that the queries read, then start, queries, end."""
        original, steps = self.orient(media)
        resize = floor_patches(original, patch_size=self.patch_size, max_patches=self.max_patches, root=sqrt)
        view = whole_view(original, resize.after, Patches(self.patch_size))
        states = encoder_states(view, sink="memory", class_tokens=0)
        queries = Span(kind="query", count=self.latent_query_num, is_token=True, views=(0,))
        spans = (*states, *special(self.start), queries, *special(self.end))
        return self.describe(media, original, steps=(*steps, resize), views=(view,), spans=spans)

    count_keys = all_equal


CLASS_DEFAULTS: ClassDefaults = {
    "Kosmos2_5ImageProcessor": {"patch_size": 16},
    "Kosmos2_5Processor": {"latent_query_num": 2048},
    "Kosmos2_5Config": {"latent_query_num": 2048, "max_position_embeddings": 4096},
}
PRESETS = (
    Kosmos25(
        model="kosmos-2.5",
        repo="microsoft/kosmos-2.5",
        aliases=("microsoft/kosmos-2.5-chat",),
        max_position_embeddings=4096,
        sources={"max_position_embeddings": "transformers 5.23 Kosmos2_5Config"},
    ),
)
