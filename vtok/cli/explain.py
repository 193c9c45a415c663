"""`vtok explain`: which settings yield the two numbers of a mismatch error."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._presets import flags, one_preset
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.render.text.answers import dumps, provenance
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import Column, Table, is_terminal, show, show_pairs
from vtok.values import SCHEMA, Layout, Media

if TYPE_CHECKING:
    from vtok.search.mismatch import Explained, Explanation, Setting

SHOWN = 8
MOST = 10**12

Got = Annotated[int | None, typer.Option("--got", metavar="N", help="The first number: image tokens in the prompt.")]
Expected = Annotated[
    int | None, typer.Option("--expected", metavar="N", help="The second number: features of the encoder.")
]
Everything = Annotated[bool, typer.Option("--all", help="Show every setting found, not only the nearest.")]


def explain(
    *,
    inputs: o.InputOptions,
    got: Got = None,
    expected: Expected = None,
    model: o.OneModel = None,
    everything: Everything = False,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Explain a mismatch of tokens and features: which settings yield each of the two numbers.

    vtok explain --got 1224 --expected 1196 photo.jpg -m qwen2.5-vl

    vtok explain --got 4096 page.png               where one number may come from
    """
    numbers = {"got": got, "expected": expected}
    if got is None and expected is None:
        raise UsageError("give the numbers of the error: --got N --expected N (tokens N, features N)")
    for name, number in numbers.items():
        if number is not None and not 0 < number <= MOST:
            raise UsageError(f"--{name} {number}: from 1 to {MOST:,} are possible")
    family = one_preset(model, preset, video)
    media, layouts = [], []
    failures = Failures()
    for given in inputs.gather():
        with failures.of(given.name):
            item = video.media(given)
            layouts.append(family.layout(item))
            media.append(item)
        failures.end()
    _search(family, media, layouts, numbers, everything=everything, as_json=json)


def _search(
    family: Family,
    media: list[Media],
    layouts: list[Layout],
    numbers: dict[str, int | None],
    *,
    everything: bool,
    as_json: bool,
) -> None:
    from vtok.search.mismatch import Explained

    wanted = {name: number for name, number in numbers.items() if number is not None}
    explained = Explained(family, media)
    answers = {name: explained.explain(number) for name, number in wanted.items()}
    if as_json:
        facts = {"schema": SCHEMA, "model": family.model, "tokens": sum(layout.tokens for layout in layouts)}
        found = {name: _facts(explained, answer) for name, answer in answers.items()}
        print(dumps(facts | {"numbers": wanted} | found))
        return
    tokens, prompt = (sum(getattr(of, name) for of in layouts) for name in ("tokens", "prompt_tokens"))
    lines = [("as asked", f"{tokens:,} tokens, {prompt:,} prompt tokens: {provenance(layouts[0])}")]
    show_pairs([*lines, *_hints(wanted, answers, layouts[0].global_view.merge_size ** 2)])
    shown = {name: answer.settings if everything else _shown(answer) for name, answer in answers.items()}
    if not is_terminal():
        show(_table(explained, shown, wanted))
        return
    for name, number in wanted.items():
        none = "" if answers[name].exact else ": no settings that were searched yield it"
        write_lines(["", f"{name} {number:,}{none}"])
        show(_table(explained, {name: shown[name]}, wanted))
        more = len(answers[name].settings) - len(shown[name])
        if more:
            write_lines([f"and {more:,} more; --all shows them"])


def _table(explained: "Explained", found: Mapping[str, Sequence["Setting"]], wanted: Mapping[str, int]) -> Table:
    columns = [
        Column("number", "number"),
        Column("tokens", "tokens", number=True),
        Column("counted", "counted"),
        Column("with", "with"),
        Column("as typed", "typed"),
    ]
    if is_terminal():
        columns = columns[1:]  # a heading says it
    rows = [
        [
            name if setting.number == wanted[name] else f"near {name}",
            setting.number,
            setting.counted,
            "; ".join(change.what for change in setting.changes) or "the settings as asked",
            _typed(explained, setting),
        ]
        for name, settings in found.items()
        for setting in settings
    ]
    return Table(columns=columns, rows=[row[-len(columns) :] for row in rows])


def _shown(answer: "Explanation") -> list["Setting"]:
    """The nearest settings, each gist once."""
    nearest: dict[object, Setting] = {}
    for setting in answer.settings:
        nearest.setdefault(setting.gist, setting)
    return list(nearest.values())[:SHOWN]


def _typed(explained: "Explained", setting: "Setting") -> str:
    """What to add to the command for these settings; a size is typed in the place of the one image.

    Empty where several inputs would have to be resized before.
    """
    presets = [(change.kind, change.preset) for change in setting.changes if change.preset]
    words = [f"-m {preset.model if kind == 'model' else preset.names[0]}" for kind, preset in presets]
    words += [flags(change.options) for change in setting.changes if change.options]
    if any(change.resize for change in setting.changes):
        if len(explained.media) != 1:
            return ""
        family, (image,) = explained.under(setting.changes)
        words.append(str(image.upright if family.turns(image) else image.size))
    return " ".join(words)


def _facts(explained: "Explained", answer: "Explanation") -> list[dict[str, Any]]:
    return [
        {
            "tokens": setting.number,
            "match": match,
            "counted": setting.counted,
            "changes": [change.what for change in setting.changes],
            "typed": _typed(explained, setting),
            "distance": setting.weight,
        }
        for match, settings in answer._asdict().items()
        for setting in settings
    ]


def _hints(wanted: Mapping[str, int], answers: Mapping[str, "Explanation"], merged: int) -> list[tuple[str, str]]:
    """What the two numbers say together; `merged` patches make a token."""
    if len(wanted) < 2:
        return []
    got, expected = wanted["got"], wanted["expected"]
    if got == expected:
        return [("note", "the two numbers are equal: there is no mismatch to explain")]
    notes = []
    times, rest = divmod(max(got, expected), min(got, expected))
    if not rest and times == merged:
        notes.append(f"one number is {times:,} times the other, as many as make a token: patches, not yet merged")
    elif not rest and not all(answer.exact for answer in answers.values()):
        notes.append(f"one number is {times:,} times the other: inputs may have been counted {times:,} times")
    if got < expected and not answers["got"].exact:
        notes.append(
            "fewer tokens than features, and no settings yield them: the prompt may have been cut at its max_length"
        )
    return [("note", note) for note in notes]
