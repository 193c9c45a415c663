"""From sources to shards: what one process reads from its start to its end.

A source is a folder, a file, a pattern or a URL that fsspec reads, such as s3://bucket/shard-{000..099}.tar. A shard is
a file (tar, parquet, Arrow, JSON lines), or up to 10,000 images and videos of one folder.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from vtok.errors import MediaError, UsageError, VtokError
from vtok.media.files import open_file
from vtok.media.folders import ENDINGS, Walk

FORMS = {
    ".tar": "tar",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "lines",
}
"""What the ending of a file says about it."""

IN_FOLDERS = frozenset({".tar", ".parquet", ".arrow", ".feather"})
"""Endings of data files that are taken from a folder. JSON is taken only where it is named."""

FILES_IN_SHARD = 10_000
"""Images and videos of a folder that make one shard: some seconds of work."""

MOST_BRACES = 1_000_000
"""The most names that a range in braces may stand for."""

Note = Callable[[str, str], None]
"""Takes a folder, and what was skipped in it."""

_RANGE = re.compile(r"\{(\d{1,12})\.\.(\d{1,12})\}")


class Shard(NamedTuple):
    """A piece of a data set: a file, or `names` below a folder."""

    place: str
    form: str
    names: tuple[str, ...] = ()
    error: str = ""

    @property
    def label(self) -> str:
        """What the column `shard` says: the file or the folder."""
        return self.place

    def digest(self) -> str:
        """Sixteen letters that are others where the file, or a name in the folder, has changed.

        Raises VtokError where the file cannot be reached.
        """
        parts = [self.place, self.form, *self.names]
        if not self.error and not self.names:
            parts.append(stamp(self.place))
        return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]


def shards_of(sources: Iterable[str], note: Note | None = None) -> Iterator[Shard]:
    """The shards of these sources, in their order; what cannot be read comes as a shard with its error.

    `note` is called with each folder that has files that are skipped, and what they are.

    Raises UsageError for a source that is no data set.
    """
    for source in sources:
        for place in _expanded(source):
            yield from _shards(place, note)


def _shards(place: str, note: Note | None) -> Iterator[Shard]:
    if is_url(place):
        yield from _remote(place)
    elif os.path.isdir(place):
        yield from _folder(place, note)
    else:
        yield _file(place)


def _file(place: str) -> Shard:
    form = FORMS.get(os.path.splitext(place)[1].lower())
    if form:
        return Shard(place, form)
    if not is_url(place) and not os.path.lexists(place):
        raise UsageError(f"{place}: no such file or folder; give a folder, or a file that ends in {', '.join(FORMS)}")
    if os.path.splitext(place)[1].lower().removeprefix(".") in ENDINGS:
        return Shard(os.path.dirname(place) or ".", "folder", (os.path.basename(place),))
    raise UsageError(f"{place}: is no data set; scan reads folders, {', '.join(FORMS)}")


def _folder(place: str, note: Note | None) -> Iterator[Shard]:
    """The data files below a folder, each a shard; its images and videos in pieces."""
    walk = Walk(also=frozenset(ending.removeprefix(".") for ending in IN_FOLDERS))
    names: list[str] = []
    empty = True
    for path, error in walk.below(place):
        empty = False
        if error:
            yield Shard(path, "folder", error=str(error))
        elif os.path.splitext(path)[1].lower() in IN_FOLDERS:
            yield _file(path)
        else:
            names.append(os.path.relpath(path, place))
            if len(names) == FILES_IN_SHARD:
                yield Shard(place, "folder", tuple(names))
                names.clear()
    if names:
        yield Shard(place, "folder", tuple(names))
    elif empty:
        yield Shard(place, "folder", error="no images, videos or data files in this folder")
    if note and walk.note:
        note(place, walk.note)


def _remote(url: str) -> Iterator[Shard]:
    """A file at a URL, or the files below it."""
    system, path = file_system(url)
    if os.path.splitext(url)[1].lower() in FORMS:
        yield _file(url)
        return
    images = []
    for name in _asked(url, lambda: system.find(path)):
        below = name.removeprefix(path).lstrip("/")
        ending = os.path.splitext(name)[1].lower()
        if ending in IN_FOLDERS:
            yield _file(joined(url, below))
        elif ending.removeprefix(".") in ENDINGS:
            images.append(below)
    waiting = iter(images)
    while names := tuple(islice(waiting, FILES_IN_SHARD)):
        yield Shard(url, "folder", names)


def joined(url: str, name: str) -> str:
    """The URL of a name below another URL."""
    return f"{url.rstrip('/')}/{name}"


def _expanded(source: str) -> Iterator[str]:
    """The places that a range in braces (WebDataset's way) or a pattern stands for."""
    match = _RANGE.search(source)
    if match and not os.path.lexists(source):
        first, last = match.groups()
        if int(last) - int(first) >= MOST_BRACES:
            raise UsageError(f"{source}: stands for more than {MOST_BRACES:,} names; name the folder instead")
        for number in range(int(first), int(last) + 1):
            yield from _expanded(f"{source[: match.start()]}{number:0{len(first)}d}{source[match.end() :]}")
    elif any(sign in source for sign in "*?[") and not os.path.lexists(source):
        yield from _matches(source)
    else:
        yield source


def _matches(pattern: str) -> list[str]:
    if is_url(pattern):
        system, path = file_system(pattern)
        protocol = pattern.partition("://")[0]
        names = [f"{protocol}://{name}" for name in _asked(pattern, lambda: sorted(system.glob(path)))]
    else:
        from glob import glob

        names = sorted(glob(pattern, recursive=True))
    if not names:
        raise UsageError(f"{pattern}: no file matches this pattern")
    return names


def is_url(place: str) -> bool:
    """Whether fsspec is to read this place."""
    return "://" in place


def file_system(url: str) -> tuple[Any, str]:
    """The file system behind a URL, as the user has configured it, and the path in it.

    Raises UsageError for a protocol that is not installed.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UsageError("reading URLs needs fsspec; run pip install 'vtok[scan]'") from None
    try:
        system, path = url_to_fs(url)
    except ImportError as error:  # fsspec names what it misses as the cause
        package = getattr(error.__cause__, "name", None)
        needed = f"{url.partition('://')[0]}:// needs {package}; run pip install {package}" if package else str(error)
        raise UsageError(f"{url}: {needed}") from None
    except ValueError as error:
        raise UsageError(f"{url}: {error}") from None
    return system, path


def _asked(url: str, ask: Callable[[], Any]) -> Any:
    """What a remote store answers; VtokError where it does not."""
    try:
        return ask()
    except Exception as error:  # each store has errors of its own
        raise VtokError(f"{url}: cannot be listed: {' '.join(str(error).split()) or type(error).__name__}") from None


def opened(place: str) -> BinaryIO:
    """The file at a path or URL, open for reading; MediaError where it cannot be opened."""
    if not is_url(place):
        return open_file(place)
    system, path = file_system(place)
    try:
        file: BinaryIO = system.open(path, "rb")
    except Exception as error:  # each store has errors of its own
        raise MediaError(f"cannot be opened: {' '.join(str(error).split()) or type(error).__name__}") from None
    return file


def stamp(place: str) -> str:
    """What changes with the content of a file: its size and the time of its last change; of a URL, its store's mark."""
    if is_url(place):
        system, path = file_system(place)
        return str(_asked(place, lambda: system.ukey(path)))
    try:
        status = os.stat(place)
    except (OSError, ValueError):
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"
