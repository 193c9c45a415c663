"""Chats: read in every form that people have them, and counted as a model's processor makes a prompt of them.

`forms` reads messages; `openai`, `anthropic`, `hugging_face` and `fine_tuning` know the forms. `sources` measures their
images and videos, `checkpoint` finds the tokenizer and the chat template of a checkpoint, `counting` runs both in a
process of their own (`worker`), and `prompts` puts everything together.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from vtok.errors import ChatError, MediaError, UsageError, VtokError

if TYPE_CHECKING:
    from vtok.chats.messages import Chat
    from vtok.chats.prompts import ChatPrompt
    from vtok.parts.family import Family


def chat(
    model: "str | Family",
    messages: "str | os.PathLike[str] | Sequence[Any] | Mapping[str, Any]",
    *,
    tokenizer: str | None = None,
    **options: Any,
) -> "ChatPrompt":
    """Count a chat as `model`'s processor makes a prompt of it: a `ChatPrompt`, with `tokens` and `estimated`.

    `messages` are a list of messages or an object that holds them, in any form that `vtok budget --messages` takes, or
    the path of a JSON file with one chat. Images may be paths, data URLs, bytes, Pillow images or arrays.

    The count is exact if `model` is a checkpoint's folder (or lies in the local Hugging Face cache) with a
    tokenizer.json and a chat template, or if `tokenizer` is such a folder; `vtok[chat]` has to be installed. Otherwise
    text and template are estimated. `options` are those of `vtok.layout`.

    Raises ChatError for messages of no known form and where the template refuses them, MediaError for an image or video
    that cannot be measured, UsageError, UnknownModelError, UnknownOptionError.
    """
    from contextlib import nullcontext

    from vtok import checkpoints
    from vtok.chats import checkpoint, forms
    from vtok.chats.counting import Counter, missing_library
    from vtok.chats.prompts import prompt_of, see

    family = checkpoints.configured(model, **options)
    whole = _of_file(os.fspath(messages)) if isinstance(messages, (str, os.PathLike)) else forms.chat(messages)
    words = checkpoint.words_in(tokenizer, f"tokenizer {tokenizer}") if tokenizer else checkpoint.words_of(family)
    usable = words if words and (tokenizer or not missing_library(words)) else None
    with Counter(usable, family.placeholders) if usable else nullcontext() as counter:
        prompt = prompt_of(whole, family, see(whole), counter)
    if prompt.missing:
        first = prompt.missing[0]
        raise MediaError(f"{first.name}: {first.reason}")
    return prompt


def _of_file(path: str) -> "Chat":
    """The one chat in a file."""
    import io

    from vtok.media.files import open_file

    with io.TextIOWrapper(open_file(path), encoding="utf-8-sig") as file:
        chats = list(read(file, os.path.dirname(path)))
    if len(chats) != 1:
        raise UsageError(f"{path}: {len(chats)} chats; give a file with one")
    (only,) = chats
    if isinstance(only, VtokError):
        raise only
    return only


def read(file: TextIO, folder: str) -> "Iterator[Chat | VtokError]":
    """The chats in a file of JSON or JSON lines, or why one cannot be read; relative paths start in `folder`."""
    from vtok.chats import forms, objects

    try:
        for number, value in enumerate(objects.document(file)):
            if isinstance(value, VtokError):
                yield value
            else:
                yield from forms.chats(value, folder=folder, key=str(number))
    except UnicodeDecodeError:
        yield ChatError("not text in UTF-8; save it as UTF-8 first")
    except VtokError as error:
        yield error
