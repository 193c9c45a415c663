"""The page of one image: its panels, caption and legend; the words under or beside the image, never on it."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from vtok.render import lettering
from vtok.render.drawing import WIDTH, captions, numbers
from vtok.render.drawing.captions import Block
from vtok.render.drawing.drawings import Drawing, default_layers, worthwhile
from vtok.render.drawing.panels import On, Panel, panels
from vtok.render.drawing.scene import Label, Scene, Shape, moved
from vtok.render.drawing.stack import Stack, legend_of, stacked
from vtok.render.drawing.words import Words, words
from vtok.render.palette import THEMES, Theme
from vtok.values import Box, Layout, Size

WIDTHS = (64, 32_768)
"""The least and the greatest width of a page, in pixels."""

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
    name: str = ""
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

    def placed(self, left: float, top: float, height: float, unit: float) -> "list[Placed]":
        """Each figure at its place, side by side."""
        figures = []
        for figure in self.figures:
            place = Box(left, top, left + height * figure.panel.aspect, top + height)
            figures.append(self.at(figure, place, unit))
            left = place.right + GAP * unit
        return figures

    def at(self, figure: Figure, place: Box, unit: float) -> "Placed":
        """One figure at its place."""
        d = self.drawing(figure, place, unit)
        return Placed(figure, d, stacked(d))

    def drawing(self, figure: Figure, place: Box, unit: float) -> Drawing:
        """The drawing of one figure, without its layers."""
        d = Drawing(
            panel=figure.panel,
            place=place,
            layers=figure.layers,
            theme=self.theme,
            unit=unit,
            photo=self.photo,
            ids=self.ids,
            axis=figure.axis,
        )
        return worthwhile(d) if self.default else d

    def stand_aside(self, into: Block) -> None:
        """Draw the thumbnail at the foot of a block of words."""
        if not self.thumbnail:
            return
        aspect = self.thumbnail.panel.aspect
        height = min(into.width / aspect, self.glance * into.unit)
        placed = self.at(
            self.thumbnail, Box(into.left, into.bottom, into.left + height * aspect, into.bottom + height), into.unit
        )
        into.shapes += placed.shapes(into.width)
        into.bottom = placed.drawing.place.bottom + HEADING * 1.5 * into.unit

    def words(self, figures: "Sequence[Placed]") -> Words:
        """The words that go with these figures, and with the thumbnail."""
        stacks = [figure.stack for figure in figures]
        if self.thumbnail:
            unit, aspect = figures[0].drawing.unit, self.thumbnail.panel.aspect
            height = min(THUMBNAIL, THUMBNAIL / aspect) * unit
            stacks.append(self.at(self.thumbnail, Box(0, 0, height * aspect, height), unit).stack)
        caption = words(self.layout, legend_of(stacks), name=self.name)
        if self.frame:
            return replace(caption, number=f"{self.frame.tokens:,}", unit=f"of {caption.number} {caption.unit}")
        return caption


class Placed(NamedTuple):
    """A figure at its place on the page, with its layers."""

    figure: Figure
    drawing: Drawing
    stack: Stack

    def shapes(self, room: float) -> Iterator[Shape]:
        """The layers, then the heading, shortened to `room` pixels. To be read once."""
        yield from self.stack.shapes()
        d, heading = self.drawing, self.figure.heading
        if heading:
            size = HEADING * d.unit
            base = d.place.bottom + size * (0.65 + lettering.CAP_HEIGHT)
            text = lettering.shortened(heading, size, max(room, 120 * d.unit))
            yield Label(at=(d.place.left, base), text=text, size=size, colour=d.theme.quiet)


class Frame(NamedTuple):
    """One frame of a video: its panel, the line under it, and the tokens of its temporal step."""

    panel: Panel
    heading: str
    tokens: int


def overlay(
    layout: Layout,
    wish: Wish,
    *,
    photo: bool = True,
    ids: Mapping[int, Any] | None = None,
    frame: Frame | None = None,
    name: str = "",
) -> Scene:
    """The scene of one image, or of one `frame` of a video.

    `photo` False draws a blank image. `ids` are position ids, shape (3, t, rows, columns), by the identity of their
    span in the layout. `name` is what the model is called.
    """
    visible = (frame.panel,) if frame else panels(layout, wish.on)
    row = replace(_row(layout, visible, wish, photo=photo, ids=ids or {}), name=name)
    if frame:
        row = replace(
            row, figures=tuple(f._replace(heading=f.heading or frame.heading) for f in row.figures), frame=frame
        )
    if not wish.caption:
        return _bare(row, wish)
    return _placed(row, wish, wish.width or _own_width(row, wish)).scene()


def _row(layout: Layout, visible: Sequence[Panel], wish: Wish, *, photo: bool, ids: Mapping[int, Any]) -> Row:
    chosen = default_layers(layout) if wish.layers is None else wish.layers
    row = Row(
        layout=layout,
        figures=(Figure(visible[0], chosen),),
        theme=wish.colours,
        photo=photo,
        ids=ids,
        default=wish.layers is None,
    )
    if "mrope" in chosen and ids:
        return _by_axis(row, wish)
    if len(visible) > 1 and "tiles" in chosen:
        heading = f"thumbnail, view {visible[1].views[0]}"
        return replace(row, thumbnail=Figure(visible[1], chosen, heading))
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
    figure = row.figures[0]
    place = Box(0, 0, height * figure.panel.aspect, height)
    return numbers.mrope_fits(row.drawing(figure, place, width / WIDTH))


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
    return Scene(size=size, ground=row.theme.page, shapes=tuple(row.at(figure, place, unit).stack.shapes()))


def _bare_row(row: Row, wish: Wish) -> Scene:
    """Several figures, with the heading under each and nothing else."""
    width = wish.width or _own_width(row, wish)
    unit = width / WIDTH
    margin, headed = MARGIN * unit, row.headed * unit
    room = width / wish.page - 2 * margin - headed if wish.page else math.inf
    height = max(1.0, min((width - 2 * margin - row.gaps * unit) / row.aspect, room))
    left = (width - height * row.aspect - row.gaps * unit) / 2
    needed = height + headed + 2 * margin
    size = Size(round(width / wish.page if wish.page else needed), width)
    return _page(row.placed(left, margin, height, unit), (), size, needed, row.theme)


def _own_width(row: Row, wish: Wish) -> int:
    """The width of the page on which the first figure has as many pixels as the image itself."""
    panel = row.figures[0].panel
    domain = panel.domain if wish.on == "original" else Box.of(panel.seen)
    others = 2 * MARGIN + row.gaps + (GAP + SIDE if _is_beside(row, wish) else 0)
    return max(480, math.ceil(domain.height * row.aspect / (1 - others / WIDTH)))


def _is_beside(row: Row, wish: Wish) -> bool:
    return row.aspect < (BESIDE_OWN if wish.width is None else BESIDE)


class Place(NamedTuple):
    """A way to lay out the page: how high the figures are, and the scene, computed where it is chosen."""

    height: float
    scene: Callable[[], Scene]


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
    figures = row.placed(left, margin, height, unit)
    block = _column(row, figures, Block(left + across + gap, margin, side, unit, row.theme), height, most)
    lower = margin + height + row.headed * unit
    if block.bottom - lower > unit:  # the words are longer: the figures stand in the middle of them
        figures = row.placed(left, margin + (block.bottom - lower) / 2, height, unit)
    bottom = max(lower, block.bottom)
    size = Size(round(high or bottom + margin), width)
    return Place(height, lambda: _page(figures, block.shapes, size, bottom + margin, row.theme))


def _column(row: Row, figures: Sequence[Placed], block: Block, height: float, most: float) -> Block:
    """The words in a column; where they would leave the page with a smaller thumbnail, then in smaller type."""
    needed = _set(row, figures, block, height)
    if needed > most + 1 and row.thumbnail:
        tall = min(block.width / row.thumbnail.panel.aspect, row.glance * block.unit)
        row = replace(row, glance=max(LEAST_GLANCE, (tall - (needed - most)) / block.unit))
        block = Block(block.left, block.top, block.width, block.unit, block.theme)
        needed = _set(row, figures, block, height)
    if needed > most + 1:
        block = Block(block.left, block.top, block.width, block.unit * max(0.5, most / needed), block.theme)
        _set(row, figures, block, height)
    return block


def _set(row: Row, figures: Sequence[Placed], block: Block, height: float) -> float:
    """Set the words in a column; how high they stand."""
    captions.column(row.words(figures), block, height=height, aside=row.stand_aside if row.thumbnail else None)
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
    captions.row(row.words(row.placed(margin, margin, height, unit)), block, aside=aside)
    if high:
        height = max(1.0, min(height, high - 2 * margin - gap - block.bottom))
    across = height * row.aspect + row.gaps * unit
    left = (width - across) / 2
    figures = row.placed(left, margin, height, unit)
    left, room = (left, across) if across > 0.72 * room else (margin, room)
    block = Block(left, margin + height + gap, room, unit, row.theme)
    captions.row(row.words(figures), block, aside=aside)
    size = Size(round(high or block.bottom + margin), width)
    return Place(height, lambda: _page(figures, block.shapes, size, block.bottom + margin, row.theme))


def _page(figures: Sequence[Placed], caption: Sequence[Shape], size: Size, needed: float, theme: Theme) -> Scene:
    """Figures and words, in the middle of the page from top to bottom."""
    shapes = (*(shape for figure in figures for shape in figure.shapes(figure.drawing.place.width)), *caption)
    return _centred(shapes, needed, size, theme)


def finished(shapes: Sequence[Shape], needed: float, width: float, wish: Wish) -> Scene:
    """A page of that width with shapes on it that need that height; of the height that is wished, if any."""
    size = Size(max(1, round(width / wish.page if wish.page else needed)), max(1, round(width)))
    return _centred(shapes, needed, size, wish.colours)


def _centred(shapes: Sequence[Shape], needed: float, size: Size, theme: Theme) -> Scene:
    """Shapes in the middle of their page from top to bottom."""
    down = (size.height - needed) / 2
    return Scene(size=size, ground=theme.page, shapes=moved(shapes, 0, down) if abs(down) > 0.5 else tuple(shapes))
