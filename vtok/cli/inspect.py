"""`vtok inspect`: one self-contained HTML page on which one can point at tokens."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

import vtok
from vtok import tracing
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._inputs import Input
from vtok.cli._pages import names_of
from vtok.cli._pieces import rope_version
from vtok.cli._presets import presets
from vtok.cli._targets import write_image
from vtok.errors import UsageError, VtokError
from vtok.media.files import opened
from vtok.networks import Trace
from vtok.parts.abilities import rotary
from vtok.parts.family import Family
from vtok.render.files import Outputs
from vtok.render.page import photos
from vtok.render.page.data import Cost, layout_data
from vtok.render.page.document import document
from vtok.render.text import trace as tables
from vtok.render.text.plain import clean, write_lines
from vtok.render.text.tables import Cell, Table
from vtok.values import Layout, Media

FRAME = 480
"""Longest side of the frames of a video, in pixels, unless the user asks for another one."""

FRAMES_AREA = 48_000_000
"""Most pixels of all frames of a video together: they are decoded at once."""

MAX_SIZE = "100MB"

UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}

Out = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="FILE",
        help="The page; - for standard output. Default: INPUT.inspect.html in the current folder.",
    ),
]  # fmt: skip
Side = Annotated[
    int | None,
    typer.Option(
        "--longest-side", metavar="N",
        help="Embed photos and frames with at most N pixels on their longer side. "
        f"Default: photos as they are, frames with {FRAME}.",
    ),
]  # fmt: skip
MaxSize = Annotated[
    str, typer.Option("--max-size", metavar="BYTES", help="Write no page that is larger, such as 2MB or 800kB.")
]


def inspect(
    *,
    inputs: o.InputOptions,
    model: o.Models = None,
    output: Out = None,
    longest_side: Side = None,
    max_size: MaxSize = MAX_SIZE,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    debug: o.Debug = False,
) -> None:
    """Make one HTML page on which one can point at the tokens of an image or video.

    Pointing at the image names the token: its number, its position in the prompt, its row, column, tile, window, frame
    and position ids; every other token that sees the same pixel is marked. Pointing at the bar of the sequence marks
    the pixels. Sliders walk through tokens and windows. Several models or pipelines stand side by side.

    The page holds everything that it needs and loads nothing. It holds the photo's own bytes, so its metadata, too;
    --longest-side leaves that out.

    Examples:
      vtok inspect photo.jpg -o page.html
      vtok inspect photo.jpg -m qwen2.5-vl -m internvl3 -m deepseek-vl2
      vtok inspect photo.jpg -m qwen3-vl --pipeline transformers --pipeline llama.cpp
      vtok inspect clip.mp4 --longest-side 320 --max-size 2MB
    """
    limit = _bytes(max_size)
    if longest_side is not None and longest_side < 1:
        raise UsageError(f"--longest-side {longest_side}: a number of pixels from 1 up is needed")
    families = presets(model, preset, video)
    sources = inputs.gather()
    target = output or _name(sources)
    if target != "-" and not target.lower().endswith((".html", ".htm")):
        raise UsageError(f"{target}: a page is HTML; end the name in .html")
    outputs = Outputs([inputs.files_from, *(model or ()), *(source.path for source in sources)])
    outputs.check(target)
    job = Job(
        families=families, names=names_of(families), video=video, longest_side=longest_side, target=target, limit=limit
    )
    failures = Failures()
    pages = []
    for source in sources:
        with failures.of(source.name):
            pages.append(_input(job, source, failures))
    if any(page["layouts"] for page in pages):
        html = document([page for page in pages if page["layouts"]], job.photos, version=vtok.__version__)
        job.check(len(html))
        write_image(target, lambda file: file.write(html), what="a page")
        if output is None:
            write_lines([clean(target)])
    failures.end()


@dataclass(kw_only=True)
class Job:
    """What the page is made of: the models and what they are called, and the images that are embedded so far."""

    families: Sequence[Family]
    names: Sequence[str]
    video: o.VideoOptions
    longest_side: int | None
    target: str
    limit: int
    photos: list[dict[str, Any]] = field(default_factory=list)

    def embed(self, photo: dict[str, Any]) -> int:
        """Add an image to the page, and return its number. UsageError where the page grows too large."""
        self.photos.append(photo)
        self.check(sum(map(photos.length, self.photos)))
        return len(self.photos) - 1

    def check(self, length: int) -> None:
        """Raise UsageError for a page that is larger than the user asked for."""
        if length > self.limit:
            raise UsageError(
                f"{self.target}: the page would have {length:,} bytes or more, and --max-size allows {self.limit:,}; "
                f"give a smaller --longest-side, fewer inputs, or a larger --max-size"
            )


def _bytes(text: str) -> int:
    """`--max-size` in bytes."""
    match = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kKmMgG]?[bB]?)", text.strip(), re.ASCII)
    unit = match and match[2].lower()
    if not match or (unit is not None and (unit if unit.endswith("b") or not unit else unit + "b") not in UNITS):
        raise UsageError(f"--max-size {text[:60]!r}: write a number of bytes, as 800kB or 2MB")
    return int(float(match[1]) * UNITS[f"{unit}b" if unit and not unit.endswith("b") else unit or ""])


def _name(sources: Sequence[Input]) -> str:
    """The name of the page in the current folder, after its only input."""
    if len(sources) > 1:
        return "inspect.html"
    (source,) = sources
    stem = Path(source.name).stem if source.path and source.path != "-" else source.name
    return f"{'stdin' if stem == '-' else stem}.inspect.html"


def _input(job: Job, source: Input, failures: Failures) -> dict[str, Any]:
    """The JSON of one input, as all models have it that take it."""
    data = sys.stdin.buffer.read() if source.path == "-" else None
    media = vtok.probe(data, job.video.media_kind()) if data is not None else job.video.media(source)
    layouts = []
    for family, name in zip(job.families, job.names, strict=True):
        with failures.of(source.name, model=name if len(job.families) > 1 else ""):
            layouts.append((family, name, family.layout(media)))
    embedded = _photos(job, source, data, media, [layout for _, _, layout in layouts])
    return {
        "name": source.name,
        "about": _about(media),
        "layouts": [_layout(family, name, layout, embedded) for family, name, layout in layouts],
    }


def _layout(family: Family, name: str, layout: Layout, embedded: Mapping[bool, int]) -> dict[str, Any]:
    """The JSON of one layout, with its position ids, its trace and what it costs."""
    traced = _traced(family, layout)
    photo, positions, costs = embedded.get(_upright(layout)), _positions(family, layout), _costs(family, layout, traced)
    data = layout_data(layout, title=name, photo=photo, positions=positions, costs=costs)
    if traced:
        data |= {"stages": _rows(tables.stages(traced)), "network": _rows(tables.costs(traced.cost))}
    return data


def _traced(family: Family, layout: Layout) -> Trace | None:
    """The whole way of the input, as `vtok trace` tells it."""
    try:
        return tracing.trace(layout, family)
    except VtokError:  # a config with impossible numbers; what is counted does not depend on them
        return None


def _rows(table: Table) -> list[list[str]]:
    """The cells of a table as people read them."""
    return [[_text(cell) for cell in row] for row in table.rows]


def _text(cell: Any) -> str:
    if isinstance(cell, Cell):
        return cell.text
    return "" if cell is None else f"{cell:,}" if isinstance(cell, int) else str(cell)


def _about(media: Media) -> str:
    """The measures of an input in one line."""
    parts = [f"{media.size.width} \u00d7 {media.size.height} pixels"]
    if media.orientation != 1:
        parts.append(media.orientation_in_words)
    if media.is_video:
        parts.append(f"{media.num_frames:,} frames")
    if media.duration:
        parts.append(f"{media.duration:.3g} s")
    return " \u00b7 ".join([*parts, *([media.format] if media.format else []), *media.notes])


def _positions(family: Family, layout: Layout) -> Any:
    """The position ids of the input on its own, for models with M-RoPE."""
    if rotary(family) is None:
        return None
    try:
        return vtok.position_ids(family, segments=[layout], version=rope_version(family))
    except VtokError:  # an input that is counted, but whose position ids are not known
        return None


def _costs(family: Family, layout: Layout, traced: Trace | None) -> Iterator[Cost]:
    """What the input costs this model, as the page compares it; without what is not known."""
    yield Cost("tokens", f"{layout.tokens:,}")
    yield Cost("prompt tokens", f"{layout.prompt_tokens:,}")
    if layout.cross_attention_tokens:
        yield Cost("cross-attention tokens", f"{layout.cross_attention_tokens:,}")
    if family.max_position_embeddings:
        yield Cost("of the context", f"{layout.prompt_tokens / family.max_position_embeddings:.1%}")
    yield Cost("patches", f"{layout.patches:,}")
    if traced:
        yield from _network_costs(traced)


def _network_costs(traced: Trace) -> Iterator[Cost]:
    """Multiply-adds of encoders and prefill, and bytes of the KV cache."""
    cost = traced.cost
    encoders = [one.multiply_adds for one in cost.encoders]
    work = {
        "encoder": None if None in encoders else sum(number or 0 for number in encoders),
        "prefill": cost.language and cost.language.multiply_adds,
    }
    for name, number in work.items():
        if number and (cell := tables.large(number)):
            yield Cost(f"{name}, multiply-adds", cell.text)
    if cost.kv_cache:
        yield Cost(f"KV cache, in {cost.dtype}", tables.bytes_text(cost.kv_cache))


def _upright(layout: Layout) -> bool:
    """Whether the layout's image stands upright."""
    return layout.turned or layout.media.orientation == 1


def _photos(job: Job, source: Input, data: bytes | None, media: Media, layouts: Sequence[Layout]) -> Mapping[bool, int]:
    """Embed the pixels of an input; the numbers of the upright image and of the image as it is stored."""
    if source.path is None or not layouts:
        return {}
    turns = set(map(_upright, layouts))
    if media.is_video:
        return {turned: job.embed(_frames(job, data or source.path, media, layouts, turned)) for turned in turns}
    if data is None:
        with opened(source.path) as file:
            data = file.read()
    if job.longest_side is None and photos.is_shown(media, data):
        return dict.fromkeys(turns, job.embed(photos.as_it_is(media, data)))
    return {turned: job.embed(_encoded(job, data, media, turned, len(turns))) for turned in turns}


def _encoded(job: Job, data: bytes, media: Media, turned: bool, copies: int) -> dict[str, Any]:
    """A photo that browsers do not show as it is, or that is to be smaller."""
    from vtok.media import pixels

    upright = media.upright if turned else media.size
    needed = photos.smaller(upright, longest=job.longest_side, area=photos.MOST_PIXELS)
    image = pixels.decoded(data, media, needed=needed, turned=turned).image
    if image.size != (needed.width, needed.height):
        image = image.resize((needed.width, needed.height))
    return photos.encoded(image, most=photos.room(len(data)) // copies)


def _frames(job: Job, file: Any, media: Media, layouts: Sequence[Layout], turned: bool) -> dict[str, Any]:
    """The frames that any of the layouts samples."""
    from vtok.media import pixels

    indices = sorted({i for layout in layouts if _upright(layout) == turned for i in _sampled(layout)})
    size = media.upright if turned else media.size
    needed = photos.smaller(size, longest=job.longest_side or FRAME, area=FRAMES_AREA // max(1, len(indices)))
    decoded = pixels.frames(file, media, indices, needed=needed, turned=turned)
    length = len(file) if isinstance(file, bytes) else Path(file).stat().st_size
    most = photos.room(length) // max(1, len(indices))
    return {"frames": {i: photos.encoded(image, most=most)["src"] for i, image in decoded.items()}}


def _sampled(layout: Layout) -> Iterator[int]:
    for view in layout.views:
        yield from view.frames
