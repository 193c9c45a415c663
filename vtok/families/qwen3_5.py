"""Qwen3.5: Qwen3-VL's grid, in front of a language model that rotates by other sections.

Rule     As Qwen3-VL, whose processor it uses.
Numbers  preprocessor_config.json and video_preprocessor_config.json of the checkpoints: those of Qwen3-VL.
Paper    none. Code: transformers 5.23, models/qwen3_5 (model_type qwen3_5, qwen3_5_moe) and models/qwen3_vl.

Where they disagree, and what vtok follows:
- The tokens of a timestamp are known for Qwen3-VL's vocabulary. Qwen3.5's is larger, so that they are estimates here.
"""

from vtok.families.qwen3_vl import CLASS_DEFAULTS, SOURCES, Qwen3VL

MODEL_TYPES = ("qwen3_5_moe",)
__all__ = ["CLASS_DEFAULTS", "PRESETS"]
PRESETS = tuple(
    Qwen3VL(
        model="qwen3.5",
        preset=f"qwen3.5-{size.lower()}",
        repo=f"Qwen/Qwen3.5-{size}",
        mrope_section=(11, 11, 10),
        estimated_stamps=True,
        max_position_embeddings=262_144,
        chat_tokens=12
        if size == "0.8B"
        else 10,  # <think> and a break; if thinking is off by default, it is closed at once
        sources={**SOURCES, "estimated_stamps": "vtok: these counts are those of Qwen3-VL's vocabulary"},
        remarks=("Asked for a video, min_pixels and max_pixels hold for all frames together.",),
    )
    for size in ("9B", "0.8B", "4B", "27B", "35B-A3B", "122B-A10B", "397B-A17B")
)
