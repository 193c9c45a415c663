"""The segments of a prompt, as the user writes them: text, images and videos whose grid is known, and layouts."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError
from vtok.geometry.windows import checked_grid
from vtok.parts.abilities import steps_per_token
from vtok.values import Layout, Raster, Span

if TYPE_CHECKING:
    from vtok.parts.abilities import Rotary

MAX_STEPS = 2**16
"""Most temporal steps of a video: 18 hours at one step a second."""

MAX_SECONDS = 86_400
"""Most seconds from one temporal step of a video to the next."""


def spans_of(family: "Rotary", segments: Iterable[Any], version: str) -> list[tuple[Span, ...]]:
    """The spans of each segment in that version of transformers. Raises UsageError for anything but a segment."""
    parts: list[tuple[Span, ...]] = []
    known: dict[str, tuple[Span, ...]] = {}  # prompts repeat their segments, and spans cost more than their ids
    for segment in segments:
        if isinstance(segment, Layout):
            parts.append(_layout(family, segment, version))
            continue
        key = repr(segment)
        if key not in known:
            known[key] = _spans(family, segment)
        parts.append(known[key])
    return parts


def _layout(family: "Rotary", layout: Layout, version: str) -> tuple[Span, ...]:
    """The spans of a layout.

    A layout of another version is made again, since versions differ in the seconds of a video's temporal steps.
    """
    if layout.model != family.model:
        raise UsageError(f"a layout of {layout.model} cannot be part of a prompt for {family.model}")
    if layout.pipeline != "transformers" or layout.version == version:
        return tuple(layout.sink("prompt"))
    again = family.choose(version=version).layout(layout.media)
    if [view.grid for view in again.views] != [view.grid for view in layout.views]:
        raise UsageError(
            f"a layout with options of its own by version {layout.version} cannot be part of a prompt by {version}; "
            f"make it with version={version!r}, or give its options here, too"
        )
    return tuple(again.sink("prompt"))


def _spans(family: "Rotary", segment: Any) -> tuple[Span, ...]:
    kind, *rest = segment if isinstance(segment, (list, tuple)) and segment else (None,)
    if kind == "text" and len(rest) == 1:
        return (Span(kind="text", count=_length(rest[0])),)
    if kind == "image" and len(rest) == 1:
        return _image(family, rest[0])
    if kind == "video" and 1 <= len(rest) <= 3:
        return _video(family, *rest)
    raise UsageError(
        f"a segment is ['text', tokens], ['image', grid] or ['video', grid, seconds or None, text lengths], "
        f"not {segment!r}"
    )


def _length(tokens: Any) -> int:
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 1:
        raise UsageError(f"a text's length is a number of tokens from 1 up, not {tokens!r}")
    return tokens


def _image(family: "Rotary", grid: Any) -> tuple[Span, ...]:
    t, h, w = checked_grid(grid, merge_size=family.merge_size)
    if t > 1:
        raise UsageError(f"an image has one temporal step, not {t}; call it a video")
    return family.grid_spans(_raster(family, 1, h, w), video=False, texts=None)


def _video(
    family: "Rotary", grid: Any, seconds: float | None = None, texts: Sequence[int] | None = None
) -> tuple[Span, ...]:
    t, h, w = checked_grid(grid, merge_size=family.merge_size)
    if "video" not in family.kinds:
        raise UsageError(family.no_videos)
    merge_time = steps_per_token(family)
    if t % merge_time:
        raise UsageError(f"{family.model} merges {merge_time} temporal steps; {t} is not a multiple of {merge_time}")
    if t > MAX_STEPS:
        raise UsageError(f"{t:,} temporal steps are more than the limit of {MAX_STEPS:,}")
    if seconds is not None and not (isinstance(seconds, (int, float)) and 0 <= seconds <= MAX_SECONDS):
        raise UsageError(f"seconds from one temporal step to the next must be 0 to {MAX_SECONDS:,}, not {seconds!r}")
    if texts is not None:
        if not isinstance(texts, (list, tuple)) or len(texts) != t:
            raise UsageError(f"give {t} text lengths, one for each temporal step, not {texts!r}")
        texts = [_length(text) for text in texts]
    spans = family.grid_spans(_raster(family, t // merge_time, h, w, seconds), video=True, texts=texts)
    if texts and not any(span.kind == "text" for span in spans):
        raise UsageError(f"{family.model} has no text between the temporal steps of a video")
    return spans


def _raster(family: "Rotary", t: int, h: int, w: int, seconds: float | None = None) -> Raster:
    """A raster without edges, since a bare grid lies on no image."""
    m = family.merge_size
    return Raster(t=t, rows=h // m, columns=w // m, ys=(), xs=(), seconds_per_grid=seconds)
