"""What presets are called, and numbers that stand in no published config of tests/configs, as upstream has them.

The default preset of each model is what its first checkpoint publishes.
"""

import re
from pathlib import Path
from typing import Any

import pytest

import vtok
from vtok import families
from vtok.checkpoints.names import get
from vtok.parts.family import Family

VIDEO = {"width": 640, "height": 360, "num_frames": 60, "fps": 6.0}


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("ovis2", {"size": 448, "max_patches": 12, "crop_to_patches": True}),
        ("minicpm-v-4.6", {"use_image_id": True, "max_slice_nums": 9}),
        ("smolvlm-256m", {"patch_size": 16}),
        ("smolvlm-500m", {"patch_size": 16}),
        ("molmo2", {"image_use_col_tokens": True, "use_single_crop_col_tokens": False}),
        ("ernie-4.5-vl", {"min_pixels": 3136, "max_pixels": 4_816_896, "max_position_embeddings": 131_072}),
        ("videollama3", {"max_pixels": 3_211_264, "video_min_pixels": 12_544, "video_max_pixels": 12_845_056}),
    ],
)
def test_the_default_is_what_is_published(model: str, published: dict[str, Any]) -> None:
    preset = get(model)
    assert preset.repo
    assert {name: getattr(preset, name) for name in published} == published
    assert all(preset.source(name).endswith(".json") for name in published if name != "use_image_id")


@pytest.mark.parametrize(
    ("limits", "tokens", "resized"),
    [
        ({"video_min_pixels": 100_352, "video_max_pixels": 602_112}, 660, (168, 308)),  # the class defaults
        ({}, 2990, (364, 644)),
        ({"video_max_pixels": 1_204_224}, 1440, (252, 448)),
    ],
)
def test_frames_of_videollama3_share_the_pixels_of_the_video(
    limits: dict[str, int], tokens: int, resized: tuple[int, int]
) -> None:
    layout = vtok.layout("videollama3", **VIDEO, **limits)  # type: ignore[arg-type]
    assert (layout.tokens, layout.resized) == (tokens, resized)


def test_times_of_sampled_frames_of_videollama3_are_float32() -> None:
    def times(**options: Any) -> list[str]:
        layout = vtok.layout("videollama3", width=64, height=64, num_frames=4, fps=20.0, **options)
        return [span.text for span in layout.spans if span.kind == "text"]

    assert times(sample_frames=4) == [
        "Time 0.0s:",
        ",Time 0.1s:",
        ",Time 0.1s:",
        ",Time 0.2s:",
    ]  # torch: 3 / 20 = 0.15000001
    assert times(sample=False) == ["Time 0.0s:", ",Time 0.1s:", ",Time 0.1s:", ",Time 0.1s:"]  # Python: 0.15 is below


@pytest.mark.parametrize("model", ["minicpm-v-2.6", "minicpm-v-4.6"])
def test_the_image_number_of_minicpm_can_be_left_out(model: str) -> None:
    counts = [vtok.layout(model, width=448, height=448, use_image_id=on).prompt_tokens for on in (True, False)]
    assert counts == [69, 66]  # 64 and two tags; the number and its two tags


def listed_names() -> dict[str, list[str]]:
    """The names of the presets of each model in names.txt; a model that is not listed there is new."""
    listed: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "names.txt").read_text("utf-8").splitlines():
        model, _, names = line.partition(": ")
        listed.setdefault(model, []).append(names)
    return listed


def test_names_of_presets() -> None:
    """Scripts have these names; one that is wanted no more leaves names.txt together with the preset."""
    listed = listed_names()
    here: dict[str, list[str]] = {}
    for preset in families.presets():
        here.setdefault(preset.model, []).append(" ".join(preset.names))
    assert {model: names for model, names in here.items() if model in listed} == listed


CONTEXTS = {
    # config.json of the checkpoint, or of the language model that it is built on; classes are of transformers 5.23
    2048: ("blip-2-opt-2.7b", "blip-2-opt-6.7b", "instructblip-vicuna-7b"),  # OPTConfig; Vicuna 1.1
    4096: (
        *("chameleon-7b", "chameleon-30b", "florence-2-large", "llava-1.5-7b", "llava-1.5-13b"),  # Llama 2, Vicuna 1.5
        *(
            "llava-v1.6-vicuna-7b",
            "llava-v1.6-vicuna-13b",
            "llava-next-video-7b",
        ),
        *("llava-v1.6-34b", "llava-next-video-34b"),  # Nous-Hermes-2-Yi-34B
        *("deepseek-vl2", "deepseek-vl2-small", "deepseek-vl2-tiny"),  # README.md: sequence length
    ),
    8192: (
        "qwen-vl-chat",
        *(f"paligemma-3b-{kind}" for kind in ("pt-224", "mix-224", "pt-448", "mix-448", "pt-896")),  # GemmaConfig
        *(f"paligemma2-{size}-pt-{side}" for size in ("3b", "10b", "28b") for side in (224, 448, 896)),  # Gemma 2
        *("smolvlm-256m", "smolvlm-500m", "smolvlm2-256m", "smolvlm2-500m"),  # SmolLM2-135M and -360M
    ),
    11_520: ("perception-lm-1b", "perception-lm-3b", "perception-lm-8b"),
    16_384: ("janus-pro-1b", "janus-pro-7b", "deepseek-vl-1.3b-chat", "deepseek-vl-7b-chat"),  # DeepSeek LLM
    32_768: (
        "videollama3-7b-image",  # dinoml_v2, agents/plans/transformers/video_llama_3, from the published files
        *("got-ocr-2.0", "ovis2-1b", "ovis2-2b", "llava-v1.6-mistral-7b"),  # Qwen2 0.5B, Qwen2.5, Mistral 7B v0.2
        *("llava-onevision-0.5b-ov", "llava-onevision-7b-ov", "llava-onevision-72b-ov"),  # Qwen2Config
        *("qwen2-vl-2b", "qwen2-vl-7b", "qwen2-vl-72b", "qwen2.5-omni-3b", "qwen2.5-omni-7b"),
        *("internvl2-1b", "internvl2-8b", "internvl2-26b", "internvl2.5-2b"),  # Qwen2, InternLM2, InternLM2.5
        *("internvl3-1b", "internvl3-2b", "internvl3-8b", "internvl3-14b", "internvl3-38b"),  # Qwen2.5
    ),
    40_960: ("internvl3.5-1b",),  # Qwen3
    65_536: ("glm-4.1v-9b-thinking", "glm-4.5v", "qwen3-omni-30b-a3b-thinking"),
    128_000: ("qwen2.5-vl-3b", "qwen2.5-vl-7b", "qwen2.5-vl-32b", "qwen2.5-vl-72b"),
    131_072: (
        "videollama3-2b-image",
        *("gemma-3-4b", "gemma-3-12b", "gemma-3-27b"),  # Gemma3TextConfig
        *("llama-3.2-11b-vision", "llama-3.2-90b-vision"),
        *("llama-3.2-11b-vision-instruct", "llama-3.2-90b-vision-instruct"),
        *("mistral-small-3.1-24b-base-2503", "mistral-small-3.2-24b-instruct-2506"),
        *("ernie-4.5-vl-28b-a3b-thinking", "ernie-4.5-vl-424b-a47b-pt", "glm-4.6v", "glm-4.6v-flash"),
        *("kimi-vl-a3b-instruct", "kimi-vl-a3b-thinking", "kimi-vl-a3b-thinking-2506"),  # its authors: 128k
        "phi-4-multimodal",
    ),
    262_144: (
        *(f"qwen3-vl-{size}" for size in ("2b", "4b", "8b", "32b", "30b-a3b", "235b-a22b")),
        *(f"qwen3.5-{size}" for size in ("0.8b", "4b", "9b", "27b", "35b-a3b", "122b-a10b", "397b-a17b")),
        *("kimi-k2.5", "kimi-k2.6", "minicpm-v-4.6", "minicpm-v-4.6-thinking", "gemma-4-26b-a4b-it"),
    ),
    1_048_576: ("llama-4-maverick-17b-128e",),
    None: (
        *("internvl3-9b", "internvl3-78b", "internvl2-2b", "internvl2.5-8b", "internvl3.5-8b"),
        *("instructblip-flan-t5-xl", "blip-2-flan-t5-xl", "deepseek-vl-7b-base", "molmo2-o-7b"),
        *("cogagent-vqa", "cogvlm-base-490", "deepseek-vl-1.3b-base", "qwen-vl"),
        *("molmo-7b-o", "step3-vl-10b"),
    ),  # not known, or positions relative to each other
}


@pytest.mark.parametrize("name", [name for names in CONTEXTS.values() for name in names])
def test_the_context_is_that_of_the_language_model(name: str) -> None:
    assert get(name).max_position_embeddings in [context for context, names in CONTEXTS.items() if name in names]


def test_contexts_are_round_numbers() -> None:
    contexts = {preset.names[0]: preset.max_position_embeddings or 0 for preset in families.presets()}
    odd = {name: context for name, context in contexts.items() if context % 8}
    assert set(odd.values()) == {7999}  # ModernBERT's
    assert all("modernvbert" in name for name in odd)


READ: dict[str, dict[str, Any]] = {
    # LAVIS, models/eva_vit.py: create_eva_vit_g
    "blip-2": {"patch_size": 14},
    "instructblip": {"patch_size": 14},
    # arXiv 2405.09818: 1,024 tokens of an image of 512 pixels
    "chameleon": {"patch_size": 16, "merge_size": 1},
    # deepseek-ai/DeepSeek-OCR 5259e60, config.py; process/image_process.py: no tiles up to 640 x 640
    "deepseek-ocr": {"image_size": 640, "min_crops": 2, "max_crops": 6, "largest_uncropped": 640},
    "deepseek-ocr-2": {"base_size": 1024, "image_size": 768, "min_crops": 2, "max_crops": 6},
    # deepseek-ai/DeepSeek-VL2 ef9f91e, processing_deepseek_vl_v2.py: cropping=len(images) <= 2
    "deepseek-vl2": {"max_cropped_images": 2},
    # openai/CLIP, clip/model.py: input_resolution of the published weights; open_clip, model_configs
    **{f"clip-{name}": {"size": 224, "crop_size": 224} for name in ("l14", "b16", "b32", "h14", "bigg14")},
    # facebookresearch/dinov2, hubconf.py: weights for 518; transformers' configs resize to 256 and cut out 224
    "dinov2-224": {"size": 256, "crop_size": 224, "patch_size": 14, "num_register_tokens": 0},
    "dinov2-224-reg4": {"size": 256, "crop_size": 224, "patch_size": 14, "num_register_tokens": 4},
    "dinov2-518": {"size": 518, "crop_size": 518, "patch_size": 14, "num_register_tokens": 0},
    "dinov2-518-reg4": {"size": 518, "crop_size": 518, "patch_size": 14, "num_register_tokens": 4},
    # transformers 5.23, Florence2VisionConfig: strides of 4, 2, 2, 2
    "florence-2": {"patch_size": 4 * 2 * 2 * 2},
    # 896 pixels are 64 patches, and 16 tokens: mm_tokens_per_image 256
    "gemma3": {
        "patch_size": 896 // 64,
        "pool": 64 // 16,
        # transformers 5.23, processing_gemma3.py, Gemma3ProcessorKwargs
        "pan_and_scan_min_crop_size": 256,
        "pan_and_scan_max_num_crops": 4,
        "pan_and_scan_min_ratio_to_activate": 1.2,
    },
    # its preprocessor_config.json: a frame a second
    "minimax-m3-vl": {"sample_fps": 1.0},
    # transformers 5.23, processing_qwen2_5_omni.py, Qwen2_5OmniProcessorKwargs: 128 and 768 tokens of 28 x 28 pixels
    "qwen2.5-omni": {"video_min_pixels": 100_352, "video_max_pixels": 602_112},
    # transformers 5.23, models/glm46v/video_processing_glm46v.py, sample_frames
    "glm-4.6v": {"sample_rates": ((30, 3), (300, 1), (2400, 0.5)), "max_duration": 2400, "max_frames": 640},
    "glm-ocr": {
        "sample_rates": ((30, 3), (300, 1), (2400, 0.5)),
        "max_duration": 2400,
        "max_frames": 640,
        "tenths": True,  # processing_glm46v.py: seconds with one decimal
    },
    "glm-4.5v": {"video_min_pixels": 12_544, "video_max_pixels": 47_040_000, "sample_rates": (), "max_duration": 300},
    "glm-4.1v": {"sample_rates": (), "max_duration": 300, "max_frames": None},
    # 1024 pixels are 64 patches and 16 tokens; windows and global layers are SAM's
    "got-ocr2": {"patch_size": 16, "merge_size": 4, "window_size": 14, "global_attn_indexes": (2, 5, 8, 11)},
    # 364 pixels are 26 patches of 14, and 13 tokens
    "idefics3": {"image_seq_len": 13 * 13, "max_image_size": 364},
    # OpenGVLab/InternVL 2410d1d, README.md: load_video(..., num_segments=32, max_num=1)
    "internvl": {"video_max_num": 1, "num_segments": 32, "max_num": 12, "use_thumbnail": True},
    # moonshotai/Kimi-VL, image_processing_kimi_vl.py: "Exceed pos emb" from 512 patches on
    "kimi-vl": {"max_side_patches": 512, "in_token_limit": 4096},
    # transformers 5.23, Kosmos2Config
    "kosmos-2": {"latent_query_num": 64},
    # haotian-liu/LLaVA c121f04, docs/MODEL_ZOO.md; CLIP of 224
    "llava-v1": {"size": 224, "crop_size": 224, "patch_size": 14, "mm_use_im_start_end": True},
    "llava-next-video": {"crop_size": 336, "patch_size": 14},
    # transformers 5.23, modeling_llava_onevision.py: apply_pooling
    "llava-onevision": {"spatial_pool_stride": 2},
    # X-PLUG/mPLUG-Owl2, mplug_owl2/model/configuration_mplug_owl2.py
    "mplug-owl2": {"patch_size": 14, "num_learnable_queries": 64},
    "phi-4-multimodal": {"size": 448, "patch_size": 14, "pool": 2},
    "pixtral-12b": {"merge_size": 1},
    # Qwen/Qwen-VL, visual.py: Resampler of 256 queries
    "qwen-vl": {"n_queries": 256},
    # facebookresearch/segment-anything, build_sam.py
    "sam-vit-b": {"global_attn_indexes": (2, 5, 8, 11), "window_size": 14, "patch_size": 16},
    "sam-vit-l": {"global_attn_indexes": (5, 11, 17, 23)},
    "sam-vit-h": {"global_attn_indexes": (7, 15, 23, 31)},
}


@pytest.mark.parametrize("model", READ)
def test_numbers_that_were_read_in_code_and_papers(model: str) -> None:
    preset = next(preset for preset in families.presets() if preset.model == model)
    assert {name: getattr(preset, name) for name in READ[model]} == READ[model]


@pytest.mark.parametrize(
    ("model", "interleaved"),
    [
        # transformers 5.23: freq.split(mrope_section) in modeling_{qwen2_vl,glm4v,paddleocr_vl}.py; rows and columns
        # take turns in recomposition_frequencies of modeling_ernie4_5_vl_moe.py
        *(("qwen2-vl", False), ("qwen2.5-vl", False), ("glm-4.5v", False), ("paddleocr-vl", False)),
        *(("ernie-4.5-vl", True), ("qwen3-vl", True), ("keye-vl", False)),
    ],
)
def test_whether_the_sections_of_a_rotation_take_turns(model: str, interleaved: bool) -> None:
    assert get(model).numbers()["mrope_interleaved"][0] is interleaved


@pytest.mark.parametrize(
    ("name", "side"),
    [
        # meta-llama/llama-models 5309637, models/sku_list.py: only the smaller base model has tiles of 448
        ("llama-3.2-11b-vision", 448),
        ("llama-3.2-11b-vision-instruct", 560),
        ("llama-3.2-90b-vision", 560),
        ("llama-3.2-90b-vision-instruct", 560),
    ],
)
def test_the_tiles_of_llama(name: str, side: int) -> None:
    assert vtok.layout(name, width=10 * side, height=side).views[0].size == (side, side)


def in_the_name(preset: Family) -> dict[str, int]:
    """The side of patches and of images that the name of a repository states."""
    patch = re.search(r"(?:patch|vilt-b|CLIP-ViT-\w+-|ijepa_vit[hg])(\d+)", preset.repo)
    size = re.search(r"-(224|256|336|378|384|448|512|896)(?:$|-hf|-in21k)", preset.repo)
    cuts = vars(preset).get("crop_size") and vars(preset).get("do_center_crop")
    sides = {"patch_size": patch, "crop_size" if cuts else "size": size}
    return {name: int(match[1]) for name, match in sides.items() if match and hasattr(preset, name)}


NAMED = [preset for preset in families.presets() if in_the_name(preset)]


@pytest.mark.parametrize("preset", NAMED, ids=lambda preset: preset.names[0])
def test_sides_are_those_of_the_name(preset: Family) -> None:
    assert {name: getattr(preset, name) for name in in_the_name(preset)} == in_the_name(preset)


def test_many_names_state_a_side() -> None:
    assert len(NAMED) > 40
    assert in_the_name(get("clip-l14-336")) == {"patch_size": 14, "crop_size": 336}
    assert in_the_name(get("vit-b16-384")) == {"patch_size": 16, "size": 384}
    assert in_the_name(get("clip-h14")) == {"patch_size": 14}


IMAGES_ONLY = {
    *("aya-vision", "chameleon", "cogagent", "cogvlm-224", "cogvlm-490", "cohere2-vision", "florence-2", "fuyu"),
    *("clip-b16", "clip-b32", "clip-bigg14", "clip-h14", "clip-l14", "clip-l14-336", "vilt", "siglip2-naflex"),
    *("dinov2-224", "dinov2-224-reg4", "dinov2-518", "dinov2-518-reg4", "sam-vit-b", "sam-vit-h", "sam-vit-l"),
    *("deepseek-ocr", "deepseek-ocr-2", "deepseek-vl-1.3b", "deepseek-vl-7b", "deepseek-vl2", "got-ocr2", "idefics3"),
    *("janus-pro", "kosmos-2", "llama-3.2-vision", "llama4", "llava-1.5", "llava-v1", "pixtral-12b", "qwen-vl"),
    *("mistral-small-3.1", "mistral-small-3.2", "siglip-so400m14-384", "siglip-so400m14-224"),
    *("siglip-b16-224", "siglip-b16-256", "siglip-b16-384", "siglip-b16-512", "siglip-l16-256", "siglip-l16-384"),
    *("smolvlm-2.2b", "smolvlm-256m", "smolvlm-500m"),  # the first releases
    *("vit-b16-224", "vit-b16-384", "vit-b32-224", "vit-b32-384", "vit-l16-224", "vit-l16-384", "vit-l32-224"),
    *("vit-l32-384", "vit-h14-224", "blip-base-384"),
    # no video_processing_*.py in transformers 5.23
    *("aimv2", "aria", "beit", "colmodernvbert", "colpali", "colqwen2", "convnext", "convnextv2", "deit", "dinov3"),
    *("diffusion-gemma", "dinov3-convnext", "fastvlm", "gemma3n", "granite-vision-4", "granite-for-docling", "hiera"),
    *("idefics2", "ijepa", "inkling", "inkling2", "kosmos-2.5", "layoutlmv3", "lighton-ocr", "metaclip-2", "mlcd"),
    *("mistral-small-4", "mistral-large-4", "modernvbert", "pix2struct", "qianfan-ocr", "sam3", "shieldgemma2", "swin"),
    *("step-3.7-flash", "swinv2", "tipsv2", "unlimited-ocr", "vip-llava"),
    # their own code reads images alone
    *("dots.ocr", "molmo", "moondream2", "nvlm-d", "phi-3-vision", "phi-4-multimodal", "step3", "timm"),
}
"""Models that have no processor of videos, neither in transformers nor in their own code."""


@pytest.mark.parametrize("model", sorted(listed_names().keys() | IMAGES_ONLY))
def test_models_that_take_no_videos(model: str) -> None:
    assert get(model).images_only == (model in IMAGES_ONLY)


def test_a_model_that_takes_videos_takes_more_than_images() -> None:
    assert not [p.names[0] for p in families.presets() if p.images_only and "video" in p.kinds]


@pytest.mark.parametrize(("model", "width"), [("sam-vit-b", 768), ("sam-vit-l", 1024), ("sam-vit-h", 1280)])
def test_the_states_of_sam_are_as_wide_as_in_its_code(model: str, width: int) -> None:
    # facebookresearch/segment-anything, build_sam.py: encoder_embed_dim
    assert get(model).remarks == (f"Stages: patches 64x64x{width}, neck 64x64x256.",)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        # facebook's repositories, config.json
        ("ijepa-vith14-1k", {"size": 224}),
        ("ijepa-vith14-22k", {"size": 224}),
        ("ijepa-vith16-1k", {"size": 448}),
        ("ijepa-vitg16-22k", {"size": 224}),
        ("metaclip-2-worldwide-huge-quickgelu", {"size": 224, "crop_size": 224}),
        ("metaclip-2-worldwide-giant", {"size": 224, "crop_size": 224}),
        # facebookresearch/deit, README_deit.md: images of 224 and of 384 are the middle of 256 and 438 pixels
        ("deit-tiny-distilled-patch16-224", {"size": 256, "crop_size": 224}),
        ("deit-small-distilled-patch16-224", {"size": 256, "crop_size": 224}),
        ("deit-base-distilled-patch16-224", {"size": 256, "crop_size": 224}),
        ("deit-base-distilled-patch16-384", {"size": 438, "crop_size": 384}),
        # rednote-hilab/dots.ocr 36d7248, dots_ocr/utils/consts.py: MIN_PIXELS, MAX_PIXELS
        ("dots.ocr", {"min_pixels": 3136, "max_pixels": 11_289_600}),
        # timm 1.0.31, mobilenetv5_300m_enc: 48 x 48 features of 768 pixels
        ("gemma-3n-e4b", {"size": 768, "patch_size": 768 // 48, "output_resolution": 16}),
        # Kwai-Keye/Keye e472844: keye-vl-utils, vision_process.py
        ("keye-vl", {"video_min_pixels": 100_352, "video_max_pixels": 602_112, "total_pixels": 90_316_800}),
        ("keye-vl", {"min_frames": 4, "max_frames": 768, "max_pixels": 1_003_520}),
        ("keye-vl-1.5", {"max_pixels": 1_003_520}),
        # AIDC-AI/Ovis 4de4946, README.md and ovis/serve/infer_basic_demo.py
        ("ovis2.5-9b", {"max_pixels": 1792 * 1792, "video_min_pixels": 448 * 448, "video_max_pixels": 896 * 896}),
        ("ovis2.5-2b", {"max_pixels": 1344 * 1792}),
        # transformers 5.23, Qwen3OmniMoeProcessorKwargs: 128 and 768 tokens of 32 x 32 pixels
        ("qwen3-omni", {"video_min_pixels": 131_072, "video_max_pixels": 786_432, "tokens_per_second": 13}),
        ("qwen3-omni", {"mrope_section": (24, 20, 20), "mrope_interleaved": True}),
        ("qwen4-exp", {"mrope_section": (11, 11, 10), "estimated_stamps": True}),
        ("cohere-compass", {"estimated_stamps": True}),
        ("cosmos3-edge", {"estimated_stamps": True}),
        # facebookresearch/sam2 and hiera: patches of stride 4, three poolings of 2 x 2, no class token
        ("sam2", {"patch_size": 4, "merge_size": 8, "num_class_tokens": 0, "images_only": False}),
        ("hiera", {"patch_size": 4, "merge_size": 8, "num_class_tokens": 0}),
        ("molmo2", {"size": 378, "video_size": 378}),
        ("mistral-small-4", {"longest_edge": 1540}),
        ("mistral-large-4", {"longest_edge": 1540}),
        ("pix2struct-docvqa-base", {"is_vqa": True}),
        ("pix2struct-base", {"is_vqa": False}),
        # preprocessor_config.json of SAIL-VL
        ("sail-vl-1d6-8b", {"max_num": 10}),
        # transformers 5.23, image_processing_kosmos2_5.py
        ("kosmos-2.5", {"max_patches": 4096, "latent_query_num": 2048}),
    ],
)
def test_numbers_of_single_checkpoints(name: str, numbers: dict[str, Any]) -> None:
    assert {key: getattr(get(name), key) for key in numbers} == numbers


def test_names_of_releases() -> None:
    assert get("dots.ocr-1.5").names[0] == "dots.mocr"
    assert get("sam2.1").names[0] == "sam2.1-hiera-tiny"
    for name in ("large-patch14-224-distilled", "large-patch14-224-lit", "large-patch14-336-distilled"):
        assert get(f"aimv2-{name}").repo == f"apple/aimv2-{name}"


def test_the_limit_of_kimi_vl_thinking_2506() -> None:
    # its model card: 1792 x 1792 pixels
    assert vars(get("kimi-vl-a3b-thinking-2506"))["in_token_limit"] == (1792 // 14) ** 2


IN_A_NAME = re.compile(r"patch(\d+)-(\d{3})(?:$|-)")
"""The side of a patch and of the image, as names of encoders have them: siglip2-base-patch16-256."""
FAMILIES_OF_NAMES = ("siglip", "beit", "deit", "vit", "clip", "metaclip")


@pytest.mark.parametrize(
    "repo",
    [
        preset.repo
        for preset in families.presets()
        if preset.model in FAMILIES_OF_NAMES and IN_A_NAME.search(preset.repo)
    ],
)
def test_the_name_of_an_encoder_has_its_patch_and_its_side(repo: str) -> None:
    match = IN_A_NAME.search(repo)
    assert match
    view = get(repo).layout(vtok.Media(size=vtok.Size(1000, 1000))).global_view
    assert (view.patch_size, *view.size) == (int(match[1]), int(match[2]), int(match[2]))


@pytest.mark.parametrize(
    ("name", "patch", "side"),
    [
        # baaivision/EVA 5623d08, EVA-CLIP/rei/eva_clip/model_configs and the names of EVA-CLIP-18B's checkpoints
        ("eva02-clip-l-14-336", 14, 336), ("eva02-clip-l-14", 14, 224), ("eva02-clip-b-16", 16, 224),
        ("eva02-clip-bige-14", 14, 224), ("eva02-clip-bige-14-plus", 14, 224), ("eva01-clip-g-14", 14, 224),
        ("eva01-clip-g-14-plus", 14, 224), ("eva-clip-8b", 14, 224), ("eva-clip-8b-448", 14, 448),
        ("eva-clip-18b", 14, 224),
        # microsoft/unilm, beit2 and data2vec: all of 224 pixels
        ("data2vec-vision-base", 16, 224), ("data2vec-vision-large-ft1k", 16, 224),
        # facebookresearch/MetaCLIP: worldwide models of 14 but for those named by another patch
        ("metaclip-2-worldwide-huge-quickgelu", 14, 224), ("metaclip-2-worldwide-giant-378", 14, 378),
        ("metaclip-2-worldwide-s16", 16, 224), ("metaclip-2-worldwide-b32", 32, 224),
        ("metaclip-2-worldwide-l14", 14, 224),
    ],
)  # fmt: skip
def test_patch_and_side_of_an_encoder(name: str, patch: int, side: int) -> None:
    view = vtok.layout(name, width=1000, height=1000).global_view
    assert (view.patch_size, *view.size) == (patch, side, side)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        # preprocessor_config.json of each, in pixels
        ("qvq-72b-preview", 3136, 12_845_056),
        ("ui-tars-7b-sft", 3136, 2_116_800),
        ("uground-v1-2b", 802_620, 1_806_336),
        ("olmocr-7b-0225-preview", 3136, 12_845_056),
    ],
)
def test_limits_of_fine_tunes_of_qwen2_vl(name: str, least: int, most: int) -> None:
    numbers = get(name).numbers()
    assert (numbers["min_pixels"][0], numbers["max_pixels"][0]) == (least, most)


def test_the_context_of_granite_vision_4_is_known_of_one_checkpoint() -> None:
    contexts = {preset.preset: preset.max_position_embeddings for preset in families.presets_of("granite4_vision")}
    assert contexts.pop("granite-4.0-3b-vision") == 131_072
    assert set(contexts.values()) <= {None}


def test_repositories_of_eva_clip() -> None:
    # the first seven are files of one repository, the others have one each
    repos = {preset.preset: preset.repo for preset in families.presets_of("eva_clip")}
    assert {name for name, repo in repos.items() if repo} == {"eva-clip-8b", "eva-clip-8b-448", "eva-clip-18b"}
    assert repos["eva-clip-18b"] == "BAAI/EVA-CLIP-18B"
