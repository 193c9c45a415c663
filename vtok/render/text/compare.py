"""Models side by side: what the same inputs cost each of them, and how fine they see."""

from collections.abc import Mapping, Sequence
from typing import Any

from vtok.render.text.answers import COLUMNS, Answer, row
from vtok.render.text.tables import Cell, Column, Table, share_cell
from vtok.values import Layout

Contexts = Mapping[str, int | None]
"""The context of each model by its label; None where it is not known. Empty where nothing is compared."""

WHY = Column("why", "why", minor=True)

BAR = 10
EIGHTHS = " ▏▎▍▌▋▊▉"

CONTEXT_SHARE = Column("share of context", "context_share", number=True)
PIXELS_PER_TOKEN = Column("pixels per token", "pixels_per_token", number=True, minor=True)


def measures(answer: Answer, contexts: Contexts) -> dict[str, Any]:
    """What a comparison adds to the JSON of an answer; nothing where it failed, or where nothing is compared."""
    if answer.layout is None or not contexts:
        return {}
    context = contexts[answer.label]
    return {
        "context": context,
        "context_share": context and answer.layout.prompt_tokens / context,
        "pixels_per_token": _pixels_per_token([answer.layout]),
    }


def cells(answer: Answer, contexts: Contexts) -> list[Cell | None]:
    """The cells of `CONTEXT_SHARE` and `PIXELS_PER_TOKEN` of one answer."""
    if answer.layout is None:
        return [None, None]
    share = share_cell(answer.layout.prompt_tokens, contexts[answer.label])
    return [share, _rounded(_pixels_per_token([answer.layout]))]


def table(answers: Sequence[Answer], contexts: Contexts) -> Table:
    """A row and a bar for each model, the cheapest first: all inputs as one prompt.

    A model that did not count every input that others counted is named below instead.
    """
    layouts: dict[str, list[Layout]] = {label: [] for label in contexts}
    for answer in answers:
        if answer.layout:
            layouts[answer.label].append(answer.layout)
    most_inputs = max(map(len, layouts.values()), default=0)
    compared = {label: of_model for label, of_model in layouts.items() if of_model and len(of_model) == most_inputs}
    costs = {label: sum(layout.prompt_tokens for layout in of_model) for label, of_model in compared.items()}
    pipelines = {layout.pipeline for of_model in compared.values() for layout in of_model}
    names = _columns_of_one(compared) if len({answer.input for answer in answers}) == 1 else ()
    columns = [
        Column("model", "model"),
        *(COLUMNS[name]._replace(minor=name != "frames") for name in names),
        COLUMNS["prompt_tokens"],
        CONTEXT_SHARE,
        PIXELS_PER_TOKEN,
        *([WHY] if names and len(pipelines) > 1 else []),
        Column("", "bar"),
    ]
    rows = [
        [
            label,
            *_cells_of_one(compared[label][0], names),
            cost,
            share_cell(cost, contexts[label]),
            _rounded(_pixels_per_token(compared[label])),
            *([why(compared[label][0])] if names and len(pipelines) > 1 else []),
            bar(cost / max(costs.values())),
        ]
        for label, cost in sorted(costs.items(), key=lambda item: item[1])
    ]
    first = next((answer for answer in answers if answer.layout), None)
    heading = f"{first.input}  {first.layout.original}" if names and first and first.layout else ""
    partial = [label for label, of_model in layouts.items() if 0 < len(of_model) < most_inputs]
    crossed = {label: sum(of.cross_attention_tokens for of in layouts) for label, layouts in compared.items()}
    caption = [
        f"{label} reads {tokens:,} tokens by cross-attention; they take no room in the context"
        for label, tokens in crossed.items()
        if tokens
    ]
    caption += [f"not compared, because they did not count every input: {', '.join(partial)}"] if partial else []
    return Table(columns=columns, rows=rows, heading=heading, caption=caption)


def why(layout: Layout) -> str:
    """What decided the size, in one phrase: the pipeline's own steps, or whose processor it runs."""
    if layout.notes and layout.notes[0].startswith(layout.pipeline):
        return layout.notes[0].partition(": ")[2]
    steps = [step for step in layout.steps if step.name not in ("orient", "thumbnail", "flags")]
    decisive = [step for step in steps if step.name in ("fetch", "tile")] or steps or list(layout.steps)
    flags = [f"{step.reason}: " for step in layout.steps if step.name == "flags"]
    return "".join(flags) + decisive[-1].reason


def _columns_of_one(compared: Mapping[str, Sequence[Layout]]) -> tuple[str, ...]:
    """The columns that say what becomes of a single input."""
    is_video = any(layout.media.is_video for layouts in compared.values() for layout in layouts)
    return ("frames", "resized", "tiles") if is_video else ("resized", "tiles")


def _cells_of_one(layout: Layout, names: Sequence[str]) -> list[Any]:
    values = dict(zip(COLUMNS, row(Answer("", layout.model, layout)), strict=True))
    return [values[name] for name in names]


def bar(share: float) -> str:
    """A bar that is full at 1, in eighths of a character."""
    eighths = max(1, round(share * BAR * 8))
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def _pixels_per_token(layouts: Sequence[Layout]) -> float | None:
    """Pixels of the original that one token stands for; of a video, those of the sampled frames."""
    pixels = sum(of.original.area * (of.sampling.num_sampled if of.sampling else 1) for of in layouts)
    tokens = sum(of.tokens or of.cross_attention_tokens for of in layouts)
    return pixels / tokens if tokens else None


def _rounded(value: float | None) -> Cell | None:
    """A whole number for people."""
    return None if value is None else Cell(f"{value:,.0f}", (value,))
