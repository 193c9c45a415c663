"""The value objects of a trace: a checkpoint's networks, the stages of an input's way through them, and its cost.

Widths, depths and heads are those of published configs. None means that no config that vtok has read tells the number.
Shapes are tuples of whole numbers, without the axis of a batch. Costs are counted in multiply-adds (one multiplication
and one addition), in pairs (one query that reads one key, in one layer, over all heads) and in bytes.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from vtok.values import SCHEMA, Size

if TYPE_CHECKING:
    from vtok.values import Layout

Shape = tuple[int, ...]
"""The axes of a tensor, the outermost first."""

Unit = Literal["view", "patch", "state", "token", "position", "pooled"]
"""What a layer of a connector is applied to, once each.

view        an image given to the main encoder
patch       a patch of the main encoder's views
state       a patch or a class state
token       a token that holds features: no learned newline or separator
position    a token, learned newlines and separators included
pooled      a patch of an image, a token of a video
"""

LayerKind = Literal["full", "sliding", "chunked", "linear", "conv", "cross"]
"""How a layer of a language model mixes positions.

full        attention to all positions before, and causal
sliding     attention to the last `window` positions
chunked     attention within chunks of `window` positions
linear      a recurrent state instead of keys and values (gated delta net)
conv        a short convolution
cross       attention to the memory of the encoder
"""


class Encoder(NamedTuple):
    """A vision transformer. `encoder` is the name that its views have, `kind` the type in the config.

    `mlp_width` is the inner width of its MLP, which has `matrices` matrices: 3 where it is gated. `patch_values` are
    the numbers that make a patch, `states` the class and register states that join the patches of each view.
    `full_layers` attend in full and all others within windows; None means that all attend in full. `window` is the side
    of a window in patches; with `padded_windows`, a grid is padded to whole windows. `joint` says who attends together
    in a full layer: the patches of one temporal step, of a view, or of all views. The cost of an encoder that is not
    `plain` is not known.
    """

    kind: str
    encoder: str = "main"
    width: int | None = None
    depth: int | None = None
    heads: int | None = None
    mlp_width: int | None = None
    matrices: int = 2
    patch_values: int | None = None
    states: int = 0
    full_layers: tuple[int, ...] | None = None
    window: int | None = None
    padded_windows: bool = False
    joint: Literal["step", "view", "all"] = "step"
    note: str = ""
    plain: bool = True

    @property
    def windowed_layers(self) -> int:
        """The number of layers that attend within windows."""
        return 0 if self.full_layers is None else (self.depth or 0) - len(self.full_layers)


class Layer(NamedTuple):
    """A step between the encoder and the language model. It is applied to each view, patch or token, or once.

    `output` is the shape behind it. An axis is a number, or the name of one that the input decides: views, patches,
    patches/4 (a quarter of them), states (patches and class states), tokens. `multiply_adds` are those of one
    application.
    """

    name: str
    output: tuple[int | str, ...]
    reason: str
    per: Unit = "token"
    multiply_adds: int = 0


class Connector(NamedTuple):
    """What turns encoder states into embeddings of the language model: merger, projector, Q-Former, resampler.

    `merge` x `merge` patches are joined along the channels into `width_in` numbers; `queries` learned vectors read the
    states of a view, where it has such. `width_out` is the language model's width.
    """

    kind: str
    width_in: int | None = None
    width_out: int | None = None
    merge: int = 1
    queries: int | None = None
    layers: tuple[Layer, ...] = ()


class Latent(NamedTuple):
    """Multi-head latent attention: queries, keys and values go through vectors of low rank (DeepSeek-V2's MLA).

    `query_rank` is None where queries are projected directly. A head has `nope` numbers without and `rope` with
    rotation, and `value` numbers of values. The cache holds `kv_rank` + `rope` numbers a position and layer.
    """

    kv_rank: int
    query_rank: int | None
    nope: int
    rope: int
    value: int


class Experts(NamedTuple):
    """A mixture of experts: of `total` experts of `width` a token takes `per_token`, and all `shared_width` besides.

    `dense_layers` have one MLP of the model's `mlp_width` instead.
    """

    total: int
    per_token: int
    width: int
    shared_width: int = 0
    dense_layers: tuple[int, ...] = ()


class Recurrent(NamedTuple):
    """The heads of a gated delta net, which keeps a state of value heads x key dim x value dim instead of a cache."""

    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int


class LanguageModel(NamedTuple):
    """A language model. `kind` is the type in the config.

    `mlp_width` is the inner width of its MLP, of `matrices` matrices. `layer_kinds` has the kind of each layer; it is
    empty where all are full. `window` is that of sliding or chunked layers, in positions. Full layers have
    `global_kv_heads` and `global_head_dim`, where these differ. The last `shared_kv_layers` layers use the keys and
    values of layers before. `query_parts` is 2 where the query projection makes a gate, too. `causal` is false where
    the tokens of an image also attend to later ones of the same image. `decoder_depth` is set for an encoder-decoder:
    the prompt goes through `depth` encoder layers, and that many decoder layers keep keys and values of it. `uncounted`
    says what work the formulas leave out, so that multiply-adds are not told.
    """

    kind: str
    width: int | None = None
    depth: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    head_dim: int | None = None
    mlp_width: int | None = None
    matrices: int = 3
    vocabulary: int | None = None
    layer_kinds: tuple[LayerKind, ...] = ()
    window: int | None = None
    global_kv_heads: int | None = None
    global_head_dim: int | None = None
    shared_kv_layers: int = 0
    query_parts: int = 1
    causal: bool = True
    decoder_depth: int | None = None
    uncounted: str = ""
    latent: Latent | None = None
    experts: Experts | None = None
    recurrent: Recurrent | None = None

    @property
    def kinds(self) -> tuple[LayerKind, ...]:
        """The kind of each layer."""
        full: LayerKind = "full"
        return self.layer_kinds or (full,) * (self.depth or 0)


class Pixels(NamedTuple):
    """What becomes of pixel values before they are cut.

    They are multiplied by `rescale`, `mean` is subtracted, and the difference is divided by `std`, by channel (red,
    green, blue). None means unknown; a mean of 0 and a deviation of 1 change nothing.
    """

    rescale: float | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    source: str = ""


class Architecture(NamedTuple):
    """The networks of one checkpoint, and where their numbers are published.

    `tokens` are the ids of special tokens by their text; `placeholder` and `video_placeholder` are the ids that stand
    for each visual token before embeddings take their place. `left_out` names the numbers that the config leaves out
    and that are class defaults of transformers.
    """

    checkpoint: str
    source: str
    encoders: tuple[Encoder, ...] = ()
    connector: Connector | None = None
    language: LanguageModel | None = None
    pixels: Pixels = Pixels()
    tokens: Mapping[str, int] = MappingProxyType({})
    placeholder: int | None = None
    video_placeholder: int | None = None
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON of an architecture, without the numbers that are unknown or do not apply."""
        document: dict[str, Any] = as_json(self)
        return document


class Stage(NamedTuple):
    """One stage of the way from the file to the prompt.

    `part` says where it belongs: file, image, encoder, connector, prompt or language model. A stage has sizes in pixels
    (`before`, `after`) or shapes of tensors (`input`, `output`), or both. `number` names what decided, with its value.
    `lost` are sentences about what the stage changes for good: scale, aspect ratio, padding.
    """

    part: str
    name: str
    reason: str
    before: Size | None = None
    after: Size | None = None
    input: Shape | None = None
    output: Shape | None = None
    number: str = ""
    scale: tuple[float, float] | None = None
    distortion: float | None = None
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a stage, without the keys that do not apply."""
        document: dict[str, Any] = as_json(self)
        if self.scale:
            document["scale"] = {"x": self.scale[0], "y": self.scale[1]}
        return document


class EncoderCost(NamedTuple):
    """The cost of an encoder: pairs of a full and of a windowed layer, pairs of all layers, and multiply-adds.

    All are None of an encoder that is no plain transformer.
    """

    encoder: str
    pairs_full_layer: int | None
    pairs_windowed_layer: int | None
    attention_pairs: int | None
    multiply_adds: int | None


class LanguageCost(NamedTuple):
    """The cost of a language model's prefill: `positions`, pairs of all layers, and multiply-adds."""

    positions: int
    attention_pairs: int | None
    multiply_adds: int | None


class Cost(NamedTuple):
    """What an input costs: encoders, connector, prefill, and bytes in `dtype`. None where a number is unknown.

    `kv_cache` are the bytes of keys and values, of latent vectors under MLA.
    """

    dtype: str
    encoders: tuple[EncoderCost, ...]
    connector: int | None
    language: LanguageCost | None
    pixel_values: int | None
    embeddings: int | None
    kv_cache: int | None

    @property
    def multiply_adds(self) -> int | None:
        """The sum of encoders, connector and prefill; None where one of them is unknown."""
        language = 0 if self.language is None else self.language.multiply_adds
        parts = [*(one.multiply_adds for one in self.encoders), self.connector, language]
        return None if any(part is None for part in parts) else sum(part or 0 for part in parts)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a cost, without the keys that are unknown."""
        document: dict[str, Any] = as_json(self)
        total = self.multiply_adds
        return document | ({} if total is None else {"multiply_adds": total})


class Trace(NamedTuple):
    """The whole way of one input through one model: stages in order, networks and cost.

    `architecture` is None where no config of the checkpoint is known; `unknown` then says why. `special_tokens` have
    the text, the id (None where unknown) and the count of each special token of the prompt.
    """

    layout: "Layout"
    stages: tuple[Stage, ...]
    architecture: Architecture | None
    cost: Cost
    unknown: str = ""
    special_tokens: tuple[tuple[str, int | None, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a trace: model, stages, special tokens, spans, networks and cost."""
        layout = self.layout
        special = [{"text": text, "id": number, "count": count} for text, number, count in self.special_tokens]
        return {
            "schema": SCHEMA,
            "model": layout.model,
            "preset": layout.preset,
            "pipeline": layout.pipeline,
            "version": layout.version,
            "kind": "video" if layout.media.is_video else "image",
            "tokens": layout.tokens,
            "prompt_tokens": layout.prompt_tokens,
            "stages": [stage.to_dict() for stage in self.stages],
            "special_tokens": special,
            "spans": [span.to_dict() for span in layout.spans],
            **({"architecture": self.architecture.to_dict()} if self.architecture else {}),
            **({"unknown": self.unknown} if self.unknown else {}),
            "cost": self.cost.to_dict(),
        }


def as_json(value: Any) -> Any:
    """A value object as JSON: fields by name, without those that are None, empty or off."""
    if isinstance(value, Size):
        return value.to_dict()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        pairs = {name: as_json(item) for name, item in value._asdict().items()}
        return {name: item for name, item in pairs.items() if item is not None and item is not False and item != ""}
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    return value
