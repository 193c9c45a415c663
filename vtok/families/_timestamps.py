"""Clips that the language model sees as a row of pictures: a vision block each temporal step, and text with its time."""

from collections.abc import Iterator, Sequence

from vtok.errors import UsageError
from vtok.geometry.places import raster_steps
from vtok.values import Raster, Span

ASSUMED_FPS = 24.0
"""What transformers takes a clip's rate for where nobody knows it (models/qwen3_vl/processing_qwen3_vl.py)."""


def blank_stamps(raster: Raster, texts: Sequence[int] | None, default: int) -> tuple[Span, ...]:
    """Timestamps of which only the length is known, one a temporal step.

    Raises UsageError where their number is another.
    """
    if texts is not None and len(texts) != raster.t:
        raise UsageError(f"{len(texts)} lengths of timestamps for {raster.t} temporal steps; give one a step, or none")
    return tuple(Span(kind="text", count=count) for count in texts or (default,) * raster.t)


def stamped_steps(
    raster: Raster, stamps: Sequence[Span], *, start: str = "", end: str = "", stamp_last: bool = False
) -> Iterator[Span]:
    """Each temporal step between its start and end, where there are such; its timestamp before it, or after it."""
    for step, stamp in zip(raster_steps(raster), stamps, strict=True):
        if not stamp_last:
            yield stamp
        yield from picture_spans(step, start=start, end=end)
        if stamp_last:
            yield stamp


def picture_spans(raster: Raster, *, start: str = "", end: str = "") -> tuple[Span, ...]:
    """A raster of the first view between its start and its end, where there are such."""
    vision = Span(kind="vision", count=raster.cells, is_token=True, raster=raster, views=(0,))
    return (*special(start), vision, *special(end))


def special(text: str) -> tuple[Span, ...]:
    """One token of the vocabulary, or none."""
    return (Span(kind="special", count=1, text=text),) if text else ()
