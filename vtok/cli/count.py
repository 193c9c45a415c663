"""`vtok count`: what images and videos cost."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

import typer

from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._inputs import Input
from vtok.cli._presets import presets
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.render.text import answers as a
from vtok.render.text.answers import Answer
from vtok.render.text.plain import write_lines
from vtok.values import Media

Ndjson = Annotated[bool, typer.Option("--ndjson", help="A JSON object per line, written as soon as it is known.")]
Csv = Annotated[bool, typer.Option("--csv", help="Comma-separated values.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only the prompt tokens, a bare integer per input.")]
Field = Annotated[
    str | None, typer.Option("--field", metavar="KEY", help="Only this key of the JSON per input, as --field tokens.")
]
Total = Annotated[bool, typer.Option("--total", help="Add the sum of all inputs (with -q: print only that).")]
Together = Annotated[bool, typer.Option("--together", help="All inputs are one prompt: some models then tile less.")]
Sizes = Annotated[
    list[str] | None, typer.Option("--size", metavar="WxH", help="A size without a file; may be given several times.")
]


KEPT = frozenset({"input", "model", "tokens", "prompt_tokens"})
"""Columns of several rows that a narrow terminal shows, too."""

QUICK = frozenset({"prompt_tokens", "tokens", "patches"})
"""Fields that need no JSON of the whole layout."""


class Output(NamedTuple):
    """How the answers are to be written."""

    json: bool
    ndjson: bool
    csv: bool
    field: str | None
    total: bool

    def check(self) -> None:
        """UsageError where two forms are asked for at once."""
        flags = {"--json": self.json, "--ndjson": self.ndjson, "--csv": self.csv, "-q or --field": self.field}
        chosen = [flag for flag, on in flags.items() if on]
        if len(chosen) > 1:
            raise UsageError(f"{' and '.join(chosen)} contradict each other; give one of them")


def count(
    *,
    inputs: o.InputOptions,
    size: Sizes = None,
    model: o.Models = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    together: Together = False,
    json: o.Json = False,
    ndjson: Ndjson = False,
    csv: Csv = False,
    quiet: Quiet = False,
    field: Field = None,
    total: Total = False,
    debug: o.Debug = False,  # read by main; declared for the help page
) -> None:
    """Count the tokens that images and videos cost.

    vtok count photo.jpg                          one photo, with every step explained

    vtok count *.jpg -m qwen2.5-vl -m internvl    a comparison

    vtok count clip.mp4 --fps 1                   a video, one frame a second

    vtok count 1920x1080 --set max_pixels=1003520

    tokens=$(vtok count -q photo.jpg)             one integer, for scripts
    """
    output = Output(
        json=json, ndjson=ndjson, csv=csv, field="prompt_tokens" if quiet and not field else field, total=total
    )
    output.check()
    sources = inputs.gather(size)
    company: dict[str, Any] = {"num_images": len(sources)} if together else {}
    families = presets(model, preset, video, **company)
    failures = Failures()
    answers = _answers(sources, families, video, failures)
    if ndjson:
        _stream(answers, output)
    else:
        _write(list(_watched(answers, len(sources) * len(families))), output, _contexts(families))
    failures.end()


def _contexts(presets: Sequence[Family]) -> dict[tuple[str, str], int | None]:
    """The context of each of several models that are compared; empty for one."""
    if len(presets) == 1:
        return {}
    return {(p.model, p.repo or p.preset or p.model): p.max_position_embeddings for p in presets}


def _answers(
    sources: Sequence[Input], families: Sequence[Family], video: o.VideoOptions, failures: Failures
) -> Iterator[Answer]:
    """An answer for every input and model."""
    for given in sources:
        media = None
        with failures.of(given.name):
            media = video.media(given)
        if media is None:
            yield from (Answer(given.name, family.model, error=failures[-1].error) for family in families)
        else:
            yield from (_answer(media, family, failures, several=len(families) > 1) for family in families)


def _answer(media: Media, family: Family, failures: Failures, *, several: bool) -> Answer:
    with failures.of(media.name, model=family.model if several else ""):
        return Answer(media.name, family.model, family.layout(media))
    return Answer(media.name, family.model, error=failures[-1].error)


def _stream(answers: Iterator[Answer], output: Output) -> None:
    """NDJSON: a line per answer, at once."""
    seen = []
    for answer in answers:
        print(a.dumps(answer.to_dict()), flush=True)
        seen.append(answer)
    if output.total:
        print(a.dumps({"input": None, "total": a.totals(seen)}), flush=True)


def _write(answers: list[Answer], output: Output, contexts: dict[tuple[str, str], int | None]) -> None:
    """All other forms, once every answer is known."""
    if output.field:
        _write_field(answers, output.field, total=output.total)
    elif output.json:
        items = [answer.to_dict() for answer in answers]
        if contexts:
            from vtok.render.text import compare

            items = [item | compare.facts(answer, contexts) for item, answer in zip(items, answers, strict=True)]
        if output.total:
            items.append({"input": None, "total": a.totals(answers)})
        print("[" + ",\n ".join(map(a.dumps, items)) + "]")
    elif contexts:
        _write_comparison(answers, output, contexts)
    else:
        _write_table(answers, output)


def _write_field(answers: Sequence[Answer], field: str, *, total: bool) -> None:
    values = []
    for answer in answers:
        if answer.layout is None:
            continue
        if field in QUICK:
            values.append(getattr(answer.layout, field))
            continue
        keys = answer.layout.keys_and_values()
        if field not in keys:
            raise UsageError(f"--field {field!r}: no such key; there are {', '.join(keys)}")
        values.append(keys[field])
    if total:
        numbers = [value for value in values if isinstance(value, int)]
        if len(numbers) < len(values):
            raise UsageError(f"--field {field} is not one number per input and has no --total")
        values = [sum(numbers)]
    write_lines([value if isinstance(value, str) else "" if value is None else a.dumps(value) for value in values])


def _write_table(answers: Sequence[Answer], output: Output) -> None:
    from vtok.render.text.tables import Table, is_terminal, show, write_csv

    people = is_terminal() and not output.csv
    names = a.columns(answers, every=not people)
    rows = [dict(zip(a.COLUMNS, a.row(answer), strict=True)) for answer in answers if answer.layout]
    several = len({answer.model for answer in answers}) > 1
    summed = output.total or (people and len(rows) > 1 and not several)
    totals = {**a.totals(answers), "input": "total"} if summed else None
    layouts = [answer.layout for answer in answers if answer.layout]
    table = Table(
        columns=[a.COLUMNS[name]._replace(minor=len(rows) > 1 and name not in KEPT) for name in names],
        rows=[[row[name] for name in names] for row in rows],
        totals=[totals.get(name) for name in names] if totals else None,
        caption=list(dict.fromkeys(map(a.provenance, layouts))) if people else (),
    )
    if output.csv:
        write_csv(table)
    elif rows or not people:
        show(table)
    if people and len(answers) == 1 and layouts:
        _explain(a.facts(layouts[0]))


def _write_comparison(answers: Sequence[Answer], output: Output, contexts: dict[tuple[str, str], int | None]) -> None:
    """Several models: sorted by cost, with the share of each one's context and how fine it sees."""
    from vtok.render.text import compare
    from vtok.render.text.tables import Table, is_terminal, show, write_csv

    answers = compare.sorted_answers(answers)
    if is_terminal() and not output.csv:
        if len({answer.input for answer in answers}) > 1:
            _write_table(answers, output)
        show(compare.table(answers, contexts))
        return
    columns = [*a.COLUMNS.values(), compare.SHARE, compare.SCALE]
    rows = [
        [*a.row(answer), *(compare.cells(answer, contexts).get(column.name) for column in columns[len(a.COLUMNS) :])]
        for answer in answers
        if answer.layout
    ]
    summed: dict[str, Any] = {**a.totals(answers), "input": "total"}
    totals = [summed.get(column.name) for column in columns] if output.total else None
    table = Table(columns=columns, rows=rows, totals=totals)
    (write_csv if output.csv else show)(table)


def _explain(lines: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in lines)
    print()
    write_lines([f"  {name:<{width}}  {text}" for name, text in lines])


def _watched(answers: Iterator[Answer], expected: int) -> Iterator[Answer]:
    """The same answers, with progress on a terminal's standard error when it takes long."""
    start = last = time.monotonic()
    for done, answer in enumerate(answers, 1):
        yield answer
        now = time.monotonic()
        if now - start > 1 and now - last > 0.2 and sys.stderr.isatty():
            last = now
            print(f"\r\033[Kcounted {done:,} of {expected:,}", end="", file=sys.stderr, flush=True)
    if last > start:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
