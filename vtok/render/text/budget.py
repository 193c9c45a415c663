"""A prompt against its context: a bar, a table, a verdict, and the settings that would fit."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from vtok.render.text.money import COST, cost_cell, cost_of, with_cost
from vtok.render.text.tables import SIZE, Cell, Column, Table, is_terminal, share_cell, size_cell, terminal_width
from vtok.values import Layout, Size

EntryKind = Literal["image", "video", "text", "template", "reply"]

FILLS: dict[str, tuple[str, str, str]] = {
    "image": ("█", "#", "cyan"),
    "video": ("▓", "@", "blue"),
    "text": ("▒", "=", "green"),
    "template": ("▚", "%", "yellow"),
    "reply": ("░", "-", "magenta"),
    "left": ("·", ".", "bright_black"),
}
"""What fills the bar for each kind of entry: drawn, in ASCII, and the colour."""

RESIZED = Column("resized (WxH)", "resized", number=True, minor=True, parts=("resized_width", "resized_height"))
WIDEST = 100
MOST_ROWS = 1000
"""A table on a terminal has so many rows of inputs; a pipe gets all."""
NAMED = 3
"""A verdict names so many of the inputs that failed."""


class Entry(NamedTuple):
    """Something that takes tokens of the context. `name` is the input's, or says where the number is from."""

    kind: EntryKind
    name: str
    tokens: int
    estimated: bool = False
    layout: Layout | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        common = {"part": self.kind, "tokens": self.tokens, "estimated": self.estimated}
        if self.layout is None:
            return {**common, "source": self.name}
        return {**common, "input": self.name, "original": self.layout.original.to_dict(), **_becomes(self.layout)}


class Budget(NamedTuple):
    """A context and what takes it. `source` says where its length is from, `missing` names inputs that failed.

    `beside` are the tokens of all that is not the chat itself: the reply, and text of which only the length is known.
    `price` is that of a million input tokens.
    """

    context: int
    source: str
    entries: Sequence[Entry]
    missing: Sequence[str] = ()
    beside: int = 0
    price: Decimal | None = None

    @property
    def room(self) -> int:
        """Tokens that the chat may take."""
        return self.context - self.beside

    @property
    def used(self) -> int:
        """Tokens of all entries."""
        return sum(entry.tokens for entry in self.entries)

    @property
    def prompt(self) -> int:
        """Tokens of the prompt, without those that are kept for the reply."""
        return sum(entry.tokens for entry in self.entries if entry.kind != "reply")

    @property
    def cost(self) -> Decimal | None:
        """What the prompt costs; None without a price."""
        return cost_of(self.prompt, self.price)

    @property
    def left(self) -> int:
        """Tokens that nothing takes; below zero where the prompt does not fit."""
        return self.context - self.used

    @property
    def estimated(self) -> bool:
        """Whether any entry is an estimate."""
        return any(entry.estimated for entry in self.entries)

    @property
    def estimated_tokens(self) -> int:
        """Tokens of the entries that are estimates."""
        return sum(entry.tokens for entry in self.entries if entry.estimated)

    @property
    def fits(self) -> bool | None:
        """Whether the prompt fits; None where that depends on inputs that failed."""
        return False if self.left < 0 else None if self.missing else True

    @property
    def verdict(self) -> str:
        """Whether the prompt fits, and by how much, as a sentence."""
        tokens = f"{'about ' if self.estimated else ''}{abs(self.left):,} tokens"
        more = len(self.missing) - NAMED
        names = ", ".join(self.missing[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
        if self.fits:
            return f"fits: {tokens} left"
        if self.fits is None:
            them = "it" if len(self.missing) == 1 else "them"
            return f"incomplete: {names} could not be counted; without {them} {tokens} are left"
        return f"does not fit: {tokens} over" + (f", even without {names}, which could not be counted" if names else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "context": self.context,
            "context_source": self.source,
            "used": self.used,
            "left": self.left,
            "fits": self.fits,
            "estimated": self.estimated,
            "parts": [with_cost(entry.to_dict(), self._cost(entry)) for entry in self.entries],
            **with_cost({}, self.cost),
        }

    def _cost(self, entry: Entry) -> Decimal | None:
        """What an entry costs; nothing is known of a reply, whose tokens have another price."""
        return None if entry.kind == "reply" else cost_of(entry.tokens, self.price)

    def cost_cells(self, entries: Iterable[Entry]) -> Iterator[Cell | None]:
        """What each of these entries costs."""
        return (cost_cell(self._cost(entry)) for entry in entries)


class TurnRow(NamedTuple):
    """A turn of a chat: its number from 1 on, its tokens, those up to its end, and whether these fit the context."""

    number: int
    role: str
    visuals: int
    tokens: int
    end: int
    fits: bool
    estimated: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "turn": self.number, "role": self.role, "images": self.visuals, "tokens": self.tokens, "end": self.end,
            "fits": self.fits, "estimated": self.estimated,
        }  # fmt: skip


class Drop(NamedTuple):
    """The oldest images and videos that would have to go, each with its turn, and how many tokens are left then.

    `left` is below zero where the prompt does not fit without any of them.
    """

    names: Sequence[tuple[str, int]]
    of: int
    left: int

    def __str__(self) -> str:
        names = ", ".join(f"{name} (turn {turn})" for name, turn in self.names[:NAMED])
        if len(self.names) > NAMED:
            names += f" and {len(self.names) - NAMED:,} more"
        if self.left < 0:
            return f"without any of its {self.of:,} images and videos it is still {-self.left:,} tokens too long"
        number = f" {len(self.names):,}" if len(self.names) > 1 else ""
        oldest = f"the oldest{number} of its {self.of:,} images and videos"
        return f"to make it fit, {oldest} would have to go: {names}; {self.left:,} tokens are left then"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        inputs = [{"input": name, "turn": turn} for name, turn in self.names]
        return {"inputs": inputs, "left": self.left, "fits": self.left >= 0}


def turn_table(turns: Sequence[TurnRow], budget: Budget) -> Table:
    """A row for each turn of a chat; the first one that ends beyond the context says so."""
    columns = [
        Column("turn", "turn", number=True),
        Column("role", "role"),
        Column("images", "images", number=True, minor=1),
        Column("tokens", "tokens", number=True),
        Column("up to here", "end", number=True),
        Column("of the room", "share", number=True, minor=1),
        Column("", "fits"),
    ]
    over = next((turn.number for turn in turns if not turn.fits), None)
    words = {True: "fits", False: "too long"}
    rows = [
        [
            turn.number, turn.role, turn.visuals, turn.tokens, turn.end, share_cell(turn.end, budget.room),
            Cell("the context ends here" if turn.number == over else words[turn.fits], (turn.fits,)),
        ]
        for turn in turns
    ]  # fmt: skip
    return Table(columns=columns, rows=rows)


class Summary(NamedTuple):
    """One of several budgets: its chat, if there are several, its model, its images, and the budget or an error."""

    chat: str
    model: str
    images: int
    budget: Budget


def summary_table(summaries: Sequence[Summary], *, chats: bool) -> Table:
    """A row for each budget: whether it fits, and what is left."""
    columns = [
        *([Column("chat", "chat")] if chats else []),
        Column("model", "model"),
        Column("images", "images", number=True, minor=2),
        Column("tokens", "tokens", number=True),
        Column("of these estimated", "estimated_tokens", number=True, minor=1),
        Column("context", "context", number=True, minor=1),
        Column("share", "share", number=True),
        Column("left", "left", number=True),
        Column("fits", "fits"),
        *([COST] if any(one.budget.price is not None for one in summaries) else []),
    ]
    words = {True: "yes", False: "no", None: "not known"}
    rows = [
        [
            *([one.chat] if chats else []), one.model, one.images, one.budget.used,
            one.budget.estimated_tokens, one.budget.context,
            share_cell(one.budget.used, one.budget.context), one.budget.left,
            Cell(words[one.budget.fits], (one.budget.fits,)), cost_cell(one.budget.cost),
        ][: len(columns)]
        for one in summaries
    ]  # fmt: skip
    return Table(columns=columns, rows=rows)


def _becomes(layout: Layout) -> dict[str, Any]:
    """The size that an input is resized to, and the sampled frames, as JSON."""
    size = layout.resized or layout.canvas
    resized = {"resized": size.to_dict()} if size else {}
    return resized | ({"frames": layout.sampling.num_sampled} if layout.sampling else {})


def table(budget: Budget) -> Table:
    """A row for each entry, and what is left; the context as a total.

    On a terminal, all inputs beyond MOST_ROWS share a row.
    """
    entries = _entries_with_rows(budget.entries)
    videos = any(entry.kind == "video" for entry in budget.entries)
    columns = [
        Column("part", "part"),
        Column("input or source", "name", parts=("name", "estimated")),
        Column("size (WxH)", "size", number=True, minor=True, parts=SIZE),
        Column("frames", "frames", number=True, minor=True),
        RESIZED,
        Column("tokens", "tokens", number=True),
        Column("share", "share", number=True),
    ]
    rows: list[list[Any]] = [
        [
            _marked(entry.kind),
            Cell(f"{entry.name} (estimated)" if entry.estimated else entry.name, (entry.name, entry.estimated)),
            entry.layout and size_cell(entry.layout.original),
            entry.layout and entry.layout.sampling and entry.layout.sampling.num_sampled,
            entry.layout and size_cell(entry.layout.resized or entry.layout.canvas),
            entry.tokens,
            share_cell(entry.tokens, budget.context),
        ]
        for entry in entries
    ]
    left = share_cell(budget.left, budget.context)
    rows.append([_marked("left"), Cell("", ("", budget.estimated)), None, None, None, budget.left, left])
    totals: list[list[Any]] = [
        ["context", Cell(budget.source, (budget.source, False)), None, None, None, budget.context, None]
    ]
    if budget.price is not None:
        columns.append(COST)
        rows = [[*row, cost] for row, cost in zip(rows, (*budget.cost_cells(entries), None), strict=True)]
        share = share_cell(budget.prompt, budget.context)
        name = Cell("without the reply", ("without the reply", budget.estimated))
        prompt = ["prompt", name, None, None, None, budget.prompt, share, cost_cell(budget.cost)]
        totals = [prompt, *([*row, None] for row in totals)]
    kept = [i for i, column in enumerate(columns) if videos or not is_terminal() or column.name != "frames"]
    return Table(
        columns=[columns[i] for i in kept],
        rows=[[row[i] for i in kept] for row in rows],
        totals=[[row[i] for i in kept] for row in totals],
    )


def _entries_with_rows(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries that have a row: on a terminal, one stands for all inputs beyond MOST_ROWS."""
    inputs = [entry for entry in entries if entry.layout]
    rest = inputs[MOST_ROWS:]
    if not rest or not is_terminal():
        return entries
    name = f"{len(rest):,} more inputs, which a pipe or --csv lists"
    estimated = any(entry.estimated for entry in rest)
    more = Entry(rest[0].kind, name, sum(entry.tokens for entry in rest), estimated)
    return [*inputs[:MOST_ROWS], more, *(entry for entry in entries if not entry.layout)]


def _marked(kind: str) -> str:
    """The kind of an entry; on a terminal with what it fills the bar with."""
    return f"{_fill(kind)} {kind}" if is_terminal() else kind


def _fill(kind: str) -> str:
    drawn, plain, _ = FILLS[kind]
    try:
        drawn.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return plain
    return drawn


def show_bar(budget: Budget) -> None:
    """Draw what takes how much of the context, and mark where the context ends if the prompt is longer."""
    from rich.console import Console
    from rich.text import Text

    width = min(WIDEST, terminal_width()) - 12
    tokens = dict.fromkeys(FILLS, 0) | {"left": max(0, budget.left)}
    for entry in budget.entries:
        tokens[entry.kind] += entry.tokens
    bar = Text()
    for kind, cells in _cells(tokens, width).items():
        bar.append(_fill(kind) * cells, style=FILLS[kind][2])
    if budget.left < 0:
        end = max(1, round(width * budget.context / budget.used))
        bar = bar[:end] + Text("|", style="bold red") + bar[end:]
    bar.append(f" {budget.used / budget.context:.1%}")
    console = Console(highlight=False, markup=False)
    console.print(bar, soft_wrap=True)
    if budget.left < 0:
        console.print(Text("| marks the end of the context", style="dim"))


def _cells(amounts: dict[str, int], width: int) -> dict[str, int]:
    """Cells of the bar for each amount, `width` in all; an amount above 0 has one at least."""
    total = sum(amounts.values()) or 1
    cells = {kind: max(1, amount * width // total) if amount else 0 for kind, amount in amounts.items()}
    largest = max(amounts, key=amounts.__getitem__)
    cells[largest] = max(1, cells[largest] + width - sum(cells.values()))
    return cells


class Fit(NamedTuple):
    """An option with which the prompt fits, as it is typed, and what the inputs then become.

    `following` is the next value of the option, which does not fit, and its tokens. `typed` is what users of an engine
    type for it, if an engine counts and that is known.
    """

    option: str
    value: Any
    setting: str
    tokens: int
    left: int
    following: tuple[Any, int] | None
    layouts: Sequence[Layout]
    typed: str = ""

    def to_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """Plain JSON."""
        inputs = [
            {"input": name, **_becomes(layout), "tokens": layout.prompt_tokens}
            for name, layout in zip(names, self.layouts, strict=True)
        ]
        following = self.following and dict(zip(("value", "tokens"), self.following, strict=True))
        return {
            "option": self.option, "value": self.value, "setting": self.setting, "tokens": self.tokens,
            "left": self.left, "following": following, "inputs": inputs, "typed": self.typed or None,
        }  # fmt: skip


def fit_table(fits: Iterable[Fit]) -> Table:
    """A row for each option with which the prompt fits."""
    columns = [
        Column("option that fits", "setting"),
        Column("inputs become", "becomes", minor=True),
        Column("tokens", "tokens", number=True),
        Column("left", "left", number=True),
        Column("next value", "next_value", minor=True, parts=("next_value", "next_tokens")),
    ]
    rows = [[fit.setting, _sizes(fit.layouts), fit.tokens, fit.left, _next(fit.following)] for fit in fits]
    return Table(columns=columns, rows=rows)


def _next(following: tuple[Any, int] | None) -> Cell | None:
    if following is None:
        return None
    value, tokens = following
    return Cell(f"{f'{value:,}' if isinstance(value, int) else value} is too long: {tokens:,} tokens", following)


def _sizes(layouts: Sequence[Layout]) -> str:
    """The sizes that the inputs are resized to: one by one if few, else the smallest and the largest."""
    sizes: list[Size] = [layout.resized or layout.canvas or layout.original for layout in layouts]
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
