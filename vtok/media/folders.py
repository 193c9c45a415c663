"""Folders: which files below them are inputs, which are skipped, and a note that counts those."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch

from vtok.errors import MediaError

IMAGES = "avif bmp dib gif heic heif ico j2k jfif jp2 jpe jpeg jpg mpo pbm pcx pgm png pnm ppm qoi tga tif tiff webp"
VIDEOS = "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv"
ENDINGS = frozenset(f"{IMAGES} {VIDEOS}".split())
"""Endings of the files that are taken from a folder. A file that is named outright may have any ending."""

KINDS_NAMED = 6
"""A note names so many kinds of skipped files, the most frequent first."""


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
                with os.scandir(parent) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                yield parent, MediaError(f"the folder cannot be read: {(error.strerror or str(error)).lower()}")
                continue
            folders = [entry for entry in listed if entry.is_dir(follow_symlinks=False)]
            for entry in listed:
                if not entry.is_dir(follow_symlinks=False) and self._takes_file(entry, folder):
                    yield entry.path, None
            waiting += [entry.path for entry in reversed(folders) if self._takes_folder(entry, folder)]

    def excludes(self, path: str, folder: str = "") -> bool:
        """Whether a pattern excludes this path, by its name or by its path below the folder."""
        if not self.exclude:
            return False
        names = (os.path.basename(path), os.path.relpath(path, folder) if folder else path)
        return any(fnmatch(name, pattern) for pattern in self.exclude for name in names)

    def _takes_file(self, entry: "os.DirEntry[str]", folder: str) -> bool:
        ending = os.path.splitext(entry.name)[1].lower().removeprefix(".")
        if entry.name.startswith(".") and not self.hidden:
            self._skipped["hidden file"] += ending in self._endings
        elif self.excludes(entry.path, folder):
            self._skipped["excluded file"] += 1
        elif entry.is_dir():
            self._skipped["link to a folder"] += 1
        elif ending not in self._endings:
            self._other_kinds[ending or "without an ending"] += 1
        else:
            return True
        return False

    def _takes_folder(self, entry: "os.DirEntry[str]", folder: str) -> bool:
        if entry.name.startswith(".") and not self.hidden:
            self._skipped["hidden folder"] += 1
        elif self.excludes(entry.path, folder):
            self._skipped["excluded folder"] += 1
        else:
            return True
        return False

    @property
    def note(self) -> str:
        """What was skipped, as "skipped 3 files: 2 pdf, 1 svg; 1 hidden folder"; empty where nothing was."""
        parts = []
        if kinds := self._other_kinds.most_common():
            named = [f"{count:,} {kind}" for kind, count in kinds[:KINDS_NAMED]]
            if rest := sum(count for _, count in kinds[KINDS_NAMED:]):
                named.append(f"{rest:,} of other kinds")
            parts.append(f"{_counted(self._other_kinds.total(), 'file')}: {', '.join(named)}")
        parts += [_counted(count, what) for what, count in self._skipped.items() if count]
        return f"skipped {'; '.join(parts)}" if parts else ""


def _counted(count: int, what: str) -> str:
    """A number and what it counts, in the plural where there are several."""
    plural = "links to folders" if what.startswith("link") else f"{what}s"
    hint = " (see --hidden)" if what.startswith("hidden") else ""
    return f"{count:,} {what if count == 1 else plural}{hint}"
