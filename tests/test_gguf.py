"""Projectors in GGUF files: counted as recorded of llama.cpp, each number from its key, and everything works with them.

The files are written with the package gguf, with the keys that llama.cpp's converters write. The answers are those that
llama.cpp itself gave for such files (tests/golden/engines).
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from gguf_files import PROJECTORS, projector, write
from golden_rows import GOLDEN, Row, differences

import vtok
from vtok import checkpoints
from vtok.engines.llama_cpp import MODELS
from vtok.engines.projectors import NO_RULE, OF_SOUND
from vtok.engines.projectors import PROJECTORS as WITH_RULE
from vtok.errors import UsageError


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
        (projector("resampler", 448, 14), (400, 300), 96),
        # Gemma 3n: 768 / 3 tokens, whatever the image.
        (projector("gemma3nv", 768, 3), (400, 300), 256),
        (projector("resampler", 448, 14) | {"clip.minicpmv_version": 5, "clip.minicpmv_query_num": 32}, (400, 300), 32),
    ],
)  # fmt: skip
def test_numbers_by_hand(keys: dict[str, Any], size: tuple[int, int], tokens: int, tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", keys)
    assert vtok.layout(path, width=size[0], height=size[1]).tokens == tokens


def test_minicpm_v_2_5_has_one_pair_of_marks_round_all_slices(tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", projector("resampler", 448, 14) | {"clip.minicpmv_version": 2})
    # 800 x 600 is 2.4 slices of 448 x 448: 2 x 2 are nearest to its shape. Each view is between two marks.
    layout = vtok.layout(path, width=800, height=600)
    assert layout.tokens == 5 * 96
    marks = [span.text for span in layout.spans if span.text]
    slices = ["<image>", "</image>"]
    assert marks == [*slices, "<slice>", *slices, *slices, "\n", *slices, *slices, "</slice>"]
    assert [span.text for span in vtok.layout(path, width=400, height=300).spans if span.text] == slices


def test_the_library_takes_a_file(tmp_path: Path, samples: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", PROJECTORS["qwen3-vl"])
    assert vtok.count(samples / "photo.jpg", path) == vtok.count(
        samples / "photo.jpg", "qwen3-vl", pipeline="llama.cpp"
    )
    assert vtok.layout(path, width=640, height=480).preset == path


def test_its_folder_stands_for_the_one_projector_in_it(tmp_path: Path, run: Run) -> None:
    path = write(tmp_path / "mmproj-F16.gguf", PROJECTORS["gemma3"])
    (tmp_path / "weights.gguf").write_bytes(b"not read")
    assert checkpoints.get(str(tmp_path)).preset == path
    os.rename(path, tmp_path / "vision.gguf")
    assert checkpoints.get(str(tmp_path)).preset == str(tmp_path / "vision.gguf")
    for name in ("mmproj-BF16.gguf", "mmproj-F16.gguf"):
        write(tmp_path / name, PROJECTORS["gemma3"])
    outcome = run("count", "640x480", "-m", str(tmp_path))
    assert outcome.code == 2
    both = f"{tmp_path / 'mmproj-BF16.gguf'}, {tmp_path / 'mmproj-F16.gguf'}"
    assert outcome.err == f"vtok: {tmp_path}: several projectors; give one of them: {both}\n"


def test_a_folder_of_language_weights_alone(tmp_path: Path, run: Run) -> None:
    for i in range(6):
        write(tmp_path / f"part-{i}.gguf", {}, architecture="llama")
    outcome = run("count", "640x480", "-m", str(tmp_path))
    files = "part-0.gguf, part-1.gguf, part-2.gguf, part-3.gguf, and 2 more"
    reason = f"no projector among its GGUF files ({files}); give the model's mmproj file, too"
    assert outcome.err == f"vtok: {tmp_path}: {reason}\n"


def test_configs_come_before_gguf_files(tmp_path: Path) -> None:
    write(tmp_path / "mmproj-F16.gguf", PROJECTORS["gemma3"])
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    assert checkpoints.get(str(tmp_path)).model == "clip-b32"


def test_a_blob_of_ollama_is_known_by_its_magic(tmp_path: Path, run: Run) -> None:
    path = write(tmp_path / "sha256-0123", PROJECTORS["qwen2.5-vl"])
    assert run("count", "224x224", "-m", path, "--pipeline", "ollama", "-q").out == "1026\n"


@pytest.mark.parametrize("pipeline", ["transformers", "original", "vllm", "mlx-vlm", "nope"])
def test_other_pipelines_refuse_a_file(pipeline: str, tmp_path: Path, run: Run) -> None:
    path = write(tmp_path / "mmproj.gguf", PROJECTORS["gemma3"])
    outcome = run("count", "640x480", "-m", path, "--pipeline", pipeline)
    assert outcome.code == 2
    assert pipeline in outcome.err
    assert "llama.cpp, ollama, lm-studio" in outcome.err


def test_all_pipelines_of_a_file_are_those_that_run_llama_cpp(tmp_path: Path, run: Run) -> None:
    path = write(tmp_path / "mmproj.gguf", PROJECTORS["qwen3-vl"])
    lines = run("count", "224x224", "-m", path, "--pipeline", "all", "--field", "pipeline", "--field", "tokens").lines
    assert [line.split("\t")[-2:] for line in lines] == [
        ["llama.cpp", "49"],
        ["ollama", "1024"],
        ["lm-studio", "49"],
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("tiles", "640x480"),
        ("budget", "640x480", "-c", "4096"),
        ("count", "640x480", "--set", "max_tiles=4"),
    ],
)
def test_commands_take_a_file_as_a_model(arguments: tuple[str, ...], tmp_path: Path, run: Run) -> None:
    path = write(tmp_path / "mmproj.gguf", PROJECTORS["internvl"])
    outcome = run(*arguments, "-m", path)
    assert (outcome.code, outcome.err) == (0, "")
    assert "1280" in outcome.out.replace(",", "") or "1282" in outcome.out


def test_overlays_are_drawn(tmp_path: Path, run: Run, samples: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", PROJECTORS["gemma3"])
    assert run("overlay", str(samples / "cat.jpg"), "-m", path, "-o", str(tmp_path / "cat.png")).code == 0
    assert (tmp_path / "cat.png").stat().st_size


def test_windows_and_positions_of_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", PROJECTORS["qwen2.5-vl"])
    by_name, by_file = (vtok.windows(model, grids=[(1, 36, 36)]) for model in ("qwen2.5-vl", path))
    assert (by_file.window_index == by_name.window_index).all()
    assert by_file.full_layers == by_name.full_layers == (7, 15, 23, 31)
    none = write(tmp_path / "none.gguf", PROJECTORS["qwen2.5-vl"] | {"clip.vision.n_wa_pattern": 0})
    with pytest.raises(UsageError, match="no windows of qwen"):
        vtok.windows(none, grids=[(1, 36, 36)])
    segments = [["text", 4], ["image", [1, 36, 36]], ["text", 9]]
    of_file = vtok.position_ids(path, segments=segments)
    assert (of_file.ids == vtok.position_ids("qwen2.5-vl", segments=segments).ids).all()


def test_what_models_says_of_a_file(tmp_path: Path, run: Run) -> None:
    keys = PROJECTORS["internvl"] | {"general.name": "InternVL3 8B", "clip.vision.preproc_max_tiles": 6}
    path = write(tmp_path / "mmproj.gguf", keys)
    lines = run("models", path).lines
    assert "number\tmax_tiles\t6\tclip.vision.preproc_max_tiles in the GGUF" in lines
    assert "difference\tmax_tiles\t6\t12 in internvl3-8b" in lines
    assert "remark\t\t\tGGUF file of a projector, internvl, of 'InternVL3 8B'" in lines
    assert not any("preproc_max_tiles" in line for line in lines if line.startswith("other"))
    document = json.loads(run("models", path, "--json").out)
    assert document["numbers"]["max_tiles"] == {"value": 6, "source": "clip.vision.preproc_max_tiles in the GGUF"}
    assert document["differences"] == {"max_tiles": {"here": 6, "there": 12}}


def test_a_model_that_vtok_does_not_know_by_name(tmp_path: Path, run: Run) -> None:
    keys = projector("phi4", 224, 14, image_min_pixels=3136, image_max_pixels=11289600)
    lines = run("models", write(tmp_path / "mmproj.gguf", keys)).lines
    assert not [line for line in lines if line.startswith("difference")]
    remark = "vtok does not know the model by name: its context length and its positions are not known"
    assert f"remark\t\t\t{remark}" in lines


@pytest.mark.parametrize(
    ("keys", "name", "model"),
    [
        ({"general.name": "Qwen3.5 9B"}, "mmproj.gguf", "qwen3.5"),
        ({"general.base_model.0.repo_url": "https://huggingface.co/Qwen/Qwen3.5-9B"}, "mmproj.gguf", "qwen3.5"),
        ({}, "mmproj-Qwen3.5-9B-F16.gguf", "qwen3.5"),
        ({}, "mmproj-Qwen3-VL-8B-F16.gguf", "qwen3-vl"),
        ({}, "mmproj.gguf", "qwen3-vl"),
    ],
)
def test_the_name_chooses_among_models_of_one_projector(
    keys: dict[str, str], name: str, model: str, tmp_path: Path
) -> None:
    plain = projector("qwen3vl_merger", 768, 16, spatial_merge_size=2)
    family = checkpoints.get(write(tmp_path / name, plain | keys))
    assert family.model == model


def test_numbers_that_no_preset_lends_alone_are_not_known(tmp_path: Path) -> None:
    plain = projector("qwen3vl_merger", 768, 16, spatial_merge_size=2)
    family = checkpoints.get(write(tmp_path / "mmproj.gguf", plain))
    assert family.chat_tokens is None
    named = checkpoints.get(write(tmp_path / "mmproj.gguf", plain | {"general.name": "Qwen3 VL 8B Instruct"}))
    assert (named.chat_tokens, named.source("chat_tokens")) == (8, "as qwen3-vl-8b")
