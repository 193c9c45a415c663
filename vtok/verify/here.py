"""What vtok makes of an input, in the form of upstream's answer."""

from collections.abc import Collection
from typing import Any

from vtok.parts.abilities import rope_versions, rotary, windowed
from vtok.parts.family import Family
from vtok.values import Layout, Span
from vtok.verify.upstream import PAD, Answer


def answer(family: Family, layout: Layout, wanted: Collection[str]) -> Answer:
    """The facts of the encoders of which upstream has an answer, and the text of the prompt."""
    facts: dict[str, Any] = {
        "grid": tuple(layout.global_view.grid),
        "grids": sorted(tuple(view.grid) for view in layout.main_views),
        "token_grid": tuple(side // layout.global_view.merge_size for side in layout.global_view.grid[1:]),
        "patches": layout.patches,
        "views": len(layout.views),
        "sizes": sorted({view.size for view in layout.views}),
    }
    if layout.sampling:
        facts["indices"] = list(layout.sampling.indices[: layout.sampling.num_sampled])
        facts["frame"] = tuple(layout.global_view.grid[1:])
    if "position_ids" in wanted and (rotating := rotary(family)):
        spans = layout.sink("prompt")
        facts["position_ids"] = rotating.positions(spans, rope_versions(family)[-1]).ids.tolist()
    if "window_index" in wanted and (windows := windowed(family)):
        partition = windows.windows([layout.global_view.grid])
        facts["window_index"] = partition.window_index.tolist()
        facts["cu_window_seqlens"] = partition.cu_window_seqlens.tolist()
    return Answer({name: facts.get(name) for name in wanted}, "".join(map(_written, layout.sink("prompt"))))


def _written(span: Span) -> str:
    """A span as text, with PAD for each visual token and each learned row end."""
    if span.raster is None or not span.row_end:
        return PAD * span.count if span.is_token else span.text
    end = PAD * span.row_end.count if span.row_end.is_token else span.row_end.text
    rows = span.raster.t * span.raster.rows
    row = PAD * span.raster.columns
    return end.join([row] * rows) + end * (span.row_ends - max(0, rows - 1))
