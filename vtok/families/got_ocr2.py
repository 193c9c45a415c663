"""GOT-OCR 2.0: a page stretched to 1,024 pixels; two strided convolutions leave 256 tokens of its 4,096 patches.

Rule     The image is stretched to a square of 1,024 pixels and cut into patches of 16. Behind the encoder, two
         convolutions of stride 2 make one token of 4 x 4 patches. A start and an end token enclose them.
Numbers  preprocessor_config.json of the checkpoint.
Paper    arXiv 2409.01704. Code: transformers 5.23, models/got_ocr2.

The stages are 64 x 64 x 768 patches, 64 x 64 x 256 behind the neck, 32 x 32 x 512 and 16 x 16 x 1,024 behind the
convolutions.

Where they disagree, and what vtok follows:
- transformers' class default is 384 pixels; the checkpoint publishes 1,024. vtok follows the checkpoint.
- PP-Chart2Table is the same model, trained on charts; its own image processor has 1,024 pixels, too.
- transformers can cut a page into tiles first (crop_to_patches), 256 tokens each. It is off by default, and so it is
  here.
"""

from typing import ClassVar

from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults
from vtok.parts.square import Square


@family
class GotOcr2(Square):
    """The numbers of a GOT-OCR 2.0 checkpoint."""

    images_only: ClassVar[bool] = True
    attention: ClassVar[str] = (
        "its encoder attends within 14 x 14 patches of a grid padded to whole windows, and in full in four layers"
    )

    size: int = 1024
    patch_size: int = 16
    merge_size: int = 4
    window_size: int | None = 14
    global_attn_indexes: tuple[int, ...] = (2, 5, 8, 11)
    start: str = "<img>"
    end: str = "</img>"


PROCESSOR = "transformers 5.23 GotOcr2Processor"

MODEL_TYPES = ("pp_chart2table",)
CLASS_DEFAULTS: ClassDefaults = {
    "GotOcr2ImageProcessor": {"size": 384},
    "PPChart2TableImageProcessor": {"size": 1024},
    "PPChart2TableConfig": {"patch_size": 16, "window_size": 14, "global_attn_indexes": (2, 5, 8, 11)},
    "GotOcr2Config": {"patch_size": 16, "window_size": 14, "global_attn_indexes": (2, 5, 8, 11)},
}
PRESETS = (
    GotOcr2(
        model="got-ocr2",
        preset="got-ocr-2.0",
        repo="stepfun-ai/GOT-OCR-2.0-hf",
        max_position_embeddings=32_768,
        chat_tokens=28,
        sources={
            "*": "config.json",
            "size": "preprocessor_config.json",
            "resample": "preprocessor_config.json",
            "max_position_embeddings": "config.json of its first revisions; Qwen2Config since",
            "chat_tokens": "GotOcr2Processor, with its query",
            **dict.fromkeys(("start", "end"), PROCESSOR),
        },
        remarks=("Stages: patches 64x64x768, neck 64x64x256, convolutions 32x32x512 and 16x16x1024.",),
    ),
    GotOcr2(
        model="got-ocr2",
        preset="pp-chart2table",
        repo="PaddlePaddle/PP-Chart2Table_safetensors",
        max_position_embeddings=32_768,
        sources={
            "*": "transformers 5.23 PPChart2TableConfig",
            "size": "transformers 5.23 PPChart2TableImageProcessor",
            "resample": "transformers 5.23 PPChart2TableImageProcessor",
            **dict.fromkeys(("start", "end"), "as got-ocr-2.0"),
        },
    ),
)
