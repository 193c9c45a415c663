"""The value objects of a chat: turns of text, images and videos in their order."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from vtok.values import Kind


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text in a turn. `name` says where it is from, if not from a chat."""

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visual:
    """An image or video in a turn.

    `source` is what the chat says of it: a path, a file:// URL, a data URL, bytes, a Pillow image or an array; for a
    video also the list of its frames. `kind` is None where only the file tells whether it is an image or a video.
    `options` are settings for this input alone, under the names of a model's options. `place` says where it stands, as
    "message 2, part 1".
    """

    source: Any
    kind: Kind | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""


Part = Text | Visual


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one side says. `role` is system, user, assistant or tool, or what else the chat calls it.

    `is_plain` says that the content was a string and not a list of parts, which some chat templates treat otherwise.
    `extra` has the other keys of the message that chat templates read, such as `tool_calls`.
    """

    role: str
    parts: tuple[Part, ...]
    is_plain: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All text of the turn."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def visuals(self) -> tuple[Visual, ...]:
        """The images and videos of the turn."""
        return tuple(part for part in self.parts if isinstance(part, Visual))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A conversation. `tools` are JSON schemas of functions, as chat templates of transformers take them.

    `key` names the chat among others: its id, else its number in the file, from 0 on. Relative paths start in `folder`.
    `pipeline` is the one whose settings the messages have: a model that it prepares is counted by it.
    """

    turns: tuple[Turn, ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    documents: tuple[Mapping[str, Any], ...] = ()
    key: str = ""
    folder: str = ""
    pipeline: str = ""

    @property
    def text(self) -> str:
        """All text."""
        return "".join(turn.text for turn in self.turns)

    @property
    def visuals(self) -> tuple[Visual, ...]:
        """All images and videos, in their order."""
        return tuple(visual for turn in self.turns for visual in turn.visuals)

    def without(self, dropped: Collection[int]) -> "Chat":
        """The chat without the images and videos of these numbers, from 0 on."""
        numbers = count()
        turns = tuple(
            replace(
                turn,
                parts=tuple(part for part in turn.parts if isinstance(part, Text) or next(numbers) not in dropped),
            )
            for turn in self.turns
        )
        return replace(self, turns=turns)

    def turn_of(self) -> Iterator[int]:
        """For each image and video the number of its turn, from 0 on."""
        return (number for number, turn in enumerate(self.turns) for _ in turn.visuals)
