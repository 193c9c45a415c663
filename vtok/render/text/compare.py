"""Models side by side: what the same inputs cost each of them, and how fine they see."""

from collections.abc import Mapping, Sequence
from typing import Any

from vtok.render.text.answers import COLUMNS, Answer, row
from vtok.render.text.tables import Column, Table, share_cell
from vtok.values import Layout

Contexts = Mapping[tuple[str, str], int | None]
"""The context of each model and preset; None where it is not known."""

BAR = 10
EIGHTHS = " ▏▎▍▌▋▊▉"

SHARE = Column("share of context", "context_share", number=True)
SCALE = Column("pixels per token", "pixels_per_token", number=True, minor=True)


def sorted_answers(answers: Sequence[Answer]) -> list[Answer]:
    """The answers of each input by their cost, the cheapest first; what failed comes last."""
    inputs = {answer.input: place for place, answer in reversed(list(enumerate(answers)))}
    return sorted(answers, key=lambda a: (inputs[a.input], a.layout is None, a.layout and a.layout.prompt_tokens))


def facts(answer: Answer, contexts: Contexts) -> dict[str, Any]:
    """What a comparison adds to the JSON of an answer."""
    if answer.layout is None:
        return {}
    context = _context(answer.layout, contexts)
    return {
        "context": context,
        "context_share": context and answer.layout.prompt_tokens / context,
        "pixels_per_token": _scale([answer.layout]),
    }


def cells(answer: Answer, contexts: Contexts) -> dict[str, Any]:
    """The cells of `SHARE` and `SCALE` of one answer."""
    if answer.layout is None:
        return {}
    context = _context(answer.layout, contexts)
    return {SHARE.name: share_cell(answer.layout.prompt_tokens, context), SCALE.name: _rounded(_scale([answer.layout]))}


def table(answers: Sequence[Answer], contexts: Contexts) -> Table:
    """A row and a bar for each model, the cheapest first: all inputs as one prompt."""
    found: dict[tuple[str, str], list[Layout]] = {}
    for answer in answers:
        if answer.layout:
            found.setdefault((answer.layout.model, answer.layout.preset), []).append(answer.layout)
    single = len({answer.input for answer in answers}) == 1
    costs = {key: sum(layout.prompt_tokens for layout in layouts) for key, layouts in found.items()}
    most = max(costs.values(), default=1)
    names = ("resized", "tiles") if single else ()
    columns = [
        Column("model", "model"),
        *(COLUMNS[name]._replace(minor=True) for name in names),
        COLUMNS["prompt_tokens"],
        SHARE,
        SCALE,
        Column("", "bar"),
    ]
    twice = {model for model, _ in found if sum(other == model for other, _ in found) > 1}
    rows = []
    for key in sorted(found, key=costs.__getitem__):
        layouts = found[key]
        shown = dict(zip(COLUMNS, row(Answer("", key[0], layouts[0])), strict=True))
        cost = costs[key]
        rows.append([
            key[1].rsplit("/", 1)[-1] if key[0] in twice else key[0],
            *(shown[name] for name in names),
            cost,
            share_cell(cost, contexts.get(key)),
            _rounded(_scale(layouts)),
            bar(cost / most),
        ])  # fmt: skip
    heading = f"{answers[0].input}  {answers[0].layout.original}" if single and answers[0].layout else ""
    return Table(columns=columns, rows=rows, heading=heading)


def bar(share: float) -> str:
    """A bar that is full at 1, in eighths of a character."""
    eighths = max(1, round(share * BAR * 8))
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def _context(layout: Layout, contexts: Contexts) -> int | None:
    return contexts.get((layout.model, layout.preset))


def _scale(layouts: Sequence[Layout]) -> float | None:
    """Pixels of the original that one token stands for; of a video, those of the frames that are taken."""
    pixels = sum(of.original.area * (of.sampling.num_sampled if of.sampling else 1) for of in layouts)
    tokens = sum(of.tokens or of.cross_attention_tokens for of in layouts)
    return pixels / tokens if tokens else None


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)
