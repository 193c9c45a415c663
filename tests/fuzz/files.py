"""Whole files of every kind that vtok reads, and ways to damage them by their bytes."""

import io
import json
import random
import struct
import sys
import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz import pdfs, texts
from fuzz.image_files import damaged as damaged_image
from fuzz.projectors import mutated as damaged_projector

TESTS = Path(__file__).parent.parent
NUMBERS = (0, 1, 2, 3, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)
IMAGES = ("tif", "bmp", "ico", "jp2", "avif", "ppm", "tga", "pcx", "dds", "sgi")


@cache
def media() -> dict[str, bytes]:
    """Images and videos by the names that their files may have."""
    import av
    from PIL import Image

    contents = {path.name: path.read_bytes() for path in (TESTS / "hostile").iterdir() if path.suffix != ".md"}
    for ending in IMAGES:
        out = io.BytesIO()
        Image.linear_gradient("L").resize((48, 32)).convert("RGB").save(
            out, Image.registered_extensions()["." + ending]
        )
        contents[f"image.{ending}"] = out.getvalue()
    for form in ("mp4", "matroska", "avi", "mpegts", "flv"):
        stream_of = io.BytesIO()
        with av.open(stream_of, "w", format=form) as container:
            stream = container.add_stream("flv1" if form == "flv" else "mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for _ in range(4):
                container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
            container.mux(stream.encode())
        contents[f"video.{form}"] = stream_of.getvalue()
    return contents


@cache
def projectors() -> list[bytes]:
    """GGUF files of projectors."""
    from gguf_files import PROJECTORS, write

    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.gguf"
        files = []
        for name in sorted(PROJECTORS)[:6]:
            write(path, PROJECTORS[name])
            files.append(path.read_bytes())
    return files


@cache
def data_sets() -> dict[str, bytes]:
    """Shards of data sets, by the names that tell what they are."""
    import pyarrow as pa
    from pyarrow import ipc, parquet

    image = next(data for name, data in media().items() if name == "corrupt-exif.jpg")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, data in {"a.jpg": image, "a.json": b'{"x": 1}', "b.ppm": media()["image.ppm"]}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    table = pa.table({"key": ["a", "b", "c"], "width": [640, 1, 2**40], "height": [480, -3, 7]})
    images = pa.table({"image": [{"bytes": image, "path": "a.jpg"}, {"bytes": b"", "path": None}]})
    columns, rows, arrow = io.BytesIO(), io.BytesIO(), io.BytesIO()
    parquet.write_table(table, columns)
    parquet.write_table(images, rows)
    with ipc.new_file(arrow, images.schema) as writer:
        writer.write_table(images)
    talk = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,x"}}]}]}
    lines = "\n".join(json.dumps(line) for line in ({"width": 3, "height": 2**70}, talk, {"image": "none.jpg"}))
    return {
        "x.tar": archive.getvalue(), "sizes.parquet": columns.getvalue(), "images.parquet": rows.getvalue(),
        "x.arrow": arrow.getvalue(), "x.jsonl": lines.encode(),
    }  # fmt: skip


def damaged(data: bytes, rng: random.Random) -> bytes:
    """The bytes with one to four changes: bits, numbers, pieces cut out, doubled or moved, the end missing."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(changed) + 1)
        end = at + rng.choice((1, 4, 16, 200))
        kind = rng.randrange(6)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            number = rng.choice(NUMBERS)
            changed[at : at + 4] = struct.pack(rng.choice("<>") + "I", number)
        elif kind == 2:
            del changed[at:end]
        elif kind == 3:
            changed[at:at] = changed[at:end] * rng.choice((1, 2, 50))
        elif kind == 4:
            to = rng.randrange(len(changed) + 1)
            changed[to:to] = changed[at:end]
        elif kind == 5 and rng.random() < 0.3:
            del changed[at:]
    return bytes(changed)


def _is_of(name: str, target: str) -> bool:
    """Whether a data set is a table that Arrow's C++ reads, or one that vtok reads itself."""
    return (target == "tables") == name.endswith((".parquet", ".arrow"))


def made(target: str, seed: int, number: int) -> tuple[str, bytes]:
    """The name and the content of the damaged file of that number."""
    rng = random.Random(f"{target} {seed} {number}")
    if target == "images":
        form, data = damaged_image(rng)
        return f"x.{form}", data
    if target in texts.MADE:
        return f"x.{target}", texts.MADE[target](rng)
    if target == "pages":
        return "x.pdf", pdfs.made(rng)
    if target == "projectors":
        return "x.gguf", damaged_projector(rng.choice(projectors()), rng)
    files = media() if target == "media" else {name: data for name, data in data_sets().items() if _is_of(name, target)}
    name = rng.choice(sorted(files))
    data = files[name]
    if rng.random() < 0.1:
        data += files[rng.choice(sorted(files))]
    return name, damaged(data, rng)
