"""Clips with limits of their own, and clips that the language model sees step by step, each with its time in text."""

from collections.abc import Iterator, Sequence

from vtok.errors import UsageError
from vtok.families import Family
from vtok.families._blocks import picture_spans
from vtok.geometry.places import raster_steps
from vtok.values import Raster, Span

ASSUMED_FPS = 24.0
"""What transformers takes a clip's rate for where nobody knows it (models/qwen3_vl/processing_qwen3_vl.py)."""


def clip_limits(family: Family) -> tuple[int, int]:
    """Least and most pixels: video_min_pixels and video_max_pixels, unless the user set only those without video_."""

    def limit(name: str) -> int:
        own = f"video_{name}"
        value: int = getattr(family, name if name in family.asked and own not in family.asked else own)
        return value

    return limit("min_pixels"), limit("max_pixels")


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
