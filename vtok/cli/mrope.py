"""`vtok mrope`: the position ids of a prompt made of text, images and videos."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

import vtok
from vtok import engines
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._pieces import InOrder, Piece, pieces_of, rope_version
from vtok.cli._presets import one_preset
from vtok.errors import UsageError, VtokError
from vtok.geometry.positions import Positions
from vtok.parts.abilities import rope_pipeline, rope_versions
from vtok.parts.family import Family
from vtok.render.files import Outputs, save_table
from vtok.render.text import mrope as rotary
from vtok.render.text.answers import dumps
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import show, show_pairs
from vtok.values import SCHEMA

COMMAND_CLASS = InOrder

Pieces = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PIECE]...",
        show_default=False,
        help="Files, sizes, --text N and --grid [Tx]HxW, in the order of the prompt.",
    ),
]
Text = Annotated[
    list[int] | None,
    typer.Option("--text", metavar="N", help="A piece of text of N tokens, in its place among the others."),
]
Grid = Annotated[
    list[str] | None,
    typer.Option(
        "--grid",
        "-g",
        metavar="[Tx]HxW[@S]",
        help="A grid in patches; with T that of a video, whose temporal steps are S seconds apart.",
    ),
]
Segment = Annotated[
    int | None,
    typer.Option("--segment", metavar="K", help="Print the ids of piece K, a grid of them per temporal step."),
]
Save = Annotated[str | None, typer.Option("--save", metavar="FILE", help="Write the ids to FILE.npy, .json or .csv.")]


def mrope(
    *,
    pieces: Pieces = None,
    text: Text = None,
    grid: Grid = None,
    model: o.OneModel = None,
    segment: Segment = None,
    save: Save = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show the M-RoPE position ids of a prompt: time, row and column of every token.

    The pieces of the prompt stand in their order: files, sizes, --text N for N tokens of text, --grid for an image or
    video of which only the grid is known. Versions of transformers that give other ids for this prompt are named.

    Examples:
      vtok mrope --text 4 photo.jpg --text 20
      vtok mrope --text 4 --grid 36x36 --text 9 --segment 1
      vtok mrope clip.mp4 --pipeline-version 4.57 --save ids.npy
    """
    family = one_preset(model, preset, video)
    failures = Failures()
    every_piece = list(pieces_of(pieces or [], family, video, failures))
    if save:
        Outputs([*(model or ()), *(piece.path for piece in every_piece)]).check(save)
    parts = [piece for piece in every_piece if piece.segment is not None]
    if parts:
        version = rope_version(family)
        positions = vtok.position_ids(family, segments=[piece.segment for piece in parts], version=version)
        if save:
            save_table(save, positions.ids, header=("t", "h", "w"))
        if json:
            print(dumps(_document(family, parts, positions, version) | {"errors": failures.to_list()}))
        elif segment is not None:
            write_lines(list(_raster(positions, segment, [piece.name for piece in parts])))
        else:
            _show(family, parts, positions, version)
    failures.end()


def _document(family: Family, pieces: list[Piece], positions: Positions, version: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA, "model": family.model, "version": version,
        "pieces": [piece.name for piece in pieces], "length": positions.length,
        "next_position": positions.next_position, "rope_delta": positions.rope_delta, "ids": positions.ids.tolist(),
    }  # fmt: skip


def _show(family: Family, pieces: list[Piece], positions: Positions, version: str) -> None:
    show(rotary.segments(positions, [piece.name for piece in pieces]))
    show_pairs([*_about(family, version), *rotary.figures(positions), *_versions(family, pieces, positions, version)])


def _about(family: Family, version: str) -> list[tuple[str, str]]:
    ids = f"{rope_pipeline(family)} {version}"
    counting = engines.heading(family) if engines.counted_by(family) != rope_pipeline(family) else ids
    more = "" if counting == ids else f"; position ids of {ids}"
    lines = [("model", f"{family.model} · {family.names[0]} · {counting}{more}")]
    numbers = family.numbers()
    if "mrope_section" in numbers:
        interleaved = bool(numbers.get("mrope_interleaved", (False,))[0])
        lines.append(("sections", rotary.sections(numbers["mrope_section"][0], interleaved=interleaved)))
    return lines


def _versions(family: Family, pieces: list[Piece], positions: Positions, version: str) -> list[tuple[str, str]]:
    """Where other versions of transformers give other ids for this prompt, and by how much."""
    lines = []
    for other in rope_versions(family):
        if other == version:
            continue
        try:
            theirs = vtok.position_ids(family, segments=[piece.segment for piece in pieces], version=other)
        except VtokError as refused:
            lines.append((f"in {other}", str(refused)))
            continue
        if theirs.blocks != positions.blocks:
            names = [piece.name for piece in pieces]
            lines.append((f"in {other}", rotary.difference(positions, theirs, names)))
    return lines


def _raster(positions: Positions, number: int, names: list[str]) -> Iterator[str]:
    if not 0 <= number < len(names):
        raise UsageError(
            f"--segment {number}: no such piece; those of this prompt are numbered from 0 to {len(names) - 1}"
        )
    blocks = [segment.block for segment in positions.of(number) if segment.block]
    if not blocks:
        raise UsageError(f"--segment {number}: {names[number]} is text, whose ids are the same on all three axes")
    for block in blocks:
        yield from rotary.raster(positions, block)
