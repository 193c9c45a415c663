"""Position ids as a table of segments, and one segment's raster."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vtok.render.text.tables import Cell, Column, Table

if TYPE_CHECKING:
    from vtok.geometry.positions import Block, Positions, Segment

COLUMNS = (
    Column("segment", "segment", number=True),
    Column("what", "what"),
    Column("span", "span"),
    Column("from", "start", number=True, minor=True),
    Column("positions", "positions", number=True, minor=True),
    *(Column(axis, axis, number=True, parts=(f"{axis}_first", f"{axis}_last")) for axis in "thw"),
    Column("raster (TxHxW)", "raster", number=True, minor=True, parts=("raster_t", "raster_h", "raster_w")),
)


def segments(positions: "Positions", names: Sequence[str]) -> Table:
    """A row per span of each input, with the range of its ids by axis."""
    rows = []
    for number, name in enumerate(names):
        rows += [[number, name, *_cells(segment)] for segment in positions.of(number)]
    return Table(columns=COLUMNS, rows=rows)


def _cells(segment: "Segment") -> list[object]:
    block = segment.block
    size = (len(block.offsets), block.rows, block.columns) if block else None
    return [
        _name(segment),
        segment.start,
        segment.length,
        *(Cell(_range(*axis), axis) for axis in (segment.t, segment.h, segment.w)),
        size and Cell("x".join(map(str, size)), size),
    ]


def _name(segment: "Segment") -> str:
    span = segment.span
    if span.kind == "special" and span.text:
        return span.text
    return f"{span.kind} {span.text!r}" if span.text else span.kind


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def raster(positions: "Positions", block: "Block") -> Iterator[str]:
    """The ids of a vision block: for each temporal step its rows of t,h,w."""
    for step, (t, h, w) in enumerate(positions.block_ids(block).transpose(1, 0, 2, 3).tolist()):
        yield f"temporal step {step}: t,h,w"
        width = len(f"{max(map(max, t))},{max(map(max, h))},{max(map(max, w))}")
        for rows in zip(t, h, w, strict=True):
            yield "  ".join(f"{f'{a},{b},{c}':<{width}}" for a, b, c in zip(*rows, strict=True)).rstrip()


def difference(ours: "Positions", theirs: "Positions", names: Sequence[str]) -> str:
    """How the ids of another version differ: the first range that does, and the position after the prompt."""
    moved = (next(_moved(name, ours.of(i), theirs.of(i)), "") for i, name in enumerate(names))
    first = next((text for text in moved if text), "other ids within the same ranges")
    ahead = theirs.next_position - ours.next_position
    how = f"{abs(ahead):,} {'more' if ahead > 0 else 'less'}" if ahead else "the same"
    return f"{first}; next position {theirs.next_position:,}, {how}"


def _moved(name: str, ours: Sequence["Segment"], theirs: Sequence["Segment"]) -> Iterator[str]:
    here, there = (sum(segment.length for segment in segments) for segments in (ours, theirs))
    if here != there:
        yield f"{name} takes {there:,} positions instead of {here:,}"
        return
    for one, other in zip(ours, theirs, strict=False):
        for axis in ("t", "h", "w"):
            mine, other_range = _range(*getattr(one, axis)), _range(*getattr(other, axis))
            if mine != other_range:
                yield f"{axis} of {name} ({_name(one)}) {other_range} instead of {mine}"


def sections(mrope_section: Sequence[int], *, interleaved: bool) -> str:
    """How the rotary frequencies are shared among the axes."""
    t, h, w = mrope_section
    how = "interleaved t h w t h w ..." if interleaved else "one after the other"
    return f"{t} rotary frequencies for time, {h} for rows, {w} for columns, {how}"


def figures(positions: "Positions") -> list[tuple[str, str]]:
    """Length, next position and what is saved against counting one by one."""
    length, after, delta = positions.length, positions.next_position, positions.rope_delta
    share = f" ({-delta / length:.1%} of the prompt)" if length else ""
    saved = (
        f"{-delta:,} positions less than counting one by one{share}"
        if delta <= 0
        else f"{delta:,} positions more than counting one by one"
    )
    return [("length", f"{length:,} positions"), ("next position", f"{after:,}"), ("rope_delta", f"{delta:,}: {saved}")]
