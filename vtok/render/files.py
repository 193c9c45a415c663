"""Output files: written whole or not at all."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from vtok.errors import UsageError, VtokError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
    beside = None
    try:
        with NamedTemporaryFile(dir=folder, prefix=f".{name[:100]}.", delete=False) as file:
            beside = file.name
            write(file)
        os.chmod(beside, _mode(path))
        os.replace(beside, path if not os.path.islink(path) else os.path.join(folder, name))
        beside = None
    except OSError as error:
        raise VtokError(f"{path}: cannot be written: {error.strerror or error}; choose another place") from error
    finally:
        if beside:
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
