"""JSON lines, and JSON lists, of chats as fine-tuning has them: the images and videos of each conversation.

Known forms: LLaVA and ShareGPT (`image` or `video` beside `conversations`), LLaMA-Factory and ms-swift (`images` and
`videos` beside `messages`), and messages whose `content` has parts (OpenAI, Hugging Face). An object with `width` and
`height` is one image. A conversation without images counts as none.
"""

import base64
import binascii
import io
import json
import os
from collections.abc import Iterator
from typing import Any

from vtok.datasets.items import Item, failed
from vtok.datasets.shards import Shard, opened
from vtok.errors import MediaError, VtokError
from vtok.library import from_numbers
from vtok.media import probe
from vtok.values import Kind, Media

LONGEST_LINE = 1 << 28
"""Bytes of one line or one object that are read."""

CHUNK = 1 << 20

TEXTS = ("messages", "conversations", "conversation", "text", "prompt", "query", "instruction")
"""Keys of an object that is a conversation, though it may have no image."""

PARTS = ("image", "image_url", "input_image", "video", "video_url")
"""Types of the parts of a message that are no text."""


def line_items(shard: Shard) -> Iterator[Item]:
    """An item for each object. The key is its `id` or `key`, else its number in the file, from 0 on."""
    folder = os.path.dirname(shard.place)
    with io.TextIOWrapper(opened(shard.place), encoding="utf-8", errors="replace") as file:
        for number, chat in enumerate(_objects(file)):
            if isinstance(chat, VtokError):
                yield failed(str(number), chat)
                continue
            names = (str(chat[name]) for name in ("id", "key", "uid") if isinstance(chat.get(name), (str, int)))
            key = next(names, str(number))
            try:
                yield Item(key, tuple(_media(chat, folder)))
            except VtokError as error:
                yield failed(key, error)


def _objects(file: io.TextIOWrapper) -> Iterator[dict[str, Any] | VtokError]:
    """The objects of the file, or why one cannot be read."""
    start = file.read(1)
    while start and (start.isspace() or start == "\ufeff"):
        start = file.read(1)
    if start == "[":
        yield from _listed(file)
        return
    line = start + file.readline(LONGEST_LINE)
    while line:
        if line.strip():
            yield _object(line)
        line = file.readline(LONGEST_LINE)


def _object(line: str) -> dict[str, Any] | VtokError:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return MediaError(f"the line is no JSON: {str(error)[:80]}")
    return value if isinstance(value, dict) else MediaError(f"the line is a {type(value).__name__}, not an object")


def _listed(file: io.TextIOWrapper) -> Iterator[dict[str, Any] | VtokError]:
    """The objects of a JSON list, of which only one is in memory."""
    decoder, text, ended = json.JSONDecoder(), "", False
    while True:
        text = text.lstrip(" \t\r\n,")
        if text.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError) as error:
            more = "" if ended or len(text) > LONGEST_LINE else file.read(max(CHUNK, len(text)))
            if not more:
                yield MediaError(f"the list is damaged or cut: {str(error)[:80]}")
                return
            text += more
            continue
        text = text[end:]
        yield value if isinstance(value, dict) else MediaError(f"a {type(value).__name__}, not an object")


def _media(chat: dict[str, Any], folder: str) -> Iterator[Media]:
    """The images and videos of one object, in their order."""
    named = [name for name in ("image", "images", "video", "videos") if chat.get(name)]
    for name in named:
        for value in chat[name] if isinstance(chat[name], list) else [chat[name]]:
            yield _measured(value, "video" if name.startswith("video") else None, folder)
    parts = [] if named else list(_parts(chat))
    for kind, value in parts:
        yield _measured(value, kind, folder)
    if named or parts:
        return
    if "width" in chat and "height" in chat:
        yield from_numbers(width=chat["width"], height=chat["height"])
    elif not any(name in chat for name in TEXTS):
        keys = ", ".join(map(str, list(chat)[:10]))
        raise MediaError(f"no images and no conversation in an object of {keys or 'nothing'}")


def _parts(chat: dict[str, Any]) -> Iterator[tuple[Kind | None, Any]]:
    """The images and videos in the parts of messages, each with its kind."""
    messages: list[Any] = next((chat[name] for name in TEXTS if isinstance(chat.get(name), list)), [])
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else []:
            kind = str(part.get("type", "")) if isinstance(part, dict) else ""
            if kind in PARTS:
                value = next((part[name] for name in (kind, "image", "video", "url", "path") if name in part), None)
                yield ("video" if kind.startswith("video") else None), value


def _measured(value: Any, kind: Kind | None, folder: str) -> Media:
    """The Media of a path, a file:// URL, a data URL or an object that holds one of these."""
    if isinstance(value, dict):
        value = next((value[name] for name in ("url", "path", "image", "bytes") if value.get(name)), None)
    if not isinstance(value, str):
        raise MediaError(f"a {type(value).__name__} is no image; give a path or a data URL")
    if value.startswith("data:"):
        try:
            return probe(base64.b64decode(value.partition(",")[2], validate=True), kind)
        except binascii.Error:
            raise MediaError("the data URL is no base64") from None
    if value.startswith("file://"):
        value = value.removeprefix("file://")
    if "://" in value:
        raise MediaError(f"vtok downloads nothing: {value[:80]}; download it first")
    return probe(os.path.join(folder, value), kind)
