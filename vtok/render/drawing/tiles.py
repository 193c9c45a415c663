"""The tiles of a panel: where the canvas is cut, and the number of each tile."""

from collections.abc import Iterator, Sequence

from vtok.render.drawing.drawings import STRONG, Drawing, Entry, Layer
from vtok.render.drawing.panels import reach
from vtok.render.drawing.scene import Fill, Frames, Label, Shape, Stroke, common
from vtok.render.lettering import CAP_HEIGHT, glued, width
from vtok.render.palette import DARK_LINE, LIGHT_LINE
from vtok.values import Box, Layout

LEAST_BADGE, GREATEST_BADGE = 24, 36
"""Sizes of type of a tile's number, in pixels of a page 1920 wide."""

PLATE = 1.45
"""Height of the plate under a tile's number, as a multiple of its size of type."""


def tiles(d: Drawing) -> Layer:
    """Strong lines where the canvas is cut, and the number of each tile on a dark plate in its corner."""
    boxes = tile_boxes(d)
    tiled = [i for i, _ in boxes if d.layout.views[i].kind == "tile"]
    if not tiled:
        return Layer(labels=_badges(d)) if d.panel.thumbnail else Layer()
    notes = []
    if any(span.raster and len(set(span.views) & set(tiled)) > 1 for span in d.panel.spans):
        notes.append("tokens go row by row across all tiles, not tile by tile")
    shared = overlap(d.layout)
    if shared:
        notes.append(f"neighbouring tiles overlap by {glued(f'{shared} px')}")
    numbered = ", with the number of its view" if plates(d) else ""
    entry = Entry("tiles", f"tile{numbered}")
    return Layer(lines=_tile_lines(d, boxes), labels=_badges(d), entry=entry, notes=tuple(notes))


def _tile_lines(d: Drawing, boxes: Sequence[tuple[int, Box]]) -> Iterator[Shape]:
    stroke = Stroke(max(2.0, STRONG.width * d.unit), edge_width=max(1.0, 2 * d.unit), edge_opacity=0.4)
    out = stroke.width + 2 * stroke.edge_width
    outlines = [_beyond(box, d.place, out) for _, box in boxes]
    drawn = tuple(box for box in outlines if common(box, d.place) != d.place)
    if drawn:
        yield Frames(boxes=drawn, stroke=stroke, clip=d.place, over=d.over)


def _badges(d: Drawing) -> Iterator[Shape]:
    for text, (plate, size) in plates(d).items():
        yield Fill(boxes=(plate,), colour=DARK_LINE, opacity=0.9)
        at = (plate.left + plate.right) / 2, (plate.top + plate.bottom) / 2 + size * CAP_HEIGHT / 2
        yield Label(at=at, text=text, size=size, colour=LIGHT_LINE, bold=True, anchor="middle")


def plates(d: Drawing) -> dict[str, tuple[Box, float]]:
    """For the number of each tile (its index in the layout's views) its plate and size of type.

    None for tiles that are too small, and where tiles are not drawn.
    """
    placed = {}
    for index, box in tile_boxes(d) if "tiles" in d.layers else ():
        text, side = str(index), min(box.width, box.height)
        size = max(LEAST_BADGE * d.unit, min(GREATEST_BADGE * d.unit, 0.16 * side))
        if 2 * PLATE * size <= side:  # a plate that takes more would hide the tile
            wide = max(width(text, size, bold=True) + size * 0.7, size * PLATE)
            placed[text] = Box(box.left, box.top, box.left + wide, box.top + size * PLATE), size
    return placed


def tile_boxes(d: Drawing) -> list[tuple[int, Box]]:
    """The index of each view of the panel, and where it lies on the page."""
    return [(i, d.plane.box(box)) for i in d.panel.views if (box := reach(d.layout, i))]


def overlap(layout: Layout) -> int:
    """How many pixels of a tile its neighbour shows as well; 0 where tiles only touch."""
    tiles = [view for view in layout.main_views if view.kind == "tile"]
    columns = (layout.tiles or (1, 1))[0] or 1
    shared = 0.0
    for axis, step in ((0, 1), (1, columns)):
        one, other = tiles[0], tiles[step] if step < len(tiles) else tiles[0]
        source, content = one.source, one.content
        if one is other or (axis == 0 and columns == 1) or source[axis + 2] <= source[axis]:
            continue
        scale = (content[axis + 2] - content[axis]) / (source[axis + 2] - source[axis])
        shared = max(shared, (source[axis + 2] - other.source[axis]) * scale)
    return round(shared)


def _beyond(box: Box, place: Box, out: float) -> Box:
    """The box, with those sides outside the panel that lie along its edge."""
    return Box(
        box.left - (out if box.left < place.left + 1 else 0),
        box.top - (out if box.top < place.top + 1 else 0),
        box.right + (out if box.right > place.right - 1 else 0),
        box.bottom + (out if box.bottom > place.bottom - 1 else 0),
    )
