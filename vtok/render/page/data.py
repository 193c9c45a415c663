"""What the page knows of a layout: plain JSON that grows with views, rows and columns, never with tokens.

The page computes the box of a token from the edges of its raster, as `Layout.token_map` does. Boxes are in pixels of
the original. Keys that do not apply are left out, and edges that several rasters share are written once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.render.drawing.drawings import default_layers, has
from vtok.render.drawing.panels import Panel, padded_edges, panels, reach, reach_of
from vtok.render.drawing.scene import union
from vtok.render.drawing.words import cost, facts, origin, size
from vtok.render.lettering import UNBREAKABLE
from vtok.values import Box, Layout, Size, Span, View

if TYPE_CHECKING:
    from vtok.geometry.positions import Positions

LAYERS = ("patches", "tokens", "windows", "tiles", "order")
"""The layers of an overlay that the page has, too; it draws padding for itself."""


class Cost(NamedTuple):
    """One cost of a model: its name, and the value as people read it."""

    name: str
    text: str


class Edges(list[list[float]]):
    """Lists of edges, each kept once."""

    def __init__(self) -> None:
        self._known: dict[tuple[float, ...], int] = {}

    def number(self, edges: Sequence[float]) -> int:
        """The number of this list of edges."""
        key = tuple(edges)
        if key not in self._known:
            self._known[key] = len(self)
            self.append(list(_plain(key)))
        return self._known[key]


def layout_data(
    layout: Layout, *, title: str, photo: int | None, positions: "Positions | None" = None, costs: Iterable[Cost] = ()
) -> dict[str, Any]:
    """The JSON of one layout. `photo` is the number of its image in the page; `positions` are its M-RoPE ids."""
    edges = Edges()
    spans = _sequence(layout)
    number, unit = cost(layout)
    return {
        "title": title,
        "origin": origin(layout, title),
        "number": number,
        "unit": unit,
        "sequence": layout.token_map().sequence,
        "size": _size(layout.original),
        "orientation": 1 if layout.turned else layout.media.orientation,
        "photo": photo,
        "video": layout.media.is_video,
        "fps": layout.media.fps,
        "numFrames": layout.media.num_frames,
        "tiles": layout.tiles,
        "window": layout.window,
        "fullLayers": layout.full_layers,
        "layers": [name for name in LAYERS if has(layout, "tokens" if name == "order" else name)],
        "visible": default_layers(layout),
        "views": [_view(layout, i, view) for i, view in enumerate(layout.views)],
        "spans": [_span(span, edges, ids) for span, ids in _with_ids(spans, positions)],
        "panels": _panels(layout, spans, edges),
        "edges": edges,
        "facts": [(name, text.replace(UNBREAKABLE, " ")) for name, text in facts(layout)],
        "steps": [(step.name, size(step.before), size(step.after), step.reason) for step in layout.steps],
        "notes": layout.notes,
        "costs": list(costs),
    }


def _size(size: Size) -> list[int]:
    """Width and height, as a browser has them."""
    return [size.width, size.height]


def _plain(numbers: Sequence[float]) -> Iterator[float]:
    """Numbers as JSON writes them shortest: those that are whole without a point."""
    return (int(number) if number == int(number) else number for number in numbers)


def _box(box: Box) -> list[float]:
    return list(_plain(box))


def _view(layout: Layout, index: int, view: View) -> dict[str, Any]:
    """One view: its size, its grid, what it shows of the original, and what it covers with its padding."""
    covered = reach(layout, index) if view.encoder == "main" else None
    return {
        "kind": view.kind,
        **({} if view.encoder == "main" else {"encoder": view.encoder}),
        "size": _size(view.size),
        "grid": view.grid,
        "patch": view.patch_size,
        "merge": view.merge_size,
        "source": _box(view.source),
        **({"reach": _box(covered)} if covered else {}),
        **({"frames": view.frames} if view.frames else {}),
    }


def _sequence(layout: Layout) -> list[Span]:
    """The spans of the sequence that the page draws: the prompt, else the memory that is read by cross-attention."""
    return list(layout.sink("cross") if layout.token_map().sequence == "cross" else layout.sink("prompt", "output"))


def _with_ids(spans: Sequence[Span], positions: "Positions | None") -> Iterator[tuple[Span, dict[str, Any]]]:
    """Spans with their first position ids; those with a place also with the time offsets of their steps."""
    segments = {id(segment.span): segment for segment in positions.segments} if positions else {}
    for span in spans:
        segment = segments.get(id(span))
        ids: dict[str, Any] = {"first": segment.t[0]} if segment else {}
        if segment and segment.block:
            ids = {"first": segment.block.first, "offsets": segment.block.offsets}
        yield span, ids


def _span(span: Span, edges: Edges, ids: dict[str, Any]) -> dict[str, Any]:
    """One span; of its row end the kind, the text and the number of positions."""
    plain: dict[str, Any] = {"kind": span.kind, "count": span.count, "token": int(span.is_token)}
    optional = {"text": span.text, "time": span.time, "views": span.views, "estimated": span.estimated}
    plain |= {name: value for name, value in optional.items() if value not in ("", None, (), False)}
    raster, end = span.raster, span.row_end
    if raster:
        plain |= {"t": raster.t, "rows": raster.rows, "columns": raster.columns}
        plain |= {"x": edges.number(raster.xs), "y": edges.number(raster.ys)} if raster.xs else {}
        plain |= {"frames": raster.frames} if raster.frames else {}
    if end:
        row_end = {"kind": end.kind, "count": end.count, "token": int(end.is_token), "text": end.text}
        plain |= {"end": row_end, "lastEnd": int(span.last_row_end)}
    return plain | ids


def _panels(layout: Layout, spans: Sequence[Span], edges: Edges) -> list[dict[str, Any]]:
    """The images that the page draws of a layout: the whole or the tiles, then the thumbnail; of a video one frame."""
    number = {id(span): i for i, span in enumerate(spans)}
    if not layout.media.is_video:
        return [_panel(panel, number, edges) for panel in panels(layout)]
    views = tuple(i for i, view in enumerate(layout.views) if view.encoder == "main")
    domain = union([reach_of(layout, views), Box.of(layout.original)])
    every = tuple(span for span in layout.spans if span.raster)
    return [_panel(replace(panels(layout)[0], views=views, spans=every, domain=domain), number, edges)]


def _panel(panel: Panel, number: Mapping[int, int], edges: Edges) -> dict[str, Any]:
    """One image: the part of the original's plane that it shows, and where the cells of its spans are drawn.

    Cells of padding lie outside of the original there; the edges of a Raster are clamped to it. `number` is that of a
    span in the sequence.
    """
    drawn = []
    for span in panel.spans:
        if span.raster and span.raster.xs and id(span) in number:
            xs, ys = padded_edges(span.raster, panel.domain)
            drawn.append([number[id(span)], edges.number(xs), edges.number(ys)])
    name = "thumbnail" if panel.thumbnail else "tiles" if panel.drawn_views()[0].kind == "tile" else "image"
    return {"name": name, "domain": _box(panel.domain), "views": panel.views, "spans": drawn}
