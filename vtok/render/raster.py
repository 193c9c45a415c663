"""Scenes as pixels, by Pillow: png, jpg, webp."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from math import ceil, hypot
from pathlib import Path as FilePath
from typing import IO, Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from vtok.render.palette import Colour, rgb
from vtok.render.scene import Fill, Frames, Hatch, Label, Lattice, Path, Picture, Scene, Shape, Stroke
from vtok.values import Box

Images = Mapping[str, Image.Image]
Rectangle = tuple[int, int, int, int]
Spans = Sequence[tuple[int, int]]


class Ink(NamedTuple):
    """A colour, and how opaque it is laid on, from 0 to 255."""

    colour: tuple[int, int, int]
    opacity: int


FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 6}),
    ".jpg": ("JPEG", {"quality": 92}),
    ".jpeg": ("JPEG", {"quality": 92}),
    ".webp": ("WEBP", {"quality": 90}),
}
"""Endings, with the format and settings with which they are written."""

LIMITS = {"JPEG": 65535, "WEBP": 16383}
"""Longest side that a format can hold."""

CALM = (122, 126, 131)
"""The grey towards which a picture is calmed: contrast and colour shrink alike."""

BAND = 2**20
"""Pixels of the page of which a path's large mask is made at a time."""

SMOOTH = 3
"""Slanting lines are drawn this many times larger, then reduced."""


def draw(scene: Scene, images: Images) -> Image.Image:
    """The scene as a picture."""
    canvas = Image.new("RGB", (scene.size.width, scene.size.height), rgb(scene.ground))
    for shape in scene.shapes:
        if isinstance(shape, Picture):
            _picture(canvas, shape, images[shape.image])
        else:
            _DRAW[type(shape)](canvas, shape)
    return canvas


def save(image: Image.Image, file: IO[bytes], ending: str, **more: Any) -> None:
    """Write a picture in the format of that ending."""
    name, settings = FORMATS[ending]
    image.save(file, name, **settings, **more)


def _picture(canvas: Image.Image, shape: Picture, image: Image.Image) -> None:
    box = _snapped(shape.box)
    size = (box[2] - box[0], box[3] - box[1])
    if not size[0] or not size[1]:
        return
    across, down = image.width / shape.of.width, image.height / shape.of.height
    part = (
        shape.source.left * across,
        shape.source.top * down,
        shape.source.right * across,
        shape.source.bottom * down,
    )
    part = (max(0.0, part[0]), max(0.0, part[1]), min(image.width, part[2]), min(image.height, part[3]))
    whole = part == (0.0, 0.0, image.width, image.height)
    if shape.seen and (shape.seen.width < size[0] or shape.seen.height < size[1]):
        image = image.resize((shape.seen.width, shape.seen.height), Image.Resampling.BICUBIC, box=part)
        image = image.resize(size, Image.Resampling.NEAREST)
    elif image.size != size or not whole:
        enlarged = size[0] > part[2] - part[0]
        way = Image.Resampling.BICUBIC if enlarged else Image.Resampling.LANCZOS
        image = image.resize(size, way, box=part, reducing_gap=None if enlarged else 3.0)
    if shape.calm:
        image = image.point(_table(CALM, shape.calm))
    canvas.paste(image, box[:2])


def _fill(canvas: Image.Image, shape: Fill) -> None:
    colour = rgb(shape.colour)
    table = None if shape.opacity >= 1 else _table(colour, shape.opacity)
    for box in map(_snapped, shape.boxes):
        inside = _inside(canvas, box)
        if inside and table:
            canvas.paste(canvas.crop(inside).point(table), inside[:2])
        elif inside:
            canvas.paste(colour, inside)


def _hatch(canvas: Image.Image, shape: Hatch) -> None:
    box = _inside(canvas, _snapped(shape.box))
    if not box:
        return
    width, height = box[2] - box[0], box[3] - box[1]
    canvas.paste(rgb(shape.ground), box)
    # One period of the pattern, repeated: it need not be as large as the box.
    period = max(4, round(shape.gap * 2**0.5))
    tile = Image.new("L", (period * 8, period * 8))
    pen = ImageDraw.Draw(tile)
    for i in range(-1, 3):
        pen.line(
            [(i * period * 8 - 8, period * 8 + 8), (i * period * 8 + period * 8 + 8, -8)],
            fill=255,
            width=round(8 * shape.width * 1.1),
        )
    tile = tile.resize((period, period), Image.Resampling.BOX)
    mask = Image.new("L", (width, height))
    for top in range(0, height, period):
        for left in range(0, width, period):
            mask.paste(tile, (left, top))
    canvas.paste(rgb(shape.colour), box, mask)


def _lattice(canvas: Image.Image, shape: Lattice) -> None:
    """First the edges of all lines, then their cores. Where lines cross, nothing is laid on twice."""
    stroke = shape.stroke
    core = max(1, round(stroke.width))
    for width, colour, opacity in _coats(stroke, core):
        columns = [_span(x, core, width) for x in shape.xs]
        rows = [_span(y, core, width) for y in shape.ys]
        # Lines end with the box, or with the line that runs along its edge.
        left, top, right, bottom = _snapped(shape.box)
        left, right = min([left, *(first for first, _ in columns)]), max([right, *(last for _, last in columns)])
        top, bottom = min([top, *(first for first, _ in rows)]), max([bottom, *(last for _, last in rows)])
        _stripes(canvas, columns, rows, (left, top, right, bottom), Ink(rgb(colour), round(255 * opacity)))


def _stripes(canvas: Image.Image, columns: Spans, rows: Spans, box: Rectangle, ink: Ink) -> None:
    """Vertical stripes, then horizontal ones with gaps where they would cross them."""
    colour, opacity = ink
    found = _inside(canvas, box)
    if not found:
        return
    left, top, right, bottom = found
    for first, last in columns:
        inside = _inside(canvas, (first, top, last, bottom))
        if inside:
            _lay(canvas, inside, colour, opacity)
    masks: dict[int, Image.Image] = {}
    for first, last in rows:
        inside = _inside(canvas, (left, first, right, last))
        if not inside:
            continue
        high = inside[3] - inside[1]
        if high not in masks:
            mask = Image.new("L", (right - left, high), opacity)
            for start, stop in columns:
                mask.paste(0, (max(0, start - left), 0, max(0, stop - left), high))
            masks[high] = mask
        canvas.paste(colour, inside, masks[high])


def _lay(canvas: Image.Image, box: Rectangle, colour: tuple[int, int, int], opacity: int) -> None:
    if opacity >= 255:
        canvas.paste(colour, box)
    else:
        canvas.paste(colour, box, _even(box[2] - box[0], box[3] - box[1], opacity))


@cache
def _even(width: int, height: int, opacity: int) -> Image.Image:
    return Image.new("L", (width, height), opacity)


def _frames(canvas: Image.Image, shape: Frames) -> None:
    core = max(1, round(shape.stroke.width))
    clip = _snapped(shape.clip)
    for width, colour, opacity in _coats(shape.stroke, core):
        for side in dict.fromkeys(side for box in shape.boxes for side in _sides(box, core, width)):
            inside = _shared(_inside(canvas, side), clip)
            if inside:
                _lay(canvas, inside, rgb(colour), round(255 * opacity))


def _sides(box: Box, core: int, width: int) -> tuple[Rectangle, ...]:
    """The four sides of an outline: top and bottom with the corners, left and right without."""
    (left, _), (_, right) = _span(box.left, core, width), _span(box.right, core, width)
    (top, _), (_, bottom) = _span(box.top, core, width), _span(box.bottom, core, width)
    return (
        (left, top, right, top + width), (left, bottom - width, right, bottom),
        (left, top + width, left + width, bottom - width), (right - width, top + width, right, bottom - width),
    )  # fmt: skip


def _path(canvas: Image.Image, shape: Path) -> None:
    stroke = shape.stroke
    widest = stroke.width + 2 * stroke.edge_width
    reach = ceil(widest * (4 if shape.head else 1)) + 2
    xs, ys = [x for x, _ in shape.points], [y for _, y in shape.points]
    box = _inside(canvas, (int(min(xs)) - reach, int(min(ys)) - reach, ceil(max(xs)) + reach, ceil(max(ys)) + reach))
    if not box:
        return
    deep = max(8, BAND // (box[2] - box[0]))
    for top in range(box[1], box[3], deep):
        _path_band(canvas, shape, (box[0], top, box[2], min(top + deep, box[3])))


def _path_band(canvas: Image.Image, shape: Path, box: Rectangle) -> None:
    """As much of a path as lies in a box, drawn large and reduced."""
    stroke = shape.stroke
    points = [((x - box[0]) * SMOOTH, (y - box[1]) * SMOOTH) for x, y in shape.points]
    for width, colour, opacity in _widths(stroke):
        mask = Image.new("L", ((box[2] - box[0]) * SMOOTH, (box[3] - box[1]) * SMOOTH))
        pen = ImageDraw.Draw(mask)
        full = round(255 * opacity)
        pen.line(points, fill=full, width=max(1, round(width * SMOOTH)), joint="curve")
        for x, y in (points[0], points[-1]):
            half = width * SMOOTH / 2
            pen.ellipse([x - half, y - half, x + half, y + half], fill=full)
        if shape.head:
            pen.polygon(arrow_head(points, stroke.width * SMOOTH, (width - stroke.width) * SMOOTH / 2), fill=full)
        canvas.paste(rgb(colour), box, mask.reduce(SMOOTH))


def _widths(stroke: Stroke) -> Iterable[tuple[float, Colour, float]]:
    """Width, colour and opacity of the edge, then of the core, of a line that may slant."""
    if stroke.edge_width > 0 and stroke.edge_opacity > 0:
        yield stroke.width + 2 * stroke.edge_width, stroke.edge, stroke.edge_opacity
    yield stroke.width, stroke.core, stroke.opacity


def arrow_head(points: Sequence[tuple[float, float]], width: float, grown: float = 0.0) -> list[tuple[float, float]]:
    """A triangle at the end of a path, pointing on, `grown` on every side."""
    (x, y) = points[-1]
    before = next(((a, b) for a, b in reversed(points[:-1]) if (a, b) != (x, y)), (x - 1, y))
    length = hypot(x - before[0], y - before[1])
    ahead = ((x - before[0]) / length, (y - before[1]) / length)
    tip, back, half = 2.6 * width + 1.8 * grown, 0.9 * width + grown, 2.1 * width + 1.5 * grown
    return [
        (x + ahead[0] * tip, y + ahead[1] * tip),
        (x - ahead[0] * back - ahead[1] * half, y - ahead[1] * back + ahead[0] * half),
        (x - ahead[0] * back + ahead[1] * half, y - ahead[1] * back - ahead[0] * half),
    ]


def _label(canvas: Image.Image, shape: Label) -> None:
    if shape.halo and shape.text.isdigit():
        _number(canvas, shape)
        return
    font = _font(round(shape.size), bold=shape.bold)
    anchor = {"left": "ls", "middle": "ms", "right": "rs"}[shape.anchor]
    ImageDraw.Draw(canvas).text(
        (round(shape.at[0]), round(shape.at[1])),
        shape.text,
        font=font,
        fill=rgb(shape.colour),
        anchor=anchor,
        stroke_width=_halo(shape.size) if shape.halo else 0,
        stroke_fill=rgb(shape.halo) if shape.halo else None,
    )


def _number(canvas: Image.Image, shape: Label) -> None:
    """Figures have one width, so that each is rendered once and put where it belongs."""
    size = round(shape.size)
    advance = _font(size, bold=shape.bold).getlength("0")
    start = shape.at[0] - advance * len(shape.text) * {"left": 0.0, "middle": 0.5, "right": 1.0}[shape.anchor]
    left, base = round(start), round(shape.at[1])
    for halo, colour in ((_halo(shape.size), shape.halo or shape.colour), (0, shape.colour)):
        ink = rgb(colour)
        for i, figure in enumerate(shape.text):
            mask, across, up = _glyph(figure, size, halo, bold=shape.bold)
            canvas.paste(ink, (left + round(i * advance) + across, base + up), mask)


@cache
def _glyph(text: str, size: int, halo: int, *, bold: bool) -> tuple[Image.Image, int, int]:
    font = _font(size, bold=bold)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text, anchor="ls", stroke_width=halo))
    mask = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(mask).text((-left, -top), text, font=font, fill=255, anchor="ls", stroke_width=halo)
    return mask, left, top


def _halo(size: float) -> int:
    return max(1, round(size / 11))


@cache
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(bold=bold)), max(1, size), layout_engine=ImageFont.Layout.BASIC)


def font_file(*, bold: bool = False) -> FilePath:
    """DejaVu Sans as matplotlib ships it, found without importing matplotlib."""
    package = find_spec("matplotlib")
    folder = FilePath(package.origin).parent if package and package.origin else FilePath()
    return folder / "mpl-data" / "fonts" / "ttf" / f"DejaVuSans{'-Bold' if bold else ''}.ttf"


def _coats(stroke: Stroke, core: int) -> Iterable[tuple[int, Colour, float]]:
    """Width, colour and opacity of the edge, then of the core."""
    if stroke.edge_width > 0 and stroke.edge_opacity > 0:
        yield core + 2 * max(1, round(stroke.edge_width)), stroke.edge, stroke.edge_opacity
    yield core, stroke.core, stroke.opacity


def _span(at: float, core: int, width: int) -> tuple[int, int]:
    """From which pixel to which a line reaches whose core is centred there."""
    start = round(at - core / 2) - (width - core) // 2
    return start, start + width


def _snapped(box: Box) -> Rectangle:
    return round(box.left), round(box.top), round(box.right), round(box.bottom)


def _inside(canvas: Image.Image, box: Rectangle) -> Rectangle | None:
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(canvas.width, box[2]), min(canvas.height, box[3])
    return (left, top, right, bottom) if right > left and bottom > top else None


def _shared(one: Rectangle | None, other: Rectangle) -> Rectangle | None:
    if not one:
        return None
    left, top, right, bottom = *map(max, one[:2], other[:2]), *map(min, one[2:], other[2:])
    return (left, top, right, bottom) if right > left and bottom > top else None


@cache
def _table(colour: tuple[int, int, int], share: float) -> list[int]:
    """A look-up table that moves every value towards a colour."""
    return [round(value + (part - value) * share) for part in colour for value in range(256)]


_DRAW: dict[type[Shape], Any] = {
    Fill: _fill, Hatch: _hatch, Lattice: _lattice, Frames: _frames, Path: _path, Label: _label,
}  # fmt: skip
