"""Position ids of a prompt, for language models that rotate by time, row and column at once (M-RoPE).

Text counts on, with one number for all three axes. A vision block that begins at position p has p + its row and p + its
column; its time is p + the offset of its temporal step. Models, and versions of their code, disagree on two points
alone: those offsets (`*_steps`) and where the text after the block goes on (`after_*`). Each rule is a function here;
`place` applies a pair of them to a prompt.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.errors import UsageError
from vtok.geometry.floats import float32
from vtok.values import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

MAX_POSITIONS = 2**26
"""Longest prompt whose ids are computed: they fill 1.5 GiB."""

MAX_OFFSET = 2**40
"""Most positions from the first step of a video to its last."""

Steps = Callable[[int, float | None], Sequence[int]]
"""From the number of temporal steps, and the seconds from one to the next, to the time offset of each."""

After = Callable[[int, int, int], int]
"""From a block's extents in time, rows and columns to how far the next position is from its first."""


def whole_steps(t: int, seconds: float | None = None) -> Sequence[int]:  # noqa: ARG001
    """One position a temporal step, however long it lasts.

    Upstream: transformers 5.23, models/qwen2_vl/modeling_qwen2_vl.py, get_vision_position_ids.
    """
    return range(t)


def timed_steps(t: int, seconds: float, per_second: float) -> Sequence[int]:
    """Seconds since the first step times positions a second, cut to whole ones; float32 at each product.

    Upstream: transformers 4.49, models/qwen2_5_vl/modeling_qwen2_5_vl.py, get_rope_index; still so in 5.23,
    models/qwen2_5_omni/modeling_qwen2_5_omni.py.
    """
    step, rate = float32(seconds), float32(per_second)
    return tuple(int(float32(float32(k * step) * rate)) for k in range(t))


def interval_steps(t: int, seconds: float, per_second: float) -> Sequence[int]:
    """Multiples of the positions from one step to the next, cut to whole ones; float32 at each product.

    Upstream: transformers 5.23, models/qwen2_5_vl/modeling_qwen2_5_vl.py, get_rope_index. The products are those of
    `timed_steps` in another order, and so differ in the last bit.
    """
    interval = float32(float32(seconds) * float32(per_second))
    return tuple(int(float32(k * interval)) for k in range(t))


def whole_second_steps(t: int, seconds: float, per_second: float) -> Sequence[int]:
    """As `timed_steps`, but with the seconds cut to whole ones first: below one second all steps share one time.

    Upstream: transformers 4.57, models/qwen2_5_vl/modeling_qwen2_5_vl.py, get_rope_index, which casts them to int64.
    """
    return tuple(int(k * int(seconds) * per_second) for k in range(t))


def after_all_axes(time: int, rows: int, columns: int) -> int:
    """Go on past the greatest position of any axis.

    Upstream: transformers 4.49 and 4.57, models/qwen2_vl/modeling_qwen2_vl.py, get_rope_index.
    """
    return max(time, rows, columns)


def after_longer_side(time: int, rows: int, columns: int) -> int:  # noqa: ARG001
    """Go on past the longer side of the image: text after a video may repeat positions of its time axis.

    Upstream: transformers 5.23, models/qwen2_vl/modeling_qwen2_vl.py, get_rope_index.
    """
    return max(rows, columns)


class Block(NamedTuple):
    """A vision block from column `start` of the ids and position `first` on; what follows it goes on at `after`.

    It has `rows` x `columns` positions at each of its temporal steps, whose times are `first` + `offsets`.
    """

    start: int
    first: int
    rows: int
    columns: int
    offsets: tuple[int, ...]
    after: int

    @property
    def length(self) -> int:
        """How many columns of the ids it takes."""
        return len(self.offsets) * self.rows * self.columns

    @property
    def last(self) -> tuple[int, int, int]:
        """Its greatest position in time, row and column."""
        return self.first + self.offsets[-1], self.first + self.rows - 1, self.first + self.columns - 1


class Segment(NamedTuple):
    """Where one span of the prompt lies: from column `start` of the ids on, with first and last position by axis.

    Text has no `block`.
    """

    span: Span
    start: int
    t: tuple[int, int]
    h: tuple[int, int]
    w: tuple[int, int]
    block: Block | None = None

    @property
    def length(self) -> int:
        """How many columns of the ids it takes."""
        return self.span.count


@dataclass(frozen=True, kw_only=True)
class Positions:
    """The position ids of a prompt: those of its vision blocks, and of the text between them.

    `length` counts the prompt's positions. Where the caller gave inputs of several spans each (an image between its
    start and end), `parts` says how many spans each has. Two of these are equal where spans and ids are; the ids
    themselves, which are long, are computed when asked for.
    """

    spans: tuple[Span, ...]
    blocks: tuple[Block, ...]
    length: int
    parts: tuple[int, ...] = ()

    @property
    def next_position(self) -> int:
        """The position of the first token that the model generates: one above the greatest id."""
        if not self.blocks:
            return self.length
        last = self.blocks[-1]
        text_end = last.after + self.length - last.start - last.length
        return max(text_end, 1 + max(max(block.last) for block in self.blocks))

    @property
    def rope_delta(self) -> int:
        """`next_position` - `length`, which the model adds to count on; below 0 where context is saved."""
        return self.next_position - self.length

    @property
    def lengths(self) -> tuple[int, ...]:
        """Positions of each input."""
        return tuple(sum(segment.length for segment in self.of(i)) for i in range(len(self.parts)))

    def of(self, part: int) -> tuple[Segment, ...]:
        """The segments of one input."""
        start = sum(self.parts[:part])
        return self.segments[start : start + self.parts[part]]

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Each span with its ranges of positions."""
        segments: list[Segment] = []
        blocks = iter(self.blocks)
        start = position = 0
        for span in self.spans:
            if span.raster is None:
                text = position, position + span.count - 1
                segments.append(Segment(span, start, text, text, text))
                position += span.count
            else:
                block = next(blocks)
                t, h, w = ((block.first, last) for last in block.last)
                segments.append(Segment(span, start, t, h, w, block))
                position = block.after
            start += span.count
        return tuple(segments)

    @cached_property
    def ids(self) -> "Ids":
        """Time, row and column of every position: shape (3, length)."""
        import numpy as np

        ids = np.empty((3, self.length), np.int64)
        ruler = _Ruler()
        met: dict[tuple[Any, ...], Block] = {}
        start = position = 0
        for block in self.blocks:
            stop, first, rows, columns, offsets, after = block
            ids[:, start:stop] = ruler.count(position, first - position)
            start = stop + len(offsets) * rows * columns
            like = met.setdefault(block[2:5], block)
            if like is not block:  # one sum costs less than three broadcasts
                np.add(ids[:, like.start : like.start + start - stop], first - like.first, out=ids[:, stop:start])
            else:
                steps = ids[:, stop:start].reshape(3, len(offsets), rows, columns)
                side = ruler.count(first, max(rows, columns))
                steps[0] = first if len(offsets) == 1 else np.add(offsets, first)[:, None, None]
                steps[1] = side[:rows, None]
                steps[2] = side[:columns]
            position = after
        ids[:, start:] = ruler.count(position, self.length - start)
        return ids

    def raster(self, block: Block) -> "Ids":
        """The ids of one vision block: its raster for each axis and temporal step, shape (3, t, rows, columns)."""
        ids = self.ids[:, block.start : block.start + block.length]
        return ids.reshape(3, len(block.offsets), block.rows, block.columns)


def place(spans: Iterable[Span], *, steps: Steps, after: After) -> Positions:
    """The positions of a prompt: each span with a raster is a vision block, all else counts as text.

    Raises UsageError above MAX_POSITIONS.
    """
    spans = tuple(spans)
    blocks: list[Block] = []
    start = position = 0
    for span in spans:
        raster = span.raster
        if raster is None:
            position += span.count
        elif start + span.count <= MAX_POSITIONS:
            t, rows, columns = raster.t, raster.rows, raster.columns
            offsets = (0,) if t == 1 else _offsets(steps, t, raster.seconds_per_grid)
            first, position = position, position + after(offsets[-1] + 1, rows, columns)
            blocks.append(Block(start, first, rows, columns, offsets, position))
        start += span.count
    if start > MAX_POSITIONS:
        raise UsageError(f"a prompt of {start:,} positions is longer than the limit of {MAX_POSITIONS:,}")
    return Positions(spans=spans, blocks=tuple(blocks), length=start)


def _offsets(steps: Steps, t: int, seconds: float | None) -> tuple[int, ...]:
    offsets = tuple(steps(t, seconds))
    if offsets[-1] > MAX_OFFSET:
        raise UsageError(f"a video spans {offsets[-1]:,} positions, more than the limit of {MAX_OFFSET:,}")
    return offsets


class _Ruler:
    """Counts on from any position; an array of its own for every short piece would cost more than the ids."""

    def __init__(self) -> None:
        self.low, self.high = 0, -1

    def count(self, start: int, length: int) -> "Ids":
        if start < self.low or start + length > self.high:
            import numpy as np

            self.low, self.high = start, start + max(length, 4096)
            self.marks = np.arange(self.low, self.high)
        return self.marks[start - self.low : start - self.low + length]
