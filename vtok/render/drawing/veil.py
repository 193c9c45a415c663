"""Translucent boxes and lattices laid on pixels in one go: mixing costs more than anything else that Pillow does.

Where boxes and upright lines begin and end, the page is cut into bands. In a band every row of pixels gets the same
inks, so that one row is mixed and repeated. Level lines follow, a bar each.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
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

LONG = 256
"""Rows of a lone line that are laid on at a time."""

SPARSE = 8
"""Lines are laid on one by one where they cover less than one in so many columns of pixels."""


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
    edges = sorted({_within(canvas, edge) for sheer in sheers for edge in sheer.box[1::2]})
    rows: list[list[tuple[int, int, tuple[Ink, ...]]]] = [[] for _ in edges]
    for sheer in sheers:
        left, top, right, bottom = sheer.box
        for i in range(bisect_left(edges, _within(canvas, top)), bisect_left(edges, _within(canvas, bottom))):
            rows[i].append((left, right, sheer.inks))
    strips: dict[Row, Strip] = {}
    for (top, bottom), sheers_of_band in zip(pairwise(edges), rows, strict=False):
        row = tuple(sheers_of_band)
        if row:
            if row not in strips:
                strips[row] = Strip.of(row, canvas.width)
            strips[row].lay(canvas, top, bottom)
    for i, lines in enumerate(lattices):
        lines.lay_level(canvas, lattices[i + 1 :])


def _within(canvas: Image.Image, y: int) -> int:
    """The nearest row of pixels of the page, or the one after its last."""
    return min(max(0, y), canvas.height)


def _boxes(shape: Photo | Fill) -> Iterator[Sheer]:
    if isinstance(shape, Fill):
        ink = Ink(rgb(shape.colour), shape.opacity)
        yield from (Sheer(snapped(box), (ink,)) for box in shape.boxes)
    elif shape.calm:
        yield Sheer(snapped(shape.box), (Ink(CALM, shape.calm),))


class Strip(NamedTuple):
    """Some equal rows of pixels: pieces from left to right, each with its first column, its colours and its mask."""

    pieces: tuple[tuple[int, Image.Image, Image.Image], ...]

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
        return cls(
            tuple(
                (low + start, *repeated(mixed[start:stop], (stop - start, deep), down=True))
                for start, stop, deep in _pieces([ink.mask > 0 for ink in mixed])
            )
        )

    def lay(self, canvas: Image.Image, top: int, bottom: int) -> None:
        """Lay it on the rows of a page from `top` to before `bottom`."""
        for left, colours, mask in self.pieces:
            for y in range(top, bottom, colours.height):
                high = min(colours.height, bottom - y)
                canvas.paste(_cut(colours, high), (left, y), _cut(mask, high))


def _cut(image: Image.Image, high: int) -> Image.Image:
    """The first rows of an image."""
    return image if image.height == high else image.crop((0, 0, image.width, high))


def _pieces(inked: Sequence[bool]) -> Iterator[tuple[int, int, int]]:
    """Where pieces begin and end, and how many rows are laid on at a time.

    Few lines are laid on one by one. Where there is more ink than that, to go over all pixels once costs less.
    """
    if SPARSE * sum(inked) > len(inked):
        yield 0, len(inked), STRIP
        return
    start = 0
    for is_inked, run in groupby(inked):
        stop = start + sum(1 for _ in run)
        if is_inked:
            yield start, stop, LONG
        start = stop


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
