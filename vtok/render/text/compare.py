"""Models and pipelines side by side: what the same inputs cost each of them, and how fine they see."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vtok.render.text.answers import COLUMNS, Answer, labelling, row
from vtok.render.text.answers import columns as columns_of
from vtok.render.text.money import COST, cost_cell
from vtok.render.text.sums import Sums, Tally, sums_of
from vtok.render.text.tables import Cell, Column, Table, share_cell
from vtok.values import Layout, Step

Contexts = Mapping[str, int | None]
"""The context of each model by its label; None where it is not known. Empty where nothing is compared."""

BAR = 10
EIGHTHS = " ▏▎▍▌▋▊▉"

CONTEXT_SHARE = Column("share of context", "context_share", number=True)
PIXELS_PER_TOKEN = Column("pixels per token", "pixels_per_token", number=True, minor=1)
WHY = Column("why", "why", minor=1)
MEASURES = (CONTEXT_SHARE, PIXELS_PER_TOKEN, WHY)


def measures(answer: Answer, contexts: Contexts) -> dict[str, Any]:
    """What a comparison adds to the JSON of an answer; nothing where it failed, or where nothing is compared."""
    if answer.layout is None or not contexts:
        return {}
    context = contexts[answer.label]
    return {
        "context": context,
        "context_share": context and answer.layout.prompt_tokens / context,
        "pixels_per_token": _pixels_per_token(answer.layout),
        "why": why(answer.layout),
    }


def cells(answer: Answer, contexts: Contexts) -> list[Cell | str | None]:
    """The cells of `MEASURES` of one answer."""
    if answer.layout is None:
        return [None, None, None]
    share = share_cell(answer.layout.prompt_tokens, contexts[answer.label])
    return [share, _rounded(_pixels_per_token(answer.layout)), why(answer.layout)]


def table(sums: Sums, contexts: Contexts, *, one_input: bool) -> Table:
    """A row and a bar for each model and pipeline, the cheapest first: all inputs as one prompt.

    One that did not count every input that others counted is named below instead.
    """
    tallies = list(sums.tallies.values())
    most_inputs = max((tally.inputs for tally in tallies), default=0)
    compared = [tally for tally in tallies if tally.inputs and tally.inputs == most_inputs]
    labels = labelling(sums.firsts)
    columns = list(_columns(compared, labels, one_input=one_input))
    most = max((tally.prompt_tokens for tally in compared), default=0)
    rows = [
        _row(columns, tally, share_cell(tally.prompt_tokens, contexts[tally.first.label]), most)
        for tally in _in_order(compared, by_model="pipeline" in labels)
    ]
    first = next((answer for answer in sums.firsts if answer.layout), None)
    heading = f"{first.input}  {first.layout.original}" if one_input and first and first.layout else ""
    return Table(
        columns=columns,
        rows=rows,
        heading=heading,
        caption=list(_caption(sums, most_inputs, pipelines=one_input and "pipeline" in labels)),
    )


def _columns(compared: Sequence[Tally], labels: Sequence[str], *, one_input: bool) -> Iterator[Column]:
    """The columns for people. Where pipelines are compared, why they differ counts more than shares of the context."""
    pipelines = "pipeline" in labels
    yield from (COLUMNS[name] for name in labels or ("model",))
    if one_input:
        of_all = {name for tally in compared for name in columns_of([tally.first], every=False)}
        names = [name for name in ("frames", "resized", "tiles") if name in of_all or name == "resized"]
        yield from (COLUMNS[name]._replace(minor=0 if pipelines or name == "frames" else 1) for name in names)
    if pipelines:
        yield COLUMNS["tokens"]
    yield COLUMNS["prompt_tokens"]
    if any(tally.first.price is not None for tally in compared):
        yield COST
    yield CONTEXT_SHARE._replace(minor=2 if pipelines else 0)
    yield PIXELS_PER_TOKEN._replace(minor=2 if pipelines else 1)
    yield Column("", "bar", minor=3 if pipelines else 0)
    if one_input and pipelines:
        yield WHY


def _row(columns: Sequence[Column], tally: Tally, share: Cell | None, most: int) -> list[Any]:
    """The cells of all inputs as one model and pipeline count them."""
    cells = dict(zip(COLUMNS, row(tally.first), strict=True)) | {
        "tokens": tally.tokens,
        "prompt_tokens": tally.prompt_tokens,
        COST.name: cost_cell(tally.cost),
        CONTEXT_SHARE.name: share,
        PIXELS_PER_TOKEN.name: _rounded(tally.pixels_per_token),
        WHY.name: why(tally.first.layout) if tally.first.layout else "",
        "bar": bar(tally.prompt_tokens / most),
    }
    return [cells[column.name] for column in columns]


def _in_order(compared: Sequence[Tally], *, by_model: bool) -> list[Tally]:
    """The cheapest first; `by_model` keeps the pipelines of a model together."""
    least: dict[str, int] = {}
    for tally in compared:
        name = tally.first.name
        least[name] = min(tally.prompt_tokens, least.get(name, tally.prompt_tokens))
    if by_model:
        return sorted(compared, key=lambda tally: (least[tally.first.name], tally.first.name, tally.prompt_tokens))
    return sorted(compared, key=lambda tally: tally.prompt_tokens)


def _caption(sums: Sums, most_inputs: int, *, pipelines: bool) -> Iterator[str]:
    """Below the table: the pipelines' versions, tokens that take no room, and who is not compared."""
    if pipelines:
        yield from sums.provenances
    yield from sums.bases()
    for label, tally in sums.tallies.items():
        if tally.crossed and tally.inputs == most_inputs:
            yield f"{label} reads {tally.crossed:,} tokens by cross-attention; they take no room in the context"
    partial = [label for label, tally in sums.tallies.items() if 0 < tally.inputs < most_inputs]
    if partial:
        yield f"not compared, because they did not count every input: {', '.join(partial)}"


def why(layout: Layout) -> str:
    """What decided the number of tokens, in one phrase: of a video the frames, then the step or the processor."""
    phrases = ["EXIF orientation ignored"] if layout.media.orientation != 1 and not layout.turned else []
    phrases += [layout.sampling.reason] if layout.sampling else []
    flags = [step.reason for step in layout.steps if step.name == "flags"]
    decisive = _decisive_step(layout)
    if (
        decisive.name != "fetch"
        and layout.notes
        and layout.notes[0].startswith(f"{layout.pipeline} {layout.version}: ")
    ):
        phrases.append(layout.notes[0].partition(": ")[2])
    else:
        phrases += [*(flags if decisive.reason.startswith("enlarged") else ()), decisive.reason]
    return "; ".join(phrases)


def _decisive_step(layout: Layout) -> Step:
    """The step on which the number of tokens depends most: a resize before the model's own, a tiling, else the last."""
    steps = [step for step in layout.steps if step.name not in ("orient", "thumbnail", "flags")] or list(layout.steps)
    return next((step for name in ("fetch", "tile") for step in steps if step.name == name), steps[-1])


def bar(share: float) -> str:
    """A bar that is full at 1, in eighths of a character."""
    eighths = max(1, round(share * BAR * 8))
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def _pixels_per_token(layout: Layout) -> float | None:
    return sums_of([Answer("", layout.model, layout)]).tallies[""].pixels_per_token


def _rounded(value: float | None) -> Cell | None:
    """A whole number for people."""
    return None if value is None else Cell(f"{value:,.0f}", (value,))
