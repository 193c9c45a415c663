"""Tokens and where they lie, as a table, and in words."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from vtok.render.text.tables import Cell, Column, Table, box_cell, exact
from vtok.values import Box, Layout
from vtok.values.tokens import Token

IDS = ("id_t", "id_h", "id_w")

COLUMNS = (
    Column("asked", "asked"),
    Column("token", "token", number=True),
    Column("position", "position", number=True),
    Column("what", "what"),
    Column("row", "row", number=True),
    Column("column", "column", number=True),
    Column("in the image (x,y)", "box", parts=Box._fields),
    Column("view", "view", number=True, minor=2),
    Column("tile (column,row)", "tile", number=True, minor=2, parts=("tile_column", "tile_row")),
    Column("window", "window", number=True, minor=1),
    Column("step", "t", number=True, minor=1),
    Column("frames", "frames"),
    Column("seconds", "seconds", number=True),
    Column("ids t,h,w", "ids", number=True, parts=IDS),
)
"""`asked` is the question that a row answers."""


class Answered(NamedTuple):
    """A question as it was typed, the tokens that answer it, and the M-RoPE ids of each where the model has some."""

    asked: str
    tokens: Sequence[Token]
    ids: Sequence[tuple[int, int, int]] = ()


def table(layout: Layout, answers: Sequence[Answered], *, every: bool) -> Table:
    """A row for each token; with `every`, all columns, for programs, else those that hold something."""
    rows = [_row(layout, answer, i) for answer in answers for i in range(len(answer.tokens))]
    used = [every or any(row[i] is not None for row in rows) for i in range(len(COLUMNS))]
    return Table(
        columns=[column for column, keep in zip(COLUMNS, used, strict=True) if keep],
        rows=[[cell for cell, keep in zip(row, used, strict=True) if keep] for row in rows],
    )


def _row(layout: Layout, answer: Answered, place: int) -> list[Any]:
    token = answer.tokens[place]
    ids = answer.ids[place] if answer.ids else None
    return [
        answer.asked,
        token.index,
        token.position,
        what(layout, token),
        token.row,
        token.column,
        box_cell(token.box),
        Cell(", ".join(map(str, token.views)), (",".join(map(str, token.views)),)) if token.views else None,
        token.tile and Cell(f"{token.tile[0]},{token.tile[1]}", token.tile),
        token.window,
        token.t if layout.media.is_video else None,
        Cell(_range(token.frames), (",".join(map(str, token.frames)),)) if token.frames else None,
        None if token.time is None else exact(token.time),
        ids and Cell(",".join(map(str, ids)), ids),
    ]


def _range(frames: Sequence[int]) -> str:
    """Frames for people: the first and the last of many."""
    return ", ".join(map(str, frames)) if len(frames) < 4 else f"{frames[0]} ... {frames[-1]}"


def what(layout: Layout, token: Token) -> str:
    """What a token is, in a few words."""
    named = {"special": token.text or "special token", "text": f"text {token.text!r}", "separator": "learned separator"}
    if token.kind in named:
        return named[token.kind]
    if token.column is None and token.row is not None:
        return f"{'learned newline' if token.kind == 'newline' else token.text or token.kind} after row {token.row}"
    if token.box is None:
        return _without_place(layout, token)
    padding = token.box.width <= 0 or token.box.height <= 0
    return f"padding of the {_view(layout, token)}" if padding else _view(layout, token)


def _without_place(layout: Layout, token: Token) -> str:
    if token.kind == "newline":
        return "learned newline"
    if token.kind == "unplaced":
        return f"of the {_view(layout, token)}, at a place that is not published"
    kind = {"class": "class token", "register": "register", "query": "query"}.get(token.kind, token.kind)
    return f"{kind}, reads all of the {_view(layout, token)}" if token.views else kind


def _view(layout: Layout, token: Token) -> str:
    """The kind of the view that a token shows a part of."""
    kinds = dict.fromkeys(layout.views[i].kind for i in token.views)
    return " and ".join(kinds) if kinds else "image"


def image_line(layout: Layout) -> tuple[str, str]:
    """The image, in whose pixels places are."""
    turn = ""
    if layout.media.orientation != 1:
        turn = f", {layout.media.orientation_in_words} {'applied' if layout.turned else 'ignored'}"
    return "image", f"{layout.original} pixels{turn}; x and y count from its top left corner"


def summary(layout: Layout) -> list[tuple[str, str]]:
    """The image, and how many tokens and positions there are, line by line."""
    places = layout.token_map()
    memory = " in the cross-attention memory" if places.sequence == "cross" else ""
    counts = f"{places.tokens:,} tokens at {places.positions:,} positions{memory}, both numbered from 0"
    return [image_line(layout), ("tokens", counts)]


def notes(layout: Layout, *, points: Sequence[tuple[float, ...]], frame: int | None) -> list[str]:
    """What the answers leave out. `points` are the pixels and boxes that were asked for, `frame` the source frame."""
    places = layout.token_map()
    rasters = [raster for _, _, raster in places.rasters()]
    lines = [] if rasters else [_readers(layout, point) for point in points]
    sampled = sorted({number for raster in rasters for frames in raster.frames for number in frames})
    if frame is not None and sampled and frame not in sampled:
        nearest = min(sampled, key=lambda number: abs(number - frame))
        lines.append(f"frame {frame} is not sampled, and no token sees it; the nearest sampled frame is {nearest}")
    if layout.uncounted_text:
        texts = ", ".join(map(repr, dict.fromkeys(layout.uncounted_text)))
        lines.append(f"positions leave out text that only a tokenizer can count: {texts}")
    return lines


def _readers(layout: Layout, point: tuple[float, ...]) -> str:
    """Which tokens read all of the views that show a point, or a part of a box, where no token has a place."""
    read, number = [], 0
    left, top, right, bottom = point if len(point) == 4 else (*point, *point)
    for span in layout.sink("prompt", "output"):
        source = layout.views[span.views[0]].source if span.views else None
        across = source and source.left <= right and left < source.right
        if source and across and source.top <= bottom and top < source.bottom and span.tokens:
            view = f"view {span.views[0]} ({layout.views[span.views[0]].kind})"
            does = "belong to" if span.kind == "unplaced" else "read all of"
            read.append(f"{span.kind} tokens {number} to {number + span.tokens - 1} {does} {view}")
        number += span.tokens
    asked = ",".join(f"{value:g}" for value in point)
    seen = f"of the views that show {asked}, {'; '.join(read)}"
    if any(span.kind == "unplaced" for span in layout.spans):
        return f"where the tokens of {layout.model} lie is not published; {seen}"
    return f"no token of {layout.model} has a place in the image; {seen}"
