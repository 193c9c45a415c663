"""mPLUG-Owl2: 64 queries read the image, and a learned token closes them.

Rule     The image is stretched to the square of its longer side, then to 448 pixels, and cut into patches of 14: 1,024
         states and that of the class token. 64 learned queries read them; vit_eos follows.
Numbers  config.json and preprocessor_config.json of the checkpoint.
Paper    arXiv 2311.04257. Code: X-PLUG/mPLUG-Owl 0f3068f, in mPLUG-Owl2/mplug_owl2: mm_utils.py and
         model/visual_encoder.py.

Where they disagree, and what vtok follows:
- The docstring of the vision config has patches of 32 in 224 pixels. It is older than the model, which has patches of
  14 in 448. vtok follows the model.
- process_images pads if the config has image_aspect_ratio pad; the README and all evaluations stretch. vtok stretches.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.parts.family import Family, family
from vtok.parts.keys import all_equal
from vtok.parts.sources import IMAGE_CONFIG
from vtok.parts.spans import SEPARATOR, encoder_states
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media, Size, Span


@family
class MplugOwl2(Family):
    """The numbers of the mPLUG-Owl2 checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("0f3068f",)}

    size: int = 448
    patch_size: int = 14
    num_learnable_queries: int = 64

    def layout(self, media: Media) -> Layout:
        """Views: one. Spans: its states, which the queries read, then the queries and vit_eos, the prompt's part."""
        original, steps = self.orient(media)
        square = stretch(original, Size(max(original), max(original)))
        _, view = fixed_view(original, self.size, Patches(self.patch_size))
        return self.describe(
            media,
            original,
            steps=(*steps, square._replace(name="square"), stretch(square.after, view.size)),
            views=(view,),
            spans=(
                *encoder_states(view, sink="memory"),
                Span(kind="query", count=self.num_learnable_queries, is_token=True, views=(0,)),
                replace(SEPARATOR, text="vit_eos"),
            ),
            content=view.content,
        )

    count_keys = all_equal


PRESETS = (
    MplugOwl2(
        model="mplug-owl2",
        preset="mplug-owl2-llama2-7b",
        repo="MAGAer13/mplug-owl2-llama2-7b",
        chat_tokens=10,
        sources={"*": "config.json", "size": IMAGE_CONFIG, "chat_tokens": "mplug_owl2/conversation.py"},
        remarks=(
            "CLIP ViT-L/14 at 448: 1,025 x 1024; the visual abstractor makes 64 x 4096 of them, vit_eos is the 65th.",
        ),
    ),
)
