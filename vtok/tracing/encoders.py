"""The vision encoders in a config.json, under the names that the families have for their numbers."""

from typing import Any

from vtok.networks import Encoder
from vtok.tracing.sections import Section

GATED = (
    "qwen2_5_vl", "qwen2_5_vl_vision", "qwen2_5_omni_vision_encoder", "glm4v", "glm4v_vision", "glm4v_moe",
    "glm4v_moe_vision", "pixtral", "ovis2_vision", "gemma4_vision",
)  # fmt: skip
"""Types whose MLP has three matrices: a gate beside the way up."""

WITH_CLASS_STATE = (
    "clip_vision_model", "internvl_vision", "intern_vit_6b", "blip_vision_model", "blip_2_vision_model",
    "instructblip_vision_model", "llama4_vision_model", "mllama_vision_model", "kosmos_2_vision_model", "vit", "dinov2",
    "dinov2_with_registers", "vilt", "eva_clip",
)  # fmt: skip
"""Types that put a learned class state beside the patches of a view."""


def vit(part: Section | None, **known: Any) -> Encoder:
    """The vision transformer that a part of a config describes. `known` are fields that its code says.

    Qwen2-VL's hidden_size is the width behind the merger; the encoder's is embed_dim.
    """
    if part is None:
        return Encoder(**{"kind": "", **known})
    width = part.whole("embed_dim", "hidden_size", "width")
    inner = part.whole("mlp_dim", "intermediate_size") if "mlp_ratio" not in part.content else part.whole("mlp_dim")
    ratio = part.real("mlp_ratio") if inner is None else None
    patch = part.side("patch_size")
    channels = part.whole("in_channels", "in_chans", "num_channels") or 3
    frames = part.whole("temporal_patch_size", "tubelet_size") or 1
    inner = int(width * ratio) if width and ratio else inner
    swiglu = part.flag("use_swiglu_ffn")
    if swiglu and inner:  # two thirds, rounded up to a multiple of 8: transformers 5.23, Dinov2SwiGLUFFN
        inner = (int(inner * 2 / 3) + 7) // 8 * 8
    encoder = Encoder(
        kind=part.kind,
        width=width,
        depth=part.whole("num_hidden_layers", "depth", "layers", "vt_num_hidden_layers"),
        heads=part.whole("num_heads", "num_attention_heads", "heads", "attention_heads", "vt_num_attention_heads"),
        mlp_width=inner,
        matrices=3 if part.kind in GATED or swiglu else 2,
        patch_values=channels * frames * patch * patch if patch else None,
        states=(part.kind in WITH_CLASS_STATE) + (part.whole("num_register_tokens") or 0),
    )
    return encoder._replace(**known)


def windowed_vit(part: Section | None, **known: Any) -> Encoder:
    """Qwen2.5-VL's encoder, which attends within windows in all layers but fullatt_block_indexes."""
    encoder = vit(part, **known)
    if part is None:
        return encoder
    side, patch = part.whole("window_size"), part.side("patch_size")
    window = side // patch if side and patch else None
    return encoder._replace(full_layers=part.wholes("fullatt_block_indexes"), window=window)


def sam(part: Section | None, **known: Any) -> Encoder:
    """SAM's image encoder: windows of 14 patches on a padded grid, and full attention in global_attn_indexes."""
    encoder = vit(part, **known)
    if part is None:
        return encoder
    full, window = part.wholes("global_attn_indexes"), part.whole("window_size")
    return encoder._replace(full_layers=full, window=window, padded_windows=True)
