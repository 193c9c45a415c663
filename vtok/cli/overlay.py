"""`vtok overlay`: images for slides of what a model makes of an image or video."""

from typing import Annotated

import typer

from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._presets import presets
from vtok.render.drawing import LAYERS, WIDTH

Show = Annotated[
    list[str] | None,
    typer.Option(
        "--show",
        "-s",
        metavar="LAYER",
        show_default=False,
        autocompletion=completion.listed(lambda: (*LAYERS, "none")),
        help=f"What is drawn: {', '.join(LAYERS)}; several, by commas or one by one. Default: what suits the model.",
    ),
]
OnWhat = Annotated[
    str,
    typer.Option("--on", metavar="original|resized", help="Draw on the photo, or on the canvas that the model has."),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="A .png, .jpg, .webp, .svg or .pdf; a folder; - for standard output. "
        "Default: INPUT.overlay.png in the current folder.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="ENDING", help="For a folder or standard output: png, jpg, webp, svg, pdf."),
]
Width = Annotated[
    str,
    typer.Option(
        "--width", "-w", metavar="N|original", help="Width of the page in pixels; original: the photo at its own size."
    ),
]
Page = Annotated[
    str | None,
    typer.Option("--page", metavar="W:H", help="Proportions of the page, as 16:9. Default: as high as needed."),
]
Theme = Annotated[str, typer.Option("--theme", metavar="light|dark", help="White or near-black.")]
Caption = Annotated[
    bool, typer.Option("--caption/--no-caption", help="Say model, sizes, grid and tokens beside the image.")
]
Grid = Annotated[
    str | None,
    typer.Option("--grid", "-g", metavar="[Tx]HxW", help="Draw a diagram of a grid in patches instead of a photo."),
]
OnlyFrame = Annotated[
    int | None, typer.Option("--only-frame", metavar="N", help="Of a video, draw sampled frame N, from 0 on.")
]


def overlay(
    *,
    inputs: o.InputOptions,
    model: o.Models = None,
    show: Show = None,
    on: OnWhat = "original",
    output: Out = None,
    format_: Format = None,
    width: Width = str(WIDTH),
    page_: Page = None,
    theme: Theme = "light",
    caption: Caption = True,
    grid: Grid = None,
    only_frame: OnlyFrame = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    debug: o.Debug = False,
) -> None:
    """Draw what a model makes of an image or video: patches, tokens, windows, tiles, order, numbers, position ids.

    Of a video, the sampled frames are drawn with what each of them costs. Several models, and several pipelines, are
    drawn side by side. A bare size or --grid makes a diagram without a photo. Without -o the page of photo.jpg is
    photo.overlay.png in the current folder, and its name is printed.

    Examples:
      vtok overlay photo.jpg -o slide.png --page 16:9
      vtok overlay photo.jpg -m deepseek-vl2 --show tiles,tokens -o tiles.svg
      vtok overlay photo.jpg -m qwen2.5-vl -m internvl -o compared.png
      vtok overlay photo.jpg -m qwen3-vl --pipeline transformers --pipeline llama.cpp --pipeline ollama
      vtok overlay clip.mp4 -o frames.png
      vtok overlay --grid 36x36 -o windows.pdf
    """
    from vtok.cli import _overlaying as draw
    from vtok.cli._pages import compares_pipelines, names_of
    from vtok.cli._targets import targets
    from vtok.overlays import Job
    from vtok.render.files import Outputs

    wish = draw.wish(show, on, width, page_, theme, caption=caption)
    families = presets(model, preset, video)
    sources = draw.sources(inputs, grid)
    places = targets(sources, output, format_)
    job = Job(
        families=families,
        names=names_of(families),
        wish=wish,
        only_frame=only_frame,
        pipelines=compares_pipelines(preset.pipeline),
    )
    outputs = Outputs([inputs.files_from, *(model or ()), *(source.path for source in sources)])
    for target in places:
        outputs.check(target.path)
    failures = Failures()
    for source, target in zip(sources, places, strict=True):
        with failures.of(source.name):
            report = output is None or len(sources) > 1
            draw.one(job, source, target, outputs, video=video, grid=grid, report=report)
    failures.end()
