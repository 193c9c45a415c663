"""Scenes as svg and pdf, by matplotlib: one artist for each shape, with an id that says which."""

from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from vtok.render.raster import CALM, arrow_head, font_file
from vtok.render.scene import Fill, Frames, Hatch, Label, Lattice, Path, Picture, Scene, Shape, Stroke
from vtok.values import Box

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from PIL import Image

FORMATS = (".svg", ".pdf")
DPI = 96
"""Pixels to an inch: a page of 1920 pixels is 20 inches wide."""

POINT = 72 / DPI
"""Points to a pixel."""


def save(scene: Scene, images: "Mapping[str, Image.Image]", file: IO[bytes], ending: str) -> None:
    """Write the scene as svg or pdf. Type is drawn as outlines, so that no machine needs the font."""
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    width, height = scene.size.width, scene.size.height
    settings: Any = {"svg.fonttype": "path", "svg.hashsalt": "vtok", "pdf.fonttype": 42, "path.simplify": False}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=scene.ground)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        for number, shape in enumerate(scene.shapes):
            drawn = (
                _picture(axes, shape, images[shape.image])
                if isinstance(shape, Picture)
                else _DRAW[type(shape)](axes, shape)
            )
            for artist in drawn:
                artist.set_zorder(number)
                artist.set_gid(f"shape-{number}")
        canvas = FigureCanvasSVG(figure) if ending == ".svg" else FigureCanvasPdf(figure)
        metadata = {"Date": None} if ending == ".svg" else {"CreationDate": None}
        canvas.print_figure(file, format=ending[1:], dpi=DPI, facecolor=scene.ground, metadata=metadata)


def _picture(axes: "Axes", shape: Picture, image: "Image.Image") -> "Iterable[Artist]":
    """The part of the picture, at the size at which it was decoded or is seen by the model."""
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
    from matplotlib.collections import LineCollection
    from matplotlib.patches import Rectangle

    box = shape.box
    ground = Rectangle((box.left, box.top), box.width, box.height, facecolor=shape.ground, edgecolor="none")
    axes.add_patch(ground)
    step = shape.gap * 2**0.5
    count = int((box.width + box.height) / step) + 1
    starts = [box.left + i * step for i in range(count)]
    lines = [[(start, box.top), (start - box.height, box.bottom)] for start in starts]
    drawn = LineCollection(lines, colors=shape.colour, linewidths=shape.width * POINT)
    axes.add_collection(drawn, autolim=False)
    drawn.set_clip_path(_window(axes, box))
    return [ground, drawn]


def _lattice(axes: "Axes", shape: Lattice) -> "Iterable[Artist]":
    box = shape.box
    lines = [[(x, box.top), (x, box.bottom)] for x in shape.xs] + [[(box.left, y), (box.right, y)] for y in shape.ys]
    return _strokes(axes, lines, shape.stroke)


def _frames(axes: "Axes", shape: Frames) -> "Iterable[Artist]":
    lines = [[*_corners(box), (box.left, box.top)] for box in shape.boxes]
    drawn = list(_strokes(axes, lines, shape.stroke))
    for artist in drawn:
        artist.set_clip_path(_window(axes, shape.clip))
    return drawn


def _path(axes: "Axes", shape: Path) -> "Iterable[Artist]":
    from matplotlib.collections import PolyCollection

    drawn = list(_strokes(axes, [list(shape.points)], shape.stroke, joined=True))
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
    axes: "Axes", lines: list[list[tuple[float, float]]], stroke: Stroke, *, joined: bool = False
) -> "Iterable[Artist]":
    """The dark edge of all lines, then their light core."""
    from matplotlib.collections import LineCollection

    coats = [(stroke.width, stroke.core, stroke.opacity)]
    if stroke.edge_width > 0 and stroke.edge_opacity > 0:
        coats.insert(0, (stroke.width + 2 * stroke.edge_width, stroke.edge, stroke.edge_opacity))
    style = "round" if joined else "butt"
    for width, colour, opacity in coats:
        drawn = LineCollection(
            lines,
            colors=colour,
            linewidths=width * POINT,
            alpha=opacity,
            capstyle=style,
            joinstyle="round" if joined else "miter",
        )
        yield axes.add_collection(drawn, autolim=False)


def _window(axes: "Axes", box: Box) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((box.left, box.top), box.width, box.height, transform=axes.transData)


def _corners(box: Box) -> list[tuple[float, float]]:
    return [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]


_DRAW: dict[type[Shape], Any] = {
    Fill: _fill, Hatch: _hatch, Lattice: _lattice, Frames: _frames, Path: _path, Label: _label,
}  # fmt: skip
