"""Scenes as svg and pdf, by matplotlib: one artist for each shape, with an id that says which."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Literal

from vtok.render import vectors
from vtok.render.drawing.pillow_renderer import arrow_head, font_file
from vtok.render.drawing.scene import Fill, Frames, Hatch, Label, Lattice, Path, Photo, Scene, Shape, Stroke
from vtok.render.drawing.tones import adapted
from vtok.render.drawing.veil import CALM
from vtok.values import Box

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from PIL import Image

FORMATS = (".svg", ".pdf")
DPI = 96
"""Pixels to an inch: a page of 1920 pixels is 20 inches wide."""

Lines = Sequence[Sequence[tuple[float, float]]]

POINT = 72 / DPI
"""Points to a pixel."""


def save(scene: Scene, images: "Mapping[str, Image.Image]", file: IO[bytes], ending: str) -> None:
    """Write the scene as svg or pdf."""
    vectors.loaded()
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    scene = adapted(scene, images)
    width, height = scene.size.width, scene.size.height
    whole = BytesIO()  # matplotlib's pdf fails over a full disk
    with vectors.drawing(**{"path.simplify": False}):
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=scene.ground)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        for number, shape in enumerate(scene.shapes):
            drawn = (
                _image(axes, shape, images[shape.image])
                if isinstance(shape, Photo)
                else _DRAW[type(shape)](axes, shape)
            )
            for part, artist in enumerate(drawn):
                artist.set_zorder(number)
                artist.set_clip_on(False)
                artist.set_gid(f"shape-{number}" + (f"-{part}" if part else ""))
        canvas = FigureCanvasSVG(figure) if ending == ".svg" else FigureCanvasPdf(figure)
        metadata = {"Date": None} if ending == ".svg" else {"CreationDate": None}
        canvas.print_figure(whole, format=ending[1:], dpi=DPI, facecolor=scene.ground, metadata=metadata)
    file.write(whole.getbuffer())


def _image(axes: "Axes", shape: Photo, image: "Image.Image") -> "Iterable[Artist]":
    """The part of the image, at the size at which it was decoded or is seen by the model."""
    from PIL import Image

    across, down = image.width / shape.of.width, image.height / shape.of.height
    part = (
        max(0, round(shape.source.left * across)), max(0, round(shape.source.top * down)),
        min(image.width, round(shape.source.right * across)), min(image.height, round(shape.source.bottom * down)),
    )  # fmt: skip
    image = image.crop((part[0], part[1], max(part[2], part[0] + 1), max(part[3], part[1] + 1)))
    if shape.seen and shape.seen.width * shape.seen.height < image.width * image.height:
        image = image.resize((shape.seen.width, shape.seen.height), Image.Resampling.BICUBIC)
    if shape.calm:
        table = [round(value + (part - value) * shape.calm) for part in CALM for value in range(256)]
        image = image.point(table)
    box = shape.box
    return [
        axes.imshow(
            image,
            extent=(box.left, box.right, box.bottom, box.top),
            aspect="auto",
            interpolation="none" if shape.seen else "antialiased",
        )
    ]


def _fill(axes: "Axes", shape: Fill) -> "Iterable[Artist]":
    from matplotlib.collections import PolyCollection

    corners = [_corners(box) for box in shape.boxes]
    filled = PolyCollection(
        corners, facecolors=shape.colour, edgecolors="none", alpha=shape.opacity, antialiased=len(corners) == 1
    )
    return [axes.add_collection(filled, autolim=False)]


def _hatch(axes: "Axes", shape: Hatch) -> "Iterable[Artist]":
    from matplotlib.patches import Rectangle

    box = shape.box
    ground = Rectangle((box.left, box.top), box.width, box.height, facecolor=shape.ground, edgecolor="none")
    axes.add_patch(ground)
    step = shape.gap * 2**0.5
    lines = [_slanted(box, (i + 0.5) * step) for i in range(int((box.width + box.height) / step))]
    return [ground, _drawn(axes, lines, shape.width, shape.colour, 1.0, "butt")]


def _slanted(box: Box, far: float) -> list[tuple[float, float]]:
    """The line in a box on which right and down add up to `far`; cut here, for not every program cuts well."""
    top, bottom = max(0.0, far - box.width), min(far, box.height)
    return [(box.left + far - top, box.top + top), (box.left + far - bottom, box.top + bottom)]


def _lattice(axes: "Axes", shape: Lattice) -> "Iterable[Artist]":
    box = shape.box
    lines = [[(x, box.top), (x, box.bottom)] for x in shape.xs] + [[(box.left, y), (box.right, y)] for y in shape.ys]
    return _strokes(axes, lines, shape.stroke)


def _frames(axes: "Axes", shape: Frames) -> "Iterable[Artist]":
    sides = [side for box in shape.boxes for side in _sides(box, shape.clip, shape.stroke.width / 2)]
    return _strokes(axes, list(dict.fromkeys(sides)), shape.stroke)


def _sides(box: Box, clip: Box, half: float) -> "Iterable[tuple[tuple[float, float], tuple[float, float]]]":
    """The sides of an outline as far as they lie within a box, each with its corners."""
    left, right = max(box.left - half, clip.left), min(box.right + half, clip.right)
    top, bottom = max(box.top - half, clip.top), min(box.bottom + half, clip.bottom)
    for y in (box.top, box.bottom):
        if clip.top <= y <= clip.bottom and left < right:
            yield (left, y), (right, y)
    for x in (box.left, box.right):
        if clip.left <= x <= clip.right and top < bottom:
            yield (x, top), (x, bottom)


def _path(axes: "Axes", shape: Path) -> "Iterable[Artist]":
    from matplotlib.collections import PolyCollection

    drawn = list(_strokes(axes, [list(shape.points)], shape.stroke, ends="round"))
    if shape.head:
        stroke = shape.stroke
        for grown, colour, opacity in (
            (stroke.edge_width, stroke.edge, stroke.edge_opacity),
            (0.0, stroke.core, stroke.opacity),
        ):
            head = PolyCollection(
                [arrow_head(shape.points, stroke.width, grown)], facecolors=colour, edgecolors="none", alpha=opacity
            )
            drawn.append(axes.add_collection(head, autolim=False))
    return drawn


def _label(axes: "Axes", shape: Label) -> "Iterable[Artist]":
    from matplotlib.font_manager import FontProperties
    from matplotlib.patheffects import Normal
    from matplotlib.patheffects import Stroke as Outline

    font = FontProperties(fname=str(font_file(bold=shape.bold)), size=shape.size * POINT)
    align = {"left": "left", "middle": "center", "right": "right"}[shape.anchor]
    # Dollar signs would be read as mathematics.
    text = axes.text(
        *shape.at, shape.text, fontproperties=font, color=shape.colour, ha=align, va="baseline", parse_math=False
    )
    if shape.halo:
        text.set_path_effects([Outline(linewidth=shape.size / 5.5 * POINT, foreground=shape.halo), Normal()])
    return [text]


def _strokes(
    axes: "Axes", lines: Lines, stroke: Stroke, *, ends: Literal["butt", "round", "projecting"] = "butt"
) -> "Iterable[Artist]":
    """The dark edge of all lines, then their light core; all in one path, so that crossings are laid on once."""
    coats = [(stroke.width, stroke.core, stroke.opacity)]
    if stroke.edge_width > 0 and stroke.edge_opacity > 0:
        coats.insert(0, (stroke.width + 2 * stroke.edge_width, stroke.edge, stroke.edge_opacity))
    for width, colour, opacity in coats if lines else ():
        yield _drawn(axes, lines, width, colour, opacity, ends)


def _drawn(axes: "Axes", lines: Lines, *style: Any) -> "Artist":
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    width, colour, opacity, ends = style
    codes = [Outline.MOVETO if i == 0 else Outline.LINETO for line in lines for i in range(len(line))]
    path = Outline([point for line in lines for point in line], codes)
    patch = PathPatch(
        path, fill=False, edgecolor=colour, linewidth=width * POINT, alpha=opacity, capstyle=ends, joinstyle="round"
    )
    return axes.add_patch(patch)


def _corners(box: Box) -> list[tuple[float, float]]:
    return [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]


_DRAW: dict[type[Shape], Any] = {
    Fill: _fill, Hatch: _hatch, Lattice: _lattice, Frames: _frames, Path: _path, Label: _label,
}  # fmt: skip
