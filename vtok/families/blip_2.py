"""BLIP-2: 32 queries of a Q-Former read the image; only they reach the language model.

Rule     The image is stretched to 224 pixels and cut into patches of 14: 256 states and that of the class token. 32
         learned queries read them. The queries stand before the text, even before its first token.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2301.12597. Code: transformers 5.23, models/blip_2.

A query has no place in the image: each reads all of it. Flan-T5 has relative positions, and its configs name no
context length.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.parts.family import family
from vtok.parts.keys import Keys, by_exact_side
from vtok.parts.resizing import OptionalResize, check_side
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import encoder_states
from vtok.parts.videos import each_frame
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media, Sampling, Span


@family
class Blip2(OptionalResize):
    """The numbers of a BLIP-2 or InstructBLIP checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size|square", "config:vision_config.image_size"),
        "num_query_tokens": ("config:num_query_tokens", "processor:num_query_tokens"),
        "max_position_embeddings": (
            "config:text_config.max_position_embeddings",
            "config:text_config.max_sequence_length",  # the key in Vicuna's first configs
        ),
    }

    size: int = 224
    patch_size: int = 14
    num_query_tokens: int = 32

    def layout(self, media: Media) -> Layout:
        """Views: one, or one a frame. Spans: its states, which the Q-Former reads, then the queries for the prompt."""
        original, steps = self.orient(media)
        done, view = fixed_view(original, self.size, Patches(self.patch_size), do_resize=self.do_resize)
        check_side(self, view, self.size)
        queries = Span(kind="query", count=self.num_query_tokens, is_token=True, views=(0,))
        one = (*encoder_states(view, sink="memory"), queries)
        sampling = self.frames(media) if media.is_video else None
        views, spans = each_frame((view,), one, sampling) if sampling else ((view,), one)
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=views,
            spans=spans,
            content=view.content,
            sampling=sampling,
        )

    def frames(self, media: Media) -> Sampling:
        """The frames that are taken of a video."""
        raise NotImplementedError

    def count_keys(self, sizes: Sizes) -> Keys:
        """Whether the image is of the one size that the model takes."""
        return by_exact_side(sizes, self.size, free=self.do_resize)


SOURCES = {
    "*": "config.json",
    **dict.fromkeys(("size", "resample"), IMAGE_CONFIG),
    "max_position_embeddings": "config.json (left out: OPT's)",
    "chat_tokens": "tokenizer (no chat template)",
}
EYES = "EVA-CLIP ViT-g/14: 257 x 1408; the Q-Former makes 32 x 768 of them."

CLASS_DEFAULTS: ClassDefaults = {
    "BlipImageProcessor": {"size": 384},
    "Blip2Config": {"size": 224, "patch_size": 14, "num_query_tokens": 32},
}
PRESETS = tuple(
    Blip2(
        model="blip-2",
        preset=f"blip-2-{name}",
        repo=f"Salesforce/blip2-{name}",
        aliases=("blip2",) if name == "opt-2.7b" else (),
        max_position_embeddings=2048 if name.startswith("opt") else None,
        chat_tokens=1,
        sources=SOURCES,
        remarks=(EYES,),
    )
    for name in ("opt-2.7b", "opt-6.7b", "flan-t5-xl", "flan-t5-xxl")
)
