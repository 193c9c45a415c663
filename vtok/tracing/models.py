"""The encoders and the connector of each family, read from its config.json.

A function is named after the family's file in `vtok/families`, and found by that name; plain encoders have `alone`. It
returns the encoders, the one of the main views first, and the connector, or None for a plain encoder. Docstrings name
the class of upstream's code that a connector describes, of transformers 5.23 unless they name another source.
"""

from vtok.networks import Connector, Encoder, Layer, Unit
from vtok.tracing.connectors import (
    convolved,
    gated_mlp,
    glm_merger,
    linear,
    mlp,
    pooled,
    qformer,
    resampler,
    sam_neck,
)
from vtok.tracing.encoders import sam as sam_encoder
from vtok.tracing.encoders import vit as vision_transformer
from vtok.tracing.encoders import windowed_vit
from vtok.tracing.sections import Section

Networks = tuple[tuple[Encoder, ...], Connector | None]


MOST_MATRICES = 64
"""Matrices of an MLP that are listed; no projector is as deep."""


def times(*factors: int | None) -> int | None:
    """The product of numbers of which all are known, else None."""
    product = 1
    for factor in factors:
        if factor is None:
            return None
        product *= factor
    return product


def _vision(config: Section) -> Section | None:
    return config.part("vision_config", "visual", "visual_config", "vit_config")


def _text_width(config: Section) -> int | None:
    return config.text().whole("hidden_size", "n_embed", "d_model", "embed_dim")


def _merge(part: Section | None, default: int = 2) -> int:
    side = part.side("spatial_merge_size") if part else None
    return side or default


def alone(config: Section) -> Networks:
    """A plain encoder: its config is vision_config, or the whole."""
    return (vision_transformer(_vision(config) or config),), None


def vjepa2(config: Section) -> Networks:
    """V-JEPA 2 and VideoMAE: the patches of all frames attend together. What predicts or decodes is not counted."""
    return (vision_transformer(config, joint="view"),), None


videomae = vjepa2


def vilt(config: Section) -> Networks:
    """ViLT: one transformer for text and patches together."""
    return (vision_transformer(config, states=1, joint="view", note="the text's states join the patches"),), None


def sam(config: Section) -> Networks:
    """SAM: windowed layers on a padded grid, and the neck (SamVisionNeck)."""
    part = _vision(config)
    encoder = sam_encoder(part)
    channels, patch = (part.whole("output_channels"), part.side("patch_size")) if part else (None, None)
    size = part.side("image_size") if part else None
    neck = sam_neck(encoder.width, channels, size // patch) if encoder.width and channels and size and patch else ()
    return (encoder,), Connector("neck", encoder.width, channels, layers=neck)


def qwen2_vl(config: Section) -> Networks:
    """Qwen2-VL: merge x merge patches are joined, normed before, and pass an MLP (PatchMerger)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    return (encoder,), _patch_merger(encoder, part, part.whole("hidden_size") if part else None)


def _patch_merger(encoder: Encoder, part: Section | None, out: int | None) -> Connector:
    merge = _merge(part)
    joined = times(encoder.width, merge, merge)
    return mlp("patch merger", (joined, joined, out), merge=merge)


def qwen2_5_vl(config: Section) -> Networks:
    """Qwen2.5-VL: a windowed encoder, and Qwen2-VL's merger (Qwen2_5_VLPatchMerger)."""
    part = _vision(config)
    encoder = windowed_vit(part, matrices=3)
    return (encoder,), _patch_merger(encoder, part, part.whole("out_hidden_size") if part else None)


exaone4_5 = hyperclovax_vision_v2 = qwen2_5_vl


def qwen2_5_omni(config: Section) -> Networks:
    """Qwen2.5-Omni: the encoder of Qwen2.5-VL."""
    return qwen2_5_vl(config)


def qwen3_vl(config: Section) -> Networks:
    """Qwen3-VL: Qwen2-VL's merger, and one more for each of deepstack_visual_indexes (Qwen3VLVisionPatchMerger)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    connector = _patch_merger(encoder, part, part.whole("out_hidden_size") if part else None)
    deep = (part.wholes("deepstack_visual_indexes") if part else None) or ()
    if deep and connector.layers and connector.width_out:
        listed = ", ".join(map(str, deep))
        reason = f"as many mergers as layers {listed} make embeddings that early layers of the language model add"
        cost = len(deep) * sum(layer.multiply_adds for layer in connector.layers)
        stack = Layer("deepstack", (len(deep), "tokens", connector.width_out), reason, "token", cost)
        connector = connector._replace(layers=(*connector.layers, stack))
    return (encoder,), connector


qwen3_5 = qwen3_vl
qwen3_omni_moe = qwen3_vl
qwen4_exp = qwen3_vl
dots3_note = qwen2_vl
muse_glimmer = qwen2_vl
muse_spark = qwen2_vl
cosmos3_omni = qwen3_vl
cosmos3_edge = qwen3_vl
cohere_compass = qwen3_vl


def glm4v(config: Section) -> Networks:
    """GLM-4.1V, 4.5V and 4.6V: a convolution that joins patches, and a gated MLP."""
    part = _vision(config)
    encoder = vision_transformer(part, matrices=3)
    out, inner = (part.whole("out_hidden_size"), part.whole("intermediate_size")) if part else (None, None)
    # The MLP of the encoder is as wide as the output, and intermediate_size is the merger's (Glm4vVisionBlock).
    return (encoder._replace(mlp_width=out),), glm_merger(encoder.width, out, inner, _merge(part))


glm46v = glm4v
glmga = glm4v
glm5_next = glm4v


def glm_ocr(config: Section) -> Networks:
    """GLM-OCR: GLM-4.1V's networks; the merger is as wide as its output times in_channels (GlmOcrVisionModel)."""
    part = _vision(config)
    encoder = vision_transformer(part, matrices=3)
    out, channels = (part.whole("out_hidden_size"), part.whole("in_channels") or 3) if part else (None, 3)
    return (encoder,), glm_merger(encoder.width, out, times(out, channels), _merge(part))


def internvl(config: Section) -> Networks:
    """InternVL: pixel shuffle by downsample_ratio, and an MLP (InternVLMultiModalProjector; mlp1 of the original)."""
    part = _vision(config)
    encoder = vision_transformer(part, states=1)
    ratio = config.real("downsample_ratio") or 0.5
    merge = round(1 / ratio)
    joined, out = times(encoder.width, merge, merge), _text_width(config)
    return (encoder,), mlp("pixel shuffle and MLP", (joined, out, out), merge=merge)


internvideo2_5 = qianfan_ocr = internvl


def nvlm_d(config: Section) -> Networks:
    """NVLM-D: pixel shuffle, then an MLP as wide as the language model's (vLLM, nvlm_d.py, _init_mlp1)."""
    (encoder,), _ = internvl(config)
    inner = config.text().whole("intermediate_size")
    return (encoder,), mlp("pixel shuffle and MLP", (times(encoder.width, 2, 2), inner, _text_width(config)), merge=2)


def llava(config: Section) -> Networks:
    """LLaVA: an MLP of two matrices (LlavaMultiModalProjector); the first LLaVA has one."""
    encoder = vision_transformer(_vision(config))
    out = _text_width(config)
    one = config.value("mm_projector_type") == "linear"
    selected = config.value("vision_feature_layer", "mm_vision_select_layer")
    note = f"features of layer {selected}" if isinstance(selected, int) and selected != -1 else ""
    widths = (encoder.width, out) if one else (encoder.width, out, out)
    return (encoder._replace(note=note),), _per("patch", mlp("matrix" if one else "MLP", widths))


llava_onevision = pixtral = llava


def llava_next(config: Section) -> Networks:
    """LLaVA-NeXT: LLaVA's projector; that of Granite Vision joins the states of several layers."""
    return vipllava(config) if isinstance(config.value("vision_feature_layer"), list) else llava(config)


def granite4_vision(config: Section) -> Networks:
    """Granite 4 Vision: eight small transformers whose queries read windows of patches, one for each of eight layers.

    Source: Granite4VisionWindowQFormerDownsampler. Each makes the same positions; their costs are left out.
    """
    return (vision_transformer(_vision(config)),), Connector("window Q-Formers", None, _text_width(config))


def _per(unit: Unit, connector: Connector) -> Connector:
    """The connector with its layers applied to other units than tokens."""
    rows = {"patch": "patches", "state": "states"}.get(unit, "tokens")
    layers = (layer._replace(per=unit, output=(rows, *layer.output[1:])) for layer in connector.layers)
    return connector._replace(layers=tuple(layers))


def llava_next_video(config: Section) -> Networks:
    """LLaVA-NeXT-Video: LLaVA's projector; the patches of a video are pooled before it (LlavaNextVideoPooler)."""
    encoders, connector = llava(config)
    return encoders, connector and _per("pooled", connector)


def mistral3(config: Section) -> Networks:
    """Mistral Small 3.1: a matrix merges 2 x 2 patches, an MLP follows (Mistral3PatchMerger)."""
    encoder = vision_transformer(_vision(config), matrices=3)
    merge, width, out = config.side("spatial_merge_size") or 2, encoder.width, _text_width(config)
    merged = times(width, merge, merge)
    return (encoder,), mlp("patch merger and MLP", (merged, width, out, out), merge=merge)


lighton_ocr = mistral3


def vipllava(config: Section) -> Networks:
    """ViP-LLaVA: the states of vision_feature_layers are joined and pass an MLP (VipLlavaMultiModalProjector)."""
    encoder = vision_transformer(_vision(config))
    layers = config.wholes("vision_feature_layers", "vision_feature_layer") or (-2, -5, -8, -11, 6)
    note = f"features of layers {', '.join(map(str, layers))}"
    out = _text_width(config)
    connector = mlp("MLP of joined layers", (times(encoder.width, len(layers)), out, out))
    return (encoder._replace(note=note),), _per("patch", connector)


def idefics3(config: Section) -> Networks:
    """Idefics 3: pixel shuffle, and one matrix (Idefics3Connector)."""
    encoder = vision_transformer(_vision(config))
    scale = config.whole("scale_factor", "pixel_shuffle_factor") or 2
    return (encoder,), mlp(
        "pixel shuffle and matrix", (times(encoder.width, scale, scale), _text_width(config)), merge=scale
    )


smolvlm = idefics3


def granite_docling(config: Section) -> Networks:
    """Granite for Docling: pixel shuffle and a matrix, and one more for each of deepstack_visual_indexes.

    Source: GraniteDoclingVisionConfig. The costs of the connector are left out.
    """
    return (vision_transformer(_vision(config)),), Connector("pixel shuffle and matrix", None, _text_width(config))


def gemma3(config: Section) -> Networks:
    """Gemma 3: patches are averaged to mm_tokens_per_image tokens and projected (Gemma3MultiModalProjector)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    tokens = config.whole("mm_tokens_per_image")
    size, patch = (part.side("image_size"), part.side("patch_size")) if part else (None, None)
    side = size // patch // round(tokens**0.5) if size and patch and tokens else None
    return (encoder,), pooled("average pooling and matrix", encoder.width, (_text_width(config),), side=side)


def gemma4(config: Section) -> Networks:
    """Gemma 4: patches are averaged, scaled, normed and projected (Gemma4VisionPooler, Gemma4MultimodalEmbedder)."""
    part = _vision(config)
    encoder = vision_transformer(part, matrices=3)
    side = part.whole("pooling_kernel_size") if part else None
    return (encoder,), pooled("average pooling and matrix", encoder.width, (_text_width(config),), side=side)


def paligemma(config: Section) -> Networks:
    """PaliGemma: one matrix to projection_dim, the language model's width (PaliGemmaMultiModalProjector)."""
    encoder = vision_transformer(_vision(config))
    return (encoder,), mlp("matrix", (encoder.width, _text_width(config)))


def aya_vision(config: Section) -> Networks:
    """Aya Vision and Command A Vision: pixel shuffle, and a gated MLP."""
    encoder = vision_transformer(_vision(config))
    factor, inner = config.whole("downsample_factor") or 2, config.whole("alignment_intermediate_size")
    out = _text_width(config)
    joined = times(encoder.width, factor, factor)
    return (encoder,), gated_mlp("pixel shuffle and gated MLP", joined, inner or out, out, merge=factor)


cohere2_vision = aya_vision


def lfm3_vl(config: Section) -> Networks:
    """LFM3-VL: 2 x 2 patches are merged and pass an MLP (Lfm3VlMultiModalProjector); some layers are convolutions."""
    encoder = vision_transformer(_vision(config), note="some layers are convolutions")._replace(plain=False)
    return (encoder,), Connector("patch merger and MLP", None, _text_width(config))


def nemotron_h_omni(config: Section) -> Networks:
    """Nemotron 3 Nano Omni: RADIO, pixel shuffle, and an MLP (NemotronH_Omni_Reasoning_V3 mlp1)."""
    return (vision_transformer(_vision(config)),), Connector("pixel shuffle and MLP", None, _text_width(config))


def kosmos2_5(config: Section) -> Networks:
    """Kosmos-2.5: queries read the states of all patches (Kosmos2_5ImageToTextProjection); its costs are left out."""
    return (vision_transformer(_vision(config)),), Connector("resampler", None, _text_width(config))


def pix2struct(config: Section) -> Networks:
    """Pix2Struct: the decoder's cross-attention reads the states (Pix2StructForConditionalGeneration)."""
    return (vision_transformer(_vision(config)),), Connector("cross-attention", None, _text_width(config))


def lfm2_vl(config: Section) -> Networks:
    """LFM2-VL: pixel unshuffle, and an MLP (Lfm2VlMultiModalProjector)."""
    encoder = vision_transformer(_vision(config))
    factor = config.whole("downsample_factor") or 2
    widths = (times(encoder.width, factor, factor), config.whole("projector_hidden_size"), _text_width(config))
    return (encoder,), mlp("pixel unshuffle and MLP", widths, merge=factor)


def blip_2(config: Section) -> Networks:
    """BLIP-2 and InstructBLIP: the Q-Former, and one matrix."""
    part = _vision(config)
    encoder = vision_transformer(part, states=1)
    size, patch = (part.side("image_size"), part.side("patch_size")) if part else (None, None)
    states = (size // patch) ** 2 + 1 if size and patch else None
    queries = config.whole("num_query_tokens") or 32
    return (encoder,), qformer(config, encoder.width, states, _text_width(config), queries)


instructblip = blip_2


def mllama(config: Section) -> Networks:
    """Llama 3.2 Vision: 32 layers and 8 gated ones over all tiles together; six states are joined and projected."""
    part = _vision(config)
    encoder = vision_transformer(part, states=1, joint="all")
    if part is None:
        return (encoder,), None
    layers, more = part.whole("num_hidden_layers"), part.whole("num_global_layers")
    encoder = encoder._replace(depth=None if layers is None or more is None else layers + more)
    joined = part.whole("vision_output_dim")
    indices = part.wholes("intermediate_layers_indices") or ()
    connector = _per("position", mlp("matrix", (joined, _text_width(config))))
    if connector.layers and joined:
        reason = f"the last states and those of layers {', '.join(map(str, indices))} are joined along the channels"
        connector = connector._replace(layers=(Layer("join", ("states", joined), reason), *connector.layers))
    return (encoder,), connector


def llama4(config: Section) -> Networks:
    """Llama 4: pixel shuffle, an MLP of the encoder (Llama4VisionMLP2), and one matrix (Llama4MultiModalProjector)."""
    part = _vision(config)
    encoder = vision_transformer(part, states=1)
    ratio = (part.real("pixel_shuffle_ratio") if part else None) or 0.5
    merge = round(1 / ratio)
    inner = part.whole("projector_input_dim") if part else None
    outer = part.whole("projector_output_dim") if part else None
    widths = (times(encoder.width, merge, merge), inner, outer, _text_width(config))
    return (encoder,), mlp("pixel shuffle and MLP", widths, merge=merge)


def ovis2(config: Section) -> Networks:
    """Ovis 2: a head makes probabilities of visual words, whose embeddings are averaged (Ovis2VisionModel)."""
    part = _vision(config)
    encoder = vision_transformer(part, matrices=3)
    stride = (part.whole("hidden_stride") if part else None) or 2
    words, out = part.whole("vocab_size", "visual_vocab_size") if part else None, _text_width(config)
    markers = (part.whole("num_visual_indicator_tokens") if part else None) or 5
    head = None if words is None else words - markers
    return (encoder,), mlp("visual vocabulary", (times(encoder.width, stride, stride), head, out), merge=stride)


def ovis2_5(config: Section) -> Networks:
    """Ovis2.5: Ovis 2's visual words, of which 4 are marks, over 2 x 2 patches (modeling_ovis.py, VisualTokenizer)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    stride, words = (part.whole("hidden_stride") if part else None) or 2, config.whole("visual_vocab_size")
    head = None if words is None else words - 4
    joined = times(encoder.width, stride, stride)
    return (encoder,), mlp("visual vocabulary", (joined, head, _text_width(config)), merge=stride)


def molmo(config: Section) -> Networks:
    """Molmo: attention pools 2 x 2 patches of two layers, a gated MLP projects (vLLM, MolmoVisionBackbone)."""
    encoder = vision_transformer(_vision(config), states=1, note="features of two of its layers")
    return (encoder,), Connector("attention pooling and gated MLP", encoder.width, _text_width(config), 2)


def moondream(config: Section) -> Networks:
    """Moondream: each patch of the whole image is joined with that of the crops, and both pass an MLP (vision.py)."""
    encoder = vision_transformer(_vision(config))
    inner = config.whole("proj_inner_dim")
    return (encoder,), mlp("MLP", (times(encoder.width, 2), inner, _text_width(config)))


def nemotron_nano_vl(config: Section) -> Networks:
    """Llama Nemotron Nano VL and Eagle 2.5: pixel shuffle, a norm, an MLP (NVlabs/Eagle, modeling_eagle2_5_vl.py)."""
    encoder = vision_transformer(_vision(config))
    out = _text_width(config)
    return (encoder,), mlp("pixel shuffle and MLP", (times(encoder.width, 4), out, out), merge=2)


def keye(config: Section) -> Networks:
    """Keye-VL: 2 x 2 patches are normed, joined, and pass an MLP (modeling_keye.py, Projector)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    return (encoder,), _patch_merger(encoder, part, _text_width(config))


llava_onevision1_5 = keye_vl1_5 = keye


def step3_vl(config: Section) -> Networks:
    """Step3: two convolutions of stride 2, then a matrix (vLLM, step3_vl.py, Step3VLForConditionalGeneration)."""
    encoder = vision_transformer(_vision(config), states=4)
    return (encoder,), Connector("convolutions and matrix", encoder.width, _text_width(config), 4)


step3p7 = step3_vl


def dots_ocr(config: Section) -> Networks:
    """dots.ocr: Qwen2-VL's merger behind an encoder with gated MLPs (vLLM, dots_ocr.py, DotsVisionTransformer)."""
    part = _vision(config)
    encoder = vision_transformer(part, matrices=3)
    return (encoder,), _patch_merger(encoder, part, _text_width(config))


def phi3_v(config: Section) -> Networks:
    """Phi-3 Vision: 2 x 2 patches are joined, and pass an MLP (vLLM, phi3v.py, Phi3HDImageEmbedding)."""
    encoder = vision_transformer(_vision(config), states=1)
    out = _text_width(config)
    widths = (times(encoder.width, 4), out, out)
    return (encoder._replace(note="features of layer -2"),), mlp("downsample and MLP", widths, merge=2)


def kimi_vl(config: Section) -> Networks:
    """Kimi-VL: 2 x 2 patches are normed, joined, and pass an MLP (modeling_kimi_vl.py, KimiVLMultiModalProjector)."""
    part = _vision(config)
    encoder = vision_transformer(part, joint="view")
    merge = (part.side("merge_kernel_size") if part else None) or 2
    joined = times(encoder.width, merge, merge)
    return (encoder,), mlp("patch merger", (joined, joined, _text_width(config)), merge=merge)


kimi_k25 = kimi_vl


def minimax_m3_vl(config: Section) -> Networks:
    """MiniMax-M3: an MLP for each patch, then one for 2 x 2 patches (MiniMaxM3VLMultiModalProjector)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    merge, inner, out = _merge(part), config.whole("projector_hidden_size"), _text_width(config)
    connector = Connector("two MLPs", encoder.width, out, merge)
    if not encoder.width or not inner or not out:
        return (encoder,), connector
    joined = f"{merge} x {merge} patches are joined along the channels"
    return (encoder,), connector._replace(
        layers=(
            linear("project 1", encoder.width, inner, per="patch", rows="patches"),
            linear("project 2", inner, out, per="patch", rows="patches"),
            Layer("join", ("tokens", out * merge**2), joined),
            linear("merge 1", out * merge**2, inner),
            linear("merge 2", inner, out),
        )
    )


def paddleocr_vl(config: Section) -> Networks:
    """PaddleOCR-VL: 2 x 2 patches are joined and pass an MLP (PaddleOCRProjector).

    A patch has one frame, whatever temporal_patch_size says (PaddleOCRVisionEmbeddings).
    """
    part = _vision(config)
    patch = part.side("patch_size") if part else None
    encoder = vision_transformer(part, patch_values=3 * patch * patch if patch else None)
    merge = _merge(part)
    joined = times(encoder.width, merge, merge)
    return (encoder,), mlp("patch merger", (joined, joined, _text_width(config)), merge=merge)


def video_llama_3(config: Section) -> Networks:
    """VideoLLaMA 3: an MLP; patches are resampled before it (VideoLlama3Projector)."""
    encoder = vision_transformer(_vision(config))
    out = _text_width(config)
    return (encoder,), mlp("MLP", (encoder.width, out, out))


def ernie4_5_vl_moe(config: Section) -> Networks:
    """ERNIE 4.5 VL: 2 x 2 patches are joined, then two frames, each by an MLP (…VariableResolutionResamplerModel)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    merge = _merge(part)
    frames = (part.whole("temporal_merge_size") if part else None) or config.whole("temporal_conv_size") or 2
    space, time = times(encoder.width, merge, merge), times(encoder.width, merge, merge, frames)
    out = _text_width(config)
    connector = Connector("resampler", space, out, merge)
    if not encoder.width or not space or not time or not out:
        return (encoder,), connector
    joined = f"{merge} x {merge} patches are joined along the channels: {encoder.width:,} x {merge**2} = {space:,}"
    return (encoder,), connector._replace(
        layers=(
            Layer("join", ("tokens", space), joined),
            linear("space 1", space, space),
            linear("space 2", space, space),
            Layer("join frames", ("tokens", time), f"two frames are joined (an image with itself): {time:,}"),
            linear("time 1", time, space),
            linear("time 2", space, space),
            linear("project", space, out),
        )
    )


def hunyuan_vl(config: Section) -> Networks:
    """HunyuanOCR: convolutions join 2 x 2 patches and add a newline to each row (HunYuanVLVisionPatchMerger)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    merge, out = _merge(part), _text_width(config)
    connector = Connector("convolutions", encoder.width, out, merge)
    if not encoder.width or not out:
        return (encoder,), connector
    width = encoder.width
    first = Layer(
        "convolution 1",
        ("tokens", 2 * width),
        f"{merge} x {merge} patches with stride {merge}",
        "token",
        merge * merge * 2 * width * width,
    )
    second = linear("convolution 2", 2 * width, 4 * width)
    return (encoder,), connector._replace(layers=(first, second, linear("project", 4 * width, out)))


def perception_lm(config: Section) -> Networks:
    """Perception LM: patches are averaged, then an MLP (PerceptionLMMultiModalProjector; the encoder is timm's)."""
    part = _vision(config)
    arguments = part.part("model_args") if part else None
    width, depth = (arguments.whole("embed_dim"), arguments.whole("depth")) if arguments else (None, None)
    encoder = Encoder(
        "Perception Encoder", width=width, depth=depth, states=int(bool(config.flag("vision_use_cls_token")))
    )
    out, side = _text_width(config), config.whole("projector_pooling_ratio") or 1
    connector = _per("patch", mlp("MLP and average pooling", (width, out, out)))
    if connector.layers and out and side > 1:
        pool = Layer("pool", ("tokens", out), f"the average of {side} x {side} patches")
        connector = connector._replace(merge=side, layers=(*connector.layers, pool))
    return (encoder,), connector


def molmo2(config: Section) -> Networks:
    """Molmo 2: attention pools patches of two layers, a gated MLP projects (Molmo2Adapter, Molmo2ImageProjectorMLP)."""
    part, adapter = _vision(config), config.part("adapter_config")
    encoder = vision_transformer(part)
    layers = (adapter.wholes("vit_layers") if adapter else None) or ()
    if encoder.depth and layers and max(layers) < 0:  # layers behind the last one that is read do not run
        encoder = encoder._replace(depth=encoder.depth + max(layers) + 1)
    out = _text_width(config)
    inner = adapter.whole("intermediate_size") if adapter else None
    width = adapter.whole("hidden_size") if adapter else None
    connector = Connector("attention pooling and gated MLP", width, out, 2)
    if not width or not inner or not out or not encoder.width:
        return (encoder,), connector
    joined = 2 * encoder.width
    return (encoder,), connector._replace(
        layers=(
            Layer("join", ("patches", joined), "the states of two layers are joined along the channels"),
            linear("keys and values", joined, 2 * width, per="patch", rows="patches"),
            Layer(
                "pool",
                ("tokens", width),
                "the mean of the patches of a token attends to them",
                "token",
                joined * width + width * width,
            ),
            Layer(
                "gated MLP",
                ("tokens", out),
                f"{width:,} to {inner:,}, gated, to {out:,}",
                "token",
                inner * (2 * width + out),
            ),
        )
    )


def janus(config: Section) -> Networks:
    """Janus-Pro: an MLP of depth matrices to projection_dim (JanusVisionAlignerMLP)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    out = (part.whole("projection_dim") if part else None) or _text_width(config)
    depth = (part.whole("depth") if part else None) or 2
    return (encoder,), mlp("MLP", (encoder.width, *(out,) * min(depth, MOST_MATRICES)))


def deepseek_vl(config: Section) -> Networks:
    """DeepSeek-VL 1.3B: an MLP of two matrices (DeepseekVLAligner)."""
    encoder = vision_transformer(_vision(config))
    out = _text_width(config)
    return (encoder,), mlp("MLP", (encoder.width, out, out))


RESAMPLED, STRIDED = 96, 24
"""The sides of SAM's map after resampling, and after two convolutions of stride 2."""


def deepseek_vl_hybrid(config: Section) -> Networks:
    """DeepSeek-VL 7B: SAM's map is resampled and strided, SigLIP's stays; each is projected to half of the width.

    Source: DeepseekVLSamVisionProj, DeepseekVLHybridAligner; deepseek-ai/DeepSeek-VL 681bffb, deepseek_vl/models/sam.py
    and projector.py (low_high_hybrid_split_mlp_gelu). A branch of SAM's first full layer takes the same way and is
    added, times a learned scalar; its cost is that of neck and convolutions again.
    """
    high, low = config.part("high_res_vision_config"), _vision(config)
    encoders = (sam_encoder(high), vision_transformer(low, encoder="siglip"))
    out = _text_width(config)
    connector = Connector("hybrid aligner", encoders[1].width, out)
    channels = high.whole("output_channels") if high else None
    size, patch = (high.side("image_size"), high.side("patch_size")) if high else (None, None)
    if not channels or not size or not patch or not out or not encoders[0].width or not encoders[1].width:
        return encoders, connector
    last, tokens = 4 * channels, STRIDED * STRIDED
    way = (
        *sam_neck(encoders[0].width, channels, size // patch),
        Layer("resample", (RESAMPLED, RESAMPLED, channels), f"bilinear, to {RESAMPLED} x {RESAMPLED}", "view"),
        convolved("convolution 1", channels, 2 * channels, side=48, kernel=3),
        convolved("convolution 2", 2 * channels, last, side=STRIDED, kernel=3),
    )
    doubled = tuple(layer._replace(multiply_adds=2 * layer.multiply_adds) for layer in way)
    joined = f"SAM's {out // 2:,} numbers and SigLIP's {out // 2:,} are joined along the channels"
    return encoders, connector._replace(
        layers=(
            *doubled,
            Layer("flatten", (tokens, last), f"{STRIDED} x {STRIDED} positions in a row, as many as SigLIP's patches"),
            linear("project SAM", last, out // 2, rows=tokens),
            linear("project SigLIP", encoders[1].width, out // 2, rows=tokens),
            Layer("join halves", (tokens, out), joined),
            linear("project", out, out, rows=tokens),
        )
    )


def deepseek_vl_v2(config: Section) -> Networks:
    """DeepSeek-VL2: the odd grid is padded, 2 x 2 patches are joined, and pass an MLP.

    Source: deepseek-ai/DeepSeek-VL2, deepseek_vl2/models/modeling_deepseek_vl_v2.py, MlpProjector
    (downsample_mlp_gelu).
    """
    part, projector = _vision(config), config.part("projector_config")
    encoder = vision_transformer(part)
    merge = (projector.whole("downsample_ratio") if projector else None) or 2
    out = (projector.whole("n_embed") if projector else None) or _text_width(config)
    ratio = (projector.whole("mlp_ratio") if projector else None) or 1
    depth = (projector.whole("depth") if projector else None) or 2
    inner = times(out, ratio)
    size, patch = (part.side("image_size"), part.side("patch_size")) if part else (None, None)
    padding: tuple[Layer, ...] = ()
    side = size // patch if size and patch else 27
    if side % merge and encoder.width:
        padded = side + merge - side % merge
        reason = f"zeros make {side} x {side} patches {padded} x {padded}, so that {merge} divides both sides"
        padding = (Layer("pad", ("views", padded, padded, encoder.width), reason, "view"),)
    half = -(-side // merge)
    join = f"of each view {half} x {half} tokens: {merge} x {merge} patches are joined along the channels"
    widths = (times(encoder.width, merge, merge), *(inner,) * (depth - 1), out)
    return (encoder,), mlp("downsample and MLP", widths, merge=merge, join=join, before=padding)


def deepseek_ocr(config: Section) -> Networks:
    """DeepSeek-OCR: SAM, two strided convolutions, CLIP-L on SAM's map, both joined and projected by one matrix.

    Source: deepseek-ai/DeepSeek-OCR, deepencoder/sam_vary_sdpa.py, clip_sdpa.py and build_linear.py, whose numbers are
    constants: SAM-B (768 wide, 12 layers, 12 heads), CLIP-L (1,024 wide, 24 layers, 16 heads). config.json repeats
    them.
    """
    whole = _vision(config)
    by_name = whole.part("width") if whole else None
    high = sam_encoder(None, kind="SAM-B", width=768, depth=12, heads=12, mlp_width=3072, patch_values=768)
    high = high._replace(full_layers=(2, 5, 8, 11), window=14, padded_windows=True)
    low = Encoder("CLIP-L", "clip", 1024, 24, 16, 4096, states=1, note="reads SAM's map instead of pixels")
    out = _text_width(config)
    connector = Connector("convolutions and matrix", 2048, out)
    if not out or (by_name is None and whole is None):
        return (high, low), connector
    return (high, low), connector._replace(
        layers=(
            Layer(
                "neck",
                ("patches", 256),
                "convolutions of 1 x 1 (768 to 256 channels) and 3 x 3",
                "patch",
                256 * (768 + 9 * 256),
            ),
            Layer("convolution 1", ("patches/4", 512), "3 x 3, stride 2", "patch", 9 * 256 * 512 // 4),
            Layer("convolution 2", ("patches/16", 1024), "3 x 3, stride 2", "patch", 9 * 512 * 1024 // 16),
            Layer("join", ("tokens", 2048), "CLIP's 1,024 numbers and SAM's 1,024 are joined along the channels"),
            linear("project", 2048, out),
        )
    )


unlimited_ocr = deepseek_ocr


def deepseek_ocr2(config: Section) -> Networks:
    """DeepSeek-OCR 2: SAM, two strided convolutions, a language model's layers that read them with queries, one matrix.

    Source: DeepseekOcr2VisionModel (query_768_resolution: 144 queries, query_1024_resolution: 256).
    """
    part = _vision(config)
    high = sam_encoder(part.part("sam_config") if part else None)
    inner = part.part("encoder_config") if part else None
    second = vision_transformer(inner, encoder="encoder", matrices=3, note="reads SAM's map and as many queries")
    out = _text_width(config)
    width = second.width
    connector = Connector("matrix", width, out)
    if not width or not out:
        return (high, second), connector
    return (high, second), connector._replace(layers=(linear("project", width, out),))


def got_ocr2(config: Section) -> Networks:
    """GOT-OCR 2: SAM and its neck, two strided convolutions, and one matrix (GotOcr2MultiModalProjector)."""
    part = _vision(config)
    encoder = sam_encoder(part)
    channels, out = part.whole("output_channels") if part else None, _text_width(config)
    size, patch = (part.side("image_size"), part.side("patch_size")) if part else (None, None)
    connector = Connector("convolutions and matrix", channels, out)
    if not channels or not out or not encoder.width or not size or not patch:
        return (encoder,), connector
    side = size // patch
    return (encoder,), connector._replace(
        layers=(
            *sam_neck(encoder.width, channels, side),
            convolved("convolution 1", channels, 2 * channels, side=side // 2, kernel=3),
            convolved("convolution 2", 2 * channels, out, side=side // 4, kernel=3),
            linear("project", out, out),
        )
    )


def qwen_vl(config: Section) -> Networks:
    """Qwen-VL: 256 queries read the states in one layer; a matrix follows (visual.py: Resampler, ln_post, proj)."""
    part = _vision(config)
    encoder = vision_transformer(part)
    out = part.whole("output_dim", "hidden_size") if part else None
    out = out or _text_width(config)
    queries = (part.whole("n_queries", "num_queries") if part else None) or 256
    return (encoder,), resampler("resampler", encoder.width, out, queries)


def minicpmv(config: Section) -> Networks:
    """MiniCPM-V: query_num queries read the states of each slice in one layer; a matrix follows (resampler.py)."""
    encoder = vision_transformer(_vision(config))
    return (encoder,), resampler("resampler", encoder.width, _text_width(config), config.whole("query_num") or 64)


def minicpmv4_6(config: Section) -> Networks:
    """MiniCPM-V 4.6: 2 x 2 patches are merged after layer insert_layer_id, and again behind the encoder.

    Source: MiniCPMV4_6ViTWindowAttentionMerger, MiniCPMV4_6Merger. The layers behind the first merger see a quarter of
    the states, so that the encoder's cost is not that of a plain one, and is left out.
    """
    part = _vision(config)
    encoder = vision_transformer(part, note="merges 2 x 2 states within")._replace(plain=False)
    joined = times(encoder.width, 4)
    return (encoder,), mlp("patch merger", (joined, joined, _text_width(config)), merge=2)


minicpmv4_7 = minicpm_ocr = minicpmv4_6


def mplug_owl2(config: Section) -> Networks:
    """mPLUG-Owl2: 64 queries of a visual abstractor with six layers read the states; a matrix follows.

    Source: X-PLUG/mPLUG-Owl, mPLUG-Owl2/mplug_owl2/model/visual_encoder.py, MplugOwlVisualAbstractorModel.
    """
    visual = config.part("visual_config")
    part, abstractor = (visual.part("visual_model"), visual.part("visual_abstractor")) if visual else (None, None)
    encoder = vision_transformer(part, states=1)
    queries = (abstractor.whole("num_learnable_queries") if abstractor else None) or 64
    return (encoder,), Connector("visual abstractor", encoder.width, _text_width(config), queries=queries)


def kosmos2(config: Section) -> Networks:
    """Kosmos-2: a matrix, then 64 queries read the states in one layer (Kosmos2ImageToTextProjection)."""
    encoder = vision_transformer(_vision(config))
    queries = config.whole("latent_query_num") or 64
    return (encoder,), resampler("resampler", encoder.width, _text_width(config), queries, project=False)


def phi4_multimodal(config: Section) -> Networks:
    """Phi-4 Multimodal: patches are averaged 2 x 2, then an MLP (Phi4MultimodalImageEmbedding)."""
    encoder = vision_transformer(_vision(config))
    out = _text_width(config)
    return (encoder,), _per("position", pooled("average pooling and MLP", encoder.width, (out, out), side=2))


def florence2(config: Section) -> Networks:
    """Florence-2: DaViT, whose four stages have their own widths; a matrix projects (Florence2MultiModalProjector)."""
    part = _vision(config)
    stages = (part.wholes("embed_dim", "dim_embed") if part else None) or ()
    depths = (part.wholes("depths") if part else None) or ()
    note = f"four stages: widths {', '.join(map(str, stages))}, depths {', '.join(map(str, depths))}" if stages else ""
    encoder = Encoder("DaViT", note=note)
    last = stages[-1] if stages else None
    return (encoder,), _per("position", mlp("matrix", (last, (part.whole("projection_dim") if part else None))))


def fuyu(config: Section) -> Networks:
    """Fuyu: no encoder; one matrix makes an embedding of the numbers of a patch (FuyuModel.vision_embed_tokens)."""
    channels, patch = config.whole("num_channels") or 3, config.side("patch_size")
    values = times(channels, patch, patch)
    return (), mlp("matrix", (values, _text_width(config)))


def chameleon(config: Section) -> Networks:
    """Chameleon and Emu3: a convolutional VQ encoder turns the image into words of the language model's vocabulary."""
    return (Encoder("VQ encoder", note="convolutions and a codebook, no transformer"),), Connector(
        "codebook", None, _text_width(config)
    )


emu3 = chameleon


def cogvlm(config: Section) -> Networks:
    """CogVLM: EVA-CLIP-E, and a gated MLP (visual.py, GLU); visual tokens have their matrices in every layer."""
    part = _vision(config)
    encoder = vision_transformer(part, kind="eva_clip", states=1)
    out, inner = _text_width(config), config.whole("intermediate_size")
    connector = Connector("gated MLP", encoder.width, out)
    if not encoder.width or not out or not inner:
        return (encoder,), connector
    reason = f"{out:,} to {inner:,} and back, gated"
    return (encoder,), connector._replace(
        layers=(
            linear("project", encoder.width, out),
            Layer("gated MLP", ("tokens", out), reason, "token", 3 * out * inner),
        )
    )


def cogagent(config: Section) -> Networks:
    """CogAgent: CogVLM's way, and a second encoder whose states every layer reads by cross-attention."""
    encoders, connector = cogvlm(config)
    return (*encoders, Encoder("EVA-CLIP-L", "cross", note="its states are a memory for cross-attention")), connector


def fast_vlm(config: Section) -> Networks:
    """Encoders that are convolutional, or none that attends: their costs are left out. A matrix or an MLP projects."""
    return (Encoder("encoder", note="its layers are not read"),), Connector("projection", None, _text_width(config))


aria = gemma3n = gemma4_unified = idefics2 = inkling = inkling2 = fast_vlm
shieldgemma2 = t5gemma2 = gemma3
diffusion_gemma = embedding_gemma2 = gemma4
modernvbert = idefics3
video_llava = llava


def colpali(config: Section) -> Networks:
    """ColPali: PaliGemma, whose states a matrix makes vectors of a page of (ColPaliForRetrieval)."""
    return paligemma(config.part("vlm_config") or config)


def colqwen2(config: Section) -> Networks:
    """ColQwen2: Qwen2-VL, whose states a matrix makes vectors of a page of (ColQwen2ForRetrieval)."""
    return qwen2_vl(config.part("vlm_config") or config)


def colmodernvbert(config: Section) -> Networks:
    """ColModernVBERT: ModernVBERT, whose states a matrix makes vectors of a page of (ColModernVBertForRetrieval)."""
    return idefics3(config.part("vlm_config") or config)
