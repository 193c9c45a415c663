"""A panel at its place on the page, and what each of its layers returns: shapes, a line of the legend, notes.

Which layers there are is decided here, too: which a layout has, which are drawn unless the user asks for others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from vtok.render.drawing import LAYERS
from vtok.render.drawing.grids import Grid, patch_grids, token_grids, window_grids
from vtok.render.drawing.panels import Panel, Plane
from vtok.render.drawing.scene import Shape, Stroke
from vtok.render.palette import Theme
from vtok.values import Box, Layout

ORIGINAL = "original"
"""The name of the image's pixels in a scene."""

LEAST_GAP = 3.5
"""Pixels (of a page 1920 wide) between lines below which a grid would hide the image."""

COMFORT = 8.0
"""Pixels between lines from which on a grid is drawn unless the user asks for others."""


class Weight(NamedTuple):
    """A weight of line: its width in pixels of a page 1920 wide, the most of a cell it may take, its opacity."""

    width: float
    share: float
    opacity: float


HAIR, CLEAR, STRONG = Weight(1, 0.05, 0.6), Weight(2, 0.07, 0.95), Weight(5, 0.06, 1.0)


class Entry(NamedTuple):
    """A line of the legend: the sign that stands before it, and its text."""

    sign: str
    text: str


class Layer(NamedTuple):
    """What one layer adds to a drawing.

    `tints` lie under the lines of all layers, `labels` on them. These three may be generators: they are read once.
    `entry` is the layer's line of the legend, None where nothing is drawn; `notes` say what could not be drawn.
    """

    tints: Iterable[Shape] = ()
    lines: Iterable[Shape] = ()
    labels: Iterable[Shape] = ()
    entry: Entry | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One panel at its place: what it shows, in which theme, and `unit`, the pixels of a page 1920 wide.

    Lines are at least `least` such pixels apart. `image` names the image in the scene; without `photo` the panel is a
    diagram. `ids` are position ids, shape (3, t, rows, columns), by the identity of their span; `axis` is the one that
    colours the panel, None where ids are numbers.
    """

    panel: Panel
    place: Box
    layers: tuple[str, ...]
    theme: Theme
    unit: float
    photo: bool = True
    ids: Mapping[int, Any] = field(default_factory=dict)
    axis: int | None = None
    image: str = ORIGINAL
    least: float = LEAST_GAP

    @property
    def layout(self) -> Layout:
        """The layout that is drawn."""
        return self.panel.layout

    @property
    def plane(self) -> Plane:
        """From the original's pixels to the page."""
        return Plane(self.panel.domain, self.place)

    @property
    def scale(self) -> float:
        """As `unit`, for what a pixel limits: no line is thinner than one."""
        return max(self.unit, 0.75)

    @property
    def over(self) -> str:
        """The image on which the layers lie; empty on a diagram."""
        return self.image if self.photo else ""

    @cached_property
    def patches(self) -> list[Grid]:
        """The grids of patches on the page."""
        return patch_grids(self.panel, self.plane)

    @cached_property
    def tokens(self) -> list[Grid]:
        """The grids of tokens on the page."""
        return token_grids(self.panel, self.plane)

    @cached_property
    def windows(self) -> list[Grid]:
        """The grids of windows on the page."""
        return window_grids(self.panel, self.plane)

    def stroke(self, gap: float, weight: Weight) -> Stroke | None:
        """A line of this weight, thinner and fainter where lines are close; None where they are too close."""
        if gap < LEAST_GAP * self.scale:
            return None
        core = max(1.0, round(min(weight.width * self.unit, gap * weight.share)))
        strength = weight.opacity * (0.3 + 0.7 * min(1.0, gap * weight.share / (weight.width * self.unit)))
        return Stroke(core, opacity=strength, edge_width=max(1.0, round(core * 0.5)), edge_opacity=0.42 * strength)


def has(layout: Layout, layer: str) -> bool:
    """Whether there is anything of that layer in the layout (ids are the caller's to know)."""
    if layer == "windows":
        return bool(layout.window)
    if layer == "tiles":
        return any(view.kind == "tile" for view in layout.views)
    if layer == "patches":
        return not layout.hides_patches
    if layer in ("tokens", "index"):
        return any(span.raster for span in layout.sink("prompt", "output", "cross"))
    return layer in LAYERS


def default_layers(layout: Layout) -> tuple[str, ...]:
    """The layers of a layout unless the user asks for others; `worthwhile` drops those that are too dense."""
    layers = tuple(name for name in ("tokens", "windows", "tiles") if has(layout, name))
    if layout.hides_patches:
        return layers
    return layers if "tokens" in layers and not layout.global_view.merge_size > 1 else ("patches", *layers)


def worthwhile(d: Drawing) -> Drawing:
    """The drawing without grids that are too dense to be seen through."""
    limits = (("patches", d.patches, 1.75 * COMFORT), ("tokens", d.tokens, COMFORT))
    dense = {name for name, grids, least in limits if least_gap(grids) < least * d.scale}
    if "windows" not in d.layers:
        dense -= {"tokens"}  # drawn in blocks
    return replace(d, layers=tuple(name for name in d.layers if name not in dense), least=COMFORT)


def least_gap(grids: Iterable[Grid]) -> float:
    """The least side of the cells of some grids, in pixels of the page; 0 where there are none."""
    return min((grid.gap for grid in grids if grid.gap), default=0.0)
