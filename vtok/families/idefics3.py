"""Idefics3: the image on a canvas four tiles long, cut into tiles of 364 pixels, and the whole image last.

Rule     The longer side is resized to 1,456 pixels, whatever the image's size. Then both sides are stretched up to
         whole tiles of 364. The whole image, stretched to one more tile, comes last. Each view makes 169 tokens (pixel
         shuffle 2 x 2).
Numbers  preprocessor_config.json and config.json of the checkpoint: 1,456 pixels, patches of 14, merged 2 x 2. Class
         defaults of transformers for what these leave out: tiles of 364 = 1,456 / 4, image_seq_len 169.
Paper    arXiv 2408.12637. Code: transformers 5.23, models/idefics3/{image_processing,processing}_idefics3.py.

Where they disagree, and what vtok follows:
- An image of one pixel is enlarged to 16 tiles and the whole image. The paper speaks of larger images only.
- Each row of tiles ends with a line break, and an empty line stands before the whole image. They are plain text: named,
  but not counted. Upstream's own estimate counts one more token for each row.
- The tags <row_1_col_1> to <row_6_col_6> and <global-img> are one token each.
- transformers' get_number_of_image_patches computes the canvas anew, without the rounding of the second resize. If the
  two differ, vtok follows the pixels. With the published numbers they never differ.
"""

from typing import ClassVar

from vtok.parts.family import Placeholders, family
from vtok.parts.sources import ClassDefaults
from vtok.parts.tagged_tiles import TaggedTiles


@family
class Idefics3(TaggedTiles):
    """The numbers of an Idefics3 or SmolVLM checkpoint."""

    images_only: ClassVar[bool] = True
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}


SOURCES = {
    "*": "preprocessor_config.json",
    "image_seq_len": "processor_config.json",
    **dict.fromkeys(("around", "whole_tag"), "transformers 5.23 Idefics3Processor"),
    **dict.fromkeys(("patch_size", "scale_factor"), "config.json"),
}

SHARED_WITH = ("smolvlm",)
CLASS_DEFAULTS: ClassDefaults = {
    "Idefics3ImageProcessor": {"longest_edge": 4 * 364, "max_image_size": 364, "do_image_splitting": True},
    "Idefics3Processor": {"image_seq_len": 169},
    "SmolVLMImageProcessor": {"longest_edge": 4 * 364, "max_image_size": 364, "do_image_splitting": True},
    "Idefics3Config": {"patch_size": 32, "scale_factor": 2},
    "SmolVLMConfig": {"patch_size": 32, "scale_factor": 2},
}
PRESETS = (
    Idefics3(
        model="idefics3",
        preset="idefics3-8b",
        repo="HuggingFaceM4/Idefics3-8B-Llama3",
        chat_tokens=7,
        max_position_embeddings=131_072,
        sources={
            **SOURCES,
            "max_image_size": "transformers 5.23 Idefics3ImageProcessor",
            "do_image_splitting": "transformers 5.23 Idefics3ImageProcessor",
            "image_seq_len": "transformers 5.23 Idefics3Processor",
        },
        remarks=("26 x 26 patches of a view, pixel shuffle to 13 x 13.",),
    ),
)
