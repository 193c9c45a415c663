"""`vtok tiles`: how a tiled model cuts an image, why, and what one pixel less would save."""

from dataclasses import replace
from typing import Annotated, Any, NamedTuple

import typer

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
NEAR = 0.02
"""How much smaller an image may be made to save tokens, as a share of its side."""
FEW = 100
"""And in pixels: each is a layout of its own."""

Candidates = Annotated[
    bool, typer.Option("--candidates", help="Show every candidate, not only the chosen one's neighbours.")
]
Model = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", show_default=False, help=f"A tiled model. Default: {DEFAULT_MODEL}."
    ),
]


def tiles(
    *,
    inputs: o.InputOptions,
    model: Model = None,
    candidates: Candidates = False,
    preset: o.PresetOptions,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show how a tiled model cuts an image: candidates and scores, canvas, padding, tiles, order of tokens.

    vtok tiles photo.jpg -m deepseek-vl2

    vtok tiles 1920x1080 -m internvl --candidates
    """
    sources = inputs.gather()
    family = one_preset(model, preset, default=DEFAULT_MODEL)
    failures = Failures()
    results: list[dict[str, Any]] = []
    for given in sources:
        tiling = None
        with failures.of(given.name):
            tiling = _tiling(family, given.media("image", {}))
        if tiling is None:
            results.append(failures[-1]._asdict())
        elif json:
            results.append({"input": given.name, **tiling.to_dict()})
        else:
            _print(given.name, tiling, everything=candidates)
    if json:
        print("[" + ",\n ".join(map(dumps, results)) + "]")
    failures.end()


class Tiling(NamedTuple):
    """A tiled layout, the candidates it was chosen from (none where the rule has no choice), what less would save."""

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
    considered = able.candidates(media) if able else ()
    return Tiling(layout, considered, _saving(family, media, layout))


def _saving(family: Family, media: Media, layout: Layout) -> str | None:
    """The least reduction of the image that saves tokens, if a small one does."""
    size = layout.original
    for pixels in range(1, min(max(1, int(max(size) * NEAR)), FEW) + 1):
        for less in ((0, pixels), (pixels, 0), (pixels, pixels)):
            smaller = Size(size.height - less[0], size.width - less[1])
            if min(smaller) < 1 or (pixels > 1 and pixels > NEAR * min(size)):
                continue
            try:
                other = family.layout(replace(media, size=smaller, orientation=1))
            except VtokError:
                continue
            saved = layout.prompt_tokens - other.prompt_tokens
            if saved > 0:
                unit = "one pixel" if pixels == 1 else f"{pixels} pixels"
                change = f"{other.prompt_tokens:,} instead of {layout.prompt_tokens:,}"
                return f"{unit} less ({smaller}) would save {saved:,} tokens: {change}"
    return None


def _print(name: str, tiling: Tiling, *, everything: bool) -> None:
    layout, considered, saving = tiling
    facts = [("input", name), ("model", provenance(layout)), *views.summary(layout)]
    facts.append(("cost", f"{layout.tokens:,} tokens, {layout.prompt_tokens:,} prompt tokens"))
    if saving:
        facts.append(("near", saving))
    show_pairs(facts)
    drawing = [f"  {line}" for line in views.drawing(layout)]
    write_lines(["", *drawing, ""] if drawing else [""])
    tables = [views.candidates(considered, everything=everything)] if considered else []
    for table in (*tables, views.views(layout), views.sequence(layout)):
        show(table)
        write_lines([""])
