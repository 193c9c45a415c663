"""Translucent boxes and lattices laid on pixels in one go: mixing costs more than anything else that Pillow does.

Where boxes and upright lines begin and end, the page is cut into bands. In a band every row of pixels gets the same
inks, so that one row is mixed and repeated. Level lines follow, a bar each.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from PIL import Image

from vtok.render.drawing.scene import Fill, Lattice, Photo, Stroke
from vtok.render.palette import rgb
from vtok.values import Box

Rectangle = tuple[int, int, int, int]

CALM = (122, 126, 131)
"""The grey towards which an image is calmed: contrast and colour shrink alike."""

STRIP = 32
"""Rows of a pattern that are laid on at a time: few enough to stay in the processor's cache."""


class Ink(NamedTuple):
    """A colour, and how opaque it is laid on, from 0 to 1."""

    colour: tuple[int, int, int]
    opacity: float

    @property
    def mask(self) -> int:
        """The opacity as a value of a mask."""
        return round(255 * self.opacity)

    def over(self, under: "Ink") -> "Ink":
        """One ink that does what these two do, this one laid on the other."""
        return _mixed(self, under)


@lru_cache(maxsize=4096)
def _mixed(ink: Ink, under: Ink) -> Ink:
    opacity = 1 - (1 - under.opacity) * (1 - ink.opacity)
    if not opacity:
        return under
    share = ink.opacity / opacity
    pairs = zip(ink.colour, under.colour, strict=True)
    red, green, blue = (round(upper * share + lower * (1 - share)) for upper, lower in pairs)
    return Ink((red, green, blue), opacity)


class Sheer(NamedTuple):
    """A box, and the inks of its columns of pixels from left to right: one for all of them, or one each."""

    box: Rectangle
    inks: tuple[Ink, ...]


Row = tuple[tuple[int, int, tuple[Ink, ...]], ...]
"""What lies on one row of pixels: from where to where, and the inks."""


def veil(canvas: Image.Image, shapes: Sequence[Photo | Fill | Lattice]) -> None:
    """Lay on all of these, from the first to the last; of images what takes contrast from them."""
    lattices = [Lines.of(shape) for shape in shapes if isinstance(shape, Lattice)]
    upright = iter(lattices)
    sheers: list[Sheer] = []
    for shape in shapes:
        sheers += next(upright).upright() if isinstance(shape, Lattice) else _boxes(shape)
    sheers = [sheer for sheer in sheers if inside(canvas, sheer.box)]
    edges = sorted({min(max(0, edge), canvas.height) for sheer in sheers for edge in sheer.box[1::2]})
    strips: dict[Row, Strip] = {}
    for top, bottom in pairwise(edges):
        row = tuple((s.box[0], s.box[2], s.inks) for s in sheers if s.box[1] <= top and s.box[3] >= bottom)
        if row:
            if row not in strips:
                strips[row] = Strip.of(row, canvas.width)
            strips[row].lay(canvas, top, bottom)
    for i, lines in enumerate(lattices):
        lines.lay_level(canvas, lattices[i + 1 :])


def _boxes(shape: Photo | Fill) -> Iterator[Sheer]:
    if isinstance(shape, Fill):
        ink = Ink(rgb(shape.colour), shape.opacity)
        yield from (Sheer(snapped(box), (ink,)) for box in shape.boxes)
    elif shape.calm:
        yield Sheer(snapped(shape.box), (Ink(CALM, shape.calm),))


class Strip(NamedTuple):
    """Some equal rows of pixels: where they begin, their colours and their mask."""

    left: int
    colours: Image.Image
    mask: Image.Image

    @classmethod
    def of(cls, row: Row, wide: int) -> "Strip":
        """The strip of a row on a page so wide: inks are mixed where they lie on one another."""
        low, high = max(0, min(left for left, _, _ in row)), min(wide, max(right for _, right, _ in row))
        mixed = [Ink((0, 0, 0), 0.0)] * (high - low)
        for left, right, inks in row:
            start, stop = max(left, low), min(right, high)
            under = mixed[start - low : stop - low]
            if len(inks) == 1:
                mixes = {ink: inks[0].over(ink) for ink in dict.fromkeys(under)}
                mixed[start - low : stop - low] = [mixes[ink] for ink in under]
            else:
                pairs = zip(inks[start - left : stop - left], under, strict=True)
                mixed[start - low : stop - low] = [ink.over(other) for ink, other in pairs]
        return cls(low, *repeated(mixed, (high - low, STRIP), down=True))

    def lay(self, canvas: Image.Image, top: int, bottom: int) -> None:
        """Lay it on the rows of a page from `top` to before `bottom`."""
        for y in range(top, bottom, STRIP):
            high = min(STRIP, bottom - y)
            part = (0, 0, self.colours.width, high)
            colours, mask = (
                (self.colours, self.mask) if high == STRIP else (self.colours.crop(part), self.mask.crop(part))
            )
            canvas.paste(colours, (self.left, y), mask)


def repeated(inks: Sequence[Ink], size: tuple[int, int], *, down: bool) -> tuple[Image.Image, Image.Image]:
    """A row of inks repeated downwards, or a column of them to the right: colours and mask of that size."""
    one = (len(inks), 1) if down else (1, len(inks))
    colours, mask = Image.new("RGB", one), Image.new("L", one)
    colours.putdata([ink.colour for ink in inks])
    mask.putdata([ink.mask for ink in inks])
    return colours.resize(size, Image.Resampling.NEAREST), mask.resize(size, Image.Resampling.NEAREST)


class Lines(NamedTuple):
    """A lattice in pixels: its box, the first pixel of each line, and the inks of a line from side to side."""

    box: Rectangle
    xs: tuple[int, ...]
    ys: tuple[int, ...]
    stroke: Stroke
    inks: tuple[Ink, ...]

    @classmethod
    def of(cls, shape: Lattice) -> "Lines":
        """The lines of a lattice; they end with its box, or with the line that runs along its edge."""
        inks = tuple(_across(shape.stroke))
        xs = [_first(x, shape.stroke, len(inks)) for x in shape.xs]
        ys = [_first(y, shape.stroke, len(inks)) for y in shape.ys]
        left, top, right, bottom = snapped(shape.box)
        left, right = min([left, *xs]), max([right, *(x + len(inks) for x in xs)])
        top, bottom = min([top, *ys]), max([bottom, *(y + len(inks) for y in ys)])
        return cls((left, top, right, bottom), tuple(xs), tuple(ys), shape.stroke, inks)

    def upright(self) -> Iterator[Sheer]:
        """The upright lines."""
        for x in self.xs:
            yield Sheer((x, self.box[1], x + len(self.inks), self.box[3]), self.inks)

    def lay_level(self, canvas: Image.Image, later: "Sequence[Lines]") -> None:
        """Lay on the level lines.

        They cross the edges of this lattice's upright lines and leave the cores alone, so that nothing is laid on twice
        where lines cross. The upright lines of later lattices lie on them.
        """
        left, top, right, bottom = self.box
        if not self.ys or right <= left or bottom <= top:
            return
        wide = right - left
        bar, mask = repeated(self.inks, (wide, len(self.inks)), down=False)
        edge, core = edge_pixels(self.stroke), core_pixels(self.stroke)
        ink = Ink(rgb(self.stroke.core), self.stroke.opacity)
        for start in (x - left for x in self.xs):
            mask.paste(0, (max(0, start), 0, max(0, start + len(self.inks)), len(self.inks)))
            for side in (start, start + edge + core):
                box = (max(0, side), edge, max(0, side + edge), edge + core)
                bar.paste(ink.colour, box)
                mask.paste(ink.mask, box)
        for lines in later:
            if lines.box[1] < bottom and lines.box[3] > top:
                for start in (x - left for x in lines.xs):
                    if -len(lines.inks) < start < wide:
                        mask.paste(0, (max(0, start), 0, min(wide, start + len(lines.inks)), len(self.inks)))
        for y in self.ys:
            canvas.paste(bar, (left, y), mask)


def _across(stroke: Stroke) -> list[Ink]:
    """The inks of a line's pixels from side to side: its edge, its core on its edge, its edge."""
    core, edge = Ink(rgb(stroke.core), stroke.opacity), Ink(rgb(stroke.edge), stroke.edge_opacity)
    wide = edge_pixels(stroke)
    if not wide:
        return [core] * core_pixels(stroke)
    return [edge] * wide + [core.over(edge)] * core_pixels(stroke) + [edge] * wide


def core_pixels(stroke: Stroke) -> int:
    """How many pixels wide the core of a line is."""
    return max(1, round(stroke.width))


def edge_pixels(stroke: Stroke) -> int:
    """How many pixels wide the edge of a line is, at each side."""
    return max(1, round(stroke.edge_width)) if stroke.edge_width > 0 and stroke.edge_opacity > 0 else 0


def _first(at: float, stroke: Stroke, wide: int) -> int:
    """The first pixel of a line whose core is centred there."""
    core = core_pixels(stroke)
    return round(at - core / 2) - (wide - core) // 2


def snapped(box: Box) -> Rectangle:
    """A box in whole pixels."""
    return round(box.left), round(box.top), round(box.right), round(box.bottom)


def inside(canvas: Image.Image, box: Rectangle) -> Rectangle | None:
    """The part of a box that lies on the page; None where there is none."""
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(canvas.width, box[2]), min(canvas.height, box[3])
    return (left, top, right, bottom) if right > left and bottom > top else None
