"""The language model in a config.json: widths, heads and layers, under the names that families have for them."""

from vtok.networks import Experts, LanguageModel, Latent, LayerKind, Recurrent
from vtok.tracing.sections import Section

KINDS: dict[str, LayerKind] = {
    "full_attention": "full",
    "attention": "full",
    "sliding_attention": "sliding",
    "chunked_attention": "chunked",
    "linear_attention": "linear",
    "conv": "conv",
    "minimax_m3_sparse": "full",
}
TWO_MATRICES = ("opt", "bart", "persimmon", "kosmos_2_text_model", "blip_text_model", "bert")
"""Types whose MLP has no gate. T5 1.1 has one."""

UNCOUNTED = {
    "gemma4_text": "embeddings of each layer, and MLPs beside experts",
    "minimax_m3_vl_text": "the index of its sparse attention",
}
"""What work of a type the formulas leave out."""


def language_model(config: Section) -> LanguageModel | None:
    """The language model, or None where the config has no number of one.

    A config without a part for it keeps its numbers at the top (Qwen2-VL, Qwen2.5-VL, MiniCPM-V, Phi-4).
    """
    part = config.text()
    if part.kind in ("t5", "bart"):
        return _encoder_decoder(part)
    width = part.whole("hidden_size", "n_embed", "d_model", "embed_dim")
    heads = part.whole("num_attention_heads", "attention_heads", "n_heads")
    if width is None and heads is None:
        return None
    depth = part.whole("num_hidden_layers", "layers", "n_layers")
    model = LanguageModel(
        kind=part.kind,
        width=width,
        depth=depth,
        heads=heads,
        kv_heads=part.whole("num_key_value_heads", "n_kv_heads") or heads,
        head_dim=part.whole("head_dim") or (width // heads if width and heads else None),
        mlp_width=part.whole("intermediate_size", "ffn_dim", "ffn_hidden_size"),
        matrices=2 if part.kind in TWO_MATRICES else 3,
        vocabulary=part.whole("vocab_size"),
        latent=_latent(part),
        experts=_experts(part, depth),
        recurrent=_recurrent(part),
        query_parts=2 if part.kind.startswith("qwen3_5") else 1,
        shared_kv_layers=part.whole("num_kv_shared_layers") or 0,
        global_kv_heads=part.whole("num_global_key_value_heads"),
        global_head_dim=part.whole("global_head_dim"),
        uncounted=UNCOUNTED.get(part.kind, ""),
    )
    model = _special(part, model)
    return _with_kinds(part, model)


def _encoder_decoder(part: Section) -> LanguageModel:
    """T5 and BART: the prompt goes through the encoder, and the decoder reads it by cross-attention."""
    heads = part.whole("num_heads", "encoder_attention_heads")
    width = part.whole("d_model")
    depth = part.whole("num_layers", "encoder_layers")
    return LanguageModel(
        kind=part.kind,
        width=width,
        depth=depth,
        heads=heads,
        kv_heads=heads,
        head_dim=part.whole("d_kv") or (width // heads if width and heads else None),
        mlp_width=part.whole("d_ff", "encoder_ffn_dim"),
        matrices=3 if part.kind == "t5" else 2,
        vocabulary=part.whole("vocab_size"),
        causal=False,
        decoder_depth=part.whole("num_decoder_layers", "decoder_layers") or depth,
    )


def _latent(part: Section) -> Latent | None:
    rank, nope, rope = (part.whole(name) for name in ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim"))
    value = part.whole("v_head_dim")
    if not rank or not nope or not rope or not value or part.content.get("use_mla") is False:
        return None
    return Latent(kv_rank=rank, query_rank=part.whole("q_lora_rank"), nope=nope, rope=rope, value=value)


def _experts(part: Section, depth: int | None) -> Experts | None:
    """The mixture of experts. A list of two numbers (ERNIE) is for text and for images; images take the second."""
    count = _of_images(part, "n_routed_experts", "num_experts", "num_local_experts", "moe_num_experts")
    taken = part.whole("num_experts_per_tok", "moe_k", "top_k_experts")
    width = _of_images(part, "moe_intermediate_size", "expert_intermediate_size")
    width = part.whole("intermediate_size") if width is None and part.kind.startswith("llama4") else width
    if not count or not taken or not width or depth is None:
        return None
    shared = (part.whole("n_shared_experts", "moe_num_shared_experts") or 0) * _text_width(part, width)
    shared = part.whole("shared_expert_intermediate_size") or shared
    if part.kind.startswith("llama4"):
        shared = width
    return Experts(count, taken, width, shared, _dense(part, depth))


def _of_images(part: Section, *names: str) -> int | None:
    values = part.wholes(*names)
    return values[-1] if values else None


def _text_width(part: Section, width: int) -> int:
    """The width of one shared expert: that of the experts for text, which ERNIE lists first."""
    values = part.wholes("moe_intermediate_size")
    return values[0] if values else width


def _dense(part: Section, depth: int) -> tuple[int, ...]:
    """The layers with one MLP instead of experts."""
    first = part.whole("first_k_dense_replace")
    if first is None:
        starts = part.wholes("moe_layer_start_index")
        first = starts[-1] if starts else 0
    dense = set(range(min(first, depth))) | set(part.wholes("mlp_only_layers") or ())
    step = part.whole("interleave_moe_layer_step", "decoder_sparse_step") or 1
    dense |= {layer for layer in range(depth) if (layer + 1) % step}
    return tuple(sorted(dense))


def _recurrent(part: Section) -> Recurrent | None:
    names = ("linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim", "linear_value_head_dim")
    numbers = [part.whole(name) for name in names]
    return Recurrent(*(number for number in numbers if number)) if all(numbers) else None


def _special(part: Section, model: LanguageModel) -> LanguageModel:
    """What single families write in other ways."""
    if part.kind == "llama4_text" and model.experts:
        model = model._replace(mlp_width=part.whole("intermediate_size_mlp"))
    if model.latent:
        model = model._replace(head_dim=model.latent.nope + model.latent.rope)
    if part.kind == "qwen" and model.mlp_width:  # the first Qwen's intermediate_size counts its two ways up together
        model = model._replace(mlp_width=model.mlp_width // 2)
    if part.kind == "lfm2":
        model = model._replace(mlp_width=_lfm2_width(part))
    if part.kind == "gemma4_text" and not part.flag("attention_k_eq_v"):
        model = model._replace(global_kv_heads=None)
    return model


def _lfm2_width(part: Section) -> int | None:
    """The width of LFM2's MLP, which its config gives before a rounding.

    Source: transformers 5.23, models/lfm2/modeling_lfm2.py, Lfm2MLP; configuration_lfm2.py reads block_ff_dim.
    """
    width = part.whole("block_ff_dim", "intermediate_size")
    if width is None or part.value("block_auto_adjust_ff_dim") is not True:
        return width
    scaled = int((part.real("block_ffn_dim_multiplier") or 1.0) * int(2 * width / 3))
    multiple = part.whole("block_multiple_of") or 1
    return multiple * -(-scaled // multiple)


def _with_kinds(part: Section, model: LanguageModel) -> LanguageModel:
    """The model with the kind of each layer, and the window of those that have one."""
    depth = model.depth or 0
    kinds: list[LayerKind] = [KINDS.get(word, "full") for word in part.words("layer_types")]
    window = part.whole("sliding_window")
    if not kinds:
        kinds = _derived_kinds(part, depth, window)
    cross = part.wholes("cross_attention_layers") or ()
    if cross:
        kinds = ["cross" if layer in cross else "full" for layer in range(depth)]
    if "chunked" in kinds:
        window = part.whole("attention_chunk_size")
    if len(set(kinds)) < 2 and set(kinds) <= {"full"}:
        return model
    limited = {"sliding", "chunked"} & set(kinds)
    return model._replace(layer_kinds=tuple(kinds[:depth]), window=window if limited else None)


def _derived_kinds(part: Section, depth: int, window: int | None) -> list[LayerKind]:
    """The kinds of layers that configs without layer_types describe by a pattern.

    Source: transformers 5.23, the __post_init__ of Gemma3TextConfig (every 6th layer is full), Qwen2Config (windows
    from max_window_layers on, if use_sliding_window), Llama4TextConfig (every 4th layer is full), Lfm2Config
    (full_attn_idxs), Qwen3_5TextConfig (full_attention_interval), Gemma2Config, Cohere2Config (sliding_window_pattern).
    """
    full = part.wholes("full_attn_idxs")
    if full is not None:
        return ["full" if layer in full else "conv" for layer in range(depth)]
    pattern = {"gemma3_text": 6, "gemma2": 2, "cohere2": 4, "llama4_text": 4, "gemma4_text": 6}.get(part.kind)
    if part.kind.startswith("qwen3_5"):
        every = part.whole("full_attention_interval") or 4
        return ["full" if (layer + 1) % every == 0 else "linear" for layer in range(depth)]
    if pattern:
        every = part.whole("sliding_window_pattern") or pattern
        other: LayerKind = "chunked" if part.kind == "llama4_text" else "sliding"
        return ["full" if (layer + 1) % every == 0 else other for layer in range(depth)]
    if part.kind.startswith("qwen2"):
        first = part.whole("max_window_layers") if part.flag("use_sliding_window") and window else None
        return [] if first is None else ["sliding" if layer >= first else "full" for layer in range(depth)]
    if part.kind in ("mistral", "mixtral") and window:
        return ["sliding"] * depth
    return []
