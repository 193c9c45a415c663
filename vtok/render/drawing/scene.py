"""A drawing as a list of shapes, computed once from a Layout and drawn alike by every renderer.

Places are in pixels of the page, from its top left corner. Shapes are in drawing order. No pixels are in here: a
`Photo` names one, and says which part of it goes where.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from vtok.render import lettering
from vtok.render.palette import DARK_LINE, LIGHT_LINE, Colour
from vtok.values import Box, Size

Anchor = Literal["left", "middle", "right"]
Point = tuple[float, float]


class Stroke(NamedTuple):
    """How a line is drawn: a dark edge under a light core, so that it reads on sky and on shadow."""

    width: float
    core: Colour = LIGHT_LINE
    opacity: float = 1.0
    edge_width: float = 0.0
    edge: Colour = DARK_LINE
    edge_opacity: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A part of an image, put into a box.

    `source` is that part, in pixels of the image's full size `of`; `seen` the size at which the model has it, where
    it is to be shown as coarse as that. `calm` takes contrast and colour away, from 0 (none) to 1.
    """

    box: Box
    image: str
    source: Box
    of: Size
    seen: Size | None = None
    calm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Boxes filled with one colour. `over` names the image on which they lie, empty where they lie on none."""

    boxes: tuple[Box, ...]
    colour: Colour
    opacity: float = 1.0
    over: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hatch:
    """A box with slanting lines, `gap` pixels apart: where there is no image."""

    box: Box
    ground: Colour
    colour: Colour
    gap: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Lines at these places across, and down, a whole box. `over` names the image on which they lie."""

    box: Box
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    stroke: Stroke
    over: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The outlines of boxes, as far as they lie within `clip`; all edges are drawn before any core.

    `over` names the image on which they lie.
    """

    boxes: tuple[Box, ...]
    stroke: Stroke
    clip: Box
    over: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A line through points; `head` puts an arrow at its end."""

    points: tuple[Point, ...]
    stroke: Stroke
    head: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A line of type: `at` is on its base line, at its left, middle or right. A `halo` surrounds each letter."""

    at: Point
    text: str
    size: float
    colour: Colour
    bold: bool = False
    anchor: Anchor = "left"
    halo: Colour | None = None

    @property
    def box(self) -> Box:
        """Where it stands, from the base line to the top of its capitals."""
        wide = lettering.width(self.text, self.size, bold=self.bold)
        left = self.at[0] - wide * {"left": 0.0, "middle": 0.5, "right": 1.0}[self.anchor]
        return Box(left, self.at[1] - lettering.CAP_HEIGHT * self.size, left + wide, self.at[1])


Shape = Photo | Fill | Hatch | Lattice | Frames | Path | Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A page with everything on it."""

    size: Size
    ground: Colour
    shapes: tuple[Shape, ...]

    @property
    def images(self) -> tuple[Photo, ...]:
        """The shapes that show an image."""
        return tuple(shape for shape in self.shapes if isinstance(shape, Photo))

    def needed(self, image: str) -> Size | None:
        """The size at which an image must at least be decoded to be shown well; None where it is not shown."""
        photos = [photo for photo in self.images if photo.image == image]
        if not photos:
            return None
        scale = max(max(_ratio(s.box.width, s.source.width), _ratio(s.box.height, s.source.height)) for s in photos)
        full = photos[0].of
        return Size(*(min(side, max(1, round(side * scale))) for side in full))


def moved(shapes: Iterable[Shape], right: float, down: float) -> tuple[Shape, ...]:
    """The same shapes elsewhere."""
    return tuple(_moved(shape, right, down) for shape in shapes)


def _moved(shape: Shape, right: float, down: float) -> Shape:
    if isinstance(shape, Photo | Hatch):
        return replace(shape, box=shifted(shape.box, right, down))
    if isinstance(shape, Fill):
        return replace(shape, boxes=tuple(shifted(box, right, down) for box in shape.boxes))
    if isinstance(shape, Frames):
        boxes = tuple(shifted(box, right, down) for box in shape.boxes)
        return replace(shape, boxes=boxes, clip=shifted(shape.clip, right, down))
    if isinstance(shape, Lattice):
        xs, ys = tuple(x + right for x in shape.xs), tuple(y + down for y in shape.ys)
        return replace(shape, box=shifted(shape.box, right, down), xs=xs, ys=ys)
    if isinstance(shape, Path):
        return replace(shape, points=tuple((x + right, y + down) for x, y in shape.points))
    return replace(shape, at=(shape.at[0] + right, shape.at[1] + down))


def shifted(box: Box, right: float, down: float) -> Box:
    """The same box elsewhere."""
    return Box(box.left + right, box.top + down, box.right + right, box.bottom + down)


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of these."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def common(one: Box, other: Box) -> Box | None:
    """What two boxes share; None where that has no area."""
    left, top = max(one.left, other.left), max(one.top, other.top)
    right, bottom = min(one.right, other.right), min(one.bottom, other.bottom)
    return Box(left, top, right, bottom) if right > left and bottom > top else None


def _ratio(drawn: float, source: float) -> float:
    return drawn / source if source else 0.0
