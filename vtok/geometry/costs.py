"""The cost of attention and of matrices: pairs, multiply-adds, numbers in a cache.

A multiply-add is one multiplication with one addition, half of what is often called two FLOPs. Norms, activations,
softmax, biases and rotations are not counted: they grow with the states and not with their square or with the width's.
A matrix of a x b costs a * b for each vector (Kaplan et al., arXiv 2001.08361, section 2.1, counts these as C_forward /
2). A pair of a query and a key costs 2 * width over all heads: once for the score, once for the value.
"""

from collections.abc import Iterable


def full_pairs(lengths: Iterable[int]) -> int:
    """Pairs of a layer in which each sequence of these lengths attends to itself in full: the sum of squares."""
    return sum(length * length for length in lengths)


def padded_window_pairs(height: int, width: int, side: int) -> int:
    """Pairs of a layer that pads a grid to whole windows of side x side and attends within each, padding included.

    Source: transformers 5.23, models/sam/modeling_sam.py, SamVisionLayer.window_partition.
    """
    windows = -(-height // side) * -(-width // side)
    return windows * side**4


def causal_pairs(length: int) -> int:
    """Pairs of a causal layer: each position attends to itself and to all before."""
    return length * (length + 1) // 2


def sliding_pairs(length: int, window: int) -> int:
    """Pairs of a causal layer in which a position attends to the last `window` positions, itself included.

    Source: transformers 5.23, masking_utils.py, sliding_window_overlay (kv_idx > q_idx - sliding_window).
    """
    short = min(length, window)
    return causal_pairs(short) + (length - short) * short


def chunked_pairs(length: int, chunk: int) -> int:
    """Pairs of a causal layer that attends within chunks of that many positions.

    Source: transformers 5.23, masking_utils.py, chunked_overlay.
    """
    whole, rest = divmod(length, chunk)
    return whole * causal_pairs(chunk) + causal_pairs(rest)


def attention_matrices(width: int, heads: int, kv_heads: int, head_dim: int, query_parts: int = 1) -> int:
    """Multiply-adds of one state in the four projections of grouped-query attention: queries, keys, values, output.

    Source: transformers 5.23, models/llama/modeling_llama.py, LlamaAttention; arXiv 2305.13245.
    """
    return width * head_dim * (query_parts * heads + 2 * kv_heads + heads)


def latent_matrices(
    width: int, heads: int, *, query_rank: int | None, kv_rank: int, nope: int, rope: int, value: int
) -> int:
    """Multiply-adds of one state in the projections of latent attention, as they run in a prefill.

    Keys and values of all heads are made of the latent vector. Source: transformers 5.23,
    models/deepseek_v2/modeling_deepseek_v2.py, DeepseekV2Attention; arXiv 2405.04434, section 2.1.
    """
    query = heads * (nope + rope)
    queries = width * query if query_rank is None else (width + query) * query_rank
    return queries + width * (kv_rank + rope) + kv_rank * heads * (nope + value) + heads * value * width


def delta_net_matrices(width: int, *, key_heads: int, value_heads: int, key_dim: int, value_dim: int) -> int:
    """Multiply-adds of one state in the projections of a gated delta net.

    Source: transformers 5.23, models/qwen3_5/modeling_qwen3_5.py, Qwen3_5GatedDeltaNet: in_proj_qkv, in_proj_z,
    in_proj_a, in_proj_b, out_proj.
    """
    keys, values = key_heads * key_dim, value_heads * value_dim
    return width * (2 * keys + 2 * values + 2 * value_heads) + values * width


def delta_net_state(*, value_heads: int, key_dim: int, value_dim: int) -> int:
    """Multiply-adds of one state in the recurrence of a gated delta net: two readings and one update of its state.

    Source: transformers 5.23, models/qwen3_5/modeling_qwen3_5.py, torch_recurrent_gated_delta_rule.
    """
    return 3 * value_heads * key_dim * value_dim


def mlp_matrices(width: int, inner: int, matrices: int) -> int:
    """Multiply-adds of one state in an MLP of 2 matrices, or of 3 where it is gated (arXiv 2002.05202)."""
    return matrices * width * inner


def bytes_of(numbers: int, bits: int) -> int:
    """The bytes of that many numbers of that many bits, rounded up to a whole byte."""
    return -(-numbers * bits // 8)
