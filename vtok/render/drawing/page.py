"""The page of one image: its panels, caption and legend; the words under or beside the image, never on it."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from vtok.render import lettering
from vtok.render.drawing import captions, layers, numbers, order
from vtok.render.drawing.captions import Block
from vtok.render.drawing.layers import Drawing
from vtok.render.drawing.panels import On, Panel, panels
from vtok.render.drawing.scene import Label, Scene, Shape, moved
from vtok.render.drawing.words import Words, ordinal, words
from vtok.render.palette import THEMES, Theme
from vtok.values import Box, Layout, Size

WIDTH = 1920
"""The width of a page for which sizes of type, lines and margins are written down; others scale."""

MARGIN, GAP, SIDE, HEADING = 60, 52, 540, 24
"""Around everything; between images and words; width of words beside an image; type of a panel's heading."""

BESIDE, BESIDE_OWN = 1.25, 0.8
"""Words stand beside what is narrower than this (width by height), under what is wider, where the page may grow.

Around an image at its own size the page grows as little as can be.
"""

THUMBNAIL, LEAST_GLANCE = 400, 140
"""Greatest height of a thumbnail, and the least to which it makes room for words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the user wants a drawing.

    `layers` are those asked for, None for the model's default. `width` of the page is in pixels, None for what shows
    the image at its own size; `page` is its proportions (width by height), None for as high as needed.
    """

    layers: tuple[str, ...] | None = None
    on: On = "original"
    width: int | None = WIDTH
    page: float | None = None
    theme: str = "light"
    caption: bool = True

    @property
    def colours(self) -> Theme:
        """The theme's colours."""
        return THEMES[self.theme]


class Figure(NamedTuple):
    """A panel in a row of panels: its layers, what stands under it, and the axis of position ids that it shows."""

    panel: Panel
    layers: tuple[str, ...]
    heading: str = ""
    axis: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Figures side by side, and how they are drawn."""

    layout: Layout
    figures: tuple[Figure, ...]
    theme: Theme
    photo: bool
    ids: Mapping[int, Any]
    default: bool = False
    thumbnail: Figure | None = None
    frame: "Frame | None" = None
    glance: float = THUMBNAIL

    @property
    def aspect(self) -> float:
        """Width by height, gaps apart."""
        return sum(figure.panel.aspect for figure in self.figures)

    @property
    def gaps(self) -> float:
        """Pixels (of a page 1920 wide) between the figures."""
        return GAP * (len(self.figures) - 1)

    @property
    def headed(self) -> float:
        """Pixels (of a page 1920 wide) for the headings under the figures."""
        return HEADING * 2.2 if any(figure.heading for figure in self.figures) else 0.0

    def drawings(self, left: float, top: float, height: float, unit: float) -> list[Drawing]:
        """Each figure at its place."""
        found = []
        for figure in self.figures:
            place = Box(left, top, left + height * figure.panel.aspect, top + height)
            found.append(self.drawing(figure, place, unit))
            left = place.right + GAP * unit
        return found

    def drawing(self, figure: Figure, place: Box, unit: float) -> Drawing:
        """One figure at its place."""
        d = Drawing(
            panel=figure.panel,
            place=place,
            layers=figure.layers,
            theme=self.theme,
            unit=unit,
            photo=self.photo,
            ids=self.ids,
        )
        return layers.worthwhile(d) if self.default else d

    def shapes(self, drawings: Sequence[Drawing]) -> Iterator[Shape]:
        """All figures, with their headings."""
        for figure, d in zip(self.figures, drawings, strict=True):
            yield from drawn(d, axis=figure.axis)
            yield from _heading(figure, d, d.place.width)

    def stand_aside(self, into: Block) -> None:
        """The thumbnail, at the foot of a block of words."""
        if not self.thumbnail:
            return
        aspect = self.thumbnail.panel.aspect
        height = min(into.width / aspect, self.glance * into.unit)
        place = Box(into.left, into.bottom, into.left + height * aspect, into.bottom + height)
        d = self.drawing(self.thumbnail, place, into.unit)
        into.shapes += [*drawn(d), *_heading(self.thumbnail, d, into.width)]
        into.bottom = place.bottom + HEADING * 1.5 * into.unit

    def said(self, drawings: Sequence[Drawing]) -> Words:
        """The words that go with these figures, and with the thumbnail."""
        if self.thumbnail:
            aspect = self.thumbnail.panel.aspect
            height = min(THUMBNAIL, THUMBNAIL / aspect) * drawings[0].unit
            place = Box(0, 0, height * aspect, height)
            drawings = [*drawings, self.drawing(self.thumbnail, place, drawings[0].unit)]
        said = words(self.layout, drawings)
        if self.frame:
            said = replace(said, number=f"{self.frame.tokens:,}", unit=f"of {said.number} {said.unit}")
        return said


def _heading(figure: Figure, d: Drawing, room: float) -> Iterator[Shape]:
    if figure.heading:
        size = HEADING * d.unit
        base = d.place.bottom + size * (0.65 + lettering.CAP_HEIGHT)
        text = lettering.shortened(figure.heading, size, max(room, 120 * d.unit))
        yield Label(at=(d.place.left, base), text=text, size=size, colour=d.theme.quiet)


class Frame(NamedTuple):
    """One frame of a video: its panel, what is said under it, and what its temporal step costs."""

    panel: Panel
    heading: str
    tokens: int


def overlay(
    layout: Layout, wish: Wish, *, photo: bool = True, ids: Mapping[int, Any] | None = None, frame: Frame | None = None
) -> Scene:
    """The scene of one image, or of one `frame` of a video.

    `photo` False draws a blank image. `ids` are position ids, shape (3, t, rows, columns), by the identity of their
    span in the layout.
    """
    shown = (frame.panel,) if frame else panels(layout, wish.on)
    row = _row(layout, shown, wish, photo=photo, ids=ids or {})
    if frame:
        row = replace(
            row, figures=tuple(f._replace(heading=f.heading or frame.heading) for f in row.figures), frame=frame
        )
    if not wish.caption:
        return _bare(row, wish)
    return _placed(row, wish, wish.width or _own_width(row, wish)).scene


def drawn(d: Drawing, *, axis: int | None = None) -> Iterator[Shape]:
    """One panel: the image, then its layers from the bottom up; `axis` colours it by that axis of its ids."""
    yield from layers.ground(d)
    yield from layers.dimmed(d)
    if axis is not None:
        yield from numbers.mrope_colours(d, axis)
    for name, draw in _DRAW:
        if name in d.layers and not (name == "mrope" and axis is not None):
            yield from draw(d)


_DRAW: tuple[tuple[str, Callable[[Drawing], Iterator[Shape]]], ...] = (
    ("windows", layers.tints),
    ("patches", layers.patches),
    ("tokens", layers.tokens),
    ("windows", layers.windows),
    ("tiles", layers.tiles),
    ("order", order.order),
    ("index", numbers.index),
    ("mrope", numbers.mrope_numbers),
    ("tiles", layers.badges),
    ("windows", layers.window_numbers),
)
"""What is drawn of each layer, from the bottom up."""


def _row(layout: Layout, shown: Sequence[Panel], wish: Wish, *, photo: bool, ids: Mapping[int, Any]) -> Row:
    chosen = layers.default_layers(layout) if wish.layers is None else wish.layers
    row = Row(
        layout=layout,
        figures=(Figure(shown[0], chosen),),
        theme=wish.colours,
        photo=photo,
        ids=ids,
        default=wish.layers is None,
    )
    if "mrope" in chosen and ids:
        return _by_axis(row, wish)
    if len(shown) > 1 and "tiles" in chosen:
        place = layers.sequence_numbers(layout)[shown[1].views[0]]
        heading = f"thumbnail, {ordinal(place)} of {len(layout.main_views)} views"
        return replace(row, thumbnail=Figure(shown[1], chosen, heading))
    return row


def _by_axis(row: Row, wish: Wish) -> Row:
    """The image three times, in the colours of its ids' axes, where numbers do not fit its cells."""
    figure = row.figures[0]
    width = wish.width or _own_width(row, wish)
    widest = width / figure.panel.aspect
    if _ids_fit(row, widest, width) and _ids_fit(row, _height(row, wish, width), width):
        return row
    axes = ("t: time", "h: row", "w: column")
    return replace(row, figures=tuple(figure._replace(heading=text, axis=axis) for axis, text in enumerate(axes)))


def _ids_fit(row: Row, height: float, width: int) -> bool:
    """Whether three ids fit a cell where the figure is so high, on a page so wide."""
    return numbers.mrope_fits(row.drawings(0, 0, height, width / WIDTH)[0])


def _height(row: Row, wish: Wish, width: int) -> float:
    """How high the one figure will be."""
    if wish.caption:
        return _placed(row, wish, width).height
    return min(width / row.aspect, width / wish.page if wish.page else math.inf)


def _bare(row: Row, wish: Wish) -> Scene:
    """The figure alone, on a page of its own proportions or in the middle of the page asked for."""
    if len(row.figures) > 1:
        return _bare_row(row, wish)
    figure = row.figures[0]
    domain = figure.panel.domain if wish.on == "original" else Box.of(figure.panel.seen)
    width: float = wish.width or max(1, round(domain.width))
    height = width / (wish.page or figure.panel.aspect)
    unit = width / WIDTH
    size = Size(max(1, round(height)), max(1, round(width)))
    if wish.page is None:
        place = Box.of(size)
    else:
        high = min(height, width / figure.panel.aspect)
        left, top = (width - high * figure.panel.aspect) / 2, (height - high) / 2
        place = Box(left, top, left + high * figure.panel.aspect, top + high)
    d = row.drawing(figure, place, unit)
    return Scene(size=size, ground=row.theme.page, shapes=tuple(drawn(d, axis=figure.axis)))


def _bare_row(row: Row, wish: Wish) -> Scene:
    """Several figures, with what is said under each and nothing else."""
    width = wish.width or _own_width(row, wish)
    unit = width / WIDTH
    margin, headed = MARGIN * unit, row.headed * unit
    room = width / wish.page - 2 * margin - headed if wish.page else math.inf
    height = max(1.0, min((width - 2 * margin - row.gaps * unit) / row.aspect, room))
    left = (width - height * row.aspect - row.gaps * unit) / 2
    needed = height + headed + 2 * margin
    size = Size(round(width / wish.page if wish.page else needed), width)
    return _page(row, row.drawings(left, margin, height, unit), (), size, needed)


def _own_width(row: Row, wish: Wish) -> int:
    """The width of the page on which the first figure has as many pixels as the image itself."""
    panel = row.figures[0].panel
    domain = panel.domain if wish.on == "original" else Box.of(panel.seen)
    others = 2 * MARGIN + row.gaps + (GAP + SIDE if _is_beside(row, wish) else 0)
    return max(480, math.ceil(domain.height * row.aspect / (1 - others / WIDTH)))


def _is_beside(row: Row, wish: Wish) -> bool:
    return row.aspect < (BESIDE_OWN if wish.width is None else BESIDE)


class Place(NamedTuple):
    """A way to lay out the page: how high the figures are, and what is on it."""

    height: float
    scene: Scene


def _placed(row: Row, wish: Wish, width: int) -> Place:
    """Words beside or under the figures: on a page of given proportions whichever leaves them larger."""
    if wish.page is None:
        return (_beside if _is_beside(row, wish) else _under)(row, wish, width)
    return max(_beside(row, wish, width), _under(row, wish, width), key=lambda place: place.height)


def _beside(row: Row, wish: Wish, width: int) -> Place:
    unit = width / WIDTH
    margin, gap = MARGIN * unit, GAP * unit
    high = width / wish.page if wish.page else None
    room = width - 2 * margin - gap - SIDE * unit
    most = (high or width + 2 * margin) - 2 * margin - row.headed * unit
    height = max(1.0, min((room - row.gaps * unit) / row.aspect, most))
    across = height * row.aspect + row.gaps * unit
    side = min(width - 2 * margin - gap - across, 1.3 * SIDE * unit)
    left = (width - across - gap - side) / 2
    drawings = row.drawings(left, margin, height, unit)
    block = _column(row, drawings, Block(left + across + gap, margin, side, unit, row.theme), height, most)
    lower = margin + height + row.headed * unit
    if block.bottom - lower > unit:  # the words are longer: the figures stand in the middle of them
        drawings = row.drawings(left, margin + (block.bottom - lower) / 2, height, unit)
    bottom = max(lower, block.bottom)
    return Place(
        height, _page(row, drawings, block.shapes, Size(round(high or bottom + margin), width), bottom + margin)
    )


def _column(row: Row, drawings: Sequence[Drawing], block: Block, height: float, most: float) -> Block:
    """The words in a column; where they would leave the page with a smaller thumbnail, then in smaller type."""
    needed = _set(row, drawings, block, height)
    if needed > most + 1 and row.thumbnail:
        tall = min(block.width / row.thumbnail.panel.aspect, row.glance * block.unit)
        row = replace(row, glance=max(LEAST_GLANCE, (tall - (needed - most)) / block.unit))
        block = Block(block.left, block.top, block.width, block.unit, block.theme)
        needed = _set(row, drawings, block, height)
    if needed > most + 1:
        block = Block(block.left, block.top, block.width, block.unit * max(0.5, most / needed), block.theme)
        _set(row, drawings, block, height)
    return block


def _set(row: Row, drawings: Sequence[Drawing], block: Block, height: float) -> float:
    """Set the words in a column; how high they stand."""
    captions.column(row.said(drawings), block, height=height, aside=row.stand_aside if row.thumbnail else None)
    return block.bottom - block.top


def _under(row: Row, wish: Wish, width: int) -> Place:
    unit = width / WIDTH
    margin = MARGIN * unit
    high = width / wish.page if wish.page else None
    room = width - 2 * margin
    height = (room - row.gaps * unit) / row.aspect
    gap = GAP * unit + row.headed * unit
    block = Block(margin, 0, room, unit, row.theme)
    aside = row.stand_aside if row.thumbnail else None
    captions.row(row.said(row.drawings(margin, margin, height, unit)), block, aside=aside)
    if high:
        height = max(1.0, min(height, high - 2 * margin - gap - block.bottom))
    across = height * row.aspect + row.gaps * unit
    left = (width - across) / 2
    drawings = row.drawings(left, margin, height, unit)
    left, room = (left, across) if across > 0.72 * room else (margin, room)
    block = Block(left, margin + height + gap, room, unit, row.theme)
    captions.row(row.said(drawings), block, aside=aside)
    size = Size(round(high or block.bottom + margin), width)
    return Place(height, _page(row, drawings, block.shapes, size, block.bottom + margin))


def _page(row: Row, drawings: Sequence[Drawing], said: Sequence[Shape], size: Size, needed: float) -> Scene:
    """Figures and words, in the middle of the page from top to bottom."""
    shapes = (*row.shapes(drawings), *said)
    down = (size.height - needed) / 2
    return Scene(size=size, ground=row.theme.page, shapes=moved(shapes, 0, down) if abs(down) > 0.5 else shapes)
