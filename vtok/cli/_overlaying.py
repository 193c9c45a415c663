"""What `vtok overlay` draws of each input, and where it writes that."""

import sys
from dataclasses import replace
from typing import IO, Any, cast, get_args

import vtok
from vtok.cli import _options as o
from vtok.cli._inputs import Input
from vtok.cli._pages import page_proportions, page_width, theme_name
from vtok.cli._pieces import parse_grid
from vtok.cli._targets import VECTOR, Target, check_size, write_image
from vtok.errors import MediaError, UsageError
from vtok.media.files import whole
from vtok.overlays import Drawn, Job, blank, check_layers, checked_layers, photographed
from vtok.parts.family import Family
from vtok.render.drawing import page
from vtok.render.drawing.panels import On
from vtok.render.files import Outputs
from vtok.render.text.plain import clean, write_lines
from vtok.values import Layout, Media, Size


def one(
    job: Job, source: Input, target: Target, outputs: Outputs, *, video: o.VideoOptions, grid: str | None, report: bool
) -> None:
    """Draw one input and write it. VtokError where it fails, and where pixels are missing from what was written."""
    drawn = _drawn(job, source, video, grid, onto_page=target.ending not in VECTOR)
    check_size(drawn.scene.size, target.ending)
    outputs.check(target.path)
    _write(drawn, target)
    outputs.written(target.path)
    if report and target.path != "-":
        write_lines([clean(target.path)])
    if drawn.cut:
        raise MediaError(drawn.cut)


def _drawn(job: Job, source: Input, video: o.VideoOptions, grid: str | None, *, onto_page: bool) -> Drawn:
    if grid:
        if len(job.families) > 1:
            raise UsageError("--grid is drawn for one model by one pipeline at a time; give one -m, one --pipeline")
        return blank(job, [_of_grid(job.families[0], grid)], grid=True)
    file: Any = source.path
    if source.path == "-":
        file = whole(sys.stdin.buffer)
        media = vtok.probe(file, video.media_kind())
    else:
        media = video.media(source)
    layouts = [family.layout(media) for family in job.families]
    check_layers(job, layouts)
    if source.size is not None:
        return blank(job, layouts)
    return photographed(job, layouts, file, onto_page=onto_page)


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


def wish(show: list[str] | None, on: str, width: str, page_: str | None, theme: str, *, caption: bool) -> page.Wish:
    """What was typed, checked."""
    if on not in get_args(On):
        raise UsageError(f"--on {on}: write original or resized")
    return page.Wish(
        layers=None if show is None else checked_layers(show, "--show"),
        on=cast("On", on),
        width=page_width(width),
        page=page_proportions(page_),
        theme=theme_name(theme),
        caption=caption,
    )


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

        image = raster.draw(drawn.scene, drawn.images, drawn.canvas)
        more = {"icc_profile": drawn.profile} if drawn.profile else {}

        def write(file: IO[bytes]) -> None:
            raster.save(image, file, target.ending, **more)

    write_image(target.path, write)
