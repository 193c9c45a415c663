"""What tiled families share: views of the whole picture, spans of one view each, and the plain text between them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from vtok.geometry.places import merged_raster, whole_view
from vtok.geometry.tiling import centred, contained
from vtok.values import Candidate, Size, Span, Step, View


def whole(original: Size, side: int, *, patch_size: int, merge_size: int = 1) -> View:
    """The whole picture stretched to one tile."""
    size = Size(side, side)
    return whole_view(original, size, patch_size=patch_size, merge_size=merge_size)._replace(kind="thumbnail")


def padded(original: Size, side: int, *, patch_size: int, merge_size: int = 1) -> tuple[Step, View]:
    """The whole picture padded to one tile as Pillow pads it, and the step to it."""
    square = Size(side, side)
    content = centred(contained(original, square), square)
    view = whole_view(original, square, patch_size=patch_size, merge_size=merge_size, content=content)
    step = Step(name="thumbnail", before=original, after=square, reason="the whole picture, padded to one view")
    return step, view._replace(kind="thumbnail")


def vision(view: View, index: int, *, row_end: Span | None = None) -> Span:
    """The tokens of one view, the merged cells of its own grid."""
    raster = merged_raster(view)
    return Span(kind="vision", count=raster.cells, is_token=True, raster=raster, row_end=row_end, views=(index,))


def each_frame(
    views: tuple[View, ...], spans: tuple[Span, ...], frames: tuple[int, ...]
) -> tuple[tuple[View, ...], tuple[Span, ...]]:
    """The views and spans of a clip that is seen frame by frame, from those of one frame."""
    all_views = tuple(
        view._replace(kind="frame" if view.kind == "image" else view.kind, frames=(frame,))
        for frame in frames
        for view in views
    )
    all_spans = tuple(_of_frame(span, i * len(views), frame) for i, frame in enumerate(frames) for span in spans)
    return all_views, all_spans


def _of_frame(span: Span, views_before: int, frame: int) -> Span:
    if span.raster is None:
        return span
    own = tuple(view + views_before for view in span.views)
    return replace(span, raster=span.raster._replace(frames=((frame,),)), views=own)


def plain(text: str) -> Span:
    """Plain text that the processor writes between views; how many tokens it makes is the tokenizer's affair."""
    return Span(kind="text", count=0, text=text)


def uncounted(spans: Iterable[Span]) -> tuple[str, ...]:
    """The note that a layout with plain text needs."""
    texts = [repr(span.text) for span in spans if span.kind == "text" and not span.count]
    if not texts:
        return ()
    different = ", ".join(dict.fromkeys(texts))
    return (f"plain text in between is not counted, as it depends on the tokenizer: {len(texts)} x {different}",)


def chosen(candidates: Iterable[Candidate]) -> Candidate:
    """The candidate that won."""
    return next(candidate for candidate in candidates if candidate.chosen)


def tiling_step(original: Size, candidate: Candidate) -> Step:
    """The step that says which canvas was chosen, and why."""
    columns, rows = candidate.tiles
    return Step(
        name="tile", before=original, after=candidate.canvas, reason=f"{columns} x {rows} tiles: {candidate.why}"
    )


def row_by_row(tiles: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Number, row and column of each tile."""
    columns, rows = tiles
    for i in range(columns * rows):
        yield i, i // columns, i % columns
