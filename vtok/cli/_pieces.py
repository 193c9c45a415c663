"""The pieces of a prompt on the command line: files, sizes, --text and --grid, in their order."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from typer.core import TyperCommand

from vtok.cli._failures import Failures
from vtok.cli._inputs import MOST_DIGITS, gather
from vtok.cli._options import VideoOptions
from vtok.errors import UsageError
from vtok.parts.abilities import rope_pipeline, rope_versions
from vtok.parts.family import Family

PIECES = {"--text": "text\0", "--grid": "grid\0", "-g": "grid\0"}
"""The kinds of pieces that are no input, as they stand among the inputs: no name of a file holds a NUL."""


class InOrder(TyperCommand):
    """A command whose --text and --grid keep their place among the inputs, as inputs of a kind of their own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Turn the ordered options into inputs before anything is parsed."""
        return super().parse_args(ctx, list(_in_order(args)))


def _in_order(args: list[str]) -> Iterator[str]:
    rest = iter(args)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument == "--":
            yield argument
            yield from rest
        elif name in PIECES:
            number = value if equals else next(rest, "")
            if not number:
                raise UsageError(f"{name} needs a value, as {'--text 4' if name == '--text' else '--grid 36x36'}")
            yield PIECES[name] + number
        else:
            yield argument


class Piece(NamedTuple):
    """One piece of the prompt: its name, and what `vtok.position_ids` takes for it; None where it cannot be read.

    `path` is the file that it was read from, if any.
    """

    name: str
    segment: Any
    path: str | None = None


def pieces_of(arguments: list[str], family: Family, video: VideoOptions, failures: Failures) -> Iterator[Piece]:
    """The pieces in order; an input that cannot be read has no segment."""
    if not arguments:
        raise UsageError("an empty prompt; give files, sizes, --text N or --grid 36x36")
    for argument in arguments:
        kind, piece, value = argument.partition("\0")
        if piece and kind == "text":
            yield Piece(f"text {value}", ["text", _number(value)])
        elif piece:
            yield Piece(f"grid {value}", _grid_segment(value))
        else:
            yield from _layouts(argument, family, video, failures)


def _layouts(argument: str, family: Family, video: VideoOptions, failures: Failures) -> Iterator[Piece]:
    for source in gather([argument]):
        segment = None
        with failures.of(source.name):
            segment = family.layout(video.media(source))
        yield Piece(source.name, segment, source.path)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise UsageError(f"--text {text[:60]!r}: write a number of tokens")
    return int(text)


def _grid_segment(text: str) -> list[Any]:
    sides, timed, seconds = text.partition("@")
    grid = parse_grid(sides)
    if len(grid) == 2:
        if timed:
            raise UsageError(f"--grid {text!r}: an image has no seconds; write a video as TxHxW@S")
        return ["image", [1, *grid]]
    try:
        return ["video", list(grid), float(seconds) if seconds else None]
    except ValueError:
        raise UsageError(f"--grid {text!r}: write the seconds from one temporal step to the next after @") from None


def parse_grid(text: str) -> tuple[int, ...]:
    """A grid from HxW or TxHxW; UsageError for anything else."""
    sides = text.lower().split("x")
    if len(sides) not in (2, 3) or not all(side.isascii() and side.isdigit() and len(side) < 10 for side in sides):
        raise UsageError(f"--grid {text!r}: write rows x columns in patches, as 36x36, or with time first, as 8x26x46")
    grid = tuple(map(int, sides))
    if 0 in grid:
        raise UsageError(f"--grid {text!r}: each side must be 1 or more")
    return grid


def rope_version(family: Family) -> str:
    """The version whose position ids are meant: the pipeline's, where its versions have some."""
    return family.version_used if family.pipeline_used == rope_pipeline(family) else rope_versions(family)[-1]
