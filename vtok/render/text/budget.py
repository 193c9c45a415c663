"""A prompt against its context: a bar, a table, and what would fit."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from vtok.render.text.tables import SIZE, Column, Table, is_terminal, share_cell, size_cell, terminal_width
from vtok.values import Layout

PartKind = Literal["image", "video", "text", "template", "reply"]

FILLS: dict[str, tuple[str, str, str]] = {
    "image": ("█", "#", "cyan"),
    "video": ("▓", "@", "blue"),
    "text": ("▒", "=", "green"),
    "template": ("▚", "%", "yellow"),
    "reply": ("░", "-", "magenta"),
    "left": ("·", ".", "bright_black"),
}
"""What fills the bar: drawn, in ASCII, and the colour."""

NAMES = {"image": "images", "video": "videos", "text": "text", "template": "chat template", "reply": "reply"}
WIDEST = 100


class Part(NamedTuple):
    """Something that takes tokens of the context."""

    kind: PartKind
    name: str
    tokens: int
    estimated: bool = False
    layout: Layout | None = None


class Budget(NamedTuple):
    """A context and what takes it; `source` says where its length is from."""

    context: int
    source: str
    parts: Sequence[Part]

    @property
    def used(self) -> int:
        """Tokens of all parts."""
        return sum(part.tokens for part in self.parts)

    @property
    def left(self) -> int:
        """Tokens that nothing takes; below zero where the prompt does not fit."""
        return self.context - self.used

    @property
    def estimated(self) -> bool:
        """Whether any part is an estimate."""
        return any(part.estimated for part in self.parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "context": self.context,
            "context_source": self.source,
            "used": self.used,
            "left": self.left,
            "fits": self.left >= 0,
            "estimated": self.estimated,
            "parts": [_part(part) for part in self.parts],
        }


def _part(part: Part) -> dict[str, Any]:
    facts: dict[str, Any] = {"part": part.kind, "tokens": part.tokens, "estimated": part.estimated}
    if part.layout:
        facts |= {"input": part.name, "original": part.layout.original.to_dict(), **_resized(part.layout)}
    return facts


def _resized(layout: Layout) -> dict[str, Any]:
    size = layout.resized or layout.canvas
    resized = {"resized": size.to_dict()} if size else {}
    frames = {"frames": layout.sampling.num_sampled} if layout.sampling else {}
    return {**resized, **frames}


def table(budget: Budget) -> Table:
    """A row for each part, and what is left; the context as a total."""
    videos = any(part.kind == "video" for part in budget.parts)
    columns = [
        Column("part", "part"),
        Column("", "name") if not is_terminal() else Column("input", "name"),
        Column("size", "size", number=True, parts=SIZE),
        Column("frames", "frames", number=True),
        Column("resized", "resized", number=True, minor=True, parts=("resized_width", "resized_height")),
        Column("tokens", "tokens", number=True),
        Column("share", "share", number=True),
    ]
    rows: list[list[Any]] = []
    for part in budget.parts:
        layout = part.layout
        rows.append([
            _marked(part.kind) if is_terminal() else part.kind,
            f"{part.name} (estimated)" if part.estimated else part.name,
            layout and size_cell(layout.original),
            layout and layout.sampling and layout.sampling.num_sampled,
            layout and size_cell(layout.resized or layout.canvas),
            part.tokens,
            share_cell(part.tokens, budget.context),
        ])  # fmt: skip
    label = _marked("left") if is_terminal() else "left"
    rows.append([label, "", None, None, None, budget.left, share_cell(budget.left, budget.context)])
    kept = [i for i, column in enumerate(columns) if videos or not is_terminal() or column.name != "frames"]
    totals = ["context", budget.source, None, None, None, budget.context, None]
    return Table(
        columns=[columns[i] for i in kept],
        rows=[[row[i] for i in kept] for row in rows],
        totals=[[totals[i] for i in kept]],
    )


def _marked(kind: str) -> str:
    """The kind with what it fills the bar with, where anything is drawn."""
    return f"{_fill(kind)} {kind}"


def _fill(kind: str) -> str:
    drawn, plain, _ = FILLS[kind]
    try:
        drawn.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return plain
    return drawn


def show_bar(budget: Budget) -> None:
    """Draw what takes how much of the context; beyond its end, what does not fit."""
    from rich.console import Console
    from rich.text import Text

    width = min(WIDEST, terminal_width()) - 12
    taken = {kind: sum(part.tokens for part in budget.parts if part.kind == kind) for kind in NAMES}
    bar = Text()
    for kind, cells in _cells({**taken, "left": max(0, budget.left)}, width).items():
        bar.append(_fill(kind) * cells, style=FILLS[kind][2])
    whole = max(budget.context, budget.used)
    if budget.left < 0:  # the end of the context within the bar
        end = max(1, round(width * budget.context / whole))
        bar = bar[:end] + Text("|", style="bold red") + bar[end:]
    bar.append(f" {budget.used / budget.context:.1%}")
    Console(highlight=False, markup=False).print(bar, soft_wrap=True)


def _cells(amounts: dict[str, int], width: int) -> dict[str, int]:
    """Cells of the bar for each amount, `width` in all; whatever is there has one at least."""
    total = sum(amounts.values()) or 1
    cells = {kind: max(1, amount * width // total) if amount else 0 for kind, amount in amounts.items()}
    largest = max(amounts, key=amounts.__getitem__)
    cells[largest] = max(1, cells[largest] + width - sum(cells.values()))
    return cells


class Found(NamedTuple):
    """An option that makes the prompt fit, as it is typed, and what the inputs then are."""

    option: str
    value: Any
    setting: str
    tokens: int
    left: int
    following: tuple[Any, int] | None
    layouts: Sequence[Layout]

    def to_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """Plain JSON."""
        inputs = [
            {"input": name, **_resized(layout), "tokens": layout.prompt_tokens}
            for name, layout in zip(names, self.layouts, strict=True)
        ]
        following = self.following and {"value": self.following[0], "tokens": self.following[1]}
        return {
            "option": self.option, "value": self.value, "setting": self.setting, "tokens": self.tokens,
            "left": self.left, "following": following, "inputs": inputs,
        }  # fmt: skip


def found_table(found: Iterable[Found]) -> Table:
    """A row for each option that makes the prompt fit."""
    columns = [
        Column("what would fit", "setting"),
        Column("becomes", "becomes"),
        Column("tokens", "tokens", number=True),
        Column("left", "left", number=True),
        Column("one step more", "following"),
    ]
    rows = [[f.setting, _becomes(f.layouts), f.tokens, f.left, _following(f.following)] for f in found]
    return Table(columns=columns, rows=rows)


def _following(following: tuple[Any, int] | None) -> str | None:
    return following and f"{following[0]}: {following[1]:,} tokens"


def _becomes(layouts: Sequence[Layout]) -> str:
    """The sizes that come of it: one by one if few, else the smallest and the largest."""
    sizes = [layout.resized or layout.canvas or layout.original for layout in layouts]
    frames = [layout.sampling and layout.sampling.num_sampled for layout in layouts]
    kinds = dict.fromkeys(zip(sizes, frames, strict=True))
    if len(kinds) <= 2:
        return "; ".join(f"{size}, {taken} frames" if taken else str(size) for size, taken in kinds)
    by_area = sorted(sizes, key=lambda size: size.area)
    span = _span(by_area)
    counts = sorted(taken for taken in frames if taken)
    return f"{span}, {_span(counts)} frames" if counts else span


def _span(values: Sequence[object]) -> str:
    """The first and the last of these, once if equal."""
    return " to ".join(dict.fromkeys(map(str, (values[0], values[-1]))))
