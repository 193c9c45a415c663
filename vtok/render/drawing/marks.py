"""Boxes and points marked on the image, each with its label: tokens, the pixel that was asked for, a model's boxes."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vtok.render import lettering
from vtok.render.drawing.drawings import ORIGINAL
from vtok.render.drawing.scene import Fill, Frames, Label, Path, Photo, Scene, Shape, Stroke, common, union
from vtok.render.palette import DARK_LINE, LIGHT_LINE, NEIGHBOURS, Colour, rgb
from vtok.values import Box, Size

WIDTH = 1920
"""The width of a page, in pixels, for which sizes of type and lines are written down; others scale."""

TYPE, LEAST_TYPE = 26, 12
"""The size of labels, and the least in pixels of any page."""

TINT = 0.22
"""How strong the colour of a marked box is."""


DENSE = 16
"""How many times as wide as its outline a box is, at least, where many lie side by side."""

FEW = 64
"""How many boxes of a mark a label keeps away from."""


class Mark(NamedTuple):
    """Boxes in pixels of the image that share a label and a colour; a box without area is a point.

    `tinted` fills them with a thin tint.
    """

    boxes: tuple[Box, ...]
    label: str = ""
    colour: Colour = LIGHT_LINE
    tinted: bool = True


def colour(number: int) -> Colour:
    """The colour of a mark among others."""
    return NEIGHBOURS[(number + 1) % len(NEIGHBOURS)]


def marked(original: Size, marks: Sequence[Mark], *, width: int | None = None, photo: bool = True) -> Scene:
    """The whole image with its marks, `width` pixels wide: by default its own width, at most WIDTH.

    What lies outside of the image is not drawn; a label stands beside its box where it covers no other one.
    """
    width = width or min(original.width, WIDTH)
    scale = width / original.width
    size = Size(max(1, round(original.height * scale)), width)
    page, unit = Box.of(size), width / WIDTH
    ground: Shape = Fill(boxes=(page,), colour="#e3e6e9")
    if photo:
        ground = Photo(box=page, image=ORIGINAL, source=Box.of(original), of=original)
    on_page = [mark._replace(boxes=tuple(_scaled(box, scale) for box in mark.boxes)) for mark in marks]
    tints = [shape for mark in on_page for shape in _tint(mark, page, over=ORIGINAL if photo else "")]
    lines = [shape for mark in on_page for shape in _outline(mark, page, max(unit, 0.5))]
    labels = _labels(on_page, page, max(TYPE * unit, LEAST_TYPE))
    return Scene(size=size, ground=LIGHT_LINE, shapes=(ground, *tints, *lines, *labels))


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(edge * scale for edge in box))


def _is_point(box: Box) -> bool:
    return box.width <= 0 and box.height <= 0


def _tint(mark: Mark, page: Box, *, over: str) -> Iterator[Shape]:
    boxes = tuple(inside for box in mark.boxes if (inside := common(box, page)))
    if boxes and mark.tinted:
        yield Fill(boxes=boxes, colour=mark.colour, opacity=TINT, over=over)


def _outline(mark: Mark, page: Box, unit: float) -> Iterator[Shape]:
    """The outlines of boxes; a cross at each point."""
    width = max(2.0, 4 * unit)
    boxes = tuple(box for box in mark.boxes if not _is_point(box) and common(box, page))
    if boxes:
        cell = min(min(box.width, box.height) for box in boxes)
        stroke = Stroke(width, core=mark.colour, edge_width=max(1.0, 1.5 * unit), edge_opacity=0.8)
        if len(boxes) > 1 and cell < DENSE * width:  # lines that would leave little of the image between them
            stroke = Stroke(max(1.0, cell / DENSE), core=mark.colour, opacity=0.7)
        yield Frames(boxes=boxes, stroke=stroke, clip=page)
    arm = max(7.0, 16 * unit)
    for box in mark.boxes:
        if _is_point(box) and page.left <= box.left <= page.right and page.top <= box.top <= page.bottom:
            x, y = box.left, box.top
            for ends in (((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))):
                yield Path(points=ends, stroke=Stroke(width + 2 * max(1.0, unit), core=DARK_LINE))
            for ends in (((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))):
                yield Path(points=ends, stroke=Stroke(width, core=mark.colour))


def _labels(marks: Sequence[Mark], page: Box, size: float) -> list[Shape]:
    """A plate with its text for each mark: above its boxes, else below or within, where no other plate stands."""
    taken: list[Box] = []
    shapes: list[Shape] = []
    drawn = [box for mark in marks for box in mark.boxes[:FEW]]
    for mark in marks:
        inside = [box for box in mark.boxes if _touches(box, page)]
        if not mark.label or not inside:
            continue
        text = lettering.shortened(mark.label, size, page.width * 0.9)
        wide = lettering.width(text, size) + size * 0.7
        plate = _plate(union(inside), (wide, size * 1.4), page, taken, drawn)
        taken.append(plate)
        ink = DARK_LINE if sum(rgb(mark.colour)) > 330 else LIGHT_LINE
        base = plate.bottom - size * (1.4 - lettering.CAP_HEIGHT) / 2
        shapes.append(Fill(boxes=(plate,), colour=mark.colour))
        shapes.append(Label(at=(plate.left + size * 0.35, base), text=text, size=size, colour=ink))
    return shapes


def _touches(box: Box, page: Box) -> bool:
    return box.left <= page.right and box.right >= page.left and box.top <= page.bottom and box.bottom >= page.top


def _plate(box: Box, text: tuple[float, float], page: Box, taken: Sequence[Box], drawn: Sequence[Box]) -> Box:
    """Where a label stands: the first place on the page that no other label has, and no marked box if there is one."""
    width, height = text
    gap = height * (0.9 if _is_point(box) else 0.3)
    left = min(max(box.left, page.left), max(page.left, page.right - width))
    beside = min(box.right + gap, page.right - width)
    tops = [box.top - height - gap, box.bottom + gap]
    tops += [box.bottom + gap + i * height for i in range(1, 8)]
    tops += [box.top - gap - i * height for i in range(2, 8)]
    plates = [Box(left, top, left + width, top + height) for top in tops]
    plates.append(Box(beside, box.top, beside + width, box.top + height))
    plates.append(Box(left, box.top + gap, left + width, box.top + gap + height))
    fitting = [plate for plate in plates if plate.top >= page.top and plate.bottom <= page.bottom]
    free = [plate for plate in fitting if not any(common(plate, other) for other in taken)]
    clear = [plate for plate in free[:6] if not any(common(plate, other) for other in drawn)]
    return next(iter(clear or free or fitting or plates))
