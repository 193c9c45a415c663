"""Where images go: files, folders, standard output; and in what format."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import IO, Any, NamedTuple

from vtok.cli._inputs import Input
from vtok.errors import UsageError
from vtok.render.files import write_whole
from vtok.values import Size

PIXELS = (".png", ".jpg", ".jpeg", ".webp")
VECTOR = (".svg", ".pdf")
FORMATS = (*PIXELS, *VECTOR)
MOST_PIXELS = 2**28
"""Most pixels of a page."""

LONGEST_SIDES = {".webp": 16_383, ".jpg": 65_500, ".jpeg": 65_500}
"""Most pixels of a side: WebP has 14 bits for it, and libjpeg writes no longer one (JPEG_MAX_DIMENSION)."""


class Target(NamedTuple):
    """Where an image goes, and in what format."""

    path: str
    ending: str


def targets(sources: Sequence[Input], output: str | None, format_: str | None) -> list[Target]:
    """Where each image goes: a file, standard output, or a folder, named after the inputs."""
    ending = image_ending(format_)
    if output == "-":
        if len(sources) > 1:
            raise UsageError("several images do not fit standard output; give a folder with -o")
        return [Target("-", ending or ".png")]
    if output is None or output.endswith(("/", os.sep)) or os.path.isdir(output):
        return list(_named(sources, output, ending or ".png", overlay=output is None))
    named = os.path.splitext(output)[1].lower()
    if len(sources) > 1 and named not in FORMATS:
        return list(_named(sources, output, ending or ".png", overlay=False))
    if len(sources) > 1:
        raise UsageError(f"{output}: {len(sources)} images do not fit one file; give a folder with -o")
    return [Target(output, format_of(output, format_))]


def _named(sources: Sequence[Input], folder: str | None, ending: str, *, overlay: bool) -> Iterator[Target]:
    """Names after the inputs; where two are the same, with a number."""
    if folder:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder}: cannot be made: {error.strerror}; choose another place") from error
    taken: set[str] = set()
    for source in sources:
        stem = os.path.splitext(os.path.basename(source.name))[0] if source.path and source.path != "-" else source.name
        if source.page:
            stem = f"{os.path.splitext(os.path.basename(source.path or ''))[0]}-{source.page.page}"
        stem = "stdin" if stem == "-" else stem.replace(" ", "-").replace("\u00d7", "x")
        stem += ".overlay" if overlay else ""
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        yield Target(os.path.join(folder or "", name + ending), ending)


def format_of(path: str, format_: str | None) -> str:
    """The ending of an image's file; UsageError where it is none, or `--format` says another."""
    named, wanted = os.path.splitext(path)[1].lower(), image_ending(format_)
    if named not in FORMATS:
        raise UsageError(f"{path}: unknown ending; end the name in {_choices()}")
    if wanted and wanted != named:
        raise UsageError(f"--format {format_} contradicts the name {path}; give one of the two")
    return named


def image_ending(format_: str | None) -> str | None:
    """`--format` as an ending, with its dot."""
    if format_ is None:
        return None
    ending = "." + format_.lower().removeprefix(".")
    if ending not in FORMATS:
        raise UsageError(f"--format {format_}: write {_choices()}")
    return ending


def _choices() -> str:
    return ", ".join(ending[1:] for ending in FORMATS if ending != ".jpeg")


def check_size(size: Size, ending: str) -> None:
    """UsageError for a page that would not fit the format, or the memory."""
    if max(size) > LONGEST_SIDES.get(ending, 2**31):
        raise UsageError(f"a page of {size} is too large for {ending}; give a smaller --width, or write .png")
    if size.area > MOST_PIXELS:
        raise UsageError(f"a page of {size} is too large; give a smaller --width")


def write_image(path: str, write: Callable[[IO[bytes]], Any], *, what: str = "an image") -> None:
    """Write to a file, whole or not at all, or to standard output."""
    if path != "-":
        write_whole(path, write)
        return
    if sys.stdout.isatty():
        raise UsageError(f"{what} is not shown in a terminal; give -o FILE, or send standard output to a file")
    held = BytesIO()  # a format may want to seek, which a pipe cannot
    write(held)
    sys.stdout.buffer.write(held.getbuffer())
    sys.stdout.buffer.flush()
