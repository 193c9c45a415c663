"""Text counted by a checkpoint's tokenizer, in a process of its own; chats rendered by its template first."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from itertools import takewhile
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self, cast

from vtok.chats.checkpoint import Words
from vtok.chats.messages import Chat, Text, Turn, Visual
from vtok.errors import ChatError, UsageError
from vtok.parts.family import Family, Placeholders
from vtok.values import Layout, Span

if TYPE_CHECKING:
    import subprocess
    from queue import SimpleQueue

LONGEST, CHARACTERS_A_SECOND = 30, 100_000
"""Seconds that a tokenizer or a template may take, and what it must count in a second then."""

EXTRA = "pip install 'vtok[chat]'"


class ChatLength(NamedTuple):
    """The tokens of a chat: all of them, those of each image or video, and those of each text that the chat has.

    What is left is the template's. `turns` are the tokens up to the end of each turn, if these were asked for.
    """

    tokens: int
    visuals: tuple[int, ...]
    texts: tuple[int, ...]
    turns: tuple[int, ...]


def missing_library(words: Words) -> str:
    """What has to be installed to count with this tokenizer, as a sentence; empty where nothing is missing."""
    ranks = words.tokenizer.lower().endswith(".tiktoken")
    libraries = ("tiktoken",) if ranks else ("tokenizers", "jinja2") if words.template else ("tokenizers",)
    missing = [library for library in libraries if find_spec(library) is None]
    extra = "pip install 'vtok[tiktoken]'" if ranks else EXTRA
    return f"needs {' and '.join(missing)}: {extra}" if missing else ""


class Counter:
    """A tokenizer at work. Use it in a `with` statement, which ends its process."""

    def __init__(self, words: Words, placeholders: Placeholders) -> None:
        self.words = words
        # Processors take the tokenizer's token where the placeholder is the token of the embeddings itself.
        named = {kind: (token,) for kind, token in words.placeholders.items() if len(placeholders.get(kind, ())) == 1}
        self._placeholders: Placeholders = {**placeholders, **named}
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: SimpleQueue[bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def texts(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text, counted alone. Raises UsageError where the tokenizer does not count."""
        if not texts:
            return []
        try:
            answer = self._ask({"texts": list(texts)}, sum(map(len, texts)))
        except ChatError as error:
            raise UsageError(f"{error}; give a tokenizer.json") from None
        return [int(tokens) for tokens in answer["tokens"]]

    def chat(self, chat: Chat, family: Family, layouts: Sequence[Layout], *, turns: bool = False) -> ChatLength:
        """The tokens of a chat whose images and videos have these layouts, with those up to each turn if `turns`.

        Raises ChatError where the template refuses the chat, and where it has another number of placeholders.
        """
        messages = [message_of(turn) for turn in chat.turns]
        texts = [part.text for turn in chat.turns for part in turn.parts if isinstance(part, Text)]
        template = (chat.tools and self.words.tool_template) or self.words.template
        if family.video_template and any(layout.media.is_video for layout in layouts):
            template = family.video_template
        request = {
            "template": template,
            "messages": messages,
            "tools": list(chat.tools),
            "documents": list(chat.documents),
            "add_generation_prompt": chat.turns[-1].role != "assistant",
            "visuals": [expansion(layout, self._placeholders) for layout in layouts],
            "texts": texts,
            "prefixes": turns,
        }
        answer = self._ask(request, sum(map(len, texts)))
        ends = tuple(answer.get("turns", ()))
        return ChatLength(answer["tokens"], tuple(answer["visuals"]), tuple(answer["texts"]), ends)

    def _ask(self, request: Mapping[str, Any], characters: int) -> Mapping[str, Any]:
        """The answer of the process. Raises ChatError where it refuses, dies, or is silent for too long."""
        process = self._process or self._start()
        return self._answered(process, request, LONGEST + characters / CHARACTERS_A_SECOND)

    def _start(self) -> "subprocess.Popen[bytes]":
        """Start the process, and let it read the tokenizer."""
        if missing := missing_library(self.words):
            raise UsageError(f"{self.words.named} {missing}; without it the text is estimated")
        import subprocess
        from queue import SimpleQueue
        from threading import Thread

        program = os.path.join(os.path.dirname(__file__), "worker.py")
        process = self._process = subprocess.Popen(  # noqa: S603 - this Python, a file of vtok's own
            [sys.executable, "-P", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TOKENIZERS_PARALLELISM": "false"},
        )
        answers = self._answers = SimpleQueue()

        def read() -> None:
            for line in process.stdout or ():
                answers.put(line)
            answers.put(b"")

        Thread(target=read, daemon=True).start()
        setup = {
            "tokenizer": self.words.tokenizer,
            "added": dict(self.words.added),
            "specials": dict(self.words.specials),
            "placeholders": {kind: texts[0] for kind, texts in self._placeholders.items()},
        }
        self._answered(process, setup, LONGEST)
        return process

    def _answered(
        self, process: "subprocess.Popen[bytes]", request: Mapping[str, Any], seconds: float
    ) -> Mapping[str, Any]:
        from queue import Empty

        try:
            with suppress(BrokenPipeError):  # the answers end, too
                stdin = cast("IO[bytes]", process.stdin)
                stdin.write(json.dumps(request).encode() + b"\n")
                stdin.flush()
            line = self._answers.get(timeout=seconds)
        except Empty:
            self.end()
            raise ChatError(f"{self.words.named}: no end of rendering and counting in {seconds:.0f} s") from None
        if not line:
            self.end()
            raise ChatError(f"{self.words.named}: the process that counts ended; it may need too much memory")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ChatError(f"{self.words.named}: {answer['error']}")
        return answer

    def end(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()


def message_of(turn: Turn) -> dict[str, Any]:
    """A turn as chat templates take it; they see that there is an image, and nothing of it."""
    if turn.is_plain:
        return {"role": turn.role, "content": turn.text, **turn.extra}
    content = [
        {"type": part.kind or "image", part.kind or "image": ""} if isinstance(part, Visual)
        else {"type": "text", "text": part.text}
        for part in turn.parts
    ]  # fmt: skip
    return {"role": turn.role, **({"content": content} if content or not turn.extra else {}), **turn.extra}


def expansion(layout: Layout, placeholders: Placeholders) -> dict[str, Any]:
    """What the processor writes for an image or video: its text, with one token for each run of visual embeddings.

    `more` is how many embeddings follow the first of their run. `lead` and `trail` are the marks at its ends that the
    template may have written itself, the longest first: special tokens, and what stands between them.
    """
    kind = "video" if layout.media.is_video else "image"
    token = placeholders.get(kind, ("",))[-1]
    spans = [span for span in layout.sink("prompt") if span.positions or span.text]
    runs = [span for span in spans if not _is_mark(span)]
    return {
        "kind": kind,
        "token": token,
        "text": "".join(span.text if _is_mark(span) else token for span in spans),
        "more": sum(span.positions - 1 for span in runs),
        "lead": _marks(spans) if runs else [],
        "trail": _marks(spans[::-1], backwards=True) if runs else [],
    }


def _is_mark(span: Span) -> bool:
    """Whether a span is written as it is: special tokens and text."""
    return bool(span.text) and not span.is_token


def _marks(spans: Sequence[Span], *, backwards: bool = False) -> list[str]:
    """The special token at this end, with more and more of what follows it; the longest first."""
    if not spans or spans[0].kind != "special":
        return []
    texts = [span.text for span in takewhile(_is_mark, spans)]
    return ["".join(texts[:length][::-1] if backwards else texts[:length]) for length in range(len(texts), 0, -1)]
