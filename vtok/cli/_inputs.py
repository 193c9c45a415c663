"""From what was typed to what is to be counted: files, folders, patterns, `-`, bare sizes, lists of files."""

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.cli._failures import complain
from vtok.errors import MediaError, UsageError, VtokError
from vtok.media.files import whole
from vtok.media.folders import Walk, matching
from vtok.values import DPI, SIDE_LIMIT, Kind, Media, Size

if TYPE_CHECKING:
    from vtok.media.pages import Ranges

_PIECE = 2**16
"""Bytes of a list of names that are read at once, and of its longest name."""

SIZE = re.compile(r"(\d+)[xX\u00d7](\d+)", re.ASCII)

MOST_DIGITS = 20
"""Digits of a number that is read: Python refuses to read thousands of them, and no number of vtok has so many."""


class Input(NamedTuple):
    """One thing to count: its name as the user typed it, and its file, its size, or why it has neither.

    A page of a file is measured already.
    """

    name: str
    path: str | None = None
    size: Size | None = None
    error: VtokError | None = None
    page: Media | None = None

    def media(self, kind: Kind | None, video: dict[str, Any]) -> Media:
        """The sizes; VtokError where it cannot be read. `video` says what makes a video of a bare size."""
        if self.error:
            raise self.error
        if self.page:
            if kind == "video":
                raise MediaError("this is a page, not a video; leave out --as video")
            return self.page
        if self.size:
            if kind == "video" and not video:
                raise MediaError("a bare size is one image; --duration makes a video of it")
            if kind == "image" and video:
                raise MediaError("--as image and --duration, which makes a video of a bare size, contradict each other")
            from vtok.library import from_numbers

            return from_numbers(width=self.size.width, height=self.size.height, **video)
        from vtok.media import probe

        return probe(whole(sys.stdin.buffer) if self.path == "-" else self.path or "", kind)


class Edge:
    """Whether the next input may have to be waited for: the names that were read from a list are used up."""

    reached = False


class Batches:
    """Inputs in batches. A batch ends early where the next input may have to be waited for."""

    def __init__(self, sources: Iterator[Input], edge: Edge) -> None:
        self._sources = sources
        self._edge = edge

    def take(self, size: int) -> list[Input]:
        """At most so many inputs; none where there are no more."""
        batch: list[Input] = []
        for source in self._sources:
            batch.append(source)
            if len(batch) == size or self._edge.reached:
                break
        return batch


def gather(
    arguments: Iterable[str],
    *,
    sizes: Iterable[str] = (),
    files_from: str | None = None,
    null: bool = False,
    hidden: bool = False,
    exclude: Sequence[str] = (),
    quiet: bool = False,
    edge: Edge | None = None,
    dpi: float = DPI,
    purpose: str = "count",
) -> Iterator[Input]:
    """All inputs, in the order in which they were given, each as it is come upon: folders are walked meanwhile.

    What is skipped in folders is reported on standard error, unless `quiet`. `edge` is told when the names that were
    read from a list are used up. Raises UsageError at once for arguments that contradict each other or are no sizes,
    and at the end where there was no input for this purpose.
    """
    arguments = list(arguments)
    if files_from == "-" and "-" in arguments:
        raise UsageError("standard input cannot be both an image (-) and a list of files (--files-from -)")
    if null and files_from is None:
        raise UsageError("-0 tells how the names in --files-from are separated; give --files-from, too")
    bare = [Input(name=text, size=parse_size(text)) for text in sizes]
    for argument in arguments:
        if SIZE.fullmatch(argument):
            parse_size(argument)
    names = None if files_from is None else _listed(files_from, b"\0" if null else b"\n", edge or Edge())
    if dpi != DPI:
        from vtok.media.pages import checked_dpi

        checked_dpi(dpi)
    walks = _Walks(hidden, exclude, quiet=quiet, dpi=dpi)
    inputs = _gathered(arguments, names, f"--files-from {files_from}", bare, walks)
    return _unless_empty(inputs, f"nothing to {purpose}; give an image, a video, a folder or a size such as 1920x1080")


def _unless_empty(inputs: Iterator[Input], otherwise: str) -> Iterator[Input]:
    """The inputs; UsageError where there are none."""
    first = next(inputs, None)
    if first is None:
        raise UsageError(otherwise)
    yield first
    yield from inputs


def _gathered(
    arguments: Sequence[str], names: Iterator[str] | None, source: str, bare: Iterable[Input], walks: "_Walks"
) -> Iterator[Input]:
    for argument in arguments:
        walk = walks.new()
        yield from _paged(_expanded(argument, walk), walks.dpi)
        walks.report(argument, walk)
    if names is not None:
        walk = walks.new()
        for name in names:
            yield from _paged(_named(name, walk), walks.dpi)
        walks.report(source, walk)
    yield from bare


class _Walks(NamedTuple):
    """How folders are walked, and whether what is skipped is reported."""

    hidden: bool
    exclude: Sequence[str]
    quiet: bool
    dpi: float

    def new(self) -> Walk:
        return Walk(hidden=self.hidden, exclude=self.exclude)

    def report(self, name: str, walk: Walk) -> None:
        if not self.quiet:
            report_skipped(name, walk)


def report_skipped(name: str, walk: Walk) -> None:
    """Report on standard error, in one line, which files in folders are not counted."""
    if walk.note:
        complain(name, walk.note)


def parse_size(text: str) -> Size:
    """A size from WxH; UsageError for anything else."""
    match = SIZE.fullmatch(text)
    if not match:
        raise UsageError(f"{text!r} is not a size; write width x height in pixels, as 1920x1080")
    width, height = (int(side[: MOST_DIGITS + 1]) for side in match.groups())
    if not (0 < width <= SIDE_LIMIT and 0 < height <= SIDE_LIMIT):
        raise UsageError(f"a size of {text[:60]} is out of range; both sides must be from 1 to {SIDE_LIMIT:,}")
    return Size(height, width)


def _expanded(argument: str, walk: Walk) -> Iterator[Input]:
    """The inputs that one argument of the command line stands for."""
    if SIZE.fullmatch(argument):
        yield Input(name=argument, size=parse_size(argument))
    elif argument == "-" or os.path.lexists(argument) or _pages_of(argument):
        yield from _path(argument, walk)
    elif any(character in argument for character in "*?[") and "://" not in argument:
        yield from _matches(argument, walk)
    elif not argument:
        yield Input(name="''", error=MediaError("an empty name; is a variable of the command empty?"))
    else:
        yield Input(name=argument, path=argument)


def _matches(pattern: str, walk: Walk) -> Iterator[Input]:
    """The files that a pattern matches, and those below the folders that it matches; none of them twice."""
    empty = True
    folders: list[str] = []  # whose content was taken, each below the one before: ** matches a folder and what is in it
    for name in matching(pattern, hidden=walk.hidden):
        empty = False
        while folders and not name.startswith(os.path.join(folders[-1], "")):
            folders.pop()
        if walk.excludes(name) or any(walk.covers(name, folder) for folder in folders):
            continue
        if os.path.isdir(name):
            folders.append(name)
        yield from _path(name, walk)
    if empty:
        yield Input(name=pattern, error=MediaError("no file matches this pattern"))


def _named(name: str, walk: Walk) -> Iterator[Input]:
    """A line of a list: a file or folder, whatever its name holds, or a bare size; patterns mean nothing here."""
    if SIZE.fullmatch(name) and not os.path.lexists(name):
        try:
            yield Input(name=name, size=parse_size(name))
        except UsageError as error:  # one line of many
            yield Input(name=name, error=MediaError(str(error)))
    else:
        yield from _path(name, walk)


def _paged(sources: Iterable[Input], dpi: float) -> Iterator[Input]:
    """The inputs, where pages stand in the place of PDFs and of files with pages in brackets behind their names."""
    for source in sources:
        path = source.path or ""
        wanted = _pages_of(path)
        if wanted is None or source.error:
            yield source
        else:
            yield from _pages(source.name, *wanted, dpi)


def _pages_of(path: str) -> "tuple[str, Ranges] | None":
    """The file and the pages that a name means: those of a PDF, or in brackets behind the name; None for one image."""
    ending = path[-4:].lower()
    if not ending.endswith((".pdf", "]")):
        return None
    from vtok.media.pages import is_pdf, named

    return (path, ()) if is_pdf(path) else named(path)


def _pages(name: str, path: str, ranges: "Ranges", dpi: float) -> Iterator[Input]:
    from vtok.media.pages import DAMAGED, not_there, pages_of

    try:
        met = pages_of(path, ranges, dpi=dpi)
    except VtokError as error:
        yield Input(name=name, error=error)
        return
    for number, media in met.pages:
        damaged = None if media else MediaError(f"the page {DAMAGED}")
        yield Input(name=f"{path}[{number}]", path=path, page=media, error=damaged)
    if met.missing:
        yield Input(name=name, error=MediaError(not_there(met)))


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


def _listed(source: str, separator: bytes, edge: Edge) -> Iterator[str]:
    """The names in a file or on standard input, as they are read; empty ones are dropped.

    Raises UsageError at once for what is no file.
    """
    try:
        mode = stat.S_IFIFO if source == "-" else os.stat(source).st_mode
    except (OSError, ValueError) as error:
        raise _unreadable(source, error) from error
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        raise UsageError(f"--files-from {source}: not a file; give a list of names, or - for standard input")
    return _names(source, separator, edge)


def _names(source: str, separator: bytes, edge: Edge) -> Iterator[str]:
    """The names in this file; UsageError where it cannot be read."""
    rest = b""
    try:
        with nullcontext(sys.stdin.buffer) if source == "-" else open(source, "rb") as file:
            # what is there, without waiting for more
            while piece := file.read1(_PIECE):  # type: ignore[union-attr]
                *ended, rest = (rest + piece).split(separator)
                _check_length(rest, source)
                names = [name for name in (_decoded(name, separator) for name in ended) if name]
                yield from names[:-1]
                edge.reached = True
                yield from names[-1:]
                edge.reached = False
    except UsageError:
        raise
    except (OSError, ValueError) as error:
        raise _unreadable(source, error) from error
    if name := _decoded(rest, separator):
        yield name


def _check_length(name: bytes, source: str) -> None:
    if len(name) > _PIECE:
        way = "write a name on each line, or give -0 where NUL bytes separate them"
        raise UsageError(f"--files-from {source}: a name of more than {_PIECE:,} bytes; {way}")


def _decoded(name: bytes, separator: bytes) -> str:
    return os.fsdecode(name.removesuffix(b"\r") if separator == b"\n" else name)


def _unreadable(source: str, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or error
    return UsageError(f"--files-from {source}: {reason}; give a list of names, or - for standard input")
