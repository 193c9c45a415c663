"""LLaVA-NeXT (LLaVA-1.6): the whole image at 336 pixels, and again on a canvas of two to four tiles.

Rule     Of five canvases, those win on which most of the image's pixels survive, and of these the least wasteful one.
         The image is resized, its aspect ratio kept, until one side fills the canvas, padded with black, and cut into
         tiles of 336. Each view makes 24 x 24 tokens. The map of the tiles loses its padding and gets a learned newline
         after each row.
Numbers  preprocessor_config.json and config.json of the checkpoints: canvases of 1x2, 2x1, 2x2, 3x1 and 1x3 tiles.
Paper    the blog of 2024-01-30 (llava-vl.github.io). Code: haotian-liu/LLaVA c121f04, llava/mm_utils.py and
         llava/model/llava_arch.py; transformers 5.23, models/llava_next.

Where they disagree, and what vtok follows:
- The original reads the list image_grid_pinpoints as (width, height), transformers as (height, width). Of two equally
  good canvases the first wins. An image of up to 336 pixels therefore gets one tile above the other in the original,
  and side by side in transformers: 300x200 has 976 tokens in the one and 1,464 in the other. vtok follows each.
- The original truncates the unpadded side, so that 11.9999999 loses a row on either side. transformers rounds first.
- A very thin strip keeps no row of its tiles: it has 576 tokens and no newline.
- Granite Vision 3 is a LLaVA-NeXT whose encoder is SigLIP: tiles of 384 in patches of 14, 27 x 27 tokens a view, and
  canvases of one to ten tiles. Its 6 pixels at the right and bottom of each view fill no patch and are not seen.
- transformers counts one token too few if an old processor config leaves num_additional_image_tokens at 0. vtok counts
  what the model expects.
"""

from typing import ClassVar

from vtok.parts.anyres import Anyres, Pairs, anyres_candidates, anyres_keys, anyres_layout
from vtok.parts.family import Placeholders, family
from vtok.parts.sources import CHAT_TEMPLATE, IMAGE_CONFIG, ClassDefaults
from vtok.values import Candidate, Layout, Media

PINPOINTS = ((336, 672), (672, 336), (672, 672), (1008, 336), (336, 1008))
GRANITE_PINPOINTS = tuple(
    (384 * rows, 384 * columns)
    for rows, most in enumerate((10, 5, 3, 2, 2, 1, 1, 1, 1, 1), 1)
    for columns in range(1, most + 1)
)
"""The canvases of Granite Vision: every one of up to ten tiles."""
GRANITE = "granite-vision-3.2-2b"


@family
class LlavaNext(Anyres):
    """The numbers of a LLaVA-NeXT checkpoint; `size` is the side of a tile, which configs call crop_size."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"size": ("image:crop_size|square",)}
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",), "original": ("c121f04",)}
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}

    size: int = 336
    image_grid_pinpoints: Pairs = PINPOINTS

    def layout(self, media: Media) -> Layout:
        """Views: thumbnail, tiles. Spans: thumbnail, the map of the tiles with its newlines."""
        return anyres_layout(self, media)

    count_keys = anyres_keys

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases in image_grid_pinpoints."""
        return anyres_candidates(self, media)


@family
class GraniteVision(LlavaNext):
    """The numbers of a Granite Vision 3 checkpoint, which was never published for the original code."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}

    size: int = 384
    image_grid_pinpoints: Pairs = GRANITE_PINPOINTS


SOURCES = {
    "*": IMAGE_CONFIG,
    "patch_size": "config.json",
    "resample": IMAGE_CONFIG,
    "chat_tokens": CHAT_TEMPLATE,
}
OF_GRANITE = dict.fromkeys(("*", "patch_size", "resample"), f"as {GRANITE}")
REMARKS = (
    "CLIP ViT-L/14-336, second-last layer: 577 x 1024 a view, less the class token 576 x 1024.",
    "A canvas of a single tile is not in the list: every image is encoded as a thumbnail and at least two tiles.",
)

MODEL_TYPES = ("llava_mistral", "granite_vision")
CLASS_DEFAULTS: ClassDefaults = {
    "LlavaNextImageProcessor": {"size": 224, "image_grid_pinpoints": PINPOINTS},
    "LlavaNextConfig": {"image_grid_pinpoints": PINPOINTS},
}
_LLAVA = tuple(
    LlavaNext(
        model="llava-next",
        preset=f"llava-v1.6-{name}",
        repo=f"llava-hf/llava-v1.6-{name}-hf",
        aliases=(f"liuhaotian/llava-v1.6-{name}", *(("llava-1.6",) if name == "mistral-7b" else ())),
        max_position_embeddings=32_768 if name == "mistral-7b" else 4096,
        chat_tokens=11 if name == "mistral-7b" else None,
        sources=SOURCES,
        remarks=REMARKS,
    )
    for name in ("mistral-7b", "vicuna-7b", "vicuna-13b", "34b")
)
PRESETS = (
    *_LLAVA,
    *(
        GraniteVision(
            model="granite-vision-3",
            preset=name,
            repo=f"ibm-granite/{name}",
            max_position_embeddings=131_072,
            sources=SOURCES | (OF_GRANITE if name != GRANITE else {}),
            remarks=("SigLIP SO400M/14-384, four of its layers side by side: 729 x 4608 a view.",),
        )
        for name in (GRANITE, "granite-vision-3.3-2b")
    ),
)
