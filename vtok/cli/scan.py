"""`vtok scan`: the tokens of every item of a data set."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

import vtok
from vtok import engines
from vtok.cli import _options as o
from vtok.cli._failures import complain
from vtok.cli._presets import flags, labels, presets
from vtok.cli._prices import PriceOptions
from vtok.cli._progress import Progress
from vtok.errors import UsageError
from vtok.parts.family import Family

if TYPE_CHECKING:
    from vtok.datasets.running import Model, Runner
    from vtok.datasets.shards import Shard
    from vtok.datasets.tables import Columns
    from vtok.geometry.packing import Lengths

LENGTHS = (4_096, 8_192, 32_768)
"""The sequence lengths that a summary asks about."""

EXIT_CODES = {1: "some items could not be counted; the column error says why"}

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        show_default=False,
        help="A folder, a .tar, .parquet, .arrow or .jsonl file, a pattern such as 'shards/{000..099}.tar', or a "
        "URL that fsspec reads (s3://, gs://).",
    ),
]
Out = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write a row for each item to this parquet file."),
]
Summary = Annotated[
    bool,
    typer.Option("--summary", help="Print totals, quantiles and what truncation loses. Without -o, that is all."),
]
Length = Annotated[
    list[int] | None,
    typer.Option(
        "--length", metavar="N", show_default=False,
        help="A sequence length that the summary asks about. May be repeated. Default: 4096, 8192 and 32768.",
    ),
]  # fmt: skip
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", metavar="N", show_default=False, help="Processes. Default: one for each core."),
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray", metavar="[ADDRESS]", show_default=False,
        help="Run on Ray, a task for each shard: on this machine, or on the cluster at ADDRESS (auto, host:port, ray://...).",
    ),
]  # fmt: skip
WidthColumn = Annotated[str, typer.Option("--width", metavar="COLUMN", help="The column of widths, in a table.")]
HeightColumn = Annotated[str, typer.Option("--height", metavar="COLUMN", help="The column of heights, in a table.")]
ImageColumn = Annotated[
    str, typer.Option("--image", metavar="COLUMN", help="The column of encoded images, in a table.")
]
KeyColumn = Annotated[str, typer.Option("--key", metavar="COLUMN", help="The column that names the items, in a table.")]


class OptionalAddress(TyperCommand):
    """A command whose --ray may stand without an address."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give --ray the address of this machine where none follows."""
        return super().parse_args(ctx, list(_with_address(args)))


COMMAND_CLASS = OptionalAddress
_ADDRESS = re.compile(r"auto|local|ray://.+|[\w.-]+:\d+")


def _with_address(args: Sequence[str]) -> Iterator[str]:
    for argument, following in zip_longest(args, args[1:], fillvalue=""):
        yield argument
        if argument == "--ray" and not _ADDRESS.fullmatch(following):
            yield "local"


def scan(
    *,
    sources: Sources,
    model: o.Models = None,
    output: Out = None,
    summary: Summary = False,
    length: Length = None,
    json: o.Json = False,
    jobs: Jobs = None,
    ray: Ray = None,
    width: WidthColumn = "",
    height: HeightColumn = "",
    image: ImageColumn = "",
    key: KeyColumn = "",
    preset: o.PresetOptions,
    price: PriceOptions,
    debug: o.Debug = False,
) -> None:
    """Count the tokens of every item of a data set.

    Items are images, videos and conversations. Only the first bytes of each file are read. A row has the item's key,
    its size, its tokens and prompt tokens, or why it could not be counted. Text is not counted.

    A scan that was interrupted goes on where it stopped: start it again with the same arguments. Shards that are
    finished are not read again.

    Examples:
      vtok scan images/ -m qwen2.5-vl -o lengths.parquet
      vtok scan 'shards/{000..099}.tar' -m qwen2.5-vl -m internvl -o lengths.parquet
      vtok scan sizes.parquet --width w --height h --summary
      vtok scan chats.jsonl -m qwen3-vl --set max_pixels=1003520 --summary --length 16384
      vtok scan images/ -m gpt-4o --price 2.50
      vtok scan s3://bucket/shards/ -o lengths.parquet --ray auto
    """
    from vtok.datasets import check_installed

    check_installed()
    from tempfile import TemporaryDirectory

    from vtok.datasets.lengths import errors_of, measured, num_errors
    from vtok.datasets.tables import Columns
    from vtok.render.text.lengths import show_summary

    if output and os.path.splitext(output)[1].lower() != ".parquet":
        raise UsageError(f"{output}: rows are written as parquet; end the name in .parquet")
    for flag, numbers in {"--jobs": [jobs], "--length": length or ()}.items():
        if any(number is not None and number < 1 for number in numbers):
            raise UsageError(f"{flag}: give whole numbers from 1 up")
    families = presets(model, preset)
    priced, named = price.of(families), dict(zip(labels(families), families, strict=True))
    prices = {label: priced[family] for label, family in named.items() if family in priced}
    with TemporaryDirectory() as folder:
        whole = output or os.path.join(folder, "lengths.parquet")
        _write(sources, families, Columns(width, height, image, key), whole, _runner(jobs, ray))
        if summary or json or not output or prices:
            others = _other_limits(whole, named)
            show_summary(measured(whole), tuple(length or LENGTHS), others, json=json, prices=prices)
        failed = num_errors(whole)
        first = next(errors_of(whole)) if failed else None
    if first:
        complain(first[0], f"{first[1]}{_others(failed - 1, written=bool(output))}")
        raise typer.Exit(1)


def _others(count: int, *, written: bool) -> str:
    """How many rows failed beside the first one, and where their reasons are or would be written."""
    counted = "1 more row was" if count == 1 else f"{count:,} more rows were"
    reason = "the column error says why" if written else "-o FILE writes the reasons"
    return f"; {counted} not counted; {reason}" if count else ""


def _write(
    sources: Sequence[str], families: Sequence[Family], columns: "Columns", output: str, runner: "Runner"
) -> None:
    """Scan the sources and write the rows; progress on a terminal's standard error."""
    from vtok.datasets.running import Scan, question
    from vtok.datasets.shards import shards_of

    models = tuple(map(_model, labels(families), families))
    scan = Scan(output, _without(output, sources, shards_of(sources, complain)), models, columns)
    if not scan.shards:
        raise UsageError("nothing to scan; the sources hold no images, videos or data files")
    progress = Progress(shards=len(scan.shards))
    try:
        scan.run(runner, question(models, columns, vtok.__version__), progress.report)
    finally:
        progress.clear()


def _without(output: str, sources: Sequence[str], shards: "Iterable[Shard]") -> "tuple[Shard, ...]":
    """The shards without the output of an earlier scan, which may stand in a folder that is scanned.

    Raises UsageError where a source itself is the output.
    """
    from vtok.render.files import Outputs

    if not os.path.exists(output):
        return tuple(shards)
    Outputs(source for source in sources if not os.path.isdir(source)).check(output)
    return tuple(shard for shard in shards if shard.names or not _is_file(shard.place, output))


def _is_file(place: str, output: str) -> bool:
    return os.path.exists(place) and os.path.samefile(place, output)


def _model(label: str, family: Family) -> "Model":
    """A preset as it travels to another process: its name, and what the user set."""
    from vtok.datasets.running import Model

    options = {name: getattr(family, name) for name in family.asked}
    pipeline = engines.counted_by(family)
    if pipeline in engines.FILES:
        options["pipeline"] = pipeline
    return Model(label, family.names[0], tuple(sorted(options.items())))


def _runner(jobs: int | None, ray: str | None) -> "Runner":
    if ray is not None:
        from vtok.datasets import on_ray

        if not sys.stderr.isatty():
            import logging

            logging.disable(logging.WARNING)  # Ray logs each of its steps
        return partial(on_ray.run, address=ray)
    from vtok import processes
    from vtok.datasets import running

    return partial(running.in_processes, jobs=jobs or processes.cores())


def _other_limits(path: str, families: Mapping[str, Family]) -> "dict[str, dict[str, Lengths]]":
    """What the images would come to at a half and a quarter of each model's limit: by model, by the words to type."""
    from vtok.datasets.counting import limits_to_try
    from vtok.datasets.lengths import by_preset

    return {
        label: {
            flags(options): by_preset(path, label, engines.choose(family, **options))
            for options in limits_to_try(family)
        }
        for label, family in families.items()
    }
