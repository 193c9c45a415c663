"""`vtok plot`: figures of what models cost, and of the position ids of a prompt."""

import os
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import IO, TYPE_CHECKING, Annotated, NamedTuple

import typer

import vtok
from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._pages import names_of, page_width, proportions, theme_name
from vtok.cli._pieces import InOrder, Piece, pieces_of, rope_version
from vtok.cli._presets import presets
from vtok.cli._targets import Target, format_of, image_ending, write_image
from vtok.errors import UsageError, VtokError
from vtok.parts.family import Family
from vtok.render import plots
from vtok.render.files import Outputs
from vtok.render.palette import THEMES
from vtok.render.plots import Curve, Heading, Look, Part
from vtok.render.text.plain import clean, write_lines
from vtok.values import Media, Size

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from vtok.geometry.positions import Positions

COMMAND_CLASS = InOrder
FIGURES = ("tokens", "mrope", "lengths")
SAMPLES = 900
"""Sizes of which tokens are counted for one curve, at most."""

LEAST_SIZES = 50
"""The least number of sizes of exactly the proportions asked for with which a curve is drawn."""

UNITS = {"megapixels": "megapixels", "width": "width in pixels", "height": "height in pixels"}

Which = Annotated[
    str,
    typer.Argument(
        metavar="tokens|mrope|lengths",
        show_default=False,
        autocompletion=completion.words("tokens", "mrope", "lengths"),
        help="Which figure.",
    ),
]
Pieces = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PIECE]...",
        show_default=False,
        help="mrope: files, sizes, --text N and --grid [Tx]HxW, in the order of the prompt. lengths: a scan's file.",
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="A .png, .jpg, .webp, .svg or .pdf; - for standard output. Default: tokens.png, mrope.png or lengths.png.",
    ),
]
Format = Annotated[
    str | None, typer.Option("--format", metavar="ENDING", help="For standard output: png, jpg, webp, svg, pdf.")
]
Width = Annotated[str, typer.Option("--width", "-w", metavar="N", help="Width of the figure in pixels.")]
Page = Annotated[str, typer.Option("--page", metavar="W:H", help="Proportions of the figure.")]
Theme = Annotated[str, typer.Option("--theme", metavar="light|dark", help="White or near-black.")]
Against = Annotated[
    str, typer.Option("--against", metavar="megapixels|width|height", help="tokens: what grows to the right.")
]
Aspect = Annotated[str, typer.Option("--aspect", metavar="W:H", help="tokens: the images' proportions.")]
To = Annotated[
    float | None,
    typer.Option(
        "--to",
        metavar="N",
        help="Where the axis ends. Default: tokens 4 megapixels, or 2048 pixels; mrope as much as can be read.",
    ),
]
Log = Annotated[bool, typer.Option("--log", help="tokens: each line across is twice, or more, the one below.")]
Text = Annotated[
    list[int] | None, typer.Option("--text", metavar="N", help="mrope: a piece of text of N tokens, in its place.")
]
Grid = Annotated[
    list[str] | None,
    typer.Option("--grid", "-g", metavar="[Tx]HxW[@S]", help="mrope: a grid in patches, in its place."),
]


def plot(
    *,
    which: Which,
    pieces: Pieces = None,
    model: o.Models = None,
    output: Out = None,
    format_: Format = None,
    width: Width = "1920",
    page: Page = "16:9",
    theme: Theme = "light",
    against: Against = "megapixels",
    aspect: Aspect = "4:3",
    to: To = None,
    log: Log = False,
    text: Text = None,
    grid: Grid = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    debug: o.Debug = False,
) -> None:
    """Draw figures: tokens against image size, position ids along a prompt, lengths of a data set.

    Without -o the file is tokens.png, mrope.png or lengths.png in the current folder, and its name is printed.

    Examples:
      vtok plot tokens -m qwen2.5-vl -m internvl -m deepseek-vl2 -o tokens.svg
      vtok plot tokens -m qwen2.5-vl --against width --aspect 16:9 --to 4096
      vtok plot mrope --text 8 --grid 8x12 --text 12 -o mrope.png
      vtok plot lengths lengths.parquet -o lengths.png
    """
    look = _look(width, page, theme)
    path, ending = _target(output, format_, which)
    families = presets(model, preset, video)
    failures = Failures()
    if which == "tokens":
        if pieces:
            raise UsageError(f"plot tokens draws models, not {pieces[0]}; give them with -m")
        figure = _tokens(families, look, against=against, aspect=aspect, to=to, log=log)
    elif which == "mrope":
        if len(families) > 1:
            raise UsageError("plot mrope draws one model by one pipeline; give one -m, one --pipeline")
        every_piece = list(pieces_of(pieces or [], families[0], video, failures))
        Outputs([*(model or ()), *(piece.path for piece in every_piece)]).check(path)
        figure = _mrope(families[0], [piece for piece in every_piece if piece.segment is not None], look, to)
    elif which == "lengths":
        if len(pieces or ()) != 1:
            raise UsageError("plot lengths draws the file of one scan; give its name")
        Outputs(pieces or ()).check(path)
        figure = _lengths((pieces or [""])[0], look)
    else:
        raise UsageError(f"plot {which}: no such figure; there are {', '.join(FIGURES)}")

    def write(file: IO[bytes]) -> None:
        plots.save(figure, file, ending)

    write_image(path, write)
    if output is None:
        write_lines([clean(path)])
    failures.end()


def _lengths(path: str, look: Look) -> "Figure":
    from vtok.datasets import check_installed

    check_installed()
    from vtok.datasets.lengths import measured

    try:
        models = {label: model.lengths for label, model in measured(path).items() if model.lengths.items}
    except VtokError as error:
        raise UsageError(f"{path}: {error}") from None
    if not models:
        raise UsageError(f"{path}: no item of this scan was counted")
    if len(models) > (named := plots.most_names(look)):
        raise UsageError(f"{len(models)} models have no room for their names; scan at most {named}")
    items = max(lengths.items for lengths in models.values())
    heading = Heading(
        title="How long the items are",
        subtitle=f"{items:,} items of {os.path.basename(path)}, by their prompt tokens",
        x="prompt tokens",
        y="share of the items",
    )
    return plots.histogram(models, heading, look)


def _look(width: str, page: str, theme: str) -> Look:
    wide = page_width(width)
    if wide is None:
        raise UsageError("--width original is about photos; give a number of pixels")
    return Look(wide, max(1, round(wide / proportions("--page", page))), THEMES[theme_name(theme)])


def _target(output: str | None, format_: str | None, which: str) -> Target:
    if output is None or output == "-":
        ending = image_ending(format_) or ".png"
        return Target(output or f"{which}{ending}", ending)
    return Target(output, format_of(output, format_))


def _tokens(
    families: Sequence[Family], look: Look, *, against: str, aspect: str, to: float | None, log: bool
) -> "Figure":
    if against not in UNITS:
        raise UsageError(f"--against {against}: write {', '.join(UNITS)}")
    if len(families) > (named := plots.most_names(look)):
        raise UsageError(
            f"{len(families)} lines have no room for their names; give at most {named} models and pipelines, "
            "or a higher --page"
        )
    shape = proportions("--aspect", aspect)
    limit = to if to is not None else 4.0 if against == "megapixels" else 2048.0
    most = {"megapixels": 1000.0}.get(against, 100_000.0)
    if not 0 < limit <= most:
        raise UsageError(f"--to {limit:g}: give a number above 0, up to {most:g}")
    sizes = list(dict.fromkeys(_sizes(limit, against, shape)))
    xs = [*(_place(size, against) for size in sizes), limit]
    costs = {name: _costs(family, sizes) for name, family in zip(names_of(families), families, strict=True)}
    refused = [name for name, counts in costs.items() if not any(counts)]
    if refused:
        raise UsageError(f"{', '.join(refused)} has no tokens for any of these sizes; leave it out")
    alike: dict[tuple[int | None, ...], list[str]] = {}
    for name, counts in costs.items():
        alike.setdefault(tuple(cost and cost.tokens for cost in counts), []).append(name)
    quantity = _quantity(costs)
    heading = Heading(
        title="What an image costs",
        subtitle=f"one image of {aspect}, by its size",
        x=UNITS[against],
        y=quantity,
        notes=tuple(_memory_notes(costs)),
    )
    # A line is level from each size to the next one, and from the last one to the end of the axis.
    lines = [Curve(tuple(names), xs, (*ys, ys[-1])) for ys, names in alike.items()]
    return plots.curves(lines, heading, look, log=log)


class Cost(NamedTuple):
    """What one image costs: tokens of the prompt, or of a plain encoder's output; tokens read by cross-attention."""

    tokens: int
    is_output: bool
    memory: int


def _costs(family: Family, sizes: Sequence[Size]) -> list[Cost | None]:
    """What an image of each size costs; None where the model refuses the size."""
    costs: list[Cost | None] = []
    for size in sizes:
        try:
            layout = family.layout(Media(size=size))
        except VtokError:
            costs.append(None)
        else:
            output = any(layout.sink("output"))
            costs.append(Cost(layout.prompt_tokens, output, layout.cross_attention_tokens))
    return costs


def _quantity(costs: Mapping[str, Sequence[Cost | None]]) -> str:
    """What the figure draws; UsageError where models would need two quantities."""
    outputs = [name for name, counts in costs.items() if any(cost and cost.is_output for cost in counts)]
    if outputs and len(outputs) < len(costs):
        raise UsageError(
            f"a figure draws one quantity: {', '.join(outputs)} has output tokens, the others have prompt tokens; "
            "draw them apart"
        )
    return "output tokens" if outputs else "prompt tokens"


def _memory_notes(costs: Mapping[str, Sequence[Cost | None]]) -> Iterator[str]:
    """A line for each model that reads its image by cross-attention."""
    for name, counts in costs.items():
        memory = [cost.memory for cost in counts if cost and cost.memory]
        if memory:
            low, high = min(memory), max(memory)
            span = f"{low:,}" if low == high else f"{low:,} to {high:,}"
            yield f"{name} reads {span} more tokens by cross-attention, outside the prompt"


def _sizes(limit: float, against: str, shape: Fraction) -> Iterator[Size]:
    """Sizes of exactly these proportions up to the limit; where there are few of these, sizes that come near to them.

    Tilings depend on proportions: an image of 1601x1200 may cost more than one of 1600x1200.
    """
    last = _width(limit, against, shape)
    multiple = shape.numerator if last >= LEAST_SIZES * shape.numerator else 1
    for i in range(1, SAMPLES + 1):
        wide = max(1, int(_width(limit * i / SAMPLES, against, shape) / multiple)) * multiple
        yield Size(max(1, round(wide / shape)), wide)


def _width(x: float, against: str, shape: Fraction) -> float:
    """The width in pixels of an image at a place of the axis."""
    if against == "width":
        return x
    return x * float(shape) if against == "height" else (x * 1e6 * float(shape)) ** 0.5


def _place(size: Size, against: str) -> float:
    """Where an image stands on the axis."""
    return {"width": size.width, "height": size.height, "megapixels": size.area / 1e6}[against]


def _mrope(family: Family, pieces: Sequence[Piece], look: Look, to: float | None) -> "Figure":
    if not pieces:
        raise UsageError("nothing to draw; none of the pieces could be read")
    positions = vtok.position_ids(family, segments=[piece.segment for piece in pieces], version=rope_version(family))
    if positions.length > 2**20:
        raise UsageError(f"a prompt of {positions.length:,} positions is too long for a figure; give smaller pieces")
    window = _window(positions, to)
    drawn = f"; drawn: {window.what}" if window and window.what else ""
    heading = Heading(
        title="Position ids along the prompt",
        subtitle=f"{names_of([family])[0]}: {positions.length:,} positions, the next one is "
        f"{positions.next_position:,} (rope delta {positions.rope_delta:,}){drawn}",
        x="place in the sequence",
        y="position id",
    )
    parts = list(_parts(pieces, positions.lengths))
    return plots.staircase(positions.ids, parts, heading, look, window=window and window[:2])


def _window(positions: "Positions", to: float | None) -> plots.Window | None:
    """The part of the prompt that is drawn: up to `--to`, by default the first steps where all would be too dense."""
    if to is None:
        blocks = [(block.start, len(block.offsets), block.rows, block.columns) for block in positions.blocks]
        return plots.window(blocks, positions.length)
    if not 2 <= to <= 2**20 or to != int(to):
        raise UsageError(f"--to {to:g}: give the number of positions to draw, 2 or more")
    return plots.Window(0, min(int(to), positions.length), "")


def _parts(pieces: Sequence[Piece], lengths: Sequence[int]) -> Iterator[Part]:
    start = 0
    for piece, length in zip(pieces, lengths, strict=True):
        visual = not (isinstance(piece.segment, list) and piece.segment[0] == "text")
        name = clean(os.path.basename(piece.name)) if visual else "text"
        yield Part(name, start, start + length, visual)
        start += length
