"""JSON lines, and JSON lists, of chats as fine-tuning has them: the images and videos of each conversation.

The forms are those of `vtok.chats.forms`. An object with `width` and `height` is one image. A conversation without
images counts as none.
"""

import io
import os
from collections.abc import Iterator
from typing import Any

from vtok.chats.forms import visuals
from vtok.chats.objects import objects
from vtok.chats.sources import measured
from vtok.datasets.items import Item, failed
from vtok.datasets.shards import Shard, opened
from vtok.errors import MediaError, VtokError
from vtok.library import from_numbers
from vtok.values import Media

TEXTS = ("messages", "conversations", "conversation", "text", "prompt", "query", "instruction")
"""Keys of an object that is a conversation, though it may have no image."""


def line_items(shard: Shard) -> Iterator[Item]:
    """An item for each object. The key is its `id` or `key`, else its number in the file, from 0 on."""
    folder = os.path.dirname(shard.place)
    with io.TextIOWrapper(opened(shard.place), encoding="utf-8", errors="replace") as file:
        for number, chat in enumerate(objects(file)):
            if isinstance(chat, VtokError):
                yield failed(str(number), chat)
                continue
            names = (str(chat[name]) for name in ("id", "key", "uid") if isinstance(chat.get(name), (str, int)))
            key = next(names, str(number))
            try:
                yield Item(key, tuple(_media(chat, folder)))
            except VtokError as error:
                yield failed(key, error)


def _media(chat: dict[str, Any], folder: str) -> Iterator[Media]:
    """The images and videos of one object, in their order."""
    several = visuals(chat)
    for visual in several:
        yield measured(visual, folder)
    if several:
        return
    if "width" in chat and "height" in chat:
        yield from_numbers(width=chat["width"], height=chat["height"])
    elif not any(name in chat for name in TEXTS):
        keys = ", ".join(map(str, list(chat)[:10]))
        raise MediaError(f"no images and no conversation in an object of {keys or 'nothing'}")
