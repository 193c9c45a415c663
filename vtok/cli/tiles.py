"""`vtok tiles`: how a tiled model cuts a picture, why, and what one pixel less would save."""

from dataclasses import replace
from typing import Annotated, Any, cast

import typer

from vtok.cli import _options as o
from vtok.cli._inputs import complain, gather
from vtok.errors import UsageError, VtokError
from vtok.families import Family, Tiled
from vtok.render import tiling
from vtok.render.answers import dumps, provenance
from vtok.render.plain import write_lines
from vtok.render.tables import is_terminal, show
from vtok.values import Candidate, Layout, Media, Size

DEFAULT_MODEL = "deepseek-vl2"
NEAR = 0.02
"""How much smaller a picture may be made to save tokens, as a share of its side."""

Candidates = Annotated[
    bool, typer.Option("--candidates", help="Show every candidate, not only the chosen one's neighbours.")
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", show_default=False, help=f"A tiled model. Default: {DEFAULT_MODEL}."
    ),
]


def tiles(
    inputs: o.Inputs = None,
    model: Model = None,
    candidates: Candidates = False,
    exif: o.Exif = "auto",
    pipeline: o.Pipeline = None,
    version: o.Version = None,
    set_: o.Set = None,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show how a tiled model cuts a picture: candidates and scores, canvas, padding, tiles, order of tokens.

    vtok tiles photo.jpg -m deepseek-vl2

    vtok tiles 1920x1080 -m internvl --candidates
    """
    found = gather(inputs or (), files_from=None, null=False)
    options = o.parse_settings(set_)
    options |= {k: v for k, v in {"pipeline": pipeline, "version": version}.items() if v is not None}
    if exif != "auto":
        options["exif"] = exif
    family = o.configured([o.chosen_model(model or DEFAULT_MODEL)], options)[0]
    failed = False
    results: list[dict[str, Any]] = []
    for given in found:
        try:
            media = given.media("image", {})
            layout = family.layout(media)
            if layout.tiles is None:
                raise UsageError(f"{family.model} does not tile: a picture is one view; `vtok count` explains it")
            considered = _considered(family, media)
            saving = _saving(family, media, layout)
        except UsageError:
            raise
        except VtokError as error:
            failed = True
            complain(given.name, str(error))
            results.append({"input": given.name, "error": str(error)})
            continue
        if json:
            found_ = [
                {"tiles": c.tiles, "canvas": c.canvas, **dict(c.scores), "chosen": c.chosen, "why": c.why}
                for c in considered
            ]
            results.append({"input": given.name, **layout.to_dict(), "candidates": found_, "saving": saving})
        else:
            _print(given.name, layout, considered, saving, everything=candidates)
    if json:
        print("[" + ",\n ".join(map(dumps, results)) + "]")
    if failed:
        raise typer.Exit(1)


def _considered(family: Family, media: Media) -> tuple[Candidate, ...]:
    return cast("Tiled", family).candidates(media) if hasattr(family, "candidates") else ()


def _saving(family: Family, media: Media, layout: Layout) -> str | None:
    """The least reduction of the picture that saves tokens, if a small one does."""
    size = layout.original
    for pixels in range(1, max(1, int(max(size) * NEAR)) + 1):
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
                return f"{unit} less ({smaller}) would save {saved:,} tokens: {other.prompt_tokens:,} instead of {layout.prompt_tokens:,}"
    return None


def _print(
    name: str, layout: Layout, considered: tuple[Candidate, ...], saving: str | None, *, everything: bool
) -> None:
    lines = [("input", name), ("model", provenance(layout)), *tiling.summary(layout)]
    lines.append(("cost", f"{layout.tokens:,} tokens, {layout.prompt_tokens:,} prompt tokens"))
    if saving:
        lines.append(("near", saving))
    if not is_terminal():
        show(tiling.views(layout))
        return
    width = max(len(label) for label, _ in lines)
    write_lines([f"{label:<{width}}  {text}" for label, text in lines])
    write_lines(["", *(f"  {line}" for line in tiling.drawing(layout)), ""])
    if considered:
        show(tiling.candidates(considered, everything=everything))
    show(tiling.views(layout))
    show(tiling.sequence(layout))
