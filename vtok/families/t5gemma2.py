"""T5Gemma 2: Gemma 3's images in the prompt of an encoder, whose states a decoder reads.

Rule     As Gemma 3, crops on request included. The image's tokens stand in the encoder's prompt; the decoder attends to
         all of the encoder's states.
Numbers  the model card: 896 pixels, 256 tokens. The rest are class defaults of transformers.
Paper    arXiv 2512.14856. Code: transformers 5.23, models/t5gemma2, with Gemma3Processor (models/gemma3).

Where they disagree, and what vtok follows:
- transformers' class default is a side of 224; the model card says 896. vtok follows the card.
"""

from vtok.families import gemma3
from vtok.families.gemma3 import Gemma3
from vtok.parts.sources import ClassDefaults

CARD = "model card"
SOURCES = {
    **gemma3.SOURCES,
    "size": CARD,
    "patch_size": "as Gemma 3",
    "pool": f"{CARD} (256 tokens)",
    "resample": "as Gemma 3",
    "max_position_embeddings": "transformers 5.23 T5Gemma2TextConfig",
}

CLASS_DEFAULTS: ClassDefaults = {
    "Gemma3ImageProcessor": {"size": 224},
    "T5Gemma2Config": {},
}
PRESETS = tuple(
    Gemma3(
        model="t5gemma2",
        preset=f"t5gemma-2-{size}",
        repo=f"google/t5gemma-2-{size}-{size}",
        sources=SOURCES,
        max_position_embeddings=131_072,
        remarks=("64 x 64 patches of a view, average-pooled to 16 x 16.",),
    )
    for size in ("270m", "1b", "4b")
)
