"""The chats of `vtok budget`: those in a file of messages, or one turn of the user with the inputs and the text."""

import io
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.chats import read
from vtok.chats.messages import Chat, Part, Text, Turn, Visual
from vtok.chats.prompts import Seen, see
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._inputs import Input, parse_size
from vtok.cli._presets import parse_settings
from vtok.cli._text import is_number, parse_tokens, text_of
from vtok.errors import ChatError, UsageError, VtokError
from vtok.media.files import open_file
from vtok.parts.family import Family
from vtok.render.text.budget import Entry

if TYPE_CHECKING:
    from vtok.chats.counting import Counter
    from vtok.values import Size

CAP = re.compile(r"@(\w+=[^@]*)$")
"""A setting for one input, behind its name: photo.jpg@max_pixels=1003520."""

MOST_INPUTS = 100_000
"""More images and videos than this are no prompt of any model: their layouts would fill the memory."""


class Asked(NamedTuple):
    """A chat to be counted, with the measures of its images and videos and where each of them is.

    `fixed` are the numbers of those whose own settings hold.
    """

    chat: Chat
    seen: tuple[Seen, ...]
    inputs: tuple[Input, ...]
    is_of_messages: bool = True

    @property
    def fixed(self) -> frozenset[int]:
        """The numbers of the inputs with settings of their own."""
        return frozenset(number for number, item in enumerate(self.seen) if item.visual.options)


class Sources(NamedTuple):
    """Where the chats of a budget are from."""

    inputs: o.InputOptions
    messages: str | None
    size: str | None
    text: str | None
    text_file: str | None
    tokenizer: str | None

    def check(self) -> None:
        """Raise UsageError where the sources contradict each other."""
        stdin = {
            "the chat (--messages -)": self.messages == "-",
            "the text (--text-file -)": self.text_file == "-",
            "an input": "-" in (self.inputs.inputs or ()) or self.inputs.files_from == "-",
        }
        if len(readers := [reader for reader, on in stdin.items() if on]) > 1:
            raise UsageError(f"standard input cannot be both {' and '.join(readers)}; name a file for one of them")
        has_text = self.text is not None or self.text_file is not None
        if self.messages is not None and (self.inputs or has_text):
            raise UsageError("--messages holds the whole chat; leave out the inputs, --text and --text-file")
        if self.size and self.messages is None:
            raise UsageError("--size stands for images in --messages; write a bare size as an input")
        if self.tokenizer and not os.path.isdir(self.tokenizer) and not has_text and self.messages is None:
            raise UsageError("--tokenizer counts the tokens of --text, --text-file or --messages; give one, too")

    def asked(self, video: o.VideoOptions, failures: Failures) -> list[Asked]:
        """The chats; one that cannot be read is among the failures."""
        if self.messages is None:
            return [of_inputs(self.inputs, video, list(self._texts()))]
        stand_in = parse_size(self.size) if self.size else None
        chats: list[Asked] = []
        for number, asked in enumerate(of_messages(self.messages, stand_in)):
            with failures.of(self.messages if not number else f"{self.messages}: chat {number}"):
                if isinstance(asked, VtokError):
                    raise asked
                chats.append(asked)
        if not chats and not failures:
            raise UsageError(f"--messages {self.messages}: no chat in this file; give a list of messages")
        return chats

    def _texts(self) -> Iterator[Text]:
        if self.text is not None and not is_number(self.text):
            yield Text(self.text, "--text")
        if self.text_file is not None:
            yield Text(text_of(self.text_file), self.text_file)

    def beside(self, reply: str) -> list[Entry]:
        """What takes tokens beside the chat: text of which only the length is known, and the reply."""
        text = parse_tokens("--text", self.text) if self.text is not None and is_number(self.text) else 0
        kept = parse_tokens("--reply", reply)
        entries = Entry("text", "--text", text), Entry("reply", "--reply", kept)
        return [entry for entry in entries if entry.tokens]


def of_messages(path: str, stand_in: "Size | None") -> Iterator[Asked | VtokError]:
    """The chats in a file (- is standard input), or why one cannot be read. UsageError where the file cannot be."""
    try:
        with _opened(path) as file:
            for chat in read(file, "" if path == "-" or _is_pipe(path) else os.path.dirname(path)):
                yield chat if isinstance(chat, VtokError) else _asked(chat, stand_in)
    except ChatError:
        raise
    except VtokError as error:
        what = str(error).partition(",")[0]
        raise UsageError(f"--messages {path}: {what}; give a file of JSON, or - for standard input") from None


@contextmanager
def _opened(path: str) -> Iterator[io.TextIOWrapper]:
    """The text of a file; standard input stays open."""
    file = sys.stdin.buffer if path == "-" else open(path, "rb") if _is_pipe(path) else open_file(path)  # noqa: SIM115
    text = io.TextIOWrapper(file, encoding="utf-8-sig")
    try:
        yield text
    finally:
        if path == "-":
            text.detach()
        else:
            text.close()


def _is_pipe(path: str) -> bool:
    """Whether this is a named pipe, as a shell makes of <(command)."""
    return os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode)


def _asked(chat: Chat, stand_in: "Size | None") -> Asked:
    from vtok.chats.sources import path_of

    seen = see(chat, stand_in=stand_in)
    inputs = (Input(name=item.name, path=path_of(item.visual.source, chat.folder)) for item in seen)
    return Asked(chat, seen, tuple(inputs))


def of_inputs(inputs: o.InputOptions, video: o.VideoOptions, texts: Sequence[Text]) -> Asked:
    """One turn of the user: all inputs, then the text. Raises UsageError for too many inputs."""
    sources = list(islice(_capped(inputs), MOST_INPUTS + 1)) if inputs or not texts else []
    if len(sources) > MOST_INPUTS:
        raise UsageError(
            f"more than {MOST_INPUTS:,} inputs are too many for one prompt; give fewer, or sum them with vtok count"
        )
    seen = tuple(_seen(source, caps, video) for source, caps in sources)
    parts: list[Part] = [item.visual for item in seen]
    turn = Turn(role="user", parts=(*parts, *texts), is_plain=not parts)
    return Asked(Chat(turns=(turn,)), seen, tuple(source for source, _ in sources), is_of_messages=False)


def _capped(inputs: o.InputOptions) -> Iterator[tuple[Input, dict[str, Any]]]:
    """The inputs in their order, each with the settings behind its name; those of a folder in natural order.

    What is named one by one keeps its order: a prompt has it for a reason.
    """
    alone = inputs._replace(files_from=None, null=False)
    for name in inputs.inputs or ():
        plain, caps = _split(name)
        for source in sorted(alone._replace(inputs=[plain]).gather(), key=_natural):
            yield source, caps
    if inputs.files_from or inputs.null or not inputs.inputs:
        for source in inputs._replace(inputs=None).gather():
            yield source, {}


def _natural(source: Input) -> list[tuple[str, int]]:
    """What sorts page-2.png before page-10.png: the words and numbers of a path. Pages of one file keep their order."""
    pieces = re.split(r"(\d{1,18})", source.path or "")
    numbers = [*pieces[1::2], "0"]
    return [(word, int(number)) for word, number in zip(pieces[::2], numbers, strict=True)]


def _split(name: str) -> tuple[str, dict[str, Any]]:
    """A name and the settings behind it; the name of a file that is there is taken as it is."""
    settings: list[str] = []
    while not os.path.lexists(name) and (match := CAP.search(name)):
        settings.insert(0, match[1])
        name = name[: match.start()]
    return name, parse_settings(settings)


def _seen(source: Input, caps: dict[str, Any], video: o.VideoOptions) -> Seen:
    visual = Visual(source=source.path, options=caps, place=source.name)
    try:
        return Seen(visual, source.name, video.media(source))
    except UsageError:
        raise
    except VtokError as error:
        return Seen(visual, source.name, error)


@contextmanager
def counter_of(family: Family, tokenizer: str | None) -> "Iterator[tuple[Counter | None, str]]":
    """What counts the text of this preset's prompts, or None; and why there is none, where the checkpoint has one."""
    from vtok.chats.checkpoint import words_in, words_of
    from vtok.chats.counting import Counter, missing_library

    words = words_in(tokenizer, f"--tokenizer {tokenizer}") if tokenizer else words_of(family)
    missing = missing_library(words) if words and not tokenizer else ""
    if words is None or missing:
        yield None, missing
        return
    with Counter(words, family.placeholders) as counter:
        yield counter, ""
