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


def line_items(shard: Shard) -> Iterator[Item]:
    """An item for each object. The key is its `id` or `key`, else its number in the file, from 0 on."""
    folder = os.path.dirname(shard.place)
    with opened(shard.place) as file:
        for number, found in enumerate(_objects(io.TextIOWrapper(file, encoding="utf-8", errors="replace"))):
            if isinstance(found, VtokError):
                yield failed(str(number), found)
                continue
            key = next(
                (str(found[name]) for name in ("id", "key", "uid") if isinstance(found.get(name), (str, int))), ""
            )
            try:
                yield Item(key or str(number), tuple(_media(found, folder)))
            except VtokError as error:
                yield failed(key or str(number), error)


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


def _media(found: dict[str, Any], folder: str) -> Iterator[Media]:
    """The images and videos of one object, in their order."""
    named = [name for name in ("image", "images", "video", "videos") if found.get(name)]
    for name in named:
        for value in found[name] if isinstance(found[name], list) else [found[name]]:
            yield _measured(value, "video" if name.startswith("video") else None, folder)
    parts = list(_parts(found))
    if not named:
        for kind, value in parts:
            yield _measured(value, kind, folder)
    if not named and not parts:
        if "width" in found and "height" in found:
            yield from_numbers(width=found["width"], height=found["height"])
        elif not any(name in found for name in TEXTS):
            keys = ", ".join(map(str, list(found)[:10]))
            raise MediaError(f"no images and no conversation in an object of {keys or 'nothing'}")


def _parts(found: dict[str, Any]) -> Iterator[tuple[Kind | None, Any]]:
    """The images and videos in the parts of messages, each with its kind."""
    messages: list[Any] = next((found[name] for name in TEXTS if isinstance(found.get(name), list)), [])
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else []:
            kind = str(part.get("type", "")) if isinstance(part, dict) else ""
            if kind in ("image", "image_url", "input_image", "video", "video_url"):
                value = next(
                    (part[name] for name in (kind, "image", "image_url", "video", "url", "path") if name in part), None
                )
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
