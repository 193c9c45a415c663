"""The marks round an image and its views, and what a shape makes of one image."""

from collections.abc import Iterable
from typing import NamedTuple

from vtok.geometry.tiling import Grid
from vtok.values import Box, Size, Span, Step, View


class Marks(NamedTuple):
    """The special tokens and line breaks, one position each, round an image and round its views.

    `tile` may name {row} and {column}, counted from 1. Between two rows of tiles stands `row_end`, round all of them
    `tiles` and `tiles_end`.
    """

    begin: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    whole_end: tuple[str, ...] = ()
    tile: tuple[str, ...] = ()
    tile_end: tuple[str, ...] = ()
    row_end: tuple[str, ...] = ()
    tiles: tuple[str, ...] = ()
    tiles_end: tuple[str, ...] = ()
    whole_first: bool = False


def marked(texts: Iterable[str]) -> tuple[Span, ...]:
    """Special tokens, and line breaks as text, one position each."""
    return tuple(Span(kind="special" if text.strip() else "text", count=1, text=text) for text in texts)


class Prepared(NamedTuple):
    """One image as the encoder and the language model get it."""

    steps: tuple[Step, ...]
    views: tuple[View, ...]
    spans: tuple[Span, ...]
    content: Box | None = None
    tiles: Grid | None = None
    canvas: Size | None = None
