"""Where each position of a sequence lies in the image: from a token to its box, and from a pixel to its tokens."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from operator import index
from typing import TYPE_CHECKING, Any, Literal

from vtok.errors import UsageError
from vtok.values.pieces import Box, Raster, Size, Span, SpanKind, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SequenceName = Literal["prompt", "cross", "memory"]
"""A sequence of positions: the prompt (or a plain encoder's output), the cross-attention memory, or the encoder states
that a resampler or Q-Former reads. Each counts its tokens and positions from 0.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One position of a sequence.

    `index` is its number among the visual tokens of the sequence, None for special tokens and text; `position` counts
    all positions. `span` is the number of its span in `Layout.spans`. `t`, `row` and `column` are its cell in the
    span's raster; a row end has no column. `box` is in pixels of the original: None where the token has no place in the
    image, without area where the cell shows padding only. `views` are the numbers of the views whose features it holds,
    `tile` is the (column, row) of its tile, `window` the number of its attention window, row by row from 0. `frames`
    are source frames, and `time` is that of the first one in seconds.
    """

    sequence: SequenceName
    index: int | None
    position: int
    span: int
    kind: SpanKind
    text: str = ""
    box: Box | None = None
    t: int | None = None
    row: int | None = None
    column: int | None = None
    views: tuple[int, ...] = ()
    tile: tuple[int, int] | None = None
    window: int | None = None
    frames: tuple[int, ...] = ()
    time: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a token, without the keys that do not apply."""
        plain = asdict(self) | {"views": list(self.views) or None, "frames": list(self.frames) or None}
        plain |= {"text": self.text or None, "box": self.box and self.box.to_dict()}
        plain["tile"] = self.tile and dict(zip(("column", "row"), self.tile, strict=True))
        return {key: value for key, value in plain.items() if value is not None}


class TokenMap:
    """The places of all positions of one sequence of a Layout. `Layout.token_map` makes it.

    `spans` are (number in the layout, span) pairs of the sequence, in order.
    """

    def __init__(
        self,
        sequence: SequenceName,
        spans: Sequence[tuple[int, Span]],
        *,
        views: Sequence[View],
        original: Size,
        tiles: tuple[int, int] | None = None,
        window: int | None = None,
        fps: float | None = None,
    ) -> None:
        self.sequence = sequence
        self._spans, self._views, self._original = spans, views, original
        self._window, self._fps = window, fps
        self._tiles = tiles
        self._of_tiles = [i for i, view in enumerate(views) if view.kind == "tile" and view.encoder == "main"]
        self._tokens = list(accumulate((span.tokens for _, span in spans), initial=0))
        self._positions = list(accumulate((span.positions for _, span in spans), initial=0))

    @property
    def tokens(self) -> int:
        """The number of visual tokens."""
        return self._tokens[-1]

    @property
    def positions(self) -> int:
        """The number of positions, special tokens and counted text included."""
        return self._positions[-1]

    def token(self, number: int) -> Token:
        """The visual token with this number. Raises UsageError for a number that there is not."""
        place = self._place("token", number, self._tokens, "visual tokens")
        span, offset = self._spans[place][1], int(number) - self._tokens[place]
        return self._of(place, *divmod(offset, span.tokens_per_row))

    def at_position(self, position: int) -> Token:
        """The position with this number. Raises UsageError for a number that there is not."""
        place = self._place("position", position, self._positions, "positions")
        span, offset = self._spans[place][1], int(position) - self._positions[place]
        return self._of(place, *divmod(offset, span.positions_per_row))

    def __iter__(self) -> Iterator[Token]:
        """All positions, in order."""
        return (self.at_position(position) for position in range(self.positions))

    def at_pixel(self, x: float, y: float, frame: int | None = None) -> list[int]:
        """The numbers of the tokens whose boxes hold a point of the original, in order; of one source frame, if named.

        The point (x, y) counts from the top left corner of the image; pixel 0 reaches from 0 to 1. Raises UsageError
        for a point outside of the image.
        """
        height, width = self._original
        if not (0 <= x < width and 0 <= y < height):
            raise UsageError(
                f"pixel {x:g},{y:g} lies outside of the image of {self._original} pixels; "
                f"x is 0 to {width - 1}, y is 0 to {height - 1}"
            )
        return self._in_cells(lambda edges, axis: _cell_at(edges, (x, y)[axis]), frame)

    def in_box(self, box: Box, frame: int | None = None) -> list[int]:
        """The numbers of the tokens whose boxes share area with a box of the original, in order.

        Raises UsageError for a box without area and for one that lies outside of the image.
        """
        height, width = self._original
        if not (box.left < box.right and box.top < box.bottom):
            raise UsageError(f"box {_numbers(box)} has no area; give left, top, right and bottom in pixels")
        if not (box.left < width and box.right > 0 and box.top < height and box.bottom > 0):
            raise UsageError(f"box {_numbers(box)} lies outside of the image of {self._original} pixels")
        return self._in_cells(lambda edges, axis: _cells_between(edges, box[axis], box[axis + 2]), frame)

    def boxes(self) -> "NDArray[np.float64]":
        """The boxes of all visual tokens: shape (tokens, 4), in the order of a Box; NaN for tokens without a place."""
        import numpy as np

        boxes = np.full((self.tokens, 4), np.nan)
        for first, span, raster in self.rasters():
            stride = span.tokens_per_row
            cells = np.full((raster.t, raster.rows, stride, 4), np.nan)
            inner = cells[:, :, : raster.columns]
            inner[..., 0], inner[..., 2] = raster.xs[:-1], raster.xs[1:]
            inner[..., 1] = np.asarray(raster.ys[:-1])[:, None]
            inner[..., 3] = np.asarray(raster.ys[1:])[:, None]
            boxes[first : first + span.tokens] = cells.reshape(-1, 4)[: span.tokens]
        return boxes

    def rasters(self) -> Iterator[tuple[int, Span, Raster]]:
        """The spans of tokens with a place in the image: the number of the first token, the span and its raster."""
        for span, first in self.firsts():
            if span.raster and span.raster.xs and span.is_token:
                yield first, span, span.raster

    def firsts(self) -> Iterator[tuple[Span, int]]:
        """The spans of the sequence, each with the number of its first visual token."""
        return ((span, first) for (_, span), first in zip(self._spans, self._tokens, strict=False))

    def _place(self, what: str, number: int, starts: list[int], name: str) -> int:
        """The place of the span that holds a number, counted as `starts` do."""
        try:
            wanted = -1 if isinstance(number, bool) else index(number)
        except TypeError:
            wanted = -1
        if not 0 <= wanted < starts[-1]:
            holder = "the input" if self.sequence == "prompt" else f"the {self.sequence} sequence"
            numbered = f", numbered 0 to {starts[-1] - 1}" if starts[-1] else ""
            raise UsageError(f"there is no {what} {number!r}: {holder} has {starts[-1]:,} {name}{numbered}")
        return bisect_right(starts, wanted) - 1

    def _in_cells(self, chosen: Callable[[Sequence[float], int], Sequence[int]], frame: int | None) -> list[int]:
        numbers = []
        for first, span, raster in self.rasters():
            columns, rows = chosen(raster.xs, 0), chosen(raster.ys, 1)
            stride = span.tokens_per_row
            for t in range(raster.t):
                if frame is None or not raster.frames or frame in raster.frames[t]:
                    lines = (first + (t * raster.rows + row) * stride for row in rows)
                    numbers += [line + column for line in lines for column in columns]
        return numbers

    def _of(self, place: int, line: int, column: int) -> Token:
        """The token in a column of a line of a span; lines are the rows of all temporal steps."""
        number, span = self._spans[place]
        raster = span.raster
        cell = line * span.positions_per_row + column
        visual = self._tokens[place] + line * span.tokens_per_row + column
        bare = Token(
            sequence=self.sequence,
            index=visual if span.is_token else None,
            position=self._positions[place] + cell,
            span=number,
            kind=span.kind,
            text=span.text,
            views=span.views,
        )
        if raster is None:
            return self._in_view(bare)
        t, row = divmod(line, raster.rows)
        frames = raster.frames[t] if raster.frames else ()
        bare = replace(bare, t=t, row=row, frames=frames, time=self._time(frames))
        if column >= raster.columns and (end := span.row_end):
            return replace(bare, kind=end.kind, text=end.text, index=visual if end.is_token else None, views=())
        return self._in_cell(replace(bare, column=column), raster)

    def _in_view(self, token: Token) -> Token:
        """A token without a cell, with the tile and the frames of its view."""
        frames = self._views[token.views[0]].frames if len(token.views) == 1 else ()
        return replace(token, tile=self._tile(token.views), frames=frames, time=self._time(frames))

    def _in_cell(self, token: Token, raster: Raster) -> Token:
        row, column = token.row or 0, token.column or 0
        box = raster.box(row, column) if raster.xs else None
        views = self._seen(token.views, raster, row, column)
        return replace(token, box=box, views=views, tile=self._tile(views), window=self._window_of(token, raster))

    def _seen(self, views: tuple[int, ...], raster: Raster, row: int, column: int) -> tuple[int, ...]:
        """The views that a cell shows a part of: of many tiles the one in which its middle lies."""
        tiles = [i for i in views if i in self._of_tiles]
        if len(tiles) < 2 or not self._tiles or not raster.xs:
            return views
        box = raster.box(row, column)
        if box.width <= 0 or box.height <= 0:  # padding lies in no view's source: by its share of rows and columns
            across, down = self._tiles
            tile = (row * down // raster.rows) * across + column * across // raster.columns
            return (tiles[tile],)
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        return (min(tiles, key=lambda i: _distance(self._views[i].source, x, y)),)

    def _tile(self, views: tuple[int, ...]) -> tuple[int, int] | None:
        if len(views) != 1 or views[0] not in self._of_tiles or not self._tiles or not self._tiles[0]:
            return None
        row, column = divmod(self._of_tiles.index(views[0]), self._tiles[0])
        return column, row

    def _window_of(self, token: Token, raster: Raster) -> int | None:
        """The number of the attention window, row by row; None where tokens straddle windows, or there are none."""
        view = self._views[token.views[0]] if token.views else None
        if view is None or not self._window or token.row is None or token.column is None:
            return None
        if (raster.rows, raster.columns) != tuple(side // view.merge_size for side in view.grid[1:]):
            return None
        side, rest = divmod(self._window, view.patch_size * view.merge_size)
        if rest:
            return None
        across, down = -(-raster.columns // side), -(-raster.rows // side)
        return ((token.t or 0) * down + token.row // side) * across + token.column // side

    def _time(self, frames: tuple[int, ...]) -> float | None:
        return frames[0] / self._fps if frames and self._fps else None


def _cell_at(edges: Sequence[float], value: float) -> range:
    """The cell that holds a value, as a range of one; an empty one outside of the edges."""
    cell = bisect_right(edges, value) - 1
    return range(cell, cell + 1) if 0 <= cell < len(edges) - 1 else range(0)


def _cells_between(edges: Sequence[float], low: float, high: float) -> list[int]:
    """The cells with length that reach into (low, high)."""
    cells = range(max(0, bisect_right(edges, low) - 1), min(bisect_left(edges, high), len(edges) - 1))
    return [cell for cell in cells if edges[cell] < edges[cell + 1]]


def _distance(box: Box, x: float, y: float) -> float:
    """How far a point lies outside of a box; 0 inside."""
    return max(box.left - x, 0, x - box.right) + max(box.top - y, 0, y - box.bottom)


def _numbers(box: Box) -> str:
    return ",".join(f"{side:g}" for side in box)
