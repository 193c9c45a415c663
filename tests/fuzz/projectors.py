"""Damaged projectors: `python tests/fuzz/projectors.py [SEED [FILES]]` counts with files whose bytes were changed.

Each file is one of the converters', with some of its bytes, lengths, counts or numbers changed, cut off or repeated.
Whatever is in it, vtok counts or raises a VtokError of one line. Prints the numbers of both, the longest time of one
file in seconds of this process, and how much memory the process took more at its peak than before.
"""

import random
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from gguf_files import PROJECTORS, write

import vtok
from vtok import checkpoints
from vtok.values import Media, Size

LENGTHS = (0, 1, 2, 7, 255, 2**16, 2**20, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
NUMBERS = (0, 1, 2, 3, 7, 13, 14, 64, 255, 4095, 8191, 8192, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)
SIZES = ((640, 480), (1, 1), (3000, 100), (9000, 7000))


def mutated(data: bytes, random_: random.Random) -> bytes:
    """The bytes with one to four changes; in every other file only numbers are changed, and the form is whole."""
    changed = bytearray(data)
    if random_.random() < 0.5:
        for _ in range(random_.choice((1, 1, 2, 3))):
            numbers_of(changed, random_)
        return bytes(changed)
    for _ in range(random_.choice((1, 1, 2, 4))):
        at = random_.randrange(len(changed)) if changed else 0
        kind = random_.randrange(6)
        if kind == 0:
            changed[at : at + 1] = bytes([random_.randrange(256)])
        elif kind == 1:
            del changed[at:]
        elif kind == 2:
            changed[at : at + 8] = struct.pack("<Q", random_.choice(LENGTHS))
        elif kind == 3:
            changed[at : at + 4] = struct.pack("<I", random_.choice(NUMBERS))
        elif kind == 4:
            start = random_.randrange(len(changed)) if changed else 0
            changed[at:at] = changed[start : start + random_.randrange(200)]
        else:
            del changed[at : at + random_.randrange(1, 40)]
    return bytes(changed)


def numbers_of(data: bytearray, random_: random.Random) -> None:
    """Change the number of one of the keys below clip.vision, which stands behind the name and its type."""
    places = [at for at in range(len(data)) if data.startswith((b"_size", b"_factor", b"_pixels", b"_tiles"), at)]
    if places:
        at = data.find(b"\x04\x00\x00\x00", random_.choice(places)) + 4
        data[at : at + 4] = struct.pack("<I", random_.choice((*NUMBERS, random_.randrange(2**32))))


def mutations(seed: int, files: int, folder: Path) -> Iterator[bytes]:
    """So many changed files, each as its bytes."""
    random_ = random.Random(seed)
    whole = [Path(write(folder / "whole.gguf", keys)).read_bytes() for keys in PROJECTORS.values()]
    return (mutated(random_.choice(whole), random_) for _ in range(files))


def count_with(path: Path, data: bytes) -> str:
    """What comes of a file with these bytes: "read", or the name of the VtokError with which it is refused."""
    path.write_bytes(data)
    try:
        family = checkpoints.get(str(path))
    except vtok.VtokError as error:
        return type(error).__name__ if "\n" not in str(error) else f"several lines: {error!r}"
    for height, width in SIZES:
        with suppress(vtok.VtokError):
            family.layout(Media(size=Size(height, width))).to_dict()
    return "read"


def main(seed: int, files: int) -> None:
    """Count with so many files, and print what came of it."""
    import resource  # which Windows does not have

    outcomes: Counter[str] = Counter()
    slowest, before = 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(mutations(seed, files, Path(folder))):
            start = time.process_time()
            try:
                outcomes[count_with(Path(folder) / "mmproj.gguf", data)] += 1
            except BaseException:
                print(f"file {number} of seed {seed}:", data.hex())
                raise
            slowest = max(slowest, time.process_time() - start)
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"seed {seed}: {files:,} files, {dict(outcomes)}")
    print(f"{slowest:.3f} s at most, {more / 1024:.0f} MB more at the peak")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, int(sys.argv[2]) if len(sys.argv) > 2 else 20_000)
