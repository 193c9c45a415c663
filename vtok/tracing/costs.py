"""The cost of one input: encoders, connector, the language model's prefill, and bytes.

The prefill is that of the input's prompt tokens alone, without text: special tokens around the image count, the chat
template does not. The last matrix, which makes words of states, is left out, since a prefill needs it once.
"""

from collections.abc import Iterator

from vtok.errors import UsageError, did_you_mean
from vtok.geometry.costs import (
    attention_matrices,
    bytes_of,
    causal_pairs,
    chunked_pairs,
    delta_net_matrices,
    delta_net_state,
    full_pairs,
    latent_matrices,
    mlp_matrices,
    padded_window_pairs,
    sliding_pairs,
)
from vtok.geometry.windows import partition
from vtok.networks import (
    Architecture,
    Connector,
    Cost,
    Encoder,
    EncoderCost,
    LanguageCost,
    LanguageModel,
    LayerKind,
    Shape,
    Unit,
)
from vtok.values import Layout, View

BITS = {"fp32": 32, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "int4": 4}
"""The bits of a number in each dtype, without the scales of quantised ones."""


def bits_of(dtype: str) -> int:
    """The bits of a dtype. Raises UsageError for one that is not known."""
    if dtype not in BITS:
        known = f"there are {', '.join(BITS)}"
        raise UsageError(f"unknown dtype {dtype!r}; {did_you_mean(dtype, BITS, known)}")
    return BITS[dtype]


def cost_of(layout: Layout, networks: Architecture | None, dtype: str, pixels: tuple[Shape, ...] = ()) -> Cost:
    """What this input costs; numbers that need unknown networks are None. `pixels` are the shapes of its tensors.

    Raises UsageError for a dtype that is not known.
    """
    bits = bits_of(dtype)
    values = sum(_product(shape) for shape in pixels)
    pixel_bytes = bytes_of(values, bits) if pixels else None
    if networks is None:
        return Cost(dtype, (), None, None, pixel_bytes, None, None)
    language, connector = networks.language, networks.connector
    width = language.width if language else connector.width_out if connector else networks.encoders[0].width
    cache = cache_numbers(layout, language) if language else None
    return Cost(
        dtype=dtype,
        encoders=tuple(encoder_cost(layout, encoder) for encoder in networks.encoders),
        connector=connector_cost(layout, networks) if connector else 0,
        language=language_cost(layout, language) if language else None,
        pixel_values=pixel_bytes,
        embeddings=bytes_of(positions(layout) * width, bits) if width else None,
        kv_cache=None if cache is None else bytes_of(cache, bits),
    )


def _product(shape: Shape) -> int:
    product = 1
    for side in shape:
        product *= side
    return product


def positions(layout: Layout) -> int:
    """The positions that hold a visual embedding, in the prompt, in a memory for cross-attention or in an output."""
    return sum(span.tokens for span in layout.sink("prompt", "cross", "output"))


def features(layout: Layout) -> int:
    """The tokens that hold features of patches or queries: no learned newline, separator or class state."""
    return sum(span.count for span in layout.sink("prompt", "cross", "output") if span.kind in ("vision", "query"))


def views_of(layout: Layout, encoder: Encoder) -> tuple[View, ...]:
    """The views that an encoder sees."""
    return tuple(view for view in layout.views if view.encoder == encoder.encoder)


def units(layout: Layout, networks: Architecture) -> dict[Unit, int]:
    """How many there are of what a connector's layers are applied to."""
    views = layout.main_views
    states = networks.encoders[0].states if networks.encoders else 0
    of_video = features(layout) if layout.media.is_video else layout.patches
    queries = [span for span in layout.sink("prompt") if span.kind == "query"] if layout.media.is_video else []
    return {
        "view": len(queries) or len(views),  # the queries of a pack of frames are one query span
        "patch": layout.patches,
        "state": layout.patches + states * sum(view.grid[0] for view in views),
        "token": features(layout),
        "position": positions(layout),
        "pooled": of_video,
    }


def connector_cost(layout: Layout, networks: Architecture) -> int | None:
    """The multiply-adds of the connector, or None where it is not known."""
    connector = networks.connector or Connector("")
    if not connector.layers:
        return None
    counts = units(layout, networks)
    return sum(layer.multiply_adds * counts[layer.per] for layer in connector.layers)


def lengths(layout: Layout, encoder: Encoder) -> list[int]:
    """The states that attend together in a full layer, for each such group."""
    views, extra = views_of(layout, encoder), encoder.states
    if encoder.joint == "all":
        return [layout.cross_attention_tokens or sum(view.patches + extra for view in views)]
    if encoder.joint == "view":
        return [view.patches + extra for view in views]
    return [view.grid[1] * view.grid[2] + extra for view in views for _ in range(view.grid[0])]


def encoded_views(layout: Layout, encoder: Encoder) -> int:
    """The images that an encoder computes: views and their temporal steps, with the black tiles of Llama 3.2 Vision."""
    views = views_of(layout, encoder)
    if encoder.joint == "all" and views and layout.cross_attention_tokens:
        return layout.cross_attention_tokens // (views[0].patches + encoder.states)
    return sum(view.grid[0] for view in views)


def encoder_cost(layout: Layout, encoder: Encoder) -> EncoderCost:
    """Pairs and multiply-adds of an encoder over all its views.

    A layer costs 4 matrices of width x width and an MLP for each state, and 2 x width for each pair. Windowed layers of
    SAM also project the padding of their windows. Source: transformers 5.23, models/qwen2_5_vl, models/siglip and
    models/sam.
    """
    views = views_of(layout, encoder)
    if not views or encoder.width is None or not encoder.plain:
        return EncoderCost(encoder.encoder, None, None, None, None)
    groups = lengths(layout, encoder)
    full, windowed = full_pairs(groups), window_pairs(views, encoder)
    depth, width, inner = encoder.depth, encoder.width, encoder.mlp_width
    if depth is None:
        return EncoderCost(encoder.encoder, full, windowed, None, None)
    narrow = encoder.windowed_layers
    pairs = (depth - narrow) * full + narrow * (windowed or 0)
    if width is None or inner is None or encoder.patch_values is None:
        return EncoderCost(encoder.encoder, full, windowed, pairs, None)
    states = sum(groups)
    projected = depth * states + narrow * (_padding(views, encoder))
    patches = states - encoder.states * (len(groups) if encoder.joint != "all" else encoded_views(layout, encoder))
    embedded = patches * encoder.patch_values * width
    matrices = projected * 4 * width * width + depth * states * mlp_matrices(width, inner, encoder.matrices)
    return EncoderCost(encoder.encoder, full, windowed, pairs, embedded + matrices + 2 * width * pairs)


def window_pairs(views: tuple[View, ...], encoder: Encoder) -> int | None:
    """Pairs of a windowed layer, or None for an encoder without windows."""
    side = encoder.window
    if encoder.full_layers is None or not side:
        return None
    if encoder.padded_windows:
        return sum(v.grid[0] * padded_window_pairs(v.grid[1], v.grid[2], side) for v in views)
    merge = views[0].merge_size
    return partition([view.grid for view in views], merge_size=merge, side=side // merge).pairs_windowed


def _padding(views: tuple[View, ...], encoder: Encoder) -> int:
    """The states that padding adds to the windows of a layer."""
    side = encoder.window
    if not encoder.padded_windows or not side:
        return 0
    return sum(v.grid[0] * (-(-v.grid[1] // side) * -(-v.grid[2] // side) * side * side) - v.patches for v in views)


def language_cost(layout: Layout, model: LanguageModel) -> LanguageCost:
    """Pairs and multiply-adds of the prefill of this input's prompt tokens alone."""
    length = sum(span.positions for span in layout.sink("prompt"))
    depth, width, heads, head_dim = model.depth, model.width, model.heads, model.head_dim
    if not depth or not width or not heads or not head_dim:
        return LanguageCost(length, None, None)
    pairs = [pairs_of(layout, model, kind, length) for kind in model.kinds]
    work = _work(layout, model, pairs, length)
    return LanguageCost(length, sum(pairs), work)


def pairs_of(layout: Layout, model: LanguageModel, kind: LayerKind, length: int) -> int:
    """Pairs of one layer of that kind."""
    if kind in ("linear", "conv"):
        return 0
    if kind == "cross":
        return length * layout.cross_attention_tokens
    if model.decoder_depth:
        return length * length
    window = model.window or length
    if kind == "chunked":
        return chunked_pairs(length, window)
    pairs = sliding_pairs(length, window) if kind == "sliding" else causal_pairs(length)
    return pairs + (0 if model.causal else _later_pairs(layout))


def _later_pairs(layout: Layout) -> int:
    """Pairs in which a token of an image attends to a later one of the same image.

    Source: transformers 5.23, masking_utils.py, blockwise_overlay; models/gemma3/modeling_gemma3.py.
    """
    return sum(causal_pairs(span.count) - span.count for span in layout.sink("prompt") if span.kind == "vision")


def _work(layout: Layout, model: LanguageModel, pairs: list[int], length: int) -> int | None:
    """The multiply-adds of all layers, or None where the config does not tell them."""
    if model.uncounted or not model.width or not model.heads or not model.head_dim:
        return None
    work = 0
    for layer, kind in enumerate(model.kinds):
        inner, mixing = mlp_work(model, layer), mixing_work(model, kind)
        if inner is None or mixing is None:
            return None
        work += length * (inner + mixing + _state_work(model, kind)) + pairs[layer] * _pair_work(model, kind)
        if kind == "cross":
            work += layout.cross_attention_tokens * model.width * 2 * _kv(model, kind)
    return work + (model.decoder_depth or 0) * length * model.width * 2 * _kv(model, "full")


def _pair_work(model: LanguageModel, kind: LayerKind) -> int:
    """The multiply-adds of one pair: its score, and its share of the values, in all heads."""
    heads = model.heads or 0
    if model.latent:
        return heads * (model.latent.nope + model.latent.rope + model.latent.value)
    return 2 * heads * _head_dim(model, kind)


def _state_work(model: LanguageModel, kind: LayerKind) -> int:
    """The multiply-adds of one position in the recurrence of a layer that has one."""
    net = model.recurrent
    if kind != "linear" or net is None:
        return 0
    return delta_net_state(value_heads=net.value_heads, key_dim=net.key_dim, value_dim=net.value_dim)


def _head_dim(model: LanguageModel, kind: LayerKind) -> int:
    dim = model.global_head_dim if kind == "full" and model.layer_kinds else None
    return dim or model.head_dim or 0


def _kv(model: LanguageModel, kind: LayerKind) -> int:
    """The numbers of the keys, and as many of the values, of one position in a layer."""
    heads = model.global_kv_heads if kind == "full" and model.layer_kinds else None
    return (heads or model.kv_heads or model.heads or 0) * _head_dim(model, kind)


def mixing_work(model: LanguageModel, kind: LayerKind) -> int | None:
    """The multiply-adds of one position in the projections of a layer's mixing; None where they are not known."""
    width, heads, head_dim = model.width or 0, model.heads or 0, _head_dim(model, kind)
    if kind == "conv":
        return 4 * width * width  # transformers 5.23, Lfm2ShortConv: in_proj to three times the width, out_proj
    if kind == "linear":
        return delta_net_matrices(width, **model.recurrent._asdict()) if model.recurrent else None
    if kind == "cross":
        return 2 * width * heads * head_dim
    if model.latent:
        kv_rank, query_rank, nope, rope, value = model.latent
        return latent_matrices(width, heads, query_rank=query_rank, kv_rank=kv_rank, nope=nope, rope=rope, value=value)
    return attention_matrices(width, heads, _kv(model, kind) // head_dim, head_dim, model.query_parts)


def mlp_work(model: LanguageModel, layer: int) -> int | None:
    """The multiply-adds of one position in a layer's MLP: of the experts that it takes, and of their router."""
    width, experts = model.width or 0, model.experts
    if experts is None or layer in experts.dense_layers:
        return mlp_matrices(width, model.mlp_width, model.matrices) if model.mlp_width else None
    inner = experts.per_token * experts.width + experts.shared_width
    return mlp_matrices(width, inner, model.matrices) + width * experts.total


def cache_numbers(layout: Layout, model: LanguageModel) -> int | None:
    """The numbers that the cache holds after the prefill of this input's prompt tokens; None where unknown.

    A layer keeps keys and values of its KV heads (grouped-query attention), of the last `window` positions where it
    slides, and none where it takes those of a layer before. Under MLA it keeps the latent vector and the rotated part
    of the key, as engines do (vLLM 0.25, SGLang); transformers itself expands them. Cross layers keep those of the
    memory.
    """
    if not model.depth or not model.kv_heads or not model.head_dim:
        return None
    return sum(_layer_numbers(layout, model))


def _layer_numbers(layout: Layout, model: LanguageModel) -> Iterator[int]:
    length = sum(span.positions for span in layout.sink("prompt"))
    if model.decoder_depth:
        yield model.decoder_depth * length * 2 * _kv(model, "full")
        return
    for kind in model.kinds[: (model.depth or 0) - model.shared_kv_layers]:
        kept = min(length, model.window or length) if kind in ("sliding", "chunked") else length
        if kind == "cross":
            yield layout.cross_attention_tokens * 2 * _kv(model, kind)
        elif kind in ("linear", "conv"):
            yield 0
        elif model.latent:
            yield kept * (model.latent.kv_rank + model.latent.rope)
        else:
            yield kept * 2 * _kv(model, kind)
