"""GGUF files for tests, as llama.cpp's converters write their headers, with the package gguf."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf

I32 = {"clip.minicpmv_version"}
"""Numbers that are written as i32; all others are u32."""

ALWAYS: dict[str, Any] = {
    "clip.has_vision_encoder": True,
    "clip.vision.projection_dim": 4096,
    "clip.vision.image_size": 560,
    "clip.vision.patch_size": 14,
    "clip.vision.embedding_length": 1280,
    "clip.vision.feed_forward_length": 3420,
    "clip.vision.block_count": 32,
    "clip.vision.attention.head_count": 16,
    "clip.vision.image_mean": [0.5, 0.5, 0.5],
    "clip.vision.image_std": [0.5, 0.5, 0.5],
    "clip.vision.attention.layer_norm_epsilon": 1e-6,
}
"""What conversion/base.py and each converter write for every projector for images."""

SAM = {
    "clip.vision.window_size": 14,
    "clip.vision.sam.block_count": 12,
    "clip.vision.sam.embedding_length": 768,
    "clip.vision.sam.head_count": 12,
}


def projector(name: str, image_size: int, patch_size: int, **keys: Any) -> dict[str, Any]:
    """The keys of a projector: `keys` are those below clip.vision, with __ for a dot."""
    below = {f"clip.vision.{key.replace('__', '.')}": value for key, value in keys.items()}
    sizes = {"clip.vision.image_size": image_size, "clip.vision.patch_size": patch_size}
    return ALWAYS | sizes | {"clip.projector_type": name} | below


def mixed(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The same keys as converters of models that also hear write them: the projector's name is below clip.vision."""
    named = {"clip.vision.projector_type" if key == "clip.projector_type" else key: keys[key] for key in keys}
    return named | {"clip.has_audio_encoder": True, "clip.audio.projector_type": "gemma4a"}


PROJECTORS: dict[str, dict[str, Any]] = {
    "qwen2-vl": projector("qwen2vl_merger", 560, 14),  # conversion/qwenvl.py
    "qwen2.5-vl": projector("qwen2.5vl_merger", 560, 14, n_wa_pattern=8),
    "qwen3-vl": projector("qwen3vl_merger", 768, 16, spatial_merge_size=2, is_deepstack_layers=[False, True]),
    "qwen3.5": projector("qwen3vl_merger", 768, 16, spatial_merge_size=2) | {"general.name": "Qwen3.5 4B"},
    "gemma3": projector("gemma3", 896, 14),  # conversion/gemma.py leaves out the scale factor 4
    "gemma4": mixed(projector("gemma4v", 224, 16)),
    "internvl": projector(
        "internvl", 448, 14, projector__scale_factor=2, preproc_min_tiles=1, preproc_max_tiles=12
    ),  # conversion/internvl.py
    "idefics3": projector("idefics3", 364, 14, projector__scale_factor=2, preproc_image_size=1456),
    "smolvlm-256m": projector("idefics3", 512, 16, projector__scale_factor=4, preproc_image_size=2048),
    "smolvlm-2.2b": projector("idefics3", 384, 14, projector__scale_factor=3, preproc_image_size=1536),
    "pixtral-12b": projector("pixtral", 1024, 16),  # conversion/llava.py, pixtral.py
    "mistral-small-3.1": projector("pixtral", 1540, 14, spatial_merge_size=2),
    "llava-1.5": projector("mlp", 336, 14) | {"clip.has_llava_projector": True, "clip.has_text_encoder": False},
    "llava-next": projector(
        "mlp", 336, 14, image_grid_pinpoints=[336, 672, 672, 336, 672, 672, 1008, 336, 336, 1008],
        mm_patch_merge_type="spatial_unpad", image_crop_resolution=224,
    ) | {"clip.has_llava_projector": True},
    "minicpm-v-2.6": projector("resampler", 448, 14) | {"clip.minicpmv_version": 3, "clip.minicpmv_query_num": 64},
    "minicpm-v-4.6": projector("minicpmv4_6", 448, 14, projector__scale_factor=4, wa_layer_indexes=[6]),
    "lfm2-vl": projector("lfm2", 256, 16, projector__scale_factor=2),  # conversion/lfm2.py
    "llama4": projector("llama4", 336, 14, projector__scale_factor=2),
    "kimi-vl": projector("kimivl", 896, 14, projector__scale_factor=2),
    "kimi-k2.5": projector(
        "kimik25", 896, 14, projector__scale_factor=2, image_min_pixels=8 * 196, image_max_pixels=16384 * 196
    ) | {"vision.pos_emb_height": 64},
    "glm-4.1v": projector("glm4v", 336, 14, spatial_merge_size=2),
    "glm-4.6v": projector("glm4v", 336, 14, spatial_merge_size=2) | {"general.basename": "GLM-4.6V"},
    "paddleocr-vl": projector("paddleocr", 1680, 14, image_min_pixels=147384, image_max_pixels=2822400),
    "hunyuan-vl": projector(
        "hunyuanvl", 2048, 16, spatial_merge_size=2, image_min_pixels=262144, image_max_pixels=4194304
    ),
    "janus-pro": projector("janus_pro", 384, 16),
    "cogvlm-490": projector("cogvlm", 490, 14),
    "deepseek-ocr": projector("deepseekocr", 224, 14, preproc_min_tiles=2, preproc_max_tiles=9),
    "deepseek-ocr-2": projector("deepseekocr2", 224, 14, preproc_min_tiles=2, preproc_max_tiles=6),
}  # fmt: skip
"""The keys that the converters of llama.cpp write for the recorded models."""

for model in ("deepseek-ocr", "deepseek-ocr-2"):
    PROJECTORS[model] |= SAM
PROJECTORS["deepseek-ocr-2"]["clip.vision.attention.head_count_kv"] = 2


def write(path: Path, keys: Mapping[str, Any], architecture: str = "clip") -> str:
    """Write a GGUF file with these keys and no tensor; the path as text."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in keys.items():
        add(writer, key, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    return str(path)


def add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    """Add a key with the type that the converters choose."""
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        (writer.add_int32 if key in I32 else writer.add_uint32)(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    else:
        writer.add_array(key, value)
