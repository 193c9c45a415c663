"""The path along which patches, or tokens, enter: sky blue at the first, yellow half-way, vermilion at the last."""

from collections.abc import Iterator
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from vtok.render.drawing.layers import Drawing, pitch
from vtok.render.drawing.panels import in_view, padded_edges, reach
from vtok.render.drawing.scene import Path, Point, Shape, Stroke
from vtok.render.palette import DARK_LINE, PATH, on_scale

PIECES = 48
"""Shades from the first colour to the last."""

LEAST = {"patches": 13.0, "tokens": 7.0}
"""Pixels (of a page 1920 wide) between the points of a path below which it would not read."""


class Route(NamedTuple):
    """Whose path is drawn, and its stretches: one for each view or raster, in order."""

    what: str
    stretches: tuple[tuple[Point, ...], ...]
    gap: float


def route(d: Drawing) -> Route | None:
    """Patches where they enter block by block and are large enough to show it, else tokens; None where neither is."""
    gap = pitch(d.panel, d.place, "patches")
    blocks = any(view.block_order and view.merge_size > 1 for view in d.panel.shown())
    if gap >= LEAST["patches"] * d.unit and (blocks or not d.panel.spans):
        return Route("patches", tuple(_patches(d)), gap)
    gap = pitch(d.panel, d.place, "tokens")
    if gap >= LEAST["tokens"] * d.unit:
        return Route("tokens", tuple(_tokens(d)), gap)
    return None


def order(d: Drawing) -> Iterator[Shape]:
    """The path, in pieces of one colour each, with an arrow at the end."""
    found = route(d)
    if found is None:
        return
    width = min(5 * d.unit, max(1.5, found.gap / 7))
    faint = 0.7 if "index" in d.layers else 1.0
    # All dark edges first: an edge would cut the piece of another colour before it.
    for points in found.stretches:
        for run, back in _runs(points, found.gap):
            edge = Stroke((0.5 if back else 1.0) * width + max(2.0, width * 0.8), core=DARK_LINE, opacity=0.5 * faint)
            yield Path(points=run, stroke=edge)
    total, done = sum(map(len, found.stretches)), 0
    for number, points in enumerate(found.stretches, 1):
        for run, back in _runs(points, found.gap):
            size = max(2, -(-total // PIECES))
            # A piece ends with the point with which the next one begins, or there would be gaps.
            for start in range(0, len(run) - 1, size):
                share = done / max(1, total - 1)
                core = Stroke((0.5 if back else 1.0) * width, core=on_scale(share, PATH), opacity=faint)
                piece = run[start : start + size + 1]
                last = number == len(found.stretches) and done + len(piece) >= total
                yield Path(points=piece, stroke=core, head=last)
                done += len(piece) - 1
        done += 1


def _runs(points: tuple[Point, ...], gap: float) -> Iterator[tuple[tuple[Point, ...], bool]]:
    """The path cut where it jumps back to the begin of a row; a jump is a run of its own, and says so."""
    start = 0
    for i, (one, other) in enumerate(pairwise(points)):
        if hypot(other[0] - one[0], other[1] - one[1]) > 4 * gap:
            if i > start:
                yield points[start : i + 1], False
            yield points[i : i + 2], True
            start = i + 1
    if len(points) - 1 > start:
        yield points[start:], False


def _patches(d: Drawing) -> Iterator[tuple[Point, ...]]:
    from vtok.geometry.windows import patch_order

    for index in d.panel.views:
        view, reached = d.layout.views[index], reach(d.layout, index)
        if reached is None:
            continue
        _, h, w = view.grid
        middles = [[(i + 0.5) * view.patch_size for i in range(side)] for side in (w, h)]
        across, down = in_view(view, reached, *middles)
        xs, ys = [d.plane.x(x) for x in across], [d.plane.y(y) for y in down]
        places = patch_order((1, h, w), merge_size=view.merge_size, block_order=view.block_order).tolist()
        yield tuple((xs[place % w], ys[place // w]) for place in places)


def _tokens(d: Drawing) -> Iterator[tuple[Point, ...]]:
    for span in d.panel.spans:
        raster = span.raster
        if raster is None or not raster.xs or span.sink == "memory":
            continue
        edges_x, edges_y = padded_edges(raster, d.panel.domain)
        xs, ys = _middles([d.plane.x(x) for x in edges_x]), _middles([d.plane.y(y) for y in edges_y])
        yield tuple((x, y) for y in ys for x in xs)


def _middles(edges: list[float]) -> list[float]:
    return [(a + b) / 2 for a, b in pairwise(edges) if b - a > 0.5]
