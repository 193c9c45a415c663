"""dots.ocr: a page at its own size, snapped to multiples of 28 pixels; a token for each 28 x 28 pixels.

Rule     As an image of Qwen2-VL: both sides are rounded to multiples of 28. If the area leaves min_pixels to
         max_pixels, the image is rescaled to the limit with its aspect ratio kept. Patches of 14 are merged 2 x 2. The
         language model counts positions one by one.
Numbers  dots_ocr/utils/consts.py, whose limits are those of the checkpoint's preprocessor_config.json: 3,136 to
         11,289,600 pixels (4 to 14,400 tokens). config.json of dots.mocr for the context.
Paper    arXiv 2512.02498. Code: rednote-hilab/dots.ocr 36d7248; the checkpoint's DotsVLProcessor is transformers'
         Qwen2_5_VLProcessor with Qwen2VLImageProcessor.

Where they disagree, and what vtok follows:
- With a limit of the user, the repository's parser resizes a page first, by a rule of its own (fetch_image). Without
  one it hands the page to the processor as it is, and so does vtok.
- The parser enlarges a page to 200 dots per inch before that, if it is told to (fitz_preprocess). vtok does not.
"""

from typing import ClassVar

from vtok.parts.family import family, limit
from vtok.parts.native import SnappedGrid


@family
class DotsOCR(SnappedGrid):
    """The numbers of a dots.ocr checkpoint."""

    images_only: ClassVar[bool] = True
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("36d7248",)}

    max_pixels: int = limit(28 * 28 * 14400)
    start: str = "<|img|>"
    end: str = "<|endofimg|>"


CONSTS = "dots_ocr/utils/consts.py"
SOURCES = {
    "*": "config.json",
    **dict.fromkeys(("min_pixels", "max_pixels"), CONSTS),
    **dict.fromkeys(("start", "end"), "dots_ocr/model/inference.py"),
}

PRESETS = tuple(
    DotsOCR(
        model="dots.ocr",
        preset=name,
        repo=f"rednote-hilab/{name}",
        aliases=("dots.ocr-1.5",) if name == "dots.mocr" else (),
        max_position_embeddings=131_072,
        sources=SOURCES,
        remarks=("Its encoder of 42 layers was trained for it; every patch attends to all others.",),
    )
    for name in ("dots.ocr", "dots.mocr", "dots.mocr-svg")
)
