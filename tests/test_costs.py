"""What measuring may cost: at most a second and 150 MB for any file of up to 100 MB, whatever it says of itself.

Memory and processor time are those of a process of its own. The bound on time has room for a busy machine: the files
are such that a reader that believes them takes ten times as long.
"""

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

MEASURE = """
import sys, time
import vtok
try:
    media = vtok.probe(sys.argv[1])
    answer = f"{media.size.width}x{media.size.height}"
except vtok.MediaError as error:
    answer = str(error)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(f"{int(peak.split()[1]) // 1024} {time.process_time():.2f} {answer}")
"""
MIB, SECONDS = 150, 3.0


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, before: bytes = b"", behind: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(9 * 8)))
    return b"\x89PNG\r\n\x1a\n" + header + before + pixels + behind + chunk(b"IEND", b"")


def icon() -> bytes:
    inside = png(65_000, 65_000)
    return struct.pack("<3H4B2H2I", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(inside), 22) + inside


def jpeg(samples: Path, between: bytes) -> bytes:
    whole = (samples / "cat.jpg").read_bytes()
    return whole[:2] + between + whole[2:]


def ebml(kind: bytes, data: bytes) -> bytes:
    return kind + b"\x01" + len(data).to_bytes(7, "big") + data


def matroska(frames: int) -> bytes:
    """A video of so many frames of one byte each."""
    size = ebml(b"\xb0", b"\0\x40") + ebml(b"\xba", b"\0\x30")
    track = ebml(b"\xd7", b"\1") + ebml(b"\x83", b"\1") + ebml(b"\x86", b"V_MPEG4/ISO/ASP") + ebml(b"\xe0", size)
    blocks = b"\xa3\x85\x81\0\0\x80\0" * frames
    parts = ebml(b"\x16T\xaek", ebml(b"\xae", track)) + ebml(b"\x1fC\xb6u", ebml(b"\xe7", b"\0") + blocks)
    return ebml(b"\x1aE\xdf\xa3", ebml(b"B\x82", b"matroska")) + ebml(b"\x18S\x80g", parts)


def boxes(number: int) -> bytes:
    """An mp4 of so many empty boxes."""
    return b"\0\0\0\x14ftypisom\0\0\0\0isom" + b"\0\0\0\x08free" * number


FILES: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "an icon of 65,000 x 65,000": (lambda _: icon(), "65000x65000"),
    "100,000 EXIF segments": (lambda s: jpeg(s, (b"\xff\xe1\0\x66Exif\0\0" + bytes(94)) * 10**5), "more than"),
    "100 MB of fill bytes": (lambda _: b"\xff\xd8" + b"\xff" * 10**8, "more than"),
    "10 MB of zeros": (lambda _: b"\xff\xd8\xff" + bytes(10**7), "more than"),
    "1 million empty chunks": (lambda _: png(8, 8, chunk(b"teSt", b"") * 1_000_000), "more than"),
    "1 million chunks behind": (lambda _: png(8, 8, b"", chunk(b"tEXt", b"a\0b") * 1_000_000), "8x8"),
    "30 MB of text": (lambda _: b"some words and no line break " * 1_000_000, "text"),
    "100 MB of AVIF": (lambda _: b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(10**8), "48 MiB"),
    "100 MB of HEIC": (lambda _: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(10**8), "48 MiB"),
    "3 million frames": (lambda _: matroska(3_000_000), "states"),
    "10 million boxes": (lambda _: boxes(10**7), "states"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process's memory so")
def test_measuring_is_cheap(name: str, samples: Path, tmp_path: Path) -> None:
    make, expected = FILES[name]
    path = tmp_path / "file"
    path.write_bytes(make(samples))
    assert path.stat().st_size < 1.2e8
    command = [sys.executable, "-c", MEASURE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    path.unlink()
    assert done.stderr == ""
    mib, seconds, answer = done.stdout.strip().split(" ", 2)
    assert expected in answer
    assert int(mib) < MIB
    assert float(seconds) < SECONDS
