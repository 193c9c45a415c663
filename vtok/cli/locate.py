"""`vtok locate`: from a token to its part of the image, and from a pixel to the tokens that see it."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import typer

from vtok.cli import _boxes as b
from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.cli import _questions as q
from vtok.cli._failures import Failure, Failures, complain
from vtok.cli._inputs import Input
from vtok.cli._marking import check_output, drawn_width, frame_drawn, marks_of, write_crop, write_marked
from vtok.cli._presets import one_preset
from vtok.errors import MediaError, UsageError
from vtok.geometry.conventions import CONVENTIONS
from vtok.parts.family import Family
from vtok.render.drawing.marks import Mark
from vtok.render.files import Outputs
from vtok.render.text import boxes
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
Convert = Annotated[
    list[str] | None,
    typer.Option(
        "--convert", metavar="ANSWER|@FILE|-", show_default=False,
        help="Boxes and points to convert: x1,y1,x2,y2 or x,y, JSON, or a model's answer; @FILE reads a file, - "
        "standard input. May be repeated.",
    ),
]  # fmt: skip
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="CONVENTION|all", show_default=False,
        autocompletion=completion.listed(lambda: (*CONVENTIONS, b.EVERY)),
        help=f"The convention that the boxes are written in: {', '.join(CONVENTIONS)}; all reads them in every one. "
        "Default: the model's.",
    ),
]  # fmt: skip
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
    convert: Convert = None,
    from_: From = None,
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

    --convert reads boxes and points, as a model writes them in an answer, in the convention that the model was trained
    in, and prints them in pixels of the image; -o draws them. A pipeline that shrinks or pads the image moves them.

    Examples:
      vtok locate photo.jpg --token 57
      vtok locate photo.jpg -m deepseek-vl2 --pixel 800,300
      vtok locate photo.jpg -m internvl --box 100,100,300,200 --json
      vtok locate photo.jpg -m deepseek-vl2 --pixel 800,300 -o marked.png
      vtok locate clip.mp4 --pixel 320,180 --frame 15 --crop token.png
      vtok locate photo.jpg --convert '[{"bbox_2d": [130, 40, 420, 380], "label": "cup"}]' -o boxes.png
      vtok locate photo.jpg -m qwen3-vl --convert @answer.txt --from all
    """
    job = Job(
        asked=q.questions(token or (), position or (), pixel or (), box or ()),
        texts=b.texts(convert or ()),
        wanted=from_,
        frame=frame,
        output=output,
        crop=crop,
        width=width,
    )
    job.check()
    sources = inputs.gather("locate tokens in")
    outputs = Outputs([inputs.files_from, *(model or ()), *(source.path for source in sources)])
    for flag, path in (("-o", output), ("--crop", crop)):
        check_output(path, flag, sources, outputs)
    family = one_preset(model, preset, video)
    failures = Failures()
    documents: list[dict[str, Any]] = []
    for source in sources:
        layout = None
        with failures.of(source.name):
            layout = family.layout(video.media(source))
        if layout is None:
            documents.append(failures[-1]._asdict())
        else:
            documents.append(_one(job, source, family, layout, failures, table=not json))
    if json:
        print("[" + ",\n ".join(map(dumps, documents)) + "]")
    failures.end()


class Job(NamedTuple):
    """What is asked of each input, and what is written of it."""

    asked: Sequence[q.Question]
    texts: Sequence[str]
    wanted: str | None
    frame: int | None
    output: str | None
    crop: str | None
    width: str | None

    def check(self) -> None:
        """Raise UsageError where nothing is asked, or what contradicts itself."""
        if not self.asked and not self.texts:
            raise UsageError("nothing to locate; give --token, --position, --pixel, --box or --convert")
        if self.wanted and not self.texts:
            raise UsageError("--from is the convention of the boxes behind --convert; give --convert, too")
        if self.texts and (self.asked or self.crop):
            raise UsageError("--convert reads an answer by itself; ask for tokens and pixels in another command")


def _one(job: Job, source: Input, family: Family, layout: Layout, failures: Failures, *, table: bool) -> dict[str, Any]:
    """Answer all questions about one input: as a table, and as the JSON that is returned. Write what is to be."""
    if job.texts:
        reading = b.reading(job.texts, layout, job.wanted)
        more, marks, errors = reading.to_dict(), b.marks(reading.converted), list(map(str, reading.misread))
        answers: list[q.Answer] = []
    else:
        answers = list(q.answers(job.asked, family, layout, job.frame))
        more, marks = _answered(layout, answers, job.frame), marks_of(layout, answers, job.frame)
        errors = [answer.error for answer in answers if answer.error]
    for error in errors:
        complain(source.name, error)
        failures.append(Failure(source.name, error))
    if table and job.texts:
        _print_boxes(source.name, layout, reading, job.wanted)
    elif table:
        _print(source.name, layout, answers, job.frame)
    with failures.of(source.name):
        _write(job, source, family, layout, answers, marks)
    return {**_document(source.name, layout), **more}


def _document(name: str, layout: Layout) -> dict[str, Any]:
    """What the JSON of every answer begins with."""
    return {
        "input": name,
        "schema": SCHEMA,
        **{key: getattr(layout, key) for key in ("model", "preset", "pipeline", "version")},
        "original": layout.original.to_dict(),
        "orientation": layout.media.orientation,
        "turned": layout.turned,
    }


def _answered(layout: Layout, answers: Sequence[q.Answer], frame: int | None) -> dict[str, Any]:
    """The JSON of answers about tokens."""
    places = layout.token_map()
    return {
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


def _print_boxes(name: str, layout: Layout, converted: b.Reading, wanted: str | None) -> None:
    show_pairs([("input", name), ("model", provenance(layout)), words.image_line(layout), *b.about(layout)])
    show(boxes.table(b.rows(converted.converted), every=not is_terminal()))
    show_notes(b.notes(converted.converted, layout, wanted))


def _write(
    job: Job, source: Input, family: Family, layout: Layout, answers: Sequence[q.Answer], marks: Sequence[Mark]
) -> None:
    """Write what `-o` and `--crop` ask for. MediaError where pixels are missing from what was written."""
    if job.crop:
        write_crop(job.crop, source, family, layout, [token for answer in answers for token in answer.tokens])
    if job.output:
        width, frame = drawn_width(job.width, layout), frame_drawn(answers, job.frame)
        if cut := write_marked(job.output, source, layout, marks, width, frame):
            raise MediaError(cut)
