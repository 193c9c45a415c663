"""What `vtok overlay` draws of each input, and where it writes that."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast, get_args

import vtok
from vtok.cli import _options as o
from vtok.cli._inputs import Input
from vtok.cli._pages import page_proportions, page_width, theme_name
from vtok.cli._pieces import parse_grid
from vtok.cli._targets import VECTOR, Target, check_size, write_image
from vtok.errors import MediaError, UsageError, did_you_mean
from vtok.media.files import whole
from vtok.parts.abilities import basis_of
from vtok.parts.family import Family
from vtok.render.drawing import LAYERS, compare, frames, page
from vtok.render.drawing.drawings import ORIGINAL, has
from vtok.render.drawing.panels import On
from vtok.render.files import Outputs
from vtok.render.text.compare import why
from vtok.render.text.plain import clean, write_lines
from vtok.values import Layout, Media, Size

if TYPE_CHECKING:
    from PIL import Image

    from vtok.render.drawing.scene import Scene

BLOCK, MOST_BLOCKS = 2**22, 64
"""Pillow makes images of blocks of so many bytes, and keeps so many: 256 MiB, a photo of 12 megapixels five times."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be drawn of each input."""

    families: Sequence[Family]
    names: Sequence[str]
    wish: page.Wish
    video: o.VideoOptions
    only_frame: int | None
    grid: str | None
    pipelines: bool


class Drawn(NamedTuple):
    """A scene, the images in it, and what is wrong with these."""

    scene: "Scene"
    images: "Mapping[str, Image.Image]"
    cut: str = ""
    profile: bytes | None = None


def one(job: Job, source: Input, target: Target, outputs: Outputs, *, report: bool) -> None:
    """Draw one input and write it. VtokError where it fails, and where pixels are missing from what was written."""
    drawn = _drawn(job, source)
    check_size(drawn.scene.size, target.ending)
    outputs.check(target.path)
    _write(drawn, target)
    outputs.written(target.path)
    if report and target.path != "-":
        write_lines([clean(target.path)])
    if drawn.cut:
        raise MediaError(drawn.cut)


def _drawn(job: Job, source: Input) -> Drawn:
    if job.grid:
        if len(job.families) > 1:
            raise UsageError("--grid is drawn for one model by one pipeline at a time; give one -m, one --pipeline")
        layout = _of_grid(job.families[0], job.grid)
        return _blank(job, [layout])
    file: Any = source.path
    if source.path == "-":
        file = whole(sys.stdin.buffer)
        media = vtok.probe(file, job.video.media_kind())
    else:
        media = job.video.media(source)
    layouts = [family.layout(media) for family in job.families]
    _check_layers(job, layouts)
    if source.size is not None:
        return _blank(job, layouts)
    if media.is_video:
        return _video(job, layouts[0], file)
    scene = _scene(job, layouts, photo=True)
    return _photographed(scene, file, layouts)


def _scene(job: Job, layouts: Sequence[Layout], *, photo: bool) -> "Scene":
    if len(layouts) > 1:
        reasons = list(map(why, layouts)) if job.pipelines else ()
        return compare.compare(layouts, job.wish, names=job.names, reasons=reasons, photo=photo)
    return page.overlay(layouts[0], job.wish, photo=photo, ids=_ids(job, layouts[0]), name=job.names[0])


def _blank(job: Job, layouts: Sequence[Layout]) -> Drawn:
    """A diagram: sizes are known, pixels are not."""
    layout = layouts[0]
    if layout.media.is_video and not job.grid:
        if job.only_frame is not None:
            return Drawn(_frame_scene(job, layout, photo=False)[0], {})
        return Drawn(frames.contact_sheet(layout, job.wish, photo=False, name=job.names[0]), {})
    return Drawn(_scene(job, layouts, photo=False), {})


def _photographed(scene: "Scene", source: Any, layouts: Sequence[Layout]) -> Drawn:
    """The scene with the image's pixels, decoded as large as it shows them."""
    from vtok.media import pixels

    _keep_memory()
    names = {compare.photo_name(layout, layouts): layout.turned for layout in layouts}
    decoded = {
        name: pixels.decoded(source, layouts[0].media, needed=scene.needed(name), turned=turned)
        for name, turned in names.items()
    }
    one = next(iter(decoded.values()))
    return Drawn(scene, {name: each.image for name, each in decoded.items()}, one.cut, one.profile)


def _keep_memory() -> None:
    """Let Pillow keep the memory of images that are gone for the next ones: fresh memory costs a fault for each page.

    Upstream: Pillow's documentation, "Block Allocator". A command draws and ends, so nothing else is kept waiting.
    """
    from PIL import Image

    Image.core.set_block_size(BLOCK)  # type: ignore[attr-defined]  # documented, but not typed
    Image.core.set_blocks_max(MOST_BLOCKS)  # type: ignore[attr-defined]


def _video(job: Job, layout: Layout, source: Any) -> Drawn:
    """A contact sheet, or one frame."""
    from vtok.media import pixels

    turned = layout.turned
    if job.only_frame is not None:
        scene, frame = _frame_scene(job, layout, photo=True)
        one = pixels.frames(source, layout.media, [frame], needed=scene.needed(ORIGINAL), turned=turned)
        return Drawn(scene, {ORIGINAL: one[frame]})
    scene = frames.contact_sheet(layout, job.wish, name=job.names[0])
    wanted = {shape.image: int(shape.image.rpartition(" ")[2]) for shape in scene.images}
    needed = scene.needed(next(iter(wanted))) if wanted else None
    decoded = pixels.frames(source, layout.media, wanted.values(), needed=needed, turned=turned)
    missing = sorted(set(wanted.values()) - set(decoded))
    grey = pixels.missing(needed or layout.original)
    images = {name: decoded.get(frame, grey) for name, frame in wanted.items()}
    return Drawn(scene, images, f"{len(missing)} of its frames cannot be decoded; they are grey" if missing else "")


def _frame_scene(job: Job, layout: Layout, *, photo: bool) -> "tuple[Scene, int]":
    moment, frame = frames.moment(layout, job.only_frame or 0)
    place = (
        f", {moment.frames.index(frame) + 1} of {len(moment.frames)} in its temporal patch"
        if len(moment.frames) > 1
        else ""
    )
    heading = f"frame {frame:,} of the video, at {frames.seconds(layout, frame)}{place}"
    framed = page.Frame(panel=moment.panel, heading=heading, tokens=moment.tokens)
    ids = _ids(job, layout)
    return page.overlay(layout, job.wish, photo=photo, ids=ids, frame=framed, name=job.names[0]), frame


def _ids(job: Job, layout: Layout) -> dict[int, Any]:
    """The position ids of the image on its own, where they are to be shown."""
    if not job.wish.layers or "mrope" not in job.wish.layers:
        return {}
    positions = vtok.position_ids(job.families[0], segments=[layout])
    blocks = [segment for segment in positions.segments if segment.block]
    return {id(segment.span): positions.block_ids(segment.block) for segment in blocks if segment.block}


def _of_grid(family: Family, text: str) -> Layout:
    """The layout of an image (with T, of a video) that has this grid."""
    grid = parse_grid(text)
    view = family.layout(Media(size=Size(448, 448))).global_view
    t, h, w = (1, *grid)[-3:]
    media = Media(size=Size(h * view.patch_size, w * view.patch_size))
    if t > 1 and family.has_option("sample"):
        media = replace(media, num_frames=t * getattr(family, "temporal_patch_size", 1), fps=2.0)
        family = family.choose(sample=False)
    layout = family.layout(media)
    if layout.global_view.grid != (t, h, w):
        got = "x".join(map(str, layout.global_view.grid))
        raise UsageError(
            f"--grid {text}: {family.model} makes {got} of an image of {media.size}; give a grid that divides by "
            f"the merge size {view.merge_size} and is within its limits, or other limits with --set"
        )
    return layout


def _check_layers(job: Job, layouts: Sequence[Layout]) -> None:
    """UsageError for a layer that none of these models has."""
    if job.only_frame is not None and not layouts[0].media.is_video:
        raise UsageError("--only-frame picks a frame of a video, and this is an image; leave it out")
    if len(layouts) > 1 and layouts[0].media.is_video:
        raise UsageError("a video is drawn for one model by one pipeline at a time; give one -m, one --pipeline")
    asked = job.wish.layers or ()
    if "mrope" in asked and len(layouts) > 1:
        raise UsageError("--show mrope is drawn for one model by one pipeline at a time; give one -m, one --pipeline")
    for layer in asked:
        if not any(has(layout, layer) for layout in layouts) and layer != "tiles":
            raise UsageError(_without(layer, job.families[0]))
        if layer == "tiles" and all(layout.tiles is None for layout in layouts):
            raise UsageError(f"--show tiles: {job.families[0].model} does not tile; an image is one view")


def _without(layer: str, family: Family) -> str:
    if layer == "windows":
        return f"--show windows: vtok has no windows of {family.model}: {family.attention}"
    if basis_of(family):
        return f"--show {layer}: where the patches and tokens of {family.names[0]} lie is not published; leave it out"
    return f"--show {layer}: no token of {family.model} has a place in the image; --show patches shows what they read"


def wish(show: list[str] | None, on: str, width: str, page_: str | None, theme: str, *, caption: bool) -> page.Wish:
    """What was typed, checked."""
    if on not in get_args(On):
        raise UsageError(f"--on {on}: write original or resized")
    return page.Wish(
        layers=_layers(show),
        on=cast("On", on),
        width=page_width(width),
        page=page_proportions(page_),
        theme=theme_name(theme),
        caption=caption,
    )


def _layers(show: list[str] | None) -> tuple[str, ...] | None:
    if show is None:
        return None
    asked = [name.strip() for text in show for name in text.split(",") if name.strip()]
    for name in asked:
        if name not in (*LAYERS, "none"):
            hint = did_you_mean(name, LAYERS, f"there are {', '.join(LAYERS)}")
            raise UsageError(f"--show {name}: no such layer; {hint}")
    return tuple(dict.fromkeys(name for name in asked if name != "none"))


def sources(inputs: o.InputOptions, grid: str | None) -> list[Input]:
    if grid is None:
        return inputs.gather("draw")
    if inputs:
        raise UsageError("--grid draws a diagram without a photo; give either a grid or files")
    return [Input(name=f"grid {grid}")]


def _write(drawn: Drawn, target: Target) -> None:
    """Render and write, whole or not at all."""
    if target.ending in VECTOR:
        from vtok.render.drawing import matplotlib_renderer as vector

        def write(file: IO[bytes]) -> None:
            vector.save(drawn.scene, drawn.images, file, target.ending)
    else:
        from vtok.render.drawing import pillow_renderer as raster

        image = raster.draw(drawn.scene, drawn.images)
        more = {"icc_profile": drawn.profile} if drawn.profile else {}

        def write(file: IO[bytes]) -> None:
            raster.save(image, file, target.ending, **more)

    write_image(target.path, write)
