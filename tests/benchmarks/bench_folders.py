"""A folder of images, counted from memory, against opening and reading the first 64 KiB of each file."""

import io
import os
import random
import struct
import subprocess
import sys
import time
import zlib
from functools import cache

from registry import ROOT, Measured, Missing, benchmark, scratch

FILES, QUICK_FILES = 20_000, 8_000
MANY_FILES = 1_000_000
"""Files of the folder whose memory is measured."""

BASES = 40
"""So many different images; the files of the folder are links to them."""

FORMS = ("jpg",) * 6 + ("png",) * 2 + ("webp",) * 2
ENOUGH = 20_000
"""Files a second and core that are enough on any machine."""

FLOOR = f"{ENOUGH:,} files a second, or half as many as are opened and read 64 KiB of"

MOST_MEMORY = 150
"""Most MiB that a folder of any size may take."""

READ = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in sorted(names):
        with open(os.path.join(folder, name), "rb") as file:
            file.read(65536)
"""


def image(form: str, width: int, height: int, seed: int) -> bytes:
    """A file of that form and size, as large as a photo is; its pixels are noise."""
    noise = random.Random(seed)
    if form == "png":
        pixels = zlib.compress(noise.randbytes(1000)) + noise.randbytes(width * height)
        pieces = [_chunk(b"IDAT", pixels[at : at + 65536]) for at in range(0, len(pixels), 65536)]
        head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + b"".join(pieces) + _chunk(b"IEND", b"")
    from PIL import Image

    out = io.BytesIO()
    tags = Image.Exif()
    tags[0x010F], tags[0x0112] = "Camera", noise.choice((1, 1, 1, 6, 8))
    Image.effect_noise((width // 8, height // 8), 90).resize((width, height)).convert("RGB").save(
        out, {"jpg": "JPEG", "webp": "WEBP"}[form], exif=tags, **({"method": 0} if form == "webp" else {})
    )
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@cache
def folder(files: int) -> str:
    """A folder of images of 1 to 12 megapixels: 60 % JPEG, 20 % PNG, 20 % WebP."""
    root = scratch()
    (root / "bases").mkdir()
    sizes, names = random.Random(1), []
    for number in range(BASES):
        pixels, ratio = sizes.uniform(1e6, 12e6), sizes.choice((4 / 3, 3 / 2, 16 / 9, 1, 3 / 4))
        form = FORMS[number % len(FORMS)]
        names.append(root / "bases" / f"{number:03}.{form}")
        names[-1].write_bytes(image(form, int((pixels * ratio) ** 0.5), int((pixels / ratio) ** 0.5), number))
    for number in range(files):
        name = names[number % BASES]
        (root / "all" / f"{number // 5000:03}").mkdir(parents=True, exist_ok=True)
        os.link(name, root / "all" / f"{number // 5000:03}" / f"{number:07}{name.suffix}")
    return str(root / "all")


def environment() -> dict[str, str]:
    """The environment of a process that is measured: it runs from compiled files, with the default model."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "VTOK_MODEL")}


def seconds(*arguments: str) -> float:
    """User and system time of one process, which runs from compiled files."""
    try:
        import resource
    except ImportError:
        raise Missing("a system that tells processor time") from None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.devnull, "wb") as nowhere:
        subprocess.run([sys.executable, *arguments], check=True, stdout=nowhere, env=environment(), cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


PEAK_OF_ANY = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def most_memory(*arguments: str) -> float:
    """MiB that a command of vtok takes: the most of any of its processes."""
    if not sys.platform.startswith("linux"):
        raise Missing("a system that tells memory in KiB")
    command = [sys.executable, "-c", PEAK_OF_ANY, sys.executable, "-m", "vtok", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(done.stdout) / 1024


def count(where: str, *more: str) -> list[str]:
    return ["-m", "vtok", "count", where, *more]


def against_reading(quick: bool, *more: str) -> Measured:
    files = QUICK_FILES if quick else FILES
    where = folder(files)
    seconds("-c", READ, where)
    ours, floors = [], []
    for _ in range(3 if quick else 7):
        ours.append(seconds(*count(where, "--jobs", "1", *more)) - seconds(*count("9x9", *more)))  # without start-up
        floors.append(seconds("-c", READ, where) - seconds("-c", "import os"))
    allowed = max(2 * min(floors), files / ENOUGH)
    note = (
        f"{files / min(ours):,.0f} files a second and core; {min(ours) / min(floors):.2f} times reading 64 KiB of each"
    )
    return Measured(min(ours) / allowed, note)


@benchmark("vtok count -q FOLDER", floor=FLOOR, limit=1)
def quiet(quick: bool) -> Measured:
    return against_reading(quick, "-q")


@benchmark("vtok count FOLDER", floor=FLOOR, limit=1)
def rows(quick: bool) -> Measured:
    return against_reading(quick)


@benchmark("vtok count --jobs 2 FOLDER, by the clock", floor="vtok count --jobs 1 FOLDER")
def two_processes(quick: bool) -> Measured:
    if (os.cpu_count() or 1) < 2 or not hasattr(os, "fork"):
        raise Missing("a second core")
    where = folder(QUICK_FILES if quick else FILES)
    times: dict[str, list[float]] = {"1": [], "2": []}
    for _ in range(2 if quick else 5):
        for jobs, taken in times.items():
            start = time.perf_counter()
            seconds(*count(where, "-q", "--jobs", jobs))
            taken.append(time.perf_counter() - start)
    return Measured(min(times["2"]) / min(times["1"]))


@benchmark("memory of vtok count -q FOLDER, a million links", floor=f"{MOST_MEMORY} MiB", limit=1)
def memory(quick: bool) -> Measured:
    files = QUICK_FILES if quick else MANY_FILES
    peak = most_memory("count", "-q", "--total", folder(files))
    return Measured(peak / MOST_MEMORY, f"{peak:.0f} MiB of one process, {files:,} links")
