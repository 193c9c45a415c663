"""Runs of positions: the tokens of views, the special tokens around them, and plain text between them."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from vtok.geometry.places import cell_edges, merged_raster
from vtok.values import Raster, Sink, Span, View

NEWLINE = Span(kind="newline", count=1, is_token=True)
"""A learned vector that closes a row."""

SEPARATOR = Span(kind="separator", count=1, is_token=True)
"""A learned vector between two parts of the image, or after the last part."""


TEXTS_NAMED = 3
"""How many different pieces of uncounted text a note names."""


def vision(raster: Raster, *views: int, row_end: Span | None = None) -> Span:
    """The tokens of a raster. `views` are the indices of the views whose features they are."""
    return Span(kind="vision", count=raster.cells, is_token=True, raster=raster, row_end=row_end, views=views)


def view_tokens(view: View, index: int, *, row_end: Span | None = None) -> Span:
    """The tokens of one view: the merged cells of its own grid."""
    return vision(merged_raster(view), index, row_end=row_end)


def square_tokens(view: View, index: int, *, side: int, cell: float) -> Span:
    """The tokens of one view whose number follows from no grid of patches: `side` x `side`, of `cell` view pixels."""
    ys, xs = cell_edges(side, side, cell=cell, content=view.content, source=view.source)
    return vision(Raster(t=1, rows=side, columns=side, ys=ys, xs=xs), index)


@lru_cache(maxsize=256)
def special(text: str) -> tuple[Span, ...]:
    """One special token; none for an empty text."""
    return (Span(kind="special", count=1, text=text),) if text else ()


def broken_rows(raster: Raster, *, row_break: str, end: str) -> tuple[Span, ...]:
    """The tokens of a raster of the first view. A break token closes each row, but an end token the last one."""
    row_end = next(iter(special(row_break)), None)
    return (replace(vision(raster, 0, row_end=row_end), last_row_end=False), *special(end))


def enclosed(raster: Raster, *, start: str = "", end: str = "") -> tuple[Span, ...]:
    """The tokens of a raster of the first view, between a start and an end token if these are named."""
    return (*special(start), vision(raster, 0), *special(end))


def encoder_states(
    view: View, *, sink: Sink, class_tokens: int = 1, registers: int = 0, raster: Raster | None = None
) -> tuple[Span, ...]:
    """All states that an encoder returns for the first view: class tokens, registers, patches.

    The states of patches lie in the cells of `raster`, which are the view's own unless it is given.
    """
    raster = raster or merged_raster(view)
    spans = (
        Span(kind="class", count=class_tokens, sink=sink, is_token=True, views=(0,)),
        Span(kind="register", count=registers, sink=sink, is_token=True, views=(0,)),
        Span(kind="vision", count=raster.cells, sink=sink, is_token=True, raster=raster, views=(0,)),
    )
    return tuple(span for span in spans if span.count)


def plain(text: str) -> Span:
    """Plain text that the processor writes between views. Its count is 0, since only the tokenizer knows its length."""
    return Span(kind="text", count=0, text=text)


def uncounted(spans: Iterable[Span]) -> tuple[str, ...]:
    """The note that a layout with plain text needs; none without plain text."""
    texts = [repr(span.text) for span in spans if span.kind == "text" and span.text and not span.count]
    if not texts:
        return ()
    different = list(dict.fromkeys(texts))
    named = ", ".join(different[:TEXTS_NAMED]) + (", ..." if len(different) > TEXTS_NAMED else "")
    pieces = "1 piece of text is" if len(texts) == 1 else f"{len(texts):,} pieces of text are"
    return (f"{pieces} not counted, since only the tokenizer knows the length: {named}",)
