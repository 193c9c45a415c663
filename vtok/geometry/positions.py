"""Position ids of a prompt, for language models that rotate by time, row and column at once (M-RoPE).

Each text token has one number for all three axes, one higher than the token before. In a vision block that begins at
position p, a token has the row p + its row, the column p + its column, and the time p + the offset of its temporal
step. Models, and versions of their code, disagree on two points only: these offsets (`*_steps`), and the position of
the text after the block (`after_*`). Each rule is a function here; `place` applies a pair of them to a prompt.
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
"""The longest prompt whose ids are computed; they fill 1.5 GiB."""

MAX_OFFSET = 2**40
"""The most positions from the first step of a video to its last."""

Steps = Callable[[int, float | None], Sequence[int]]
"""From the number of temporal steps, and the seconds from one to the next, to the time offset of each."""

After = Callable[[int, int, int], int]
"""From the extents of a block in time, rows and columns to the distance from its first position to the next text."""


def whole_steps(t: int, seconds: float | None = None) -> Sequence[int]:  # noqa: ARG001
    """One position a temporal step, however long it lasts.

    Upstream: transformers 5.23, models/qwen2_vl/modeling_qwen2_vl.py, get_vision_position_ids.
    """
    return range(t)


def timed_steps(t: int, seconds: float, per_second: float) -> Sequence[int]:
    """Seconds since the first step times positions a second, truncated; each product is a float32.

    Upstream: transformers 4.49, models/qwen2_5_vl/modeling_qwen2_5_vl.py, get_rope_index; still so in 5.23,
    models/qwen2_5_omni/modeling_qwen2_5_omni.py.
    """
    step, rate = float32(seconds), float32(per_second)
    return tuple(int(float32(float32(k * step) * rate)) for k in range(t))


def interval_steps(t: int, seconds: float, per_second: float) -> Sequence[int]:
    """Multiples of the positions from one step to the next, truncated; each product is a float32.

    The products are those of `timed_steps` in another order, and so differ in the last bit. Upstream: transformers
    5.23, models/qwen2_5_vl/modeling_qwen2_5_vl.py, get_rope_index.
    """
    interval = float32(float32(seconds) * float32(per_second))
    return tuple(int(float32(k * interval)) for k in range(t))


def whole_second_steps(t: int, seconds: float, per_second: float) -> Sequence[int]:
    """As `timed_steps`, but the seconds are truncated first: if a step lasts less than a second, all share one time.

    Upstream: transformers 4.57, models/qwen2_5_vl/modeling_qwen2_5_vl.py, get_rope_index, which casts them to int64.
    """
    return tuple(int(k * int(seconds) * per_second) for k in range(t))


def whole_timed_steps(t: int, seconds: float, per_second: float) -> Sequence[int]:
    """As `timed_steps`, for a model whose ids are not truncated.

    Raises UsageError where they are no whole numbers. Upstream: transformers 5.23,
    models/qwen3_omni_moe/modeling_qwen3_omni_moe.py, get_rope_index.
    """
    step = seconds * per_second
    if step % 1:
        raise UsageError(
            f"a temporal step of {seconds:.4g} seconds is {step:.4g} positions, and vtok has whole positions only; "
            "choose another rate of frames"
        )
    return tuple(k * int(step) for k in range(t))


def after_all_axes(time: int, rows: int, columns: int) -> int:
    """The text goes on after the greatest position of any axis.

    Upstream: transformers 4.49 and 4.57, models/qwen2_vl/modeling_qwen2_vl.py, get_rope_index.
    """
    return max(time, rows, columns)


def after_longer_side(time: int, rows: int, columns: int) -> int:  # noqa: ARG001
    """The text goes on after the longer side of the image. After a video, it may repeat positions of the time axis.

    Upstream: transformers 5.23, models/qwen2_vl/modeling_qwen2_vl.py, get_rope_index.
    """
    return max(rows, columns)


class Block(NamedTuple):
    """A vision block of the prompt. It begins at column `start` of the ids and at position `first`.

    Each of its temporal steps has `rows` x `columns` positions and the time `first` + its offset. The text behind the
    block goes on at position `after`.
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
    """The place of one span in the prompt: it begins at column `start` of the ids.

    `t`, `h` and `w` are its first and last position by axis. Text has no `block`.
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
    """The position ids of a prompt, described by its vision blocks; the ids themselves are computed on request.

    `length` counts the positions of the prompt. An input may consist of several spans (an image between its start and
    end); `parts` says how many spans each input has.
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
        """`next_position` - `length`, which the model adds to count on. It is below 0 if positions are saved."""
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
            if like is not block:  # a block of the same shape: one sum costs less than three broadcasts
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

    def block_ids(self, block: Block) -> "Ids":
        """The ids of one vision block: shape (3, t, rows, columns)."""
        ids = self.ids[:, block.start : block.start + block.length]
        return ids.reshape(3, len(block.offsets), block.rows, block.columns)


def place(spans: Iterable[Span], *, steps: Steps, after: After) -> Positions:
    """The positions of a prompt. Each span with a raster is a vision block; all other spans count as text.

    Raises UsageError for a prompt longer than MAX_POSITIONS.
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
    """Ranges of positions, cut from one array. An array for every short range would cost more than the ids."""

    def __init__(self) -> None:
        self.low, self.high = 0, -1

    def count(self, start: int, length: int) -> "Ids":
        if start < self.low or start + length > self.high:
            import numpy as np

            self.low, self.high = start, start + max(length, 4096)
            self.marks = np.arange(self.low, self.high)
        return self.marks[start - self.low : start - self.low + length]
