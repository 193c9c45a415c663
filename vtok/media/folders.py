"""Folders: which files below them are inputs, which are skipped, and a note that counts those."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
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
        waiting = [("", iter([folder]))]
        while waiting:
            above, names = waiting[-1]
            if (last := next(names, None)) is None:
                waiting.pop()
                continue
            parent = os.path.join(above, last)
            try:
                listed = in_order(_names(parent))
            except OSError as error:
                yield parent, MediaError(f"the folder cannot be read: {(error.strerror or str(error)).lower()}")
                continue
            folders = Aside()
            for name, _, kind in (item.partition("\0") for item in listed):
                path = os.path.join(parent, name)
                if kind == _FOLDER:
                    if self._takes_folder(name, path, folder):
                        folders.add(name)
                elif self._takes_file(name, path, folder, is_link=kind == _LINK):
                    yield path, None
            waiting.append((parent, folders.in_order()))

    def covers(self, path: str, folder: str) -> bool:
        """Whether `below(folder)` comes upon this file, or enters this folder."""
        if not path.startswith(os.path.join(folder, "")):
            return False
        names = os.path.relpath(path, folder).split(os.sep)
        places = [os.path.join(folder, *names[: i + 1]) for i in range(len(names))]
        if any(name.startswith(".") for name in names) and not self.hidden:
            return False
        if any(self.excludes(place, folder) for place in places) or any(map(os.path.islink, places[:-1])):
            return False
        if os.path.isdir(path):
            return not os.path.islink(path)
        return "." in names[-1][1:] and names[-1].rpartition(".")[2].lower() in self._endings

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


class Aside:
    """Names that are kept for later: many of them as sorted runs in temporary files. No name may hold a slash."""

    def __init__(self) -> None:
        self._runs: list[Iterator[str]] = []
        self._run: list[str] = []

    def add(self, name: str) -> None:
        """Keep a name."""
        self._run.append(name)
        if len(self._run) >= RUN << len(self._runs) // 16:
            self._runs.append(_laid_aside(self._run))
            self._run = []

    def in_order(self) -> Iterator[str]:
        """All names, sorted. They can be read once."""
        self._run.sort()
        if not self._runs:
            return iter(self._run)
        from heapq import merge

        return merge(*self._runs, self._run)


def in_order(items: Iterator[str]) -> Iterator[str]:
    """The items in order. They are all read at once, and kept as `Aside` keeps them."""
    aside = Aside()
    for item in items:
        aside.add(item)
    return aside.in_order()


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


def matching(pattern: str, *, hidden: bool) -> Iterator[str]:
    """The files and folders that a pattern with * ? [ and ** matches, each as it is come upon, before what is in it.

    Names that begin with a dot match a part of the pattern that begins so, or all where `hidden`. As the last part, **
    matches the files below a folder. Links to folders are followed where a part names or matches them, not by **.
    Behind links, each folder is entered once for each part: a link to its own folder ends.
    """
    root = os.path.splitdrive(pattern)[0]
    rest = pattern[len(root) :].replace(os.altsep or os.sep, os.sep)
    place = root + os.sep if rest.startswith(os.sep) else root
    parts = [part for part in rest.split(os.sep) if part]
    while len(parts) > 1 and _is_plain(parts[0]):
        place = os.path.join(place, parts.pop(0))
    yield from _Pattern(parts, hidden=hidden, only_folders=rest.endswith(os.sep)).below(place)


def _is_plain(part: str) -> bool:
    return not any(character in part for character in "*?[")


class _Pattern:
    """The parts of a pattern. Below a folder, several of them may be next: those are numbers of parts."""

    def __init__(self, parts: Sequence[str], *, hidden: bool, only_folders: bool) -> None:
        self._parts = parts
        self._hidden = hidden
        self._only_folders = only_folders
        self._end = len(parts)

    def below(self, place: str) -> Iterator[str]:
        """What matches below a folder. No recursion, and no name is kept but those of the folders that are entered."""
        entered: set[tuple[frozenset[int], int, int]] = set()
        first = self._with_skipped({0})
        waiting = [(place, first, self._entries(place, first), False)]
        while waiting:
            parent, parts, entries, is_behind_link = waiting[-1]
            if (entry := next(entries, None)) is None:
                waiting.pop()
                continue
            name, _, kind = entry.partition("\0")
            path = os.path.join(parent, name)
            is_folder = kind == _FOLDER or (kind == _LINK and os.path.isdir(path))
            following = self._following(parts, name, kind if is_folder else _FILE)
            if self._end in following and (is_folder or not self._only_folders):
                yield path
            deeper = self._with_skipped(following - {self._end})
            if not is_folder or not deeper:
                continue
            behind_link = is_behind_link or kind == _LINK
            if behind_link and not _is_new(path, deeper, entered):
                continue
            waiting.append((path, deeper, self._entries(path, deeper), behind_link))

    def _with_skipped(self, parts: "set[int] | frozenset[int]") -> frozenset[int]:
        """These parts, and those behind a ** that stands for no folder."""
        every = set(parts)
        for i, part in enumerate(self._parts[:-1]):
            if i in every and part == "**":
                every.add(i + 1)
        return frozenset(every)

    def _following(self, parts: frozenset[int], name: str, kind: str) -> frozenset[int]:
        """The parts that may be next below an entry; the end where it matches."""
        following: set[int] = set()
        for i in parts:
            part = self._parts[i]
            if part == "**":
                following |= self._of_stars(i, name, kind)
            elif name == part or (self._sees(name, part) and not _is_plain(part) and fnmatch(name, part)):
                following.add(i + 1)
        return frozenset(following)

    def _of_stars(self, i: int, name: str, kind: str) -> set[int]:
        if not self._sees(name, ""):
            return set()
        last = i + 1 == self._end
        if kind == _FOLDER:
            return {i, self._end} if last and self._only_folders else {i}
        return {self._end} if last and kind == _FILE else set()

    def _sees(self, name: str, part: str) -> bool:
        return self._hidden or not name.startswith(".") or part.startswith(".")

    def _entries(self, place: str, parts: frozenset[int]) -> Iterator[str]:
        """What lies in a folder, each with its kind; where all parts are plain names, those that are there."""
        plain = sorted({self._parts[i] for i in parts if _is_plain(self._parts[i])})
        if len(plain) < len(parts):
            with suppress(OSError):
                return in_order(_names(place or os.curdir))
            return iter(())
        there = (name for name in plain if os.path.lexists(os.path.join(place, name)))
        return (f"{name}\0{_kind(os.path.join(place, name))}" for name in there)


def _kind(path: str) -> str:
    return _LINK if os.path.islink(path) else _FOLDER if os.path.isdir(path) else _FILE


def _is_new(path: str, parts: frozenset[int], entered: set[tuple[frozenset[int], int, int]]) -> bool:
    """Whether this folder was not yet entered with these parts next."""
    try:
        status = os.stat(path)
    except OSError:
        return False
    key = (parts, status.st_dev, status.st_ino)
    is_new = key not in entered
    entered.add(key)
    return is_new


def _counted(count: int, what: str) -> str:
    """A number and what it counts, in the plural where there are several."""
    plural = "links to folders" if what.startswith("link") else f"{what}s"
    hint = " (see --hidden)" if what.startswith("hidden") else ""
    return f"{count:,} {what if count == 1 else plural}{hint}"
