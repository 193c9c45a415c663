"""`vtok verify`: vtok against the transformers that is installed here."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vtok import checkpoints, families
from vtok.cli import _completion as completion
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._progress import Progress
from vtok.errors import UsageError
from vtok.render.files import Outputs, write_whole
from vtok.render.text import verified as text
from vtok.render.text.answers import dumps

if TYPE_CHECKING:
    from vtok.cli._inputs import Input
    from vtok.verify.running import Compared, Subject

EXIT_CODES = {1: "vtok and transformers differ, or an input failed"}
NEEDED = ("transformers", "torch", "torchvision", "tokenizers")

Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", show_default=False, autocompletion=completion.models_or_all,
        help="A model, a checkpoint, a repository or a checkpoint's folder. Several may be given. Default: all.",
    ),
]  # fmt: skip
Samples = Annotated[int, typer.Option("--samples", metavar="N", min=1, help="Random inputs for each model.")]
Seconds = Annotated[
    float | None,
    typer.Option("--seconds", metavar="S", help="Go on for this long, a few inputs a model in turn, instead."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="The same seed draws the same inputs and settings.")]
Record = Annotated[
    str | None,
    typer.Option("--record", metavar="FILE", help="Write upstream's answers to FILE, a JSON object a line."),
]


@dataclass
class Run:
    """What became of each model so far."""

    tallies: dict[str, text.Tally] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    unequal: list[text.Unequal] = field(default_factory=list)

    def take(self, subject: "Subject", one: "Compared") -> None:
        """Count one comparison."""
        from vtok.verify.record import row

        tally = self.tallies.setdefault(subject.family.names[0], text.Tally(subject.stem))
        tally.inputs += 1
        tally.refused += isinstance(one.answer, str)
        tally.differ += bool(one.differences)
        self.rows.append(dumps(row(subject.family, one)))
        if one.differences:
            self.unequal.append(text.Unequal(one.command, one.differences))


def verify(
    inputs: o.Inputs = None,
    model: Models = None,
    samples: Samples = 20,
    seconds: Seconds = None,
    seed: Seed = 0,
    record: Record = None,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Compare vtok with the transformers that is installed here.

    The processors of transformers run without weights, on inputs and settings drawn at random, or on the files that are
    given. Compared are the sizes of all views, the grids, the text of the prompt with a place for each visual token,
    the frames of videos, M-RoPE position ids and windows. A stand-in for the tokenizer has the model's special tokens.

    A model is made from its preset's numbers, a checkpoint's folder from its own config files.

    Examples:
      vtok verify -m qwen2.5-vl
      vtok verify --seconds 600
      vtok verify photo.jpg -m ./my-finetune
      vtok verify -m gemma3 --record rows.jsonl
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise UsageError(
            f"verify runs an installed transformers, and {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
            f"not installed: pip install {' '.join(NEEDED)}"
        )
    if seconds is not None and not 0 < seconds < float("inf"):
        raise UsageError(f"--seconds {seconds:g}: a number above 0 is needed")
    if record:
        Outputs([*(inputs or ()), *(model or ())]).check(record)
    _quiet()
    subjects, others = _subjects(model or ["all"])
    failures, run, progress = Failures(), Run(), Progress(None)
    if inputs:
        pairs = _given(list(o.InputOptions(inputs=inputs).stream()), subjects, failures)
    else:
        pairs = _drawn(subjects, random.Random(seed), samples, seconds)  # noqa: S311  # the same again with this seed
    for subject, one in pairs:
        run.take(subject, one)
        progress.step()
    progress.clear()
    if record:
        content = "".join(f"{row}\n" for row in run.rows).encode()
        write_whole(record, lambda file: file.write(content))
    text.show(run.tallies, run.unequal, others, json=json)
    failures.end()
    if run.unequal:
        raise typer.Exit(1)


def _subjects(names: Sequence[str]) -> "tuple[list[Subject], dict[str, str]]":
    """What is verified, and why other models are not."""
    from vtok.verify.running import Subject

    wanted: list[Subject] = []
    for name in names:
        if name == "all":
            presets = {preset.model: preset for preset in reversed(list(families.presets()))}
            wanted += [Subject(presets[model]) for model in sorted(presets)]
        else:
            folder = Path(name) if checkpoints.checkpoint(name) and Path(name).is_dir() else None
            wanted.append(Subject(checkpoints.get(name), folder))
    others = {subject.family.names[0]: subject.obstacle for subject in wanted if subject.obstacle}
    if len(others) == len(wanted):
        raise UsageError("; ".join(others.values()))
    return [subject for subject in wanted if not subject.obstacle], others


def _drawn(
    subjects: "Sequence[Subject]", chance: random.Random, samples: int, seconds: float | None
) -> "Iterator[tuple[Subject, Compared]]":
    """Random inputs, a draw of each model in turn, until there are enough or the time is over."""
    from vtok.verify.running import compared

    left = dict.fromkeys(range(len(subjects)), samples)
    end = time.monotonic() + seconds if seconds else None
    while left:
        for i in list(left):
            for one in compared(subjects[i], chance):
                yield subjects[i], one
                left[i] -= 1
            if end and time.monotonic() > end:
                return
            if not end and left[i] <= 0:
                del left[i]


def _given(
    sources: "Sequence[Input]", subjects: "Sequence[Subject]", failures: Failures
) -> "Iterator[tuple[Subject, Compared]]":
    """The inputs that are named, for each model that takes them."""
    from vtok.verify.running import compared_with

    for source in sources:
        with failures.of(source.name):
            media = source.media(None, {})
            for subject in subjects:
                if ("video" if media.is_video else "image") in subject.family.kinds:
                    yield subject, compared_with(subject, source.name, source.path, media)


def _quiet() -> None:
    """Transformers is silent about what a folder of config files lacks."""
    import warnings

    import transformers

    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
