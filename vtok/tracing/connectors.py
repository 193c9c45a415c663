"""Connectors: what stands between the encoder and the language model, as layers with their shapes and costs.

Each function names the class of upstream's code that it describes. A shape's axes are numbers, or patches, states,
tokens and views of the input.
"""

from collections.abc import Sequence

from vtok.networks import Connector, Layer, Unit
from vtok.tracing.sections import Section

Widths = Sequence[int | None]


def linear(
    name: str, inputs: int, outputs: int, *, per: Unit = "token", rows: int | str = "tokens", reason: str = ""
) -> Layer:
    """A matrix of inputs x outputs, applied to each token (or patch)."""
    return Layer(name, (rows, outputs), reason or f"a matrix of {inputs:,} x {outputs:,}", per, inputs * outputs)


def mlp(kind: str, widths: Widths, *, merge: int = 1, join: str = "", before: tuple[Layer, ...] = ()) -> Connector:
    """An MLP with these widths, applied to each token; `merge` x `merge` patches are joined first, as `join` says."""
    known = [width for width in widths if width]
    connector = Connector(kind, widths[0], widths[-1], merge)
    if len(known) < len(widths):
        return connector
    layers = list(before)
    if merge > 1:
        per_patch = known[0] // merge**2
        side = f"{merge} x {merge}"
        joined = f"{join or f'{side} patches are joined along the channels'}: {per_patch:,} x {merge**2} = {known[0]:,}"
        layers.append(Layer("join", ("tokens", known[0]), joined))
    names = ["project"] if len(known) == 2 else [f"project {i}" for i in range(1, len(known))]
    layers += [linear(name, a, b) for name, a, b in zip(names, known, known[1:], strict=False)]
    return connector._replace(layers=tuple(layers))


def gated_mlp(kind: str, inputs: int | None, inner: int | None, outputs: int | None, *, merge: int = 1) -> Connector:
    """Pixel shuffle, then a matrix to `inner` numbers of which one half gates the other, then one to the output.

    Source: transformers 5.23, AyaVisionMultiModalProjector, Cohere2VisionMultiModalProjector.
    """
    connector = Connector(kind, inputs, outputs, merge)
    if not inputs or not inner or not outputs:
        return connector
    join = f"{merge} x {merge} patches are joined along the channels: {inputs // merge**2:,} x {merge**2} = {inputs:,}"
    return connector._replace(
        layers=(
            Layer("join", ("tokens", inputs), join),
            linear("project 1", inputs, inner),
            Layer("gate", ("tokens", inner // 2), "one half of the numbers gates the other (SwiGLU)"),
            linear("project 2", inner // 2, outputs),
        )
    )


def pooled(kind: str, width: int | None, outputs: Widths, *, side: int | None, how: str = "average") -> Connector:
    """`side` x `side` patches are pooled to one vector, which matrices project."""
    widths = (width, *outputs)
    plain = mlp(kind, widths)
    if not plain.layers or not width or not side or side == 1:
        return plain._replace(merge=side or 1)
    pool = Layer("pool", ("tokens", width), f"the {how} of {side} x {side} patches")
    return plain._replace(merge=side, layers=(pool, *plain.layers))


def glm_merger(width: int | None, out: int | None, inner: int | None, merge: int) -> Connector:
    """A convolution joins merge x merge patches; a matrix and a gated MLP of the output's width follow.

    Source: transformers 5.23, models/glm4v/modeling_glm4v.py, Glm4vVisionModel.downsample and Glm4vVisionPatchMerger.
    """
    connector = Connector("convolution and gated MLP", width, out, merge)
    if not width or not out or not inner:
        return connector
    step = f"a convolution of {merge} x {merge} patches with stride {merge}"
    return connector._replace(
        layers=(
            Layer("downsample", ("tokens", out), step, "token", width * merge * merge * out),
            linear("project", out, out),
            Layer("gated MLP", ("tokens", out), f"{out:,} to {inner:,} and back, gated", "token", 3 * out * inner),
        )
    )


def qformer(
    config: Section, states_width: int | None, states: int | None, out: int | None, queries: int | None
) -> Connector:
    """BLIP-2's Q-Former: queries attend to each other and, in every second layer, to the encoder's states.

    Source: transformers 5.23, models/blip_2/modeling_blip_2.py, Blip2QFormerModel (the text of InstructBLIP's
    instruction, which shares its self-attention, is not counted).
    """
    part = config.part("qformer_config")
    connector = Connector("Q-Former", states_width, out, queries=queries)
    names = ("hidden_size", "num_hidden_layers", "intermediate_size")
    width, depth, inner = (part.whole(name) if part else None for name in names)
    if not width or not depth or not inner or not queries or not states or not states_width or not out or not part:
        return connector
    every = part.whole("cross_attention_frequency") or 1
    crossing = -(-depth // every)
    among = depth * (queries * (4 * width * width + 2 * width * inner) + 2 * queries * queries * width)
    cross = crossing * (2 * queries * width * width + 2 * states * states_width * width + 2 * queries * states * width)
    reason = f"{queries} learned queries read {states:,} states of {states_width:,} in {crossing} of {depth} layers"
    return connector._replace(
        layers=(
            Layer("Q-Former", ("views", queries, width), reason, "view", among + cross),
            linear("project", width, out),
        )
    )


def resampler(
    kind: str, states_width: int | None, width: int | None, queries: int | None, *, project: bool = True
) -> Connector:
    """One layer of cross-attention: `queries` learned vectors of `width` read the states of a view.

    The states are first projected to `width`. `project` adds a last matrix of width x width. Source: Qwen-VL's
    visual.py, Resampler; MiniCPM-V's resampler.py, Resampler.
    """
    connector = Connector(kind, states_width, width, queries=queries)
    if not states_width or not width or not queries:
        return connector
    of_state = states_width * width + 2 * width * width + 2 * queries * width  # also its pair with each query
    layers = [
        linear("project states", states_width, width, per="state", rows="states")._replace(multiply_adds=of_state),
        Layer(
            "resample",
            ("views", queries, width),
            f"{queries} learned queries read the states of a view",
            "view",
            2 * queries * width * width,
        ),
    ]
    if project:
        layers.append(linear("project", width, width))
    return connector._replace(layers=tuple(layers))


def convolved(name: str, inputs: int, outputs: int, *, side: int, kernel: int) -> Layer:
    """A convolution that leaves side x side positions of a view."""
    step = "stride 1" if kernel == 1 or inputs == outputs else "stride 2"
    reason = f"a convolution of {kernel} x {kernel}, {step}"
    return Layer(name, (side, side, outputs), reason, "view", side * side * kernel * kernel * inputs * outputs)


def sam_neck(width: int, channels: int, side: int) -> tuple[Layer, ...]:
    """SAM's neck: convolutions of 1 x 1 and of 3 x 3, which keep side x side positions.

    Source: transformers 5.23, models/sam/modeling_sam.py, SamVisionNeck.
    """
    cost = side * side * (width * channels + 9 * channels * channels)
    reason = f"convolutions of 1 x 1 ({width:,} to {channels:,} channels) and 3 x 3"
    return (Layer("neck", (side, side, channels), reason, "view", cost),)
