"""A chat as a model's prompt: the layouts of its images and videos, its text and template, and the sum of their tokens.

With the tokenizer and the chat template of a checkpoint, the sum is the length of the `input_ids` that the processor of
transformers makes of the chat. With a tokenizer alone, the template is estimated; without one, the text is, too.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal, NamedTuple

from vtok import engines
from vtok.chats import estimates
from vtok.chats.counting import ChatLength, Counter
from vtok.chats.messages import Chat, Text, Visual
from vtok.chats.sources import label, measured
from vtok.errors import ChatError, UsageError, VtokError
from vtok.parts.family import Family
from vtok.values import SCHEMA, Layout, Media, Size

LineKind = Literal["image", "video", "text", "template"]


class Line(NamedTuple):
    """Something that takes tokens of a prompt. `name` is the input's, or says where the number is from."""

    kind: LineKind
    name: str
    tokens: int
    estimated: bool = False
    layout: Layout | None = None


class Missing(NamedTuple):
    """An image or video of a chat that could not be counted: its number, from 0 on, its name, and the reason."""

    number: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPrompt:
    """What a model makes of a chat.

    `lines` are what takes tokens, the images and videos first, in their order. `ends` are the tokens up to the end of
    each turn, if they were asked for; `estimated_ends` says that these are estimates. `missing` are the images and
    videos that could not be counted: the number, the name and the reason of each. The chat is counted without them.
    """

    chat: Chat
    family: Family
    lines: tuple[Line, ...]
    ends: tuple[int, ...] = ()
    estimated_ends: bool = True
    missing: tuple[Missing, ...] = ()

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layouts of the images and videos, in their order."""
        return tuple(line.layout for line in self.lines if line.layout)

    @property
    def tokens(self) -> int:
        """All tokens of the prompt."""
        return sum(line.tokens for line in self.lines)

    @property
    def estimated(self) -> bool:
        """Whether a line is an estimate."""
        return any(line.estimated for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: the sum, and each line with its `estimated`."""
        family = self.family
        named = {"model": family.model, "preset": family.repo or family.names[0]}
        lines = [
            {"part": line.kind, "source": line.name, "tokens": line.tokens, "estimated": line.estimated}
            for line in self.lines
        ]
        sums = {"turns": len(self.chat.turns), "tokens": self.tokens, "estimated": self.estimated}
        missing = [{"input": name, "error": reason} for _, name, reason in self.missing]
        document = {"schema": SCHEMA, **named, "pipeline": engines.counted_by(family), **sums, "parts": lines}
        return {**document, **({"errors": missing} if missing else {})}


class Seen(NamedTuple):
    """An image or video of a chat: its name in tables, and its measures or why it has none."""

    visual: Visual
    name: str
    media: Media | VtokError


def see(chat: Chat, *, stand_in: Size | None = None) -> tuple[Seen, ...]:
    """Measure the images and videos of a chat; `stand_in` is the size of those that are not on this machine."""
    return tuple(_seen(visual, chat.folder, stand_in) for visual in chat.visuals)


def _seen(visual: Visual, folder: str, stand_in: Size | None) -> Seen:
    try:
        return Seen(visual, label(visual), measured(visual, folder, stand_in=stand_in))
    except VtokError as error:
        return Seen(visual, label(visual), error)


def prompt_of(
    chat: Chat, family: Family, seen: Sequence[Seen], counter: Counter | None = None, *, turns: bool = False
) -> ChatPrompt:
    """What a model makes of a chat with these images and videos.

    `counter` is the checkpoint's tokenizer. With `turns`, the tokens up to the end of each turn are counted, too.
    Raises ChatError where the template or the tokenizer refuses the chat, UsageError for a model without a prompt.
    """
    family = _chosen(chat, family, seen)
    layouts: list[tuple[str, Layout]] = []
    missing: list[Missing] = []
    for number, item in enumerate(seen):
        try:
            layouts.append((item.name, layout_of(family, item)))
        except UsageError:
            raise
        except VtokError as error:
            missing.append(Missing(number, item.name, str(error)))
    together = family.in_company([layout for _, layout in layouts])
    layouts = [(name, layout) for (name, _), layout in zip(layouts, together, strict=True)]
    whole, chat = chat, chat.without({one.number for one in missing}) if missing else chat
    kinds = {"video" if layout.media.is_video else "image" for layout in together}
    takes_template = bool(family.placeholders) and kinds <= {*family.placeholders} and "chat_tokens" not in family.asked
    if counter and counter.words.template and takes_template:
        length = counter.chat(chat, family, together, turns=turns)
        lines, ends = _counted(chat, layouts, length, counter), length.turns
    else:
        lines = _estimated(chat, family, layouts, counter)
        ends = tuple(_ends(chat, layouts, lines, counter)) if turns else ()
    exact = bool(counter and counter.words.template and takes_template)
    return ChatPrompt(
        chat=whole, family=family, lines=tuple(lines), ends=ends, estimated_ends=not exact, missing=tuple(missing)
    )


def _chosen(chat: Chat, family: Family, seen: Sequence[Seen]) -> Family:
    """The preset for the images of this chat: it knows how many they are.

    The pipeline is that of the settings in the messages, unless the user chose one.
    """
    images = sum(isinstance(item.media, Media) and not item.media.is_video for item in seen)
    options: dict[str, Any] = {} if "num_images" in family.asked or images < 2 else {"num_images": images}
    if chat.pipeline in family.pipelines and "pipeline" not in family.asked:
        options["pipeline"] = chat.pipeline
    return family.choose(**options)


def layout_of(family: Family, item: Seen) -> Layout:
    """What the model makes of one image or video of a chat, with the settings of its own.

    Raises the error of its file, and ChatError, which names the place, for settings that cannot be.
    """
    if isinstance(item.media, VtokError):
        raise item.media
    wanted = dict(item.visual.options)
    if isinstance(item.visual.source, (list, tuple)):  # frames that were sampled already
        wanted = {name: value for name, value in wanted.items() if name != "sample_fps"} | {"sample": False}
    options = {name: value for name, value in wanted.items() if family.has_option(name)}
    try:
        family = family.choose(**options)
    except UsageError as error:
        raise ChatError(f"{item.visual.place or item.name}: {error}") from None
    layout = family.layout(item.media)
    if not any(layout.sink("prompt")):
        raise UsageError(f"{family.model} is an encoder without a prompt, and has no context to fill")
    return layout


def _counted(chat: Chat, layouts: Sequence[tuple[str, Layout]], length: ChatLength, counter: Counter) -> list[Line]:
    """The lines of a prompt as the template writes it and the tokenizer counts it."""
    lines = [
        _line(name, layout)._replace(tokens=tokens, estimated=False)
        for (name, layout), tokens in zip(layouts, length.visuals, strict=True)
    ]
    for name, tokens in _grouped(chat, length.texts).items():
        lines.append(Line("text", f"{name}: counted by {counter.words.label}", tokens))
    rest = length.tokens - sum(line.tokens for line in lines)
    source = f"{counter.words.template_file} of {counter.words.folder}"
    lines.append(Line("template", f"{source}{', with tools' if chat.tools else ''}", rest))
    return lines


def _estimated(
    chat: Chat, family: Family, layouts: Sequence[tuple[str, Layout]], counter: Counter | None
) -> list[Line]:
    """The lines of a prompt with what is known of the template; the text is counted alone, or estimated."""
    texts = [part.text for turn in chat.turns for part in turn.parts if isinstance(part, Text)]
    beside = [_words(turn.extra) for turn in chat.turns] + [_words(chat.tools)]
    around = [text for _, layout in layouts for text in layout.uncounted_text]
    how = f"counted by {counter.words.label}" if counter else estimates.HOW
    lines = [_line(name, layout) for name, layout in layouts]
    counts = _of_texts(texts, counter)
    lines += [
        Line("text", f"{name}: {how}", tokens, estimated=not counter) for name, tokens in _grouped(chat, counts).items()
    ]
    if extra := sum(_of_texts(list(filter(None, beside)), counter)):
        lines.append(Line("text", "tools and their calls, as JSON", extra, estimated=True))
    if around:
        kinds = list(dict.fromkeys(map(repr, around)))
        examples = ", ".join([*kinds[:2], "..."] if len(kinds) > 3 else kinds)
        tokens = sum(counter.texts(around) if counter else map(estimates.of_piece, around))
        lines.append(Line("text", f"around images and frames: {examples}", tokens, estimated=not counter))
    lines.append(_template(chat, family))
    return lines


def _of_texts(texts: Sequence[str], counter: Counter | None) -> list[int]:
    return counter.texts(texts) if counter else [estimates.of_text(text) for text in texts]


def _line(name: str, layout: Layout) -> Line:
    estimated = any(span.estimated for span in layout.spans)
    return Line("video" if layout.media.is_video else "image", name, layout.prompt_tokens, estimated, layout)


def _grouped(chat: Chat, counts: Sequence[int]) -> dict[str, int]:
    """The tokens of the texts by where they are from: a flag or file, or the turns of the chat."""
    parts = [part for turn in chat.turns for part in turn.parts if isinstance(part, Text)]
    turns = len(chat.turns)
    sums: dict[str, int] = {}
    for part, tokens in zip(parts, counts, strict=True):
        name = part.name or f"{turns:,} turn{'' if turns == 1 else 's'}"
        sums[name] = sums.get(name, 0) + tokens
    return sums


def _template(chat: Chat, family: Family) -> Line:
    """What the chat template puts around the turns: a number that is known for one turn of the user alone.

    The number is that of the checkpoint as its default pipeline has it: an original repository's own code may have
    another system prompt.
    """
    tokens = family.chat_tokens
    further = f", and {len(chat.turns) - 1:,} further turns" if len(chat.turns) > 1 else ""
    more = estimates.TURN_TOKENS * (len(chat.turns) - 1)
    if tokens is None:
        return Line("template", f"not known for this model{further}", estimates.CHAT_TOKENS + more, estimated=True)
    first = next(iter(family.pipelines))
    if family.pipeline_used == "original" and first != "original" and "chat_tokens" not in family.asked:
        return Line("template", f"not known for this pipeline{further}", estimates.CHAT_TOKENS + more, estimated=True)
    return Line("template", f"{family.source('chat_tokens')}{further}", tokens + more, estimated=bool(more))


def _ends(
    chat: Chat, layouts: Sequence[tuple[str, Layout]], lines: Sequence[Line], counter: Counter | None
) -> Iterator[int]:
    """About how many tokens there are up to the end of each turn; the last one ends with the prompt."""
    of_turns = [0] * len(chat.turns)
    for turn, (_, layout) in zip(chat.turn_of(), layouts, strict=True):
        of_turns[turn] += layout.prompt_tokens
    texts = _of_texts([turn.text + _words(turn.extra) for turn in chat.turns], counter)
    total = sum(line.tokens for line in lines)
    sums = [visual + text + estimates.TURN_TOKENS for visual, text in zip(of_turns, texts, strict=True)]
    *ends, _ = accumulate(sums)
    yield from (min(end, total) for end in ends)
    yield total


def _words(value: Any) -> str:
    """What a chat has beside its text, as JSON; empty where there is nothing."""
    if not value:
        return ""
    plain = [dict(item) for item in value] if isinstance(value, tuple) else dict(value)
    return json.dumps(plain, ensure_ascii=False, default=str)
