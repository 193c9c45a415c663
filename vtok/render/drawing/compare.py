"""Models, or pipelines of a model, side by side: what each makes of the same image, and how many tokens it costs.

Each has a panel: its image, and its words under the image or at its right. Panels form a grid, in which the bars
of a row stand at one height. On a page of given proportions the arrangement with the largest images is taken.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from typing import NamedTuple

from vtok.errors import UsageError
from vtok.render import lettering
from vtok.render.drawing import WIDTH, captions
from vtok.render.drawing.captions import Block
from vtok.render.drawing.drawings import ORIGINAL, Drawing, Entry, default_layers, has, worthwhile
from vtok.render.drawing.page import GAP, MARGIN, Wish, finished
from vtok.render.drawing.panels import Panel, panels
from vtok.render.drawing.scene import Scene, Shape, moved
from vtok.render.drawing.signs import SIGNS
from vtok.render.drawing.stack import Legend, Stack, stacked
from vtok.render.drawing.words import Words, words
from vtok.values import Box, Layout

FEW = ("not applied", "canvas", "cropped", "resized", "tiles", "tokens", "in the prompt", "read from", "windows")
"""The facts of a model among others."""

NAME, NUMBER, UNIT, FACT = 38, 84, 40, 24
"""Sizes of type of a panel's words, in pixels of a page 1920 wide."""

BRIEF_NAME, BRIEF_UNIT, BRIEF_FACT = 32, 25, 22
"""The same where words are brief: the name and the number on one line, and one fact."""

BRIEF_GAIN = 1.3
"""How much larger brief words must leave the images to be preferred."""

MOST_COLUMNS = 4
"""The most panels side by side on a page as high as needed."""

LEAST_IMAGE = 200
"""The least longer side of an image on a page of given proportions, in pixels of a page 1920 wide."""

LEAST_WORDS, LEAST_BRIEF = 420, 230
"""The least width of words beside an image, in such pixels: of all facts, and of brief words."""

OVER_WORDS, BESIDE_WORDS, OVER_LEGEND, LEGEND = 34, 30, 44, 60
"""Between an image and its words, under and beside it; above the legend; the legend's height to begin with."""


class Model(NamedTuple):
    """One model of a comparison: its layout, what is drawn of it, its words, and why its number is what it is."""

    layout: Layout
    panel: Panel
    words: Words
    reason: str = ""

    @property
    def cost(self) -> int:
        """The number by which models are compared."""
        return self.layout.tokens or self.layout.cross_attention_tokens


class Placed(NamedTuple):
    """One model at its place: its drawing, the layers of it, and its words."""

    drawing: Drawing
    stack: Stack
    block: Block


class Grid(NamedTuple):
    """An arrangement of panels, in pixels of the page.

    `cell` is the width of a panel, `room` width and height of the room of its image, `text` the width of its words.
    These stand `beside` the image or under it, and are `brief` where they hold one fact only.
    """

    columns: int
    cell: float
    room: tuple[float, float]
    text: float
    beside: bool = False
    brief: bool = False

    def fitted(self, panel: Panel) -> tuple[float, float]:
        """Width and height of the image of a panel, as large as its room allows."""
        height = max(1.0, min(self.room[1], self.room[0] / panel.aspect))
        return height * panel.aspect, height


def compare(
    layouts: Sequence[Layout],
    wish: Wish,
    *,
    names: Sequence[str] = (),
    reasons: Sequence[str] = (),
    photo: bool = True,
) -> Scene:
    """Models, or pipelines, side by side. `names` are what they are called, by default as their layouts say.

    `reasons` say in a phrase each what decided the number of tokens. Raises UsageError where the images of so many
    panels would be too small on a page of these proportions.
    """
    called, phrases = names or [layout.model for layout in layouts], reasons or [""] * len(layouts)
    models = [
        Model(layout, panels(layout, wish.on)[0], words(layout, name=name), reason)
        for layout, name, reason in zip(layouts, called, phrases, strict=True)
    ]
    page = Page(models=models, wish=wish, photo=photo)
    # The legend's height depends on what is drawn, and that on the room that the legend leaves.
    legend = page.legend(page.placed(page.grid(LEGEND * page.unit)))
    placed = page.placed(page.grid(legend.bottom))
    shapes: list[Shape] = [shape for one in placed for shape in (*one.stack.shapes(), *one.block.shapes)]
    bottom = max(max(one.block.bottom, one.drawing.place.bottom) for one in placed)
    legend = page.legend(placed)
    if legend.shapes:
        shapes += moved(legend.shapes, 0, bottom + OVER_LEGEND * page.unit)
        bottom += OVER_LEGEND * page.unit + legend.bottom
    return finished(shapes, bottom + MARGIN * page.unit, float(wish.width or WIDTH), wish)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The models to be compared, and how they are to be drawn."""

    models: Sequence[Model]
    wish: Wish
    photo: bool

    @property
    def unit(self) -> float:
        """Pixels of a page 1920 wide."""
        return (self.wish.width or WIDTH) / WIDTH

    def block(self, left: float, top: float, width: float) -> Block:
        """Room for words."""
        return Block(left, top, width, self.unit, self.wish.colours)

    def grid(self, legend: float) -> Grid:
        """The arrangement of the panels above a legend that is so high."""
        if self.wish.page is None:
            return self._free()
        best = self._best(self.models, legend)
        if best:
            return best
        fit = next((n for n in range(len(self.models) - 1, 0, -1) if self._best(self.models[:n], legend)), 1)
        raise UsageError(
            f"{len(self.models)} panels do not fit a page of these proportions, {fit} do; give fewer models or "
            "pipelines, or leave out --page for a page as high as needed"
        )

    def _free(self) -> Grid:
        """As many panels side by side as are not too narrow, on a page as high as needed.

        Where each model has as many pipelines, these are the columns.
        """
        count, widest = len(self.models), max(model.panel.aspect for model in self.models)
        most = MOST_COLUMNS if widest < 1.9 else 3 if widest < 3 else 2
        columns = self._pipelines()
        if not 1 < columns <= MOST_COLUMNS:
            most = min(most, 3) if any(model.reason for model in self.models) else most
            columns = count if count <= most else ceil(count / ceil(count / most))
        cell = self._cell(columns)
        height = min(max(cell / model.panel.aspect for model in self.models), 1.25 * cell)
        return Grid(columns, cell, (cell, height), cell)

    def _pipelines(self) -> int:
        """How many panels each model has, one after the other; 0 where that differs."""
        runs = {len(list(run)) for _, run in groupby(self.models, lambda model: model.layout.preset)}
        return runs.pop() if len(runs) == 1 else 0

    def _cell(self, columns: int) -> float:
        return ((WIDTH - 2 * MARGIN) * self.unit - (columns - 1) * GAP * self.unit) / columns

    def _best(self, models: Sequence[Model], legend: float) -> Grid | None:
        """The arrangement with the largest images; None where they are too small in all."""
        page = replace(self, models=models)
        below = (legend + OVER_LEGEND * self.unit) if legend else 0.0
        high = (WIDTH / (self.wish.page or 1.0) - 2 * MARGIN) * self.unit - below
        worth = {grid: page.worth(grid) for grid in page._grids(high)}
        best = max(worth, key=lambda grid: worth[grid], default=None)
        return best if best and worth[best] else None

    def _grids(self, high: float) -> Iterator[Grid]:
        """All arrangements on a page with so much room from top to bottom."""
        for columns in range(1, len(self.models) + 1):
            rows = ceil(len(self.models) / columns)
            cell, height = self._cell(columns), (high - (rows - 1) * GAP * self.unit) / rows
            if min(cell, 2 * height) < LEAST_IMAGE * self.unit:
                continue  # an image in such a panel would be too small
            for brief in (False, True):
                feet = self._words_height(Grid(columns, cell, (cell, height), cell, brief=brief))
                under = height - feet - OVER_WORDS * self.unit
                yield Grid(columns, cell, (cell, under), cell, brief=brief)
            for least, brief in ((LEAST_WORDS, False), (LEAST_BRIEF, True)):
                for text in (share * least * self.unit for share in (1.0, 1.2, 1.4)):
                    room = (cell - text - BESIDE_WORDS * self.unit, height)
                    grid = Grid(columns, cell, room, text, beside=True, brief=brief)
                    if self._words_height(grid) <= height:
                        yield grid

    def worth(self, grid: Grid) -> float:
        """How good an arrangement is: the root of the area of its smallest image; 0 where an image is too small."""
        if min(grid.room) <= 0:
            return 0.0
        sizes = [grid.fitted(model.panel) for model in self.models]
        if any(max(size) < LEAST_IMAGE * self.unit for size in sizes):
            return 0.0
        return float(min(width * height for width, height in sizes) ** 0.5 / (BRIEF_GAIN if grid.brief else 1.0))

    def _words_height(self, grid: Grid) -> float:
        """The height of the longest words."""
        return max(self.write(model, grid, self.block(0, 0, grid.text)).bottom for model in self.models)

    def placed(self, grid: Grid) -> list[Placed]:
        """Every model at its place."""
        placed: list[Placed] = []
        top = MARGIN * self.unit
        for start in range(0, len(self.models), grid.columns):
            models = self.models[start : start + grid.columns]
            tallest = max(grid.fitted(model.panel)[1] for model in models)
            row = [
                self._in_cell(model, grid, MARGIN * self.unit + i * (grid.cell + GAP * self.unit), top, tallest)
                for i, model in enumerate(models)
            ]
            placed += row
            top = max(max(one.block.bottom, one.drawing.place.bottom) for one in row) + GAP * self.unit
        return placed

    def _in_cell(self, model: Model, grid: Grid, left: float, top: float, tallest: float) -> Placed:
        """One model: beside its words the image stands at the top, above them on the row's one line.

        `tallest` is the height of the tallest image in the row.
        """
        width, height = grid.fitted(model.panel)
        if grid.beside:
            place = Box(left, top, left + width, top + height)
            widest = max(grid.fitted(other.panel)[0] for other in self.models)
            block = self.block(left + widest + BESIDE_WORDS * self.unit, top, grid.text)
        else:
            place = Box(left, top + tallest - height, left + width, top + tallest)
            block = self.block(left, top + tallest + OVER_WORDS * self.unit, grid.text)
        d = self._drawing(model, place)
        return Placed(d, stacked(d), self.write(model, grid, block))

    def _drawing(self, model: Model, place: Box) -> Drawing:
        wish, layout = self.wish, model.layout
        chosen = default_layers(layout) if wish.layers is None else wish.layers
        d = Drawing(
            panel=model.panel,
            place=place,
            layers=tuple(name for name in chosen if has(layout, name)),
            theme=wish.colours,
            unit=self.unit,
            photo=self.photo,
            image=photo_name(layout, [other.layout for other in self.models]),
        )
        return worthwhile(d) if wish.layers is None else d

    def write(self, model: Model, grid: Grid, block: Block) -> Block:
        """Name, number, bar and facts of one model, the bar at the same height as those of the others."""
        most = max(other.cost for other in self.models)
        (self._brief_heading if grid.brief else self._heading)(model, block)
        captions.bar(model.cost / most if most else 0.0, block)
        if not self.wish.caption:
            return block
        facts = [fact for fact in model.words.facts if fact[0] in FEW]
        if model.reason:  # It says that a stored orientation is ignored, too.
            facts = [fact for fact in facts if fact[0] != "not applied"]
            block.space(26)
            block.paragraph(model.reason, BRIEF_FACT if grid.brief else FACT)
        if grid.brief and not model.reason:
            block.space(22)
            of_tiles = next((fact for fact in facts if fact[0] == "tiles"), None)
            for name, value in [of_tiles or facts[0]] if facts else []:
                block.paragraph(f"{name} {value.partition(',')[0]}", BRIEF_FACT, quiet=True)
        elif not grid.brief:
            block.space(30)
            captions.facts(facts, block, size=FACT)
            captions.queries(model.words, block)
        return block

    def _heading(self, model: Model, block: Block) -> None:
        """The name above the number; the unit beside all numbers, or under all of them."""
        block.line(model.words.name, self._common(lambda words: words.name, NAME, block, bold=True), bold=True)
        block.space(0.36 * NUMBER)
        wide = [lettering.width(other.words.number, NUMBER, bold=True) + 0.2 * UNIT for other in self.models]
        units = [lettering.width(other.words.unit, UNIT) for other in self.models]
        size = self._common(lambda words: words.number, NUMBER, block, bold=True)
        # Figures stand off their left edge; large ones would look indented.
        block.line(model.words.number, size, bold=True, left=block.left - 0.06 * size * self.unit)
        if all(one + other <= block.width / self.unit for one, other in zip(wide, units, strict=True)):
            left = block.left + (lettering.width(model.words.number, size, bold=True) + 0.2 * UNIT) * self.unit
            block.beside(model.words.unit, UNIT, left)
        else:
            block.space(24)
            block.line(model.words.unit, self._common(lambda words: words.unit, UNIT, block))
        block.space(30)

    def _brief_heading(self, model: Model, block: Block) -> None:
        """The name at the left, number and unit at the right; one under the other where one model's do not fit."""
        room = block.width / self.unit
        numbers = [_cost_width(other.words) for other in self.models]
        names = [lettering.width(other.words.name, BRIEF_NAME, bold=True) for other in self.models]
        block.line(model.words.name, self._common(lambda words: words.name, BRIEF_NAME, block, bold=True), bold=True)
        wide = lettering.width(f"{model.words.number} ", BRIEF_NAME, bold=True) * self.unit
        if all(name + number + BRIEF_UNIT <= room for name, number in zip(names, numbers, strict=True)):
            left = block.left + block.width - _cost_width(model.words) * self.unit
            block.beside(model.words.number, BRIEF_NAME, left, bold=True)
            block.beside(model.words.unit, BRIEF_UNIT, left + wide)
        else:
            block.space(18)
            block.line(model.words.number, BRIEF_NAME, bold=True)
            if max(numbers) <= room:
                block.beside(model.words.unit, BRIEF_UNIT, block.left + wide)
            else:
                block.space(14)
                block.line(model.words.unit, self._common(lambda words: words.unit, BRIEF_UNIT, block))
        block.space(18)

    def _common(self, part: Callable[[Words], str], size: float, block: Block, *, bold: bool = False) -> float:
        """The size, or the greatest smaller one at which this part of all models' words fits the block."""
        widest = max((part(model.words) for model in self.models), key=lambda text: lettering.width(text, 1, bold=bold))
        return lettering.fitting(widest, size * self.unit, block.width, bold=bold) / self.unit

    def legend(self, placed: Sequence[Placed]) -> Block:
        """The legend of what is drawn, from the top of the page on; empty without a caption."""
        block = self.block(MARGIN * self.unit, 0.0, (WIDTH - 2 * MARGIN) * self.unit)
        if self.wish.caption:
            captions.strip(_merged([one.stack for one in placed]), block)
        return block


def _cost_width(caption: Words) -> float:
    """How wide number and unit are on one line, in pixels of a page 1920 wide."""
    return lettering.width(f"{caption.number} ", BRIEF_NAME, bold=True) + lettering.width(caption.unit, BRIEF_UNIT)


def _merged(stacks: Sequence[Stack]) -> Legend:
    """One line for each sign; where models differ, without what differs."""
    entries: dict[str, list[Entry]] = {}
    for entry in (entry for stack in stacks for entry in stack.entries):
        entries.setdefault(entry.sign, []).append(entry)
    plain = {
        "patches": "patch", "tokens": "token", "tiles": "tile", "windows": "attention window",
        "index": "number of the token", "order": "order, first to last",
    }  # fmt: skip
    lines = []
    for sign in sorted(entries, key=list(SIGNS).index):
        same = len({entry.text for entry in entries[sign]}) == 1
        lines.append(entries[sign][0] if same else Entry(sign, plain.get(sign, entries[sign][0].text)))
    return Legend(tuple(lines))


def photo_name(layout: Layout, layouts: Sequence[Layout]) -> str:
    """The photo's name in a scene; by its turn where these models turn it differently."""
    if len({other.turned for other in layouts}) == 1:
        return ORIGINAL
    return f"{ORIGINAL}, {'turned' if layout.turned else 'as stored'}"
