"""Words set on a page: name, number, facts, legend. Each is set into a block, which grows downwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vtok.render import lettering
from vtok.render.drawing.drawings import Entry
from vtok.render.drawing.scene import Fill, Label, Shape
from vtok.render.drawing.signs import SIGNS, Square
from vtok.render.drawing.stack import Legend
from vtok.render.drawing.words import Words
from vtok.render.palette import Theme
from vtok.values import Box

NAME, ORIGIN, NUMBER, UNIT, FACT, LEGEND, NOTE = 46, 23, 124, 40, 27, 26, 24
"""Sizes of type, in pixels of a page 1920 wide."""

COLUMNS = (0.33, 0.40, 0.27)
"""Shares of the page's width for number, facts and legend where they stand side by side."""

SIGN = 1.25
"""Side of a sign, as a share of the legend's type: so large that the figures in it read."""

NARROW = (0.29, 0.44, 0.27)
"""The same beside a thumbnail."""

ASIDE = 0.20
"""Share of the page's width for a thumbnail beside them."""

MOST_SQUARES = 96
"""The most squares that are drawn for tokens without a place."""


@dataclass
class Block:
    """Shapes that grow downwards from a top edge."""

    left: float
    top: float
    width: float
    unit: float
    theme: Theme
    shapes: list[Shape] = field(default_factory=list)
    bottom: float = 0.0

    def __post_init__(self) -> None:
        self.bottom = self.top

    def space(self, pixels: float) -> None:
        """Leave room, in pixels of a page 1920 wide."""
        self.bottom += pixels * self.unit

    def line(
        self, text: str, size: float, *, bold: bool = False, quiet: bool = False, left: float | None = None
    ) -> None:
        """A line of type under what is there; its capitals begin where the block ended."""
        size *= self.unit
        base = self.bottom + size * lettering.CAP_HEIGHT
        colour = self.theme.quiet if quiet else self.theme.ink
        at = (self.left if left is None else left, base)
        self.shapes.append(Label(at=at, text=text, size=size, colour=colour, bold=bold))
        self.bottom = base

    def beside(self, text: str, size: float, left: float, *, bold: bool = False) -> None:
        """A piece of type on the last line, from this place on."""
        size *= self.unit
        self.shapes.append(Label(at=(left, self.bottom), text=text, size=size, colour=self.theme.ink, bold=bold))

    def paragraph(self, text: str, size: float, *, quiet: bool = False, left: float | None = None) -> None:
        """Lines of type, as many as the text needs."""
        start = self.left if left is None else left
        lines = lettering.wrapped(text, size * self.unit, self.left + self.width - start)
        for i, line in enumerate(lines):
            if i:
                self.space(size * 0.62)
            self.line(line, size, quiet=quiet, left=start)


Aside = Callable[[Block], None]
"""Draws a small image at the foot of a block, which grows by it."""


def column(words: Words, into: Block, *, height: float = 0.0, aside: Aside | None = None) -> None:
    """Everything one under the other; the legend stands at the foot of `height` where there is room."""
    if aside:
        aside(into)
        into.space(48)
    heading(words, into)
    into.space(44)
    facts(words.facts, into)
    queries(words, into)
    below = Block(into.left, into.bottom, into.width, into.unit, into.theme)
    below.space(48)
    legend(words, below)
    spare = max(0.0, into.top + height - below.bottom)
    foot = Block(into.left, into.bottom + spare, into.width, into.unit, into.theme)
    foot.space(48)
    legend(words, foot)
    into.shapes += foot.shapes
    into.bottom = foot.bottom if foot.shapes else into.bottom


def row(words: Words, into: Block, *, aside: Aside | None = None, shares: tuple[float, float, float] = COLUMNS) -> None:
    """Number, facts and legend side by side, as wide as the block; what stands aside comes first."""
    gap = 40 * into.unit
    if aside:
        first = Block(into.left, into.top, ASIDE * into.width, into.unit, into.theme)
        aside(first)
        rest = Block(into.left + first.width + gap, into.top, into.width - first.width - gap, into.unit, into.theme)
        row(words, rest, shares=NARROW)
        into.shapes += first.shapes + rest.shapes
        into.bottom = max(first.bottom, rest.bottom)
        return
    widths = [share * (into.width - 2 * gap) for share in shares]
    if not any(words.legend):
        widths = [widths[0], widths[1] + widths[2] + gap, 0.0]
    parts, left = [], into.left
    for width in widths:
        parts.append(Block(left, into.top, width, into.unit, into.theme))
        left += width + gap
    heading(words, parts[0])
    facts(words.facts, parts[1])
    queries(words, parts[1])
    legend(words, parts[2])
    into.shapes += [shape for part in parts for shape in part.shapes]
    into.bottom = max(part.bottom for part in parts)


def heading(words: Words, into: Block, *, name: float = NAME, number: float = NUMBER, origin: bool = True) -> None:
    """The model's name, where its numbers are from, and the one big number."""
    room, unit = into.width, into.unit
    into.line(words.name, lettering.fitting(words.name, name * unit, room, bold=True) / unit, bold=True)
    if origin:
        into.space(20)
        one_line = lettering.width(words.origin, ORIGIN * unit) <= room
        for i, part in enumerate([words.origin] if one_line else words.origin.split(" \u00b7 ")):
            into.space(14 if i else 0)
            into.paragraph(part, max(20.0, lettering.fitting(part, ORIGIN * unit, room) / unit), quiet=True)
    into.space(0.36 * number)
    size = lettering.fitting(words.number, number * unit, room, bold=True) / unit
    # Figures stand off their left edge; large ones would look indented.
    into.line(words.number, size, bold=True, left=into.left - 0.06 * size * unit)
    beside = lettering.width(words.number, size * unit, bold=True) + 0.07 * size * unit
    unit_size = UNIT * min(1.0, number / NUMBER * 1.25)
    if beside + lettering.width(words.unit, unit_size * unit) <= room:
        into.beside(words.unit, unit_size, into.left + beside)
    else:
        into.space(28)
        into.line(words.unit, lettering.fitting(words.unit, unit_size * unit, room) / unit)


def facts(lines: Sequence[tuple[str, str]], into: Block, *, size: float = FACT) -> None:
    """Names and values in two columns."""
    if not lines:
        return
    names = max(lettering.width(name, size * into.unit) for name, _ in lines)
    left = into.left + names + 22 * into.unit
    for i, (name, value) in enumerate(lines):
        if i:
            into.space(size * 0.80)
        top = into.bottom
        into.line(name, size, quiet=True)
        into.bottom = top
        into.paragraph(value, size, left=left)


def legend(words: Words, into: Block, *, size: float = LEGEND) -> None:
    """Signs and what they stand for; then what could not be drawn."""
    for i, entry in enumerate(words.legend.entries):
        if i:
            into.space(size * 0.95)
        _entry(entry, into, size)
    for i, note in enumerate(words.legend.notes):
        if i or words.legend.entries:
            into.space(26)
        into.paragraph(note, NOTE, quiet=True)


def queries(words: Words, into: Block) -> None:
    """Tokens that have no place in the image: a square each, and a sentence about them."""
    if not words.queries:
        return
    into.space(40)
    side, gap = 18 * into.unit, 8 * into.unit
    across = max(1, int((into.width + gap) / (side + gap)))
    drawn = min(words.queries, MOST_SQUARES, 4 * across)
    boxes = []
    for i in range(drawn):
        left, top = into.left + i % across * (side + gap), into.bottom + i // across * (side + gap)
        boxes.append(Box(left, top, left + side, top + side))
    into.shapes.append(Fill(boxes=tuple(boxes), colour=into.theme.accent))
    into.bottom = boxes[-1].bottom
    into.space(24)
    more = "" if drawn == words.queries else f" ({drawn} of them drawn)"
    each = "Each token reads" if words.queries > 1 else "The token reads"
    known = f"{each} the whole image; none has a place in it"
    text = known if words.is_published else "It is not published where in its view a token lies"
    into.paragraph(f"{text}{more}.", FACT)


def _entry(entry: Entry, into: Block, size: float) -> None:
    side = size * SIGN * into.unit
    top = into.bottom - (side - size * lettering.CAP_HEIGHT * into.unit) / 2
    square = Square(Box(into.left, top, into.left + side, top + side), into.theme, into.unit)
    into.shapes += SIGNS[entry.sign](square)
    into.paragraph(entry.text, size, left=into.left + side + 16 * into.unit)


def strip(legend: Legend, into: Block, *, size: float = LEGEND) -> None:
    """The legend from left to right, in as many lines as it needs."""
    left, unit = into.left, into.unit
    for entry in legend.entries:
        needed = (size * SIGN + 16) * unit + lettering.width(entry.text, size * unit)
        if left > into.left and left + needed > into.left + into.width:
            left = into.left
            into.space(size * 1.8)
        one = Block(left, into.bottom, 1.1 * needed, unit, into.theme)
        _entry(entry, one, size)
        into.shapes += one.shapes
        left += needed + 44 * unit
    if legend.entries:
        into.space(size)
    for note in legend.notes:
        into.space(20)
        into.paragraph(note, NOTE, quiet=True)


def bar(share: float, into: Block, *, height: float = 10) -> None:
    """How much of the greatest this is, as a bar."""
    top, bottom = into.bottom, into.bottom + height * into.unit
    into.shapes.append(Fill(boxes=(Box(into.left, top, into.left + into.width, bottom),), colour=into.theme.rule))
    long = max(into.unit * 3, into.width * share)
    into.shapes.append(Fill(boxes=(Box(into.left, top, into.left + long, bottom),), colour=into.theme.accent))
    into.bottom = bottom
