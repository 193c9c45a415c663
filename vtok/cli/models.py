"""`vtok models`: what is known, and every number of one model with its source."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vtok import families
from vtok.cli import _options as o
from vtok.families import Family
from vtok.render.answers import dumps
from vtok.render.plain import write_lines
from vtok.render.tables import Column, Table, is_terminal, show

if TYPE_CHECKING:
    from vtok.families._configs import Checkpoint

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
        found = families.checkpoint(model)
        _one(found.family if found else families.get(model), found, as_json=json)
    elif json:
        print("[" + ",\n ".join(dumps(_summary(preset)) for preset in families.presets()) + "]")
    else:
        _all()


def _all() -> None:
    presets: dict[str, list[Family]] = {}
    for preset in families.presets():
        presets.setdefault(preset.model, []).append(preset)
    rows = [
        [name, ", ".join({"image": "pictures", "video": "clips"}[kind] for kind in known[0].kinds),
         ", ".join(known[0].pipelines), len(known), known[0].repo]
        for name, known in sorted(presets.items())
    ]  # fmt: skip
    columns = [
        Column("model", "model"),
        Column("takes", "takes"),
        Column("pipelines", "pipelines"),
        Column("presets", "presets", number=True),
        Column("default preset", "default_preset"),
    ]
    show(Table(columns=columns, rows=rows, caption=["`vtok models NAME` shows every number of one of them"]))


def _one(preset: Family, found: "Checkpoint | None", *, as_json: bool) -> None:
    if as_json:
        print(dumps(_summary(preset) | (_against_base(found) if found else {})))
        return
    numbers = [["number", name, _shown(value), source] for name, (value, source) in preset.numbers().items()]
    chosen = [["option", name, _shown(getattr(preset, name)), text] for name, text in preset.options().items()]
    columns = [
        Column("", "kind"),
        Column("name", "name"),
        Column("value", "value"),
        Column("source or meaning", "source"),
    ]
    read = list(_read(found)) if found else []
    show(
        Table(
            columns=columns, rows=[*numbers, *chosen, *read], heading=f"{preset.model} · {preset.repo or preset.model}"
        )
    )
    if is_terminal():
        base = found.base if found else preset
        siblings = [other for other in families.presets() if other.model == base.model]
        pipelines = (f"{name} {', '.join(versions)}" for name, versions in preset.pipelines.items())
        lines = [f"presets    {', '.join(name for other in siblings for name in other.names)}"]
        lines += [f"pipelines  {'; '.join(pipelines)}"]
        write_lines(lines + [f"fact       {fact}" for fact in preset.facts])


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


def _against_base(found: "Checkpoint") -> dict[str, Any]:
    differences = {name: {"here": here, "there": there} for name, (here, there) in found.differences.items()}
    return {"base": found.base.names[0], "differences": differences, "ignored": list(found.family.ignored)}


def _shown(value: Any) -> str:
    """A number for reading: thousands apart, sequences without brackets."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return ", ".join(map(_shown, value)) if isinstance(value, tuple) else str(value)


def _summary(preset: Family) -> dict[str, Any]:
    numbers = {name: {"value": value, "source": source} for name, (value, source) in preset.numbers().items()}
    return {
        "model": preset.model,
        "preset": preset.names[0],
        "repo": preset.repo,
        "names": list(preset.names),
        "takes": list(preset.kinds),
        "pipelines": {name: list(versions) for name, versions in preset.pipelines.items()},
        "numbers": numbers,
        "options": preset.options(),
        "facts": list(preset.facts),
    }
