"""`vtok locate`: from a token to its part of the image, and from a pixel to the tokens that see it."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from vtok.cli import _options as o
from vtok.cli import _questions as q
from vtok.cli._failures import Failure, Failures, complain
from vtok.cli._inputs import Input
from vtok.cli._marking import check_output, drawn_width, frame_drawn, marks_of, write_crop, write_marked
from vtok.cli._presets import one_preset
from vtok.errors import MediaError, UsageError
from vtok.parts.family import Family
from vtok.render.files import Outputs
from vtok.render.text import locate as words
from vtok.render.text.answers import dumps, provenance
from vtok.render.text.tables import is_terminal, show, show_notes, show_pairs
from vtok.values import SCHEMA, Layout

Token = Annotated[
    list[int] | None,
    typer.Option(
        "--token", metavar="N", show_default=False,
        help="A visual token of the image, numbered from 0. May be repeated.",
    ),
]  # fmt: skip
Position = Annotated[
    list[int] | None,
    typer.Option(
        "--position", metavar="N", show_default=False,
        help="A position of the image's part of the prompt, special tokens counted, from 0. May be repeated.",
    ),
]  # fmt: skip
Pixel = Annotated[
    list[str] | None,
    typer.Option(
        "--pixel", metavar="X,Y", show_default=False,
        help="The tokens that see this pixel of the image. May be repeated.",
    ),
]  # fmt: skip
Box = Annotated[
    list[str] | None,
    typer.Option(
        "--box", metavar="X1,Y1,X2,Y2", show_default=False,
        help="The tokens that see a part of this box of the image. May be repeated.",
    ),
]  # fmt: skip
Frame = Annotated[
    int | None, typer.Option("--frame", metavar="N", help="Of a video, only the tokens of source frame N, from 0 on.")
]
Out = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Draw the image with these tokens marked: png, jpg, webp, svg, pdf."
    ),
]
Crop = Annotated[
    str | None,
    typer.Option("--crop", metavar="FILE", help="Write the pixels of the one token as the model gets them, resized."),
]
Width = Annotated[
    str | None,
    typer.Option("--width", "-w", metavar="N|original", help="Width of the drawing in pixels. Default: at most 1920."),
]


def locate(
    *,
    inputs: o.InputOptions,
    model: o.OneModel = None,
    token: Token = None,
    position: Position = None,
    pixel: Pixel = None,
    box: Box = None,
    frame: Frame = None,
    output: Out = None,
    crop: Crop = None,
    width: Width = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show which part of an image a token covers, and which tokens see a pixel or a box.

    Pixels are those of the image as the pipeline works on it: turned where its loader applies the stored orientation.
    A tiled model sees a pixel in a tile and in the thumbnail. Newlines, separators and special tokens say what they
    are.

    Examples:
      vtok locate photo.jpg --token 57
      vtok locate photo.jpg -m deepseek-vl2 --pixel 800,300
      vtok locate photo.jpg -m internvl --box 100,100,300,200 --json
      vtok locate photo.jpg -m deepseek-vl2 --pixel 800,300 -o marked.png
      vtok locate clip.mp4 --pixel 320,180 --frame 15 --crop token.png
    """
    asked = q.questions(token or (), position or (), pixel or (), box or ())
    if not asked:
        raise UsageError("nothing to locate; give --token, --position, --pixel or --box")
    sources = inputs.gather()
    outputs = Outputs([inputs.files_from, *(model or ()), *(source.path for source in sources)])
    for flag, path in (("-o", output), ("--crop", crop)):
        check_output(path, flag, sources, outputs)
    family = one_preset(model, preset, video)
    failures = Failures()
    documents: list[dict[str, Any]] = []
    for source in sources:
        answers = None
        with failures.of(source.name):
            layout = family.layout(video.media(source))
            answers = list(q.answers(asked, family, layout, frame))
        if answers is None:
            documents.append(failures[-1]._asdict())
            continue
        for answer in answers:
            if answer.error:
                complain(source.name, answer.error)
                failures.append(Failure(source.name, answer.error))
        if json:
            documents.append(_document(source.name, layout, answers, frame))
        else:
            _print(source.name, layout, answers, frame)
        with failures.of(source.name):
            _write(source, family, layout, answers, frame, output, crop, width)
    if json:
        print("[" + ",\n ".join(map(dumps, documents)) + "]")
    failures.end()


def _write(
    source: Input,
    family: Family,
    layout: Layout,
    answers: Sequence[q.Answer],
    frame: int | None,
    output: str | None,
    crop: str | None,
    width: str | None,
) -> None:
    """Write what `-o` and `--crop` ask for. MediaError where pixels are missing from what was written."""
    if crop:
        tokens = [token for answer in answers for token in answer.tokens]
        write_crop(crop, source, family, layout, tokens)
    if output:
        marks, pixels = marks_of(layout, answers, frame), drawn_width(width, layout)
        cut = write_marked(output, source, layout, marks, pixels, frame_drawn(answers, frame))
        if cut:
            raise MediaError(cut)


def _document(name: str, layout: Layout, answers: Sequence[q.Answer], frame: int | None) -> dict[str, Any]:
    places = layout.token_map()
    return {
        "input": name,
        "schema": SCHEMA,
        **{key: getattr(layout, key) for key in ("model", "preset", "pipeline", "version")},
        "original": layout.original.to_dict(),
        "orientation": layout.media.orientation,
        "turned": layout.turned,
        "tokens": places.tokens,
        "positions": places.positions,
        **({} if frame is None else {"frame": frame}),
        "answers": [answer.to_dict() for answer in answers],
        "notes": _notes(layout, answers, frame),
    }


def _notes(layout: Layout, answers: Sequence[q.Answer], frame: int | None) -> list[str]:
    asked = [answer.question for answer in answers if not answer.error]
    points = [question.value for question in asked if question.flag in ("pixel", "box")]
    return words.notes(layout, points=points, frame=frame)


def _print(name: str, layout: Layout, answers: Sequence[q.Answer], frame: int | None) -> None:
    show_pairs([("input", name), ("model", provenance(layout)), *words.summary(layout)])
    answered = [
        words.Answered(str(answer.question), answer.tokens, answer.ids) for answer in answers if not answer.error
    ]
    show(words.table(layout, answered, every=not is_terminal()))
    show_notes(_notes(layout, answers, frame))
