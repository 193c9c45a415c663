"""`vtok budget`: whether a prompt fits the context, and what would."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._inputs import Input
from vtok.cli._presets import flags, one_preset
from vtok.cli._text import parse_tokens, text_of
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.render.text import budget as b
from vtok.render.text.answers import dumps, provenance
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import is_terminal, show
from vtok.values import SCHEMA, Layout, Media

if TYPE_CHECKING:
    from vtok.cli._resize import Written
    from vtok.search.fitting import Budgeted

CHAT_TOKENS = 20
"""What a chat template puts around a message, where it is not known: a system prompt, two turns, a few breaks."""

Context = Annotated[
    str | None,
    typer.Option(
        "--context", "-c", metavar="N", help="Tokens of context, as 131072 or 32k (k is 1,024). Default: the model's."
    ),
]
TextTokens = Annotated[str, typer.Option("--text", metavar="N", help="Tokens of text in the prompt.")]
TextFile = Annotated[str | None, typer.Option("--text-file", metavar="FILE", help="Text of the prompt, - for stdin.")]
TokenizerPath = Annotated[
    str | None,
    typer.Option("--tokenizer", metavar="PATH", help="A tokenizer.json to count it; without, it is estimated."),
]
Reply = Annotated[str, typer.Option("--reply", metavar="N", help="Tokens kept free for the answer.")]
Fit = Annotated[bool, typer.Option("--fit", help="Say what would fit even if the prompt does.")]
Resize = Annotated[
    str | None, typer.Option("--resize", metavar="FILE", help="Write the one image at the largest size that fits.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only what is left (after --resize), one integer.")]


class Measured(NamedTuple):
    """An input that could be read, and what the model makes of it."""

    given: Input
    media: Media
    layout: Layout


def budget(
    *,
    inputs: o.InputOptions,
    model: o.OneModel = None,
    context: Context = None,
    text: TextTokens = "0",
    text_file: TextFile = None,
    tokenizer: TokenizerPath = None,
    reply: Reply = "0",
    fit: Fit = False,
    resize: Resize = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    json: o.Json = False,
    quiet: Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Say whether all inputs, as one prompt, fit the context, and if not, what would.

    vtok budget *.jpg -m qwen2.5-vl-7b || echo too long   (exit code 3)

    vtok budget page.png -c 4k --text-file question.txt --reply 500

    vtok budget clip.mp4 -c 16k --fit                     frames, rate, pixels

    vtok budget photo.jpg -c 1000 --resize small.jpg      the largest that fits
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
    asked = None if context is None else parse_tokens("--context", context, least=1)
    texts = list(_texts(family, text, text_file, tokenizer, reply))
    failures = Failures()
    measured = _measured(sources, family, video, failures)
    budgeted = b.Budget(*_context(family, asked), [*map(_part, measured), *texts])
    solver = _solver(family, measured, budgeted) if measured and (fit or resize or budgeted.left < 0) else None
    written = _write_resized(resize, measured, solver, family) if resize else None
    if failures and (quiet or not (measured or json)):
        raise typer.Exit(1)
    if quiet:
        print(solver.room - written.tokens if written and solver else budgeted.left)
    elif json:
        print(
            dumps(_facts(family, budgeted, measured, failures, solver if fit or budgeted.left < 0 else None, written))
        )
    else:
        _show(family, budgeted, measured, solver if fit or budgeted.left < 0 else None, written)
    if failures or budgeted.left < 0:
        raise typer.Exit(1 if failures else 0 if written else 3)


def _context(family: Family, asked: int | None) -> tuple[int, str]:
    """The length of the context, and where it is from."""
    own = family.max_position_embeddings
    if asked is not None:
        more = f", more than the model's own {own:,}" if own and asked > own else ""
        return asked, f"--context{more}"
    if own is None:
        raise UsageError(f"the context length of {family.names[0]} is not known here; give --context, as --context 32k")
    return own, family.source("max_position_embeddings")


def _texts(family: Family, text: str, file: str | None, tokenizer: str | None, reply: str) -> Iterator[b.Part]:
    """What is in the context beside the inputs."""
    if tokenizer and file is None:
        raise UsageError("--tokenizer counts the tokens of --text-file; give that, too")
    if tokens := parse_tokens("--text", text):
        yield b.Part("text", "--text", tokens)
    if file is not None:
        counted = text_of(file, tokenizer)
        yield b.Part("text", f"{file}: {counted.how}", counted.tokens, counted.estimated)
    yield _template(family)
    if tokens := parse_tokens("--reply", reply):
        yield b.Part("reply", "--reply", tokens)


def _template(family: Family) -> b.Part:
    """What the chat template puts around a message.

    The number is that of the checkpoint as its default pipeline has it: an original repository's own code may have
    another system prompt.
    """
    own = family.chat_tokens
    if own is None:
        return b.Part("template", "not known for this model", CHAT_TOKENS, estimated=True)
    first = next(iter(family.pipelines))
    if family.pipeline_used == "original" and first != "original" and "chat_tokens" not in family.asked:
        return b.Part("template", "not known for this pipeline", CHAT_TOKENS, estimated=True)
    return b.Part("template", family.source("chat_tokens"), own)


def _measured(sources: Sequence[Input], family: Family, video: o.VideoOptions, failures: Failures) -> list[Measured]:
    """What could be read."""
    measured = []
    for given in sources:
        with failures.of(given.name):
            media = video.media(given)
            layout = family.layout(media)
            if not any(layout.sink("prompt")):
                raise UsageError(f"{family.model} is an encoder without a prompt, and has no context to fill")
            measured.append(Measured(given, media, layout))
    return measured


def _part(measured: Measured) -> b.Part:
    layout = measured.layout
    kind: b.PartKind = "video" if layout.media.is_video else "image"
    return b.Part(kind, measured.given.name, layout.prompt_tokens, layout.estimated, layout)


def _solver(family: Family, measured: Sequence[Measured], budgeted: b.Budget) -> "Budgeted":
    from vtok.search.fitting import Budgeted

    media = [item.media for item in measured]
    taken = sum(item.layout.prompt_tokens for item in measured)
    return Budgeted(family, media, budgeted.left + taken)


def _write_resized(path: str, measured: Sequence[Measured], solver: "Budgeted | None", family: Family) -> "Written":
    """Write the one image at the largest size that fits."""
    if len(measured) != 1 or measured[0].media.is_video or solver is None:
        raise UsageError("--resize writes one image; give one image that can be read")
    from vtok.cli import _resize

    given, media, _ = measured[0]
    source = _resize.source_of(given)
    if solver.image is None:
        other = next((flags({remedy.option: remedy.value}) for remedy in solver.remedies), None)
        raise UsageError(f"no size of this image fits; {f'{other} does' if other else _least(solver)}")
    return _resize.write(path, source, media, family, solver.image)


def _found(solver: "Budgeted", budgeted: b.Budget) -> list[b.Found]:
    """What would fit, as it is typed."""
    return [
        b.Found(
            remedy.option,
            remedy.value,
            flags({remedy.option: remedy.value}),
            remedy.tokens,
            budgeted.left + solver.tokens - remedy.tokens,
            remedy.following,
            [remedy.family.layout(item) for item in solver.media],
        )
        for remedy in solver.remedies
    ]


def _facts(
    family: Family,
    budgeted: b.Budget,
    measured: Sequence[Measured],
    failures: Failures,
    solver: "Budgeted | None",
    written: "Written | None",
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "schema": SCHEMA, "model": family.model, "preset": family.repo or family.names[0],
        "pipeline": family.pipeline_used, "version": family.version_used, **budgeted.to_dict(),
    }  # fmt: skip
    if failures:
        facts["errors"] = failures.to_list()
    if solver:
        names = [item.given.name for item in measured]
        found = [f.to_dict(names) for f in _found(solver, budgeted)]
        facts["fit"] = {"options": found, "least": solver.least.tokens, "least_options": solver.least.options}
        if not found:
            facts["fit"]["first"] = solver.first
        if len(measured) == 1 and not measured[0].media.is_video:
            facts["fit"]["size"] = solver.image and solver.image.size.to_dict()
    if written:
        facts["written"] = written.to_dict()
    return facts


def _show(
    family: Family,
    budgeted: b.Budget,
    measured: Sequence[Measured],
    solver: "Budgeted | None",
    written: "Written | None",
) -> None:
    if is_terminal():
        name = provenance(measured[0].layout) if measured else family.names[0]
        write_lines([name, ""])
        b.show_bar(budgeted)
    show(b.table(budgeted))
    notes = []
    crossed = sum(item.layout.cross_attention_tokens for item in measured)
    if crossed:
        notes.append(f"{crossed:,} tokens in cross-attention take no room in the context")
    if written:
        notes.append(f"written to {written}")
    write_lines([_verdict(budgeted), *notes] if is_terminal() else [f"note\t{note}" for note in notes])
    if solver:
        _show_fit(solver, budgeted, len(measured), written)


def _verdict(budgeted: b.Budget) -> str:
    about = "about " if budgeted.estimated else ""
    if budgeted.left >= 0:
        return f"fits: {about}{budgeted.left:,} tokens left"
    return f"does not fit: {about}{-budgeted.left:,} tokens over"


def _show_fit(solver: "Budgeted", budgeted: b.Budget, inputs: int, written: "Written | None") -> None:
    found = [f for f in _found(solver, budgeted) if f.tokens != solver.tokens]
    lines = ["nothing needs to change"] if solver.tokens <= solver.room else []
    if found:
        write_lines([] if is_terminal() else [""])
        show(b.found_table(found))
    if inputs == 1 and not solver.media[0].is_video and solver.image and not written:
        size, tokens = solver.image.size, solver.image.tokens
        lines.append(f"largest size that fits: {size}, {tokens:,} prompt tokens; --resize FILE writes it")
    if not found and solver.tokens > solver.room:
        lines.append(_least(solver))
        if inputs > 1 and not solver.first:
            lines.append(f"as they are, not even the first of the {inputs:,} inputs fits")
        elif inputs > 1:
            lines.append(f"as they are, the first {solver.first:,} of the {inputs:,} inputs fit")
    if is_terminal():
        write_lines(lines)
    elif lines:
        write_lines([f"note\t{line}" for line in lines])


def _least(solver: "Budgeted") -> str:
    """What the smallest possible prompt costs."""
    least = solver.least
    how = flags(least.options)
    room = max(0, solver.room)
    if least.tokens <= room:
        return f"no option alone is enough; together they are, at the least {least.tokens:,} tokens: {how}"
    under = f" ({how})" if how else ""
    return f"at their sizes the inputs take {least.tokens:,} tokens at the least{under}, and there is room for {room:,}"
