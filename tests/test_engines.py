"""Engines as pipelines: their recorded answers, numbers by hand, what they refuse, and that layouts are whole.

Rows were recorded by running the engines. Hand calculations follow the rules as llama.cpp's source has them.
"""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from golden_rows import GOLDEN, Row, differences

import vtok
from vtok import checkpoints, engines, families
from vtok.engines import llama_cpp
from vtok.errors import UnknownOptionError, UnsupportedSizeError, UsageError
from vtok.geometry.loaders import filtered_frames, paced_frames_of_duration, uniform_frames
from vtok.geometry.single import letterboxed_single, slice_grids, snapped_single
from vtok.geometry.tiling import chosen
from vtok.parts.abilities import tiled
from vtok.values import Box, Layout, Media, Size

RECORDED = sorted((GOLDEN / "engines").glob("*.jsonl"))


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_recorded_answer_is_met(path: Path) -> None:
    wrong = [(row, other) for row in rows_of(path) if (other := list(differences(row)))]
    assert not wrong, "\n".join(f"{row['width']}x{row['height']} {row['options']}: {other}" for row, other in wrong[:5])


def test_every_recorded_model_is_served() -> None:
    assert {path.stem for path in RECORDED} <= set(llama_cpp.MODELS)


def served(model: str, pipeline: str, width: int, height: int, **options: Any) -> Layout:
    return vtok.layout(model, width=width, height=height, pipeline=pipeline, **options)


@pytest.mark.parametrize(
    ("model", "pipeline", "size", "tokens", "prompt_tokens"),
    [
        # 4,000 x 3,000 is above 4,096 tokens: the sides shrink by sqrt(12e6 / (4096 * 784)) to 73 x 55 tokens of 28.
        ("qwen2.5-vl", "llama.cpp", (4000, 3000), 73 * 55, 73 * 55 + 2),
        ("qwen2.5-vl", "transformers", (4000, 3000), 143 * 107, 143 * 107 + 2),
        # 640 x 480 fits 2 x 2 tiles of 448 best: four tiles and the overview of 256 tokens each.
        ("internvl", "llama.cpp", (640, 480), 5 * 256, 5 * 256 + 2),
        # A thumbnail is 8 x 8 tokens; Ollama's floor is 1,024 = 32 x 32.
        ("qwen2.5-vl", "llama.cpp", (224, 224), 64, 66),
        ("qwen2.5-vl", "ollama", (224, 224), 1024, 1026),
        ("qwen3.5", "ollama", (224, 224), 49, 51),
        # 25 x 19 tokens of 32, and a newline each row, between a start and an end.
        ("hunyuan-vl", "llama.cpp", (800, 608), (25 + 1) * 19 + 2, (25 + 1) * 19 + 4),
        # 29 x 21 tokens of 28, with a break after each row but the last, which [IMG_END] closes.
        ("mistral-small-3.1", "llama.cpp", (812, 588), 29 * 21 + 20, 29 * 21 + 21),
        ("mistral-small-3.1", "mistral-common", (812, 588), 29 * 21, 29 * 21 + 21),
        # Two slices of 64 tokens and the whole, each between two marks; a line break between two rows.
        ("minicpm-v-2.6", "llama.cpp", (400, 800), 3 * 64, 3 * 66 + 1),
    ],
)
def test_numbers_by_hand(model: str, pipeline: str, size: tuple[int, int], tokens: int, prompt_tokens: int) -> None:
    layout = served(model, pipeline, *size)
    assert (layout.tokens, layout.prompt_tokens) == (tokens, prompt_tokens)
    assert layout.pipeline == pipeline


def test_halves_round_up_in_c() -> None:
    # 720 / 32 = 22.5: 23 tokens in C, 22 in Python, which rounds halves to even.
    assert served("qwen3-vl", "llama.cpp", 1280, 720).resized == Size(736, 1280)
    assert served("qwen3-vl", "transformers", 1280, 720).resized == Size(704, 1280)
    assert snapped_single(Size(70, 70), factor=28).after == Size(84, 84)


def test_limits_are_reached_from_either_side() -> None:
    least = snapped_single(Size(28, 28), factor=28, min_pixels=8 * 784, max_pixels=4096 * 784)
    assert least.after == Size(84, 84)  # sqrt(8) = 2.83, up to 3
    most = snapped_single(Size(3000, 3000), factor=28, min_pixels=8 * 784, max_pixels=1024 * 784)
    assert most.after == Size(896, 896)


def test_flags_replace_the_limits_in_tokens() -> None:
    assert served("qwen3-vl", "llama.cpp", 2048, 2048, image_max_tokens=1024).tokens == 1024
    assert served("qwen3-vl", "llama.cpp", 64, 64, image_min_tokens=1024).tokens == 1024
    assert served("qwen3-vl", "ollama", 64, 64, image_min_tokens=64).tokens == 64


def test_gemma4_by_version() -> None:
    # 1,920 x 1,080 is 40 x 23 tokens of 48 where 1,120 are allowed, and shrinks to 22 x 12 where 280 are.
    tokens = {version: served("gemma4", "llama.cpp", 1920, 1080, version=version).tokens for version in GEMMA4}
    assert tokens == {"210a6570c": 264, "e3a74b299": 264, "e3546c794": 264, "0c1e57098": 40 * 23}
    assert served("gemma4", "llama.cpp", 48, 48, version="210a6570c").tokens == 256  # 16 x 16, from 252 up
    assert served("gemma4", "llama.cpp", 48, 48).tokens == 81  # 9 x 9, from 70 up


GEMMA4 = llama_cpp.GEMMA4_VERSIONS


def test_ollama_shows_its_floor_as_a_step() -> None:
    names = [step.name for step in served("qwen2.5-vl", "ollama", 224, 224).steps]
    assert names == ["flags", "resize"]
    assert "--image-min-tokens 1024" in served("qwen2.5-vl", "ollama", 224, 224).steps[0].reason
    assert [step.name for step in served("gemma3", "ollama", 224, 224).steps] == ["resize"]


def test_lm_studio_shrinks_first() -> None:
    layout = served("qwen2.5-vl", "lm-studio", 4096, 2048, max_edge=1024)
    assert [step.after for step in layout.steps] == [Size(512, 1024), Size(504, 1036)]
    assert layout.original == Size(2048, 4096)
    raster = layout.spans[1].raster
    assert raster is not None
    assert (raster.xs[0], raster.xs[-1], raster.ys[-1]) == (0, 4096, 2048)
    assert served("qwen2.5-vl", "lm-studio", 640, 480).steps[0].name == "resize"


def test_exif_is_ignored_by_llama_cpp_and_applied_by_vllm() -> None:
    media = Media(size=Size(600, 800), orientation=6)
    assert vtok.layout("qwen2.5-vl", media, pipeline="llama.cpp").original == Size(600, 800)
    assert vtok.layout("qwen2.5-vl", media, pipeline="vllm").original == Size(800, 600)


def test_an_engine_that_runs_the_processor_says_so() -> None:
    layout = served("qwen2.5-vl", "vllm", 640, 480)
    assert (layout.pipeline, layout.version) == ("vllm", "0.33.0")
    assert layout.notes[0] == "vllm 0.33.0: the processor of transformers"
    assert layout.tokens == vtok.layout("qwen2.5-vl", width=640, height=480).tokens
    assert served("qwen2.5-vl", "vllm", 2000, 2000, max_pixels=784 * 100).tokens == 100


def test_images_are_padded_into_their_size() -> None:
    layout = served("gemma3", "llama.cpp", 200, 100)
    assert layout.content == Box(0, 224, 896, 672)
    assert letterboxed_single(Size(100, 200), Size(896, 896)) == Box(0, 224, 896, 672)
    tokens = layout.spans[1].raster
    assert tokens is not None
    assert tokens.ys[:5] == (0, 0, 0, 0, 0)  # four rows of 56 pixels show padding alone
    assert served("hunyuan-vl", "llama.cpp", 500, 512).content == Box(0, 0, 512, 512)


def test_deepseek_ocr_takes_nine_tiles_by_the_converter_and_six_by_the_demos() -> None:
    # 7:1. Seven tiles are 10 rows of 70 tokens and a newline; six are 10 rows of 60; the whole is 16 x 17 and one more.
    llama, original = (served("deepseek-ocr", name, 2100, 300) for name in ("llama.cpp", "original"))
    assert (llama.tokens, original.tokens) == (710 + 273, 610 + 273)
    assert [view.size for view in llama.main_views] == [Size(640, 640 * 7), Size(1024, 1024)]


def test_tilings_say_why() -> None:
    family = engines.choose(checkpoints.get("llama4"), pipeline="llama.cpp")
    considered = tiled(family)
    assert considered is not None
    candidates = considered.candidates(Media(size=Size(1080, 1920)))
    assert len(candidates) == 8  # 1 to 3 columns and rows, without 1 x 1
    assert chosen(candidates).tiles == (3, 2)
    assert all(candidate.why for candidate in candidates)
    assert considered.candidates(Media(size=Size(336, 336))) == ()


def test_slices_of_equal_distance_are_the_first() -> None:
    assert chosen(slice_grids(Size(500, 500), side=448, max_num=9)).tiles == (1, 2)
    assert chosen(slice_grids(Size(1344, 1344), side=448, max_num=9)).tiles == (3, 3)


SIZES = (Size(600, 800), Size(28, 28), Size(720, 1280), Size(3000, 400))


@pytest.mark.parametrize("name", engines.FILES)
def test_layouts_of_every_model_are_whole(name: str) -> None:
    for model in families.models():
        family = checkpoints.get(model)
        if not engines.module(name).has(family):
            continue
        for size in SIZES:
            layout = engines.choose(family, pipeline=name).layout(Media(size=size))
            assert layout.pipeline == name
            assert layout.steps
            assert all(step.reason for step in layout.steps)
            check_places(layout)


def check_places(layout: Layout) -> None:
    """Every token of a raster lies in the image, and the rasters of all views cover it."""
    width, height = layout.original.width, layout.original.height
    for span in layout.spans:
        assert all(0 <= view < len(layout.views) for view in span.views)
        if raster := span.raster:
            assert len(raster.xs) == raster.columns + 1
            assert len(raster.ys) == raster.rows + 1
            assert list(raster.xs) == sorted(raster.xs)
            assert list(raster.ys) == sorted(raster.ys)
            assert raster.xs[0] >= 0
            assert raster.xs[-1] <= width + 1e-6
            assert raster.ys[-1] <= height + 1e-6
    for view in layout.views:
        assert view.content.right <= view.size.width
        assert view.content.bottom <= view.size.height


def test_an_image_out_of_its_place_is_noticed() -> None:
    layout = served("gemma3", "llama.cpp", 200, 100)
    with pytest.raises(AssertionError):
        check_places(dataclasses.replace(layout, original=Size(50, 50)))


def test_llama_cpp_takes_four_frames_a_second_without_a_limit() -> None:
    layout = served("qwen2.5-vl", "llama.cpp", 1280, 720, num_frames=1800, fps=30.0)
    assert layout.sampling is not None
    assert layout.sampling.num_sampled == 240
    # The first frame stands alone before its text, and the last one; texts follow each 20th frame of the others.
    assert layout.tokens == (1 + 11 * 10 + 10) * 1196
    times = [span.text for span in layout.spans if span.time is not None]
    assert times[:3] == ["[0m0.00s]", "[0m5.00s]", "[0m10.00s]"]
    assert len(times) == 12
    gemma = served("gemma3", "llama.cpp", 1280, 720, num_frames=60, fps=30.0, sample_fps=1.0)
    assert gemma.tokens == 2 * 256


def test_a_text_between_two_frames_keeps_them_apart() -> None:
    # Groups that llama.cpp itself made of 8 frames, and of 24: mtmd_group_mergeable_bitmaps.
    short = served("qwen3-vl", "llama.cpp", 64, 64, num_frames=60, fps=30.0)
    assert [len(view.frames) for view in short.views] == [1, 2, 2, 2, 1]
    long = served("qwen3-vl", "llama.cpp", 64, 64, num_frames=180, fps=30.0)
    assert [len(view.frames) for view in long.views] == [1, *[2] * 11, 1]
    assert [view.frames[-1] for view in long.views[-3:]] == [153, 168, 176]
    silent = served("qwen3-vl", "llama.cpp", 64, 64, num_frames=60, fps=30.0, timestamp_interval_ms=0)
    assert [len(view.frames) for view in silent.views] == [2, 2, 2, 2]
    assert [span.text for span in silent.spans if span.kind == "text"] == ["Video:"]


def test_frames_of_ffmpeg() -> None:
    # At 30 fps ticks of 1/4 s are 7.5 frames apart; a frame belongs to the tick that it rounds to.
    assert filtered_frames(60, fps=30.0, rate=4.0).indices == (3, 11, 18, 26, 33, 41, 48, 56)
    assert filtered_frames(4, fps=2.0, rate=4.0).indices == (0, 0, 1, 1, 2, 2, 3, 3)
    with pytest.raises(UnsupportedSizeError, match="leave no frame"):
        filtered_frames(1, fps=30.0, rate=4.0)
    with pytest.raises(UnsupportedSizeError, match="100,000,000 frames; a layout holds at most 131,072"):
        filtered_frames(30_000, fps=30.0, rate=100_000.0)


def test_frames_of_loaders() -> None:
    assert uniform_frames(100, fps=25.0, n=4, engine="it").indices == (0, 33, 66, 99)
    assert uniform_frames(3, fps=25.0, n=32, engine="it").indices == (0, 1, 2)
    assert paced_frames_of_duration(20, fps=10.0, duration=None, rate=2.0, most=300).indices == (0, 5, 10, 15)
    long = paced_frames_of_duration(100, fps=1.0, duration=100.0, rate=1.0, most=10)
    assert long.indices == (0, 12, 23, 34, 45, 56, 67, 78, 89, 99)
    with pytest.raises(UnsupportedSizeError, match="leave no frame"):
        paced_frames_of_duration(1, fps=30.0, duration=None, rate=2.0, most=300)


def test_vllm_takes_32_frames_of_models_without_a_loader() -> None:
    layout = served("internvl", "vllm", 640, 480, num_frames=1800, fps=30.0)
    assert layout.sampling is not None
    assert layout.sampling.indices[:3] == (0, 58, 116)
    assert layout.sampling.indices[-1] == 1799
    assert [view.frames for view in layout.views[:2]] == [(0,), (58,)]
    qwen = served("qwen2.5-vl", "vllm", 640, 480, num_frames=1800, fps=30.0)
    assert qwen.sampling is not None
    assert qwen.sampling.num_sampled == 120


def test_a_frame_past_the_last_is_the_last_in_vllm() -> None:
    # transformers' rule, torch.arange in float32, names frame 3,023 of 3,023 here; vLLM clamps it to 3,022.
    options = {"num_frames": 3023, "fps": 23.976}
    ends = {}
    for pipeline in ("transformers", "vllm"):
        sampling = served("qwen2.5-vl", pipeline, 640, 480, **options).sampling
        assert sampling is not None
        ends[pipeline] = sampling.indices[-1]
    assert ends == {"transformers": 3023, "vllm": 3022}


def test_sglang_fetches_qwens_videos_at_multiples_of_28() -> None:
    layout = served("qwen2.5-vl", "sglang", 1280, 720, num_frames=1800, fps=30.0)
    assert layout.tokens == 60 * 36 * 20
    assert [step.after for step in layout.steps][-1] == Size(560, 1008)
    assert layout.sampling is not None
    assert layout.sampling.indices[-1] == 1799


@pytest.mark.parametrize(
    ("model", "frames", "size", "resized"),
    [
        # What mlx-vlm's own load_video and _smart_resize_video answer; the limits hold for all frames together.
        ("qwen2.5-vl", (120, (0, 15, 30), 1799), (720, 1280), Size(224, 420)),
        ("qwen3-vl", (120, (0, 15, 30), 1799), (720, 1280), Size(320, 608)),
    ],
)
def test_videos_in_mlx_vlm(model: str, frames: tuple[Any, ...], size: tuple[int, int], resized: Size) -> None:
    layout = served(model, "mlx-vlm", size[1], size[0], num_frames=1800, fps=30.0)
    assert layout.sampling is not None
    indices = layout.sampling.indices
    assert (len(indices), indices[:3], indices[-1]) == frames
    assert layout.resized == resized


def test_gemma4_has_at_most_32_frames_in_mlx_vlm() -> None:
    sampling = served("gemma4", "mlx-vlm", 640, 480, num_frames=1800, fps=30.0).sampling
    assert sampling is not None
    assert (sampling.num_sampled, sampling.indices[:3]) == (32, (0, 58, 116))
    short = served("gemma4", "mlx-vlm", 640, 480, num_frames=90, fps=30.0).sampling
    assert short is not None
    assert short.num_sampled == 6


def test_sglang_takes_frames_of_transformers_and_32_of_internvl() -> None:
    for model in ("glm-4.1v", "gemma4"):
        taken = {
            pipeline: served(model, pipeline, 640, 480, num_frames=900, fps=30.0).sampling
            for pipeline in ("transformers", "sglang")
        }
        assert taken["sglang"] == taken["transformers"]
    sampling = served("internvl", "sglang", 640, 480, num_frames=10, fps=30.0).sampling
    assert sampling is not None
    assert len(sampling.indices) == 32  # frames are repeated: numpy.linspace(0, 9, 32, dtype=int)
    assert sampling.indices[:5] == (0, 0, 0, 0, 1)
    fewer = served("internvl", "sglang", 640, 480, num_frames=10, fps=30.0, sample_frames=3).sampling
    assert fewer is not None
    assert fewer.indices == (0, 4, 9)


def test_tensorrt_llm_takes_ten_frames_at_most_30_a_second() -> None:
    for frames, fps, number in ((900, 30.0, 10), (8, 60.0, 4)):
        sampling = served("qwen3.5", "tensorrt-llm", 640, 480, num_frames=frames, fps=fps).sampling
        assert sampling is not None
        assert len(set(sampling.indices)) == number


def test_llama4_in_mlx_vlm_has_no_view_of_the_whole() -> None:
    layout = served("llama4", "mlx-vlm", 1280, 720)
    assert (layout.tokens, layout.tiles) == (288, (2, 1))
    assert "placeholders" in layout.notes[-1]
    assert served("llama4", "mlx-vlm", 800, 600).tiles == (1, 1)


def test_internvl_in_mlx_vlm_breaks_ties_by_area() -> None:
    # Square: 1 x 1, 2 x 2 and 3 x 3 are equally near; 1,000,000 pixels are nearest to the 802,816 of 2 x 2.
    assert served("internvl", "mlx-vlm", 1000, 1000).tiles == (2, 2)
    assert served("internvl", "vllm", 1000, 1000).tiles == (3, 3)


@pytest.mark.parametrize(
    ("model", "options", "error", "words"),
    [
        ("qwen2.5-vl", {"pipeline": "foo"}, UsageError, "it has transformers, qwen-vl-utils, llama.cpp, ollama"),
        (
            "llava-onevision",
            {"pipeline": "llama.cpp"},
            UsageError,
            "know no projector of it; engines that have it: vllm",
        ),
        ("chameleon", {"pipeline": "llama.cpp"}, UsageError, "its converter takes the language model alone"),
        ("chameleon", {"pipeline": "ollama"}, UsageError, "it runs llama.cpp, and its converter takes the language"),
        ("clip-l14", {"pipeline": "vllm"}, UsageError, "no engine has it"),
        ("llama-3.2-vision", {"pipeline": "vllm"}, UsageError, "the last version with it is 0.10.2; engines that have"),
        ("ovis2", {"pipeline": "vllm"}, UsageError, "AIDC-AI's own repositories"),
        ("llava-next", {"pipeline": "sglang"}, UsageError, "are for LLaVA's own repositories"),
        ("pixtral-12b", {"pipeline": "tensorrt-llm"}, UsageError, "--pipeline mistral-common"),
        ("glm-4.1v", {"pipeline": "mlx-vlm"}, UsageError, "vtok does not know whether its processor counts as"),
        ("chameleon", {"pipeline": "mlx-vlm"}, UsageError, "it is not in mlx_vlm/models"),
        ("qwen2.5-vl", {"pipeline": "llama.cpp", "version": "b1"}, UsageError, "known are 0c1e57098"),
        ("qwen2.5-vl", {"pipeline": "vllm", "version": "0.1"}, UsageError, "known for qwen2.5-vl is 0.33.0"),
        (
            "qwen3-vl",
            {"pipeline": "llama.cpp", "image_max_tokens": 4},
            UsageError,
            "image_min_tokens 8 is above image_max_tokens 4: llama.cpp refuses",
        ),
        ("lfm2-vl", {"pipeline": "llama.cpp", "image_max_tokens": 4}, UsageError, "is above image_max_tokens"),
        ("paddleocr-vl", {"pipeline": "llama.cpp", "image_max_tokens": 4}, UnknownOptionError, "max_pixels"),
        ("internvl", {"pipeline": "llama.cpp", "min_tiles": 9, "max_tiles": 3}, UsageError, "is above max_tiles 3"),
        ("llama4", {"pipeline": "llama.cpp", "max_side": 4095}, UsageError, "max_side 4,095 makes more than"),
        ("llava-next", {"pipeline": "llama.cpp", "image_grid_pinpoints": [[9, 9]]}, UsageError, "must hold 1 to"),
        ("qwen3-vl", {"pipeline": "llama.cpp", "marks": 3}, UnknownOptionError, "has no option 'marks'"),
        ("qwen3-vl", {"pipeline": "ollama", "versions": []}, UnknownOptionError, "has no option 'versions'"),
        ("qwen3-vl", {"pipeline": "vlm"}, UsageError, "did you mean vllm?"),
    ],
)
def test_refusals(model: str, options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        vtok.layout(model, width=800, height=600, **options)


@pytest.mark.parametrize(
    ("model", "pipeline", "words"),
    [
        ("qwen2.5-vl", "ollama", "ollama takes no videos of qwen2.5-vl"),
        ("qwen2.5-vl", "lm-studio", "lm-studio takes no videos"),
        ("paddleocr-vl", "mlx-vlm", "vtok does not know how paddleocr-vl samples videos"),
        ("internvl", "mlx-vlm", "vtok does not know how mlx-vlm takes frames of internvl's videos"),
        ("ernie-4.5-vl", "sglang", "vtok does not know how sglang takes frames of ernie-4.5-vl's videos"),
        ("qwen2.5-vl", "lmdeploy", "lmdeploy takes no videos of qwen2.5-vl"),
        ("gemma4", "tensorrt-llm", "vtok does not know how tensorrt-llm takes frames"),
    ],
)
def test_videos_where_the_engine_has_none(model: str, pipeline: str, words: str) -> None:
    with pytest.raises(UnsupportedSizeError, match=words):
        served(model, pipeline, 640, 480, num_frames=60, fps=30.0)


def test_sizes_that_an_engine_refuses() -> None:
    with pytest.raises(UnsupportedSizeError, match="crop it"):
        served("idefics3", "llama.cpp", 3000, 1)
    with pytest.raises(UnsupportedSizeError, match="lm-studio refuses"):
        served("qwen2.5-vl", "lm-studio", 6000, 6000)


def test_position_ids_follow_the_grid_of_llama_cpp() -> None:
    layout = served("qwen3-vl", "llama.cpp", 1280, 720)
    positions = vtok.position_ids("qwen3-vl", segments=[layout], pipeline="llama.cpp")
    assert positions.length == 23 * 40 + 2
    assert positions.next_position == 1 + 40 + 1
    with pytest.raises(UsageError, match="no M-RoPE"):
        vtok.position_ids("gemma3", segments=[("text", 3)], pipeline="llama.cpp")


def test_numbers_name_their_source() -> None:
    numbers = engines.choose(checkpoints.get("qwen3-vl"), pipeline="llama.cpp").numbers()
    assert numbers["image_max_tokens"] == (4096, "llama.cpp 0c1e57098, tools/mtmd/clip.cpp:1668")
    assert numbers["patch_size"] == (16, "the GGUF, from the checkpoint")


@pytest.mark.parametrize(
    ("model", "pipeline", "resample", "source"),
    [
        ("gemma3", "llama.cpp", "bilinear", "llama.cpp 0c1e57098, tools/mtmd/clip.cpp:1634"),
        ("qwen3-vl", "llama.cpp", "bicubic", "llama.cpp 0c1e57098, tools/mtmd/clip.cpp:1668"),
        ("smolvlm-2.2b", "llama.cpp", "lanczos", "llama.cpp 0c1e57098, tools/mtmd/clip.cpp:1509"),
        # Its lines set bilinear for the shape that it does not use; tiles and their whole have a filter of their own.
        ("llama4", "llama.cpp", "bicubic", "llama.cpp 0c1e57098, tools/mtmd/clip-model.h"),
        ("gemma4", "llama.cpp", "bicubic", "llama.cpp 0c1e57098, tools/mtmd/clip.cpp:1644"),
        ("llama4", "mlx-vlm", "bicubic", "mlx-vlm 0.7.10, models/llama4/processing_llama4.py"),
        ("internvl", "mlx-vlm", "bicubic", "mlx-vlm 0.7.10, models/internvl_chat/processor.py"),
    ],
)
def test_filters_are_the_engines(model: str, pipeline: str, resample: str, source: str) -> None:
    assert engines.choose(checkpoints.get(model), pipeline=pipeline).numbers()["resample"] == (resample, source)


def test_an_older_version_has_its_own_numbers() -> None:
    gemma4 = engines.choose(checkpoints.get("gemma4"), pipeline="llama.cpp")
    older = gemma4.choose(version="210a6570c").numbers()
    source = "llama.cpp 210a6570c, tools/mtmd/clip.cpp"
    assert (older["image_min_tokens"], older["image_max_tokens"]) == ((252, source), (280, source))
    assert older["resample"] == ("bilinear", source)
    assert gemma4.choose(version="210a6570c").choose(version="0c1e57098").numbers() == gemma4.numbers()
    chosen = gemma4.choose(version="210a6570c", image_max_tokens=300).numbers()
    assert (chosen["image_min_tokens"][0], chosen["image_max_tokens"]) == (252, (300, "set by you"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("count", "1280x720"),
        ("tiles", "1280x720", "-m", "internvl"),
        ("budget", "1280x720", "-c", "4096"),
        ("mrope", "1280x720", "-m", "qwen3-vl"),
    ],
)
def test_commands_take_engines(run: Run, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments, "--pipeline", "llama.cpp")
    assert (outcome.code, outcome.err) == (0, "")


def test_a_budget_of_ollama_that_does_not_fit(run: Run) -> None:
    outcome = run("budget", "4032x3024", "4032x3024", "-m", "qwen2.5-vl", "-c", "4096", "--pipeline", "ollama")
    assert outcome.code == 3
    assert "image_max_tokens" in outcome.out


def test_the_matrix_of_models_and_pipelines(run: Run) -> None:
    matrix = json.loads(run("models", "--pipelines", "--json").out)
    assert matrix["pixtral-12b"]["mistral-common"] == "1.13.1"
    assert "llama.cpp" not in matrix["llava-onevision"]
    assert len(run("models", "--pipelines").lines) == len(matrix) + 1
    assert "image_max_tokens" in run("models", "qwen3-vl", "--pipeline", "llama.cpp").out
    assert run("models", "--pipeline", "llama.cpp").code == 2


def test_explain_names_the_engine_that_counts_so(run: Run) -> None:
    outcome = run("explain", "--got", "64", "--expected", "1024", "224x224", "-m", "qwen2.5-vl")
    assert "served by ollama\t--pipeline ollama" in outcome.out
    assert "served by llama.cpp\t" not in outcome.out  # which counts 64, as transformers does
