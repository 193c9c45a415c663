"""CogAgent: the image small in the prompt, and large in a memory that the language model reads by cross-attention.

Rule     The image is stretched to 224 pixels: 16 x 16 tokens between a learned start and end. It is also stretched to
         1,120 pixels: the 80 x 80 states of a second encoder are a cross-attention memory and take no position of the
         prompt. Both class tokens are dropped.
Numbers  the repository's code: image_length 256, cross_image_pix 1,120.
Paper    arXiv 2312.08914. Code: THUDM/CogVLM f7283b2, utils/models/cogagent_model.py and eva_clip_L_hf.py.

The composite demo first shrinks images to fit 1,120 x 1,120. The places of the patches stay the same.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.families.cogvlm import BOI, EOI
from vtok.geometry.places import Patches
from vtok.parts.family import Family, family
from vtok.parts.keys import all_equal
from vtok.parts.spans import view_tokens
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media


@family
class CogAgent(Family):
    """The numbers of a CogAgent checkpoint."""

    images_only: ClassVar[bool] = True
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("f7283b2",)}
    counting: ClassVar[str] = (
        "its language model gives all patches of an image one position; boi and eoi have their own"
    )

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"cross_image_pix": ("config:cross_image_size",)}

    image_size: int = 224
    cross_image_pix: int = 1120
    patch_size: int = 14

    def layout(self, media: Media) -> Layout:
        """Views: the image small, then large. Spans: boi, the small one's patches, eoi, the large one's memory."""
        original, steps = self.orient(media)
        (small,), view = fixed_view(original, self.image_size, Patches(self.patch_size))
        (large,), cross = fixed_view(original, self.cross_image_pix, Patches(self.patch_size))
        return self.describe(
            media,
            original,
            steps=(*steps, small, large._replace(name="resize for cross-attention")),
            views=(view, cross._replace(encoder="eva2-clip-l")),
            spans=(
                BOI,
                view_tokens(view, 0),
                EOI,
                replace(view_tokens(cross, 1), sink="cross"),
            ),
            resized=view.size,
            canvas=view.size,
            content=view.content,
        )

    count_keys = all_equal


CODE = "utils/models/cogagent_model.py"

PRESETS = tuple(
    CogAgent(
        model="cogagent",
        preset=f"cogagent-{name}",
        repo=f"THUDM/cogagent-{name}-hf",
        max_position_embeddings=2048 if name == "chat" else None,
        sources={"*": CODE, "patch_size": "utils/models/eva_clip_L_hf.py"},
        remarks=("EVA2-CLIP-E at 224: 256 x 1792. EVA2-CLIP-L at 1120: 6,400 x 1024, read in every decoder layer.",),
    )
    for name in ("chat", "vqa")
)
