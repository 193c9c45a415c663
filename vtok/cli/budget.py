"""`vtok budget`: whether a prompt fits the context, and what would."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from vtok import engines
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._fit import Fitting
from vtok.cli._presets import labels, presets, takes_all
from vtok.cli._prices import PriceOptions
from vtok.cli._text import parse_tokens
from vtok.errors import UsageError
from vtok.render.text.answers import dumps, provenance
from vtok.render.text.budget import show_bar, summary_table, table, turn_table
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import is_terminal, show, show_notes, write_csv
from vtok.values import SCHEMA

if TYPE_CHECKING:
    from vtok.cli._budgets import Answer
    from vtok.cli._resize import Written

EXIT_CODES = {1: "some inputs failed, so that it is not known whether the prompt fits", 3: "the prompt does not fit"}

Messages = Annotated[
    str | None,
    typer.Option(
        "--messages", metavar="FILE",
        help="JSON, or JSON lines, with chats as OpenAI, Anthropic, Hugging Face, LLaVA, ShareGPT, LLaMA-Factory and "
        "ms-swift have them; - for standard input.",
    ),
]  # fmt: skip
StandIn = Annotated[
    str | None,
    typer.Option("--size", metavar="WxH", help="The size of images in --messages that are not on this machine."),
]
PerTurn = Annotated[
    bool,
    typer.Option(
        "--per-turn", help="Show where in a chat the context ends, and what would have to go: the oldest images first."
    ),
]
Context = Annotated[
    str | None,
    typer.Option(
        "--context", "-c", metavar="N",
        help="Length of the context in tokens, such as 131072 or 32k (k is 1,024). Default: the model's.",
    ),
]  # fmt: skip
Literal = Annotated[
    str | None, typer.Option("--text", metavar="TEXT|N", help="The text of the prompt, or its number of tokens.")
]
TextFile = Annotated[
    str | None,
    typer.Option("--text-file", metavar="FILE", help="File with the text of the prompt; - for standard input."),
]
TokenizerPath = Annotated[
    str | None,
    typer.Option(
        "--tokenizer", metavar="PATH",
        help="Count the text with this tokenizer.json, and the chat template of its folder; or with a file of ranks, "
        "such as o200k_base.tiktoken, which is that of GPT-4o and later. Default: those of the "
        "checkpoint's folder, or of its repository in the local Hugging Face cache. Without any, text is estimated.",
    ),
]  # fmt: skip
Reply = Annotated[str, typer.Option("--reply", metavar="N", help="Number of tokens to keep free for the answer.")]
FitToo = Annotated[
    bool, typer.Option("--fit", help="Search for the largest settings that fit, even if the prompt does.")
]
Resize = Annotated[
    str | None,
    typer.Option("--resize", metavar="FILE", help="Write the one image to FILE, at the largest size that fits."),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")]
Quiet = Annotated[
    bool, typer.Option("-q", "--quiet", help="Print only the number of tokens left (after --resize, if given).")
]


class Forms(NamedTuple):
    """What is printed, and how."""

    fit: bool
    resize: str | None
    per_turn: bool
    json: bool
    csv: bool
    quiet: bool

    def check(self) -> None:
        """Raise UsageError if two forms contradict each other."""
        flags = {"--json": self.json, "--csv": self.csv, "-q": self.quiet}
        if len(chosen := [flag for flag, on in flags.items() if on]) > 1:
            raise UsageError(f"{' and '.join(chosen)} contradict each other; give one of them")

    def check_several(self) -> None:
        """Raise UsageError for what is shown of one budget alone."""
        flags = {"--fit": self.fit, "--resize": self.resize, "--per-turn": self.per_turn}
        if chosen := [flag for flag, on in flags.items() if on]:
            raise UsageError(f"{chosen[0]} is for one chat and one model at a time, by one pipeline")


def budget(
    *,
    inputs: o.InputOptions,
    messages: Messages = None,
    size: StandIn = None,
    model: o.Models = None,
    context: Context = None,
    text: Literal = None,
    text_file: TextFile = None,
    tokenizer: TokenizerPath = None,
    reply: Reply = "0",
    fit: FitToo = False,
    resize: Resize = None,
    per_turn: PerTurn = False,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    price: PriceOptions,
    json: o.Json = False,
    csv: Csv = False,
    quiet: Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Say whether all inputs fit the context as one prompt, and if not, which settings would fit.

    The prompt is all images and videos, the text, the chat template and the tokens kept for the reply; or a chat, with
    --messages. With a checkpoint's folder that has a tokenizer and a chat template, the text is counted as the
    processor does. Otherwise it is estimated, and marked so. If the prompt does not fit, each option that makes it fit
    alone is shown at its largest value: pixels, tiles, frames, rate.

    Several models, or a file with several chats, make a table with a row for each.

    Examples:
      vtok budget *.jpg -m qwen2.5-vl-7b || echo too long
      vtok budget page.png --text "What is the total?" -m ./Qwen2.5-VL-7B-Instruct
      vtok budget page.png photo.jpg@max_pixels=1003520 -c 4k --text-file question.txt --reply 500
      vtok budget --messages chat.json --per-turn
      vtok budget --messages chat.json -m qwen2.5-vl -m gemma3 -m internvl
      vtok budget clip.mp4 -c 16k --fit
      vtok budget *.jpg -m gpt-4o --text-file question.txt --price 2.50
      vtok budget photo.jpg -c 1000 --resize small.jpg
    """
    forms = Forms(fit, resize, per_turn, json, csv, quiet)
    forms.check()
    from vtok.cli._budgets import Request
    from vtok.cli._chats import Sources

    sources = Sources(inputs, messages, size, text, text_file, tokenizer)
    sources.check()
    failures = Failures()
    asked = sources.asked(video, failures)
    if resize:
        from vtok.render.files import Outputs

        paths = [source.path for one in asked for source in one.inputs]
        Outputs([*paths, messages, inputs.files_from, text_file, tokenizer, *(model or ())]).check(resize)
    families = presets(model, preset, video)
    several = len(asked) + len(failures) > 1 or len(families) > 1
    if several:
        forms.check_several()
    wanted = None if context is None else parse_tokens("--context", context, least=1)
    prices = price.of(families)
    request = Request(sources, wanted, sources.beside(reply), per_turn, several, takes_all(model), prices)
    with ExitStack() as counters:
        answers = [
            answer
            for family, name in zip(families, labels(families), strict=True)
            for answer in request.answers(family, name, asked, failures, counters)
        ]
        over = any(answer.budget.left < 0 for answer in answers)
        if several:
            _show_several(answers, failures, forms, chats=len(asked) > 1)
        elif answers:
            over = _show_one(answers[0], failures, forms) and over
    failures.end()
    if over:
        raise typer.Exit(3)


def _show_one(answer: "Answer", failures: Failures, forms: Forms) -> bool:
    """Print one budget, and return whether no image was written that fits it."""
    budget = answer.budget
    fitting = None
    if answer.counted and (forms.fit or forms.resize or budget.left < 0):
        fitting = Fitting(answer.family, budget, answer.counted)
    written = fitting.write(forms.resize) if fitting and forms.resize else None
    nothing = not (answer.prompt.layouts or answer.asked.chat.text or answer.asked.is_of_messages)
    if failures and (forms.quiet or (nothing and not forms.json)):
        failures.end()
    remedies = fitting if forms.fit or budget.left < 0 else None
    if forms.quiet:
        print(fitting.solver.room - written.tokens if written and fitting else budget.left)
    elif forms.csv:
        write_csv(turn_table(answer.turns, budget) if forms.per_turn else table(budget))
    elif forms.json:
        print(dumps(_document(answer, failures, remedies, written)))
    else:
        _show(answer, remedies, written, per_turn=forms.per_turn)
    return written is None


def _show_several(answers: "Sequence[Answer]", failures: Failures, forms: Forms, *, chats: bool) -> None:
    """Print a row for each chat and model."""
    summaries = [answer.summary for answer in answers]
    if forms.quiet:
        names = ["\t".join([one.chat] * chats + [one.model]) for one in summaries]
        write_lines(f"{name}\t{one.budget.left}" for name, one in zip(names, summaries, strict=True))
    elif forms.json:
        chat_of = [{"chat": one.chat} if chats else {} for one in summaries]
        documents = [chat | _document(one, []) for chat, one in zip(chat_of, answers, strict=True)]
        print(dumps([*documents, *failures.to_list()]))
    else:
        (write_csv if forms.csv else show)(summary_table(summaries, chats=chats))
        if is_terminal() and any(one.budget.estimated for one in summaries):
            show_notes(["estimated: without the tokenizer of the checkpoint; give its folder with -m or --tokenizer"])


def _document(
    answer: "Answer",
    failures: "Sequence[Any]",
    fitting: Fitting | None = None,
    written: "Written | None" = None,
) -> dict[str, Any]:
    """One budget as JSON."""
    family = answer.family
    document: dict[str, Any] = {
        "schema": SCHEMA, "model": family.model, "preset": family.repo or family.names[0],
        "pipeline": engines.counted_by(family), "version": engines.version_of(family), **answer.budget.to_dict(),
    }  # fmt: skip
    if answer.prompt.ends:
        document["turns"] = [turn.to_dict() for turn in answer.turns]
    if answer.asked.is_of_messages and answer.drop:
        document["drop"] = answer.drop.to_dict()
    if errors := [failure._asdict() for failure in failures]:
        document["errors"] = errors
    if fitting:
        document["fit"] = fitting.to_dict()
    if written:
        document["written"] = written.to_dict()
    return document


def _show(answer: "Answer", fitting: Fitting | None, written: "Written | None", *, per_turn: bool) -> None:
    family, budget, layouts = answer.family, answer.budget, answer.prompt.layouts
    if is_terminal():
        write_lines([provenance(layouts[0]) if layouts else family.names[0], ""])
        show_bar(budget)
    show(table(budget))
    if per_turn:
        write_lines([] if is_terminal() else [""])
        show(turn_table(answer.turns, budget))
    notes = [budget.verdict] if is_terminal() or budget.missing else []
    crossed = sum(layout.cross_attention_tokens for layout in layouts)
    if budget.source == family.source("max_position_embeddings") and engines.default_context(family):
        notes.append(f"note: {engines.default_context(family)}; -c sets it here")
    if crossed:
        notes.append(f"{crossed:,} tokens in cross-attention take no room in the context")
    if answer.note:
        notes.append(answer.note)
    if (answer.asked.is_of_messages or per_turn) and answer.drop:
        notes.append(str(answer.drop))
    if written:
        notes.append(f"written to {written}")
    show_notes(notes)
    if fitting:
        fitting.show(written=written is not None)
