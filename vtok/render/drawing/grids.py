"""Where the lines between patches, tokens and windows lie on the page."""

from functools import cached_property

from vtok.render.drawing.panels import Panel, Plane, in_view, padded_edges, reach, whole_cell
from vtok.values import Span


class Grid:
    """The lines of one grid on the page: `xs` across and `ys` down, in pixels of the page, those at its edges included.

    `span` is the span whose tokens the cells are; None for patches and windows.
    """

    def __init__(self, xs: list[float], ys: list[float], span: Span | None = None) -> None:
        self.xs, self.ys, self.span = xs, ys, span

    @cached_property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell that nothing cuts, in pixels of the page."""
        return whole_cell(self.xs), whole_cell(self.ys)

    @property
    def gap(self) -> float:
        """The lesser side of such a cell."""
        return min(self.cell)


def patch_grids(panel: Panel, plane: Plane) -> list[Grid]:
    """The grid of patches of each view."""
    views = panel.layout.views
    return [grid for i in panel.views for grid in _of_view(panel, plane, i, views[i].patch_size)]


def window_grids(panel: Panel, plane: Plane) -> list[Grid]:
    """The grid of attention windows of each view; none where the encoder has no windows."""
    side = panel.layout.window
    return [grid for i in panel.views for grid in _of_view(panel, plane, i, side)] if side else []


def _of_view(panel: Panel, plane: Plane, index: int, side: int) -> list[Grid]:
    """The grid that cuts the patches of a view every `side` pixels; none where nothing tells where the view lies."""
    view, covered = panel.layout.views[index], reach(panel.layout, index)
    if covered is None:
        return []
    _, h, w = view.grid
    across, down = ([*range(0, patches * view.patch_size, side), patches * view.patch_size] for patches in (w, h))
    xs, ys = in_view(view, covered, across, down)
    return [Grid([plane.x(x) for x in xs], [plane.y(y) for y in ys])]


def token_grids(panel: Panel, plane: Plane) -> list[Grid]:
    """The grid of tokens of each span that has a place, cells of padding included."""
    grids = []
    for span in panel.spans:
        if span.raster and span.sink != "memory" and span.raster.xs:
            xs, ys = padded_edges(span.raster, panel.domain)
            grids.append(Grid([plane.x(x) for x in xs], [plane.y(y) for y in ys], span))
    return grids
