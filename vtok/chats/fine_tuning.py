"""Conversations as fine-tuning has them: <image> and <video> in the text, and the files in lists beside it.

LLaVA and ShareGPT have `conversations` of `from` and `value`; LLaMA-Factory and ms-swift have `messages` of `role` and
`content`, or ShareGPT's. The files stand under `image`, `images`, `video` or `videos`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vtok.chats.messages import Part, Text, Turn, Visual
from vtok.errors import ChatError
from vtok.values import Kind

ROLES = {
    "human": "user", "gpt": "assistant", "chatgpt": "assistant", "bard": "assistant", "bing": "assistant",
    "model": "assistant", "observation": "tool", "function_call": "assistant", "function_response": "tool",
}  # fmt: skip
"""What ShareGPT calls the sides, and what chat templates call them."""

COLUMNS: dict[str, Kind] = {"image": "image", "images": "image", "video": "video", "videos": "video"}
PLACEHOLDER = re.compile("<(image|video)>")
"""What stands in the text for the next image or video (LLaMA-Factory, ms-swift and LLaVA alike)."""


def role(message: Mapping[str, Any]) -> str | None:
    """The side that speaks, or None."""
    name = message.get("role", message.get("from"))
    return ROLES.get(name, name) if isinstance(name, str) else None


def files(chat: Mapping[str, Any]) -> list[Visual]:
    """The images and videos that stand beside the conversation, in their order."""
    return list(_files(chat))


def _files(chat: Mapping[str, Any]) -> Iterator[Visual]:
    for name, kind in COLUMNS.items():
        value = chat.get(name)
        if value is None or value in ([], ""):
            continue
        for number, source in enumerate(value if isinstance(value, list) else [value]):
            # an image may be an animation, or a file that turns out to be a video
            yield Visual(source=source, kind="video" if kind == "video" else None, place=f"{name} {number + 1}")


def placed(turns: Sequence[Turn], visuals: Sequence[Visual]) -> tuple[Turn, ...]:
    """The turns with each <image> and <video> replaced by the next image or video.

    Without any placeholder all images and videos come first in the first turn of the user, as ms-swift does.
    Raises ChatError where there are more of one than of the other.
    """
    waiting: dict[str, list[Visual]] = {"image": [], "video": []}
    for visual in visuals:
        waiting[visual.kind or "image"].append(visual)
    met = {kind: sum(turn.text.count(f"<{kind}>") for turn in turns) for kind in waiting}
    for kind, left in waiting.items():
        if len(left) != met[kind] and any(met.values()):
            raise ChatError(
                f"{len(left)} {kind}{'' if len(left) == 1 else 's'} for {met[kind]} <{kind}> in the text; "
                f"write one <{kind}> for each"
            )
    if not any(met.values()):
        return _first(turns, tuple(visuals))
    queues = {kind: iter(left) for kind, left in waiting.items()}
    return tuple(_with_parts(turn, tuple(_split(turn, queues))) for turn in turns)


def _first(turns: Sequence[Turn], visuals: tuple[Visual, ...]) -> tuple[Turn, ...]:
    place = next((i for i, turn in enumerate(turns) if turn.role == "user"), 0)
    return tuple(
        _with_parts(turn, (*visuals, *turn.parts)) if i == place and visuals else turn for i, turn in enumerate(turns)
    )


def _split(turn: Turn, queues: Mapping[str, Iterator[Visual]]) -> Iterator[Part]:
    for part in turn.parts:
        if isinstance(part, Visual):
            yield part
            continue
        for number, piece in enumerate(PLACEHOLDER.split(part.text)):
            if number % 2:
                yield next(queues[piece])
            elif piece:
                yield Text(piece)


def _with_parts(turn: Turn, parts: tuple[Part, ...]) -> Turn:
    is_plain = turn.is_plain and not any(isinstance(part, Visual) for part in parts)
    return Turn(role=turn.role, parts=parts, is_plain=is_plain, extra=turn.extra)
