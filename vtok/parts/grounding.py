"""The convention in which each model was trained to write boxes and points, and where its makers say so.

A model that is not in here has no convention that its makers are known to have published; none is guessed.
"""

from typing import NamedTuple


class Grounding(NamedTuple):
    """A convention of `geometry.conventions`, and the source that says a model writes it."""

    convention: str
    source: str


_QWEN = "QwenLM/Qwen3-VL 9658872"
_GLM = Grounding("view 0-1000", "zai-org/GLM-V 8fc9756, README.md")
_COG = Grounding("view 0-1000", "THUDM/CogVLM f7283b2, README.md")
_GEMINI = Grounding("0-1000 yx", "Google, documentation of Vertex AI, Bounding box detection")
_LOC = Grounding("loc0000", "google-research/big_vision 0127fb6, big_vision/configs/proj/paligemma/README.md")

GROUNDING = {
    "qwen-vl": Grounding("view 0-1000", "QwenLM/Qwen-VL aa00ed0, README.md"),
    "qwen2-vl": Grounding("view 0-1000", f"{_QWEN}, qwen-vl-finetune/tools/process_bbox.ipynb"),
    "qwen2.5-vl": Grounding("resized", f"{_QWEN}, qwen-vl-finetune/tools/process_bbox.ipynb"),
    "qwen3-vl": Grounding("view 0-1000", f"{_QWEN}, README.md and evaluation/ODinW-13/run_odinw.py"),
    "qwen3.5": Grounding("view 0-1000", "QwenLM/Qwen3.8-Flash-Next, the answer in issue 4"),
    "glm-4.1v": _GLM,
    "glm-4.5v": _GLM,
    "glm-4.6v": _GLM,
    "cogvlm-224": _COG,
    "cogvlm-490": _COG,
    "cogagent": _COG,
    "gemini-2.x": _GEMINI,
    "gemini-3": _GEMINI,
    "paligemma-224": _LOC,
    "paligemma-448": _LOC,
    "paligemma-896": _LOC,
    "deepseek-vl2": Grounding(
        "0-999", "deepseek-ai/DeepSeek-VL2 ef9f91e, deepseek_vl2/serve/app_modules/utils.py, parse_ref_bbox"
    ),
    "deepseek-ocr": Grounding("0-999", "deepseek-ai/DeepSeek-OCR e4ac34e, run_dpsk_ocr_image.py, draw_bounding_boxes"),
    "internvl": Grounding(
        "0-1000", "OpenGVLab/InternVL 2410d1d, internvl_chat/eval/refcoco/evaluate_grounding.py; issue 285"
    ),
    "molmo2": Grounding(
        "0-1000", "allenai/molmo2 f3cb108, olmo/preprocessing/point_formatter.py, UnifiedPointFormatter"
    ),
    "perception-lm": Grounding(
        "0-1000", "facebookresearch/perception_models 3e352cc, apps/plm/notebook_demos/image_grounding.ipynb"
    ),
    "hunyuan-vl": Grounding(
        "view 0-1000", "Tencent-Hunyuan/HunyuanOCR b138959, Hunyuan-OCR-master/utils.py, denormalize_coordinates"
    ),
    "ernie-4.5-vl": Grounding("view 0-1000", "PaddlePaddle/ERNIE, the answer in issue 1364"),
    "florence-2": Grounding("loc_0", "transformers 5.23, florence2/processing_florence2.py, dequantize"),
    "kosmos-2": Grounding("cells", "transformers 5.23, kosmos2/processing_kosmos2.py, patch_index_to_coordinate"),
    "fuyu": Grounding("resized/2", "transformers 5.23, fuyu/processing_fuyu.py, scale_bbox_to_transformed_image"),
    "kimi-vl": Grounding("0-1", "MoonshotAI/Kimi-VL, the demo cited in issue 52, and issue 56"),
    "llava-1.5": Grounding("view 0-1", "haotian-liu/LLaVA, issue 606: shares of the image padded to a square"),
    "mplug-owl2": Grounding("view 0-1", "X-PLUG/mPLUG-Owl, the answer in issue 199"),
}


def grounding(model: str) -> Grounding | None:
    """What is known of a model; None where nothing is."""
    return GROUNDING.get(model)
