"""Projectors in GGUF files: counted as recorded of llama.cpp, each number from its key, and everything works with them.

The files are written with the package gguf, with the keys that llama.cpp's converters write. The answers are those that
llama.cpp itself gave for such files (tests/golden/engines).
"""

import json
from pathlib import Path
from typing import Any

import pytest
from gguf_files import PROJECTORS, projector, write
from golden_rows import GOLDEN, Row, differences

import vtok
from vtok import checkpoints
from vtok.engines.llama_cpp import MODELS
from vtok.engines.projectors import NO_RULE, OF_SOUND
from vtok.engines.projectors import PROJECTORS as WITH_RULE


def recorded(model: str) -> list[Row]:
    """Every third recorded answer of llama.cpp and of what runs it, in its newest version."""
    lines = (GOLDEN / "engines" / f"{model}.jsonl").read_text("utf-8").splitlines()
    every = [json.loads(line) for line in lines]
    rows = [row for row in every if row["options"]["pipeline"] in ("llama.cpp", "ollama", "lm-studio")]
    return rows[::3]


@pytest.mark.parametrize("model", PROJECTORS)
def test_a_projector_counts_as_llama_cpp_counts_its_model(model: str, tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", PROJECTORS[model])
    family = checkpoints.get(path)
    rows = recorded(model)
    wrong = [(row, other) for row in rows if (other := list(differences(row | {"model": family})))]
    assert rows
    assert not wrong, "\n".join(f"{row['width']}x{row['height']} {row['options']}: {other}" for row, other in wrong[:5])


def test_every_recorded_model_has_a_file() -> None:
    assert {path.stem for path in (GOLDEN / "engines").glob("*.jsonl")} == set(PROJECTORS)


def test_a_wrong_number_would_be_noticed(tmp_path: Path) -> None:
    wrong = PROJECTORS["gemma3"] | {"clip.vision.image_size": 448}
    family = checkpoints.get(write(tmp_path / "mmproj.gguf", wrong))
    assert any(list(differences(row | {"model": family})) for row in recorded("gemma3"))


@pytest.mark.parametrize("model", PROJECTORS)
def test_the_model_is_known_by_its_numbers_or_its_name(model: str, tmp_path: Path) -> None:
    family = checkpoints.get(write(tmp_path / "mmproj.gguf", PROJECTORS[model]))
    assert family.model == model


def test_every_rule_is_of_a_projector_of_llama_cpp() -> None:
    assert {line.projector for line in MODELS.values()} <= set(WITH_RULE)
    assert not set(WITH_RULE) & {*NO_RULE, *OF_SOUND}


def sources(path: str) -> dict[str, tuple[Any, str]]:
    return checkpoints.get(path).numbers()


def test_each_number_names_its_key_or_the_code(tmp_path: Path) -> None:
    numbers = sources(write(tmp_path / "mmproj.gguf", PROJECTORS["mistral-small-3.1"]))
    assert numbers["patch_size"] == (14, "clip.vision.patch_size in the GGUF")
    assert numbers["merge_size"] == (2, "clip.vision.spatial_merge_size in the GGUF")
    assert numbers["image_max_tokens"] == (1024, "llama.cpp 0c1e57098, tools/mtmd/clip.cpp:1534")
    numbers = sources(write(tmp_path / "mmproj.gguf", PROJECTORS["pixtral-12b"]))
    missing = "llama.cpp 0c1e57098, tools/mtmd/clip.cpp:1534; the GGUF has no clip.vision.spatial_merge_size"
    assert numbers["merge_size"] == (1, missing)
    numbers = sources(write(tmp_path / "mmproj.gguf", PROJECTORS["llava-next"]))
    assert numbers["image_grid_pinpoints"][1] == "clip.vision.image_grid_pinpoints in the GGUF"


@pytest.mark.parametrize(
    ("keys", "size", "tokens"),
    [
        # 640 x 480 fits 2 x 2 tiles of 448 best: four tiles and the overview of 256 tokens each.
        (projector("internvl", 448, 14, projector__scale_factor=2, preproc_max_tiles=4), (640, 480), 5 * 256),
        # Neither side is above the tile.
        (projector("internvl", 896, 14, projector__scale_factor=2), (640, 480), 32 * 32),
        # Without a scale factor no patches are merged.
        (projector("gemma3", 448, 14, projector__scale_factor=2), (640, 480), 16 * 16),
        (projector("nemotron_v2_vl", 512, 16, projector__scale_factor=2), (640, 480), 16 * 16),
        (projector("ldpv2", 336, 14), (640, 480), 144),
        # 672 / 14 / 2 squared, and the embeddings that begin and end it.
        (projector("adapter", 672, 14), (640, 480), 24 * 24 + 2),
        # 640 x 480 at multiples of 28: 644 x 476; of 14 for phi4, 46 x 34 after rounding 45.7 and 34.3.
        (projector("dots_ocr", 0, 14, projector__scale_factor=2, image_min_pixels=3136, image_max_pixels=11289600),
         (640, 480), 23 * 17),
        (projector("phi4", 224, 14, image_min_pixels=3136, image_max_pixels=11289600), (640, 480), 46 * 34),
        # The unified variant embeds patches of 16 * 3: 640 / 48 = 13.3, 480 / 48 = 10.
        (projector("gemma4uv", 224, 16), (640, 480), 13 * 10),
        # Without limits: 2 to 4,096 tokens for Kimi-K2.5, 256 at least for HunyuanVL: 224 x 224 goes up to 16 x 16.
        (projector("kimik25", 896, 14, projector__scale_factor=2), (2800, 2800), 64 * 64),
        (projector("hunyuanvl", 2048, 16, spatial_merge_size=2), (224, 224), 16 * 17 + 2),
        # An old file of Idefics3 without preproc_image_size: both sides to the nearest multiple of a tile.
        (projector("idefics3", 364, 14, projector__scale_factor=2), (800, 600), 169 * (2 * 2 + 1)),
        # MiniCPM-V's queries by its version, where the file has no number of them.
        (projector("resampler", 448, 14) | {"clip.minicpmv_version": 5}, (400, 300), 64),
        (projector("resampler", 448, 14) | {"clip.minicpmv_version": 5, "clip.minicpmv_query_num": 32}, (400, 300), 32),
    ],
)  # fmt: skip
def test_numbers_by_hand(keys: dict[str, Any], size: tuple[int, int], tokens: int, tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", keys)
    assert vtok.layout(path, width=size[0], height=size[1]).tokens == tokens


def test_the_library_takes_a_file(tmp_path: Path, samples: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", PROJECTORS["qwen3-vl"])
    assert vtok.count(samples / "photo.jpg", path) == vtok.count(
        samples / "photo.jpg", "qwen3-vl", pipeline="llama.cpp"
    )
    assert vtok.layout(path, width=640, height=480).preset == path
