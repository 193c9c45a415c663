"""The answers of `count`, one for each input and model: rows of tables, explanations, JSON."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.render.text.money import COST, cost_cell, cost_of, with_cost
from vtok.render.text.plain import clean
from vtok.render.text.tables import GRID, SIZE, Column, cells_cell, grid_cell, size_cell
from vtok.values import Layout, Sampling, Span

if TYPE_CHECKING:
    from decimal import Decimal


class Answer(NamedTuple):
    """The layout that a model makes of an input, or the error instead.

    `name` is the model's name in tables; `label` also tells apart the pipelines that count it. `price` is that of a
    million input tokens.
    """

    input: str
    model: str
    layout: Layout | None = None
    error: str = ""
    label: str = ""
    name: str = ""
    pipeline: str = ""
    price: "Decimal | None" = None

    @property
    def cost(self) -> "Decimal | None":
        """What the prompt tokens cost; None without a price."""
        return cost_of(self.layout.prompt_tokens, self.price) if self.layout else None

    def to_dict(self) -> dict[str, Any]:
        """`input` and the keys of `Layout.to_dict`; of a failed one `input`, `model`, `pipeline` and `error`."""
        if self.layout is None:
            return {"input": self.input, "model": self.model, "pipeline": self.pipeline, "error": self.error}
        return with_cost({"input": self.input, **self.layout.to_dict()}, self.cost)


COLUMNS = {
    "input": Column("input", "input"),
    "model": Column("model", "model"),
    "pipeline": Column("pipeline", "pipeline"),
    "original": Column("size (WxH)", "size", number=True, parts=SIZE),
    "frames": Column("frames", "frames", number=True),
    "resized": Column("resized (WxH)", "resized", number=True, parts=("resized_width", "resized_height")),
    "tiles": Column("tiles (WxH)", "tiles", number=True, parts=("tile_columns", "tile_rows")),
    "grid": Column("grid (HxW)", "grid", number=True, minor=True, parts=GRID),
    "patches": Column("patches", "patches", number=True, minor=True),
    "tokens": Column("tokens", "tokens", number=True),
    "prompt_tokens": Column("prompt tokens", "prompt_tokens", number=True),
    "estimated": Column("estimated", "estimated"),
    "basis": Column("basis", "basis"),
    "cost": COST,
}
LABELS = ("model", "pipeline")
OPTIONAL = ("frames", "tiles", "cost")
FOR_PROGRAMS = ("estimated", "basis")
"""Columns that people do not get: notes below the table tell them more."""

EXAMPLES = 4
"""Special tokens that are named one by one; of more kinds, the first two are."""


def columns(answers: Sequence[Answer], *, every: bool) -> list[str]:
    """The columns with a value for one of these answers; with `every`, all columns, for programs.

    Costs are a column only where there is a price.
    """
    if every:
        return [name for name in COLUMNS if name != COST.name or any(answer.price is not None for answer in answers)]
    rows = [dict(zip(COLUMNS, row(answer), strict=True)) for answer in answers if answer.layout]
    needed = {name for name in OPTIONAL if any(cells[name] is not None for cells in rows)}
    needed |= set(labelling(answers))
    return [
        name for name in COLUMNS if name not in FOR_PROGRAMS and (name not in (*LABELS, *OPTIONAL) or name in needed)
    ]


def labelling(answers: Iterable[Answer]) -> list[str]:
    """Which of `LABELS` tell these answers apart: the model if there are several, the pipeline if one has several."""
    labels = {answer.label: answer.name for answer in answers}
    names = list(labels.values())
    return ["model"] * (len(set(names)) > 1) + ["pipeline"] * (len(set(names)) < len(names))


def row(answer: Answer) -> list[Any]:
    """The cells of one answer, one for each of `COLUMNS`."""
    layout = answer.layout
    if layout is None:
        return [answer.input, answer.name, answer.pipeline, *[None] * (len(COLUMNS) - 3)]
    columns, rows = layout.tiles or (0, 0)
    return [
        answer.input,
        answer.name,
        answer.pipeline,
        size_cell(layout.original),
        layout.sampling and layout.sampling.num_sampled,
        size_cell(layout.resized or layout.canvas),
        cells_cell(columns, rows) if layout.tiles else None,
        grid_cell(layout.global_view.grid),
        layout.patches,
        layout.tokens,
        layout.prompt_tokens,
        layout.estimated,
        layout.basis and layout.basis.status,
        cost_cell(answer.cost),
    ]


def provenance(layout: Layout) -> str:
    """Model, preset and pipeline in one line."""
    return f"{layout.model} · {layout.preset} · {layout.pipeline} {layout.version}"


def provenances(answers: Iterable[Answer]) -> list[str]:
    """A line for each preset of these answers: model, preset and all pipelines that count it."""
    pipelines: dict[str, dict[str, None]] = {}
    for layout in (answer.layout for answer in answers if answer.layout):
        by = pipelines.setdefault(f"{layout.model} · {layout.preset}", {})
        by[f"{layout.pipeline} {layout.version}"] = None
    return [f"{preset} · {', '.join(by)}" for preset, by in pipelines.items()]


def explanation(layout: Layout) -> list[tuple[str, str]]:
    """How a single input is prepared, line by line: frames sampled, steps with their reasons, tokens, notes."""
    lines = []
    if layout.sampling:
        lines.append(("sample", _sampled(layout.sampling)))
    for step in layout.steps:
        change = f"{step.before} -> {step.after}" if step.before != step.after else str(step.after)
        lines.append((step.name, f"{change}: {step.reason}"))
    lines += [("tokens", _spelled(layout))]
    if layout.basis:
        lines += [("basis", str(layout.basis)), *(("else", str(other)) for other in layout.basis.others)]
    lines += [("note", note) for note in layout.notes]
    return [(name, clean(text)) for name, text in lines]


def _sampled(sampling: Sampling) -> str:
    indices = sampling.indices
    frames = ", ".join(map(str, indices if len(indices) <= 8 else indices[:4])) + (
        f", ..., {indices[-1]}" if len(indices) > 8 else ""
    )
    repeats = len(indices) - sampling.num_sampled
    again = f"; the last one {repeats + 1} times, to fill a temporal patch" if repeats else ""
    return f"{sampling.reason}{again}; frames {frames}"


def _spelled(layout: Layout) -> str:
    """The prompt tokens as a sum: visual tokens, special tokens, tokens of text."""
    name = "output tokens" if any(layout.sink("output")) else "tokens"
    parts = [f"{layout.tokens:,} {name}", *_around(layout)]
    text = " + ".join(parts)
    if len(parts) > 1:
        text += f" = {layout.prompt_tokens:,} prompt token{'s' * (layout.prompt_tokens != 1)}"
    if layout.cross_attention_tokens:
        text += f"; {layout.cross_attention_tokens:,} in cross-attention"
    text += " (estimated)" if any(span.estimated for span in layout.spans) else ""
    return text + (", without text that is not counted" if layout.uncounted_text else "")


def _around(layout: Layout) -> Iterator[str]:
    """What the prompt holds beside visual tokens: special tokens, text, sound, each with its number and examples."""
    special: list[Span] = []
    texts: list[Span] = []
    sounds: list[Span] = []
    for span in layout.sink("prompt"):
        special += [span.row_end] * span.row_ends if span.row_end and not span.row_end.is_token else []
        if span.count and not span.is_token:
            (texts if span.kind == "text" else sounds if span.kind == "audio" else special).append(span)
    for spans, what in ((special, "special token"), (texts, "token of text"), (sounds, "token of sound")):
        count = sum(span.count for span in spans)
        names = list(dict.fromkeys(repr(span.text) if spans is texts else span.text for span in spans if span.text))
        examples = ", ".join([*names[:2], "..."] if len(names) > EXAMPLES else names)
        if count:
            name = what if count == 1 else what.replace("token", "tokens", 1)
            yield f"{count:,} {name}" + (f" ({examples})" if examples else "")


def dumps(value: Any) -> str:
    """JSON on one line, ASCII only, so that any name of a file survives it."""
    import json

    return json.dumps(value)
