"""Overlays of images and videos: the scene of what models make of one, and its pixels. `vtok.overlay` draws it.

The command `vtok overlay` and the function share all of it: which scene suits an input, and which of its pixels are
decoded, how large.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

from vtok import checkpoints
from vtok.errors import UsageError, did_you_mean
from vtok.library import position_ids, probe
from vtok.parts.abilities import basis_of
from vtok.parts.family import Family
from vtok.render.drawing import LAYERS, WIDTH, compare, frames, page
from vtok.render.drawing.drawings import ORIGINAL, has
from vtok.render.drawing.panels import On
from vtok.render.palette import THEMES, rgb
from vtok.render.text.compare import why
from vtok.values import Layout, Media

if TYPE_CHECKING:
    from PIL import Image

    from vtok.media import Source, pixels
    from vtok.render.drawing.scene import Scene


MOST_BLOCKS = 16
"""Pillow makes images of blocks of up to 16 MB, and keeps so many: 256 MB, a photo of 12 megapixels five times."""


def overlay(
    source: "Media | Source",
    model: str | Sequence[str] = "qwen2.5-vl",
    *,
    show: str | Sequence[str] | None = None,
    on: str = "original",
    width: int | None = WIDTH,
    theme: str = "light",
    caption: bool = True,
    frame: int | None = None,
    **options: Any,
) -> "Image.Image":
    """Draw what `model` makes of an image or video: a Pillow image, in RGB.

    `source` is a path, the bytes of a file, a binary file object or a Pillow image; a Media makes a diagram without a
    photo. Several models are drawn side by side. `show` names the layers (see `vtok overlay --help`), by default what
    suits the model; `on` is "original" or "resized". `width` of the page is in pixels, None for the photo at its own
    size. Of a video all sampled frames are drawn, or with `frame` the sampled frame of that number. `options` are
    those of `vtok.layout`.

    Raises UsageError for a layer that the model lacks, and what `vtok.layout` raises.
    """
    names = [model] if isinstance(model, str) else list(model)
    families = [checkpoints.configured(name, **options) for name in names]
    wish = page.Wish(layers=_layers(show), on=_on(on), width=_width(width), theme=_theme(theme), caption=caption)
    job = Job(families=families, names=[family.label for family in families], wish=wish, only_frame=frame)
    media = source if isinstance(source, Media) else probe(source)
    layouts = [family.layout(media) for family in families]
    check_layers(job, layouts)
    drawn = blank(job, layouts) if isinstance(source, Media) else photographed(job, layouts, source, onto_page=True)
    from vtok.render.drawing import pillow_renderer

    return pillow_renderer.draw(drawn.scene, drawn.images, drawn.canvas)


def _layers(show: str | Sequence[str] | None) -> tuple[str, ...] | None:
    if show is None:
        return None
    return checked_layers([show] if isinstance(show, str) else show, "show")


def checked_layers(names: Sequence[str], flag: str) -> tuple[str, ...]:
    """Layers by their names, several in a text with commas between; UsageError for one that there is not."""
    asked = [name.strip() for text in names for name in text.split(",") if name.strip()]
    for name in asked:
        if name not in (*LAYERS, "none"):
            hint = did_you_mean(name, LAYERS, f"there are {', '.join(LAYERS)}")
            raise UsageError(f"{flag} {name}: no such layer; {hint}")
    return tuple(dict.fromkeys(name for name in asked if name != "none"))


def _on(on: str) -> On:
    if on not in get_args(On):
        raise UsageError(f"on is {on!r}; it can be 'original' or 'resized'")
    return cast("On", on)


def _theme(theme: str) -> str:
    if theme not in THEMES:
        raise UsageError(f"theme is {theme!r}; it can be {' or '.join(map(repr, THEMES))}")
    return theme


def _width(width: int | None) -> int | None:
    low, high = page.WIDTHS
    if width is not None and not (isinstance(width, int) and low <= width <= high):
        raise UsageError(f"width is {width!r}; it can be {low} to {high:,} pixels, or None for the photo's own size")
    return width


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is drawn of each input: by which models, called how, and as whom wishes it. Of a video one frame, or all.

    `pipelines` says that pipelines are compared, so that each says why it counts as it does.
    """

    families: Sequence[Family]
    names: Sequence[str]
    wish: page.Wish
    only_frame: int | None = None
    pipelines: bool = False


class Drawn(NamedTuple):
    """A scene, the images in it, and what is wrong with these.

    `canvas` is a page on which the image lies already; in `images` there is then a small sample of it.
    """

    scene: "Scene"
    images: "Mapping[str, Image.Image]"
    cut: str = ""
    profile: bytes | None = None
    canvas: "Image.Image | None" = None


def _scene(job: Job, layouts: Sequence[Layout], *, photo: bool) -> "Scene":
    if len(layouts) > 1:
        reasons = list(map(why, layouts)) if job.pipelines else ()
        return compare.compare(layouts, job.wish, names=job.names, reasons=reasons, photo=photo)
    return page.overlay(layouts[0], job.wish, photo=photo, ids=_ids(job, layouts[0]), name=job.names[0])


def blank(job: Job, layouts: Sequence[Layout], *, grid: bool = False) -> Drawn:
    """A diagram: sizes are known, pixels are not. With `grid`, a video is drawn as one image."""
    layout = layouts[0]
    if layout.media.is_video and not grid:
        if job.only_frame is not None:
            return Drawn(_frame_scene(job, layout, photo=False)[0], {})
        return Drawn(frames.contact_sheet(layout, job.wish, photo=False, name=job.names[0]), {})
    return Drawn(_scene(job, layouts, photo=False), {})


def photographed(job: Job, layouts: Sequence[Layout], source: Any, *, onto_page: bool) -> Drawn:
    """The scene with the pixels of a file or of a Pillow image, decoded as large as it shows them.

    `onto_page` says that the page is one of pixels, onto which an image may be decoded.
    """
    if layouts[0].media.is_video:
        return _video(job, layouts[0], source)
    scene = _scene(job, layouts, photo=True)
    if hasattr(source, "getexif"):  # a Pillow image, which no pipeline turns
        return Drawn(scene, {compare.photo_name(layout, layouts): source.convert("RGB") for layout in layouts})
    return _decoded(scene, source, layouts, onto_page=onto_page)


def _decoded(scene: "Scene", source: Any, layouts: Sequence[Layout], *, onto_page: bool) -> Drawn:
    """The scene with the image's pixels, decoded as large as it shows them."""
    from vtok.media import pixels
    from vtok.render.drawing import tones

    _keep_memory()
    ground = _ground(scene) if onto_page else None
    names = {compare.photo_name(layout, layouts): layout.turned for layout in layouts}
    decoded = {
        name: pixels.decoded(source, layouts[0].media, needed=scene.needed(name), turned=turned, ground=ground)
        for name, turned in names.items()
    }
    one = next(iter(decoded.values()))
    if one.place:
        sample = tones.sampled(one.image, one.place)
        return Drawn(scene, dict.fromkeys(names, sample), one.cut, one.profile, canvas=one.image)
    return Drawn(scene, {name: each.image for name, each in decoded.items()}, one.cut, one.profile)


def _ground(scene: "Scene") -> "pixels.Ground | None":
    """The page as a ground for its image, where it has one that is drawn as it is and lies within the page."""
    from vtok.media.pixels import Ground
    from vtok.render.drawing import pillow_renderer
    from vtok.render.drawing.veil import snapped

    photo = pillow_renderer.only_photo(scene)
    if photo is None:
        return None
    left, top, right, bottom = place = snapped(photo.box)
    within = left >= 0 and top >= 0 and right < scene.size.width and bottom < scene.size.height
    return Ground(scene.size, rgb(scene.ground), place) if within else None


def _keep_memory() -> None:
    """Let Pillow keep the memory of images that are gone for the next ones: fresh memory costs a fault for each page.

    Upstream: Pillow's documentation, "Block Allocator". A command draws and ends, so nothing else is kept waiting.
    """
    from PIL import Image

    Image.core.set_blocks_max(MOST_BLOCKS)  # type: ignore[attr-defined]  # documented, but not typed


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
    positions = position_ids(job.families[0], segments=[layout])
    blocks = [segment for segment in positions.segments if segment.block]
    return {id(segment.span): positions.block_ids(segment.block) for segment in blocks if segment.block}


def check_layers(job: Job, layouts: Sequence[Layout]) -> None:
    """UsageError for a layer that none of these models has."""
    if job.only_frame is not None and not layouts[0].media.is_video:
        raise UsageError("only a video has frames to pick one from, and this is an image; leave the frame out")
    if len(layouts) > 1 and layouts[0].media.is_video:
        raise UsageError("a video is drawn for one model by one pipeline at a time; give one of each")
    asked = job.wish.layers or ()
    if "mrope" in asked and len(layouts) > 1:
        raise UsageError("the layer mrope is drawn for one model by one pipeline at a time; give one of each")
    for layer in asked:
        if not any(has(layout, layer) for layout in layouts) and layer != "tiles":
            raise UsageError(_without(layer, job.families[0]))
        if layer == "tiles" and all(layout.tiles is None for layout in layouts):
            raise UsageError(f"the layer tiles: {job.families[0].model} does not tile; an image is one view")


def _without(layer: str, family: Family) -> str:
    if layer == "windows":
        return f"the layer windows: vtok has no windows of {family.model}: {family.attention}"
    if basis_of(family):
        return f"the layer {layer}: where patches and tokens of {family.names[0]} lie is not published; leave it out"
    return f"the layer {layer}: no token of {family.model} has a place in the image; patches shows what they read"
