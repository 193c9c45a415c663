"""The sampled frames of a video: a contact sheet, and the panel of one frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import NamedTuple

from vtok.errors import UsageError
from vtok.render import lettering
from vtok.render.drawing import WIDTH, captions
from vtok.render.drawing.captions import Block
from vtok.render.drawing.drawings import COMFORT, Drawing
from vtok.render.drawing.layers import coarseness
from vtok.render.drawing.page import GAP, MARGIN, SIDE, Wish, finished
from vtok.render.drawing.panels import Panel, panels
from vtok.render.drawing.scene import Label, Path, Scene, Shape, Stroke
from vtok.render.drawing.stack import NO_LEGEND, Legend, Stack, legend_of, stacked
from vtok.render.drawing.words import Words, words
from vtok.values import Box, Layout

LEAST_FRAME = 132
"""Least width of a square frame on a contact sheet, in pixels of a page 1920 wide; others have the same area."""

MOST_STEPS = 60
"""Temporal steps that a contact sheet draws; it says how many more there are."""

TIME, COUNT = 22, 25
"""Sizes of type under frames: timestamps, tokens."""


class Moment(NamedTuple):
    """One temporal step of a video: its source frames, its tokens, the panel that shows it."""

    frames: tuple[int, ...]
    tokens: int
    panel: Panel


def moments(layout: Layout) -> list[Moment]:
    """The temporal steps of a video in order."""
    steps = []
    for span in layout.sink("prompt", "output", "cross"):
        raster = span.raster
        if raster is None or not raster.frames or not span.count:
            continue
        each = span.tokens // raster.t
        steps += [Moment(frames, each, _panel(layout, frames[0], step)) for step, frames in enumerate(raster.frames)]
    return steps or list(_placeless(layout))


def _placeless(layout: Layout) -> Iterator[Moment]:
    """Frames whose tokens have no place: those of the spans that read their views; tiles count with their whole."""
    steps: list[Moment] = []
    before: tuple[int, ...] = ()
    for span in layout.sink("prompt", "output"):
        seen = [layout.views[index] for index in span.views if layout.views[index].encoder == "main"]
        frames = tuple(frame for view in seen for frame in view.frames)
        if not frames:
            continue
        again, before = span.views == before, span.views
        if steps and (again or seen[0].kind == "tile"):
            steps[-1] = steps[-1]._replace(tokens=steps[-1].tokens + span.tokens)
        else:
            steps.append(Moment(frames, span.tokens, _panel(layout, frames[0], 0)))
    return iter(steps)


def _panel(layout: Layout, frame: int, step: int) -> Panel:
    """The panel of the view that has this frame."""
    index = next((i for i, view in enumerate(layout.views) if frame in view.frames), 0)
    whole = panels(layout)[0]
    spans = tuple(
        span for span in layout.spans if span.raster and any(frame in frames for frames in span.raster.frames)
    )
    return replace(whole, views=(index,), spans=spans, step=step)


def image_name(frame: int) -> str:
    """The name of a frame's pixels in a scene."""
    return f"frame {frame}"


def moment(layout: Layout, number: int) -> tuple[Moment, int]:
    """The temporal step that holds the sampled frame of that number, from 0 on, and that frame of the source.

    Raises UsageError where there is none.
    """
    sampled = [(at, frame) for at in moments(layout) for frame in at.frames]
    if not 0 <= number < len(sampled):
        raise UsageError(
            f"--only-frame {number}: {len(sampled)} frames are taken of this video, 0 to {len(sampled) - 1}"
        )
    return sampled[number]


def seconds(layout: Layout, frame: int) -> str:
    """When a frame is shown; its number where the video's rate is not known."""
    rate = layout.media.fps or (layout.sampling.fps if layout.sampling else None)
    return f"{frame / rate:.2f} s" if rate else f"frame {frame}"


class Sheet(NamedTuple):
    """The room of a contact sheet, in pixels: its box without margins, `unit`, and what every temporal step is like.

    `across` frames make one step. `height` is None where the page is as high as needed.
    """

    width: float
    height: float | None
    unit: float
    across: int
    aspect: float

    @property
    def gaps(self) -> tuple[float, float]:
        """Between temporal steps, across and down."""
        return (36 if self.across > 1 else 20) * self.unit, 30 * self.unit

    @property
    def seam(self) -> float:
        """Between the frames of one temporal step."""
        return 4 * self.unit

    @property
    def feet(self) -> float:
        """The height of what stands under frames: time, bracket, tokens."""
        return (76 if self.across > 1 else 68) * self.unit

    @property
    def least(self) -> float:
        """The least width of a frame."""
        return LEAST_FRAME * self.unit * min(1.0, sqrt(self.aspect))

    def step_width(self, frame: float) -> float:
        """How wide the frames of one step are together."""
        return frame * self.across + self.seam * (self.across - 1)

    def widest(self, columns: int) -> float:
        """How wide a frame may be where so many steps stand side by side."""
        step = (self.width - (columns - 1) * self.gaps[0]) / columns
        return (step - self.seam * (self.across - 1)) / self.across

    def highest(self, rows: int) -> float:
        """How wide a frame may be where so many steps stand one under the other."""
        height = 0.5 * (self.width + 2 * MARGIN * self.unit) if self.height is None else self.height
        return ((height - (rows - 1) * self.gaps[1]) / rows - self.feet) * self.aspect

    def plan(self, count: int) -> "Plan":
        """As few columns as make frames largest; where these would be too small, not all steps are drawn."""
        count = min(count, MOST_STEPS)
        best = max((self._plan(count, columns) for columns in range(1, count + 1)), key=lambda plan: plan.frame)
        if best.frame >= self.least:
            return best
        columns = max(1, int((self.width + self.gaps[0]) / (self.step_width(self.least) + self.gaps[0])))
        if self.height is None:
            return Plan(columns, ceil(count / columns), count, max(8 * self.unit, self.widest(columns)))
        each = self.least / self.aspect + self.feet + self.gaps[1]
        fitting = columns * max(1, int((self.height + self.gaps[1]) / each))
        if fitting < count:
            return self.plan(fitting)._replace(drawn=fitting)
        return best._replace(frame=max(8 * self.unit, best.frame))

    def _plan(self, count: int, columns: int) -> "Plan":
        rows = ceil(count / columns)
        return Plan(columns, rows, count, min(self.widest(columns), self.highest(rows)))


class Plan(NamedTuple):
    """How a contact sheet is laid out: steps to a row, rows, steps drawn, width of a frame in pixels."""

    columns: int
    rows: int
    drawn: int
    frame: float


def contact_sheet(layout: Layout, wish: Wish, *, photo: bool = True, name: str = "") -> Scene:
    """The frames of each temporal step side by side, with their times and tokens; the caption under or beside them.

    `name` is what the model is called.
    """
    film = Film(layout=layout, steps=moments(layout), wish=wish, photo=photo, name=name)
    width = float(wish.width or WIDTH)
    unit = width / WIDTH
    margin, gap = MARGIN * unit, GAP * unit
    high = width / wish.page - 2 * margin if wish.page else None
    across, aspect = max(len(at.frames) for at in film.steps), film.steps[0].panel.aspect
    room = Sheet(width - 2 * margin, high, unit, across, aspect)
    if not wish.caption:
        shapes, bottom, _ = film.frames(room)
        return finished(shapes, bottom + margin, width, wish)
    caption = Block(margin, 0, width - 2 * margin, unit, wish.colours)
    captions.row(film.words(NO_LEGEND, len(film.steps)), caption)
    under = room if high is None else room._replace(height=high - caption.bottom - gap)
    beside = room._replace(width=room.width - SIDE * unit - gap)
    if high is None or _fits_under(under, beside, len(film.steps)):
        return film.over_words(under)
    return film.beside_words(beside)


def _fits_under(under: Sheet, beside: Sheet, count: int) -> bool:
    """Whether the caption stands under the frames: unless beside them it lets more steps be drawn, or much larger."""
    one, other = under.plan(count), beside.plan(count)
    return other.drawn < one.drawn or (other.drawn == one.drawn and other.frame < 1.15 * one.frame)


@dataclass(frozen=True, kw_only=True)
class Film:
    """A video to be drawn: its temporal steps, what the user wishes, and what the model is called."""

    layout: Layout
    steps: Sequence[Moment]
    wish: Wish
    photo: bool
    name: str

    def over_words(self, room: Sheet) -> Scene:
        """Frames with the caption under them."""
        shapes, bottom, stacks = self.frames(room)
        block = Block(MARGIN * room.unit, bottom + GAP * room.unit, room.width, room.unit, self.wish.colours)
        captions.row(self.words(legend_of(stacks[:1]), room.plan(len(self.steps)).drawn), block)
        shapes += block.shapes
        return finished(shapes, block.bottom + MARGIN * room.unit, float(self.wish.width or WIDTH), self.wish)

    def beside_words(self, room: Sheet) -> Scene:
        """Frames with the caption at their right, in smaller type where it is higher than the page."""
        width, margin, most = float(self.wish.width or WIDTH), MARGIN * room.unit, room.height or 0.0
        shapes, bottom, stacks = self.frames(room)
        caption = self.words(legend_of(stacks[:1]), room.plan(len(self.steps)).drawn)
        left = margin + room.width + GAP * room.unit
        block = Block(left, margin, width - margin - left, room.unit, self.wish.colours)
        captions.column(caption, block, height=bottom - margin)
        needed = block.bottom - block.top
        if needed > most:
            block = Block(left, margin, block.width, room.unit * max(0.5, most / needed), self.wish.colours)
            captions.column(caption, block, height=bottom - margin)
        shapes += block.shapes
        return finished(shapes, max(bottom, block.bottom) + margin, width, self.wish)

    def frames(self, room: Sheet) -> tuple[list[Shape], float, list[Stack]]:
        """The frames in the middle of the room, how far down they reach, and the layers of each."""
        plan, unit, margin = room.plan(len(self.steps)), room.unit, MARGIN * room.unit
        step_width, height = room.step_width(plan.frame), plan.frame / room.aspect
        step_height, (gap_x, gap_y) = height + room.feet, room.gaps
        left = margin + (room.width - plan.columns * step_width - (plan.columns - 1) * gap_x) / 2
        shapes: list[Shape] = []
        stacks = []
        for i, at in enumerate(_evenly(self.steps, plan.drawn)):
            x = left + i % plan.columns * (step_width + gap_x)
            y = margin + i // plan.columns * (step_height + gap_y)
            for k, frame in enumerate(at.frames):
                start = x + k * (plan.frame + room.seam)
                d = self._drawing(at, frame, Box(start, y, start + plan.frame, y + height), unit)
                stacks.append(stacked(d))
                shapes += [*stacks[-1].shapes(), _time(self.layout, at, k, d)]
            shapes += _foot(at, Box(x, y + height, x + step_width, y + step_height), unit, self.wish)
        return shapes, margin + plan.rows * step_height + (plan.rows - 1) * gap_y, stacks

    def _drawing(self, at: Moment, frame: int, place: Box, unit: float) -> Drawing:
        """One frame at its place, with its tokens unless these are too small."""
        default = self.wish.layers is None
        d = Drawing(
            panel=at.panel,
            place=place,
            layers=("tokens",) if self.wish.layers is None else self.wish.layers,
            theme=self.wish.colours,
            unit=unit,
            photo=self.photo,
            image=image_name(frame),
        )
        dense = default and coarseness(replace(d, least=COMFORT)) != (1, 1)
        return replace(d, layers=()) if dense else d

    def words(self, legend: Legend, drawn: int) -> Words:
        """The words of the video, with notes on what its frames do not tell."""
        notes = list(legend.notes)
        across = len(self.steps[0].frames)
        if across > 1:
            placed = any(span.raster for span in self.layout.spans)
            notes.append(
                f"{across} frames make one temporal patch" if placed else f"{across} frames share their tokens"
            )
        if drawn < len(self.steps):
            notes.append(f"{drawn} of {len(self.steps):,} temporal steps are drawn")
        return words(self.layout, legend._replace(notes=tuple(notes)), name=self.name)


def _evenly(steps: Sequence[Moment], count: int) -> list[Moment]:
    """So many of them, the first and the last included."""
    if count >= len(steps):
        return list(steps)
    return [steps[round(i * (len(steps) - 1) / max(1, count - 1))] for i in range(count)]


def _time(layout: Layout, at: Moment, k: int, d: Drawing) -> Shape:
    """When a frame is shown, or that it is the one before again."""
    size = TIME * d.unit
    again = k > 0 and at.frames[k] == at.frames[k - 1]
    text = lettering.shortened("repeated" if again else seconds(layout, at.frames[k]), size, d.place.width)
    base = d.place.bottom + size * (0.5 + lettering.CAP_HEIGHT)
    return Label(at=(d.place.left, base), text=text, size=size, colour=d.theme.quiet)


def _foot(at: Moment, box: Box, unit: float, wish: Wish) -> Iterator[Shape]:
    """A bracket under frames that make one step, and the tokens of the step."""
    size = COUNT * unit
    base = box.bottom - 2 * unit
    if len(at.frames) > 1:
        y = box.top + 38 * unit
        points = ((box.left, y - 5 * unit), (box.left, y), (box.right, y), (box.right, y - 5 * unit))
        yield Path(points=points, stroke=Stroke(max(1.0, 2 * unit), core=wish.colours.accent))
    text = f"{at.tokens:,} tokens"
    size = max(20 * unit, lettering.fitting(text, size, box.width, bold=True))
    if lettering.width(text, size, bold=True) > box.width:
        text = f"{at.tokens:,}"
    yield Label(at=(box.left, base), text=text, size=size, colour=wish.colours.ink, bold=True)
