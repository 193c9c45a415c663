"""The layers of a drawing laid on one another, with their legend and notes."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from vtok.render.drawing import layers, numbers, order, tiles
from vtok.render.drawing.drawings import Drawing, Entry, Layer
from vtok.render.drawing.scene import Shape
from vtok.render.drawing.signs import SIGNS

ALWAYS: tuple[Callable[[Drawing], Layer], ...] = (layers.ground, layers.cut, layers.content)
"""What every drawing has, whatever layers are asked for."""

CHOSEN: dict[str, Callable[[Drawing], Layer]] = {
    "patches": layers.patches,
    "tokens": layers.tokens,
    "windows": layers.windows,
    "tiles": tiles.tiles,
    "order": order.order,
    "index": numbers.index,
    "mrope": numbers.mrope,
}
"""The layers that are asked for, from the bottom up."""


class Stack(NamedTuple):
    """The layers of one drawing, from the bottom up."""

    layers: tuple[Layer, ...]

    def shapes(self) -> Iterator[Shape]:
        """What is drawn, from the bottom up: all tints, all lines, all labels. To be read once."""
        for layer in self.layers:
            yield from layer.tints
        for layer in self.layers:
            yield from layer.lines
        for layer in self.layers:
            yield from layer.labels

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The lines of the legend: what is drawn, and nothing else."""
        return tuple(layer.entry for layer in self.layers if layer.entry)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be drawn, and what the lines alone do not tell."""
        return tuple(note for layer in self.layers for note in layer.notes)


def stacked(d: Drawing) -> Stack:
    """All layers of a drawing."""
    return Stack((*(draw(d) for draw in ALWAYS), *(draw(d) for name, draw in CHOSEN.items() if name in d.layers)))


class Legend(NamedTuple):
    """The legend and the notes of some drawings."""

    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()


NO_LEGEND = Legend()


def legend_of(stacks: Iterable[Stack]) -> Legend:
    """One line for each sign, as the first drawing has it, in the order of the signs; each note once."""
    entries: dict[str, Entry] = {}
    notes: dict[str, None] = {}
    for stack in stacks:
        for entry in stack.entries:
            entries.setdefault(entry.sign, entry)
        notes |= dict.fromkeys(stack.notes)
    signs = list(SIGNS)
    return Legend(tuple(sorted(entries.values(), key=lambda entry: signs.index(entry.sign))), tuple(notes))
