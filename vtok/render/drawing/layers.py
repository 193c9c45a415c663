"""The layers of a panel: what a Layout says about the image, as shapes in three weights of line.

Patches are hair-thin, tokens clear, windows and tiles strong. Lines thin out where cells are small, so that the image
stays the image.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

from vtok.render.drawing.panels import Panel, Plane, in_view, padded_edges, reach
from vtok.render.drawing.scene import Fill, Frames, Hatch, Label, Lattice, Photo, Shape, Stroke, common
from vtok.render.lettering import CAP_HEIGHT, width
from vtok.render.palette import DARK_LINE, LIGHT_LINE, Theme, neighbour
from vtok.values import Box, Layout, Size

LAYERS = {
    "patches": "what the encoder embeds, one by one",
    "tokens": "the merged grid: what the language model gets",
    "windows": "the blocks within which windowed layers attend",
    "tiles": "the crops that the encoder gets, in sequence order",
    "order": "the path along which patches or tokens enter",
    "index": "token numbers, where they fit",
    "mrope": "position ids: time, row and column",
    "content": "the image as coarse as the model sees it, and what is cut away",
}
"""Each layer and what it shows, from the bottom up."""

ORIGINAL = "original"
"""The name of the image's pixels in a scene."""

LEAST_PITCH = 3.5
"""Pixels (of a page 1920 wide) between lines below which a lattice would only be a veil."""

AT_EASE = 48.0
"""Pixels between lines from which on they do not touch the image's peace: nothing is taken from its contrast."""

COMFORT = 8.0
"""Pixels between lines that leave the image at ease: what is drawn when nobody asks."""


class Weight(NamedTuple):
    """A weight of line: its width in pixels of a page 1920 wide, the most of a cell it may take, its opacity."""

    width: float
    share: float
    opacity: float


HAIR, CLEAR, STRONG = Weight(1, 0.05, 0.6), Weight(2, 0.07, 0.95), Weight(5, 0.06, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One panel at its place: what it shows, in which theme, and `unit`, the pixels of a page 1920 wide.

    Lines are at least `least` such pixels apart. `image` names the image in the scene.
    """

    panel: Panel
    place: Box
    layers: tuple[str, ...]
    theme: Theme
    unit: float
    photo: bool = True
    ids: Mapping[int, Any] = field(default_factory=dict)
    image: str = ORIGINAL
    least: float = LEAST_PITCH

    @property
    def plane(self) -> Plane:
        """From the original's pixels to the page."""
        return Plane(self.panel.domain, self.place)

    @property
    def scale(self) -> float:
        """As `unit`, for what a pixel limits: no line is thinner than one."""
        return max(self.unit, 0.75)

    @property
    def layout(self) -> Layout:
        """The layout that is drawn."""
        return self.panel.layout


def default_layers(layout: Layout) -> tuple[str, ...]:
    """What is worth showing of this layout when nobody asks: of it, what is large enough is drawn (see `wanted`)."""
    found = tuple(name for name in ("tokens", "windows", "tiles") if has(layout, name))
    return found if "tokens" in found and not layout.global_view.merge_size > 1 else ("patches", *found)


def worthwhile(d: Drawing) -> Drawing:
    """The drawing without grids that are too dense to be seen through: what is drawn when nobody asks."""
    limits = (("patches", 1.75 * COMFORT), ("tokens", COMFORT))
    small = {name for name, least in limits if pitch(d.panel, d.place, name) < least * d.scale}
    if "windows" not in d.layers:
        small -= {"tokens"}
    return replace(d, layers=tuple(name for name in d.layers if name not in small), least=COMFORT)


def has(layout: Layout, layer: str) -> bool:
    """Whether there is anything of that layer in the layout (ids are the caller's to know)."""
    if layer == "windows":
        return bool(layout.window)
    if layer == "tiles":
        return any(view.kind == "tile" for view in layout.views)
    if layer in ("tokens", "index"):
        return any(span.raster for span in layout.sink("prompt", "output", "cross"))
    return layer in LAYERS


def pitch(panel: Panel, place: Box, layer: str) -> float:
    """Pixels of the page between the lines of a layer, the closer of the two directions."""
    plane = Plane(panel.domain, place)
    if layer == "tokens":
        found = [side for xs, ys in token_edges(panel, plane) for side in (_gap(xs), _gap(ys))]
    else:
        found = [side for xs, ys in patch_edges(panel, plane) for side in (_gap(xs), _gap(ys))]
    return min((side for side in found if side), default=0.0)


def ground(d: Drawing) -> Iterator[Shape]:
    """The image itself: padding hatched around it; as coarse as the model has it under `content` or on its canvas."""
    original = Box.of(d.layout.original)
    inside = common(original, d.panel.domain) or d.panel.domain
    if inside != d.panel.domain:
        yield Hatch(
            box=d.place, ground=d.theme.padding, colour=d.theme.hatch, gap=18 * d.unit, width=max(1.0, 2 * d.unit)
        )
    box = d.plane.box(inside)
    if d.photo:
        yield Photo(
            box=box,
            image=d.image,
            source=inside,
            of=d.layout.original,
            seen=_seen(d.panel, inside) if "content" in d.layers else None,
            calm=_calm(d),
        )
    else:
        yield Fill(boxes=(box,), colour=d.theme.blank)


def _seen(panel: Panel, inside: Box) -> Size:
    """The size at which the model has this part of the image."""
    width = panel.seen.width * inside.width / panel.domain.width
    height = panel.seen.height * inside.height / panel.domain.height
    return Size(max(1, round(height)), max(1, round(width)))


def _calm(d: Drawing) -> float:
    """How much contrast is taken from the image: more under a dense grid."""
    gaps = [pitch(d.panel, d.place, layer) for layer in ("tokens", "patches") if layer in d.layers]
    gaps += [min(_gap(xs), _gap(ys)) for xs, ys in window_edges(d)] if "windows" in d.layers else []
    dense = min((gap for gap in gaps if gap >= LEAST_PITCH * d.scale), default=AT_EASE * d.unit)
    return 0.22 * max(0.0, min(1.0, (AT_EASE * d.unit - dense) / ((AT_EASE - COMFORT) * d.unit)))


def dimmed(d: Drawing) -> Iterator[Shape]:
    """A veil over what the model cuts away."""
    original = Box.of(d.layout.original)
    kept = _kept(d.panel)
    if kept is None:
        return
    left, top, right, bottom = kept
    around = (
        Box(original.left, original.top, original.right, top),
        Box(original.left, bottom, original.right, original.bottom),
        Box(original.left, top, left, bottom),
        Box(right, top, original.right, bottom),
    )
    inside = (common(box, d.panel.domain) for box in around)
    boxes = tuple(d.plane.box(box) for box in inside if box and box.width > 0.01 and box.height > 0.01)
    if boxes:
        yield Fill(boxes=boxes, colour=DARK_LINE, opacity=0.62)


def _kept(panel: Panel) -> Box | None:
    """The part of the original that any view shows."""
    shown = [view.source for view in panel.layout.main_views if view.source.width > 0 and view.source.height > 0]
    if not shown:
        return None
    return Box(
        min(b.left for b in shown), min(b.top for b in shown), max(b.right for b in shown), max(b.bottom for b in shown)
    )


def is_cut(panel: Panel) -> bool:
    """Whether the model cuts some of the image away."""
    kept, whole = _kept(panel), Box.of(panel.layout.original)
    return kept is not None and any(abs(a - b) > 0.5 for a, b in zip(kept, whole, strict=True))


def patches(d: Drawing) -> Iterator[Shape]:
    """Hair lines between patches, without those that are lines between tokens as well."""
    clear = list(token_edges(d.panel, d.plane)) if "tokens" in d.layers else []
    used_x = [x for xs, _ in clear for x in xs]
    used_y = [y for _, ys in clear for y in ys]
    for xs, ys in patch_edges(d.panel, d.plane):
        stroke = _stroke(d, min(_gap(xs), _gap(ys)), HAIR)
        if stroke:
            yield from _lattice(d, xs, ys, stroke, among=(_without(xs, used_x), _without(ys, used_y)))


def tokens(d: Drawing) -> Iterator[Shape]:
    """Clear lines between tokens; between blocks of them where they are too small."""
    block = coarseness(d)
    for xs, ys in token_edges(d.panel, d.plane):
        stroke = _stroke(d, block * min(_gap(xs), _gap(ys)), CLEAR)
        if stroke:
            yield from _lattice(d, xs, ys, stroke, among=(_every(xs, block), _every(ys, block)))


def coarseness(d: Drawing) -> int:
    """Every how many rows and columns a line is drawn between tokens: a power of two, 1 where they are large enough."""
    gap, block = pitch(d.panel, d.place, "tokens"), 1
    while 0 < gap * block < d.least * d.scale:
        block *= 2
    return block


def _every(edges: Sequence[float], block: int) -> list[float]:
    return list(edges) if block == 1 else [*edges[::block], edges[-1]]


def tints(d: Drawing) -> Iterator[Shape]:
    """A thin tint for each window, in four colours by row and column."""
    for xs, ys in window_edges(d):
        blocks: dict[str, list[Box]] = {}
        for row, (top, low) in enumerate(pairwise(ys)):
            for column, (left, far) in enumerate(pairwise(xs)):
                blocks.setdefault(neighbour(row, column), []).append(Box(left, top, far, low))
        for colour, boxes in sorted(blocks.items()):
            yield Fill(boxes=tuple(boxes), colour=colour, opacity=_tint(d, min(_gap(xs), _gap(ys))))


def _tint(d: Drawing, gap: float) -> float:
    """Thinner where windows are many, so that the photo stays the photo."""
    return 0.15 + 0.09 * min(1.0, gap / (160 * d.unit)) if d.photo else 0.62


def windows(d: Drawing) -> Iterator[Shape]:
    """Strong lines between windows."""
    for xs, ys in window_edges(d):
        stroke = _stroke(d, min(_gap(xs), _gap(ys)), STRONG)
        if stroke:
            yield from _lattice(d, xs, ys, stroke)


def window_numbers(d: Drawing) -> Iterator[Shape]:
    """The place of each window in the encoder's order, on a diagram: a photo would suffer."""
    if d.photo:
        return
    for xs, ys in window_edges(d):
        count = (len(xs) - 1) * (len(ys) - 1)
        size = min(0.34 * min(_gap(xs), _gap(ys)), 52 * d.unit)
        if size < 20 * d.unit:
            continue
        for number in range(count):
            row, column = divmod(number, len(xs) - 1)
            middle = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2 + size * CAP_HEIGHT / 2
            room = min(xs[column + 1] - xs[column], ys[row + 1] - ys[row])
            if room > size * 1.2:
                yield Label(at=middle, text=str(number), size=size, colour=d.theme.ink, bold=True, anchor="middle")


def window_edges(d: Drawing) -> Iterator[tuple[list[float], list[float]]]:
    """The lines between the windows of each view, on the page: across and down."""
    side = d.layout.window
    if not side:
        return
    for index in d.panel.views:
        view, reached = d.layout.views[index], reach(d.layout, index)
        if reached is None:
            continue
        _, h, w = view.grid
        right, bottom = w * view.patch_size, h * view.patch_size
        xs, ys = in_view(view, reached, [*range(0, right, side), right], [*range(0, bottom, side), bottom])
        yield [d.plane.x(x) for x in xs], [d.plane.y(y) for y in ys]


def tiles(d: Drawing) -> Iterator[Shape]:
    """Strong lines where the canvas is cut."""
    stroke = Stroke(max(2.0, STRONG.width * d.unit), edge_width=max(1.0, 2 * d.unit), edge_opacity=0.4)
    out = stroke.width + 2 * stroke.edge_width
    boxes = [_beyond(box, d.place, out) for _, box in _tile_boxes(d)]
    cut = tuple(box for box in boxes if common(box, d.place) != d.place)
    if cut:
        yield Frames(boxes=cut, stroke=stroke, clip=d.place)


def badges(d: Drawing) -> Iterator[Shape]:
    """The place of each tile in the sequence, on a dark plate in the tile's corner."""
    for text, (plate, size) in plates(d).items():
        yield Fill(boxes=(plate,), colour=DARK_LINE, opacity=0.9)
        at = (plate.left + plate.right) / 2, (plate.top + plate.bottom) / 2 + size * CAP_HEIGHT / 2
        yield Label(at=at, text=text, size=size, colour=LIGHT_LINE, bold=True, anchor="middle")


def plates(d: Drawing) -> dict[str, tuple[Box, float]]:
    """For the place of each tile in the sequence its plate and its size of type; tiles that are too small have none."""
    numbers = sequence_numbers(d.layout)
    found = {}
    for index, box in _tile_boxes(d):
        text, side = str(numbers[index]), min(box.width, box.height)
        size = max(24 * d.unit, min(36 * d.unit, 0.16 * side))
        if size * 1.6 <= side:
            wide = max(width(text, size, bold=True) + size * 0.7, size * 1.45)
            found[text] = Box(box.left, box.top, box.left + wide, box.top + size * 1.45), size
    return found


def _tile_boxes(d: Drawing) -> list[tuple[int, Box]]:
    return [(i, d.plane.box(box)) for i in d.panel.views if (box := reach(d.layout, i))]


def sequence_numbers(layout: Layout) -> dict[int, int]:
    """The place, from 1 on, of each view in the order in which the language model gets their features.

    Where one span carries several views (a stitched map), these count in the encoder's order.
    """
    met = dict.fromkeys(i for span in layout.spans for i in span.views)
    met |= dict.fromkeys(i for i in range(len(layout.views)) if i not in met)
    return {index: place for place, index in enumerate(met, 1)}


def patch_edges(panel: Panel, plane: Plane) -> Iterator[tuple[list[float], list[float]]]:
    """The lines between the patches of each view, on the page: across and down."""
    for index in panel.views:
        view, reached = panel.layout.views[index], reach(panel.layout, index)
        if reached is None:
            continue
        _, h, w = view.grid
        marks = [[i * view.patch_size for i in range(side + 1)] for side in (w, h)]
        xs, ys = in_view(view, reached, *marks)
        yield [plane.x(x) for x in xs], [plane.y(y) for y in ys]


def token_edges(panel: Panel, plane: Plane) -> Iterator[tuple[list[float], list[float]]]:
    """The lines between the tokens of each raster, on the page: across and down."""
    for span in panel.spans:
        if span.raster and span.sink != "memory" and span.raster.xs:
            xs, ys = padded_edges(span.raster, panel.domain)
            yield [plane.x(x) for x in xs], [plane.y(y) for y in ys]


def _stroke(d: Drawing, gap: float, weight: Weight) -> Stroke | None:
    """A line of this weight, thinner and fainter where lines are close; None where they would be a veil."""
    if gap < LEAST_PITCH * d.scale:
        return None
    core = max(1.0, round(min(weight.width * d.unit, gap * weight.share)))
    strength = weight.opacity * (0.3 + 0.7 * min(1.0, gap * weight.share / (weight.width * d.unit)))
    return Stroke(core, opacity=strength, edge_width=max(1.0, round(core * 0.5)), edge_opacity=0.42 * strength)


def _lattice(
    d: Drawing,
    xs: Sequence[float],
    ys: Sequence[float],
    stroke: Stroke,
    *,
    among: tuple[Sequence[float], Sequence[float]] | None = None,
) -> Iterator[Lattice]:
    """Lines at these places, or at those `among` them; the edge of the panel itself needs none."""
    box = common(Box(xs[0], ys[0], xs[-1], ys[-1]), d.place) or d.place
    across, down = among or (xs, ys)
    inner_xs = _thinned(x for x in across if d.place.left + 1 < x < d.place.right - 1)
    inner_ys = _thinned(y for y in down if d.place.top + 1 < y < d.place.bottom - 1)
    if inner_xs or inner_ys:
        yield Lattice(box=box, xs=inner_xs, ys=inner_ys, stroke=stroke)


def _beyond(box: Box, place: Box, out: float) -> Box:
    """The box, with those sides outside the panel that lie along its edge."""
    return Box(
        box.left - (out if box.left < place.left + 1 else 0),
        box.top - (out if box.top < place.top + 1 else 0),
        box.right + (out if box.right > place.right - 1 else 0),
        box.bottom + (out if box.bottom > place.bottom - 1 else 0),
    )


def _gap(edges: Sequence[float]) -> float:
    """The size of a whole cell: the median of those with area; of a single one its own."""
    sizes = sorted(b - a for a, b in pairwise(edges) if b - a > 1e-6)
    return sizes[len(sizes) // 2] if sizes else 0.0


def _thinned(edges: Iterable[float]) -> tuple[float, ...]:
    """Without edges that coincide."""
    return tuple(dict.fromkeys(round(edge, 3) for edge in edges))


def _without(edges: Sequence[float], used: Sequence[float]) -> tuple[float, ...]:
    """Without edges that are drawn already."""
    taken = {round(edge * 2) for edge in used}
    taken |= {mark + side for mark in taken for side in (-1, 1)}
    return tuple(edge for edge in edges if round(edge * 2) not in taken)
