"""Translucent boxes and lattices laid on pixels in one go: mixing costs more than anything else that Pillow does.

The page is cut into bands of rows of pixels that get the same inks. In a band one row is mixed and repeated, so that
every pixel of the page is read and written once.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from PIL import Image

from vtok.render.drawing.scene import Fill, Lattice, Photo, Stroke
from vtok.render.palette import rgb
from vtok.values import Box

Rectangle = tuple[int, int, int, int]

CALM = (122, 126, 131)
"""The grey towards which an image is calmed: contrast and colour shrink alike."""

STRIP = 16
"""Rows of pixels that are mixed at a time: few enough to stay in the processor's cache."""

CACHE = 2**20
"""Bytes of a page that are read at a time, before pieces of them are mixed."""

APART = 80
"""Pixels of a row that are mixed in the time in which one piece is reached.

Rows with fewer pieces of ink than one in so many pixels are laid on piece by piece.
"""

MOST_NUMBERS = 256
"""How many kinds of columns are told apart by a byte."""


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


NO_INK = Ink((0, 0, 0), 0.0)


Piece = tuple[int, Image.Image, Image.Image]
"""A first column, colours and their mask."""


class Run(NamedTuple):
    """Some pixels of a row, from `left` to before `right`, that get one ink."""

    left: int
    right: int
    ink: Ink


Runs = tuple[Run, ...]


class Band(NamedTuple):
    """Rows of pixels, from `top` to before `bottom`, that all get these inks."""

    top: int
    bottom: int
    runs: Runs


def veil(canvas: Image.Image, shapes: Sequence[Photo | Fill | Lattice]) -> None:
    """Lay on all of these, from the first to the last; of images what takes contrast from them."""
    bands = [band for shape in shapes for band in _bands(shape)]
    edges = sorted({_clipped(edge, canvas.height) for band in bands for edge in band[:2]})
    rows: list[list[Runs]] = [[] for _ in edges]
    for band in bands:
        first, stop = (bisect_left(edges, _clipped(edge, canvas.height)) for edge in band[:2])
        for row in rows[first:stop]:
            row.append(band.runs)
    columns = list(Columns.of({id(band.runs): band.runs for band in bands}.values(), canvas.width))
    for row, (top, bottom) in zip(rows, pairwise(edges), strict=False):
        for part in columns:
            part.row(tuple(map(id, row))).lay(canvas, top, bottom)


def _clipped(place: int, side: int) -> int:
    """The nearest place on a page with such a side."""
    return min(max(0, place), side)


def _bands(shape: Photo | Fill | Lattice) -> Iterator[Band]:
    """The bands of a shape from top to bottom; those of boxes side by side are one."""
    if isinstance(shape, Lattice):
        yield from _lattice(shape)
    elif isinstance(shape, Fill):
        ink = Ink(rgb(shape.colour), shape.opacity)
        rows: dict[tuple[int, int], list[Run]] = {}
        for left, top, right, bottom in map(snapped, shape.boxes):
            rows.setdefault((top, bottom), []).append(Run(left, right, ink))
        equal: dict[Runs, Runs] = {}
        for (top, bottom), runs in rows.items():
            yield Band(top, bottom, equal.setdefault(tuple(runs), tuple(runs)))
    elif shape.calm:
        left, top, right, bottom = snapped(shape.box)
        yield Band(top, bottom, (Run(left, right, Ink(CALM, shape.calm)),))


def _lattice(shape: Lattice) -> Iterator[Band]:
    """The bands of a lattice: a pixel has the ink of a core where any line has its core, else that of an edge.

    So nothing is laid on twice where lines cross. Lines end with the box, or with the line that runs along its edge.
    """
    stroke = shape.stroke
    edge = Ink(rgb(stroke.edge), stroke.edge_opacity)
    core = Ink(rgb(stroke.core), stroke.opacity)
    inks = (NO_INK, edge, core.over(edge) if edge_pixels(stroke) else core)
    left, top, right, bottom = snapped(shape.box)
    across, down = ([_first(at, stroke) for at in places] for places in (shape.xs, shape.ys))
    wide = core_pixels(stroke) + 2 * edge_pixels(stroke)
    left, right = min([left, *across]), max([right, *(x + wide for x in across)])
    top, bottom = min([top, *down]), max([bottom, *(y + wide for y in down)])
    rows = [
        tuple(Run(start, stop, inks[part]) for start, stop, part in _parts(left, right, across, stroke, least) if part)
        for least in range(3)
    ]
    for start, stop, part in _parts(top, bottom, down, stroke, 0):
        if rows[part]:
            yield Band(start, stop, rows[part])


def _parts(low: int, high: int, lines: Sequence[int], stroke: Stroke, least: int) -> Iterator[tuple[int, int, int]]:
    """From where to where pixels belong to no line (0), an edge (1) or a core (2); all of them at least to `least`."""
    edge, core = edge_pixels(stroke), core_pixels(stroke)
    parts = bytearray([least]) * (high - low)
    for part, first, wide in ((1, 0, core + 2 * edge), (2, edge, core)):
        if part > least:
            for line in lines:
                parts[line - low + first : line - low + first + wide] = bytes([part]) * wide
    for run in re.finditer(rb"\x00+|\x01+|\x02+", parts):
        yield low + run.start(), low + run.end(), parts[run.start()]


@dataclass
class Columns:
    """Columns of pixels side by side from `left` on: columns that get the same inks in all rows have one number.

    `numbers` has the number of each column, `inks` for each number the inks that runs (by identity) lay on it.
    """

    left: int
    numbers: bytes
    inks: list[dict[int, Ink]]
    rows: "dict[tuple[int, ...], Row]" = field(default_factory=dict)

    @classmethod
    def of(cls, patterns: Collection[Runs], wide: int) -> "Iterator[Columns]":
        """The columns of a page so wide that get these runs, as few at a time as a byte has numbers."""
        edges = sorted({_clipped(edge, wide) for runs in patterns for run in runs for edge in run[:2]})
        places = {edge: i for i, edge in enumerate(edges)}
        inks: list[dict[int, Ink]] = [{} for _ in edges]
        for runs in patterns:
            name = id(runs)
            for left, right, ink in runs:
                for laid in inks[places[_clipped(left, wide)] : places[_clipped(right, wide)]]:
                    laid[name] = ink.over(laid[name]) if name in laid else ink
        numbers: dict[tuple[tuple[int, Ink], ...], int] = {}
        columns = bytearray()
        for (left, right), laid in zip(pairwise(edges), inks, strict=False):
            key = tuple(laid.items())
            if len(numbers) == MOST_NUMBERS and key not in numbers:
                yield cls(left - len(columns), bytes(columns), [dict(laid) for laid in numbers])
                numbers, columns = {}, bytearray()
            columns += bytes([numbers.setdefault(key, len(numbers))]) * (right - left)
        if columns:
            yield cls(edges[-1] - len(columns), bytes(columns), [dict(laid) for laid in numbers])

    def row(self, key: tuple[int, ...]) -> "Row":
        """The row that runs of these identities make, the first one undermost."""
        if key not in self.rows:
            mixed = []
            for inks in self.inks:
                under = NO_INK
                for ink in (inks[runs] for runs in key if runs in inks):
                    under = ink.over(under)
                mixed.append(under)
            self.rows[key] = Row.of(self.left, self.numbers, mixed)
        return self.rows[key]


@dataclass
class Row:
    """A row of pixels: pieces from left to right, each with its first column, its colours and its mask.

    At most so many rows are laid on at a time. `strips` are the pieces repeated downwards, by their height.
    """

    pieces: list[Piece]
    most: int
    strips: dict[int, list[Piece]] = field(default_factory=dict)

    @classmethod
    def of(cls, left: int, numbers: bytes, inks: Sequence[Ink]) -> "Row":
        """The row in which columns of these numbers get these inks."""
        spare = bytes(256 - len(inks))
        masks = numbers.translate(bytes(ink.mask for ink in inks) + spare)
        places = [match.span() for match in re.finditer(rb"[^\0]+", masks)]
        is_sparse = APART * len(places) <= len(numbers)
        if not is_sparse:
            places = [(0, len(numbers))]
        bands = [numbers.translate(bytes(ink.colour[band] for ink in inks) + spare) for band in range(3)]
        red, green, blue, mask = (Image.frombytes("L", (len(numbers), 1), band) for band in (*bands, masks))
        colours = Image.merge("RGB", (red, green, blue))
        pieces = [
            (left + start, colours.crop((start, 0, stop, 1)), mask.crop((start, 0, stop, 1))) for start, stop in places
        ]
        return cls(pieces, max(1, CACHE // (4 * len(numbers))) if is_sparse else STRIP)

    def lay(self, canvas: Image.Image, top: int, bottom: int) -> None:
        """Lay it on the rows of a page from `top` to before `bottom`."""
        count = ceil((bottom - top) / self.most)
        edges = [top + (bottom - top) * i // count for i in range(count + 1)]
        for y, end in pairwise(edges):
            if len(self.pieces) > 1:  # Pieces would be fetched one by one; read in one go, all are in the cache.
                canvas.crop((0, y, canvas.width, end))
            for left, colours, mask in self._strip(end - y):
                canvas.paste(colours, (left, y), mask)

    def _strip(self, high: int) -> list[Piece]:
        """The pieces, so high."""
        if high not in self.strips:
            self.strips[high] = [
                (left, _repeated(colours, high), _repeated(mask, high)) for left, colours, mask in self.pieces
            ]
        return self.strips[high]


def _repeated(row: Image.Image, high: int) -> Image.Image:
    """A row of pixels, so often downwards."""
    return row.resize((row.width, high), Image.Resampling.NEAREST)


def core_pixels(stroke: Stroke) -> int:
    """How many pixels wide the core of a line is."""
    return max(1, round(stroke.width))


def edge_pixels(stroke: Stroke) -> int:
    """How many pixels wide the edge of a line is, at each side."""
    return max(1, round(stroke.edge_width)) if stroke.edge_width > 0 and stroke.edge_opacity > 0 else 0


def _first(at: float, stroke: Stroke) -> int:
    """The first pixel of a line whose core is centred there."""
    return round(at - core_pixels(stroke) / 2) - edge_pixels(stroke)


def snapped(box: Box) -> Rectangle:
    """A box in whole pixels."""
    return round(box.left), round(box.top), round(box.right), round(box.bottom)


def inside(canvas: Image.Image, box: Rectangle) -> Rectangle | None:
    """The part of a box that lies on the page; None where there is none."""
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(canvas.width, box[2]), min(canvas.height, box[3])
    return (left, top, right, bottom) if right > left and bottom > top else None
