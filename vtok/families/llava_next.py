"""LLaVA-NeXT (LLaVA-1.6): the whole image at 336 pixels, and again on a canvas of two to four tiles.

Rule     Of five canvases take the one on which most of the image's pixels survive, then the one that wastes least.
         Resize with the aspect kept until one side fills the canvas, pad with black, cut into tiles of 336. Each view
         makes 24 x 24 tokens; the tiles' map loses its padding and gets a learned newline after each row.
Numbers  preprocessor_config.json and config.json of the checkpoints: canvases of 1x2, 2x1, 2x2, 3x1 and 1x3 tiles.
Paper    the blog of 2024-01-30 (llava-vl.github.io). Code: haotian-liu/LLaVA c121f04, llava/mm_utils.py and
         llava/model/llava_arch.py; transformers 5.23, models/llava_next.

Where they disagree, and what is followed here:
- image_grid_pinpoints is one list that the original reads as (width, height), transformers as (height, width). Of two
  equally good canvases the first wins: images of up to 336 pixels get one tile above the other in the original, side
  by side in transformers. 300x200 has 976 tokens in the one and 1,464 in the other. Each pipeline is followed.
- The original truncates the unpadded side, where 11.9999999 loses a row on either side; transformers rounds first.
- A very thin strip keeps no row of its tiles at all: 576 tokens, and no newline.
- transformers counts one token too few where an old processor config leaves num_additional_image_tokens at 0; vtok
  counts what the model expects.
"""

from typing import ClassVar

from vtok.parts.anyres import Pairs, anyres, anyres_candidates
from vtok.parts.family import Family, family
from vtok.parts.sources import CONFIG
from vtok.values import Candidate, Layout, Media

PINPOINTS = ((336, 672), (672, 336), (672, 672), (1008, 336), (336, 1008))


@family
class LlavaNext(Family):
    """The numbers of a LLaVA-NeXT checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",), "original": ("c121f04",)}

    size: int = 336
    patch_size: int = 14
    image_grid_pinpoints: Pairs = PINPOINTS

    def layout(self, media: Media) -> Layout:
        """Views: thumbnail, tiles. Spans: thumbnail, the tiles' map with its newlines."""
        original, steps = self.orient(media)
        parts = anyres(self, original)
        return self.describe(media, original, **{**parts, "steps": steps + parts["steps"]})

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases in image_grid_pinpoints."""
        return anyres_candidates(self, self.orient(media)[0])


SOURCES = {
    "*": CONFIG,
    "patch_size": "config.json",
    "resample": CONFIG,
    "chat_tokens": "chat template, for one image",
}
FACTS = (
    "CLIP ViT-L/14-336, second-last layer: 577 x 1024 a view, less the class token 576 x 1024.",
    "A canvas of a single tile is not in the list: every image is encoded as a thumbnail and at least two tiles.",
)

MODEL_TYPES = ("llava_mistral",)
PRESETS = tuple(
    LlavaNext(
        model="llava-next",
        preset=f"llava-v1.6-{name}",
        repo=f"llava-hf/llava-v1.6-{name}-hf",
        aliases=(f"liuhaotian/llava-v1.6-{name}", *(("llava-1.6",) if name == "mistral-7b" else ())),
        max_position_embeddings=32_768 if name == "mistral-7b" else 4096,
        chat_tokens=11 if name == "mistral-7b" else None,
        sources=SOURCES,
        facts=FACTS,
    )
    for name in ("mistral-7b", "vicuna-7b", "vicuna-13b", "34b")
)
