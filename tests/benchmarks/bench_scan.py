"""Data sets: ten million rows of widths and heights against pyarrow's own reading, and images in tar files."""

import io
import statistics
import subprocess
import sys
import tarfile
import time
from functools import cache
from pathlib import Path

from bench_folders import environment, most_memory, seconds
from registry import ROOT, Measured, Missing, benchmark, scratch

ROWS, QUICK_ROWS = 10_000_000, 1_000_000
IMAGES, QUICK_IMAGES = 20_000, 4_000
SHARDS = 4
MOST_MEMORY = 300
"""Most MiB that a scan of any number of rows may take."""

READ = """
import sys
import pyarrow.parquet as pq

for batch in pq.ParquetFile(sys.argv[1]).iter_batches(columns=["width", "height"]):
    pass
"""
FIRST_BYTES = """
import sys, tarfile

for name in sys.argv[1:]:
    with tarfile.open(name, "r:") as archive:
        for member in archive:
            archive.fileobj.seek(member.offset_data)
            archive.fileobj.read(min(member.size, 65536))
"""


@cache
def folder() -> Path:
    return scratch()


@cache
def table(rows: int) -> str:
    """A parquet file of so many sizes of images, in row groups of a million."""
    try:
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise Missing(str(error.name)) from None
    path = folder() / f"sizes-{rows}.parquet"
    sides = np.random.default_rng(1)
    schema = pa.schema([("width", pa.int32()), ("height", pa.int32())])
    with pq.ParquetWriter(path, schema) as writer:
        for _ in range(rows // 1_000_000):
            columns = {name: sides.integers(64, 4097, 1_000_000).astype(np.int32) for name in schema.names}
            writer.write_table(pa.table(columns, schema=schema))
    return str(path)


@cache
def tars(images: int) -> list[str]:
    """Tar files of photos of some hundred kilobytes, as WebDataset has them."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(ROOT / "samples" / "photo.jpg") as image:
        image.resize((1008, 756)).save(out, "JPEG", exif=image.getexif())
    photo = out.getvalue()
    paths = [str(folder() / f"{images}-{number}.tar") for number in range(SHARDS)]
    for path in paths:
        with tarfile.open(path, "w") as archive:
            for i in range(images // SHARDS):
                member = tarfile.TarInfo(f"{i:06}.jpg")
                member.size = len(photo)
                archive.addfile(member, io.BytesIO(photo))
    return paths


def elapsed(*command: str) -> float:
    """Seconds by the clock of one process, which runs from compiled files."""
    start = time.perf_counter()
    nowhere = subprocess.DEVNULL
    subprocess.run([sys.executable, *command], check=True, stdout=nowhere, stderr=nowhere, env=environment(), cwd=ROOT)
    return time.perf_counter() - start


def compared(ours: list[str], floor: list[str], *, output: Path, things: int, quick: bool) -> Measured:
    """The median of paired runs of whole processes, and how many things vtok counts in a second.

    Each scan writes a new file: to free the old one's space on the disk is no part of it.
    """
    pairs = []
    for _ in range(2 if quick else 5):
        output.unlink(missing_ok=True)
        pairs.append((elapsed("-m", "vtok", *ours, "-o", str(output)), elapsed(*floor)))
    rate = things / statistics.median(mine for mine, _ in pairs)
    return Measured(statistics.median(mine / other for mine, other in pairs), f"{rate:,.0f} a second")


@benchmark("vtok scan, ten million sizes in parquet", floor="pyarrow reads the two columns", limit=3)
def sizes(quick: bool) -> Measured:
    rows = QUICK_ROWS if quick else ROWS
    output = folder() / "lengths.parquet"
    return compared(["scan", table(rows)], ["-c", READ, table(rows)], output=output, things=rows, quick=quick)


@benchmark("memory of vtok scan, ten million sizes in parquet", floor=f"{MOST_MEMORY} MiB", limit=1)
def memory(quick: bool) -> Measured:
    rows = QUICK_ROWS if quick else ROWS
    peak = most_memory("scan", table(rows), "-o", str(folder() / "lengths.parquet"))
    return Measured(peak / MOST_MEMORY, f"{peak:.0f} MiB of one process, {rows:,} rows")


@benchmark("vtok scan, photos in tar files, start-up apart", floor="tarfile, reading 64 KiB of each photo", limit=2)
def photos(quick: bool) -> Measured:
    images = QUICK_IMAGES if quick else IMAGES
    output = str(folder() / "photos.parquet")

    def taken(paths: list[str]) -> tuple[float, float]:
        return (
            seconds("-m", "vtok", "scan", *paths, "-o", output, "--jobs", "1"),
            seconds("-c", FIRST_BYTES, *paths),
        )

    few = [taken(tars(SHARDS)) for _ in range(2 if quick else 5)]
    many = [taken(tars(images)) for _ in range(2 if quick else 5)]
    ours, floor = (min(pair[i] for pair in many) - min(pair[i] for pair in few) for i in (0, 1))
    return Measured(ours / floor, f"{images / ours:,.0f} photos a second and core")
