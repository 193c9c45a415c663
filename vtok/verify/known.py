"""What a processor of transformers needs beside a preset's numbers: special tokens, and the content of config files.

The special tokens are those of the published tokenizers, as the family files have them. A stand-in for the tokenizer
(`words.py`) makes one token of each, since only their number and order matter here.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Settings = Callable[[Any], dict[str, Any]]
"""From a preset to content of a config file."""


def _nothing(family: Any) -> dict[str, Any]:  # noqa: ARG001
    return {}


class Known(NamedTuple):
    """How the processor of a family is made and asked.

    `tokens` are special tokens by the tokenizer's attributes, `words` those without one. `parts` names classes of
    transformers by the argument that they are made for. Beside the preset's numbers, processor_config.json has
    `settings`, preprocessor_config.json `images` and video_preprocessor_config.json `videos`.

    `prompt` and `video_prompt` are the text that one image or video is given with, `{image}` and `{video}` being the
    processor's own placeholders; None where the processor writes all text itself. `call` and `video_call` are arguments
    of the call. `pad` and `video_pad` stand for each visual token, where that is not the placeholder. `processor` is
    the class of the processor, where transformers lists none for the model, `frames_processor` that of another one for
    videos, which takes their sampled frames as images; `text_type` the type of the language model, where the class of
    config.json asks for it. `image_as_video` says that the processor of videos takes images, too.
    `grid_of_tokens` says that upstream's grid counts tokens, not patches. `lone_metadata` says that the processor takes
    the facts of one video, in no list, and names the frames that they list.
    """

    tokens: Mapping[str, str] = {}
    words: tuple[str, ...] = ()
    settings: Settings = _nothing
    images: Settings = _nothing
    parts: Mapping[str, str] = {}
    prompt: str | None = "{image}"
    video_prompt: str = "{video}"
    call: Settings = _nothing
    videos: Settings = _nothing
    video_call: Settings = _nothing
    pad: str = ""
    video_pad: str = ""
    processor: str = ""
    frames_processor: str = ""
    image_as_video: bool = False
    text_type: str = ""
    grid_of_tokens: bool = False
    lone_metadata: bool = False


def between(start: str, end: str, *words: str, **others: Any) -> Known:
    """A family whose chat template writes one special token before each image and one after it."""
    return Known(
        words=(start, end, *words), prompt=f"{start}{{image}}{end}", video_prompt=f"{start}{{video}}{end}", **others
    )


def _numbers(*names: str, **others: Any) -> Settings:
    """These numbers of the preset under their own names, and others as they are."""
    return lambda family: {**{name: getattr(family, name) for name in names}, **others}


def _square(family: Any) -> dict[str, Any]:
    """The size of the preset for an image processor that would keep the aspect ratio otherwise."""
    return {"size": {"height": family.size, "width": family.size}}


def _video_class(name: str) -> Settings:
    """The class of the video processor, where transformers does not know it by the model."""
    return lambda _: {"video_processor_type": name}


def _squares(pattern: str, most: int) -> tuple[str, ...]:
    """The special tokens of tiles, by row and column."""
    return tuple(pattern.format(row, column) for row in range(1, most + 1) for column in range(1, most + 1))


_IMAGE = {"image_token": "<image>", "video_token": "<video>"}
_PIPED = {"image_token": "<|image|>", "video_token": "<|video|>"}
_PLAIN = Known(tokens=_IMAGE)
_QWEN = between(
    "<|vision_start|>", "<|vision_end|>",
    tokens={"image_token": "<|image_pad|>", "video_token": "<|video_pad|>"},
)  # fmt: skip
_GLM = between(
    "<|begin_of_image|>", "<|end_of_image|>", "<|begin_of_video|>", "<|end_of_video|>", tokens=_PIPED,
)._replace(video_prompt="<|begin_of_video|>{video}<|end_of_video|>", video_pad="<|image|>")  # fmt: skip
_CLIP = Known(
    tokens=_IMAGE,
    settings=_numbers("patch_size", vision_feature_select_strategy="default", num_additional_image_tokens=1),
)
_IDEFICS = Known(
    words=(
        "<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>",
        *_squares("<row_{}_col_{}>", 40),
    ),
    settings=_numbers("image_seq_len"),
    images=lambda family: {"max_image_size": {"longest_edge": family.max_image_size}},
    video_pad="<image>",
)  # fmt: skip
_MISTRAL = Known(
    words=("[IMG]", "[IMG_BREAK]", "[IMG_END]"),
    settings=lambda family: {"patch_size": family.patch_size, "spatial_merge_size": getattr(family, "merge_size", 1)},
)
_MINICPM = Known(
    tokens={
        "image_token": "<|image_pad|>", "video_token": "<|video_pad|>", "image_start_token": "<image>",
        "image_end_token": "</image>", "slice_start_token": "<slice>", "slice_end_token": "</slice>",
        "image_id_start_token": "<image_id>", "image_id_end_token": "</image_id>",
    },
)  # fmt: skip
_GEMMA3 = Known(
    tokens={"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"},
    call=lambda family: {"do_pan_and_scan": family.pan_and_scan},
    pad="<image_soft_token>",
)
_GEMMA4 = Known(
    tokens={
        "image_token": "<|image|>", "boi_token": "<|image>", "eoi_token": "<image|>",
        "audio_token": "<|audio|>", "boa_token": "<|audio>", "eoa_token": "<audio|>",
    },
    parts={"feature_extractor": "Gemma4AudioFeatureExtractor"},
)  # fmt: skip
_MUSE = Known(
    tokens={"image_token": "<|patch|>", "video_token": "<|video|>", "audio_token": "<|audio|>"},
    words=(
        "<|image_start|>", "<|image_end|>", "<|vid_start|>", "<|vid_end|>", "<|vid_frame_separator|>",
        "<|soft_audio_start|>", "<|soft_audio_end|>",
    ),
)  # fmt: skip
_QUERIES = Known(settings=_numbers("num_query_tokens"), prompt="")

KNOWN: dict[str, Known] = {
    "aria": Known(
        tokens={"image_token": "<|img|>"}, call=_numbers("max_image_size")
    ),
    "aya_vision": Known(
        words=("<image>", "<|START_OF_IMG|>", "<|END_OF_IMG|>", "<|IMG_PATCH|>", "<|IMG_LINE_BREAK|>"),
        settings=_numbers("patch_size", "img_size", downsample_factor=2),
        pad="<|IMG_PATCH|>",
    ),
    "blip_2": _QUERIES,
    "chameleon": Known(
        tokens={"image_token": "<image>", "boi_token": "<racm3:break>", "eoi_token": "<eoss>"},
        call=_numbers(return_for_text_completion=True),
    ),
    "colmodernvbert": _IDEFICS._replace(prompt="User:{image}Describe the image.<end_of_utterance>"),
    "colpali": Known(
        tokens={"image_token": "<image>"},
        images=lambda family: {"image_seq_length": (family.size // family.patch_size) ** 2, **_square(family)},
        prompt=None,
    ),
    "colqwen2": _QWEN._replace(prompt=None),
    "cohere2_vision": Known(
        tokens={
            "image_token": "<|IMG_PATCH|>", "boi_token": "<|START_OF_IMG|>", "eoi_token": "<|END_OF_IMG|>",
            "img_line_break_token": "<|IMG_LINE_BREAK|>",
        },
    ),
    "cohere_compass": between(
        "<|VISION_START|>", "<|VISION_END|>", tokens={"image_token": "<|IMAGE_PAD|>", "video_token": "<|VIDEO_PAD|>"},
    ),
    "cosmos3_edge": _QWEN._replace(call=_numbers(return_mm_token_type_ids=True)),
    "cosmos3_omni": _QWEN._replace(processor="Qwen3VLProcessor"),
    "deepseek_ocr2": Known(
        tokens=_IMAGE,
        call=lambda family: {"min_patches": family.min_crops, "max_patches": family.max_crops},
    ),
    "deepseek_vl": _PLAIN,
    "deepseek_vl_hybrid": _PLAIN,
    "diffusion_gemma": _GEMMA4._replace(processor="Gemma4Processor", videos=_video_class("Gemma4VideoProcessor")),
    "embedding_gemma2": _GEMMA4,
    "dots3_note": between(
        "<|img|>", "<|endofimg|>",
        tokens={"image_token": "<|imgpad|>", "video_token": "<|video_pad|>", "audio_token": "<|audio_comp_pad|>"},
        parts={"feature_extractor": "Dots3NoteFeatureExtractor"},
        videos=_numbers("patch_size"),
    ),
    "emu3": Known(
        tokens={
            "image_token": "<image>", "boi_token": "<|image start|>", "eoi_token": "<|image end|>",
            "image_wrapper_token": "<|image token|>", "eof_token": "<|extra_201|>",
        },
    ),
    "ernie4_5_vl_moe": between(
        "<|IMAGE_START|>", "<|IMAGE_END|>",
        tokens={
            "image_token": "<|IMAGE_PLACEHOLDER|>", "image_start_token": "<|IMAGE_START|>",
            "image_end_token": "<|IMAGE_END|>", "video_token": "<|VIDEO_PLACEHOLDER|>",
            "video_start_token": "<|VIDEO_START|>", "video_end_token": "<|VIDEO_END|>",
        },
        videos=_numbers(draw_on_frames=False),
    )._replace(video_prompt="<|VIDEO_START|>{video}<|VIDEO_END|>"),
    "exaone4_5": between(
        "<vision>", "</vision>", tokens={"image_token": "<|image_pad|>", "video_token": "<|video_pad|>"},
        text_type="exaone4", video_call=lambda family: {"fps": family.sample_fps},
    ),
    "fast_vlm": Known(
        tokens=_IMAGE, settings=_numbers("patch_size", num_additional_image_tokens=0), processor="LlavaProcessor"
    ),
    "florence2": Known(
        tokens=_IMAGE,
        settings=_numbers(num_additional_image_tokens=1),
        images=lambda family: {"image_seq_length": 577, "do_center_crop": False, **_square(family)},
        prompt="",
    ),
    "gemma3": _GEMMA3,
    "gemma3n": Known(
        tokens={
            "image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>",
            "audio_token": "<audio_soft_token>", "boa_token": "<start_of_audio>", "eoa_token": "<end_of_audio>",
        },
        images=_square,
        parts={"feature_extractor": "Gemma3nAudioFeatureExtractor"},
    ),
    "gemma4": _GEMMA4,
    "gemma4_unified": _GEMMA4._replace(parts={"feature_extractor": "Gemma4UnifiedAudioFeatureExtractor"}),
    "glm46v": _GLM,
    "glm5_next": _GLM,
    "glmga": _GLM._replace(processor="Glm46VProcessor"),
    "glm4v": _GLM,
    "glm_ocr": _GLM._replace(
        images=_numbers(image_processor_type="Glm46VImageProcessor"),
        videos=_numbers(video_processor_type="Glm46VVideoProcessor"),
        processor="Glm46VProcessor",
    ),
    "got_ocr2": Known(words=("<imgpad>", "<img>", "</img>"), prompt=None),
    "granite4_vision": Known(
        tokens=_IMAGE, settings=_numbers("patch_size", vision_feature_select_strategy="full"),
    ),
    "granite_docling": Known(
        tokens={"image_token": "<image>"}, words=_IDEFICS.words, settings=_numbers("image_seq_len"), images=_square,
    ),
    # Their names have a vertical line of full width and low bars.
    "hunyuan_vl": between(
        "<\uff5chy_place\u2581holder\u2581no\u2581100\uff5c>", "<\uff5chy_place\u2581holder\u2581no\u2581101\uff5c>",
        tokens={
            "image_token": "<\uff5chy_place\u2581holder\u2581no\u2581102\uff5c>",
            "image_start_token": "<\uff5chy_place\u2581holder\u2581no\u2581100\uff5c>",
            "image_end_token": "<\uff5chy_place\u2581holder\u2581no\u2581101\uff5c>",
        },
    ),
    "hyperclovax_vision_v2": between(
        "<|image_start|>", "<|image_end|>", "<|video_start|>", "<|video_end|>",
        tokens={"image_token": "<|IMAGE_PAD|>", "video_token": "<|VIDEO_PAD|>"},
        video_call=lambda family: {"fps": family.sample_fps},
    )._replace(video_prompt="<|video_start|>{video}<|video_end|>"),
    "idefics3": _IDEFICS,
    "inkling": Known(
        words=("<|unused_200054|>", "<|unused_200053|>", "<|content_image|>", "<|content_audio_input|>"),
        parts={"feature_extractor": "InklingFeatureExtractor"},
        images=lambda family: {"size": {"height": family.patch_size, "width": family.patch_size}},
        prompt="<|content_image|>{image}",
        processor="InklingProcessor",
    ),
    "inkling2": Known(
        words=("<|unused_200054|>",), images=_square, processor="Inkling2Processor", grid_of_tokens=True
    ),
    "instructblip": _QUERIES._replace(frames_processor="InstructBlipVideoProcessor", video_pad="<video>"),
    "internvl": Known(
        tokens={
            "context_image_token": "<IMG_CONTEXT>", "start_image_token": "<img>", "end_image_token": "</img>",
            "video_token": "<video>",
        },
        video_call=lambda family: {"num_frames": family.num_segments},
        pad="<IMG_CONTEXT>",
        video_pad="<IMG_CONTEXT>",
    ),
    "janus": Known(
        tokens={
            "image_token": "<image_placeholder>", "boi_token": "<begin_of_image>", "eoi_token": "<end_of_image>",
        },
    ),
    "kimi_k25": Known(
        tokens={"image_token": "<|media_pad|>", "video_token": "<|kimi_k25_video_placeholder|>"},
        words=("<|media_begin|>", "<|media_content|>", "<|media_end|>"),
        prompt="<|media_begin|>image<|media_content|>{image}<|media_end|>",
    ),
    "kosmos2_5": Known(
        tokens={"image_token": "<patch>", "boi_token": "<image>", "eoi_token": "</image>"},
        prompt="", call=_numbers("max_patches"),
    ),
    "lfm2_vl": Known(
        tokens={
            "image_token": "<image>", "image_start_token": "<|image_start|>", "image_end_token": "<|image_end|>",
            "image_thumbnail_token": "<|img_thumbnail|>",
        },
        words=_squares("<|img_row_{}_col_{}|>", 10),
    ),
    "lighton_ocr": Known(
        tokens={
            "image_token": "<|image_pad|>", "image_break_token": "<|vision_pad|>", "image_end_token": "<|vision_end|>",
        },
        settings=lambda family: {"patch_size": family.patch_size, "spatial_merge_size": family.merge_size},
    ),
    "lfm3_vl": _QWEN._replace(prompt="{image}", video_prompt="{video}"),
    "llama4": Known(
        words=(
            "<|image|>", "<|image_start|>", "<|image_end|>", "<|patch|>", "<|tile_x_separator|>",
            "<|tile_y_separator|>",
        ),
        settings=_numbers("patch_size", pixel_shuffle_ratio=0.5),
        pad="<|patch|>",
    ),
    "llava": _CLIP,
    "llava_next": _CLIP,
    "llava_next_video": _CLIP,
    "llava_onevision": Known(
        tokens=_IMAGE,
        settings=lambda family: {
            "num_image_tokens": 729, "vision_feature_select_strategy": "full",
            "vision_aspect_ratio": f"anyres_max_{family.max_num_patches}",
        },
    ),
    "minicpm_ocr": _MINICPM,
    "minicpmv4_6": _MINICPM,
    "minicpmv4_7": _MINICPM,
    "minimax_m3_vl": Known(
        tokens={"image_token": "]<]image[>[", "video_token": "]<]video[>["},
        words=("]<]start of image[>[", "]<]end of image[>["),
        video_call=_numbers(do_resize=True),
    ),
    "mistral3": _MISTRAL,
    "mllama": Known(tokens={"image_token": "<|image|>"}, pad="none"),
    "idefics2": Known(
        words=("<fake_token_around_image>", "<image>", "<end_of_utterance>"), settings=_numbers("image_seq_len")
    ),
    "modernvbert": _IDEFICS._replace(processor="Idefics3Processor"),
    "molmo2": Known(
        tokens=_PIPED,
        words=(
            "<im_patch>", "<im_col>", "<im_start>", "<low_res_im_start>", "<frame_start>", "<im_end>", "<frame_end>",
            "<im_low>",
        ),
        settings=_numbers("use_frame_special_tokens", use_single_crop_col_tokens=False),
        images=lambda family: {"pooling_size": [family.pooling_size] * 2},
        videos=lambda family: {"pooling_size": [family.video_pooling_size] * 2},
        pad="<im_patch>",
        video_pad="<im_patch>",
    ),
    "nemotron_h_omni": Known(
        tokens={
            "image_token": "<image>", "video_token": "<video>", "image_start_token": "<img>",
            "image_end_token": "</img>", "audio_token": "<so_embedding>",
        },
        parts={"feature_extractor": "ParakeetFeatureExtractor"},
        videos=lambda _: {"norm_mean": [0.5] * 3, "norm_std": [0.5] * 3},
        video_pad="<image>",
        lone_metadata=True,
    ),
    "muse_glimmer": _MUSE,
    "muse_spark": _MUSE._replace(parts={"feature_extractor": "MuseSparkFeatureExtractor"}),
    "ovis2": Known(
        tokens={"image_token": "<image>"},
        words=("<IMG_ATOM>", "<IMG_START>", "<IMG_GRID>", "<IMG_COL>", "<IMG_ROW>", "<IMG_END>"),
        pad="<IMG_ATOM>",
    ),
    "paddleocr_vl": between("<|IMAGE_START|>", "<|IMAGE_END|>", tokens={"image_token": "<|IMAGE_PLACEHOLDER|>"}),
    "paligemma": Known(
        tokens={"image_token": "<image>"},
        images=lambda family: {"image_seq_length": (family.size // family.patch_size) ** 2, **_square(family)},
        prompt="",
    ),
    "perception_lm": Known(tokens=_PIPED, settings=_numbers("patch_size", pooling_ratio=2)),
    "phi4_multimodal": Known(
        tokens={"image_token": "<|endoftext10\uff5c>", "audio_token": "<|endoftext11|>"},
        parts={"audio_processor": "Phi4MultimodalFeatureExtractor"},
    ),
    "pixtral": _MISTRAL,
    "qianfan_ocr": Known(
        tokens={
            "context_image_token": "<IMG_CONTEXT>", "start_image_token": "<img>", "end_image_token": "</img>",
        },
        words=("<image>",), prompt="<image>", pad="<IMG_CONTEXT>",
    ),
    "qwen2_5_omni": between(
        "<|vision_bos|>", "<|vision_eos|>",
        tokens={
            "image_token": "<|IMAGE|>", "video_token": "<|VIDEO|>", "audio_token": "<|AUDIO|>",
            "vision_bos_token": "<|vision_bos|>", "vision_eos_token": "<|vision_eos|>",
            "audio_bos_token": "<|audio_bos|>", "audio_eos_token": "<|audio_eos|>",
        },
        parts={"feature_extractor": "WhisperFeatureExtractor"},
    ),
    "qwen2_5_vl": _QWEN,
    "qwen2_vl": _QWEN,
    "qwen3_5": _QWEN,
    "qwen3_omni_moe": between(
        "<|vision_start|>", "<|vision_end|>",
        tokens={
            "image_token": "<|image_pad|>", "video_token": "<|video_pad|>", "audio_token": "<|audio_pad|>",
            "vision_bos_token": "<|vision_start|>", "vision_eos_token": "<|vision_end|>",
            "audio_bos_token": "<|audio_start|>", "audio_eos_token": "<|audio_end|>",
        },
        parts={"feature_extractor": "WhisperFeatureExtractor"},
        video_call=lambda family: {"fps": family.sample_fps},
    ),
    "qwen3_vl": _QWEN,
    "qwen4_exp": _QWEN,
    "shieldgemma2": _GEMMA3._replace(
        settings=lambda _: {"chat_template": "{% for message in messages %}<start_of_image>{% endfor %}"},
        prompt=None,
        call=lambda _: {"policies": ["dangerous"]},
    ),
    "smolvlm": _IDEFICS,
    "t5gemma2": _GEMMA3._replace(processor="Gemma3Processor"),
    "unlimited_ocr": Known(tokens={"image_token": "<image>"}),
    "step3p7": Known(
        words=("<im_patch>", "<patch_start>", "<patch_end>", "<patch_newline>", "<im_start>", "<im_end>"),
        images=lambda family: {"size": {"height": family.image_size, "width": family.image_size}},
    ),
    "video_llama_3": _PLAIN,
    "video_llava": _CLIP._replace(
        video_call=lambda family: {"num_frames": family.sample_frames},
        videos=lambda _: {"video_processor_type": "VideoLlavaVideoProcessor"},
    ),
    "vipllava": _CLIP,
    "vjepa2": Known(image_as_video=True),
}  # fmt: skip
"""By the family's file. A family without an entry has no text: it is a plain encoder."""
