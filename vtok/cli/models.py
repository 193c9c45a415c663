"""`vtok models`: what is known, and every number of one model with its source."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vtok import checkpoints, engines, families
from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.errors import UsageError
from vtok.parts.abilities import basis_of
from vtok.parts.family import Family
from vtok.parts.grounding import grounding
from vtok.render.text.answers import dumps
from vtok.render.text.tables import Cell, Column, Table, fits, is_terminal, show, show_pairs
from vtok.values import SCHEMA

if TYPE_CHECKING:
    from vtok.checkpoints.read import Checkpoint

EXIT_CODES = {0: "the model is known", 1: None}

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[MODEL]",
        show_default=False,
        autocompletion=completion.models,
        help="A model, a checkpoint, a repository, a checkpoint's folder or a GGUF file: show every number of it.",
    ),
]


Pipeline = Annotated[
    str | None,
    typer.Option("--pipeline", metavar="NAME", show_default=False, help="A model's numbers as this engine has them."),
]
Pipelines = Annotated[
    bool, typer.Option("--pipelines", help="Which pipelines and engines have which model, as a table of both.")
]


def models(
    model: Name = None,
    pipeline: Pipeline = None,
    pipelines: Pipelines = False,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """List the models that vtok knows, or every number of one of them with its source.

    Of one model the numbers, the options that --set takes, its other presets and its pipelines are shown; of a
    checkpoint's folder, or of a projector's GGUF file, also how it differs from the nearest published preset.

    Examples:
      vtok models
      vtok models qwen2.5-vl
      vtok models ./my-finetune
      vtok models ./mmproj-F16.gguf
      vtok models qwen3-vl --pipeline llama.cpp
      vtok models --pipelines
    """
    if pipelines:
        _matrix([checkpoints.get(name) for name in ([model] if model else families.models())], as_json=json)
    elif model is not None:
        checkpoint = checkpoints.checkpoint(model)
        preset = checkpoint.family if checkpoint else checkpoints.get(model)
        _one(engines.choose(preset, pipeline=pipeline or ""), checkpoint, as_json=json)
    elif pipeline:
        raise UsageError("--pipeline needs a model, as `vtok models qwen3-vl --pipeline llama.cpp`")
    elif json:
        print("[" + ",\n ".join(dumps(_summary(preset)) for preset in families.presets()) + "]")
    else:
        _all()


def _all() -> None:
    presets: dict[str, list[Family]] = {}
    for preset in families.presets():
        presets.setdefault(preset.model, []).append(preset)
    rows = [
        [
            name,
            ", ".join(f"{kind}s" for kind in dict.fromkeys(kind for preset in of_model for kind in preset.kinds)),
            ", ".join(of_model[0].pipelines),
            len(of_model),
            Cell(of_model[0].repo, (of_model[0].repo,), shorter=of_model[0].names[0]),
        ]
        for name, of_model in sorted(presets.items())
    ]
    columns = [
        Column("model", "model"),
        Column("takes", "takes"),
        Column("pipelines", "pipelines", minor=True),
        Column("presets", "presets", number=True, minor=True),
        Column("default preset", "default_preset"),
    ]
    show(Table(columns=columns, rows=rows, caption=["`vtok models NAME` shows every number of one of them."]))


def _matrix(presets: Sequence[Family], *, as_json: bool) -> None:
    """The models down, the pipelines across: the newest version of each that has the model."""
    have = {preset.model: _newest(preset) for preset in presets}
    if as_json:
        print(dumps(have))
        return
    names = list(dict.fromkeys(("transformers", "original", "qwen-vl-utils", "api", *engines.FILES)))
    columns = [Column("model", "model"), *(Column(name, name) for name in names)]
    matrix = Table(columns=columns, rows=[[model, *map(of_model.get, names)] for model, of_model in have.items()])
    if not is_terminal() or fits(matrix):
        show(matrix)
        return
    columns = [Column("model", "model"), Column("pipelines and engines", "pipelines")]
    rows = [[model, ", ".join(of_model)] for model, of_model in have.items()]
    show(Table(columns=columns, rows=rows, caption=["A wider terminal or a pipe shows a column for each."]))


def _newest(preset: Family) -> dict[str, str]:
    """The newest version of each pipeline and engine that has this model."""
    return {name: versions[-1] for name, versions in _pipelines(preset).items()}


def _one(preset: Family, checkpoint: "Checkpoint | None", *, as_json: bool) -> None:
    if as_json:
        print(dumps(_summary(preset) | (_against_base(checkpoint) if checkpoint else {})))
        return
    numbers = [["number", name, _cell(value), source] for name, (value, source) in preset.numbers().items()]
    chosen = [["option", name, _default(preset, name), _meaning(preset, name)] for name in preset.options()]
    columns = [
        Column("", "kind"),
        Column("name", "name"),
        Column("value", "value"),
        Column("source or meaning", "source"),
    ]
    rows = [*numbers, *chosen, *(_comparison(checkpoint) if checkpoint else ())]
    about = list(_about(preset, checkpoint.base if checkpoint else preset))
    if is_terminal():
        heading = f"{preset.label} · {preset.repo}" if preset.repo else preset.label
        show(Table(columns=columns, rows=rows, heading=heading))
        show_pairs(list(_paragraphs(about)))
    else:
        show(Table(columns=columns, rows=[*rows, *about]))


def _about(preset: Family, base: Family) -> Iterator[list[str]]:
    """What is known beside numbers: the model's other presets, its pipelines, remarks; as rows of the table."""
    for other in families.presets():
        if other.model == base.model:
            name, *more = other.names
            yield ["preset", name, "", ", ".join(more)]
    for name, versions in _pipelines(preset).items():
        yield ["pipeline", name, "", ", ".join(versions)]
    heading = engines.heading(preset)
    if ": " in heading:
        yield ["note", "", "", heading]
    if known := grounding(preset.model):
        yield ["boxes", known.convention, "", known.source]
    if basis := basis_of(preset):
        yield ["basis", basis.status, basis.date, basis.source]
    for remark in preset.remarks:
        yield ["remark", "", "", remark]


def _pipelines(preset: Family) -> dict[str, tuple[str, ...]]:
    """The pipelines and engines that have a preset, with their versions; where an engine counts, that engine alone."""
    engine = engines.counted_by(preset)
    if engine in engines.FILES:
        return {engine: engines.versions_of(preset)}
    return preset.pipelines | {name: engines.versions_of(engines.serve(name, preset)) for name in engines.of(preset)}


def _paragraphs(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Rows as pairs of a kind and a text. Only the first row of a kind names it, but each remark is named."""
    last = ""
    for kind, *texts in rows:
        yield "" if kind == last and kind != "remark" else kind, " ".join(text for text in texts if text)
        last = kind


def _comparison(checkpoint: "Checkpoint") -> Iterator[list[Any]]:
    """How a checkpoint's configs differ from the nearest preset, and which of their keys have no effect."""
    base = checkpoint.base.names[0]
    for name, (here, there) in checkpoint.differences.items():
        yield ["difference", name, _cell(here), f"{_text(there)} in {base}"]
    if not checkpoint.differences and checkpoint.base is not checkpoint.family:
        yield ["difference", "none", "", f"all numbers are those of {base}"]
    for text in checkpoint.family.ignored:
        file, _, what = text.partition(": ")
        yield ["ignored", what, "", file]
    for file, keys in checkpoint.not_read.items():
        number = f"{len(keys)} key{'s' * (len(keys) > 1)}"
        yield ["other", number, "", f"{file}: not about sizes: {', '.join(keys)}"]


def _against_base(checkpoint: "Checkpoint") -> dict[str, Any]:
    differences = {name: {"here": here, "there": there} for name, (here, there) in checkpoint.differences.items()}
    return {
        "base": checkpoint.base.names[0],
        "differences": differences,
        "ignored": list(checkpoint.family.ignored),
        "not_about_sizes": checkpoint.not_read,
    }


def _meaning(preset: Family, name: str) -> str:
    """What an option is about, and what it may be."""
    choices = next(field.metadata.get("choices", ()) for field in fields(preset) if field.name == name)
    text = preset.options()[name]
    return f"{text}: {', '.join(filter(None, choices))}" if choices else text


def _default(preset: Family, name: str) -> Cell:
    """The default of an option, as `--set` takes it."""
    if name in ("pipeline", "version"):
        value = engines.counted_by(preset) if name == "pipeline" else engines.version_of(preset)
        return Cell(value, (value,))
    return _cell(getattr(preset, name), nothing="none")


def _cell(value: Any, nothing: str = "-") -> Cell:
    """A number: for people thousands apart, for programs plain; sequences as numbers with commas, or as JSON."""
    plain = nothing if value is None or value == "" else value
    if isinstance(value, tuple):
        plain = dumps(value)
    elif isinstance(value, bool):
        plain = str(value).lower()
    return Cell(_text(value, nothing), (plain,))


def _text(value: Any, nothing: str = "-") -> str:
    """A value for people."""
    if value is None or value == "":
        return nothing
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.12g}"
    return ", ".join(map(_text, value)) if isinstance(value, tuple) else str(value)


def _summary(preset: Family) -> dict[str, Any]:
    numbers = {name: {"value": value, "source": source} for name, (value, source) in preset.numbers().items()}
    return {
        "schema": SCHEMA,
        "model": preset.model,
        "preset": preset.names[0],
        "repo": preset.repo,
        "names": list(preset.names),
        "takes": list(preset.kinds),
        "pipelines": {name: list(versions) for name, versions in _pipelines(preset).items()},
        "numbers": numbers,
        "options": preset.options(),
        "remarks": list(preset.remarks),
        **({"boxes": known._asdict()} if (known := grounding(preset.model)) else {}),
        **({"basis": basis.to_dict()} if (basis := basis_of(preset)) else {}),
    }
