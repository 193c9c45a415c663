"""The path along which patches, or tokens, enter: sky blue at the first, yellow half-way, vermilion at the last."""

from collections.abc import Iterator
from itertools import pairwise
from math import ceil, hypot
from typing import NamedTuple

from vtok.render.drawing.drawings import Drawing, Entry, Layer, least_gap
from vtok.render.drawing.numbers import ordinal
from vtok.render.drawing.panels import in_view, reach
from vtok.render.drawing.scene import Path, Point, Shape, Stroke
from vtok.render.lettering import glued
from vtok.render.palette import DARK_LINE, PATH, on_scale

PIECES = 48
"""Shades from the first colour to the last."""

LEAST = {"patches": 13.0, "tokens": 12.0}
"""Pixels (of a page 1920 wide) between the points of a path below which it cannot be followed."""


class Route(NamedTuple):
    """Whose path is drawn, and its stretches: one for each view or raster, in order.

    `gap` is the least distance between points, in pixels of the page. Of rows and columns every `stride`-th is drawn.
    """

    what: str
    stretches: tuple[tuple[Point, ...], ...]
    gap: float
    stride: int = 1


def order(d: Drawing) -> Layer:
    """The path of patches where they enter block by block and are large enough, else of tokens (or of patches).

    Where these are too small, every second, third or further row and column is drawn, and the legend says so.
    """
    route = _route(d)
    if route is None:
        return Layer()
    every = "" if route.stride == 1 else f", {glued(f'every {ordinal(route.stride)} row')}"
    return Layer(lines=_path(d, route), entry=Entry("order", f"{route.what}, first to last{every}"))


def _route(d: Drawing) -> Route | None:
    gap = least_gap(d.patches)
    blocks = any(view.block_order and view.merge_size > 1 for view in d.panel.drawn_views())
    if blocks and gap >= LEAST["patches"] * d.unit:
        return Route("patches", tuple(_patches(d)), gap)
    what, grids = ("tokens", d.tokens) if d.tokens else ("patches", d.patches)
    gap = least_gap(grids)
    if not gap:
        return None
    stride = ceil(LEAST[what] * d.unit / gap)
    stretches = []
    for grid in grids:
        xs, ys = _middles(grid.xs)[stride // 2 :: stride], _middles(grid.ys)[stride // 2 :: stride]
        stretches.append(tuple((x, y) for y in ys for x in xs))
    return Route(what, tuple(stretches), gap * stride, stride)


def _path(d: Drawing, route: Route) -> Iterator[Shape]:
    """The path, in pieces of one colour each, with an arrow at the end."""
    width = min(5 * d.unit, max(1.5, route.gap / 7))
    faint = 0.7 if "index" in d.layers else 1.0
    # All dark edges first: an edge would cut the piece of another colour before it.
    for points in route.stretches:
        for run, back in _runs(points, route.gap):
            edge = Stroke((0.5 if back else 1.0) * width + max(2.0, width * 0.8), core=DARK_LINE, opacity=0.5 * faint)
            yield Path(points=run, stroke=edge)
    total, done = sum(map(len, route.stretches)), 0
    for number, points in enumerate(route.stretches, 1):
        for run, back in _runs(points, route.gap):
            size = max(2, -(-total // PIECES))
            # A piece ends with the point with which the next one begins, or there would be gaps.
            for start in range(0, len(run) - 1, size):
                share = done / max(1, total - 1)
                core = Stroke((0.5 if back else 1.0) * width, core=on_scale(share, PATH), opacity=faint)
                piece = run[start : start + size + 1]
                last = number == len(route.stretches) and done + len(piece) >= total
                yield Path(points=piece, stroke=core, head=last)
                done += len(piece) - 1
        done += 1


def _runs(points: tuple[Point, ...], gap: float) -> Iterator[tuple[tuple[Point, ...], bool]]:
    """The path cut where it jumps back to the begin of a row; a jump is a run of its own, marked True."""
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
    """The middles of the patches of each view, in the encoder's order."""
    from vtok.geometry.windows import patch_order

    for index in d.panel.views:
        view, covered = d.layout.views[index], reach(d.layout, index)
        if covered is None:
            continue
        _, h, w = view.grid
        middles = [[(i + 0.5) * view.patch_size for i in range(side)] for side in (w, h)]
        across, down = in_view(view, covered, *middles)
        xs, ys = [d.plane.x(x) for x in across], [d.plane.y(y) for y in down]
        places = patch_order((1, h, w), merge_size=view.merge_size, block_order=view.block_order).tolist()
        yield tuple((xs[place % w], ys[place // w]) for place in places)


def _middles(edges: list[float]) -> list[float]:
    return [(a + b) / 2 for a, b in pairwise(edges) if b - a > 0.5]
