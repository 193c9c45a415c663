"""From what was typed to what is to be counted: files, folders, patterns, `-`, bare sizes, lists of files."""

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from vtok.cli._failures import complain
from vtok.errors import MediaError, UsageError, VtokError
from vtok.media.folders import Walk
from vtok.values import Kind, Media, Size

SIZE = re.compile(r"(\d+)[xX\u00d7](\d+)", re.ASCII)


class Input(NamedTuple):
    """One thing to count: its name as the user typed it, and its file, its size, or why it has neither."""

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


def gather(
    arguments: Iterable[str],
    *,
    sizes: Iterable[str] = (),
    files_from: str | None = None,
    null: bool = False,
    hidden: bool = False,
    exclude: Sequence[str] = (),
) -> list[Input]:
    """All inputs, in the order in which they were given; what is skipped in folders is reported on standard error.

    Raises UsageError where there are none.
    """
    arguments = list(arguments)
    if files_from == "-" and "-" in arguments:
        raise UsageError("standard input cannot be both an image (-) and a list of files (--files-from -)")
    if null and files_from is None:
        raise UsageError("-0 tells how the names in --files-from are separated; give --files-from, too")
    inputs: list[Input] = []
    for argument in arguments:
        walk = Walk(hidden=hidden, exclude=exclude)
        inputs += _expanded(argument, walk)
        report_skipped(argument, walk)
    if files_from is not None:
        walk = Walk(hidden=hidden, exclude=exclude)
        for name in _listed(files_from, b"\0" if null else b"\n"):
            inputs += _named(name, walk)
        report_skipped(f"--files-from {files_from}", walk)
    inputs += [Input(name=text, size=parse_size(text)) for text in sizes]
    if not inputs:
        raise UsageError("nothing to count; give an image, a video, a folder or a size such as 1920x1080")
    return inputs


def report_skipped(name: str, walk: Walk) -> None:
    """Report on standard error, in one line, which files in folders are not counted."""
    if walk.note:
        complain(name, walk.note)


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


def _expanded(argument: str, walk: Walk) -> Iterator[Input]:
    """The inputs that one argument of the command line stands for."""
    if SIZE.fullmatch(argument):
        yield Input(name=argument, size=parse_size(argument))
    elif argument == "-" or os.path.lexists(argument):
        yield from _path(argument, walk)
    elif any(character in argument for character in "*?[") and "://" not in argument:
        yield from _matches(argument, walk)
    else:
        yield Input(name=argument, path=argument)


def _matches(pattern: str, walk: Walk) -> Iterator[Input]:
    """The files that a pattern matches, and those below the folders that it matches; none of them twice."""
    from glob import glob

    try:
        names = sorted(glob(pattern, recursive=True, include_hidden=walk.hidden))
    except RecursionError:
        yield Input(name=pattern, error=MediaError("folders are nested too deeply for a pattern; name the folder"))
        return
    if not names:
        yield Input(name=pattern, error=MediaError("no file matches this pattern"))
    seen: set[str] = set()
    for item in (item for name in names if not walk.excludes(name) for item in _path(name, walk)):
        place = os.path.normpath(item.path or item.name)
        if place not in seen:  # ** matches a folder and what is in it
            seen.add(place)
            yield item


def _named(name: str, walk: Walk) -> Iterator[Input]:
    """A line of a list: a file or folder, whatever its name holds, or a bare size; patterns mean nothing here."""
    if SIZE.fullmatch(name) and not os.path.lexists(name):
        yield Input(name=name, size=parse_size(name))
    else:
        yield from _path(name, walk)


def _path(name: str, walk: Walk) -> Iterator[Input]:
    """A file is itself, a folder all images and videos below it."""
    if name == "-" or not os.path.isdir(name):
        yield Input(name=name, path=name)
        return
    empty = True
    for path, error in walk.below(name):
        empty = False
        yield Input(name=path, error=error) if error else Input(name=path, path=path)
    if empty:
        yield Input(name=name, error=MediaError("no images or videos in this folder"))


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
