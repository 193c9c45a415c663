"""Output files: written whole or not at all, and never in the place of a file that the same command reads."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from vtok.errors import UsageError, VtokError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


UNFINISHED: set[str] = set()
"""Temporary files that are being written."""


class Outputs:
    """The files that one command reads and has written. No output may replace one of them.

    Files are told apart by device and inode, so that links, other spellings of a path and file systems that ignore
    case make no difference. `inputs` are paths; a folder (a checkpoint's) stands for the files in it, and "-" for the
    file that standard input was redirected from. What is no file does not matter.
    """

    def __init__(self, inputs: Iterable[str | None]) -> None:
        self._inputs = {_identity(file) for path in inputs if path for file in _files(path)} - {None}
        self._written: set[tuple[int, int] | None] = set()

    def check(self, path: str) -> None:
        """Raise UsageError where a file of that name would replace an input, or an earlier output."""
        identity = _identity(path) if path != "-" else None
        if identity is None:
            return
        if identity in self._inputs:
            raise UsageError(f"{path}: is an input of this command and would be replaced; give another name")
        if identity in self._written:
            raise UsageError(f"{path}: was written for an earlier input of this command; give another name")

    def written(self, path: str) -> None:
        """Remember an output that was written."""
        if path != "-":
            self._written.add(_identity(path))


def _files(path: str) -> list[str]:
    """A file by itself, or the files in a folder."""
    try:
        return [os.path.join(path, name) for name in os.listdir(path)] if os.path.isdir(path) else [path]
    except OSError:
        return []


def _identity(path: str) -> tuple[int, int] | None:
    """Device and inode of a file, links followed; None where there is none, and of pipes and terminals."""
    from stat import S_ISREG

    try:
        status = os.stat(sys.stdin.fileno() if path == "-" else path)
    except (OSError, ValueError, AttributeError):  # a path with a NUL byte; a standard input without a file
        return None
    return (status.st_dev, status.st_ino) if S_ISREG(status.st_mode) else None


def write_whole(path: str, write: Callable[[IO[bytes]], Any]) -> None:
    """Give `write` a new file beside `path`, and put it in the place of `path` once it is complete.

    Raises VtokError where the place cannot be written; what was there before then is untouched.
    """
    from tempfile import NamedTemporaryFile

    if os.path.isdir(path):
        raise UsageError(f"{path}: is a folder; give the name of a file in it")
    if os.path.exists(path) and not os.path.isfile(path):
        raise UsageError(f"{path}: is not a file; give another name")
    folder, name = os.path.split(os.path.realpath(path))
    beside, is_whole = "", False
    try:
        with NamedTemporaryFile(dir=folder, prefix=f".{name[:100]}.", delete=False) as file:
            beside = file.name
            UNFINISHED.add(beside)
            write(file)
        os.chmod(beside, _mode(path))
        os.replace(beside, path if not os.path.islink(path) else os.path.join(folder, name))
        is_whole = True
    except OSError as error:
        raise VtokError(f"{path}: cannot be written: {error.strerror or error}; choose another place") from error
    finally:
        UNFINISHED.discard(beside)
        if beside and not is_whole:
            os.unlink(beside)


def _mode(path: str) -> int:
    """The permissions of the file that is replaced, else those of a new one."""
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def save_arrays(path: str, arrays: Mapping[str, "NDArray[np.int64]"]) -> None:
    """Write named arrays as .npz."""
    import numpy as np

    _ending(path, (".npz",))
    write_whole(path, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))


def save_table(path: str, rows: "NDArray[np.int64]", *, header: Sequence[str]) -> None:
    """Write rows of one length as .npy (as they are), .json (named) or .csv (as columns under a header)."""
    import json

    import numpy as np

    def as_json(file: IO[bytes]) -> None:
        file.write(json.dumps(dict(zip(header, rows.tolist(), strict=True))).encode())

    writers: dict[str, Callable[[IO[bytes]], Any]] = {
        ".npy": lambda file: np.save(file, rows),
        ".json": as_json,
        ".csv": lambda file: np.savetxt(file, rows.T, fmt="%d", delimiter=",", header=",".join(header), comments=""),
    }
    write_whole(path, writers[_ending(path, tuple(writers))])


def _ending(path: str, known: tuple[str, ...]) -> str:
    ending = os.path.splitext(path)[1].lower()
    if ending not in known:
        raise UsageError(f"{path}: what should be written is not clear; end the name in {' or '.join(known)}")
    return ending
