"""Pages of several images: the sampled frames of a video, and models side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import NamedTuple

from vtok.errors import UsageError
from vtok.render import lettering
from vtok.render.drawing import captions, layers
from vtok.render.drawing.captions import Block
from vtok.render.drawing.layers import ORIGINAL, Drawing
from vtok.render.drawing.page import GAP, MARGIN, WIDTH, Wish, drawn
from vtok.render.drawing.panels import Panel, panels
from vtok.render.drawing.scene import Label, Path, Scene, Shape, Stroke, moved
from vtok.render.drawing.signs import SIGNS
from vtok.render.drawing.words import Entry, Words, words
from vtok.values import Box, Layout, Size

LEAST_FRAME = 132
"""Least width of a frame on a contact sheet, in pixels of a page 1920 wide."""

MOST_STEPS = 60
"""Temporal steps that a contact sheet draws; it says how many more there are."""

TIME, COUNT = 22, 25
"""Sizes of type under frames: timestamps, tokens."""

FEW = ("canvas", "cropped", "resized", "tiles", "tokens", "in the prompt", "read from", "windows")
"""What is said of a model among others."""


class Moment(NamedTuple):
    """One temporal step of a video: its source frames, its tokens, the panel that shows it."""

    frames: tuple[int, ...]
    tokens: int
    panel: Panel


def moments(layout: Layout) -> list[Moment]:
    """The temporal steps of a video in order."""
    found = []
    for span in layout.sink("prompt", "output", "cross"):
        raster = span.raster
        if raster is None or not raster.frames or not span.count:
            continue
        each = span.tokens // raster.t
        found += [Moment(frames, each, _panel(layout, frames[0], step)) for step, frames in enumerate(raster.frames)]
    return found or list(_placeless(layout))


def _placeless(layout: Layout) -> Iterator[Moment]:
    """Frames whose tokens have no place: the tokens of the spans that carry each view."""
    for index, view in enumerate(layout.views):
        count = sum(span.tokens for span in layout.sink("prompt", "output") if span.views == (index,))
        if view.frames and view.encoder == "main":
            yield Moment(view.frames, count, _panel(layout, view.frames[0], 0))


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


class Plan(NamedTuple):
    """How a contact sheet is laid out: steps to a row, rows, steps shown, width of a frame."""

    columns: int
    rows: int
    shown: int
    frame: float


def video(layout: Layout, wish: Wish, *, photo: bool = True) -> Scene:
    """A contact sheet: the frames of each temporal step side by side, when they are shown and what they cost."""
    width = float(wish.width or WIDTH)
    unit, theme = width / WIDTH, wish.colours
    margin, found = MARGIN * unit, moments(layout)
    across = max(len(at.frames) for at in found)
    aspect = found[0].panel.aspect
    chosen = wish.layers if wish.layers is not None else ("tokens",)
    below = Block(margin, 0, width - 2 * margin, unit, theme)
    if wish.caption:
        captions.row(_said(layout, (), found, 0), below)
    high = width / wish.page - 2 * margin - below.bottom - (GAP * unit if wish.caption else 0) if wish.page else None
    plan = _plan(len(found), found[0], (width - 2 * margin, high), unit)
    pieces: list[Shape] = []
    drawings: list[Drawing] = []
    height = plan.frame / aspect
    step_width, step_height = plan.frame * across + _seam(unit) * (across - 1), height + _feet(across, unit)
    gap_x, gap_y = _gaps(across, unit)
    left = (width - plan.columns * step_width - (plan.columns - 1) * gap_x) / 2
    for i, at in enumerate(_evenly(found, plan.shown)):
        x = left + i % plan.columns * (step_width + gap_x)
        y = margin + i // plan.columns * (step_height + gap_y)
        for k, frame in enumerate(at.frames):
            start = x + k * (plan.frame + _seam(unit))
            place = Box(start, y, start + plan.frame, y + height)
            d = Drawing(
                panel=at.panel, place=place, layers=chosen, theme=theme, unit=unit, photo=photo, image=image_name(frame)
            )
            if wish.layers is None and layers.coarseness(replace(d, least=layers.COMFORT)) > 1:
                d = replace(d, layers=())
            drawings.append(d)
            pieces += drawn(d)
            pieces.append(_time(layout, at, k, d))
        pieces += _foot(at, Box(x, y + height, x + step_width, y + step_height), unit, d)
    bottom = margin + plan.rows * step_height + (plan.rows - 1) * gap_y
    if wish.caption:
        bottom += GAP * unit
        block = Block(
            min(left, margin * 4) if plan.columns * step_width > 0.8 * width else margin, bottom, 0, unit, theme
        )
        block.width = width - 2 * block.left
        captions.row(_said(layout, drawings[:1], found, plan.shown), block)
        pieces += block.shapes
        bottom = block.bottom
    return _finished(pieces, bottom + margin, width, wish)


def _said(layout: Layout, drawings: Sequence[Drawing], found: Sequence[Moment], shown: int) -> Words:
    """The words of a video, and in how far not all of it is drawn."""
    said = words(layout, drawings)
    notes = list(said.notes)
    across = len(found[0].frames)
    if across > 1:
        notes.append(f"{across} frames make one temporal patch")
    if shown < len(found):
        notes.append(f"{shown} of {len(found):,} temporal steps are drawn")
    return replace(said, notes=tuple(notes))


def _evenly(found: Sequence[Moment], count: int) -> list[Moment]:
    """So many of them, the first and the last included."""
    if count >= len(found):
        return list(found)
    return [found[round(i * (len(found) - 1) / max(1, count - 1))] for i in range(count)]


def _plan(count: int, first: Moment, room: tuple[float, float | None], unit: float) -> Plan:
    """As few columns as fill a page of the usual proportions, or as keep all steps within the height of the page.

    Frames get no narrower than can be told apart; where that is not enough, not all steps are shown.
    """
    across, aspect = len(first.frames), first.panel.aspect
    width, high = room
    gap_x, gap_y = _gaps(across, unit)
    feet, most = _feet(across, unit), min(count, MOST_STEPS)
    for columns in range(1, count + 1):
        frame = ((width - (columns - 1) * gap_x) / columns - _seam(unit) * (across - 1)) / across
        rows = ceil(most / columns)
        total = rows * (frame / aspect + feet) + (rows - 1) * gap_y
        if total <= (0.5 * width if high is None else high):
            return Plan(columns, rows, most, frame)
        narrower = ((width - columns * gap_x) / (columns + 1) - _seam(unit) * (across - 1)) / across
        if narrower < LEAST_FRAME * unit or columns == count:
            break
    if high is None:
        return Plan(columns, rows, most, frame)
    fits = max(1, int((high + gap_y) / (frame / aspect + feet + gap_y)))
    height = min(frame / aspect, (high - (min(fits, rows) - 1) * gap_y) / min(fits, rows) - feet)
    return Plan(columns, min(fits, rows), min(most, fits * columns), max(8 * unit, height * aspect))


def _gaps(across: int, unit: float) -> tuple[float, float]:
    """Between the temporal steps of a sheet: across and down."""
    return (36 if across > 1 else 20) * unit, 30 * unit


def _seam(unit: float) -> float:
    """Between the frames of one temporal step."""
    return 4 * unit


def _feet(across: int, unit: float) -> float:
    """The height of what stands under frames: time, bracket, tokens."""
    return (76 if across > 1 else 68) * unit


def _time(layout: Layout, at: Moment, k: int, d: Drawing) -> Shape:
    size = TIME * d.unit
    again = k > 0 and at.frames[k] == at.frames[k - 1]
    text = "repeated" if again else seconds(layout, at.frames[k])
    text = lettering.shortened(text, size, d.place.width)
    base = d.place.bottom + size * (0.5 + lettering.CAP_HEIGHT)
    return Label(at=(d.place.left, base), text=text, size=size, colour=d.theme.quiet)


def _foot(at: Moment, box: Box, unit: float, d: Drawing) -> Iterator[Shape]:
    """A bracket under frames that make one step, and what the step costs."""
    size = COUNT * unit
    base = box.bottom - 2 * unit
    if len(at.frames) > 1:
        y = box.top + 38 * unit
        points = ((box.left, y - 5 * unit), (box.left, y), (box.right, y), (box.right, y - 5 * unit))
        yield Path(points=points, stroke=Stroke(max(1.0, 2 * unit), core=d.theme.accent))
    text = f"{at.tokens:,} tokens"
    size = max(20 * unit, lettering.fitting(text, size, box.width, bold=True))
    if lettering.width(text, size, bold=True) > box.width:
        text = f"{at.tokens:,}"
    yield Label(at=(box.left, base), text=text, size=size, colour=d.theme.ink, bold=True)


def compare(layouts: Sequence[Layout], wish: Wish, *, photo: bool = True) -> Scene:
    """Models side by side: what each makes of the same image, and what it costs."""
    width = float(wish.width or WIDTH)
    unit, margin = width / WIDTH, MARGIN * width / WIDTH
    shown = [panels(layout, wish.on)[0] for layout in layouts]
    columns = _columns([panel.aspect for panel in shown], wish)
    gap = GAP * unit
    cell = (width - 2 * margin - (columns - 1) * gap) / columns
    rows = ceil(len(layouts) / columns)
    most = max(cost_of(layout) for layout in layouts)
    feet = max(
        (_cost(layout, (), wish, most, Block(0, 0, cell, unit, wish.colours)).bottom for layout in layouts), default=0
    )
    height = min(max(cell / panel.aspect for panel in shown), 1.25 * cell)
    if wish.page:
        legend_room = 90 * unit if wish.caption else 0
        room = (width / wish.page - 2 * margin - legend_room - (rows - 1) * gap) / rows - feet - 30 * unit
        height = max(40 * unit, min(height, room))
    pieces: list[Shape] = []
    drawings: list[Drawing] = []
    top = margin
    for start in range(0, len(layouts), columns):
        lowest = top
        for i in range(start, min(start + columns, len(layouts))):
            left = margin + (i - start) * (cell + gap)
            d = _cell_drawing(layouts[i], shown[i], Box(left, top, left + cell, top + height), wish, photo=photo)
            d = replace(d, image=photo_name(layouts[i], layouts))
            drawings.append(d)
            pieces += drawn(d)
            block = _cost(layouts[i], (d,), wish, most, Block(left, top + height + 34 * unit, cell, unit, wish.colours))
            pieces += block.shapes
            lowest = max(lowest, block.bottom)
        top = lowest + gap
    bottom = top - gap
    if wish.caption:
        said = words(layouts[0], drawings)
        merged = dict.fromkeys(
            entry for layout, d in zip(layouts, drawings, strict=True) for entry in words(layout, (d,)).legend
        )
        block = Block(margin, bottom + 44 * unit, width - 2 * margin, unit, wish.colours)
        captions.strip(replace(said, legend=tuple(_one_each(merged))), block)
        pieces += block.shapes
        bottom = block.bottom
    return _finished(pieces, bottom + margin, width, wish)


def photo_name(layout: Layout, layouts: Sequence[Layout]) -> str:
    """The photo's name in a scene; by its turn where these models turn it differently."""
    if len({other.turned for other in layouts}) == 1:
        return ORIGINAL
    return f"{ORIGINAL}, {'turned' if layout.turned else 'as stored'}"


def _one_each(entries: Sequence[Entry] | dict[Entry, None]) -> Iterator[Entry]:
    """One line for each sign; what differs between models is not said."""
    met: dict[str, list[Entry]] = {}
    for entry in entries:
        met.setdefault(entry.sign, []).append(entry)
    plain = {"patches": "patch", "tokens": "token", "index": "number of the token"}
    for sign in sorted(met, key=list(SIGNS).index):
        same = len({entry.text for entry in met[sign]}) == 1
        yield met[sign][0] if same else Entry(sign, plain.get(sign, met[sign][0].text))


def cost_of(layout: Layout) -> int:
    """The number by which models are compared."""
    return layout.tokens or layout.cross_attention_tokens


def _columns(aspects: Sequence[float], wish: Wish) -> int:
    """How many models stand side by side."""
    count = len(aspects)
    most = 4 if max(aspects) < 1.9 else 3 if max(aspects) < 3 else 2
    if wish.page and wish.page > 1:
        return min(count, 5)
    return count if count <= most else ceil(count / ceil(count / most))


def _cell_drawing(layout: Layout, panel: Panel, room: Box, wish: Wish, *, photo: bool) -> Drawing:
    """The image in its cell: at the left, standing on the same line as the others."""
    unit = (wish.width or WIDTH) / WIDTH
    height = min(room.height, room.width / panel.aspect)
    place = Box(room.left, room.bottom - height, room.left + height * panel.aspect, room.bottom)
    chosen = wish.layers if wish.layers is not None else layers.default_layers(layout)
    chosen = tuple(name for name in chosen if layers.has(layout, name))
    d = Drawing(panel=panel, place=place, layers=chosen, theme=wish.colours, unit=unit, photo=photo)
    return layers.worthwhile(d) if wish.layers is None else d


def _cost(layout: Layout, drawings: Sequence[Drawing], wish: Wish, most: int, block: Block) -> Block:
    """Name, number, bar and a few facts of one model."""
    said = words(layout, drawings)
    captions.heading(said, block, name=38, number=84, origin=False)
    block.space(30)
    captions.bar(cost_of(layout) / most if most else 0.0, block)
    if wish.caption:
        block.space(30)
        captions.facts([fact for fact in said.facts if fact[0] in FEW], block, size=24)
        captions.queries(said, block)
    return block


def _finished(pieces: Sequence[Shape], needed: float, width: float, wish: Wish) -> Scene:
    """Everything in the middle of its page from top to bottom."""
    height = width / wish.page if wish.page else needed
    down = (height - needed) / 2
    shapes = moved(pieces, 0, down) if down > 0.5 else tuple(pieces)
    return Scene(size=Size(max(1, round(height)), max(1, round(width))), ground=wish.colours.page, shapes=shapes)
