"""The words beside a drawing: the model's name, one number, the sizes and grids behind it, and a legend."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vtok.render.drawing.drawings import has
from vtok.render.drawing.stack import NO_LEGEND, Legend
from vtok.render.lettering import TIMES, glued
from vtok.values import Layout, Size, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The caption of one drawing, and its legend. `queries` counts tokens without a place, where all are.

    `is_published` says whether it is known that they have none.
    """

    name: str
    origin: str
    number: str
    unit: str
    facts: tuple[tuple[str, str], ...] = ()
    legend: Legend = NO_LEGEND
    queries: int = 0
    is_published: bool = True


def words(layout: Layout, legend: Legend = NO_LEGEND, *, name: str = "") -> Words:
    """The caption of a layout, with the legend of what is drawn of it; by default it is called by its model."""
    number, unit = cost(layout)
    return Words(
        name=name or layout.model,
        origin=origin(layout, name),
        number=f"{number:,}",
        unit=unit,
        facts=tuple(facts(layout)),
        legend=legend,
        queries=placeless(layout),
        is_published=not layout.hides_patches,
    )


def origin(layout: Layout, name: str = "") -> str:
    """Where the numbers are from: the checkpoint and the pipeline. A checkpoint with a name of its own: the model."""
    checkpoint = layout.model if name not in ("", layout.model, layout.preset) else layout.preset
    return f"{checkpoint} {chr(183)} {layout.pipeline} {layout.version}".strip()


def cost(layout: Layout) -> tuple[int, str]:
    """The one big number, and what it counts."""
    about = "estimated " if any(span.estimated and span.tokens for span in layout.spans) else ""
    if layout.cross_attention_tokens and not layout.tokens:
        return layout.cross_attention_tokens, f"{about}cross-attention tokens"
    if any(layout.sink("output")):
        return layout.tokens, f"{about}output tokens"
    return layout.tokens, f"{about}token" + ("" if layout.tokens == 1 else "s")


def placeless(layout: Layout) -> int:
    """Tokens of the prompt that have no place in the image, where that is so of all of them."""
    spans = [span for span in layout.sink("prompt", "output", "cross") if span.is_token]
    return sum(span.count for span in spans) if spans and not any(span.raster for span in spans) else 0


def facts(layout: Layout) -> Iterator[tuple[str, str]]:
    """Sizes and grids, a short line each."""
    yield "video" if layout.media.is_video else "image", _measures(layout)
    yield from _orientation(layout)
    if layout.sampling:
        rate = layout.sampling.sample_fps
        yield "frames", f"{layout.sampling.num_sampled}" + (f" at {glued(f'{rate:.3g} fps')}" if rate else "")
    if layout.resized and layout.resized != layout.original and not has(layout, "tiles"):
        yield "resized", size(layout.resized)
    canvas = layout.canvas
    if canvas and (canvas != layout.resized or has(layout, "tiles")):
        yield "cropped" if _is_crop(layout) else "canvas", size(canvas) + _padded(layout)
    yield from _views(layout)
    view = layout.global_view
    _, h, w = view.grid
    if view.patches and not layout.hides_patches:
        yield "patches", f"{_patches(layout.main_views)} {glued(f'of {view.patch_size} px')}"
    yield from _tokens(layout)
    yield from _in_prompt(layout)
    if layout.window:
        side = layout.window // view.patch_size
        yield "windows", f"{grid(-(-h // side), -(-w // side))} {glued(f'of {layout.window} px')}"
        if layout.full_layers:
            yield "full attention", f"layers {', '.join(map(str, layout.full_layers))}"


def _in_prompt(layout: Layout) -> Iterator[tuple[str, str]]:
    """All tokens of the prompt, where some of them are special."""
    special = layout.prompt_tokens - layout.tokens
    if not special or any(layout.sink("output")):
        return
    if not layout.tokens:
        yield "in the prompt", glued(f"{special:,} special token" + ("" if special == 1 else "s"))
    else:
        yield "in the prompt", f"{glued(f'{layout.prompt_tokens:,} tokens')}, {glued(f'{special:,} special')}"


def _orientation(layout: Layout) -> Iterator[tuple[str, str]]:
    """A stored orientation that the pipeline does not apply."""
    turns = {3: "180 degrees", 6: "90 degrees", 8: "270 degrees"}
    orientation = layout.media.orientation
    if orientation != 1 and not layout.turned:
        yield "not applied", f"EXIF orientation: {turns.get(orientation, 'mirrored')}"


def grid(rows: int, columns: int) -> str:
    """Rows and columns, named where they differ: sizes in pixels are width by height."""
    if rows == columns:
        return glued(f"{rows} {TIMES} {columns}")
    plural = ["" if count == 1 else "s" for count in (rows, columns)]
    return f"{glued(f'{rows} row{plural[0]} {TIMES}')} {glued(f'{columns} column{plural[1]}')}"


def _steps(t: int) -> str:
    return f"{glued(f'{t} steps of')} " if t > 1 else ""


def _measures(layout: Layout) -> str:
    media = layout.media
    if not media.is_video:
        return size(layout.original)
    length = f", {glued(f'{media.duration:.3g} s')}" if media.duration else ""
    return f"{size(layout.original)}, {glued(f'{media.num_frames:,} frames')}{length}"


def _is_crop(layout: Layout) -> bool:
    """Whether the canvas is a part of the resized image."""
    canvas, resized = layout.canvas, layout.resized
    return bool(canvas and resized) and (canvas.height < resized.height or canvas.width < resized.width)  # type: ignore[union-attr]


def _padded(layout: Layout) -> str:
    if not layout.canvas or not layout.content:
        return ""
    share = 1 - layout.content.width * layout.content.height / layout.canvas.area
    return f", {glued(f'{share:.0%} padding')}" if share >= 0.005 else ""


def _views(layout: Layout) -> Iterator[tuple[str, str]]:
    tiles = [view for view in layout.main_views if view.kind == "tile"]
    if tiles:
        columns, rows = layout.tiles or (len(tiles), 1)
        thumbnails = [view for view in layout.main_views if view.kind == "thumbnail"]
        one, whole = _side(tiles[0].size), _side(thumbnails[0].size) if thumbnails else ""
        if whole and whole != one:
            yield "tiles", f"{grid(rows, columns)} {glued(f'of {one}')} + thumbnail {glued(f'of {whole}')}"
        else:
            yield "tiles", f"{grid(rows, columns)}{' + thumbnail' if whole else ''}, {glued(f'{one} each')}"
    others: dict[str, list[View]] = {}
    for view in layout.views:
        if view.encoder != "main":
            others.setdefault(view.encoder, []).append(view)
    for name, views in others.items():
        count = f"{glued(f'{len(views)} views of')} " if len(views) > 1 else ""
        yield "also", f"{name} encoder, {count}{size(views[0].size)}"


def _side(value: Size) -> str:
    """The side of a square, or a size."""
    return f"{value.width} px" if value.width == value.height else size(value)


def _patches(views: tuple[View, ...]) -> str:
    """The patches of a view where all views have as many, else the grids by how often they occur."""
    grids = [f"{_steps(view.grid[0])}{grid(*view.grid[1:])}" for view in views]
    if len(set(grids)) == 1:
        return grids[0] + (" a view" if len(views) > 1 else "")
    return " + ".join(_counted(grids))


def _counted(names: Iterable[str]) -> list[str]:
    """Each name once, with how often it occurs."""
    return [f"{glued(f'{count} of')} {name}" if count > 1 else name for name, count in Counter(names).items()]


def _tokens(layout: Layout) -> Iterator[tuple[str, str]]:
    """The parts of the tokens: grids by how often they occur, then what has no place."""
    rasters = [span.raster for span in layout.sink("prompt", "output", "cross") if span.raster and span.count]
    parts = _counted(f"{_steps(raster.t)}{grid(raster.rows, raster.columns)}" for raster in rasters)
    ends = sum((span.row_end.tokens * span.row_ends if span.row_end else 0) for span in layout.spans)
    parts += [glued(f"{ends:,} row ends")] if ends else []
    parts += [glued(f"{count:,} {kind}") for kind, count in _loose(layout).items()]
    if parts:
        yield "tokens", " + ".join(parts)
    if layout.encoder_tokens:
        yield "read from", glued(f"{layout.encoder_tokens:,} encoder states")


NAMES = {
    "query": ("query", "queries"),
    "newline": ("newline", "newlines"),
    "separator": ("separator", "separators"),
    "class": ("class token", "class tokens"),
    "register": ("register", "registers"),
    "unplaced": ("token without a known place", "tokens without a known place"),
    "vision": ("token of an empty tile", "of empty tiles"),
}
"""Tokens without a place by the kind of their span: one, and several."""


def _loose(layout: Layout) -> dict[str, int]:
    """How many tokens have no place in the image, by their name."""
    counts: dict[str, int] = {}
    for span in layout.sink("prompt", "output", "cross"):
        if span.is_token and not span.raster and span.count:
            counts[span.kind] = counts.get(span.kind, 0) + span.count
    names = {kind: NAMES.get(kind, (f"{kind} token", f"{kind} tokens")) for kind in counts}
    return {names[kind][count != 1]: count for kind, count in counts.items()}


def size(value: Size) -> str:
    """A size in pixels, width by height, set with a real multiplication sign."""
    return glued(f"{value.width} {TIMES} {value.height}")
