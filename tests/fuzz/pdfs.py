"""Damaged PDFs of one page: boxes, rotations and units of nonsense, and bytes changed in the file around them."""

import random

from pdf_files import ENCRYPTED, pdf, with_object_stream

NUMBERS = (
    b"0", b"-1", b"1", b"612", b"0.0001", b"1e9", b"-0", b".", b"2147483648", b"9" * 30, b"nan", b"(x)", b"3 0 R",
    b"null",
)  # fmt: skip
"""What may stand where a PDF has a number."""

BOXES = (b"/MediaBox", b"/CropBox", b"/TrimBox", b"/BBox")
LETTER = b"/MediaBox [0 0 612 792]"


def page(rng: random.Random) -> bytes:
    """The entries of a page."""
    entries = [LETTER] if rng.random() < 0.7 else []
    for name in rng.sample(BOXES, rng.randrange(3)):
        numbers = rng.choices(NUMBERS, k=rng.choice((4, 4, 4, 3, 0, 9)))
        entries.append(b"%s [%s]" % (name, b" ".join(numbers)))
    if rng.random() < 0.5:
        entries.append(b"/Rotate %s" % rng.choice((b"90", b"45", b"-270", *NUMBERS)))
    if rng.random() < 0.5:
        entries.append(b"/UserUnit %s" % rng.choice((b"2", b"75000", b"0.0", b"9" * 400, *NUMBERS)))
    return b" ".join(entries)


def made(rng: random.Random) -> bytes:
    """A PDF of one page; in two of three, a few bytes are changed, cut out or doubled."""
    form = rng.randrange(3)
    data = with_object_stream(b"/Type /Page /Parent 2 0 R " + page(rng)) if form == 0 else pdf([page(rng)])
    if form == 1 and rng.random() < 0.3:
        data = pdf([page(rng)], ENCRYPTED)
    changed = bytearray(data)
    for _ in range(rng.choice((0, 1, 4))):
        at = rng.randrange(len(changed))
        end = at + rng.choice((1, 8, 60))
        kind = rng.randrange(4)
        if kind == 0:
            changed[at] = rng.randrange(256)
        elif kind == 1 and len(changed) > 100:
            del changed[at:end]
        elif kind == 2:
            changed[at:at] = changed[at:end]
        else:
            changed[at:end] = rng.choice(NUMBERS)
    return bytes(changed)
