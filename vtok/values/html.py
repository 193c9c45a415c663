"""A layout in a notebook: the grid of its tokens as an image, and its facts beside it. Everything is escaped."""

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from vtok.values.pieces import Raster, Size

if TYPE_CHECKING:
    from collections.abc import Sequence

    Facts = Sequence[tuple[str, str]]

SIDE = 320
"""The longer side of the drawing, in CSS pixels."""

LEAST_CELL = 3.0
"""The least distance between lines, in CSS pixels; denser grids are drawn every so many lines."""


def html(original: Size, rasters: "Sequence[tuple[str, Raster]]", facts: "Facts") -> str:
    """HTML of the facts, and of each raster's grid over the image; `rasters` have a colour each."""
    scale = SIDE / max(original)
    width, height = max(1.0, original.width * scale), max(1.0, original.height * scale)
    lines = "".join(line for colour, raster in rasters for line in _lines(raster, colour, scale))
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="-1 -1 {width + 2:.2f} {height + 2:.2f}" role="img" aria-label="grid of tokens">'
        f'<rect width="{width:.2f}" height="{height:.2f}" fill="#8884" stroke="currentColor"/>{lines}</svg>'
    )
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{escape(text)}</td></tr>'
        for name, text in facts
    )
    table = f'<table style="flex:1 1 20em">{rows}</table>'
    return f'<div style="display:flex;gap:1.5em;flex-wrap:wrap;align-items:start">{drawing}{table}</div>'


def _lines(raster: Raster, colour: str, scale: float) -> Iterator[str]:
    """The edges of cells as one path."""
    if not raster.xs:
        return
    left, right, top, bottom = (edge * scale for edge in (raster.xs[0], raster.xs[-1], raster.ys[0], raster.ys[-1]))
    across = "".join(f"M{x * scale:.1f} {top:.1f}V{bottom:.1f}" for x in _thinned(raster.xs, scale))
    down = "".join(f"M{left:.1f} {y * scale:.1f}H{right:.1f}" for y in _thinned(raster.ys, scale))
    yield f'<path d="{across}{down}" fill="none" stroke="{colour}" stroke-width="0.7"/>'


def _thinned(edges: tuple[float, ...], scale: float) -> list[float]:
    """Edges that are far enough apart, the first and the last always."""
    different = sorted(set(edges))
    kept = different[:1]
    for edge in different[1:-1]:
        if (edge - kept[-1]) * scale >= LEAST_CELL and (different[-1] - edge) * scale >= LEAST_CELL:
            kept.append(edge)
    return kept + different[-1:]
