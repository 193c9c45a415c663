"""A vision block in the prompt: a raster between its start and its end."""

from vtok.values import Raster, Span


def picture_spans(raster: Raster, *, start: str = "", end: str = "") -> tuple[Span, ...]:
    """A raster of the first view between its start and its end, where there are such."""
    vision = Span(kind="vision", count=raster.cells, is_token=True, raster=raster, views=(0,))
    return (*special(start), vision, *special(end))


def special(text: str) -> tuple[Span, ...]:
    """One token of the vocabulary, or none."""
    return (Span(kind="special", count=1, text=text),) if text else ()
