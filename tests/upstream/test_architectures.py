"""The networks of `vtok trace` against transformers' modules, built from the same configs on the meta device.

A matrix costs as many multiply-adds for each vector as it has weights, so sums of weights are compared with costs.
"""

import json
from functools import cache
from typing import Any, NamedTuple

import pytest

from vtok import families
from vtok.networks import Architecture, Encoder, LanguageModel
from vtok.tracing.architectures import family_data, of_checkpoint
from vtok.tracing.costs import mixing_work, mlp_work
from vtok.tracing.sections import class_defaults

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = pytest.mark.upstream


class Paths(NamedTuple):
    """Where a model keeps its parts: encoder layers, modules of the connector, layers of the language model."""

    encoder: str
    connector: tuple[str, ...] = ()
    language: str = ""


PROJECTOR, LANGUAGE = ("model.multi_modal_projector",), "model.language_model.layers"
TOWER = "model.vision_tower.encoder.layers"
LLAVA = Paths(TOWER, PROJECTOR, LANGUAGE)
VISUAL = Paths("model.visual.blocks", ("model.visual.merger",), LANGUAGE)
GLM = Paths("model.visual.blocks", ("model.visual.downsample", "model.visual.merger"), LANGUAGE)
MODELS = {
    "CohereLabs/aya-vision-8b": LLAVA,
    "Salesforce/blip-image-captioning-base": Paths("vision_model.encoder.layers"),
    "Salesforce/blip2-opt-2.7b": Paths(
        "vision_model.encoder.layers", ("language_projection",), "language_model.model.decoder.layers"
    ),
    "openai/clip-vit-large-patch14": Paths("vision_model.encoder.layers"),
    "deepseek-ai/deepseek-vl-1.3b-chat": Paths("model.vision_model.encoder.layers", ("model.aligner",), LANGUAGE),
    "deepseek-ai/deepseek-vl-7b-chat": Paths("model.high_res_vision_model.vision_encoder.layers", (), LANGUAGE),
    "facebook/dinov2-base": Paths("encoder.layer"),
    "facebook/dinov2-giant": Paths("encoder.layer"),
    "adept/fuyu-8b": Paths("", ("model.vision_embed_tokens",), LANGUAGE),
    "google/gemma-3-4b-it": Paths(TOWER, (), LANGUAGE),  # the projection is a parameter
    "google/gemma-4-E2B-it": Paths(TOWER, ("model.embed_vision",)),
    "zai-org/GLM-4.1V-9B-Thinking": GLM,
    "zai-org/GLM-4.5V": GLM,
    "zai-org/GLM-4.6V-Flash": GLM,
    "stepfun-ai/GOT-OCR-2.0-hf": Paths("model.vision_tower.layers", (), LANGUAGE),
    "tencent/HunyuanOCR": Paths("model.vision_tower.layers", (), LANGUAGE),
    "HuggingFaceM4/Idefics3-8B-Llama3": Paths(
        "model.vision_model.encoder.layers", ("model.connector",), "model.text_model.layers"
    ),
    "Salesforce/instructblip-vicuna-7b": Paths(
        "vision_model.encoder.layers", ("language_projection",), "language_model.model.layers"
    ),
    "OpenGVLab/InternVL3-1B": Paths("model.vision_tower.encoder.layer", PROJECTOR, LANGUAGE),
    "deepseek-community/Janus-Pro-1B": Paths("model.vision_model.encoder.layers", ("model.aligner",), LANGUAGE),
    "moonshotai/Kimi-K2.5": Paths("model.vision_tower.layers", ("model.mm_projector",), LANGUAGE),
    "LiquidAI/LFM2-VL-1.6B": LLAVA,
    "meta-llama/Llama-4-Scout-17B-16E-Instruct": Paths(
        "vision_model.model.layers", ("vision_model.vision_adapter", "multi_modal_projector"),
        "language_model.model.layers",
    ),
    "llava-hf/llava-1.5-7b-hf": LLAVA,
    "llava-hf/llava-v1.6-mistral-7b-hf": LLAVA,
    "llava-hf/LLaVA-NeXT-Video-7B-hf": LLAVA,
    "llava-hf/llava-onevision-qwen2-7b-ov-hf": LLAVA,
    "MiniMaxAI/MiniMax-M3": Paths("model.vision_tower.layers", PROJECTOR),
    "mistralai/Mistral-Small-3.1-24B-Instruct-2503": Paths(
        "model.vision_tower.transformer.layers", PROJECTOR, LANGUAGE
    ),
    "meta-llama/Llama-3.2-11B-Vision-Instruct": Paths("model.vision_model", PROJECTOR, LANGUAGE),
    "allenai/Molmo2-4B": Paths("model.vision_tower.layers", (), LANGUAGE),
    "thisisiron/Ovis2-1B-hf": Paths("model.vision_tower.transformer.encoder.layers", (), LANGUAGE),
    "PaddlePaddle/PaddleOCR-VL": Paths("model.visual.vision_model.encoder.layers", ("model.projector",), LANGUAGE),
    "google/paligemma-3b-pt-224": LLAVA,
    "google/paligemma2-3b-pt-224": LLAVA,
    "mistral-community/pixtral-12b": Paths("model.vision_tower.transformer.layers", PROJECTOR, LANGUAGE),
    "Qwen/Qwen2.5-VL-3B-Instruct": VISUAL,
    "Qwen/Qwen2.5-VL-7B-Instruct": VISUAL,
    "Qwen/Qwen2.5-VL-72B-Instruct": VISUAL,
    "Qwen/Qwen2-VL-2B-Instruct": VISUAL,
    "Qwen/Qwen3.5-9B": VISUAL,
    "Qwen/Qwen3.5-35B-A3B": VISUAL,
    "Qwen/Qwen3-VL-2B-Instruct": Paths(
        "model.visual.blocks", ("model.visual.merger", "model.visual.deepstack_merger_list"), LANGUAGE
    ),
    "Qwen/Qwen3-VL-30B-A3B-Instruct": Paths(
        "model.visual.blocks", ("model.visual.merger", "model.visual.deepstack_merger_list"), LANGUAGE
    ),
    "facebook/sam-vit-huge": Paths("vision_encoder.layers"),
    "google/siglip-so400m-patch14-384": Paths("vision_model.encoder.layers"),
    "google/siglip2-so400m-patch16-naflex": Paths("vision_model.encoder.layers"),
    "HuggingFaceTB/SmolVLM-256M-Instruct": Paths(
        "model.vision_model.encoder.layers", ("model.connector",), "model.text_model.layers"
    ),
    "lkhl/VideoLLaMA3-2B-Image-HF": Paths("model.vision_model.encoder.layers", ("model.projector",), LANGUAGE),
    "dandelin/vilt-b32-mlm": Paths("encoder.layer"),
    "google/vit-base-patch16-224": Paths("layers"),
}  # fmt: skip
MIXING = ("self_attn", "attention", "linear_attn", "conv", "cross_attn")
"""What the layers of language models call the module that mixes positions."""


ROUTERS = ("router", "shared_expert_gate")

CONFIGS = {
    repo: entry["config"]
    for stem in families.modules()
    for repo, entry in family_data(stem)["checkpoints"].items()
    if repo in MODELS
}


@cache
def built(repo: str) -> Any:
    """The model of a checkpoint, with shapes and without weights."""
    config = json.loads(json.dumps(CONFIGS[repo]))
    made = transformers.CONFIG_MAPPING[config.pop("model_type")](**config)
    with torch.device("meta"):
        try:
            return transformers.AutoModelForImageTextToText.from_config(made)
        except ValueError:
            return transformers.AutoModel.from_config(made)


def weights(module: Any) -> int:
    """The weights of matrices and convolutions in a module, without biases, norms and routers."""
    kinds = (torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d)
    parts = (part for name, part in module.named_modules() if not name.endswith(ROUTERS) and isinstance(part, kinds))
    return sum(part.weight.numel() for part in parts if getattr(part, "groups", 1) == 1)


@pytest.mark.parametrize("repo", [repo for repo, paths in MODELS.items() if paths.encoder])
def test_encoder(repo: str) -> None:
    encoder, model = of_checkpoint(repo).encoders[0], built(repo)
    assert encoder.width
    assert encoder.depth
    assert encoder.patch_values
    layers = layers_of(model, MODELS[repo].encoder)
    assert len(layers) == encoder.depth
    assert sum(map(weights, layers)) == encoder.depth * layer_weights(encoder)
    named = (part for name, part in model.named_modules() if "patch" in name or "embeddings" in name)
    sizes = {part.weight.numel() for part in named if getattr(part, "weight", None) is not None}
    assert encoder.width * encoder.patch_values in sizes


def layers_of(model: Any, path: str) -> list[Any]:
    if path == "model.vision_model":  # of Llama 3.2 Vision: two transformers, one after the other
        vision = model.get_submodule(path)
        return [*vision.transformer.layers, *vision.global_transformer.layers]
    return list(model.get_submodule(path))


def layer_weights(encoder: Encoder) -> int:
    width, inner = encoder.width or 0, encoder.mlp_width or 0
    return 4 * width * width + encoder.matrices * width * inner


@pytest.mark.parametrize("repo", [repo for repo, paths in MODELS.items() if paths.connector])
def test_connector(repo: str) -> None:
    connector, model = of_checkpoint(repo).connector, built(repo)
    assert connector
    layers = [layer for layer in connector.layers if layer.per != "view"]
    modules = [model.get_submodule(path) for path in MODELS[repo].connector]
    assert sum(map(weights, modules)) == sum(layer.multiply_adds for layer in layers)


@pytest.mark.parametrize("repo", [repo for repo, paths in MODELS.items() if paths.language])
def test_language_model(repo: str) -> None:
    language, model = of_checkpoint(repo).language, built(repo)
    assert language
    assert language.depth
    layers = list(model.get_submodule(MODELS[repo].language))
    assert len(layers) == language.depth
    for number, layer in enumerate(layers):
        mixing = [part for name, part in layer.named_children() if name in MIXING]
        assert sum(map(weights, mixing)) == mixing_work_without_memory(language, number), number
        rest = [part for name, part in layer.named_children() if name not in MIXING]
        banks = sum(p.numel() for part in rest for p in part.parameters() if p.ndim == 3)
        assert sum(map(weights, rest)) + banks == stored(language, number), number


def mixing_work_without_memory(language: LanguageModel, layer: int) -> int:
    """The weights of a layer's mixing; those of the memory's keys and values are counted by its states."""
    kind = language.kinds[layer]
    memory = 2 * (language.width or 0) * (language.kv_heads or 0) * (language.head_dim or 0) if kind == "cross" else 0
    return (mixing_work(language, kind) or 0) + memory


def stored(language: LanguageModel, layer: int) -> int:
    """The weights of a layer's MLP: all experts, where only some work for a token; routers are parameters."""
    experts = language.experts
    if experts is None or layer in experts.dense_layers:
        return mlp_work(language, layer) or 0
    width = language.width or 0
    return language.matrices * width * (experts.total * experts.width + experts.shared_width)


def test_a_wrong_width_is_found() -> None:
    repo = "google/vit-base-patch16-224"
    networks: Architecture = of_checkpoint(repo)
    wrong = networks.encoders[0]._replace(mlp_width=3073)
    assert sum(map(weights, layers_of(built(repo), "layers"))) != 12 * layer_weights(wrong)


def classes() -> dict[str, Any]:
    """An instance of each config class by its model_type, those of parts included."""
    known: dict[str, Any] = {}

    def add(made: Any) -> None:
        if made.model_type not in known:
            known[made.model_type] = made
            for name in getattr(made, "sub_configs", None) or {}:
                if getattr(made, name, None) is not None:
                    add(type(getattr(made, name))())

    for kind in class_defaults()["types"]:
        if kind in transformers.CONFIG_MAPPING:
            add(transformers.CONFIG_MAPPING[kind]())
    for kind in class_defaults()["parts"]:
        if kind in transformers.CONFIG_MAPPING:
            add(transformers.CONFIG_MAPPING[kind]())
    return known


def test_class_defaults_are_upstreams() -> None:
    made = {kind: one.to_dict() for kind, one in classes().items()}
    wrong = {
        f"{kind}.{name}": (value, made[kind].get(name))
        for kind, numbers in class_defaults()["types"].items()
        if kind in made
        for name, value in numbers.items()
        if json.loads(json.dumps(made[kind].get(name), default=str)) != value
    }
    assert wrong == {}
    assert len(set(class_defaults()["types"]) & set(made)) > 100
