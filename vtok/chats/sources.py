"""From what a chat says of an image or video to its Media: paths, file:// and data URLs, bytes, lists of frames."""

import base64
import binascii
import os
from dataclasses import replace
from typing import Any

from vtok.chats.messages import Visual
from vtok.errors import MediaError
from vtok.media import probe
from vtok.values import Kind, Media, Size

KEYS = ("url", "path", "image", "video", "bytes", "base64")
"""Keys of an object that stands for an image or video."""

SHOWN = 80
"""Characters of a name that a message shows."""


_WAY = {
    "video": "download the video first",
    "image": "download it first, or give its size",
    None: "download it first, or give its size",
}


def measured(visual: Visual, folder: str = "", *, stand_in: Size | None = None) -> Media:
    """The Media of an image or video; relative paths start in `folder`.

    `stand_in` is the size of an image that is not on this machine. Raises MediaError where it cannot be read; a URL is
    never fetched.
    """
    source = visual.source
    if isinstance(source, (list, tuple)):
        return _frames(visual, list(source), folder)
    media = _measured(source, visual.kind, folder, stand_in)
    return media if media.name else replace(media, name=label(visual))


def label(visual: Visual) -> str:
    """The name of an image or video in messages: its path or URL, or its place in the chat."""
    source = _inner(visual.source)
    if not isinstance(source, str) or source.startswith("data:") or len(source) > 4096:
        return visual.place or "an image in memory"
    return source


def path_of(source: Any, folder: str) -> str | None:
    """The path of a file that a chat names; None for anything else."""
    source = _inner(source)
    if not isinstance(source, str) or source.startswith("data:"):
        return None
    if source.startswith("file://"):
        path = source.removeprefix("file://").removeprefix("localhost")
        if os.path.lexists(path):
            return path
        from urllib.parse import unquote

        return unquote(path)
    return None if "://" in source else os.path.join(folder, source)


def _inner(source: Any) -> Any:
    """What stands for the image in an object such as {"url": ...}."""
    if isinstance(source, dict):
        return next((source[name] for name in KEYS if source.get(name)), None)
    return source


def _measured(source: Any, kind: Kind | None, folder: str, stand_in: Size | None) -> Media:
    source = _inner(source)
    if isinstance(source, str) and source.startswith("data:"):
        return probe(decoded(source.partition(",")[2], "the data URL is"), kind)
    path = path_of(source, folder)
    if path is not None:
        return probe(path, kind)
    if (isinstance(source, str) or source is None) and stand_in and kind != "video":
        return Media(size=stand_in, name=source or "")
    if isinstance(source, str):
        raise MediaError(f"vtok downloads nothing: {source[:SHOWN]}; {_WAY[kind]}")
    if source is None or isinstance(source, (dict, bool, int, float)):
        what = "nothing that names an image" if source is None else f"a {type(source).__name__} is no image"
        raise MediaError(f"{what}; give a path or a data URL")
    return probe(source, kind, channels="last" if _axes(source) == 3 else None)


def _axes(source: Any) -> int:
    return len(getattr(source, "shape", ()))


def decoded(text: str, what: str) -> bytes:
    """The bytes that base64 stands for; MediaError, which begins with `what`, where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MediaError(f"{what} no base64") from None


def _frames(visual: Visual, frames: list[Any], folder: str) -> Media:
    """A video whose frames are images of one size, as qwen-vl-utils takes them; it measures the first."""
    if not frames:
        raise MediaError("a video without frames; give at least one")
    first = _measured(frames[0], "image", folder, None)
    fps = visual.options.get("sample_fps")
    return Media(size=first.upright, num_frames=len(frames), fps=fps if fps else 2.0, name=label(visual))
