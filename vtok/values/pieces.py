"""The value objects that say where something lies: sizes and boxes, views, rasters and spans."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from vtok.values.frozen import Value, frozen

ViewKind = Literal["image", "tile", "thumbnail", "frame"]
SpanKind = Literal[
    "vision", "query", "newline", "separator", "class", "register", "special", "text", "unplaced", "audio"
]
Sink = Literal["prompt", "cross", "memory", "output"]


SIDE_LIMIT = 2**31
"""The longest side of an image, in pixels."""


class Size(NamedTuple):
    """A height and a width in pixels, height first as upstream. It prints as WxH, as on the command line."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def area(self) -> int:
        """The number of pixels."""
        return self.height * self.width

    @property
    def turned(self) -> "Size":
        """The size after a quarter turn."""
        return Size(self.width, self.height)

    def to_dict(self) -> dict[str, int]:
        """The JSON of a size."""
        return {"width": self.width, "height": self.height}


class Box(NamedTuple):
    """A rectangle in pixels, which may be fractions. `left` and `top` are included, `right` and `bottom` are not."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @classmethod
    def of(cls, size: Size) -> "Box":
        """The box that covers a whole image of that size."""
        return cls(0, 0, size.width, size.height)

    def to_dict(self) -> dict[str, float]:
        """The JSON of a box."""
        return self._asdict()


def grid_dict(grid: Sequence[int]) -> dict[str, int]:
    """The JSON of a grid (t, h, w), or (h, w) of an image, in patches."""
    t, h, w = (1, *grid)[-3:]
    return {"t": t, "h": h, "w": w}


def cells_dict(columns: int, rows: int) -> dict[str, int]:
    """The JSON of a table of tiles or tokens: how many lie side by side, and how many below one another."""
    return {"columns": columns, "rows": rows}


class View(NamedTuple):
    """One image given to an encoder, or one video at one size.

    `grid` is the number of patches as (t, h, w). Patches are `patch_size` pixels wide and high; the first one starts at
    the top left corner, and a remainder may be left at the right and at the bottom. `merge_size` x `merge_size` patches
    become one token. With `block_order`, the patches of one token enter the encoder one after the other; without it,
    all patches enter row by row. `content` is the box of the view that shows real pixels, `source` the box of the
    original that these pixels come from. `frames` number the source frames, repeats included.
    """

    kind: ViewKind
    size: Size
    grid: tuple[int, int, int]
    patch_size: int
    content: Box
    source: Box
    merge_size: int = 1
    block_order: bool = False
    encoder: str = "main"
    frames: tuple[int, ...] = ()

    @property
    def patches(self) -> int:
        """Number of patches, over all temporal steps."""
        t, h, w = self.grid
        return t * h * w

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a view; `frames` are left out where there are none."""
        return {
            "kind": self.kind,
            "encoder": self.encoder,
            "size": self.size.to_dict(),
            "grid": grid_dict(self.grid),
            "patch_size": self.patch_size,
            "merge_size": self.merge_size,
            "block_order": self.block_order,
            "content": self.content.to_dict(),
            "source": self.source.to_dict(),
            **({"frames": list(self.frames)} if self.frames else {}),
        }


class Raster(NamedTuple):
    """Where a block of tokens lies: t x rows x columns cells, with their edges in pixels of the original.

    The box of token (t, r, c) is (xs[c], ys[r], xs[c + 1], ys[r + 1]): `ys` holds rows + 1 edges and `xs` columns + 1.
    Edges are clamped to the original, so that a cell of padding has no area. `frames[t]` are the source frames of
    temporal step t, and `seconds_per_grid` is the time from one step to the next.
    """

    t: int
    rows: int
    columns: int
    ys: tuple[float, ...]
    xs: tuple[float, ...]
    frames: tuple[tuple[int, ...], ...] = ()
    seconds_per_grid: float | None = None

    @property
    def cells(self) -> int:
        """Number of cells, one token each."""
        return self.t * self.rows * self.columns

    def box(self, row: int, column: int) -> Box:
        """The box of one cell in the original."""
        return Box(self.xs[column], self.ys[row], self.xs[column + 1], self.ys[row + 1])

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a raster, without the keys that do not apply."""
        seconds = self.seconds_per_grid
        return {
            "t": self.t,
            **cells_dict(self.columns, self.rows),
            "ys": list(self.ys),
            "xs": list(self.xs),
            **({"frames": [list(frames) for frames in self.frames]} if self.frames else {}),
            **({} if seconds is None else {"seconds_per_grid": seconds}),
        }


@frozen
class Span(Value):
    """A run of positions in a sequence.

    `sink` names the sequence: "prompt" of the language model; "cross", a memory that the language model reads by
    cross-attention; "memory", the encoder states that a resampler or Q-Former reads; "output" of a plain encoder.
    `is_token` is true for positions that hold a visual embedding, learned newlines and separators included; it is false
    for special tokens, text and audio. The kind "unplaced" stands for visual tokens of an API whose place in the image
    is not published. `count` is 0 for text that only a tokenizer can count, and `estimated` marks a count
    that is not exact.

    A span with a `raster` has one position for each cell. The positions of `row_end` follow each row, and the last row
    only if `last_row_end`. `views` are indices of the views in `Layout.views` whose features the span holds. `time` is
    in seconds.
    """

    kind: SpanKind
    count: int
    sink: Sink = "prompt"
    is_token: bool = False
    text: str = ""
    estimated: bool = False
    time: float | None = None
    raster: Raster | None = None
    row_end: "Span | None" = None
    last_row_end: bool = True
    views: tuple[int, ...] = ()

    @property
    def row_ends(self) -> int:
        """The number of rows that `row_end` follows."""
        if self.row_end is None or self.raster is None:
            return 0
        return max(0, self.raster.t * self.raster.rows - (0 if self.last_row_end else 1))

    @property
    def positions_per_row(self) -> int:
        """The positions of a row of the raster with its row end; of a span without rows all of them, at least 1."""
        end = self.row_end.count if self.row_end else 0
        return self.raster.columns + end if self.raster else max(1, self.count)

    @property
    def tokens_per_row(self) -> int:
        """As `positions_per_row`, but the row end counts only if it holds a visual embedding."""
        end = self.row_end.tokens if self.row_end else 0
        return self.raster.columns + end if self.raster else max(1, self.count)

    @property
    def positions(self) -> int:
        """The number of positions, row ends included."""
        return self.count + (self.row_ends * self.row_end.count if self.row_end else 0)

    @property
    def tokens(self) -> int:
        """The number of positions that hold a visual embedding, learned row ends included."""
        visual = self.count if self.is_token else 0
        return visual + (self.row_ends * self.row_end.tokens if self.row_end else 0)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a span, without the keys that do not apply."""
        span: dict[str, Any] = {"kind": self.kind, "sink": self.sink, "count": self.count}
        span |= {"is_token": self.is_token, "estimated": self.estimated}
        if self.text:
            span["text"] = self.text
        if self.time is not None:
            span["time"] = self.time
        if self.raster:
            span["raster"] = self.raster.to_dict()
        if self.row_end:
            span |= {"row_end": self.row_end.to_dict(), "last_row_end": self.last_row_end}
        if self.views:
            span["views"] = list(self.views)
        return span
