"""Reads pages of a PDF with PDFium: a program of its own, since a hostile file may crash PDFium, or never end.

The request is one JSON object on standard input: `path`, and `pages` as pairs of first and last, from 1 on; or
`render`, a page, with `width` and `height` in pixels. The answer is one JSON object in a line on standard output, or
`error`; behind it come the pixels of a rendered page, red, green and blue.
"""

import json
import mmap
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

MOST_MEMORY = 4 * 2**30
"""Bytes of address space."""
MOST_SECONDS = 60
MOST_INFLATED = 2**26
"""Bytes of a compressed stream of objects that are looked at."""
UNIT = re.compile(rb"/UserUnit\s*(\d{0,6}\.?\d{1,12})(?![\d.])")
"""Pixels are 1/72 of an inch times this number (ISO 32000-2, 7.7.3.3). PDFium does not read it."""


def main() -> None:
    """Answer the request."""
    with suppress(ImportError, ValueError, OSError):  # Windows, or a lower limit already
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    request, pixels = json.loads(sys.stdin.buffer.read()), b""
    try:
        answer, pixels = _answered(request)
    except BaseException as error:
        answer = {"error": " ".join(str(error).split())[:160] or type(error).__name__}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + pixels)


def _answered(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    import pypdfium2

    document = pypdfium2.PdfDocument(request["path"])
    total = len(document)
    if "render" in request:
        return {}, _rendered(document[request["render"] - 1], request["width"], request["height"])
    units = _has_units(request["path"])
    sizes = []
    for first, last in request["pages"] or [[1, min(total, request["most"])]]:
        for number in range(first, min(last, total) + 1):
            try:
                width, height = document.get_page_size(number - 1)
                unit = _unit(pypdfium2, document, number - 1) if units else 1.0
            except pypdfium2.PdfiumError:
                sizes.append([number])
            else:
                sizes.append([number, width * unit, height * unit])
    return {"total": total, "sizes": sizes}, b""


def _rendered(page: Any, width: int, height: int) -> bytes:
    """The page stretched over so many pixels: three bytes for each."""
    from pypdfium2 import raw

    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, None, 0)
    raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
    raw.FPDF_RenderPageBitmap(bitmap, page.raw, 0, 0, width, height, 0, flags)
    stride, data = raw.FPDFBitmap_GetStride(bitmap), raw.FPDFBitmap_GetBuffer(bitmap)
    import ctypes

    lines = ctypes.string_at(data, stride * height)
    return b"".join(lines[row * stride : row * stride + 3 * width] for row in range(height))


def _unit(pypdfium2: Any, document: Any, index: int) -> float:
    """The UserUnit of a page. PDFium writes a copy of the page alone, in which the number stands in the open."""
    alone, copy = pypdfium2.PdfDocument.new(), BytesIO()
    alone.import_pages(document, [index])
    alone.save(copy)
    match = UNIT.search(copy.getvalue())
    unit = float(match[1]) if match else 1.0
    return unit if unit > 0 else 1.0


def _has_units(path: str) -> bool:
    """Whether any page may have a UserUnit: the name stands in the open, or in a compressed stream of objects."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(b"/UserUnit") >= 0 or any(b"/UserUnit" in part for part in _objects(data))


def _objects(data: mmap.mmap) -> Iterator[bytes]:
    """The compressed streams of objects in a file."""
    for match in re.finditer(rb"/ObjStm", data):
        start = data.find(b"stream", match.end(), match.end() + 4096)
        if start >= 0:
            with suppress(zlib.error):
                begin = start + (8 if data[start + 6 : start + 7] == b"\r" else 7)
                yield zlib.decompressobj().decompress(data[begin : begin + MOST_INFLATED], MOST_INFLATED)


if __name__ == "__main__":
    main()
