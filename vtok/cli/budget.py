"""`vtok budget`: whether a prompt fits the context, and what would."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vtok import engines
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._fit import Counted, Fitting
from vtok.cli._inputs import Input
from vtok.cli._presets import one_preset
from vtok.cli._text import estimate, parse_tokens, text_of
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.render.text.answers import dumps, provenance
from vtok.render.text.budget import Budget, Entry, EntryKind, show_bar, table
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import is_terminal, show, show_notes
from vtok.values import SCHEMA

if TYPE_CHECKING:
    from vtok.cli._resize import Written

CHAT_TOKENS = 20
"""What a chat template puts around a message, where it is not known: a system prompt, two turns, a few breaks."""

EXIT_CODES = {1: "some inputs failed, so that it is not known whether the prompt fits", 3: "the prompt does not fit"}

Context = Annotated[
    str | None,
    typer.Option(
        "--context", "-c", metavar="N",
        help="Length of the context in tokens, such as 131072 or 32k (k is 1,024). Default: the model's.",
    ),
]  # fmt: skip
TextTokens = Annotated[str, typer.Option("--text", metavar="N", help="Number of text tokens in the prompt.")]
TextFile = Annotated[
    str | None,
    typer.Option("--text-file", metavar="FILE", help="File with the text of the prompt; - for standard input."),
]
TokenizerPath = Annotated[
    str | None,
    typer.Option(
        "--tokenizer", metavar="PATH", help="Count the text with this tokenizer.json. Without one, it is estimated."
    ),
]
Reply = Annotated[str, typer.Option("--reply", metavar="N", help="Number of tokens to keep free for the answer.")]
FitToo = Annotated[
    bool, typer.Option("--fit", help="Search for the largest settings that fit, even if the prompt does.")
]
Resize = Annotated[
    str | None,
    typer.Option("--resize", metavar="FILE", help="Write the one image to FILE, at the largest size that fits."),
]
Quiet = Annotated[
    bool, typer.Option("-q", "--quiet", help="Print only the number of tokens left (after --resize, if given).")
]


def budget(
    *,
    inputs: o.InputOptions,
    model: o.OneModel = None,
    context: Context = None,
    text: TextTokens = "0",
    text_file: TextFile = None,
    tokenizer: TokenizerPath = None,
    reply: Reply = "0",
    fit: FitToo = False,
    resize: Resize = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    json: o.Json = False,
    quiet: Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Say whether all inputs fit the context as one prompt, and if not, which settings would fit.

    The prompt is all images and videos, the text, the chat template and the tokens kept for the reply. What can only be
    estimated is marked so. If the prompt does not fit, each option that makes it fit alone is shown at its largest
    value: pixels, tiles, frames, rate.

    Examples:
      vtok budget *.jpg -m qwen2.5-vl-7b || echo too long
      vtok budget page.png -c 4k --text-file question.txt --reply 500
      vtok budget clip.mp4 -c 16k --fit
      vtok budget photo.jpg -c 1000 --resize small.jpg
    """
    if json and quiet:
        raise UsageError("--json and -q contradict each other; give one of them")
    if text_file == "-" and ("-" in (inputs.inputs or ()) or inputs.files_from == "-"):
        raise UsageError(
            "standard input cannot be both the text (--text-file -) and an input; name a file for one of them"
        )
    sources = inputs.gather()
    if resize:
        from vtok.render.files import Outputs

        paths = [source.path for source in sources]
        Outputs([*paths, inputs.files_from, text_file, tokenizer, *(model or ())]).check(resize)
    family = one_preset(model, preset, video, num_images=len(sources))
    wanted = None if context is None else parse_tokens("--context", context, least=1)
    others = list(_other_entries(family, text, text_file, tokenizer, reply))
    failures = Failures()
    counted = _counted(sources, family, video, failures)
    missing = [failure.input for failure in failures]
    budget = Budget(*_context(family, wanted), [*map(_entry, counted), *_uncounted(counted), *others], missing)
    fitting = Fitting(family, budget, counted) if counted and (fit or resize or budget.left < 0) else None
    written = fitting.write(resize) if fitting and resize else None
    if failures and (quiet or not (counted or json)):
        failures.end()
    if quiet:
        print(fitting.solver.room - written.tokens if written and fitting else budget.left)
    else:
        answer = fitting if fit or budget.left < 0 else None
        (_print_json if json else _show)(family, budget, counted, failures, answer, written)
    failures.end()
    if budget.left < 0 and not written:
        raise typer.Exit(3)


def _context(family: Family, wanted: int | None) -> tuple[int, str]:
    """The length of the context, and where it is from."""
    published = family.max_position_embeddings
    if wanted is not None:
        more = f", more than the model's {published:,}" if published and wanted > published else ""
        return wanted, f"--context{more}"
    if published is None:
        raise UsageError(f"the context length of {family.names[0]} is not known here; give --context, as --context 32k")
    return published, family.source("max_position_embeddings")


def _other_entries(family: Family, text: str, file: str | None, tokenizer: str | None, reply: str) -> Iterator[Entry]:
    """What is in the context beside the inputs."""
    if tokenizer and file is None:
        raise UsageError("--tokenizer counts the tokens of --text-file; give that, too")
    if tokens := parse_tokens("--text", text):
        yield Entry("text", "--text", tokens)
    if file is not None:
        content = text_of(file, tokenizer)
        yield Entry("text", f"{file}: {content.how}", content.tokens, content.estimated)
    yield _template(family)
    if tokens := parse_tokens("--reply", reply):
        yield Entry("reply", "--reply", tokens)


def _template(family: Family) -> Entry:
    """What the chat template puts around a message.

    The number is that of the checkpoint as its default pipeline has it: an original repository's own code may have
    another system prompt.
    """
    tokens = family.chat_tokens
    if tokens is None:
        return Entry("template", "not known for this model", CHAT_TOKENS, estimated=True)
    first = next(iter(family.pipelines))
    if family.pipeline_used == "original" and first != "original" and "chat_tokens" not in family.asked:
        return Entry("template", "not known for this pipeline", CHAT_TOKENS, estimated=True)
    return Entry("template", family.source("chat_tokens"), tokens)


def _counted(sources: Sequence[Input], family: Family, video: o.VideoOptions, failures: Failures) -> list[Counted]:
    """The inputs that could be read, with their layouts."""
    counted = []
    for source in sources:
        with failures.of(source.name):
            media = video.media(source)
            layout = family.layout(media)
            if not any(layout.sink("prompt")):
                raise UsageError(f"{family.model} is an encoder without a prompt, and has no context to fill")
            counted.append(Counted(source, media, layout))
    return counted


def _entry(counted: Counted) -> Entry:
    layout = counted.layout
    kind: EntryKind = "video" if layout.media.is_video else "image"
    estimated = any(span.estimated for span in layout.spans)
    return Entry(kind, counted.source.name, layout.prompt_tokens, estimated, layout)


def _uncounted(counted: Sequence[Counted]) -> Iterator[Entry]:
    """The text around images and frames that only a tokenizer can count, such as blank lines: an estimate."""
    texts = [text for item in counted for text in item.layout.uncounted_text]
    if texts:
        kinds = list(dict.fromkeys(map(repr, texts)))
        examples = ", ".join([*kinds[:2], "..."] if len(kinds) > 3 else kinds)
        yield Entry("text", f"around images and frames: {examples}", sum(map(estimate, texts)), estimated=True)


def _print_json(
    family: Family,
    budget: Budget,
    counted: Sequence[Counted],
    failures: Failures,
    fitting: Fitting | None,
    written: "Written | None",
) -> None:
    document: dict[str, Any] = {
        "schema": SCHEMA, "model": family.model, "preset": family.repo or family.names[0],
        "pipeline": engines.counted_by(family), "version": engines.version_of(family), **budget.to_dict(),
    }  # fmt: skip
    if failures:
        document["errors"] = failures.to_list()
    if fitting:
        document["fit"] = fitting.to_dict()
    if written:
        document["written"] = written.to_dict()
    print(dumps(document))


def _show(
    family: Family,
    budget: Budget,
    counted: Sequence[Counted],
    failures: Failures,
    fitting: Fitting | None,
    written: "Written | None",
) -> None:
    if is_terminal():
        write_lines([provenance(counted[0].layout) if counted else family.names[0], ""])
        show_bar(budget)
    show(table(budget))
    notes = [budget.verdict] if is_terminal() or budget.missing else []
    crossed = sum(item.layout.cross_attention_tokens for item in counted)
    if budget.source == family.source("max_position_embeddings") and engines.default_context(family):
        notes.append(f"note: {engines.default_context(family)}; -c sets it here")
    if crossed:
        notes.append(f"{crossed:,} tokens in cross-attention take no room in the context")
    if written:
        notes.append(f"written to {written}")
    show_notes(notes)
    if fitting:
        fitting.show(written=written is not None)
