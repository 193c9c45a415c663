"""`vtok explain`: which settings yield the two numbers of a mismatch error."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vtok.cli import _options as o
from vtok.cli._error_text import Mismatch, mismatch
from vtok.cli._failures import Failures
from vtok.cli._presets import flags, one_preset
from vtok.errors import UsageError
from vtok.render.text.answers import dumps, provenance
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import Column, Table, is_terminal, show, show_pairs
from vtok.values import SCHEMA, Layout, Media

if TYPE_CHECKING:
    from vtok.search.mismatch import Explained, Explanation, Setting

NEAREST = 8
"""How many settings are listed for each number without --all."""

MOST = 10**12
MEANINGS = {"got": "image tokens in the prompt", "expected": "features of the encoder"}

ErrorAndInputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ERROR] [INPUT]...",
        show_default=False,
        help="The text of the error, and the inputs it was met with: files, folders or bare sizes such as 1920x1080.",
    ),
]
Got = Annotated[
    int | None, typer.Option("--got", metavar="N", help="The image tokens in the prompt, instead of the error's text.")
]
Expected = Annotated[
    int | None,
    typer.Option("--expected", metavar="N", help="The features of the encoder, instead of the error's text."),
]
Everything = Annotated[bool, typer.Option("--all", help="List all settings that yield a number, not only the nearest.")]


def explain(
    *,
    arguments: ErrorAndInputs = None,
    got: Got = None,
    expected: Expected = None,
    model: o.OneModel = None,
    everything: Everything = False,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Explain an error about image tokens and features that do not match.

    Such an error nearly always means that two programs prepared the same image in two ways. For each of the two numbers
    vtok searches the settings that yield it: other limits, pipelines and versions, checkpoints, an ignored orientation,
    an image that was resized before the model saw it. The text of the error may be that of transformers, vLLM, SGLang
    or torch.

    Examples:
      vtok explain "Image features and image tokens do not match: tokens: 1224, features 1196" photo.jpg
      vtok explain --got 1224 --expected 1196 photo.jpg -m qwen2.5-vl
      vtok explain --got 4096 page.png
    """
    error, names = _split(arguments or [])
    if error and (got is not None or expected is not None):
        raise UsageError("the text of the error contradicts --got and --expected; give one of them")
    numbers = _numbers(*(error or (got, expected)), from_error=error is not None)
    family = one_preset(model, preset, video)
    failures = Failures()
    media: list[Media] = []
    layouts: list[Layout] = []
    for source in o.InputOptions(inputs=names).gather():
        with failures.of(source.name):
            media.append(video.media(source))
            layouts.append(family.layout(media[-1]))
        failures.end()
    from vtok.search.mismatch import Explained

    explained = Explained(family, media)
    explanations = {name: explained.explain(number) for name, number in numbers.items() if number}
    if json:
        _print_json(explained, explanations, layouts, numbers)
    else:
        _show(explained, explanations, layouts, numbers, everything=everything)


def _split(arguments: Sequence[str]) -> tuple[Mismatch | None, list[str]]:
    """The error that is among the arguments, if any, and the inputs."""
    read = [(argument, mismatch(argument)) for argument in arguments]
    errors = [numbers for _, numbers in read if numbers]
    if len(errors) > 1:
        raise UsageError("several errors were given; give one")
    return (errors[0] if errors else None), [argument for argument, numbers in read if not numbers]


def _numbers(got: int | None, expected: int | None, *, from_error: bool) -> dict[str, int]:
    """The numbers to explain, by name; an error may say that there are no tokens at all."""
    numbers = {name: number for name, number in {"got": got, "expected": expected}.items() if number is not None}
    if not numbers:
        raise UsageError("give the text of the error, or its numbers: --got N --expected N (tokens N, features N)")
    for name, number in numbers.items():
        if not (0 if from_error else 1) <= number <= MOST:
            raise UsageError(f"--{name} {number}: from 1 to {MOST:,} are possible")
    if not any(numbers.values()):
        raise UsageError("both numbers of the error are 0; there is nothing to explain")
    return numbers


def _print_json(
    explained: "Explained",
    explanations: Mapping[str, "Explanation"],
    layouts: Sequence[Layout],
    numbers: Mapping[str, int],
) -> None:
    document = {
        "schema": SCHEMA,
        "model": explained.family.model,
        "tokens": sum(layout.tokens for layout in layouts),
        "numbers": numbers,
    }
    print(dumps(document | {name: _settings(explained, explanations[name]) for name in explanations}))


def _settings(explained: "Explained", explanation: "Explanation") -> list[dict[str, Any]]:
    return [
        {
            "tokens": setting.number,
            "match": match,
            "counted": setting.counted,
            "changes": [change.what for change in setting.changes],
            "typed": _typed(explained, setting),
            "distance": setting.weight,
        }
        for match, settings in explanation._asdict().items()
        for setting in settings
    ]


def _show(
    explained: "Explained",
    explanations: Mapping[str, "Explanation"],
    layouts: Sequence[Layout],
    numbers: Mapping[str, int],
    *,
    everything: bool,
) -> None:
    tokens, prompt = (sum(getattr(layout, name) for layout in layouts) for name in ("tokens", "prompt_tokens"))
    present = f"{tokens:,} tokens, {prompt:,} prompt tokens: {provenance(layouts[0])}"
    merged = layouts[0].global_view.merge_size ** 2
    whose = [text for name, of in explanations.items() for text in _whose(name, of, numbers[name], layouts[0])]
    hints = [("note", hint) for hint in (*whose, *_hints(numbers, explanations, merged))]
    show_pairs([("present", present), *hints])
    listed = {name: of.settings if everything else _nearest(of) for name, of in explanations.items()}
    if not is_terminal():
        rows = [row for name in listed for row in _rows(explained, name, listed[name], explanations[name])]
        show(Table(columns=COLUMNS, rows=rows))
        return
    for name, settings in listed.items():
        none = "" if explanations[name].exact else ": no settings that were searched yield it; these come nearest"
        write_lines(["", f"{name} {numbers[name]:,} ({MEANINGS[name]}){none}"])
        rows = [row[2:] for row in _rows(explained, name, settings, explanations[name])]
        show(Table(columns=COLUMNS[2:], rows=rows))
        more = len(explanations[name].settings) - len(settings)
        if more:
            write_lines([f"{more:,} more settings; --all lists them"])


COLUMNS = (
    Column("number", "number"),
    Column("match", "match"),
    Column("tokens", "tokens", number=True),
    Column("what is counted", "counted"),
    Column("settings", "settings"),
    Column("add to the command", "typed"),
)


def _rows(
    explained: "Explained", name: str, settings: Sequence["Setting"], explanation: "Explanation"
) -> Iterator[list[Any]]:
    for setting in settings:
        changes = "; ".join(change.what for change in setting.changes) or "the present settings"
        match = next(match for match, group in explanation._asdict().items() if setting in group)
        yield [name, match, setting.number, setting.counted, changes, _typed(explained, setting)]


def _nearest(explanation: "Explanation") -> list["Setting"]:
    """The nearest settings, similar ones once."""
    nearest: dict[object, Setting] = {}
    for setting in explanation.settings:
        nearest.setdefault(setting.gist, setting)
    return list(nearest.values())[:NEAREST]


def _typed(explained: "Explained", setting: "Setting") -> str:
    """What to add to the command for these settings; a size is typed in the place of the one image.

    Empty where several inputs would have to be resized.
    """
    presets = [
        (change.kind, change.preset) for change in setting.changes if change.preset and change.kind != "pipeline"
    ]
    words = [f"-m {preset.model if kind == 'model' else preset.names[0]}" for kind, preset in presets]
    words += [flags(change.options) for change in setting.changes if change.options]
    if any(change.resize for change in setting.changes):
        if len(explained.media) != 1:
            return ""
        family, (image,) = explained.under(setting.changes)
        words.append(str(image.upright if family.turns(image) else image.size))
    return " ".join(words)


def _whose(name: str, explanation: "Explanation", number: int, layout: Layout) -> Iterator[str]:
    """Which pipelines or engines count so, if it is for them alone that a number differs."""
    counted = [setting for setting in explanation.exact if setting.counted in ("tokens", "prompt tokens")]
    if any(not setting.changes for setting in counted):
        yield f"{name} {number:,} is what {layout.pipeline} {layout.version} counts with the present settings"
        return
    alone = [setting.changes[0] for setting in counted if len(setting.changes) == 1]
    pipelines = [change.what.partition(" by ")[2] for change in alone if change.kind == "pipeline"]
    if pipelines:
        yield f"{name} {number:,} is what {' or '.join(pipelines)} counts"


def _hints(numbers: Mapping[str, int], explanations: Mapping[str, "Explanation"], merged: int) -> Iterator[str]:
    """What the two numbers say together; `merged` patches make a token."""
    if len(numbers) < 2:
        return
    got, expected = numbers["got"], numbers["expected"]
    if not got or not expected:
        what = "image tokens: the image's placeholder is missing from its text" if expected else "features of an image"
        yield f"the prompt holds no {what}, as where the chat template was not applied to the images"
        return
    if got == expected:
        yield "the two numbers are equal: there is no mismatch to explain"
        return
    times, rest = divmod(max(got, expected), min(got, expected))
    if not rest and times == merged:
        yield f"one number is {times:,} times the other, as many as make a token: it counts patches before merging"
    elif not rest and not all(explanation.exact for explanation in explanations.values()):
        yield f"one number is {times:,} times the other: inputs may have been counted {times:,} times"
    if got < expected and not explanations["got"].exact:
        yield "fewer tokens than features, and no settings yield them: the prompt may have been cut at its max_length"
