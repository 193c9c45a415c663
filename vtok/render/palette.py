"""Colours: two themes, and four colours that tell neighbours apart, for colour-blind eyes, too."""

from typing import NamedTuple

Colour = str
"""As #rrggbb."""

NEIGHBOURS: tuple[Colour, ...] = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")
"""Four of Okabe and Ito's colours, by the parity of row and column: neighbours always differ."""

PATH: tuple[Colour, ...] = ("#56b4e9", "#f0e442", "#d55e00")
"""Okabe and Ito's sky blue, yellow and vermilion: from where a path begins to where it ends."""

SCALE: tuple[Colour, ...] = ("#2b1a6b", "#3b4fa3", "#2f86b3", "#35b59b", "#a5d46a", "#fdf3a5")
"""From low to high: dark to light, so that it also reads without colour."""

LIGHT_LINE, DARK_LINE = "#ffffff", "#0b0d10"


class Theme(NamedTuple):
    """The colours of a page: its ground, type of two strengths, hair lines, and of a blank image and its padding."""

    page: Colour
    ink: Colour
    quiet: Colour
    rule: Colour
    blank: Colour
    padding: Colour
    hatch: Colour
    accent: Colour


THEMES = {
    "light": Theme("#ffffff", "#16191d", "#5a626b", "#d5d9de", "#eef0f2", "#e3e6e9", "#b9bfc6", "#0072b2"),
    "dark": Theme("#0f1215", "#f3f5f7", "#a4adb6", "#343a41", "#23282d", "#2a2f35", "#4c545c", "#56b4e9"),
}


def rgb(colour: Colour) -> tuple[int, int, int]:
    """Red, green and blue from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two: `share` of the other."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def on_scale(share: float, scale: tuple[Colour, ...] = SCALE) -> Colour:
    """The colour at a place from 0 to 1 of a scale."""
    place = min(max(share, 0.0), 1.0) * (len(scale) - 1)
    low = min(int(place), len(scale) - 2)
    return mix(scale[low], scale[low + 1], place - low)


def neighbour(row: int, column: int) -> Colour:
    """The colour of a block among its neighbours."""
    return NEIGHBOURS[row % 2 * 2 + column % 2]
