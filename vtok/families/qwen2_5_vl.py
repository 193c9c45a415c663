"""Qwen2.5-VL: Qwen2-VL's grid, seen by an encoder that attends within windows of 112 pixels in all but four layers.

Rule     As Qwen2-VL. Windows of 8 x 8 patches (4 x 4 merged tokens) partition the merged grid of each frame.
Numbers  preprocessor_config.json and config.json of the checkpoints: 3,136 to 12,845,056 pixels, tokens_per_second 2.
Paper    arXiv 2502.13923. Code: transformers 5.23, models/qwen2_5_vl and vision_utils.py; qwen-vl-utils 0.0.14.

Where they disagree, and what vtok follows:
- transformers' class default for tokens_per_second is 4; the checkpoints publish 2. vtok follows the checkpoints.
- The versions of transformers disagree on the position ids of videos. `version` chooses, and the newest is the default.
"""

from vtok.families import qwen2_vl
from vtok.families.qwen2_vl import SOURCES, Qwen2VL
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    **qwen2_vl.CLASS_DEFAULTS,
    "Qwen2_5_VLImageProcessor": qwen2_vl.CLASS_DEFAULTS["Qwen2VLImageProcessor"],
    "Qwen2_5_VLConfig": {
        "patch_size": 14,
        "merge_size": 2,
        "window_size": 112,
        "fullatt_block_indexes": (7, 15, 23, 31),
        "depth": 32,
        "tokens_per_second": 4,
        "max_position_embeddings": 32_768,
    },
}

OLMOCR = "allenai/olmocr f7cfe4c, train/prepare_checkpoint.py: the files of Qwen/Qwen2.5-VL-7B-Instruct"
GUI_G1 = "preprocessor_config.json, and Qwen2.5-VL's config.json"
FINE_TUNES = {
    **{
        name.lower(): (f"allenai/{name}", (f"allenai/{name}-FP8",), OLMOCR)
        for name in ("olmOCR-2-7B-1025", "olmOCR-7B-0825", "olmOCR-7B-0725")
    },
    "gui-g1-3b": ("Yuqi-Zhou/GUI-G1-3B-v1", (), GUI_G1),
}
"""Repository, aliases and source of each fine-tune whose published numbers are those of Qwen2.5-VL."""


def _preset(preset: str, repo: str, aliases: tuple[str, ...] = (), source: str = "") -> Qwen2VL:
    return Qwen2VL(
        model="qwen2.5-vl",
        preset=preset,
        repo=repo,
        aliases=aliases,
        max_pixels=28 * 28 * 16384,
        window_size=112,
        fullatt_block_indexes=(7, 15, 23, 31),
        tokens_per_second=2,
        max_position_embeddings=128_000,
        chat_tokens=19 if not source else None,
        fine_tune=bool(source),
        sources=dict.fromkeys((*SOURCES, "max_position_embeddings"), source) if source else SOURCES,
    )


PRESETS = (
    *(_preset(f"qwen2.5-vl-{size.lower()}", f"Qwen/Qwen2.5-VL-{size}-Instruct") for size in ("7B", "3B", "32B", "72B")),
    *(_preset(preset, *facts) for preset, facts in FINE_TUNES.items()),
)
