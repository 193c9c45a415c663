"""The readers of headers against Pillow, on damaged files: where a reader answers, Pillow gives the same answer.

    python -m tests.fuzz.headers --count 1000000 --seed 1

Two judges: vtok's own way through Pillow (`media.image`), which reads headers only, and Pillow as everybody uses it,
which decodes the image; the latter counts where it can decode. A failure's seed and number make its file again.
"""

import argparse
import io
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from vtok.media import headers, image
from vtok.media.headers.window import Facts

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz.image_files import damaged

DECODED = 4
"""Pillow decodes one of so many files."""


def by_vtok(data: bytes) -> Facts | None:
    """What the readers of headers say."""
    return headers.of_file(io.BytesIO(data))


def by_pillow(data: bytes) -> Facts | str:
    """What vtok says by way of Pillow; the reason where it refuses the file."""
    form = {b"\xff\xd8": "JPEG", b"\x89P": "PNG", b"RI": "WEBP", b"GI": "GIF"}[data[:2]]
    try:
        media = image.measure(io.BytesIO(data), form, "")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    height, width = media.size
    return Facts(media.format, width, height, media.orientation, media.images_in_file, media.truncated)


def decoded_by_pillow(data: bytes) -> tuple[int, int, int] | None:
    """Width, height and orientation of the decoded image; None where Pillow cannot decode it."""
    with warnings.catch_warnings(action="ignore"):
        try:
            with Image.open(io.BytesIO(data)) as im:
                width, height = im.size
                turn = im.getexif().get(0x0112, 1)
                im.load()
        except Exception:
            return None
    return width, height, turn if turn in range(2, 9) else 1


def compare(seed: int, count: int, first: int = 0) -> Iterator[tuple[int, str, bytes, str]]:
    """Number, outcome, file and difference of each damaged file; the difference is empty where there is none."""
    for number in range(first, first + count):
        form, data = damaged(random.Random(f"{seed} {number}"))
        answer = by_vtok(data)
        if answer is None:
            yield number, f"{form} left to Pillow", data, ""
            continue
        judge = by_pillow(data)
        difference = "" if judge == answer else f"header {answer}, Pillow {judge}"
        if not difference and number % DECODED == 0:
            decoded = decoded_by_pillow(data)
            if decoded and decoded != (answer.width, answer.height, answer.orientation):
                difference = f"header {answer}, decoded {decoded}"
        yield number, f"{form} read", data, difference


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", help="write the files that differ to this folder")
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    differences, start = 0, time.monotonic()
    for number, outcome, data, difference in compare(options.seed, options.count, options.first):
        outcomes[outcome] += 1
        if difference:
            differences += 1
            print(f"seed {options.seed} number {number}: {outcome}: {difference}", flush=True)
            if options.keep:
                with open(f"{options.keep}/{options.seed}-{number}.{outcome.split()[0]}", "wb") as file:
                    file.write(data)
    print(
        f"seed {options.seed}: {options.count:,} files in {time.monotonic() - start:.0f} s: {differences} differences"
    )
    for outcome, number in sorted(outcomes.items()):
        print(f"  {outcome}: {number:,}")
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
