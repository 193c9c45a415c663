"""Folders: which files below them are inputs, which are skipped, and a note that counts those."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from stat import S_ISDIR
from typing import IO

from vtok.errors import MediaError

IMAGES = "avif bmp dib gif heic heif ico j2k jfif jp2 jpe jpeg jpg mpo pbm pcx pgm png pnm ppm qoi tga tif tiff webp"
VIDEOS = "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv"
ENDINGS = frozenset(f"{IMAGES} {VIDEOS}".split())
"""Endings of the files that are taken from a folder. A file that is named outright may have any ending."""

RUN = 2**16
"""Names of a larger folder are sorted in runs of so many, in temporary files."""

_PIECE = 2**14
_FILE, _FOLDER, _LINK = "f", "d", "l"

KINDS_NAMED = 6
"""A note names so many kinds of skipped files, the most frequent first."""


HINTS = {"pdf": " (name them, or *.pdf, to count their pages)"}
"""What to do about files that folders leave out. A PDF is read by a program of its own, and may have many pages."""


class Walk:
    """A search for images and videos below folders, which counts what it skips.

    Files and folders whose names begin with a dot are skipped unless `hidden`, and so is what matches a pattern of
    `exclude`: by its name, or by its path below the folder. Files with the endings `also` are taken, too.
    """

    def __init__(
        self, *, hidden: bool = False, exclude: Sequence[str] = (), also: frozenset[str] = frozenset()
    ) -> None:
        self.hidden = hidden
        self.exclude = exclude
        self._endings = ENDINGS | also
        self._other_kinds: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()

    def below(self, folder: str) -> Iterator[tuple[str, MediaError | None]]:
        """The files below a folder, folder by folder and by name; a folder that cannot be read comes with its error.

        Links to folders are not followed. No recursion: folders may be nested deeper than Python's stack.
        """
        waiting = [folder]
        while waiting:
            parent = waiting.pop()
            try:
                listed = in_order(_names(parent))
            except OSError as error:
                yield parent, MediaError(f"the folder cannot be read: {(error.strerror or str(error)).lower()}")
                continue
            folders = []
            for name, _, kind in (item.partition("\0") for item in listed):
                path = os.path.join(parent, name)
                if kind == _FOLDER:
                    if self._takes_folder(name, path, folder):
                        folders.append(path)
                elif self._takes_file(name, path, folder, is_link=kind == _LINK):
                    yield path, None
            waiting += reversed(folders)

    def excludes(self, path: str, folder: str = "") -> bool:
        """Whether a pattern excludes this path, by its name or by its path below the folder."""
        if not self.exclude:
            return False
        names = (os.path.basename(path), os.path.relpath(path, folder) if folder else path)
        return any(fnmatch(name, pattern) for pattern in self.exclude for name in names)

    def _takes_file(self, name: str, path: str, folder: str, *, is_link: bool) -> bool:
        ending = name.rpartition(".")[2].lower() if "." in name[1:] else ""
        if name.startswith(".") and not self.hidden:
            self._skipped["hidden file"] += ending in self._endings
        elif self.exclude and self.excludes(path, folder):
            self._skipped["excluded file"] += 1
        elif is_link and os.path.isdir(path):
            self._skipped["link to a folder"] += 1
        elif ending not in self._endings:
            self._other_kinds[ending or "without an ending"] += 1
        else:
            return True
        return False

    def _takes_folder(self, name: str, path: str, folder: str) -> bool:
        if name.startswith(".") and not self.hidden:
            self._skipped["hidden folder"] += 1
        elif self.excludes(path, folder):
            self._skipped["excluded folder"] += 1
        else:
            return True
        return False

    @property
    def note(self) -> str:
        """What was skipped, as "skipped 3 files: 2 pdf, 1 svg; 1 hidden folder"; empty where nothing was."""
        parts = []
        if kinds := self._other_kinds.most_common():
            named = [f"{count:,} {kind}{HINTS.get(kind, '')}" for kind, count in kinds[:KINDS_NAMED]]
            if rest := sum(count for _, count in kinds[KINDS_NAMED:]):
                named.append(f"{rest:,} of other kinds")
            parts.append(f"{_counted(self._other_kinds.total(), 'file')}: {', '.join(named)}")
        parts += [_counted(count, what) for what, count in self._skipped.items() if count]
        return f"skipped {'; '.join(parts)}" if parts else ""


def _names(folder: str) -> Iterator[str]:
    """The names in a folder, each with a NUL and what it is behind it."""
    with os.scandir(folder) as entries:
        for entry in entries:
            kind = _LINK if entry.is_symlink() else _FOLDER if entry.is_dir(follow_symlinks=False) else _FILE
            yield f"{entry.name}\0{kind}"


def in_order(items: Iterator[str]) -> Iterator[str]:
    """The items in order. They are all read at once; of many, sorted runs lie in temporary files meanwhile.

    No item may hold a slash.
    """
    runs: list[Iterator[str]] = []
    run: list[str] = []
    for item in items:
        run.append(item)
        if len(run) >= RUN << len(runs) // 16:
            runs.append(_laid_aside(run))
            run = []
    run.sort()
    if not runs:
        return iter(run)
    from heapq import merge

    return merge(*runs, run)


def _laid_aside(run: list[str]) -> Iterator[str]:
    """The items in order, from a temporary file that nobody else sees; from memory where there is no room for one."""
    from tempfile import TemporaryFile

    run.sort()
    try:
        file = TemporaryFile()  # noqa: SIM115 - read item by item later
        file.write(os.fsencode("/".join(run)))
        file.seek(0)
    except OSError:
        return iter(run)
    return _read_back(file)


def _read_back(file: IO[bytes]) -> Iterator[str]:
    rest = b""
    with file:
        while piece := file.read(_PIECE):
            *whole, rest = (rest + piece).split(b"/")
            yield from map(os.fsdecode, whole)
    yield os.fsdecode(rest)


def matching(pattern: str, *, hidden: bool) -> list[str]:
    """The files and folders that a pattern with * ? [ and ** matches, sorted.

    Names that begin with a dot match a part of the pattern that begins so, or all where `hidden`. Links to folders are
    followed where a part names or matches them, not by **; between two parts each folder is entered once, by whatever
    links it was come upon. So a link to its own folder ends nowhere.
    """
    root = os.path.splitdrive(pattern)[0]
    rest = pattern[len(root) :].replace(os.altsep or os.sep, os.sep)
    places = [root + os.sep] if rest.startswith(os.sep) else [root]
    parts = [part for part in rest.split(os.sep) if part]
    for i, part in enumerate(parts):
        last = i == len(parts) - 1 and not rest.endswith(os.sep)
        places = [name for place in places for name in _step(place, part, last=last, hidden=hidden)]
        if not last:
            places = list(_distinct_folders(places))
    return sorted(places)


def _step(place: str, part: str, *, last: bool, hidden: bool) -> Iterator[str]:
    """What one part of a pattern matches in a folder; as the last part, ** matches the files below it."""
    if part == "**":
        yield from _below(place, folders=not last, hidden=hidden)
    elif any(character in part for character in "*?["):
        for entry in _entries(place, hidden=hidden or part.startswith(".")):
            if fnmatch(entry.name, part):
                yield os.path.join(place, entry.name)
    elif os.path.lexists(name := os.path.join(place, part)):
        yield name


def _below(place: str, *, folders: bool, hidden: bool) -> Iterator[str]:
    """A folder and all folders below it, or all files below it."""
    waiting = [place]
    while waiting:
        folder = waiting.pop()
        if folders:
            yield folder
        for entry in _entries(folder, hidden=hidden):
            name = os.path.join(folder, entry.name)
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            elif not folders and not os.path.isdir(name):  # the link to itself is no folder either
                yield name


def _entries(place: str, *, hidden: bool) -> "list[os.DirEntry[str]]":
    """What lies in a folder; nothing of what is none, or cannot be read."""
    try:
        with os.scandir(place or os.curdir) as entries:
            return [entry for entry in entries if hidden or not entry.name.startswith(".")]
    except OSError:
        return []


def _distinct_folders(names: Iterable[str]) -> Iterator[str]:
    """The folders among these names, each once."""
    seen = set()
    for name in names:
        with suppress(OSError):
            status = os.stat(name or os.curdir)
            if S_ISDIR(status.st_mode) and (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                yield name


def _counted(count: int, what: str) -> str:
    """A number and what it counts, in the plural where there are several."""
    plural = "links to folders" if what.startswith("link") else f"{what}s"
    hint = " (see --hidden)" if what.startswith("hidden") else ""
    return f"{count:,} {what if count == 1 else plural}{hint}"
