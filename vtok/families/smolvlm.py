"""SmolVLM and SmolVLM2: Idefics3's tiling, with larger tiles and fewer tokens for each.

Rule     As Idefics3. In 2.2B, the longer side is 1,536 pixels, tiles are 384 with 81 tokens each (pixel shuffle 3 x 3).
         In 256M and 500M, it is 2,048 pixels, tiles are 512 with 64 tokens each (pixel shuffle 4 x 4).
Numbers  preprocessor_config.json and processor_config.json of the checkpoints.
Paper    arXiv 2504.05299. Code: transformers 5.23, models/smolvlm (SmolVLM2) and models/idefics3 (SmolVLM), whose rules
         are the same.

Where they disagree, and what vtok follows:
- The encoder of 256M and 500M is SigLIP-B/16 at 512: 32 x 32 patches, as config.json of the checkpoints has it.
- In each tile of 2.2B, 6 of 384 pixels at the right and bottom do not fill a patch and are not seen.
"""

from vtok.families import idefics3
from vtok.families.idefics3 import Idefics3

SOURCES = {**idefics3.SOURCES, "resample": "preprocessor_config.json"}
SMALL_REMARKS = ("32 x 32 patches of a view, pixel shuffle to 8 x 8.",)

CLASS_DEFAULTS = idefics3.CLASS_DEFAULTS
PRESETS = (
    *(
        Idefics3(
            model="smolvlm-2.2b",
            preset=preset,
            repo=repo,
            longest_edge=1536,
            max_image_size=384,
            image_seq_len=81,
            scale_factor=3,
            chat_tokens=8,
            max_position_embeddings=context,
            sources=SOURCES,
            remarks=("27 x 27 patches of a view, pixel shuffle to 9 x 9.",),
        )
        for preset, repo, context in (
            ("smolvlm-2.2b", "HuggingFaceTB/SmolVLM-Instruct", 16_384),
            ("smolvlm2-2.2b", "HuggingFaceTB/SmolVLM2-2.2B-Instruct", 8192),
        )
    ),
    *(
        Idefics3(
            model=f"smolvlm-{size.lower()}",
            preset=preset,
            repo=repo,
            longest_edge=2048,
            max_image_size=512,
            image_seq_len=64,
            patch_size=16,
            scale_factor=4,
            chat_tokens=8,
            max_position_embeddings=8192,
            sources=SOURCES,
            remarks=SMALL_REMARKS,
        )
        for size in ("256M", "500M")
        for preset, repo in (
            (f"smolvlm-{size.lower()}", f"HuggingFaceTB/SmolVLM-{size}-Instruct"),
            (f"smolvlm2-{size.lower()}", f"HuggingFaceTB/SmolVLM2-{size}-Video-Instruct"),
        )
    ),
)
