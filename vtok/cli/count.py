"""`vtok count`: what images and videos cost."""

import sys
from collections.abc import Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.cli._failures import LastFailure
from vtok.cli._presets import labels, presets, takes_all
from vtok.cli._prices import PriceOptions
from vtok.errors import UsageError

if TYPE_CHECKING:
    from vtok.parts.family import Family
    from vtok.render.text.compare import Contexts

Ndjson = Annotated[bool, typer.Option("--ndjson", help="Print a JSON object per line, each as soon as it is known.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")]
Quiet = Annotated[
    bool,
    typer.Option(
        "-q", "--quiet",
        help="Print only the prompt tokens: an integer per input, labelled if several models or pipelines count it.",
    ),
]  # fmt: skip
Field = Annotated[
    list[str] | None,
    typer.Option(
        "--field", metavar="KEY", show_default=False, autocompletion=completion.fields,
        help="Print only this key of the JSON, such as tokens or original.width. Several give several columns.",
    ),
]  # fmt: skip
Total = Annotated[
    bool, typer.Option("--total", help="Add the sum of all inputs, one for each model. With -q, print only that.")
]
Together = Annotated[
    bool, typer.Option("--together", help="All inputs share one prompt: some models then make fewer tiles.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", metavar="N", help="Count in N processes. Default: one, and one for each core once that pays."
    ),
]
Sizes = Annotated[
    list[str] | None,
    typer.Option("--size", metavar="WxH", show_default=False, help="Count this size without a file. Repeatable."),
]

MOST_JOBS = 256


def count(
    *,
    inputs: o.InputOptions,
    size: Sizes = None,
    model: o.Models = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    price: PriceOptions,
    together: Together = False,
    json: o.Json = False,
    ndjson: Ndjson = False,
    csv: Csv = False,
    quiet: Quiet = False,
    field: Field = None,
    total: Total = False,
    jobs: Jobs = None,
    debug: o.Debug = False,  # read by main; declared for the help page
) -> None:
    """Count the tokens that images and videos cost.

    One input is explained step by step. Several inputs are a table with their sum. Several models are compared: what
    each one takes of its context, and how many pixels stand for one token.

    Tokens are positions of the language model that hold image features. Prompt tokens are those and the special tokens
    around them. In a pipe the table is tab-separated text.

    Examples:
      vtok count photo.jpg
      vtok count *.jpg -m qwen2.5-vl -m internvl
      vtok count photo.jpg -m qwen3-vl --pipeline transformers --pipeline ollama
      vtok count clip.mp4 --fps 1
      vtok count 1920x1080 --set max_pixels=1003520
      vtok count 1280x720 --duration 60 --source-fps 24
      tokens=$(vtok count -q photo.jpg)
      vtok count *.png -m gpt-4o -m claude-opus-4.7 --price gpt-4o=2.50 --price claude-opus-4.7=5
      vtok count images/ --field input --field original.width --field tokens
    """
    from vtok.cli._answers import Output, form_of
    from vtok.cli._counting import Counting
    from vtok.cli._inputs import Batches, Edge
    from vtok.cli._printing import People, Printer, run
    from vtok.cli._progress import Progress

    fields = field or (["prompt_tokens"] if quiet else [])
    output = Output(json=json, ndjson=ndjson, csv=csv, fields=fields, total=total)
    output.check()
    processes = _processes(jobs)
    edge = Edge()
    sources = inputs.stream(size, edge=edge)
    company: dict[str, Any] = {}
    if together:
        every = list(sources)
        company, sources = {"num_images": len(every)}, iter(every)
    families = presets(model, preset, video, **company)
    first = list(islice(sources, 2))
    if "-" in (inputs.inputs or ()):
        processes = 1  # only this process has standard input
    takes_every = takes_all(model) or "all" in (preset.pipeline or ())
    counting = Counting(families, video, LastFailure(), leave_out=takes_every, prices=price.of(families))
    contexts = {} if len(families) == 1 else _contexts(families)
    form = form_of(output, list(counting.blanks.values()), contexts, several=len(first) > 1)
    printer = (People if output.is_for_people else Printer)(counting, form, contexts)
    progress = Progress(None if inputs.is_read_once else lambda: inputs.stream(size, quiet=True))
    try:
        run(Batches(chain(first, sources), edge), printer, progress, processes)
    except KeyboardInterrupt:
        progress.clear()
        printer.end()
        if sys.stderr.isatty():
            print(f"vtok: stopped after {printer.inputs:,} inputs", file=sys.stderr)
        raise typer.Exit(130) from None
    progress.clear()
    printer.end()
    counting.failures.end()


def _processes(jobs: int | None) -> int | None:
    """`--jobs`; UsageError for what cannot be."""
    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        raise UsageError(f"--jobs {jobs}: a number from 1 to {MOST_JOBS} is needed")
    return jobs


def _contexts(families: "Sequence[Family]") -> "Contexts":
    return {label: family.max_position_embeddings for label, family in zip(labels(families), families, strict=True)}
