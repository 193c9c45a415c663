"""The signs of a legend: each a small piece of the drawing that it stands for."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from vtok.render.drawing.scene import Fill, Frames, Hatch, Label, Lattice, Shape, Stroke
from vtok.render.palette import DARK_LINE, LIGHT_LINE, NEIGHBOURS, PATH, SCALE, Colour, Theme, mix, on_scale
from vtok.values import Box


class Square(NamedTuple):
    """Where a sign is drawn, in which theme; `unit` is in pixels of a page 1920 wide."""

    box: Box
    theme: Theme
    unit: float

    def marks(self, count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The lines that divide it into count x count cells: across and down."""
        box = self.box
        xs = tuple(box.left + box.width * i / count for i in range(count + 1))
        return xs, tuple(box.top + box.height * i / count for i in range(count + 1))

    def quarters(self) -> list[Box]:
        """Its four quarters, row by row."""
        xs, ys = self.marks(2)
        return [Box(left, top, right, bottom) for top, bottom in pairwise(ys) for left, right in pairwise(xs)]

    def ground(self) -> Fill:
        """The grey on which grids and figures stand."""
        return Fill(boxes=(self.box,), colour=mix(self.theme.page, self.theme.ink, 0.45))

    def figure(self, text: str, *, bold: bool = False, halo: Colour | None = None) -> Label:
        """A letter or figure in the middle."""
        size = self.box.height * 0.65
        at = ((self.box.left + self.box.right) / 2, (self.box.top + self.box.bottom) / 2 + size * 0.365)
        return Label(at=at, text=text, size=size, colour=LIGHT_LINE, bold=bold, anchor="middle", halo=halo)


def _patches(square: Square) -> list[Shape]:
    xs, ys = square.marks(3)
    return [
        square.ground(),
        Lattice(box=square.box, xs=xs, ys=ys, stroke=Stroke(max(1.0, square.unit), opacity=0.8)),
    ]


def _tokens(square: Square) -> list[Shape]:
    xs, ys = square.marks(2)
    return [square.ground(), Lattice(box=square.box, xs=xs, ys=ys, stroke=Stroke(max(2.0, 2.5 * square.unit)))]


def _windows(square: Square) -> list[Shape]:
    pairs = zip(square.quarters(), NEIGHBOURS, strict=True)
    return [Fill(boxes=(box,), colour=mix(square.theme.page, colour, 0.62)) for box, colour in pairs]


def _tiles(square: Square) -> list[Shape]:
    outline = Stroke(max(1.0, square.unit), core=square.theme.quiet)
    left, top, right, bottom = square.box
    around = Box(left - 2, top - 2, right + 2, bottom + 2)
    return [
        Fill(boxes=(square.box,), colour=DARK_LINE),
        Frames(boxes=(square.box,), stroke=outline, clip=around),
        square.figure("1", bold=True),
    ]


def _padding(square: Square) -> list[Shape]:
    theme, unit = square.theme, square.unit
    return [Hatch(box=square.box, ground=theme.padding, colour=theme.hatch, gap=9 * unit, width=max(1.0, 2 * unit))]


def _cut(square: Square) -> list[Shape]:
    return [square.ground(), Fill(boxes=(square.box,), colour=DARK_LINE, opacity=0.62)]


def _content(square: Square) -> list[Shape]:
    pairs = zip(square.quarters(), (0.25, 0.5, 0.6, 0.35), strict=True)
    return [Fill(boxes=(box,), colour=mix(square.theme.page, square.theme.ink, share)) for box, share in pairs]


def _order(square: Square) -> list[Shape]:
    box, middle = square.box, (square.box.top + square.box.bottom) / 2
    return gradient(Box(box.left, middle - 3 * square.unit, box.right, middle + 3 * square.unit), PATH)


def gradient(box: Box, colours: Sequence[Colour], steps: int = 12) -> list[Shape]:
    """A bar that runs through these colours from left to right."""
    edges = [box.left + box.width * i / steps for i in range(steps + 1)]
    return [
        Fill(boxes=(Box(left, box.top, right, box.bottom),), colour=on_scale(i / (steps - 1), tuple(colours)))
        for i, (left, right) in enumerate(pairwise(edges))
    ]


SIGNS: dict[str, Callable[[Square], list[Shape]]] = {
    "patches": _patches,
    "tokens": _tokens,
    "windows": _windows,
    "tiles": _tiles,
    "padding": _padding,
    "cut": _cut,
    "content": _content,
    "order": _order,
    "index": lambda square: [square.ground(), square.figure("7", halo=DARK_LINE)],
    "numbers": lambda square: [square.ground(), square.figure("t", halo=DARK_LINE)],
    "mrope": lambda square: gradient(square.box, SCALE),
}
"""By name, in the order in which a legend has them."""
