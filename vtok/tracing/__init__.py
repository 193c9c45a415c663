"""An input's whole way through a model, step by step, and what it costs.

`architectures` reads a checkpoint's networks: from its own config.json, else from published ones in `data`. `models`
has a function for each family, built of `encoders`, `connectors` and `language`. `pixels` has the tensors of image
processors, `costs` counts pairs, multiply-adds and bytes, and `stages` puts the way together.
"""

from vtok import checkpoints, families
from vtok.errors import UnknownModelError
from vtok.networks import Architecture, Trace
from vtok.parts.family import Family
from vtok.tracing.architectures import family_data, of_checkpoint, pixels_of
from vtok.tracing.costs import cost_of
from vtok.tracing.pixels import tensors
from vtok.tracing.stages import HIDDEN, special_tokens, stages_of
from vtok.values import Layout

__all__ = ["architecture", "trace"]

OWN = ("transformers", "original", "qwen-vl-utils", "vllm", "sglang")
"""Pipelines that run the model's processor, so that tensors are the model's; other engines cut patches in their way."""


def trace(layout: Layout, model: str | Family | None = None, *, dtype: str = "bf16") -> Trace:
    """Compute the whole way of a layout's input: a `Trace` of stages with sizes and shapes, networks and cost.

    `model` names the checkpoint whose networks are meant, by default the layout's preset: a name, or a folder with its
    config.json. Give the one that made the layout, since a folder may have moved. `dtype` is that of embeddings and
    cache: fp32, bf16, fp16, fp8, int8, int4. Where no config of the checkpoint is known, the trace says so, and leaves
    the numbers out.

    Raises UsageError for an unknown dtype and for a config with impossible numbers, UnknownModelError for an unknown
    model.
    """
    name = model if isinstance(model, str) else layout.preset
    family = model if isinstance(model, Family) else checkpoints.get(name)
    networks, unknown = _known(name)
    stem = families.stem_of(layout.model)
    data = family_data(stem) if stem else {}
    kind = data.get("pixels", "") if layout.pipeline in OWN else ""
    numbers = {number: value for number, (value, _) in family.numbers().items()}
    constants = networks.pixels if networks else pixels_of(data, "")
    pixels = () if layout.pipeline == HIDDEN else tensors(layout, kind, numbers, data.get("pad_to", ()))
    return Trace(
        layout=layout,
        stages=stages_of(layout, family, networks, pixels, unknown=unknown, constants=constants),
        architecture=networks,
        cost=cost_of(layout, networks, dtype, tuple(tensor.shape for tensor in pixels)),
        unknown=unknown,
        special_tokens=tuple(special_tokens(layout, networks)),
    )


def architecture(model: str) -> Architecture:
    """Read the networks of a checkpoint: widths, depths and heads of its encoders, connector and language model.

    `model` is a name, a repository id, or a folder with a config.json. Raises UnknownModelError where no config of the
    checkpoint is known, UsageError for a config with impossible numbers.
    """
    return of_checkpoint(model)


def _known(name: str) -> tuple[Architecture | None, str]:
    """The networks of a checkpoint, or None and the reason."""
    try:
        return of_checkpoint(name), ""
    except UnknownModelError as error:
        return None, str(error)
