"""`vtok models`: what is known, and every number of one model with its source."""

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vtok import checkpoints, families
from vtok.cli import _options as o
from vtok.parts.family import Family
from vtok.render.text.answers import dumps
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import Column, Table, is_terminal, show, terminal_width
from vtok.values import SCHEMA

if TYPE_CHECKING:
    from vtok.checkpoints.read import Checkpoint

Name = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", show_default=False, help="Show every number of this model.")
]


def models(model: Name = None, json: o.Json = False, debug: o.Debug = False) -> None:
    """List the models that vtok knows, or every number of one with where it is from.

    vtok models                        all of them

    vtok models qwen2.5-vl             its numbers, options, checkpoints

    vtok models ./my-finetune          those of its configs, and how they differ
    """
    if model is not None:
        found = checkpoints.checkpoint(model)
        _one(found.family if found else checkpoints.get(model), found, as_json=json)
    elif json:
        print("[" + ",\n ".join(dumps(_summary(preset)) for preset in families.presets()) + "]")
    else:
        _all()


def _all() -> None:
    presets: dict[str, list[Family]] = {}
    for preset in families.presets():
        presets.setdefault(preset.model, []).append(preset)
    rows = [
        [name, ", ".join({"image": "images", "video": "videos"}[kind] for kind in known[0].kinds),
         ", ".join(known[0].pipelines), len(known), known[0].repo]
        for name, known in sorted(presets.items())
    ]  # fmt: skip
    columns = [
        Column("model", "model"),
        Column("takes", "takes"),
        Column("pipelines", "pipelines", minor=True),
        Column("presets", "presets", number=True, minor=True),
        Column("default preset", "default_preset"),
    ]
    show(Table(columns=columns, rows=rows, caption=["`vtok models NAME` shows every number of one of them"]))


def _one(preset: Family, found: "Checkpoint | None", *, as_json: bool) -> None:
    if as_json:
        print(dumps(_summary(preset) | (_against_base(found) if found else {})))
        return
    numbers = [["number", name, _shown(value), source] for name, (value, source) in preset.numbers().items()]
    chosen = [["option", name, _chosen(preset, name), _meaning(preset, name)] for name in preset.options()]
    columns = [
        Column("", "kind"),
        Column("name", "name"),
        Column("value", "value"),
        Column("source or meaning", "source"),
    ]
    rows = [*numbers, *chosen, *(_read(found) if found else ())]
    about = list(_about(preset, found.base if found else preset))
    if is_terminal():
        show(Table(columns=columns, rows=rows, heading=f"{preset.model} · {preset.repo or preset.model}"))
        _show_paragraphs([(kind, " ".join(text for text in texts if text)) for kind, *texts in about])
    else:
        show(Table(columns=columns, rows=[*rows, *about]))


def _about(preset: Family, base: Family) -> Iterator[list[str]]:
    """What is known beside numbers: the model's other presets, its pipelines, facts; as rows of the table."""
    for other in families.presets():
        if other.model == base.model:
            name, *more = other.names
            yield ["preset", name, "", ", ".join(more)]
    for name, versions in preset.pipelines.items():
        yield ["pipeline", name, "", ", ".join(versions)]
    for fact in preset.remarks:
        yield ["fact", "", "", fact]


def _show_paragraphs(lines: list[tuple[str, str]]) -> None:
    """Texts under one another, broken between words, behind what they are."""
    from textwrap import wrap

    wide = max(len(kind) for kind, _ in lines)
    room = max(terminal_width() - wide - 2, 20)
    before = ""
    for kind, text in lines:
        name = "" if kind == before and kind != "fact" else kind
        for i, line in enumerate(wrap(text, room, break_long_words=False, break_on_hyphens=False)):
            write_lines([f"{'' if i else name:<{wide}}  {line}"])
        before = kind


def _read(found: "Checkpoint") -> Iterator[list[str]]:
    """How what was read differs from the nearest preset, and what had no effect."""
    base = found.base.names[0]
    for name, (here, there) in found.differences.items():
        yield ["difference", name, _shown(here), f"{_shown(there)} in {base}"]
    if not found.differences:
        yield ["difference", "none", "", f"all as in {base}"]
    for text in found.family.ignored:
        file, _, what = text.partition(": ")
        yield ["ignored", what, "", file]
    for file, keys in found.not_read.items():
        yield ["not about sizes", f"{len(keys)} key{'s' * (len(keys) > 1)}", "", f"{file}: {', '.join(keys)}"]


def _against_base(found: "Checkpoint") -> dict[str, Any]:
    differences = {name: {"here": here, "there": there} for name, (here, there) in found.differences.items()}
    return {
        "base": found.base.names[0],
        "differences": differences,
        "ignored": list(found.family.ignored),
        "not_about_sizes": found.not_read,
    }


def _meaning(preset: Family, name: str) -> str:
    """What an option is about, and what it may be."""
    choices = next(field.metadata.get("choices", ()) for field in fields(preset) if field.name == name)
    text = preset.options()[name]
    return f"{text}: {', '.join(filter(None, choices))}" if choices else text


def _chosen(preset: Family, name: str) -> str:
    """What an option is when nobody chooses, as `--set` takes it."""
    if name in ("pipeline", "version"):
        return preset.pipeline_used if name == "pipeline" else preset.version_used
    return _shown(getattr(preset, name), nothing="none")


def _shown(value: Any, nothing: str = "-") -> str:
    """A number for reading: thousands apart, sequences without brackets."""
    if value is None or value == "":
        return nothing
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.12g}"
    return ", ".join(map(_shown, value)) if isinstance(value, tuple) else str(value)


def _summary(preset: Family) -> dict[str, Any]:
    numbers = {name: {"value": value, "source": source} for name, (value, source) in preset.numbers().items()}
    return {
        "schema": SCHEMA,
        "model": preset.model,
        "preset": preset.names[0],
        "repo": preset.repo,
        "names": list(preset.names),
        "takes": list(preset.kinds),
        "pipelines": {name: list(versions) for name, versions in preset.pipelines.items()},
        "numbers": numbers,
        "options": preset.options(),
        "remarks": list(preset.remarks),
    }
