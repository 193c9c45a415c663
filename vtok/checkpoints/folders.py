"""Where a checkpoint lies: a folder, a config, a GGUF file, the local Hugging Face cache. Nothing is downloaded."""

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from vtok.checkpoints import gguf
from vtok.checkpoints.files import FILES
from vtok.checkpoints.read import Checkpoint, read
from vtok.errors import UnknownModelError, UsageError
from vtok.parts.family import Family

ADAPTER = "adapter_config.json"
LARGEST = 16 * 2**20
"""Bytes of a config; those of models are a thousand times smaller."""

REPO = re.compile(r"([\w.-]+)/([\w.-]+?)(?:@([\w./-]+))?", re.ASCII)
SAFE = re.compile(r"(?!.*\.\.)[\w.-]+(/[\w.-]+)*", re.ASCII)


def checkpoint(name: str) -> Checkpoint | None:
    """The checkpoint in that folder or file, else of that name in the cache; None where there is neither.

    A GGUF file is known by its magic or its ending. A folder's configs come before its GGUF files.

    Raises UnknownModelError for a folder without configs or of a family that vtok does not know, UsageError for files
    that cannot be read.
    """
    path = os.path.expanduser(name)
    if os.path.isdir(path):
        file = _projector_in(path, name)
        if file:
            return _projector(os.path.join(path, file), os.path.join(name, file))
        return read(_folder(path, name), name, whole=True)
    if name.lower().endswith(".gguf") or gguf.has_magic(path):
        return _projector(path, name)
    if os.path.exists(path):
        return read(_file(path, name), name, whole=True)
    snapshot = cached(name)
    if snapshot:
        folder, revision = snapshot
        configs = _folder(folder, name, optional=True)
        return read(configs, f"{name.partition('@')[0]}@{revision[:7]}") if configs else None
    if name.startswith((".", "~", os.sep)) or name.endswith(".json"):
        raise UnknownModelError(f"{name}: no such file or folder; give a folder with {', '.join(FILES.values())}")
    return None


def _projector(path: str, name: str) -> Checkpoint:
    """The projector in a GGUF file."""
    from vtok.checkpoints import mmproj

    return mmproj.read(path, name)


def _projector_in(path: str, name: str) -> str | None:
    """The name of the projector's GGUF file in a folder without configs, or None."""
    if any(os.path.lexists(os.path.join(path, file)) for file in FILES.values()):
        return None
    try:
        files = sorted(entry for entry in os.listdir(path) if entry.lower().endswith(".gguf"))
    except OSError:
        return None
    if not files:
        return None
    from vtok.checkpoints import mmproj

    return mmproj.choose(path, files, name)


def cached(name: str) -> tuple[str, str] | None:
    """The folder of a repository in the local Hugging Face cache, and its revision, which may stand behind an @."""
    match = REPO.fullmatch(name)
    if not match:
        return None
    owner, repo, wanted = match.groups()
    home = os.path.join(_cache(), f"models--{owner}--{repo}")
    for revision in (_reference(home, wanted or "main"), wanted):
        if revision and SAFE.fullmatch(revision):
            snapshot = os.path.join(home, "snapshots", revision)
            if os.path.isdir(snapshot):
                return snapshot, revision
    return None


def home(family: Family) -> str | None:
    """The folder that a preset was read from, else its repository in the local Hugging Face cache; None for neither."""
    path = os.path.expanduser(family.preset)
    if os.path.isdir(path) and ("/" in family.preset or family.preset.startswith((".", "~"))):
        return path
    if os.path.isfile(path):
        return os.path.dirname(path) or os.curdir
    name, _, revision = family.preset.partition("@")
    if revision and (match := REPO.fullmatch(name)):
        snapshots = os.path.join(_cache(), f"models--{match[1]}--{match[2]}", "snapshots")
        with suppress(OSError):
            return next(
                (os.path.join(snapshots, one) for one in os.listdir(snapshots) if one.startswith(revision)), None
            )
    snapshot = cached(family.repo)
    return snapshot[0] if snapshot else None


def _cache() -> str:
    """Where huggingface_hub keeps its cache."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return os.path.expanduser(os.environ[variable])
    home = os.environ.get("HF_HOME")
    if not home:
        home = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache"), "huggingface")
    return os.path.expanduser(os.path.join(home, "hub"))


def _reference(home: str, name: str) -> str | None:
    """The revision that a branch or tag of a cached repository stands for."""
    if not SAFE.fullmatch(name):
        return None
    path = os.path.join(home, "refs", name)
    if not os.path.isfile(path):  # opening a pipe would wait for its writer
        return None
    try:
        with open(path, "rb") as file:
            return file.read(200).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _folder(path: str, name: str, *, optional: bool = False) -> dict[str, Mapping[str, Any]]:
    """All configs in a folder. Raises UnknownModelError for a folder without any, unless they are optional."""
    files = {short: os.path.join(path, file) for short, file in FILES.items()}
    configs = {
        short: content_of(file, f"{name}: {FILES[short]}") for short, file in files.items() if os.path.lexists(file)
    }
    if not configs and not optional:
        reason = f"{name}: no configs in this folder; looked for {', '.join(FILES.values())}"
        raise UnknownModelError(reason + _adapted(os.path.join(path, ADAPTER)))
    return configs


def _adapted(path: str) -> str:
    """What to do about a folder that holds an adapter alone: name the model that it adapts."""
    if not os.path.lexists(path):
        return ""
    base = content_of(path, path).get("base_model_name_or_path")
    what = f"; {ADAPTER} is that of an adapter"
    return f"{what}: give the model it adapts, -m {base[:200]}" if isinstance(base, str) and base else what


def _file(path: str, name: str) -> dict[str, Mapping[str, Any]]:
    """One config by its short name, which follows from its file's name, else from its keys."""
    content = content_of(path, name)
    short = next((short for short, file in FILES.items() if os.path.basename(path) == file), None)
    if short is None:
        keys = {"model_type": "config", "video_processor_type": "video", "image_processor_type": "image"}
        short = next((kind for key, kind in keys.items() if key in content), "processor")
    return {short: content}


def text_of(path: str, where: str, *, most: int, what: str) -> str:
    """The text of a regular file of at most so many bytes; `what` is what it should be, such as "config".

    Raises UsageError, which begins with `where`, for anything else.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UsageError(f"{where}: not a regular file")
        with open(path, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UsageError(f"{where}: {error.strerror or error}") from None
    if len(data) > most:
        raise UsageError(f"{where}: larger than {most >> 20} MiB; this is no {what}")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{where}: not text in UTF-8") from None


def content_of(path: str, where: str) -> Mapping[str, Any]:
    """The object in a JSON file. Raises UsageError, which begins with `where`, for anything else."""
    import json

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no number in JSON")

    text = text_of(path, where, most=LARGEST, what="config").removeprefix("\ufeff")
    try:
        content = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise UsageError(f"{where}: not JSON ({reason})") from None
    if not isinstance(content, dict):
        raise UsageError(f"{where}: must be an object with keys, not a {type(content).__name__}")
    return content
