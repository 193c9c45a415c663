"""`vtok count`: what images and videos cost."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vtok import engines
from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.cli._answers import Output, stream, write
from vtok.cli._failures import Failures
from vtok.cli._inputs import Input
from vtok.cli._presets import labels, names_of, presets, takes_all
from vtok.parts.family import Family
from vtok.render.text.answers import Answer
from vtok.values import Media

if TYPE_CHECKING:
    from vtok.render.text.compare import Contexts

Ndjson = Annotated[bool, typer.Option("--ndjson", help="Print a JSON object per line, each as soon as it is known.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")]
Quiet = Annotated[
    bool,
    typer.Option(
        "-q", "--quiet",
        help="Print only the prompt tokens: an integer per input, labelled if several models or pipelines count it.",
    ),
]  # fmt: skip
Field = Annotated[
    list[str] | None,
    typer.Option(
        "--field", metavar="KEY", show_default=False, autocompletion=completion.fields,
        help="Print only this key of the JSON, such as tokens or original.width. Several give several columns.",
    ),
]  # fmt: skip
Total = Annotated[
    bool, typer.Option("--total", help="Add the sum of all inputs, one for each model. With -q, print only that.")
]
Together = Annotated[
    bool, typer.Option("--together", help="All inputs share one prompt: some models then make fewer tiles.")
]
Sizes = Annotated[
    list[str] | None,
    typer.Option("--size", metavar="WxH", show_default=False, help="Count this size without a file. Repeatable."),
]


def count(
    *,
    inputs: o.InputOptions,
    size: Sizes = None,
    model: o.Models = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    together: Together = False,
    json: o.Json = False,
    ndjson: Ndjson = False,
    csv: Csv = False,
    quiet: Quiet = False,
    field: Field = None,
    total: Total = False,
    debug: o.Debug = False,  # read by main; declared for the help page
) -> None:
    """Count the tokens that images and videos cost.

    One input is explained step by step. Several inputs are a table with their sum. Several models are compared: what
    each one takes of its context, and how many pixels stand for one token.

    Tokens are positions of the language model that hold image features. Prompt tokens are those and the special tokens
    around them. In a pipe the table is tab-separated text.

    Examples:
      vtok count photo.jpg
      vtok count *.jpg -m qwen2.5-vl -m internvl
      vtok count photo.jpg -m qwen3-vl --pipeline transformers --pipeline ollama
      vtok count clip.mp4 --fps 1
      vtok count 1920x1080 --set max_pixels=1003520
      vtok count 1280x720 --duration 60 --source-fps 24
      tokens=$(vtok count -q photo.jpg)
      vtok count images/ --field input --field original.width --field tokens
    """
    fields = field or (["prompt_tokens"] if quiet else [])
    output = Output(json=json, ndjson=ndjson, csv=csv, fields=fields, total=total)
    output.check()
    sources = inputs.gather(size)
    company: dict[str, Any] = {"num_images": len(sources)} if together else {}
    families = presets(model, preset, video, **company)
    failures = Failures()
    takes_every = takes_all(model) or "all" in (preset.pipeline or ())
    answers = Counting(families, video, failures, leave_out=takes_every).answers(sources)
    contexts = {} if len(families) == 1 else _contexts(families)
    if ndjson:
        stream(answers, output, contexts)
    else:
        write(list(_watched(answers, len(sources) * len(families))), output, contexts)
    failures.end()


def _contexts(families: Sequence[Family]) -> "Contexts":
    return {label: family.max_position_embeddings for label, family in zip(labels(families), families, strict=True)}


class Counting:
    """Inputs counted by models. With `leave_out`, models that do not take a kind of input are left out for it."""

    def __init__(
        self, families: Sequence[Family], video: o.VideoOptions, failures: Failures, *, leave_out: bool
    ) -> None:
        self.families = dict(zip(labels(families), families, strict=True))
        self.names = dict(zip(self.families, names_of(families), strict=True))
        self.video = video
        self.failures = failures
        self.leave_out = leave_out
        self._named: set[str] = set()

    def answers(self, sources: Iterable[Input]) -> Iterator[Answer]:
        """An answer for each input and, in the order of the models, each model."""
        for source in sources:
            media = None
            with self.failures.of(source.name):
                media = self.video.media(source)
            for label, family in self._models(media).items():
                blank = Answer(
                    source.name, family.model, label=label, name=self.names[label], pipeline=engines.counted_by(family)
                )
                yield self._answer(blank, media, family)

    def _models(self, media: Media | None) -> dict[str, Family]:
        """The models that count this input."""
        if media is None or not self.leave_out:
            return self.families
        kind = "video" if media.is_video else "image"
        others = [label for label, family in self.families.items() if kind not in family.kinds]
        if others and kind not in self._named:
            self._named.add(kind)
            models = [label for label in others if label in self.names.values()]
            what = "models" if len(models) == len(others) else "pipelines"
            names = ", ".join(others)
            print(f"vtok: {len(others)} {what} take no {kind}s and are left out for them: {names}", file=sys.stderr)
        return {label: family for label, family in self.families.items() if kind in family.kinds}

    def _answer(self, blank: Answer, media: Media | None, family: Family) -> Answer:
        """The answer with its layout, or with its error."""
        if media is None:
            return blank._replace(error=self.failures[-1].error)
        several = len(self.families) > 1
        with self.failures.of(media.name, model=blank.label if several else ""):
            return blank._replace(layout=family.layout(media))
        return blank._replace(error=self.failures[-1].error)


def _watched(answers: Iterator[Answer], expected: int) -> Iterator[Answer]:
    """The same answers, with progress on a terminal's standard error when it takes long."""
    start = last = time.monotonic()
    for done, answer in enumerate(answers, 1):
        yield answer
        now = time.monotonic()
        if now - start > 1 and now - last > 0.2 and sys.stderr.isatty():
            last = now
            print(f"\r\033[Kcounted {done:,} of {expected:,}", end="", file=sys.stderr, flush=True)
    if last > start:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
