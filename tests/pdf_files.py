"""PDFs made by hand: pages of any dictionary, compressed objects, damages."""

import zlib
from collections.abc import Sequence


def pdf(pages: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF whose pages have these entries and nothing on them."""
    kids = b" ".join(b"%d 0 R" % (3 + i) for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids),
        *(b"<< /Type /Page /Parent 2 0 R %s >>" % page for page in pages),
    ]
    written, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start, size = len(written), len(objects) + 1
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return written + b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)


def with_object_stream(page: bytes) -> bytes:
    """A PDF of one page of these entries, whose objects lie in a compressed stream (ISO 32000-2, 7.5.7 and 7.5.8)."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", b"<< %s >>" % page]
    places, inner = [], b""
    for content in objects:
        places.append(len(inner))
        inner += content + b" "
    index = b" ".join(b"%d %d" % (number, place) for number, place in enumerate(places, 1)) + b" "
    packed = zlib.compress(index + inner)
    head = b"%PDF-1.7\n"
    stream = (
        b"4 0 obj\n<< /Type /ObjStm /N 3 /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
    )
    body = head + stream % (len(index), len(packed), packed)
    rows = [(0, 0, 65535), *((2, 4, i) for i in range(3)), (1, len(head), 0), (1, len(body), 0)]
    table = zlib.compress(b"".join(bytes([kind]) + a.to_bytes(4, "big") + b.to_bytes(2, "big") for kind, a, b in rows))
    cross = b"5 0 obj\n<< /Type /XRef /Size 6 /W [1 4 2] /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n%s"
    cross += b"\nendstream\nendobj\n"
    return body + cross % (len(table), table) + b"startxref\n%d\n%%%%EOF\n" % len(body)


WHOLE = pdf([b"/MediaBox [0 0 612 792]"])
ENCRYPTED = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<00> <00>]" % (
    b"11" * 32,
    b"22" * 32,
)
DAMAGES = [
    (b"%PDF-1.7\ngarbage", "the PDF is damaged"),
    (WHOLE[:40], "the PDF is damaged"),
    (pdf([]), "the PDF is damaged"),
    (pdf([b"/MediaBox [0 0 612 792]"], ENCRYPTED), "the PDF is encrypted; save a copy without its password first"),
    (pdf([b"/MediaBox [0 0 612 792]"], b"/Encrypt << /Filter /None >>"), "the PDF is encrypted"),
    (b"", "the file is empty"),
]
"""What makes a PDF unreadable, and how that is told."""
