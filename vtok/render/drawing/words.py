"""What a drawing says in words: the model's name, one number, the sizes and grids behind it, and a legend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vtok.render.drawing.layers import LEAST_PITCH, Drawing, coarseness, has, is_cut, pitch
from vtok.render.drawing.numbers import id_range, index_stride, mrope_fits
from vtok.render.drawing.order import LEAST, route
from vtok.render.drawing.signs import SIGNS
from vtok.values import Box, Layout, Size, View

TIMES = "\u00d7"


class Entry(NamedTuple):
    """A line of the legend: what stands before it, and its text."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The caption and legend of one drawing."""

    name: str
    origin: str
    number: str
    unit: str
    facts: tuple[tuple[str, str], ...] = ()
    legend: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()
    queries: int = 0


def words(layout: Layout, drawings: Sequence[Drawing] = (), *, without_place: bool = True) -> Words:
    """All that is said of one layout, and of what is drawn of it."""
    number, unit = cost(layout)
    return Words(
        name=layout.model,
        origin=origin(layout),
        number=f"{number:,}",
        unit=unit,
        facts=tuple(facts(layout)),
        legend=_legend(drawings),
        notes=tuple(dict.fromkeys(note for d in drawings for note in notes(d))),
        queries=placeless(layout) if without_place else 0,
    )


def _legend(drawings: Sequence[Drawing]) -> tuple[Entry, ...]:
    """A line for each sign: as the first drawing has it."""
    found: dict[str, Entry] = {}
    for d in drawings:
        for entry in legend(d):
            found.setdefault(entry.sign, entry)
    return tuple(sorted(found.values(), key=lambda entry: list(SIGNS).index(entry.sign)))


def origin(layout: Layout) -> str:
    """Where the numbers are from: the checkpoint, without what its model's name says already, and the pipeline."""
    return f"{layout.preset} {chr(183)} {layout.pipeline} {layout.version}".strip()


def cost(layout: Layout) -> tuple[int, str]:
    """The one big number, and what it counts."""
    about = "estimated " if layout.estimated else ""
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
    if layout.sampling:
        taken = layout.sampling
        rate = f" at {taken.sample_fps:.3g} a second" if taken.sample_fps else ""
        yield "frames", f"{taken.num_sampled}{rate}"
    if layout.resized and layout.resized != layout.original and not has(layout, "tiles"):
        yield "resized", size(layout.resized)
    canvas = layout.canvas
    if canvas and (canvas != layout.resized or has(layout, "tiles")):
        yield "cropped" if _is_crop(layout) else "canvas", size(canvas) + _padded(layout)
    yield from _views(layout)
    view = layout.global_view
    t, h, w = view.grid
    if view.patches:
        steps = f"{t} {TIMES} " if t > 1 else ""
        each = " a view" if len(layout.main_views) > 1 else ""
        yield "patches", f"{steps}{h} {TIMES} {w}{each}, of {view.patch_size} px"
    yield from _tokens(layout)
    extra = layout.prompt_tokens - layout.tokens
    if extra and not any(layout.sink("output")):
        yield "in the prompt", f"{layout.prompt_tokens:,} position" + ("" if layout.prompt_tokens == 1 else "s")
    if layout.window:
        side = layout.window // view.patch_size
        down, across = -(-h // side), -(-w // side)
        yield "windows", f"{down} {TIMES} {across}, of {layout.window} px"
        if layout.full_layers:
            yield "full attention", f"layers {', '.join(map(str, layout.full_layers))}"


def _measures(layout: Layout) -> str:
    media = layout.media
    length = f", {media.duration:.3g} s" if media.duration else ""
    return size(layout.original) + (f", {media.num_frames:,} frames{length}" if media.is_video else "")


def _is_crop(layout: Layout) -> bool:
    """Whether the canvas is a part of the resized image."""
    canvas, resized = layout.canvas, layout.resized
    return bool(canvas and resized) and (canvas.height < resized.height or canvas.width < resized.width)  # type: ignore[union-attr]


def _padded(layout: Layout) -> str:
    if not layout.canvas or not layout.content:
        return ""
    share = 1 - layout.content.width * layout.content.height / layout.canvas.area
    return f", {share:.0%} padding" if share >= 0.005 else ""


def _views(layout: Layout) -> Iterator[tuple[str, str]]:
    tiles = [view for view in layout.main_views if view.kind == "tile"]
    if tiles:
        columns, rows = layout.tiles or (len(tiles), 1)
        whole = " + thumbnail" if any(view.kind == "thumbnail" for view in layout.main_views) else ""
        side = tiles[0].size
        each = f"{side.width} px" if side.width == side.height else size(side)
        yield "tiles", f"{columns} {TIMES} {rows}{whole}, {each} each"
    others: dict[str, list[View]] = {}
    for view in layout.views:
        if view.encoder != "main":
            others.setdefault(view.encoder, []).append(view)
    for name, views in others.items():
        count = f"{len(views)} views of " if len(views) > 1 else ""
        yield "also", f"{name} encoder, {count}{size(views[0].size)}"


def _tokens(layout: Layout) -> Iterator[tuple[str, str]]:
    """How the tokens come about: grids by how often they occur, and what has no place."""
    grids: dict[str, int] = {}
    for span in layout.sink("prompt", "output", "cross"):
        if span.raster and span.count:
            raster = span.raster
            steps = f"{raster.t} {TIMES} " if raster.t > 1 else ""
            name = f"{steps}{raster.rows} {TIMES} {raster.columns}"
            grids[name] = grids.get(name, 0) + 1
    parts = [f"{count} of {name}" if count > 1 else name for name, count in grids.items()]
    ends = sum((span.row_end.tokens * span.row_ends if span.row_end else 0) for span in layout.spans)
    loose = _loose(layout)
    parts += [f"{ends:,} row ends"] if ends else []
    parts += [f"{count:,} {kind}" for kind, count in loose.items()]
    if parts:
        yield "tokens", " + ".join(parts)
    if layout.encoder_tokens:
        yield "read from", f"{layout.encoder_tokens:,} encoder states"


def _loose(layout: Layout) -> dict[str, int]:
    """Tokens without a place, by kind."""
    kinds = {
        "query": "queries",
        "newline": "newlines",
        "separator": "separators",
        "class": "class",
        "register": "registers",
    }
    found: dict[str, int] = {}
    for span in layout.sink("prompt", "output", "cross"):
        if span.is_token and not span.raster and span.count:
            name = kinds.get(span.kind, f"{span.kind} tokens")
            name = name.removesuffix("s") if span.count == 1 and name.endswith("s") and name != "class" else name
            found[name] = found.get(name, 0) + span.count
    return found


def legend(d: Drawing) -> Iterator[Entry]:
    """What is drawn, and nothing else."""
    view = d.panel.shown()[0]
    side = view.merge_size
    if "patches" in d.layers and _drawn(d, "patches"):
        yield Entry("patches", f"patch of {view.patch_size} {TIMES} {view.patch_size} px")
    if "tokens" in d.layers and has(d.layout, "tokens"):
        merged = f" = {side} {TIMES} {side} patches" if side > 1 else ""
        block = coarseness(d)
        yield Entry("tokens", f"token{merged}" if block == 1 else f"{block} {TIMES} {block} tokens")
    if "windows" in d.layers and has(d.layout, "windows"):
        yield Entry("windows", "attention window" if d.photo else "attention window, numbered")
    if "tiles" in d.layers and has(d.layout, "tiles"):
        yield Entry("tiles", "tile, in sequence order")
    if d.panel.domain != Box.of(d.layout.original) and _is_padded(d):
        yield Entry("padding", "padding")
    if is_cut(d.panel):
        yield Entry("cut", "cut away, never seen")
    if "content" in d.layers:
        yield Entry("content", "as coarse as the model sees it")
    yield from _paths(d)


def _paths(d: Drawing) -> Iterator[Entry]:
    found = route(d) if "order" in d.layers else None
    if found:
        yield Entry("order", f"{found.what}, first to last")
    stride = index_stride(d) if "index" in d.layers else 0
    if stride:
        every = "" if stride == 1 else f", every {ordinal(stride)}"
        yield Entry("index", f"number of the token{every}")
    if "mrope" in d.layers and d.ids:
        low, high = id_range(d)
        sign, axes = ("numbers", "time, row and column") if mrope_fits(d) else ("mrope", "position ids")
        yield Entry(sign, f"{axes}, {low:,} to {high:,}")


def _is_padded(d: Drawing) -> bool:
    domain, whole = d.panel.domain, Box.of(d.layout.original)
    return (
        domain.left < whole.left or domain.top < whole.top or domain.right > whole.right or domain.bottom > whole.bottom
    )


def _drawn(d: Drawing, layer: str) -> bool:
    return pitch(d.panel, d.place, layer) >= LEAST_PITCH * d.scale


def notes(d: Drawing) -> Iterator[str]:
    """What was asked for and does not fit, and what has no place."""
    if "patches" in d.layers and not _drawn(d, "patches"):
        yield "patches are too small to draw at this width"
    if "index" in d.layers and has(d.layout, "index") and not index_stride(d):
        yield "token numbers do not fit at this width"
    if "order" in d.layers and route(d) is None:
        yield f"the path does not show at this width: tokens need {LEAST['tokens']:g} pixels"


def size(value: Size) -> str:
    """A size as WxH, set with a real multiplication sign."""
    return f"{value.width} {TIMES} {value.height}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd and so on."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
    return f"{number}{ending}"
