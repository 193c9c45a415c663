"""Scenes as pixels, by Pillow: png, jpg, webp."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from math import ceil, hypot
from pathlib import Path as FilePath
from typing import IO, Any

from PIL import Image, ImageDraw, ImageFont

from vtok.render.drawing.scene import Fill, Frames, Hatch, Label, Lattice, Path, Photo, Scene, Shape, Stroke
from vtok.render.drawing.tones import adapted
from vtok.render.drawing.veil import Rectangle, inside, snapped, veil
from vtok.render.palette import Colour, rgb
from vtok.values import Box, Size

Images = Mapping[str, Image.Image]


FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 4}),
    ".jpg": ("JPEG", {"quality": 90}),
    ".jpeg": ("JPEG", {"quality": 90}),
    ".webp": ("WEBP", {"quality": 90}),
}
"""Endings, with the format and settings with which they are written."""

BAND = 2**20
"""Pixels of the page of which a path's large mask is made at a time."""

CHUNK = 256
"""Pixels of the page of which a slanting line's mask is made at a time, across."""

SMOOTH = 3
"""Slanting lines are drawn this many times larger, then reduced."""


def draw(scene: Scene, images: Images, canvas: Image.Image | None = None) -> Image.Image:
    """The scene as an image.

    `canvas` is a page that has the photo on it already. An image that fills the page by itself is drawn upon, too.
    """
    scene = adapted(scene, images)
    has_photo = canvas is not None
    canvas = canvas or _covering(scene, images)
    canvas = canvas or Image.new("RGB", (scene.size.width, scene.size.height), rgb(scene.ground))
    sheer: list[Photo | Fill | Lattice] = []
    for shape in scene.shapes:
        if isinstance(shape, Lattice) or (isinstance(shape, Fill) and shape.opacity < 1):
            sheer.append(shape)
            continue
        veil(canvas, sheer)
        sheer.clear()
        if isinstance(shape, Photo):
            if not has_photo:
                _photo(canvas, shape, images[shape.image])
            sheer.append(shape)
        else:
            _DRAW[type(shape)](canvas, shape)
    veil(canvas, sheer)
    return canvas


def only_photo(scene: Scene) -> Photo | None:
    """The one image of a page, where all of it is drawn as it is."""
    if len(scene.images) != 1:
        return None
    photo = scene.images[0]
    return photo if photo.source == Box.of(photo.of) and not photo.seen else None


def _covering(scene: Scene, images: Images) -> Image.Image | None:
    """The one image of a page, where it has the page's size."""
    photo, page = only_photo(scene), (0, 0, scene.size.width, scene.size.height)
    if not photo or snapped(photo.box) != page or images[photo.image].size != page[2:]:
        return None
    return images[photo.image]


def save(image: Image.Image, file: IO[bytes], ending: str, **more: Any) -> None:
    """Write an image in the format of that ending."""
    name, settings = FORMATS[ending]
    image.save(file, name, **settings, **more)


def _photo(canvas: Image.Image, shape: Photo, image: Image.Image) -> None:
    box = snapped(shape.box)
    size = (box[2] - box[0], box[3] - box[1])
    if size[0] and size[1] and image is not canvas:
        canvas.paste(_sized(image, _part(shape, image), size, shape.seen), box[:2])


def _part(shape: Photo, image: Image.Image) -> tuple[float, float, float, float]:
    """What of the image is shown, in its own pixels: it may have been decoded smaller than it is."""
    across, down = image.width / shape.of.width, image.height / shape.of.height
    left, top, right, bottom = shape.source
    return (
        max(0.0, left * across),
        max(0.0, top * down),
        min(image.width, right * across),
        min(image.height, bottom * down),
    )


def _sized(
    image: Image.Image, part: tuple[float, float, float, float], size: tuple[int, int], seen: Size | None
) -> Image.Image:
    """That part at this size; a pixel more or less is not worth another sampling."""
    if seen and (seen.width < size[0] or seen.height < size[1]):
        image = image.resize((seen.width, seen.height), Image.Resampling.BICUBIC, box=part)
        return image.resize(size, Image.Resampling.NEAREST)
    whole = part == (0.0, 0.0, image.width, image.height)
    if whole and abs(image.width - size[0]) <= 1 and abs(image.height - size[1]) <= 1:
        return image
    enlarged = size[0] > part[2] - part[0]
    way = Image.Resampling.BICUBIC if enlarged else Image.Resampling.LANCZOS
    try:
        return image.resize(size, way, box=part, reducing_gap=None if enlarged else 2.0)
    except ValueError:  # rounding can put the part beyond the image that Pillow has reduced first
        return image.resize(size, way, box=part)


def _fill(canvas: Image.Image, shape: Fill) -> None:
    for box in map(snapped, shape.boxes):
        visible = inside(canvas, box)
        if visible:
            canvas.paste(rgb(shape.colour), visible)


def _hatch(canvas: Image.Image, shape: Hatch) -> None:
    box = inside(canvas, snapped(shape.box))
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


def _lay(canvas: Image.Image, box: Rectangle, colour: tuple[int, int, int], opacity: int) -> None:
    if opacity >= 255:
        canvas.paste(colour, box)
    else:
        canvas.paste(colour, box, _even(box[2] - box[0], box[3] - box[1], opacity))


@lru_cache(maxsize=256)
def _even(width: int, height: int, opacity: int) -> Image.Image:
    return Image.new("L", (width, height), opacity)


def _frames(canvas: Image.Image, shape: Frames) -> None:
    core = max(1, round(shape.stroke.width))
    limits = snapped(shape.clip)
    for width, colour, opacity in _coats(shape.stroke, core):
        for side in dict.fromkeys(side for box in shape.boxes for side in _sides(box, core, width)):
            visible = _shared(inside(canvas, side), limits)
            if visible:
                _lay(canvas, visible, rgb(colour), round(255 * opacity))


def _sides(box: Box, core: int, width: int) -> tuple[Rectangle, ...]:
    """The four sides of an outline: top and bottom with the corners, left and right without."""
    (left, _), (_, right) = _span(box.left, core, width), _span(box.right, core, width)
    (top, _), (_, bottom) = _span(box.top, core, width), _span(box.bottom, core, width)
    return (
        (left, top, right, top + width), (left, bottom - width, right, bottom),
        (left, top + width, left + width, bottom - width), (right - width, top + width, right, bottom - width),
    )  # fmt: skip


def _path(canvas: Image.Image, shape: Path) -> None:
    if not shape.head and all(y == shape.points[0][1] for _, y in shape.points):
        _level_path(canvas, shape)
        return
    widest = shape.stroke.width + 2 * shape.stroke.edge_width
    reach = ceil(widest * (4 if shape.head else 1)) + 2
    slanted = len(shape.points) == 2 and not shape.head
    for box in _along(shape.points, reach) if slanted else (_around(shape.points, reach),):
        visible = inside(canvas, box)
        if visible:
            deep = max(8, BAND // (visible[2] - visible[0]))
            for top in range(visible[1], visible[3], deep):
                _path_band(canvas, shape, (visible[0], top, visible[2], min(top + deep, visible[3])))


def _level_path(canvas: Image.Image, shape: Path) -> None:
    """A path from left to right or back: a box in whole pixels."""
    left, right, y = min(shape.points)[0], max(shape.points)[0], shape.points[0][1]
    for width, colour, opacity in _widths(shape.stroke):
        top, high = round(y - width / 2), max(1, round(width))
        visible = inside(canvas, (round(left - width / 2), top, round(right + width / 2), top + high))
        if visible:
            _lay(canvas, visible, rgb(colour), round(255 * opacity))


def _around(points: Sequence[tuple[float, float]], reach: int) -> Rectangle:
    """The box around some points, and so much more at each side."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return int(min(xs)) - reach, int(min(ys)) - reach, ceil(max(xs)) + reach, ceil(max(ys)) + reach


def _along(points: Sequence[tuple[float, float]], reach: int) -> Iterator[Rectangle]:
    """Boxes side by side around one straight line: the box around all of it would be much larger."""
    (x1, y1), (x2, y2) = sorted(points)
    left, top, right, bottom = _around(points, reach)
    if x2 - x1 <= CHUNK or x2 - x1 < abs(y2 - y1):
        yield left, top, right, bottom
        return
    for start in range(left, right, CHUNK):
        stop = min(start + CHUNK, right)
        ends = [y1 + (y2 - y1) * (min(max(x, x1), x2) - x1) / (x2 - x1) for x in (start, stop)]
        yield start, int(min(ends)) - reach, stop, ceil(max(ends)) + reach


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
    if shape.halo and shape.text.isdigit() and not shape.bold:
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
    """Figures have one width, so that every pair of them is rendered once and put where it belongs."""
    size = round(shape.size)
    advance = _font(size, bold=False).getlength("0")
    start = shape.at[0] - advance * len(shape.text) * {"left": 0.0, "middle": 0.5, "right": 1.0}[shape.anchor]
    left, base = round(start), round(shape.at[1])
    for i in range(0, len(shape.text), 2):
        pair, mask, across, up = _pair(shape.text[i : i + 2], size, rgb(shape.colour), rgb(shape.halo or shape.colour))
        canvas.paste(pair, (left + round(i * advance) + across, base + up), mask)


@cache
def _pair(
    text: str, size: int, colour: tuple[int, int, int], halo: tuple[int, int, int]
) -> tuple[Image.Image, Image.Image, int, int]:
    """One or two figures on their halo, its mask, and where its corner lies from the start of their base line."""
    (wide, high), left, top = _figure(text[0], size)[0].size, *_figure(text[0], size)[2:]
    step = round(_font(size, bold=False).getlength("0")) * (len(text) - 1)
    mask = Image.new("L", (wide + step, high))
    pair = Image.new("RGB", mask.size, halo)
    for i, figure in enumerate(text):
        letter, around, _, _ = _figure(figure, size)
        mask.paste(255, (i * step, 0), around)
        pair.paste(colour, (i * step, 0), letter)
    return pair, mask, left, top


@cache
def _figure(text: str, size: int) -> tuple[Image.Image, Image.Image, int, int]:
    """The mask of a figure, that of the figure and its halo, and where their corner lies from its base line's start."""
    font, wide = _font(size, bold=False), _halo(size)
    left, top, right, bottom = (int(edge) for edge in font.getbbox("0123456789", anchor="ls", stroke_width=wide))
    right -= round(9 * font.getlength("0"))
    masks = Image.new("L", (right - left, bottom - top)), Image.new("L", (right - left, bottom - top))
    for mask, stroke in zip(masks, (0, wide), strict=True):
        ImageDraw.Draw(mask).text((-left, -top), text, font=font, fill=255, anchor="ls", stroke_width=stroke)
    return *masks, left, top


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


def _shared(one: Rectangle | None, other: Rectangle) -> Rectangle | None:
    if not one:
        return None
    left, top, right, bottom = *map(max, one[:2], other[:2]), *map(min, one[2:], other[2:])
    return (left, top, right, bottom) if right > left and bottom > top else None


_DRAW: dict[type[Shape], Any] = {
    Fill: _fill, Hatch: _hatch, Frames: _frames, Path: _path, Label: _label,
}  # fmt: skip
