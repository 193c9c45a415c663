"""LayoutLMv3: the page stretched to a square; a class token and its patches stand after the words in one transformer.

Rule     The image is stretched to 224 pixels and cut into patches of 16. After the words stand a class token and a
         token for each patch.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2204.08387. Code: transformers 5.23, models/layoutlmv3.

The words and their boxes come from the user or from OCR (apply_ocr). Only the tokenizer knows how many tokens they
make, and vtok does not count them. The 512 positions in config.json are those of the words alone.
"""

from typing import ClassVar

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults
from vtok.values import Sink


@family
class LayoutLMv3(Encoder):
    """The numbers of a LayoutLMv3 checkpoint."""

    sink: ClassVar[Sink] = "prompt"
    attention: ClassVar[str] = "every layer attends in full, over the words and all patches"
    counting: ClassVar[str] = "its patches have positions of their own, beside the 1D ones and the boxes of the words"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Encoder.config_keys,
        "size": ("image:size", "config:input_size"),
    }


CLASS_DEFAULTS: ClassDefaults = {
    "LayoutLMv3ImageProcessor": {"size": 224, "keep_aspect": False},
    "LayoutLMv3Config": {"patch_size": 16},
}
PRESETS = tuple(
    LayoutLMv3(
        model="layoutlmv3",
        preset=f"layoutlmv3-{size}",
        repo=f"microsoft/layoutlmv3-{size}",
        size=224,
        resample="bilinear",
        sources=SOURCES,
    )
    for size in ("base", "large")
)
