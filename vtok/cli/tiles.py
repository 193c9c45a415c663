"""`vtok tiles`: how a tiled model cuts an image, why, and what one pixel less would save."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

import typer

from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._presets import one_preset
from vtok.errors import UsageError, VtokError
from vtok.parts.abilities import tiled
from vtok.parts.family import Family
from vtok.render.text import tiles as views
from vtok.render.text.answers import dumps, provenance
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import show, show_pairs
from vtok.values import Candidate, Layout, Media, Size

DEFAULT_MODEL = "deepseek-vl2"
SLIGHTLY = 0.02
"""How much smaller an image may be made to save tokens, as a share of its side."""
MOST_PIXELS = 100
"""And in pixels, since each size is a layout of its own."""

Candidates = Annotated[
    bool, typer.Option("--candidates", help="List every candidate, not only those that come closest to the chosen one.")
]
Model = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", show_default=False, autocompletion=completion.models,
        help=f"A model that cuts images into tiles. Default: $VTOK_MODEL, else {DEFAULT_MODEL}.",
    ),
]  # fmt: skip


def tiles(
    *,
    inputs: o.InputOptions,
    model: Model = None,
    candidates: Candidates = False,
    preset: o.PresetOptions,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show how a model cuts an image into tiles, and why.

    The candidates are listed with the scores by which the model's own code chooses among them, then the tiles with
    their places in the canvas and in the image, then the sequence that the language model gets. A hint
    names a slightly smaller image that costs less, if there is one. Tiles have the same numbers as in `vtok overlay`.

    Examples:
      vtok tiles photo.jpg
      vtok tiles 1920x1080 -m internvl --candidates
    """
    sources = inputs.gather("cut into tiles")
    family = one_preset(model, preset, default=DEFAULT_MODEL)
    failures = Failures()
    documents: list[dict[str, Any]] = []
    for source in sources:
        tiling = None
        with failures.of(source.name):
            tiling = _tiling(family, source.media("image", {}))
        if tiling is None:
            documents.append(failures[-1]._asdict())
        elif json:
            documents.append({"input": source.name, **tiling.to_dict()})
        else:
            _print(source.name, tiling, everything=candidates)
    if json:
        print("[" + ",\n ".join(map(dumps, documents)) + "]")
    failures.end()


class Tiling(NamedTuple):
    """A tiled layout, and the candidates that its tiling was chosen from; none where the rule has no choice.

    `saving` is a sentence about a slightly smaller image that costs less, if there is one.
    """

    layout: Layout
    candidates: tuple[Candidate, ...]
    saving: str | None

    def to_dict(self) -> dict[str, Any]:
        """The layout's JSON with candidates and saving."""
        candidates = [candidate.to_dict() for candidate in self.candidates]
        return {**self.layout.to_dict(), "candidates": candidates, "saving": self.saving}


def _tiling(family: Family, media: Media) -> Tiling:
    layout = family.layout(media)
    if layout.tiles is None:
        raise UsageError(f"{family.model} does not tile; `vtok count` explains what it does with an image")
    able = tiled(family)
    return Tiling(layout, able.candidates(media) if able else (), _saving(family, media, layout))


def _saving(family: Family, media: Media, layout: Layout) -> str | None:
    """The least reduction of the image that saves tokens, if a small one does."""
    for size, pixels in _slightly_smaller(layout.original):
        try:
            other = family.layout(replace(media, size=size, orientation=1))
        except VtokError:
            continue
        if other.prompt_tokens < layout.prompt_tokens:
            saved = layout.prompt_tokens - other.prompt_tokens
            less = "one pixel" if pixels == 1 else f"{pixels} pixels"
            change = f"{other.prompt_tokens:,} instead of {layout.prompt_tokens:,}"
            return f"an image smaller by {less} ({size}) costs {saved:,} prompt tokens less: {change}"
    return None


def _slightly_smaller(size: Size) -> Iterator[tuple[Size, int]]:
    """Sizes that are smaller by a few pixels in width, in height, or in both; and by how many."""
    for pixels in range(1, min(max(1, int(max(size) * SLIGHTLY)), MOST_PIXELS) + 1):
        if pixels > 1 and pixels > SLIGHTLY * min(size):
            return
        for height, width in ((0, pixels), (pixels, 0), (pixels, pixels)):
            smaller = Size(size.height - height, size.width - width)
            if min(smaller) >= 1:
                yield smaller, pixels


def _print(name: str, tiling: Tiling, *, everything: bool) -> None:
    layout = tiling.layout
    pairs = [("input", name), ("model", provenance(layout)), *views.summary(layout)]
    pairs.append(("cost", f"{layout.tokens:,} tokens, {layout.prompt_tokens:,} prompt tokens"))
    if tiling.saving:
        pairs.append(("hint", tiling.saving))
    show_pairs(pairs)
    drawing = [f"  {line}" for line in views.drawing(layout)]
    write_lines(["", *drawing, ""] if drawing else [""])
    tables = [views.candidates(tiling.candidates, everything=everything)] if tiling.candidates else []
    for table in (*tables, views.views(layout), views.sequence(layout)):
        show(table)
        write_lines([""])
