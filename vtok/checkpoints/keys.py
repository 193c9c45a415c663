"""What the keys of configs are called: those that say sizes, those that may, and those that do not."""

import re

COMMON_KEYS: dict[str, tuple[str, ...]] = {
    "size": ("image:size|square", "processor:size", "config:vision_config.size"),
    "crop_size": ("image:crop_size|square",),
    "patch_size": ("image:patch_size", "processor:patch_size", "config:vision_config.patch_size"),
    "merge_size": ("image:merge_size", "config:vision_config.spatial_merge_size"),
    "temporal_patch_size": ("image:temporal_patch_size", "video:temporal_patch_size"),
    "min_pixels": ("image:min_pixels", "image:size.shortest_edge"),
    "max_pixels": ("image:max_pixels", "image:size.longest_edge"),
    "video_min_pixels": ("video:min_pixels", "video:size.shortest_edge"),
    "video_max_pixels": ("video:max_pixels", "video:size.longest_edge"),
    "min_frames": ("video:min_frames",),
    "max_frames": ("video:max_frames",),
    "max_video_tokens": ("video:max_video_tokens",),
    "max_duration": ("video:max_duration",),
    "window_size": ("config:vision_config.window_size",),
    "fullatt_block_indexes": ("config:vision_config.fullatt_block_indexes",),
    "depth": ("config:vision_config.depth",),
    "tokens_per_second": ("config:vision_config.tokens_per_second",),
    "mrope_section": (
        "config:text_config.rope_parameters.mrope_section",
        "config:text_config.rope_scaling.mrope_section",
        "config:rope_parameters.mrope_section",
        "config:rope_scaling.mrope_section",
    ),
    "mrope_interleaved": (
        "config:text_config.rope_parameters.mrope_interleaved",
        "config:text_config.rope_scaling.mrope_interleaved",
        "config:rope_parameters.mrope_interleaved",
        "config:rope_scaling.mrope_interleaved",
    ),
    "max_position_embeddings": (
        "config:text_config.max_position_embeddings",
        "config:max_position_embeddings",
        "config:language_config.max_position_embeddings",
        "config:llm_config.max_position_embeddings",
    ),
    "resample": ("image:resample|filter",),
    "image_grid_pinpoints": ("image:image_grid_pinpoints", "config:image_grid_pinpoints"),
    "sample_fps": ("video:fps",),
    "sample_frames": ("video:num_frames",),
    "do_resize": ("image:do_resize",),
    "video_do_resize": ("video:do_resize",),
}
"""Where each field stands, in the form that `places.place` reads, the place that is written first. `config_keys` of a
family comes before this table. A field in neither stands under its own name in preprocessor_config.json,
processor_config.json or vision_config of config.json."""
PLAIN = frozenset((
    "_valid_processor_keys", "add_special_token", "apply_ocr", "aspect_ratio_setting", "audio_compression_rate",
    "audio_downsample_rate", "audio_feat_stride", "audio_ms_per_token", "audio_seq_length", "auto_map",
    "background_color", "chat_template", "chunk_length", "data_format", "default_to_square", "device",
    "disable_grouping", "dither", "do_center_crop", "do_convert_rgb", "do_flip_channel_order", "do_normalize", "do_pad",
    "do_pan_and_scan", "do_pooling", "do_rescale", "do_resize", "do_sample_frames", "dynamic_image_size",
    "end_of_img_token", "fake_image_token", "feature_extractor_type", "feature_size", "frame_length", "global_pool",
    "high_res_image_mean", "high_res_image_std", "high_res_resample", "hop_length", "ignore_id", "image_break_token",
    "image_end_token", "image_mean", "image_processor", "image_processor_type", "image_seq_length", "image_std",
    "image_token", "img_line_break_token", "img_patch_token", "input_data_format", "mask_pad_size", "mask_prompt",
    "mask_size", "model_input_names", "n_fft", "n_samples", "nb_max_frames", "norm_mean", "norm_std", "normalize",
    "num_additional_image_tokens", "num_image_tokens", "num_pooled_tokens", "pad_input", "pad_size", "pad_token",
    "padding_mode", "padding_side", "padding_value", "processor_class", "processor_type", "resample", "rescale_factor",
    "return_attention_mask", "return_metadata", "return_row_col_info", "return_tensors", "sampling_rate", "sft_format",
    "size_conversion", "split_image", "split_resolutions", "start_of_img_token", "tesseract_config",
    "tile_global_token", "tile_tag", "tile_token", "tokenizer", "use_default_system_prompt", "use_mean_pooling",
    "use_numpy_backend", "video_metadata", "video_processor", "video_processor_type", "video_sampling", "video_token",
    "vision_feature_select_strategy", "vision_segment_max_frames",
))  # fmt: skip
"""Keys of a preprocessor that say nothing about sizes, or are read in part."""

OF_VISION = re.compile(
    "(?:^|_)(?:pixels?|patch|tiles?|crop|pinpoints|resolutions?|image_size|aspect|frames?|fps|thumbnail|merge"
    "|downsample|shuffle|pool|pooling|window_size|slice|dynamic)(?:_|$)"
)
"""What keys of config.json are called that may bear on sizes; most of the others describe the networks."""
OF_OTHERS = re.compile(
    "text|llm|language|audio|feature_extractor|talker|token2wav|code2wav|quantization|id2label|label2id"
)
"""What the parts of config.json for words, sounds and classes are called."""
NOT_DONE = {
    "do_resize": "images are resized all the same",
    "do_center_crop": "the middle is cut out all the same",
    "do_pad": "images are padded all the same",
    "do_sample_frames": "frames are sampled all the same; --frames all takes every one",
}
"""Steps that a processor may leave out."""

SHARED_DEFAULTS: dict[str, dict[str, int]] = {
    **{
        f"{name}Config": {"max_position_embeddings": most}
        for name, most in {
            "Bart": 1024, "Cohere": 8192, "Cohere2": 8192, "DeepseekV2": 2048, "DeepseekV3": 4096, "Gemma": 8192,
            "Gemma2": 8192, "Gemma3Text": 131_072, "Lfm2": 128_000, "Llama": 2048, "Mistral": 131_072,
            "Mixtral": 131_072, "OPT": 2048, "Persimmon": 16_384, "Phi3": 4096, "Qwen2": 32_768, "Qwen3": 32_768,
            "Qwen3Moe": 32_768,
        }.items()
    },
    "CLIPVisionConfig": {"patch_size": 32},
    "PixtralVisionConfig": {"patch_size": 16},
    "SiglipVisionConfig": {"patch_size": 16},
}  # fmt: skip
"""The class defaults of language models and encoders that several families are built of (transformers 5.23)."""
