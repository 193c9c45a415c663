"""Figures: tokens against the size of an image, and position ids as a staircase. Drawn by matplotlib."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from vtok.render import lettering, vectors
from vtok.render.palette import THEMES, Colour, Theme, mix

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vtok.geometry.packing import Lengths


LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a7a7a")
"""Okabe and Ito's colours, the strongest first, for curves; after the last they begin again, darker."""

TITLE, SUBTITLE, AXIS, TICK, NAME, PART, NOTE = 44, 27, 27, 24, 27, 22, 23
"""Sizes of type, in pixels of a figure 1920 wide."""

LEAST_ROW = 22
"""Least width of a row of tokens along a prompt, in such pixels: narrower ones would be a wall of lines."""

DASH = 3.0
"""Length of a dash where curves lie on one another, as a multiple of their width."""

SHARED = 0.02
"""Share of the axis along which curves must lie on one another to be drawn as dashes."""

LEADER = 46
"""Width of the lines that lead from the ends of curves to their names, in such pixels."""

DPI = 96


class Look(NamedTuple):
    """The size of a figure in pixels, and its colours."""

    width: int
    height: int
    theme: Theme

    def line(self, number: int) -> Colour:
        """The colour of a line; lighter on a dark ground."""
        colour = LINES[number % len(LINES)]
        dark = self.theme is THEMES["dark"]
        if number >= len(LINES):
            colour = mix(colour, "#000000", 0.25 if dark else 0.45)
        return mix(colour, "#ffffff", 0.35) if dark else colour

    @property
    def unit(self) -> float:
        """Pixels of a figure 1920 wide."""
        return self.width / 1920

    def points(self, pixels: float) -> float:
        """A length in pixels of a figure 1920 wide, in points."""
        return pixels * self.unit * 72 / DPI


class Curve(NamedTuple):
    """The tokens of some models that cost the same: where they step, and to what; None where a size is refused."""

    names: tuple[str, ...]
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
    """What stands above a figure, along its axes, and at its foot."""

    title: str
    subtitle: str
    x: str
    y: str
    notes: tuple[str, ...] = ()


class Window(NamedTuple):
    """The part of a prompt that is drawn: its first place, the place after its last, and what it holds in words."""

    first: int
    stop: int
    what: str


def window(blocks: Sequence[tuple[int, int, int, int]], length: int) -> Window | None:
    """The first temporal steps of a prompt, or the first rows, where all of it would be a wall of lines; else None.

    `blocks` are start, temporal steps, rows and columns of each visual block.
    """
    room = 1920 - 150 - 60 - LEADER - NAME * 4
    dense = [block for block in blocks if block[1] * block[2] > 1 and block[3] * room / length < LEAST_ROW]
    if not dense:
        return None
    most = int(min(columns for *_, columns in dense) * room / LEAST_ROW)
    start = dense[0][0]
    first = 0 if start <= most // 4 else start - most // 16
    steps = [at + i * rows * columns for at, t, rows, columns in blocks for i in range(1, t + 1)]
    whole = [stop for stop in steps if first < stop <= first + most]
    if whole:
        count = "1 temporal step" if len(whole) == 1 else f"{len(whole)} temporal steps"
        return Window(first, whole[-1], f"{count} of {len(steps)}")
    _, _, rows, columns = dense[0]
    drawn = max(1, min(rows, (first + most - start) // columns))
    return Window(first, start + drawn * columns, f"{drawn} of {rows} rows of the first image")


def most_names(look: Look) -> int:
    """How many lines can be named on such a page."""
    return int(look.height / (NAME * 1.3 * look.unit)) - 1


def curves(lines: Sequence[Curve], heading: Heading, look: Look, *, log: bool = False) -> "Figure":
    """Tokens against size: a line for models that cost the same, named at its end.

    Curves that lie on one another along a stretch take turns there, in dashes.
    """
    figure, axes = _blank(heading, look, [name for curve in lines for name in curve.names])
    ends: list[End] = []
    greatest = max((y for curve in lines for y in curve.ys if y), default=1)
    for i, curve in enumerate(lines):
        colour = look.line(i)
        ys = [float("nan") if y is None else y for y in curve.ys]
        _steps(axes, curve.xs, ys, look, color=colour, gid=f"curve-{i}")
        last = next((y for y in reversed(curve.ys) if y is not None), None)
        ends += [End(last, name, colour) for name in curve.names if last is not None]
    for group, first, stop in _shared(lines):
        _dashes(axes, [(lines[i], look.line(i)) for i in group], slice(first, stop), look)
    if log:
        axes.set_yscale("log", base=2)
    else:
        axes.set_ylim(0, 1.06 * greatest)
    axes.set_xlim(min(lines[0].xs), max(lines[0].xs))
    _grouped(axes)
    _name_ends(axes, ends, look)
    return figure


def _shared(lines: Sequence[Curve]) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Which curves lie on one another, from which of their places to before which; without mere crossings."""
    xs = lines[0].xs
    least = SHARED * (max(xs) - min(xs))
    begun: dict[tuple[int, ...], int] = {}
    for place in range(len(xs) + 1):
        together: dict[int, list[int]] = {}
        for i, curve in enumerate(lines):
            value = curve.ys[place] if place < len(xs) else None
            if value is not None:
                together.setdefault(value, []).append(i)
        groups = {tuple(group) for group in together.values() if len(group) > 1}
        for group in [group for group in begun if group not in groups]:
            first = begun.pop(group)
            if xs[min(place, len(xs) - 1)] - xs[first] >= least:
                yield group, first, place
        for group in sorted(groups):
            begun.setdefault(group, place)


def _dashes(axes: "Axes", curves: Sequence[tuple[Curve, Colour]], places: slice, look: Look) -> None:
    """Curves that lie on one another, as dashes in turn; the last one is drawn already, and lies under them."""
    for i, (curve, colour) in enumerate(curves[:-1]):
        xs, ys = curve.xs[places.start : places.stop + 1], [y or 0 for y in curve.ys[places]]
        ys += ys[-1:] * (len(xs) - len(ys))
        turn = DASH * len(curves)
        style = ((turn - i * DASH) % turn, (DASH, turn - DASH))
        _steps(axes, xs, ys, look, color=colour, linestyle=style, dash_capstyle="butt", gid="dashes")


def staircase(
    ids: Any, parts: Sequence[Part], heading: Heading, look: Look, *, window: tuple[int, int] | None = None
) -> "Figure":
    """Position ids along a prompt, a line an axis, from the first place of `window` to before its last.

    `ids` has the shape (3, length). Visual parts stand on a tinted ground.
    """
    figure, axes = _blank(heading, look, ["column"])
    first, stop = window or (0, ids.shape[1])
    visible = ids[:, first:stop]
    greatest, least = int(visible.max()), int(visible.min())
    for part in parts:
        start, end = max(part.start, first), min(part.stop, stop)
        if start >= end:
            continue
        if part.visual:
            axes.axvspan(start, end, color=look.theme.blank, linewidth=0, zorder=0)
        room = (end - start) / (stop - first) * look.width * 0.8
        if lettering.width(part.name, PART * look.unit) < room:
            style: Any = {"ha": "center", "color": look.theme.quiet, "fontsize": look.points(PART), "parse_math": False}
            axes.text((start + end) / 2, least + (greatest - least) * 1.06 + 0.5, part.name, **style)
    ends = []
    # Time last and broken, so that all three are seen where they agree.
    for axis, name, line, style in ((2, "column", 2, "-"), (1, "row", 1, "-"), (0, "time", 0, (0, (3, 1.6)))):
        ys = [*visible[axis].tolist(), int(visible[axis][-1])]
        _steps(axes, range(first, stop + 1), ys, look, color=look.line(line), linestyle=style, gid=f"axis-{axis}")
        ends.append(End(float(ys[-1]), name, look.line(line)))
    axes.set_xlim(first, stop)
    axes.set_ylim(least if first else 0, least + (greatest - least) * 1.16 + 1)
    _grouped(axes)
    _name_ends(axes, ends[::-1], look)
    return figure


def histogram(models: "Mapping[str, Lengths]", heading: Heading, look: Look) -> "Figure":
    """The shares of items by their lengths, a line for each model; four bars for each doubling of the length."""
    import numpy as np

    figure, axes = _blank(heading, look, [])
    low = min(max(1, int(lengths.values[0])) for lengths in models.values())
    high = max(int(lengths.values[-1]) for lengths in models.values())
    first, last = int(np.floor(np.log2(low))), int(np.floor(np.log2(max(1, high)))) + 1
    edges = 2.0 ** np.arange(first, last + 0.25, 0.25)
    for i, (name, lengths) in enumerate(models.items()):
        counts, _ = np.histogram(np.maximum(lengths.values, 1), bins=edges, weights=lengths.counts)
        shares = counts / lengths.items
        colour = look.line(i)
        _steps(axes, edges.tolist(), [*shares, shares[-1]], look, color=colour, gid=f"lengths-{i}")
        if len(models) > 1:
            ground = {"facecolor": look.theme.page, "edgecolor": "none", "pad": look.points(3)}
            style: Any = {"ha": "right", "va": "top", "color": colour, "fontsize": look.points(NAME), "bbox": ground}
            down = 1 - i * NAME * 1.3 * look.unit / (axes.get_position().height * look.height)
            axes.text(1, down, name, transform=axes.transAxes, parse_math=False, **style)
    axes.set_xscale("log", base=2)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")
    axes.minorticks_off()
    return figure


def _steps(axes: "Axes", xs: Sequence[float], ys: Sequence[float], look: Look, **style: Any) -> None:
    axes.plot(xs, ys, linewidth=look.points(5), drawstyle="steps-post", **style)


def _grouped(axes: "Axes") -> None:
    """Figures along the axes with their thousands apart; fractions stay."""
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}" if value < 1000 else f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}" if value < 1000 else f"{value:,.0f}")


def save(figure: "Figure", file: IO[bytes], ending: str) -> None:
    """Write a figure in the format of that ending."""
    import warnings

    vectors.loaded()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvases: dict[str, Any] = {".svg": FigureCanvasSVG, ".pdf": FigureCanvasPdf}
    canvas = canvases.get(ending, FigureCanvasAgg)(figure)
    dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    whole = BytesIO()  # matplotlib's pdf fails over a full disk
    with vectors.drawing(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # names of files may hold any letter
        kind = {".jpeg": "jpg"}.get(ending, ending[1:])
        canvas.print_figure(whole, format=kind, dpi=DPI, facecolor=figure.get_facecolor(), metadata=dated.get(ending))
    file.write(whole.getbuffer())


def _blank(heading: Heading, look: Look, names: Sequence[str]) -> "tuple[Figure, Axes]":
    """A figure with its heading, quiet axes, and room for the names of lines at the right."""
    vectors.loaded()
    from matplotlib.figure import Figure

    theme, down = look.theme, look.unit / look.height
    figure = Figure(figsize=(look.width / DPI, look.height / DPI), dpi=DPI, facecolor=theme.page)
    named = max((lettering.width(name, NAME) for name in names), default=0.0) / 1920
    left, right = 150 / 1920, max(0.4, 1 - (60 + LEADER) / 1920 - named)
    bottom, top = (130 + 1.5 * NOTE * len(heading.notes)) * down, 1 - 238 * down
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
    figure.text(60 / 1920, top + 18 * down, heading.y, fontsize=look.points(AXIS), color=theme.ink, parse_math=False)
    for i, note in enumerate(reversed(heading.notes)):
        at = (60 / 1920, (26 + 1.5 * NOTE * i) * down)
        figure.text(*at, note, fontsize=look.points(NOTE), color=theme.quiet, parse_math=False)
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
    """The name of each line at its right end, moved apart where they would touch; a thin line leads to each."""
    low, high = axes.transAxes.transform((0, 0))[1], axes.transAxes.transform((0, 1))[1]
    wide = axes.transAxes.transform((1, 0))[0] - axes.transAxes.transform((0, 0))[0]
    ends = sorted(ends, key=lambda end: end.value)
    wished = [axes.transData.transform((axes.get_xlim()[0], end.value))[1] for end in ends]
    step = NAME * 1.3 * look.unit
    lowest, highest = step, look.height - step
    far = 1 + LEADER * look.unit / wide
    for i, (at, y, end) in enumerate(zip(wished, _apart(wished, step), ends, strict=True)):
        inside = min(max(y, lowest + i * step), highest - (len(ends) - 1 - i) * step)
        place, end_of_line = (inside - low) / (high - low), (at - low) / (high - low)
        style: Any = {"color": end.colour, "fontsize": look.points(NAME), "va": "center", "parse_math": False}
        axes.text(far, place, end.name, transform=axes.transAxes, **style)
        leader = (1 + 0.1 * (far - 1), 1 + 0.8 * (far - 1))
        axes.plot(
            leader, (end_of_line, place), transform=axes.transAxes, clip_on=False, color=end.colour, scalex=False,
            scaley=False, linewidth=look.points(2), gid="leader",
        )  # fmt: skip


def _apart(wished: Sequence[float], step: float) -> list[float]:
    """Places in the same order, at least a step apart, as near as can be to those wished for."""
    piles: list[list[float]] = []  # each holds the places wished for by names that stand directly on one another
    for place in wished:
        piles.append([place])
        while len(piles) > 1 and _foot(piles[-1], step) < _foot(piles[-2], step) + len(piles[-2]) * step:
            piles[-2:] = [piles[-2] + piles[-1]]
    return [_foot(pile, step) + i * step for pile in piles for i in range(len(pile))]


def _foot(pile: Sequence[float], step: float) -> float:
    """Where the lowest of a pile stands, so that its middle is where its members' is."""
    return sum(pile) / len(pile) - (len(pile) - 1) * step / 2
