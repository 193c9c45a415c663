"""`vtok trace`: the whole way of an input through a model, step by step, and what it costs."""

from typing import Annotated, Any

import typer

from vtok import tracing
from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._presets import one_preset
from vtok.networks import Trace
from vtok.render.text import trace as views
from vtok.render.text.answers import dumps
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import is_terminal, show, show_pairs
from vtok.tracing.costs import BITS, bits_of

Dtype = Annotated[
    str,
    typer.Option(
        "--dtype", metavar="NAME", autocompletion=completion.words(*BITS),
        help=f"The type of embeddings, cache and pixel values: {', '.join(BITS)}.",
    ),
]  # fmt: skip


def trace(
    *,
    inputs: o.InputOptions,
    model: o.OneModel = None,
    videos: o.VideoOptions,
    preset: o.PresetOptions,
    dtype: Dtype = "bf16",
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show the whole way of an input through a model: sizes, tensor shapes, reasons and cost of every step.

    The way goes from the file over the resized image, its pixel values and patches, the encoder's layers and the
    connector to the prompt's tokens, their position ids and the language model. Widths, depths and heads are those
    of published configs, or of the config.json in a checkpoint's folder; what is not known is left out.

    Costs are attention pairs, multiply-adds (half of what is often called FLOPs), and bytes of the KV cache. The
    prefill is that of this input's tokens alone.

    Examples:
      vtok trace photo.jpg -m qwen2.5-vl-7b
      vtok trace 1920x1080 -m deepseek-vl-7b --dtype fp8
      vtok trace photo.jpg -m ./my-checkpoint --json
    """
    bits_of(dtype)
    sources = inputs.gather()
    family = one_preset(model, preset, videos)
    failures = Failures()
    documents: list[dict[str, Any]] = []
    for i, source in enumerate(sources):
        traced = None
        with failures.of(source.name):
            traced = tracing.trace(family.layout(videos.media(source)), family, dtype=dtype)
        if traced is None:
            documents.append(failures[-1]._asdict())
        elif json:
            documents.append({"input": source.name, **traced.to_dict()})
        else:
            _print(source.name, traced, first=i == 0)
    if json:
        print("[" + ",\n ".join(map(dumps, documents)) + "]")
    failures.end()


def _print(name: str, traced: Trace, *, first: bool) -> None:
    if not first:
        write_lines([""])
    show_pairs(views.summary(traced, name))
    write_lines([""])
    show(views.stages(traced) if is_terminal() else views.plain_stages(traced))
    write_lines([""])
    show(views.costs(traced.cost))
