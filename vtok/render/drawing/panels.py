"""The parts of a Layout that are drawn as one image each, and the way from the original's pixels to the page.

A tiled model has two panels: the canvas that it cuts, and the thumbnail. Everything in a panel is placed in pixels of
the original, beyond its edges where the model pads; `Plane` takes it to the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from vtok.render.drawing.scene import union
from vtok.values import Box, Layout, Raster, Size, Span, View

On = Literal["original", "resized"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One image of a layout: views of the main encoder, the spans that carry them, and the part of the original drawn.

    `domain` is the part of the original's plane that is drawn; `shape` the proportions at which it is drawn, `seen` the
    size at which the model has it. `step` is the temporal step, of a video.
    """

    layout: Layout
    views: tuple[int, ...]
    spans: tuple[Span, ...]
    domain: Box
    shape: Size
    seen: Size
    thumbnail: bool = False
    step: int = 0

    @property
    def aspect(self) -> float:
        """Width by height."""
        return self.shape.width / self.shape.height

    def drawn_views(self) -> list[View]:
        """The views in here."""
        return [self.layout.views[i] for i in self.views]


class Plane(NamedTuple):
    """From the original's pixels to the page: `domain` is drawn into `place`."""

    domain: Box
    place: Box

    def x(self, value: float) -> float:
        """A column of the original, on the page."""
        return self.place.left + (value - self.domain.left) * self.place.width / self.domain.width

    def y(self, value: float) -> float:
        """A row of the original, on the page."""
        return self.place.top + (value - self.domain.top) * self.place.height / self.domain.height

    def box(self, box: Box) -> Box:
        """A box of the original, on the page."""
        return Box(self.x(box.left), self.y(box.top), self.x(box.right), self.y(box.bottom))


def panels(layout: Layout, on: On = "original") -> tuple[Panel, ...]:
    """The canvas or the whole image, then the thumbnail where there is one beside tiles."""
    main = [i for i, view in enumerate(layout.views) if view.encoder == "main"]
    tiles = [i for i in main if layout.views[i].kind == "tile"]
    whole = [i for i in main if i not in tiles]
    if not tiles:
        return (_panel(layout, whole[:1], on),)
    return (_panel(layout, tiles, on), *(_panel(layout, [i], on, thumbnail=True) for i in whole[:1]))


def _panel(layout: Layout, views: Sequence[int], on: On, *, thumbnail: bool = False) -> Panel:
    reach = reach_of(layout, views)
    original = Box.of(layout.original)
    first = layout.views[views[0]]
    tiled = first.kind == "tile"
    seen = layout.canvas if tiled and layout.canvas else first.size
    domain = reach if on == "resized" else union([reach, original])
    return Panel(
        layout=layout,
        views=tuple(views),
        spans=tuple(spans_of(layout, views)),
        domain=domain,
        shape=seen if on == "resized" else Size(round(domain.height) or 1, round(domain.width) or 1),
        seen=seen,
        thumbnail=thumbnail,
    )


def spans_of(layout: Layout, views: Sequence[int]) -> Iterator[Span]:
    """The spans with a place that carry any of these views; those that say no view carry all."""
    for span in layout.spans:
        if span.raster and (not span.views or set(span.views) & set(views)):
            yield span


def reach_of(layout: Layout, views: Sequence[int]) -> Box:
    """What these views cover together, in pixels of the original; beyond it where they are padded."""
    boxes = [box for i in views if (box := reach(layout, i))]
    return union(boxes) if boxes else Box.of(layout.original)


def reach(layout: Layout, index: int) -> Box | None:
    """What one view covers, in pixels of the original; None where nothing tells.

    A view with some of the image in it tells by itself; a tile of padding alone lies in its row and column.
    """
    view = layout.views[index]
    across, down = _extent(view, 0), _extent(view, 1)
    if across is None or down is None:
        row, column = _neighbours(layout, index)
        across = across or next((e for v in column if (e := _extent(v, 0))), None)
        down = down or next((e for v in row if (e := _extent(v, 1))), None)
    if across is None or down is None:
        return None
    return Box(across[0], down[0], across[1], down[1])


def _neighbours(layout: Layout, index: int) -> tuple[list[View], list[View]]:
    """The tiles in the row, and those in the column, of a tile."""
    tiles = [i for i, view in enumerate(layout.views) if view.kind == "tile" and view.encoder == "main"]
    columns = (layout.tiles or (1, 1))[0] or 1
    if index not in tiles:
        return [], []
    row, column = divmod(tiles.index(index), columns)
    views = [layout.views[i] for i in tiles]
    return views[row * columns : (row + 1) * columns], views[column::columns]


def _extent(view: View, axis: int) -> tuple[float, float] | None:
    """From where to where a view reaches along one axis (0 across, 1 down) of the original."""
    low, high = view.content[axis], view.content[axis + 2]
    first, last = view.source[axis], view.source[axis + 2]
    if high <= low or last <= first:
        return None
    scale = (last - first) / (high - low)
    side = view.size.height if axis else view.size.width
    return first - low * scale, last + (side - high) * scale  # exact where nothing is padded


def in_view(view: View, reached: Box, xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """Places in a view, in its pixels, as places in the original."""
    across, down = reached.width / view.size.width, reached.height / view.size.height
    return [reached.left + x * across for x in xs], [reached.top + y * down for y in ys]


def padded_edges(raster: Raster, domain: Box) -> tuple[list[float], list[float]]:
    """The edges of a raster with its cells of padding, which a Raster clamps to the image, laid out beyond it."""
    xs = _unclamped(raster.xs, domain.left, domain.right)
    return xs, _unclamped(raster.ys, domain.top, domain.bottom)


def _unclamped(edges: Sequence[float], low: float, high: float) -> list[float]:
    """Cells at either end that are cut by the image's edge, or lie beyond it, get their neighbours' size."""
    pitch = whole_cell(edges)
    if not pitch:
        return list(edges)
    grown = _grown(list(edges), pitch)
    mirrored = _grown([-edge for edge in reversed(grown)], pitch)
    return [min(max(-edge, low), high) for edge in reversed(mirrored)]


def _grown(edges: list[float], pitch: float) -> list[float]:
    """The same edges, with the cells at the low end as wide as the others."""
    first = next(i for i in range(len(edges) - 1) if edges[i + 1] > edges[i])
    whole = edges[first + 1] - edges[first] > pitch * 0.999
    for i in range(first - whole, -1, -1):
        edges[i] = edges[i + 1] - pitch
    return edges


def whole_cell(edges: Sequence[float]) -> float:
    """The size of a cell that nothing cuts: the median of the cells with area; 0 where there is none."""
    sizes = sorted(b - a for a, b in pairwise(edges) if b - a > 1e-6)
    return sizes[len(sizes) // 2] if sizes else 0.0
