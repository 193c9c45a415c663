"""llama.cpp: the models that it has a projector for, a line of data each; `mtmd` has the rules, a file each.

Code     llama.cpp 0c1e57098 (2026-10; llama-cpp-python 0.3.36 carries it): tools/mtmd/clip.cpp, load_hparams. Of the
         earlier versions only Gemma 4's numbers are recorded: 210a6570c (0.3.25), e3a74b299 (0.3.30) and e3546c794
         (0.3.34).

Where its numbers and the checkpoints' disagree, and what is followed here:
- What the projector fixes in its code wins, whatever the checkpoint publishes: Qwen's 8 to 4,096 tokens, Pixtral's
  1,024, Kimi-VL's 1,024. Numbers that the converter writes into the GGUF (conversion/*.py) are the checkpoint's.
- Gemma 4: set_limit_image_tokens(252, 280) in 210a6570c, (40, 280) in e3a74b299 and e3546c794, and (70, 1120) since,
  the range that Google's own processor offers, of which the checkpoint's 280 is the default (llama.cpp PR 24014). So
  recorded answers of the versions differ: 1,920 x 1,080 pixels are 264 tokens in the older ones and 920 since; 224 x
  224 are 256, 49, 49 and 81. The filter was bilinear in the older ones.
- DeepSeek-OCR: 2 to 9 tiles, as in the checkpoint's own modeling_deepseekocr.py, whose `infer` calls
  dynamic_preprocess(image) with its default max_num=9; conversion/deepseek.py writes that number. config.py of
  DeepSeek's GitHub repository, with which its vLLM demos run, sets MAX_CROPS to 6 ("max:9; If your GPU memory is small,
  it is recommended to set it to 6"); vLLM 0.33 and SGLang 0.5.23 repeat the 6. Both are DeepSeek's. The pipeline
  original counts the demos'; with max_crops=9 it counts as the checkpoint's code.
- MiniCPM-V 2.6 pads its slices (PAD_CEIL), where the checkpoint's own code stretches them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from vtok.engines.mtmd.base import Mtmd
from vtok.engines.mtmd.deepseek_ocr import DeepSeekOCR
from vtok.engines.mtmd.lfm2 import LFM2
from vtok.engines.mtmd.longest_edge import LongestEdge
from vtok.engines.mtmd.pinpoints import Pinpoints
from vtok.engines.mtmd.prepared import Marks
from vtok.engines.mtmd.sizes import (
    PixelLimits,
    RotatingPixelLimits,
    RotatingTokenLimits,
    TokenLimits,
    WindowedTokenLimits,
)
from vtok.engines.mtmd.slices import Slices
from vtok.engines.mtmd.square import FixedSize
from vtok.engines.words import Typed
from vtok.parts.family import Family

NAME = "llama.cpp"
VERSIONS = ("0c1e57098",)
GEMMA4_VERSIONS = ("210a6570c", "e3a74b299", "e3546c794", "0c1e57098")
REASON = "its converter and tools/mtmd/clip.cpp know no projector of it"
"""Why a model is missing: conversion stops with "Model ... is not supported", loading with "unknown projector type"."""
REASONS = dict.fromkeys(
    ("chameleon", "qwen-vl"),
    "its converter takes the language model alone, and tools/mtmd/clip.cpp knows no projector of it",
)
TYPED = (
    Typed("image_max_tokens", "--image-max-tokens {value}", videos=True),
    Typed("sample_fps", "--video-fps {value:g}", videos=True),
)
"""Options as llama.cpp's users type them: common/arg.cpp."""
CONTEXT = ("-c {value}",)
IN_USE = {"image_max_tokens": (512, 1024, 2048), "image_min_tokens": (1024,)}
"""What applications set: pocketpal-ai 512, lemonade 1,024, qvac 2,048; Qwen3-VL's users 1,024 as the least."""

Taken = Callable[[Any], dict[str, Any]]


class Line(NamedTuple):
    """A model: the shape, the projector and its line in load_hparams, its marks, the numbers, and the filter.

    `fixed` has what the projector sets in the code, `taken` what the GGUF holds, which is the checkpoint's. `resample`
    is the filter that the projector sets; empty, it is the default of clip-model.h: bicubic (:66; for tiles :75).
    """

    shape: type[Mtmd]
    projector: str
    line: int
    marks: Marks
    fixed: dict[str, Any]
    taken: Taken
    resample: str = ""


def around(begin: str, end: str) -> Marks:
    """A start and an end."""
    return Marks(begin=(begin,), end=(end,))


def patched(family: Any) -> dict[str, Any]:
    """The sides of a patch and of a token."""
    return {"patch_size": family.patch_size, "merge_size": family.merge_size}


def rotating(family: Any) -> dict[str, Any]:
    """As `patched`, and what M-RoPE's axes take."""
    return patched(family) | {name: getattr(family, name) for name in ("mrope_section", "mrope_interleaved")}


def windowed(family: Any) -> dict[str, Any]:
    """As `rotating`, and which layers attend in full."""
    return rotating(family) | {name: getattr(family, name) for name in ("fullatt_block_indexes", "depth")}


def limited(family: Any) -> dict[str, Any]:
    """As `patched`, and the limits in pixels."""
    return patched(family) | {"min_pixels": family.min_pixels, "max_pixels": family.max_pixels}


def tokens(least: int, most: int, **others: Any) -> dict[str, Any]:
    """Limits in tokens."""
    return {"image_min_tokens": least, "image_max_tokens": most, **others}


VISION = around("<|vision_start|>", "<|vision_end|>")
GLM = around("<|begin_of_image|>", "<|end_of_image|>")
SLICES = Marks(
    whole=("<image>",),
    whole_end=("</image>",),
    tile=("<slice>",),
    tile_end=("</slice>",),
    row_end=("\n",),
    whole_first=True,
)
ROWS_AND_COLUMNS = Marks(
    tile=("<fake_token_around_image>", "<row_{row}_col_{column}>"),
    row_end=("\n",),
    whole=("\n\n", "<fake_token_around_image>", "<global-img>"),
    whole_end=("<fake_token_around_image>",),
)
LFM2_MARKS = Marks(
    begin=("<|image_start|>",),
    end=("<|image_end|>",),
    tile=("<|img_row_{row}_col_{column}|>",),
    whole=("<|img_thumbnail|>",),
)

QWEN = tokens(8, 4096, fused_frames=2)
QWEN2 = Line(RotatingTokenLimits, "qwen2vl_merger", 1668, VISION, QWEN, rotating, "bicubic")
QWEN25 = QWEN2._replace(shape=WindowedTokenLimits, projector="qwen2.5vl_merger", taken=windowed)
QWEN3 = QWEN2._replace(projector="qwen3vl_merger")
GLM4V = Line(RotatingTokenLimits, "glm4v", 1766, GLM, tokens(8, 4096), rotating, "bicubic")
PIXTRAL = Line(
    TokenLimits, "pixtral", 1534, Marks(end=("[IMG_END]",)), tokens(8, 1024, form="breaks"), patched, "bicubic"
)
IDEFICS3 = Line(
    LongestEdge,
    "idefics3",
    1509,
    ROWS_AND_COLUMNS,
    {},
    lambda f: {
        "size": f.max_image_size,
        "longest_edge": f.longest_edge,
        "patch_size": f.patch_size,
        "merge_size": f.scale_factor,
    },
    resample="lanczos",
)
COGVLM = Line(
    FixedSize, "cogvlm", 1433, Marks(), {"form": "framed"}, lambda f: {"size": f.image_size, "patch_size": f.patch_size}
)

MODELS: dict[str, Line] = {
    "qwen2-vl": QWEN2,
    "qwen2.5-vl": QWEN25,
    "qwen2.5-omni": QWEN25._replace(projector="qwen2.5o"),
    "qwen3-vl": QWEN3,
    "qwen3.5": QWEN3,
    "glm-4.1v": GLM4V,
    "glm-4.5v": GLM4V,
    "glm-4.6v": GLM4V,
    "gemma3": Line(
        FixedSize,
        "gemma3",
        1634,
        around("<start_of_image>", "<end_of_image>"),
        {},
        lambda f: {"size": f.size, "patch_size": f.patch_size, "merge_size": f.pool},
        resample="bilinear",
    ),
    "gemma4": Line(
        TokenLimits,
        "gemma4v",
        1644,
        around("<|image>", "<image|>"),
        tokens(
            70,
            1120,
            versions=GEMMA4_VERSIONS,
            older=(
                ("210a6570c", tokens(252, 280, resample="bilinear")),
                ("e3a74b299", tokens(40, 280, resample="bilinear")),
                ("e3546c794", tokens(40, 280, resample="bilinear")),
            ),
        ),
        lambda f: {"patch_size": f.patch_size, "merge_size": f.pooling_kernel_size},
        resample="bicubic",
    ),
    "pixtral-12b": PIXTRAL,
    "mistral-small-3.1": PIXTRAL,
    "mistral-small-3.2": PIXTRAL,
    "kimi-vl": Line(
        TokenLimits, "kimivl", 1583, around("<|media_start|>", "<|media_end|>"), tokens(8, 1024), patched, "bicubic"
    ),
    "kimi-k2.5": Line(
        PixelLimits,
        "kimik25",
        1592,
        around("<|media_begin|>", "<|media_end|>"),
        {},
        lambda f: patched(f) | {"min_pixels": 8 * f.patch_size**2, "max_pixels": f.in_patch_limit * f.patch_size**2},
        resample="bicubic",
    ),
    "paddleocr-vl": Line(
        RotatingPixelLimits,
        "paddleocr",
        1900,
        around("<|IMAGE_START|>", "<|IMAGE_END|>"),
        {},
        lambda f: limited(f) | rotating(f),
        resample="bicubic",
    ),
    "hunyuan-vl": Line(
        PixelLimits,
        "hunyuanvl",
        1942,
        around("<｜hy_place▁holder▁no▁100｜>", "<｜hy_place▁holder▁no▁101｜>"),  # noqa: RUF001
        {"form": "framed", "padded": False},
        limited,
        resample="lanczos",
    ),
    "minimax-m3-vl": Line(
        TokenLimits,
        "minimax_m3",
        1687,
        around("]<]start of image[>[", "]<]end of image[>["),
        tokens(8, 576, padded=False),
        patched,
        resample="bicubic",
    ),
    "llava-1.5": Line(FixedSize, "mlp", 1429, Marks(), {}, lambda f: {"size": f.size, "patch_size": f.patch_size}),
    "llava-next": Line(
        Pinpoints,
        "mlp",
        1429,
        Marks(),
        {},
        lambda f: {"size": f.size, "patch_size": f.patch_size, "image_grid_pinpoints": f.image_grid_pinpoints},
    ),
    "janus-pro": Line(
        FixedSize, "janus_pro", 2015, Marks(), {}, lambda f: {"size": f.size, "patch_size": f.patch_size}, "bicubic"
    ),
    "cogvlm-490": COGVLM,
    "cogvlm-224": COGVLM,
    "internvl": Line(
        Pinpoints,
        "internvl",
        1479,
        around("<img>", "</img>"),
        {},
        lambda f: patched(f) | {"size": f.image_size, "min_tiles": f.min_num, "max_tiles": f.max_num},
    ),
    "llama4": Line(
        Pinpoints,
        "llama4",
        1788,
        around("<|image_start|>", "<|image_end|>"),
        {"max_side": 3},
        lambda f: patched(f) | {"size": f.size},
    ),
    "minicpm-v-2.6": Line(
        Slices,
        "resampler",
        1452,
        SLICES,
        {"max_slice_nums": 9},
        lambda f: {"size": f.scale_resolution, "patch_size": f.patch_size, "query_num": f.query_num},
    ),
    "minicpm-v-4.6": Line(
        Slices,
        "minicpmv4_6",
        1459,
        SLICES,
        {"max_slice_nums": 9},
        lambda f: patched(f) | {"size": f.scale_resolution, "by_area": f.merge_size == 2},
    ),
    "idefics3": IDEFICS3,
    "smolvlm-256m": IDEFICS3,
    "smolvlm-500m": IDEFICS3,
    "smolvlm-2.2b": IDEFICS3,
    "lfm2-vl": Line(
        LFM2,
        "lfm2",
        1517,
        LFM2_MARKS,
        tokens(64, 256, size=512, min_tiles=2, max_tiles=10, max_pixels_tolerance=2.0),
        lambda f: {"patch_size": f.encoder_patch_size, "merge_size": f.downsample_factor},
        resample="bilinear",
    ),
    "deepseek-ocr": Line(
        DeepSeekOCR,
        "deepseekocr",
        1909,
        Marks(end=("\n",)),
        {
            "size": 640,
            "base_size": 1024,
            "min_tiles": 2,
            "max_tiles": 9,
            "patch_size": 16,
            "merge_size": 4,
            "fuse_rows": True,
        },
        lambda _: {},
        resample="bicubic",
    ),
    "deepseek-ocr-2": Line(
        DeepSeekOCR,
        "deepseekocr2",
        1910,
        Marks(end=("\n",)),
        {
            "size": 768,
            "base_size": 1024,
            "min_tiles": 2,
            "max_tiles": 6,
            "patch_size": 16,
            "merge_size": 4,
            "fuse_rows": False,
        },
        lambda _: {},
        resample="bicubic",
    ),
}


def filter_of(line: Line) -> tuple[str, str]:
    """The filter of a line's resize, and the file of llama.cpp that sets it."""
    code = f"llama.cpp {VERSIONS[-1]}, tools/mtmd"
    return (line.resample, f"{code}/clip.cpp:{line.line}") if line.resample else ("bicubic", f"{code}/clip-model.h")


def has(family: Family) -> bool:
    """Whether llama.cpp has a projector for this model."""
    return isinstance(family, Mtmd) or family.model in MODELS


def serve(family: Family) -> Mtmd:
    """The model as llama.cpp counts it, with the numbers of this preset; what a GGUF file describes is so already."""
    if isinstance(family, Mtmd):
        return family
    line = MODELS[family.model]
    taken = line.taken(family)
    code = f"llama.cpp {VERSIONS[-1]}, tools/mtmd/clip.cpp:{line.line}"
    resample, filter_code = filter_of(line)
    gguf = dict.fromkeys(taken, "the GGUF, from the checkpoint")
    kept = ("model", "preset", "repo", "aliases", "max_position_embeddings", "chat_tokens")
    return line.shape(
        **{name: getattr(family, name) for name in kept},
        **{"versions": VERSIONS, "projector": line.projector, "marks": line.marks} | line.fixed | taken,
        resample=resample,
        sources={"*": code} | gguf | {name: family.source(name) for name in kept[4:]} | {"resample": filter_code},
    )
