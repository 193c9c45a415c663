"""Pages of a file: those of a PDF, measured by their boxes and never rendered, of a TIFF, frames of an animation."""

import os
import re
import sys
from contextlib import suppress
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from vtok.errors import MediaError, UsageError
from vtok.media.files import open_file
from vtok.values import DPI, SIDE_LIMIT, Media, Size

if TYPE_CHECKING:
    from PIL.Image import Image

DPIS = (1.0, 2400.0)
MOST_PAGES = 20_000
"""The most pages of a file that are counted."""
DAMAGED = "is damaged; repair it, or print it to a new one"
PROGRAM = os.path.join(os.path.dirname(__file__), "_pdfium.py")
"""What asks PDFium, in a process of its own."""
SECONDS = 120
"""How long PDFium may take."""
RANGES = r"(?a:\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*)"
SPEC = rf"(?s)(.+)\[({RANGES})\]"
"""A file, and in brackets pages or ranges of pages: scan.pdf[1-5,9]."""

Ranges = tuple[tuple[int, int], ...]


class Pages(NamedTuple):
    """Pages of a file, each with its number, and the numbers that it does not have. A damaged page is None."""

    pages: tuple[tuple[int, Media | None], ...]
    missing: Ranges
    total: int


def named(text: str) -> tuple[str, Ranges] | None:
    """The file and the pages that a text names; None where it names none, or a file of just this name exists."""
    match = None if os.path.lexists(text) else re.fullmatch(SPEC, text)
    if not match or not os.path.isfile(match[1]):
        return None
    return match[1], _ranges(match[2])


def picked(path: str, which: str, *, dpi: float = DPI) -> list[Media]:
    """The pages that `which` names, as "1-5,9", or all. Raises MediaError for one that the file does not have."""
    ranges = _ranges(which) if which else ()
    met = pages_of(path, ranges or (() if is_pdf(path) else ((1, 1),)), dpi=checked_dpi(dpi))
    if met.missing:
        raise MediaError(not_there(met))
    if damaged := [number for number, media in met.pages if media is None]:
        raise MediaError(f"page {damaged[0]} {DAMAGED}")
    return [media for _, media in met.pages if media]


def not_there(met: Pages) -> str:
    """Which pages a file does not have, and how many it has."""
    beyond = ", ".join(str(low) if low == high else f"{low} to {high}" for low, high in met.missing)
    has = "1 page" if met.total == 1 else f"{met.total:,} pages, 1 to {met.total:,}"
    return f"there is no page {beyond}; the file has {has}"


def _ranges(which: str) -> Ranges:
    """Pages and ranges of pages from "1-5,9"; UsageError for anything else."""
    if not re.fullmatch(RANGES, which):
        raise UsageError(f"pages {which[:40]!r}: write numbers and ranges from 1 on, as 1-5,9")
    parts = (part.partition("-") for part in which.split(","))
    return tuple((int(first), int(last or first)) for first, _, last in parts)


def is_pdf(path: str) -> bool:
    """Whether this is a PDF, by its name and its first bytes."""
    if not path.lower().endswith(".pdf") or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return _is_pdf(file)
    except OSError:
        return False


def _is_pdf(file: BinaryIO) -> bool:
    return b"%PDF" in file.read(1024)


def checked_dpi(dpi: float) -> float:
    """The dots per inch; UsageError for what is out of range."""
    if not DPIS[0] <= dpi <= DPIS[1]:
        raise UsageError(f"dpi {dpi:g} is out of range; give a number from {DPIS[0]:g} to {DPIS[1]:,.0f}, such as 144")
    return dpi


def pages_of(path: str, ranges: Ranges = (), *, dpi: float = DPI) -> Pages:
    """Pages of a file, those of these ranges or all: their sizes in pixels.

    Of a PDF they come from its boxes (the crop box within the media box), its rotation and its unit, at so many dots
    per inch, rounded up. Raises MediaError for a file that cannot be read or has no pages, and for too many of them.
    The pages of a file are remembered until its size or its time changes.
    """
    stamp = None
    with suppress(OSError, ValueError):  # opening the file tells the reason
        facts = os.stat(path)
        stamp = facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns
    return _pages_of(path, ranges, dpi, stamp)


@lru_cache(maxsize=16)
def _pages_of(path: str, ranges: Ranges, dpi: float, stamp: tuple[int, ...] | None) -> Pages:  # noqa: ARG001 - a key
    asked = sum(last - first + 1 for first, last in ranges)
    if any(first < 1 or last < first for first, last in ranges) or asked > MOST_PAGES:
        raise MediaError(f"pages are numbers or ranges from 1 on, at most {MOST_PAGES:,} of them, such as [1-5,9]")
    with open_file(path) as file:
        is_one = _is_pdf(file)
    return _of_pdf(path, ranges, dpi) if is_one else _of_images(path, ranges)


def _of_pdf(path: str, ranges: Ranges, dpi: float) -> Pages:
    answer, _ = _asked({"path": path, "pages": ranges, "most": MOST_PAGES})
    total = answer["total"]
    if not ranges and total > MOST_PAGES:
        raise MediaError(f"the PDF has {total:,} pages, more than {MOST_PAGES:,}; name some, as {path}[1-100]")
    pages = tuple((number, _page(path, number, size, dpi) if size else None) for number, *size in answer["sizes"])
    return Pages(pages, _beyond(ranges, total), total)


def _page(path: str, number: int, points: list[float], dpi: float) -> Media:
    width, height = (max(1, ceil(round(side * dpi / 72, 3))) for side in points)
    if max(width, height) > SIDE_LIMIT:
        raise MediaError(f"page {number} is {width:,} x {height:,} pixels at {dpi:g} dpi; give a lower --dpi")
    return Media(size=Size(height, width), format="PDF", name=path, page=number, dpi=dpi)


def _beyond(ranges: Ranges, total: int) -> Ranges:
    """The parts of ranges behind the last page."""
    return tuple((max(first, total + 1), last) for first, last in ranges if last > total)


def _of_images(path: str, ranges: Ranges) -> Pages:
    """Pages of a TIFF, or frames of an animated image."""
    from vtok.media import probe

    first = probe(path, "image")
    total = first.images_in_file
    if total == 1 and any(last > 1 for _, last in ranges):
        raise MediaError("this file holds one image; leave out the number in brackets")
    numbers = [n for low, high in ranges for n in range(low, min(high, total) + 1)]
    if first.format == "TIFF":
        from vtok.media.image import tiff_pages

        sizes = tiff_pages(path, frozenset(numbers))
        return Pages(tuple((n, sizes[n]) for n in numbers if n in sizes), _beyond(ranges, total), total)
    from dataclasses import replace

    frames = tuple((n, replace(first, images_in_file=1, page=n)) for n in numbers)
    return Pages(frames, _beyond(ranges, total), total)


def rendered(path: str, media: Media, size: Size) -> "Image":
    """A page of a PDF, stretched over so many pixels: RGB. Raises MediaError where PDFium fails."""
    from PIL import Image

    request = {"path": path, "render": media.page, "width": size.width, "height": size.height}
    _, pixels = _asked(request)
    if len(pixels) != 3 * size.area:
        raise MediaError("PDFium rendered no whole page; repair the PDF, or print it to a new one")
    return Image.frombytes("RGB", (size.width, size.height), pixels)


def _asked(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The answer of PDFium, in a process of its own, and the bytes behind it."""
    import json
    import subprocess
    from importlib.util import find_spec

    if find_spec("pypdfium2") is None:
        raise MediaError("pages of PDFs need pypdfium2: pip install 'vtok[pdf]'")
    command = [sys.executable, "-P", PROGRAM]
    question = json.dumps({**request, "path": os.path.abspath(request["path"])}).encode()
    try:
        ended = subprocess.run(  # noqa: S603 - this Python, a file of vtok's own
            command, input=question, capture_output=True, timeout=SECONDS, check=False
        )
        line, _, rest = ended.stdout.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
    except subprocess.TimeoutExpired:
        raise MediaError(f"PDFium does not end on this file in {SECONDS} s; repair the PDF first") from None
    except ValueError:
        raise MediaError("PDFium failed on this file; repair the PDF, or print it to a new one") from None
    if "error" in answer:
        raise MediaError(_reason(answer["error"]))
    return answer, rest


def _reason(error: str) -> str:
    """Why PDFium refuses a file, and what to do."""
    if "password" in error.lower():
        return "the PDF is encrypted; save a copy without its password first"
    if "security" in error.lower():
        return "the PDF is encrypted in a way that PDFium does not know; save a copy without it first"
    return f"the PDF {DAMAGED}"
