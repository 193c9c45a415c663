"""From what was typed to what is to be counted: paths, directories, globs, `-`, bare sizes, lists of files."""

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, NamedTuple

from vtok.errors import MediaError, UsageError, VtokError
from vtok.values import Kind, Media, Size

IMAGES = "avif bmp dib gif heic heif j2k jfif jp2 jpe jpeg jpg png qoi tif tiff webp"
VIDEOS = "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv"
ENDINGS = frozenset(f".{ending}" for ending in f"{IMAGES} {VIDEOS}".split())
"""What is taken from a directory; a file that is named outright may end as it likes."""

SIZE = re.compile(r"(\d+)[xX\u00d7](\d+)", re.ASCII)


class Input(NamedTuple):
    """One thing to count: its name as the user knows it, and where its sizes come from."""

    name: str
    path: str | None = None
    size: Size | None = None
    error: VtokError | None = None

    def media(self, kind: Kind | None, video: dict[str, Any]) -> Media:
        """The sizes; VtokError where it cannot be read. `video` says what makes a video of a bare size."""
        if self.error:
            raise self.error
        if self.size:
            if kind == "video" and not video:
                raise MediaError("a bare size is one image; --duration makes a video of it")
            if kind == "image" and video:
                raise MediaError("--as image and --duration, which makes a video of a bare size, contradict each other")
            from vtok.library import from_numbers

            return from_numbers(width=self.size.width, height=self.size.height, **video)
        from vtok.media import probe

        return probe(BytesIO(sys.stdin.buffer.read()) if self.path == "-" else self.path or "", kind)


def gather(arguments: Iterable[str], *, sizes: Iterable[str] = (), files_from: str | None, null: bool) -> list[Input]:
    """All inputs, in the order in which they were given. UsageError where there are none."""
    arguments = list(arguments)
    if files_from == "-" and "-" in arguments:
        raise UsageError("standard input cannot be both an image (-) and a list of files (--files-from -)")
    if null and files_from is None:
        raise UsageError("-0 tells how the names in --files-from are separated; give --files-from, too")
    inputs = [found for argument in arguments for found in _expand(argument)]
    if files_from is not None:
        inputs += [found for name in _listed(files_from, b"\0" if null else b"\n") for found in _named(name)]
    inputs += [Input(name=text, size=parse_size(text)) for text in sizes]
    if not inputs:
        raise UsageError("nothing to count; give an image, a video, a folder or a size such as 1920x1080")
    return inputs


def parse_size(text: str) -> Size:
    """A size from WxH; UsageError for anything else."""
    match = SIZE.fullmatch(text)
    if not match:
        raise UsageError(f"{text!r} is not a size; write width x height in pixels, as 1920x1080")
    from vtok.library import SIDE_LIMIT

    width, height = (int(side) for side in match.groups())
    if not (0 < width <= SIDE_LIMIT and 0 < height <= SIDE_LIMIT):
        raise UsageError(f"a size of {text} is out of range; both sides must be from 1 to {SIDE_LIMIT:,}")
    return Size(height, width)


def _expand(argument: str) -> Iterator[Input]:
    if SIZE.fullmatch(argument):
        yield Input(name=argument, size=parse_size(argument))
    elif argument == "-" or os.path.lexists(argument):
        yield from _path(argument)
    elif any(character in argument for character in "*?["):
        from glob import glob

        found = sorted(glob(argument, recursive=True))
        if not found:
            yield Input(name=argument, error=MediaError("no file matches this pattern"))
        seen: set[str] = set()
        for given in (given for name in found for given in _path(name)):
            place = os.path.normpath(given.path or given.name)
            if place not in seen:  # ** finds a folder and what is in it
                seen.add(place)
                yield given
    else:
        yield Input(name=argument, path=argument)


def _named(name: str) -> Iterator[Input]:
    """A line of a list: a file or folder, whatever its name holds, or a bare size; patterns mean nothing here."""
    if SIZE.fullmatch(name) and not os.path.lexists(name):
        yield Input(name=name, size=parse_size(name))
    else:
        yield from _path(name)


def _path(name: str) -> Iterator[Input]:
    """A file is itself, a directory all images and videos below it."""
    if name != "-" and os.path.isdir(name):
        found = [file for file in _below(name) if os.path.splitext(file)[1].lower() in ENDINGS]
        if not found:
            yield Input(name=name, error=MediaError("no images or videos in this folder"))
        for file in found:
            yield Input(name=file, path=file)
    else:
        yield Input(name=name, path=name)


def _below(folder: str) -> Iterator[str]:
    """Files below a folder, sorted folder by folder; links to folders are not followed."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            yield os.path.join(parent, file)


def _listed(source: str, separator: bytes) -> list[str]:
    """The names in a file or on standard input; empty ones are dropped."""
    try:
        if source == "-":
            content = sys.stdin.buffer.read()
        elif not stat.S_ISREG(os.stat(source).st_mode) and not stat.S_ISFIFO(os.stat(source).st_mode):
            raise UsageError(f"--files-from {source}: not a file; give a list of names, or - for standard input")
        else:
            with open(source, "rb") as file:
                content = file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"--files-from {source}: {reason}; give a list of names, or - for standard input") from error
    names = [os.fsdecode(name.removesuffix(b"\r") if separator == b"\n" else name) for name in content.split(separator)]
    return [name for name in names if name]
