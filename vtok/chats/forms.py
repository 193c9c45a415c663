"""Chats of every known form, recognised by their keys: OpenAI, Hugging Face, Anthropic, LLaVA, ShareGPT, ms-swift."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vtok.chats import anthropic, fine_tuning, hugging_face, openai
from vtok.chats.messages import Chat, Part, Text, Turn, Visual
from vtok.errors import ChatError, VtokError

LISTS = ("messages", "conversations", "conversation", "input")
"""Keys of an object under which the messages stand; `input` is that of OpenAI's Responses API."""

CONTENTS = ("content", "value")
EXTRA = ("tool_calls", "tool_call_id", "name", "reasoning_content", "thinking", "metadata")
"""Keys of a message that chat templates read beside its role and content."""

PARTS = "text, image_url, input_image, image, video or video_url"
EXPECTED = f"expected an object with {', '.join(LISTS[:3])}, or a list of messages with role and content"


def chats(document: Any, *, folder: str = "", key: str = "0") -> Iterator[Chat | VtokError]:
    """The chats in a JSON value, each with its number after `key` if there are several; or why one has no known form.

    A value is one chat, as an object or as the list of its messages, or a list of such objects.
    """
    several = isinstance(document, list) and document and all(_is_chat(item) for item in document)
    for number, item in enumerate(document if several else [document]):
        try:
            yield chat(item, folder=folder, key=f"{number}" if several else key)
        except VtokError as error:
            yield error


def _is_chat(item: Any) -> bool:
    return isinstance(item, Mapping) and any(isinstance(item.get(name), list) for name in LISTS)


def chat(document: Any, *, folder: str = "", key: str = "0") -> Chat:
    """The chat that this JSON value is. Raises ChatError, which names the element that has no known form."""
    whole: Mapping[str, Any] = {"messages": document} if isinstance(document, list) else document
    if not isinstance(whole, Mapping):
        raise ChatError(f"a {type(document).__name__} is no chat; {EXPECTED}")
    messages = next((whole[name] for name in LISTS if name in whole), None)
    if isinstance(messages, str) and "input" in whole:
        messages = [{"role": "user", "content": messages}]
    if not isinstance(messages, list):
        raise ChatError(f"an object of {_keys(whole, 8)} is no chat; {EXPECTED}")
    if not messages:
        raise ChatError("a chat without messages; give at least one")
    turns = [turn for i, item in enumerate(messages) for turn in _turns(item, f"message {i + 1}")]
    turns = [*_system(whole), *turns]
    beside = fine_tuning.files(whole)
    named = (str(whole[name]) for name in ("id", "key", "uid") if isinstance(whole.get(name), (str, int)))
    placed = fine_tuning.placed(turns, beside) if beside or "conversations" in whole else tuple(turns)
    has_settings = any(set(visual.options) - {"detail"} for turn in placed for visual in turn.visuals)
    return Chat(
        turns=placed,
        tools=tuple(_tools(whole.get("tools"))),
        documents=tuple(item for item in whole.get("documents") or () if isinstance(item, Mapping)),
        key=next(named, key),
        folder=folder,
        pipeline=hugging_face.PIPELINE if has_settings else "",
    )


def visuals(document: Mapping[str, Any]) -> list[Visual]:
    """The images and videos of a chat, whatever else is in it; parts of no known form count as none.

    Data sets have images beside the conversation, or in its messages.
    """
    beside = fine_tuning.files(document)
    if beside:
        return beside
    messages: list[Any] = next((document[name] for name in LISTS if isinstance(document.get(name), list)), [])
    contents = (item.get("content") for item in messages if isinstance(item, Mapping))
    items = (item for content in contents if isinstance(content, list) for item in content)
    parts = (_known(item, "") for item in items if isinstance(item, Mapping))
    return [part for part in parts if isinstance(part, Visual)]


def _system(whole: Mapping[str, Any]) -> Iterator[Turn]:
    """The system prompt that stands beside the messages: Anthropic's, ShareGPT's, the Responses API's."""
    content = whole.get("system", whole.get("instructions"))
    if content:
        yield Turn(role="system", parts=tuple(_parts(content, "system")), is_plain=isinstance(content, str))


def _tools(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, str) and value:  # ShareGPT of LLaMA-Factory
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ChatError("tools are text that is no JSON; expected a list of objects") from None
    for number, item in enumerate(value if isinstance(value, list) else [value] if value else []):
        if not isinstance(item, Mapping):
            raise ChatError(f"tool {number + 1}: a {type(item).__name__}; expected an object with a name")
        yield openai.tool(anthropic.tool(item))


def _turns(message: Any, place: str) -> Iterator[Turn]:
    """The turns of a message: one, and one for each result of a tool that stands in its parts."""
    if not isinstance(message, Mapping):
        raise ChatError(f"{place}: a {type(message).__name__}; expected an object with role and content")
    role = fine_tuning.role(message)
    if role is None:
        met = f"an object of {_keys(message)} without a role"
        raise ChatError(f"{place}: {met}; expected role and content, or from and value")
    content = next((message[name] for name in CONTENTS if message.get(name) is not None), None)
    extra = {name: message[name] for name in EXTRA if message.get(name) is not None}
    items = content if isinstance(content, list) else []
    results = [item for item in items if isinstance(item, Mapping) and item.get("type") == "tool_result"]
    for number, item in enumerate(results):
        inner = item.get("content") or ""
        where = f"{place}, result {number + 1}"
        yield Turn(role="tool", parts=tuple(_parts(inner, where)), is_plain=isinstance(inner, str))
    calls = [call for item in items if isinstance(item, Mapping) and (call := anthropic.call(item))]
    if calls:
        extra["tool_calls"] = calls
    if content is None and not extra:
        raise ChatError(f"{place}: no content; expected text or a list of parts")
    left = [item for item in items if item not in results and not _is_call(item)] if results or calls else content
    if results and not left:
        return
    is_plain = isinstance(content, str)
    yield Turn(role=role, parts=tuple(_parts(left or [], place)), is_plain=is_plain, extra=extra)


def _is_call(item: Any) -> bool:
    return isinstance(item, Mapping) and anthropic.call(item) is not None


def _parts(content: Any, place: str) -> Iterator[Part]:
    """The parts of a content: a string, or a list of strings and objects."""
    if isinstance(content, str):
        yield Text(content)
        return
    for number, item in enumerate(content if isinstance(content, list) else [content]):
        where = f"{place}, part {number + 1}" if isinstance(content, list) else place
        if isinstance(item, str):
            yield Text(item)
        elif isinstance(item, Mapping):
            yield _part(item, where)
        else:
            raise ChatError(f"{where}: a {type(item).__name__}; expected text, or an object of type {PARTS}")


def _part(item: Mapping[str, Any], place: str) -> Part:
    part = _known(item, place)
    if part is None:
        kind = item.get("type")
        met = f"type {str(kind)[:40]!r}" if kind is not None else f"an object of {_keys(item)}"
        raise ChatError(f"{place}: {met} has no known form; expected an object of type {PARTS}")
    return part


def _keys(item: Mapping[str, Any], most: int = 6) -> str:
    """The first keys of an object, in printable characters."""
    text = ", ".join(map(str, list(item)[:most]))[: 15 * most]
    return "".join(c if c.isprintable() else "?" for c in text) or "nothing"


def _known(item: Mapping[str, Any], place: str) -> Part | None:
    """The part by the first form that knows it; None where no form does."""
    if not isinstance(item.get("type", ""), str):
        return None
    forms = (openai.part, anthropic.part, hugging_face.part)
    part = next((part for form in forms if (part := form(item, place))), None)
    if part is None and isinstance(item.get("text"), str) and "type" not in item:
        return Text(item["text"])
    return part
