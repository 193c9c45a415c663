"""CogVLM: the image stretched to a square, each patch a token, between a learned start and a learned end.

Rule     The image is stretched to 490 (or 224) pixels and cut into patches of 14; the class token is dropped. The
         language model sees boi, the patches, eoi.
Numbers  the repository's README and code: 35 x 35 + 2 = 1,227 tokens, or 16 x 16 + 2 = 258 for the base model of 224.
Paper    arXiv 2311.03079. Code: THUDM/CogVLM f7283b2, utils/utils/language.py and utils/models/cogvlm_model.py.

Where they disagree, and what vtok follows:
- The text processor's default image_length is 257. The models set it to their grid, 256 or 1,225. vtok follows the
  models.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.parts.family import Family, family
from vtok.parts.keys import all_equal
from vtok.parts.spans import SEPARATOR, view_tokens
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media

BOI, EOI = (replace(SEPARATOR, text=text) for text in ("[IMG]", "[/IMG]"))
"""Learned vectors, not special tokens; their names are those of the tokenizer's attributes boi and eoi."""


@family
class CogVLM(Family):
    """The numbers of a CogVLM checkpoint."""

    images_only: ClassVar[bool] = True
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("f7283b2",)}
    counting: ClassVar[str] = (
        "its language model gives all patches of an image one position; boi and eoi have their own"
    )

    image_size: int
    patch_size: int = 14

    def layout(self, media: Media) -> Layout:
        """Views: one. Spans: boi, its patches, eoi."""
        original, steps = self.orient(media)
        done, view = fixed_view(original, self.image_size, Patches(self.patch_size))
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=(BOI, view_tokens(view, 0), EOI),
            content=view.content,
        )

    count_keys = all_equal


SOURCES = {"*": "README.md", "patch_size": "utils/models/eva_clip_model.py", "chat_tokens": "modeling_cogvlm.py"}

PRESETS = tuple(
    CogVLM(
        model=f"cogvlm-{size}",
        preset=name,
        repo=f"THUDM/{name}-hf",
        aliases=("cogvlm",) if name == "cogvlm-chat" else (),
        image_size=size,
        chat_tokens=5 if name == "cogvlm-chat" else None,
        sources=SOURCES,
        remarks=("EVA2-CLIP-E: 1792 wide; the class token is dropped before the projection.",),
    )
    for size, name in (
        (490, "cogvlm-chat"),
        (490, "cogvlm-grounding-generalist"),
        (490, "cogvlm-base-490"),
        (224, "cogvlm-base-224"),
    )
)
