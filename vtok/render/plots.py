"""Figures: tokens against the size of an image, and position ids as a staircase. Drawn by matplotlib."""

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from vtok.render import lettering
from vtok.render.palette import THEMES, Colour, Theme, mix

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a7a7a")
"""Okabe and Ito's colours, the strongest first, for curves; after the last they begin again, dashed."""

TITLE, SUBTITLE, AXIS, TICK, NAME, PART = 44, 27, 27, 24, 27, 22
"""Sizes of type, in pixels of a figure 1920 wide."""

DPI = 96


class Look(NamedTuple):
    """The size of a figure in pixels, and its colours."""

    width: int
    height: int
    theme: Theme

    def line(self, number: int) -> Colour:
        """The colour of a line; lighter on a dark ground."""
        colour = LINES[number % len(LINES)]
        return mix(colour, "#ffffff", 0.35) if self.theme is THEMES["dark"] else colour

    @property
    def unit(self) -> float:
        """Pixels of a figure 1920 wide."""
        return self.width / 1920

    def points(self, pixels: float) -> float:
        """A length in pixels of a figure 1920 wide, in points."""
        return pixels * self.unit * 72 / DPI


class Curve(NamedTuple):
    """One model's tokens: where they step, and to what; None where the model refuses the size."""

    name: str
    xs: Sequence[float]
    ys: Sequence[int | None]


class End(NamedTuple):
    """Where a line ends, what it is called, and its colour."""

    value: float
    name: str
    colour: Colour


class Part(NamedTuple):
    """A piece of a prompt: what it is, and its first and last place in the sequence."""

    name: str
    start: int
    stop: int
    visual: bool


class Heading(NamedTuple):
    """What stands above a figure, and along its foot."""

    title: str
    subtitle: str
    x: str


def most_names(look: Look) -> int:
    """How many lines can be named on such a page."""
    return int(look.height / (NAME * 1.3 * look.unit)) - 1


def curves(found: Sequence[Curve], heading: Heading, look: Look, *, log: bool = False) -> "Figure":
    """Tokens against size: a line a model, named at its end."""
    figure, axes = _blank(heading, look, [curve.name for curve in found])
    ends: list[End] = []
    greatest = max((y for curve in found for y in curve.ys if y), default=1)
    for i, curve in enumerate(found):
        colour = look.line(i)
        ys = [float("nan") if y is None else y for y in curve.ys]
        style = (0, (4, 2)) if i >= len(LINES) else "-"
        _steps(axes, curve.xs, ys, look, color=colour, linestyle=style, gid=f"curve-{i}")
        last = next((y for y in reversed(curve.ys) if y is not None), None)
        ends += [End(last, curve.name, colour)] if last is not None else []
    if log:
        axes.set_yscale("log", base=2)
    else:
        axes.set_ylim(0, 1.06 * greatest)
    axes.set_xlim(min(found[0].xs), max(found[0].xs))
    _grouped(axes)
    _name_ends(axes, ends, look)
    return figure


def staircase(ids: Any, parts: Sequence[Part], heading: Heading, look: Look) -> "Figure":
    """Position ids along a prompt, a line an axis; visual pieces stand on a tinted ground."""
    figure, axes = _blank(heading, look, ["column"])
    length, greatest = ids.shape[1], int(ids.max())
    for part in parts:
        if part.visual:
            axes.axvspan(part.start, part.stop, color=look.theme.blank, linewidth=0, zorder=0)
        room = (part.stop - part.start) / length * look.width * 0.8
        if lettering.width(part.name, PART * look.unit) < room:
            middle = (part.start + part.stop) / 2
            style: Any = {"ha": "center", "color": look.theme.quiet, "fontsize": look.points(PART), "parse_math": False}
            axes.text(middle, greatest * 1.06, part.name, **style)
    ends = []
    # Time last and broken, so that all three are seen where they agree.
    for axis, name, line, style in ((2, "column", 2, "-"), (1, "row", 1, "-"), (0, "time", 0, (0, (3, 1.6)))):
        ys = [*ids[axis].tolist(), int(ids[axis][-1])]
        _steps(axes, range(length + 1), ys, look, color=look.line(line), linestyle=style, gid=f"axis-{axis}")
        ends.append(End(float(ys[-1]), name, look.line(line)))
    axes.set_xlim(0, length)
    axes.set_ylim(0, greatest * 1.16 + 1)
    _grouped(axes)
    _name_ends(axes, ends[::-1], look)
    return figure


def _steps(axes: "Axes", xs: Sequence[float], ys: Sequence[float], look: Look, **style: Any) -> None:
    axes.plot(xs, ys, linewidth=look.points(5), drawstyle="steps-post", **style)


def _grouped(axes: "Axes") -> None:
    """Figures along the axes with their thousands apart; fractions stay."""
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}" if value < 1000 else f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}" if value < 1000 else f"{value:,.0f}")


def save(figure: "Figure", file: IO[bytes], ending: str) -> None:
    """Write a figure in the format of that ending."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvases: dict[str, Any] = {".svg": FigureCanvasSVG, ".pdf": FigureCanvasPdf}
    canvas = canvases.get(ending, FigureCanvasAgg)(figure)
    dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    settings: Any = {"svg.fonttype": "path", "svg.hashsalt": "vtok", "pdf.fonttype": 42}
    with mpl.rc_context(settings):
        kind = {".jpeg": "jpg"}.get(ending, ending[1:])
        canvas.print_figure(file, format=kind, dpi=DPI, facecolor=figure.get_facecolor(), metadata=dated.get(ending))


def _blank(heading: Heading, look: Look, names: Sequence[str]) -> "tuple[Figure, Axes]":
    """A figure with its heading, quiet axes, and room for the names of lines at the right."""
    from matplotlib.figure import Figure

    theme, down = look.theme, look.unit / look.height
    figure = Figure(figsize=(look.width / DPI, look.height / DPI), dpi=DPI, facecolor=theme.page)
    named = max((lettering.width(name, NAME) for name in names), default=0.0) / 1920
    left, right = 150 / 1920, max(0.4, 1 - 80 / 1920 - named)
    bottom, top = 130 * down, 1 - 190 * down
    axes = figure.add_axes((left, bottom, right - left, top - bottom), facecolor=theme.page)
    style: Any = {"va": "top", "parse_math": False}
    figure.text(
        60 / 1920,
        1 - 58 * down,
        heading.title,
        fontsize=look.points(TITLE),
        fontweight="bold",
        color=theme.ink,
        **style,
    )
    figure.text(60 / 1920, 1 - 122 * down, heading.subtitle, fontsize=look.points(SUBTITLE), color=theme.quiet, **style)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=theme.quiet, linewidth=look.points(1.5))
    axes.grid(axis="y", color=theme.rule, linewidth=look.points(1.2))
    axes.set_axisbelow(True)
    axes.tick_params(colors=theme.quiet, labelsize=look.points(TICK), length=0, pad=look.points(10))
    axes.tick_params(axis="x", length=look.points(7), width=look.points(1.5))
    axes.set_xlabel(heading.x, fontsize=look.points(AXIS), color=theme.ink, labelpad=look.points(14))
    return figure, axes


def _name_ends(axes: "Axes", ends: Sequence[End], look: Look) -> None:
    """The name of each line at its right end, moved apart where they would touch."""
    low, high = axes.transAxes.transform((0, 0))[1], axes.transAxes.transform((0, 1))[1]
    ends = sorted(ends, key=lambda end: end.value)
    wished = [axes.transData.transform((axes.get_xlim()[0], end.value))[1] for end in ends]
    step = NAME * 1.3 * look.unit
    lowest, highest = step, look.height - step
    for i, (y, end) in enumerate(zip(_apart(wished, step), ends, strict=True)):
        inside = min(max(y, lowest + i * step), highest - (len(ends) - 1 - i) * step)
        style: Any = {"color": end.colour, "fontsize": look.points(NAME), "va": "center", "parse_math": False}
        axes.text(1.012, (inside - low) / (high - low), end.name, transform=axes.transAxes, **style)


def _apart(wished: Sequence[float], step: float) -> list[float]:
    """Places in the same order, at least a step apart, as near as can be to those wished for."""
    piles: list[list[float]] = []  # of the places wished for by those that stand directly on each other
    for place in wished:
        piles.append([place])
        while len(piles) > 1 and _foot(piles[-1], step) < _foot(piles[-2], step) + len(piles[-2]) * step:
            piles[-2:] = [piles[-2] + piles[-1]]
    return [_foot(pile, step) + i * step for pile in piles for i in range(len(pile))]


def _foot(pile: Sequence[float], step: float) -> float:
    """Where the lowest of a pile stands, so that its middle is where its members' is."""
    return sum(pile) / len(pile) - (len(pile) - 1) * step / 2
