"""`vtok trace`: stages with shapes, costs by hand calculation, networks from published configs and from folders."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Run
from terminal import seen

import vtok
from vtok import checkpoints, families
from vtok.errors import UnknownModelError, UsageError
from vtok.geometry import costs
from vtok.networks import Stage, Trace
from vtok.tracing import models
from vtok.tracing.architectures import ENCODERS, family_data, of_checkpoint, read
from vtok.tracing.costs import cost_of

CLOSED = {stem for stem in families.modules() if "api" in families.presets_of(stem)[0].pipelines}
"""Families behind an API, whose networks nobody publishes."""

REPOS = {stem: [preset.repo for preset in families.presets_of(stem) if preset.repo] for stem in families.modules()}


def traced(model: str, width: int = 1092, height: int = 728, **options: Any) -> Trace:
    return vtok.trace(vtok.layout(model, width=width, height=height, **options), model)


def of_its_kind(model: str) -> dict[str, Any]:
    """What makes an input a video, for a model that takes no images."""
    return {} if "image" in checkpoints.get(model).kinds else {"num_frames": 32, "fps": 25.0}


def stage(trace: Trace, name: str) -> Stage:
    return next(one for one in trace.stages if one.name == name)


@pytest.mark.parametrize(
    ("size", "mlp", "words"),
    [("3B", 3420, (2048, 36, 16, 2)), ("7B", 3420, (3584, 28, 28, 4)), ("72B", 3456, (8192, 80, 64, 8))],
)
def test_qwen2_5_vl_as_published(size: str, mlp: int, words: tuple[int, ...]) -> None:
    """Numbers of Qwen2.5-VL's configs. The paper's table has an MLP of 3,456 for all sizes; the configs win."""
    networks = vtok.architecture(f"Qwen/Qwen2.5-VL-{size}-Instruct")
    (encoder,), connector, language = networks.encoders, networks.connector, networks.language
    assert (encoder.width, encoder.depth, encoder.heads, encoder.mlp_width) == (1280, 32, 16, mlp)
    assert (encoder.patch_values, encoder.window, encoder.full_layers) == (1176, 112 // 14, (7, 15, 23, 31))
    assert connector
    assert (connector.width_in, connector.width_out, connector.merge) == (5120, words[0], 2)
    assert language
    assert (language.width, language.depth, language.heads, language.kv_heads) == words
    assert language.head_dim == 128


def test_shapes_of_qwen2_5_vl() -> None:
    trace = traced("qwen2.5-vl-7b")
    # 1092 x 728 pixels: 52 x 78 patches of 14, 26 x 39 tokens
    assert stage(trace, "pixel_values").output == (52 * 78, 1176)
    assert stage(trace, "patch embedding").output == (52, 78, 1280)
    assert stage(trace, "join").output == (26 * 39, 5120)
    assert stage(trace, "project 2").output == (26 * 39, 3584)
    assert stage(trace, "position ids").output == (3, 26 * 39 + 2)
    assert trace.stages[-1].output == (26 * 39 + 2, 3584)


def test_the_permutation_is_upstreams() -> None:
    """What the stage says, done with numpy, puts the patches of a token together and each patch's numbers in order."""
    trace = traced("qwen2.5-vl-7b", 112, 28)
    reason = stage(trace, "pixel_values").reason
    assert reason.startswith("view [1, 2, 3, 1, 2, 14, 4, 2, 14], permute (0, 3, 6, 4, 7, 2, 1, 5, 8)")
    pixels = np.arange(2 * 3 * 28 * 112).reshape(2, 3, 28, 112)
    frames = pixels.reshape(1, 2, 3, 1, 2, 14, 4, 2, 14)
    rows = frames.transpose(0, 3, 6, 4, 7, 2, 1, 5, 8).reshape(16, 1176)
    for row, (y, x) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3)]):
        patch = pixels[:, :, 14 * y : 14 * y + 14, 14 * x : 14 * x + 14]
        assert (rows[row].reshape(3, 2, 14, 14) == patch.transpose(1, 0, 2, 3)).all()


def test_both_branches_of_deepseek_vl_7b() -> None:
    """As the paper (arXiv 2403.05525, section 3.1) has them."""
    shapes = [one.output for one in traced("deepseek-vl-7b").stages if one.part in ("encoder", "connector")]
    assert shapes == [
        (64, 64, 768), (4096, 768), (24, 24, 1024), (576, 1024),
        (64, 64, 256), (96, 96, 256), (48, 48, 512), (24, 24, 1024), (576, 1024),
        (576, 2048), (576, 2048), (576, 4096), (576, 4096),
    ]  # fmt: skip


def test_cost_of_qwen2_5_vl_by_hand() -> None:
    cost = traced("qwen2.5-vl-7b").cost
    (encoder,), language = cost.encoders, cost.language
    patches, tokens, prompt = 52 * 78, 26 * 39, 26 * 39 + 2
    # 26 x 39 tokens in windows of 4 x 4: 6 x 9 whole ones, 6 of 4 x 3, 9 of 2 x 4, 1 of 2 x 3; 4 patches a token
    windowed = 54 * 64**2 + 6 * 48**2 + 9 * 32**2 + 24**2
    assert (encoder.pairs_full_layer, encoder.pairs_windowed_layer) == (patches**2, windowed)
    pairs = 4 * patches**2 + 28 * windowed
    assert encoder.attention_pairs == pairs
    layer = 4 * 1280 * 1280 + 3 * 1280 * 3420
    assert encoder.multiply_adds == patches * 1176 * 1280 + 32 * patches * layer + 2 * 1280 * pairs
    assert cost.connector == tokens * (5120 * 5120 + 5120 * 3584)
    causal = prompt * (prompt + 1) // 2
    assert language
    assert language.attention_pairs == 28 * causal
    matrices = 3584 * 3584 * 2 + 2 * 3584 * 512 + 3 * 3584 * 18944
    assert language.multiply_adds == 28 * (prompt * matrices + 2 * 3584 * causal)
    assert cost.multiply_adds == encoder.multiply_adds + cost.connector + language.multiply_adds
    assert cost.kv_cache == prompt * 28 * 2 * 4 * 128 * 2
    assert cost.embeddings == tokens * 3584 * 2
    assert cost.pixel_values == patches * 1176 * 2


@pytest.mark.parametrize(("dtype", "bits"), [("fp32", 32), ("fp16", 16), ("fp8", 8), ("int8", 8), ("int4", 4)])
def test_bytes_of_each_dtype(dtype: str, bits: int) -> None:
    layout = vtok.layout("qwen2.5-vl-7b", width=1092, height=728)
    assert vtok.trace(layout, dtype=dtype).cost.kv_cache == (26 * 39 + 2) * 28 * 2 * 4 * 128 * bits // 8


def test_windows_of_sam_are_padded() -> None:
    cost = traced("sam-vit-b").cost
    # 64 x 64 patches in windows of 14: padded to 70 x 70, 25 windows of 196 states
    assert cost.encoders[0].pairs_windowed_layer == 25 * 196**2
    assert cost.encoders[0].pairs_full_layer == 4096**2
    matrices = 12 * 4096 * (4 * 768 * 768 + 2 * 768 * 3072) + 8 * (4900 - 4096) * 4 * 768 * 768
    pairs = 8 * 25 * 196**2 + 4 * 4096**2
    assert cost.encoders[0].multiply_adds == 4096 * 768 * 768 + matrices + 2 * 768 * pairs


def test_a_cache_with_sliding_windows_and_shared_layers() -> None:
    """Gemma 4 E2B: of its first 15 layers 3 are full, with one KV head of 512, and 12 slide, of 256; 20 share."""
    cost = traced("google/gemma-4-E2B-it").cost
    prompt = traced("google/gemma-4-E2B-it").layout.prompt_tokens
    assert prompt < 512
    assert cost.kv_cache == 2 * prompt * (3 * 2 * 512 + 12 * 2 * 256)
    assert cost.language
    assert cost.language.multiply_adds is None


def test_a_cache_of_latent_vectors() -> None:
    """Kimi-VL: 27 layers, each with a vector of 512 and a rotated part of 64, in two bytes a number."""
    trace = traced("kimi-vl")
    assert trace.cost.kv_cache == trace.layout.prompt_tokens * 27 * (512 + 64) * 2


def test_a_cache_that_slides() -> None:
    """Gemma 3 4B: 5 of 34 layers are full, the others keep 1,024 positions; 4 KV heads of 256."""
    trace = traced("gemma-3-4b", 3000, 800, pan_and_scan=True)
    prompt = trace.layout.prompt_tokens
    assert prompt > 1024
    assert trace.cost.kv_cache == (5 * prompt + 29 * 1024) * 2 * 4 * 256 * 2


def test_the_memory_of_llama_3_2() -> None:
    """8 of 40 layers keep keys and values of 4 x 1,601 states, 32 of the one prompt token; 8 KV heads of 128."""
    cost = traced("llama-3.2-vision").cost
    assert cost.kv_cache == (8 * 4 * 1601 + 32) * 2 * 8 * 128 * 2
    assert cost.encoders[0].pairs_full_layer == (4 * 1601) ** 2
    assert cost.embeddings == 4 * 1601 * 4096 * 2


def test_experts_count_as_many_as_work() -> None:
    """Qwen3-VL-30B-A3B: 8 of 128 experts of 768, gated; 32 heads and 4 KV heads of 128."""
    trace = traced("qwen3-vl-30b-a3b")
    prompt = trace.layout.prompt_tokens
    layer = 2048 * 128 * (32 + 4 + 4 + 32) + 3 * 2048 * 8 * 768 + 2048 * 128
    assert trace.cost.language
    assert trace.cost.language.multiply_adds == 48 * (prompt * layer + 2 * 32 * 128 * (prompt * (prompt + 1) // 2))


def test_tokens_of_an_image_that_attend_both_ways() -> None:
    """PaliGemma: the 256 tokens of an image attend to each other; its 18 layers are all full."""
    cost = traced("paligemma-224").cost
    assert cost.language
    assert cost.language.attention_pairs == 18 * 256 * 256


@pytest.mark.parametrize(
    ("function", "numbers", "expected"),
    [
        (costs.causal_pairs, (4,), 1 + 2 + 3 + 4),
        (costs.sliding_pairs, (6, 3), 1 + 2 + 3 + 3 + 3 + 3),
        (costs.sliding_pairs, (2, 3), 1 + 2),
        (costs.chunked_pairs, (7, 3), 2 * (1 + 2 + 3) + 1),
        (costs.padded_window_pairs, (15, 14, 14), 2 * 196**2),
        (costs.attention_matrices, (10, 4, 2, 5), 10 * 20 + 2 * 10 * 10 + 20 * 10),
        (costs.attention_matrices, (10, 4, 2, 5, 2), 2 * 10 * 20 + 2 * 10 * 10 + 20 * 10),
        (costs.mlp_matrices, (10, 30, 3), 900),
        (costs.bytes_of, (3, 4), 2),
    ],
)
def test_formulas_by_hand(function: Callable[..., int], numbers: tuple[int, ...], expected: int) -> None:
    assert function(*numbers) == expected


def test_the_cache_of_latent_attention_and_its_matrices() -> None:
    # DeepSeek-V2-Lite: 16 heads, rank 512, 128 + 64 numbers a head, values of 128, width 2048, no query rank
    numbers = costs.latent_matrices(2048, 16, query_rank=None, kv_rank=512, nope=128, rope=64, value=128)
    assert numbers == 2048 * 3072 + 2048 * 576 + 512 * 4096 + 2048 * 2048
    ranked = costs.latent_matrices(2048, 16, query_rank=100, kv_rank=512, nope=128, rope=64, value=128)
    assert ranked - numbers == 2048 * 100 + 100 * 3072 - 2048 * 3072


def test_a_gated_delta_net_by_hand() -> None:
    # 2 heads of keys of 3 numbers, 4 of values of 5: 6 and 20 numbers. Width 8: queries, keys (6 each), values and
    # gates (20 each), two numbers for each head of values, and the way back from 20 to 8.
    matrices = costs.delta_net_matrices(8, key_heads=2, value_heads=4, key_dim=3, value_dim=5)
    assert matrices == 8 * (6 + 6 + 20 + 20 + 4 + 4) + 20 * 8
    assert costs.delta_net_state(value_heads=4, key_dim=3, value_dim=5) == 3 * 4 * 15


def test_scale_and_distortion() -> None:
    resize = stage(traced("siglip-b16-224", 448, 224), "resize")
    assert (resize.scale, resize.distortion) == ((0.5, 1.0), -0.5)


def test_the_number_that_decided() -> None:
    assert stage(traced("qwen2.5-vl-7b", 9000, 6000), "resize").number == "max_pixels 12,845,056"
    assert stage(traced("qwen2.5-vl-7b"), "resize").number == "factor 28"


def test_every_family_has_its_networks_or_a_reason() -> None:
    unread = []
    for stem, repos in REPOS.items():
        if stem in CLOSED:
            continue
        data = family_data(stem)
        assert stem in ENCODERS or callable(getattr(models, stem, None)), (
            f"vtok/tracing/models.py has no function {stem}"
        )
        assert set(data["checkpoints"]) <= set(repos), f"{stem}: checkpoints that are no presets"
        if not data["checkpoints"] and not data.get("unknown"):
            unread.append(stem)
    assert not unread


@pytest.mark.parametrize("repo", [repo for stem in REPOS for repo in family_data(stem)["checkpoints"]])
def test_every_published_config_has_its_widths(repo: str) -> None:
    networks = of_checkpoint(repo)
    assert networks.source
    assert networks.pixels.mean
    assert networks.pixels.std
    for encoder in networks.encoders:
        assert encoder.note or (encoder.width and encoder.depth)
        if encoder.heads:
            assert encoder.width
            assert encoder.width % encoder.heads == 0
    stem = next(stem for stem, repos in REPOS.items() if repo in repos)
    if stem not in ENCODERS:
        language = networks.language
        assert language
        assert all((language.width, language.depth, language.heads, language.kv_heads, language.head_dim))
        assert networks.connector
        assert networks.connector.width_out in (language.width, None)


@pytest.mark.parametrize("model", [stem for stem in REPOS if family_data(stem)["checkpoints"]])
def test_the_last_shape_of_the_connector_is_the_prompts(model: str) -> None:
    """The connector ends in as many vectors as the prompt, memory or output has tokens of features, and as wide."""
    repo = next(iter(family_data(model)["checkpoints"]))
    trace = traced(repo, **of_its_kind(repo))
    ends = [one for one in trace.stages if one.part == "connector" and one.output and one.name not in ("deepstack",)]
    networks = trace.architecture
    assert networks
    if ends and networks.language:
        last = ends[-1].output
        assert last
        assert last[-1] == networks.language.width


def test_a_folder_with_its_config(run: Run, tmp_path: Path) -> None:
    entry = family_data("qwen2_5_vl")["checkpoints"]["Qwen/Qwen2.5-VL-7B-Instruct"]["config"]
    config = {**entry, "vision_config": {**entry["vision_config"], "hidden_size": 640, "out_hidden_size": 100}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    outcome = run("trace", "640x480", "-m", str(tmp_path), "--json")
    document = json.loads(outcome.out)[0]
    assert document["architecture"]["source"] == "config.json"
    assert document["architecture"]["encoders"][0]["width"] == 640
    assert document["architecture"]["connector"]["width_out"] == 100
    assert document["special_tokens"][0] == {"text": "<|vision_start|>", "id": 151652, "count": 1}
    assert document["architecture"]["placeholder"] == 151655


def test_the_tokens_of_a_folder_are_those_of_its_tokenizer(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "qwen2_5_vl"}')
    added = {"7": {"content": "<|vision_start|>"}, "x": {"content": "<|vision_end|>"}, "8": 1, "9": {"content": 2}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": added}))
    document = json.loads(run("trace", "640x480", "-m", str(tmp_path), "--json").out)[0]
    assert [token["id"] for token in document["special_tokens"]] == [7, None]
    (tmp_path / "tokenizer_config.json").write_text("[")
    outcome = run("trace", "640x480", "-m", str(tmp_path))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)


def test_a_folder_without_config_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text('{"processor_class": "Qwen2_5_VLProcessor"}')
    outcome = run("trace", "640x480", "-m", str(tmp_path), "--json")
    document = json.loads(outcome.out)[0]
    assert "no config.json" in document["unknown"]
    assert "architecture" not in document
    assert document["cost"].keys() == {"dtype", "encoders", "pixel_values"}
    with pytest.raises(UnknownModelError, match="no config"):
        vtok.architecture(str(tmp_path))


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("vision_config", "hidden_size", "wide"),
        ("vision_config", "depth", -1),
        ("vision_config", "fullatt_block_indexes", {"a": 1}),
        ("vision_config", "num_heads", True),
        ("", "num_hidden_layers", 2**40),
        ("", "intermediate_size", [1]),
        ("", "layer_types", "full"),
    ],
)
def test_impossible_numbers_are_one_line(run: Run, tmp_path: Path, part: str, key: str, value: Any) -> None:
    entry = family_data("qwen2_5_vl")["checkpoints"]["Qwen/Qwen2.5-VL-7B-Instruct"]["config"]
    config = json.loads(json.dumps(entry))
    (config[part] if part else config)[key] = value
    (tmp_path / "config.json").write_text(json.dumps(config))
    outcome = run("trace", "640x480", "-m", str(tmp_path))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert f"{key} must be" in outcome.err


def test_wrong_arguments(run: Run) -> None:
    outcome = run("trace", "640x480", "--dtype", "bf61")
    assert (outcome.code, outcome.err) == (2, "vtok: unknown dtype 'bf61'; did you mean bf16?\n")
    outcome = run("trace", "640x480", "-m", "no-such-model")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    with pytest.raises(UsageError):
        vtok.trace(vtok.layout("qwen2.5-vl", width=100, height=100), dtype="q4")
    outcome = run("trace", "nowhere.jpg", "640x480", "--json")
    assert outcome.code == 1
    assert [("error" in document, "stages" in document) for document in json.loads(outcome.out)] == [
        (True, False),
        (False, True),
    ]


def test_what_is_not_known_is_left_out(run: Run) -> None:
    for model, reason in (
        ("cogagent", "are not known to vtok: the cross-attention"),
        ("molmo2-8b", "no published config"),
    ):
        document = json.loads(run("trace", "640x480", "-m", model, "--json").out)[0]
        assert reason in document["unknown"]
        assert "multiply_adds" not in document["cost"]
        assert next(one for one in document["stages"] if one["name"] == "normalise")["number"].startswith("mean 0.")
    assert run("trace", "640x480", "-m", "cogagent").code == 0


@pytest.mark.parametrize("stem", sorted(CLOSED))
def test_models_behind_an_api(stem: str) -> None:
    preset = families.presets_of(stem)[0]
    trace = vtok.trace(vtok.layout(preset.names[0], width=1092, height=728))
    assert "not published" in trace.unknown
    assert trace.cost.to_dict() == {"dtype": "bf16", "encoders": []}
    assert {one.part for one in trace.stages} <= {"file", "image", "encoder", "prompt"}


def test_a_pipe_gets_plain_rows(run: Run) -> None:
    lines = run("trace", "1092x728", "-m", "qwen2.5-vl-7b").lines
    rows = [line.split("\t") for line in lines]
    assert next(row for row in rows if row[1:2] == ["resize"])[:4] == ["image", "resize", "1092x728", "1092x728"]
    assert any(row[:2] == ["KV cache in bf16", ""] and row[3].isdigit() for row in rows)


def test_an_engine_has_its_steps_and_no_tensors_of_the_model(run: Run) -> None:
    document = json.loads(run("trace", "1092x728", "-m", "qwen2.5-vl-7b", "--pipeline", "llama.cpp", "--json").out)[0]
    assert document["pipeline"] == "llama.cpp"
    names = [one["name"] for one in document["stages"]]
    assert "pixel_values" in names
    assert not any("permute" in one["reason"] for one in document["stages"])


def test_a_video() -> None:
    layout = vtok.layout("qwen2.5-vl-7b", width=560, height=280, num_frames=60, fps=30.0)
    trace = vtok.trace(layout)
    t, h, w = layout.views[0].grid
    assert stage(trace, "pixel_values_videos").output == (t * h * w, 1176)
    assert trace.cost.encoders[0].pairs_full_layer == t * (h * w) ** 2


BROKEN: tuple[Any, ...] = (None, "x", -1, 0, 0.5, [], [0], {}, True, 2**31)


@pytest.mark.parametrize("stem", [stem for stem in REPOS if family_data(stem)["checkpoints"]])
def test_any_value_in_a_config_is_a_number_or_one_line(stem: str) -> None:
    """Each value in a config is replaced in turn: the networks are read and traced, or the message names the key."""
    data = family_data(stem)
    repo, entry = next(iter(data["checkpoints"].items()))
    layout = vtok.layout(repo, width=640, height=480, **of_its_kind(repo))
    text = json.dumps(entry["config"])
    for number, path in enumerate(leaves(json.loads(text))):
        config = json.loads(text)
        part = config
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = BROKEN[number % len(BROKEN)]
        networks, message = None, ""
        try:
            networks = read(stem, config, "x: ", checkpoint="x", source="x", shared=data)
        except UsageError as error:
            message = str(error)
        assert networks or path[-1] in message
        if networks:
            assert cost_of(layout, networks, "bf16").dtype == "bf16"
            assert networks.to_dict()


def leaves(config: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(config, dict):
        return [path]
    return [leaf for key, value in config.items() for leaf in leaves(value, (*path, key))] + ([path] if path else [])


@pytest.mark.posix
def test_people_read_a_table_or_a_block_for_each_stage() -> None:
    code, wide = seen("vtok trace 560x280 -m qwen2.5-vl-7b", width=200)
    assert code == 0
    header = next(line for line in wide.splitlines() if "decided by" in line)
    assert header.split("  ")[0].strip() == "part"
    assert re.search(r"encoder +patch embedding +\[20, 40, 1280\]", wide)
    assert re.search(r"KV cache in bf16 +11\.6 MB", wide)  # 202 positions x 28 layers x 2 x 4 x 128 x 2 bytes
    code, narrow = seen("vtok trace 560x280 -m qwen2.5-vl-7b", width=60)
    assert code == 0
    assert re.search(r"stage +patch embedding\s+after +\[20, 40, 1280\]", narrow)


def test_the_cost_of_an_encoder_that_merges_within_is_not_known() -> None:
    cost = vtok.trace(vtok.layout("minicpm-v-4.6", width=640, height=480)).cost
    assert [encoder.multiply_adds for encoder in cost.encoders] == [None]
    assert cost.language
    assert cost.language.multiply_adds


def test_tubelets_of_all_frames_attend_together() -> None:
    # V-JEPA 2 ViT-L: 64 frames of 256 pixels are 32 x 16 x 16 patches; each of 24 layers has 8192 squared pairs
    trace = traced("vjepa2", num_frames=180, fps=30.0)
    assert stage(trace, "pixel_values").output == (64, 3, 256, 256)
    assert stage(trace, "patch embedding").output == (32, 16, 16, 1024)
    patches, width = 32 * 16 * 16, 1024
    matrices = 24 * patches * (4 * width * width + 2 * width * 4096)
    embedded = patches * width * 3 * 2 * 16 * 16
    assert trace.cost.encoders[0].multiply_adds == embedded + matrices + 24 * 2 * width * patches**2
