"""Kosmos-2: the image stretched to 224 pixels and read by 64 queries.

Rule     The image is stretched to a square of 224 pixels and cut into patches of 14. CLIP returns a class state and 256
         patch states, which 64 learned queries read. The queries stand in the prompt between <image> and </image>.
Numbers  preprocessor_config.json and config.json of the checkpoint: num_image_tokens 64.
Paper    arXiv 2306.14824. Code: transformers 5.23, models/kosmos2.

The checkpoint's image processor is CLIP's, but with use_square_size: nothing is cut off,
unless do_resize is false: the middle is then cut out. The 1,024 patch_index tokens,
which name places in answers, form a grid of 32 x 32 that is not the grid of the encoder.
"""

from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.parts.family import family
from vtok.parts.keys import all_equal
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import encoder_states, special
from vtok.parts.views import fixed_view, square_layout
from vtok.values import Layout, Media, Span


@family
class Kosmos2(OptionalResize):
    """The numbers of a Kosmos-2 checkpoint."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"size": ("image:size",)}

    size: int = 224
    use_square_size: bool = True
    patch_size: int = 14
    latent_query_num: int = 64
    start: str = "<image>"
    end: str = "</image>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: the states that the queries read, then start, queries, end."""
        original, _ = self.orient(media)
        square = self.use_square_size and self.do_resize
        done, view = fixed_view(
            original,
            self.size,
            Patches(self.patch_size),
            crop_size=None if square else self.size,
            do_resize=self.do_resize,
        )
        queries = Span(kind="query", count=self.latent_query_num, is_token=True, views=(0,))
        spans = (*encoder_states(view, sink="memory"), *special(self.start), queries, *special(self.end))
        return square_layout(self, media, done, view, spans)

    count_keys = all_equal


CLASS_DEFAULTS: ClassDefaults = {
    "CLIPImageProcessor": {"size": 224},
    "Kosmos2Config": {"patch_size": 14},
}
PRESETS = (
    Kosmos2(
        model="kosmos-2",
        repo="microsoft/kosmos-2-patch14-224",
        max_position_embeddings=2048,
        chat_tokens=1,
        sources={
            "*": "tokenizer_config.json",
            **dict.fromkeys(("size", "use_square_size"), "preprocessor_config.json"),
            "patch_size": "config.json",
            "latent_query_num": "config.json",
            "chat_tokens": "transformers 5.23 Kosmos2Processor",
        },
    ),
)
