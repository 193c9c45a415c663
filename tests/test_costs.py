"""What measuring may cost: at most a second and 150 MB for any file of up to 100 MB, whatever it says of itself.

Each file is measured in a process of its own, which the system ends after a second of processor time.
"""

import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from heif_files import box, boxes, encoded
from PIL import Image

MEASURE = """
import signal, sys
import vtok
signal.setitimer(signal.ITIMER_PROF, float(sys.argv[2]))
try:
    media = vtok.probe(sys.argv[1])
    answer = f"{media.size.width}x{media.size.height}"
except vtok.MediaError as error:
    answer = str(error)
signal.setitimer(signal.ITIMER_PROF, 0)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(f"{int(peak.split()[1]) // 1024} {answer}")
"""
MIB, SECONDS = 150, 1.0


DRAW = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
from vtok.cli import main
main(["overlay", sys.argv[2], "-o", sys.argv[2] + ".png"])
"""
DRAWING = 2_000_000_000


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


def matroska(frames: int, frame: bytes = b"", codec: bytes = b"V_MPEG4/ISO/ASP", private: bytes = b"") -> bytes:
    """A video of so many frames; `private` is what the codec needs to know."""
    size = ebml(b"\xb0", b"\0\x40") + ebml(b"\xba", b"\0\x30")
    track = ebml(b"\xd7", b"\1") + ebml(b"\x83", b"\1") + ebml(b"\x86", codec) + ebml(b"\xe0", size)
    track += ebml(b"\x63\xa2", private) if private else b""
    block = ebml(b"\xa3", b"\x81\0\0\x80" + frame) if frame else b"\xa3\x85\x81\0\0\x80\0"
    blocks = block * frames
    parts = ebml(b"\x16T\xaek", ebml(b"\xae", track)) + ebml(b"\x1fC\xb6u", ebml(b"\xe7", b"\0") + blocks)
    return ebml(b"\x1aE\xdf\xa3", ebml(b"B\x82", b"matroska")) + ebml(b"\x18S\x80g", parts)


def empty_boxes(number: int) -> bytes:
    """An mp4 of so many empty boxes."""
    return b"\0\0\0\x14ftypisom\0\0\0\0isom" + b"\0\0\0\x08free" * number


def gif(images: bytes) -> bytes:
    return b"GIF89a\x08\0\x08\0\0\0\0" + images


def tags(number: int) -> bytes:
    """A Matroska file with so many tags, which its header points to behind the first cluster."""
    tag = b"ss\x88g\xc8\x85E\xa3\x82ab"
    header = ebml(b"\x1aE\xdf\xa3", ebml(b"B\x82", b"matroska"))
    cluster = ebml(b"\x1fC\xb6u", ebml(b"\xe7", b"\0"))
    seek = b""
    for _ in range(2):  # the length of the first part is known once it is made
        place = ebml(b"S\xac", struct.pack(">Q", len(seek + cluster)))
        seek = ebml(b"\x11M\x9bt", ebml(b"M\xbb", ebml(b"S\xab", b"\x12T\xc3g") + place))
    return header + ebml(b"\x18S\x80g", seek + cluster + ebml(b"\x12T\xc3g", tag * number))


def packets(number: int) -> bytes:
    """An MPEG program stream of so many packets of five bytes."""
    pack = b"\0\0\1\xba\x44\0\4\0\4\1\0\0\3\xf8"
    return (pack + b"\0\0\1\xe0\0\x08\x80\0\0abcde") * number


def codes(*numbers: int) -> str:
    """Numbers in Exp-Golomb code, as bits. Source: ITU-T H.264, 9.1."""
    return "".join(f"{number + 1:b}".zfill(2 * (number + 1).bit_length() - 1) for number in numbers)


def raw_8k() -> bytes:
    """A raw stream of H.264 of 8192 x 4320, 10 bits, with three colours for each pixel: 6 bytes.

    Source: ITU-T H.264, 7.3.2.1.1 (sequence), 7.3.2.2 (picture), 7.3.3 (slice).
    """
    sequence = f"{codes(0, 3)}0{codes(2, 2)}00{codes(0, 2, 1)}0{codes(8192 // 16 - 1, 4320 // 16 - 1)}1100"
    picture = f"{codes(0, 0)}00{codes(0, 0, 0)}000{codes(0, 0, 0)}000"
    frame = f"{codes(0, 7, 0)}0000{codes(0)}00{codes(0)}"
    parts = ((b"g\xf4\0\x3c", sequence), (b"h", picture), (b"e", frame + "01" * 200))
    return b"".join(b"\0\0\0\1" + unit(head, bits) for head, bits in parts)


def unit(head: bytes, bits: str) -> bytes:
    """A unit of H.264: a bit of 1 follows, then zeros."""
    length = len(bits) // 8 + 1
    return head + int((bits + "1").ljust(8 * length, "0"), 2).to_bytes(length, "big")


def transport(number: int) -> bytes:
    """A transport stream of packets that belong to no program; a unit of video begins in each."""
    return b"\x47\x41\0\x10\0\0\1\xe0\0\0\x80\x80\5\x21\0\1\0\1".ljust(188, b"\xff") * number


def packet(pid: int, payload: bytes, *, begins: bool = True) -> bytes:
    """A packet of a transport stream. Source: ISO/IEC 13818-1, 2.4.3.2."""
    return (struct.pack(">BHB", 0x47, begins << 14 | pid, 0x10) + payload).ljust(188, b"\xff")


def section(table: int, content: bytes) -> bytes:
    """A table of a transport stream, with its checksum. Source: ISO/IEC 13818-1, 2.4.4 and annex A."""
    data = struct.pack(">BHHBBB", table, 0xB000 | len(content) + 9, 1, 0xC1, 0, 0) + content
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = checksum << 1 & 0xFFFFFFFF ^ (0x04C11DB7 if checksum >> 31 else 0)
    return b"\0" + data + struct.pack(">I", checksum)


def programs(number: int) -> bytes:
    """A transport stream whose table has other programs each time, 40 of `number`."""
    table = [struct.pack(">HH", i + 1, 0xE000 | 0x100 + i) for i in range(number)]
    tables = [packet(0, section(0, b"".join(table[i : i + 40]))) for i in range(0, number, 40)]
    return b"".join(tables) * (10**7 // 188 // len(tables))


def units(number: int) -> bytes:
    """A transport stream of H.264 with so many units of five bytes in one frame."""
    stream = packet(0, section(0, b"\0\1\xe1\0")) + packet(0x100, section(2, b"\xff\xff\xf0\0\x1b\xe2\0\xf0\0"))
    stream += packet(0x200, b"\0\0\1\xe0\0\0\x80\0\0")
    return stream + packet(0x200, b"\0\0\1\x09\xf0" * 36, begins=False) * (number // 36)


def counted_units(number: int) -> bytes:
    """A Matroska video of H.264 with so many units of one byte in one frame, each behind its length.

    Source: ISO/IEC 14496-15, 5.2.4.1.1 (the record); ITU-T H.264, 7.3.2.1.1 (64 x 48 pixels).
    """
    sequence = unit(b"g\x42\0\x28", f"{codes(0, 0, 2, 1)}0{codes(3, 2)}1100")
    sets = (sequence, unit(b"h", f"{codes(0, 0)}00{codes(0, 0, 0)}000{codes(0, 0, 0)}000"))
    record = b"\1\x42\0\x28\xfc" + b"".join(b"\1" + struct.pack(">H", len(each)) + each for each in sets)
    return matroska(1, b"\1\x09" * number, b"V_MPEG4/ISO/AVC", record)


def sides(number: int) -> bytes:
    """An AVIF whose header states a size so many times."""
    handler = box(b"hdlr", bytes(8), b"pict", bytes(13))
    properties = box(b"iprp", box(b"ipco", box(b"ispe", bytes(12)) * number))
    return box(b"ftyp", b"avif\0\0\0\0mif1avif") + box(b"meta", bytes(4), handler, properties)


def coded(form: str, length: int) -> bytes:
    """An image whose coded data is said to be so long: zeros fill it up."""
    whole = encoded(form, Image.new("RGB", (64, 48)))
    parts = dict(boxes(whole))
    meta = bytearray(parts[b"meta"])
    data = parts[b"mdat"]
    place = meta.index(b"iloc") + 4
    version, sizes, items = struct.unpack_from(">B3xHH", meta, place)
    assert (version, sizes & ~0xF0, items) == (0, 0x4400, 1)
    at = place + 8 + 2 + 2 + (sizes >> 4 & 15) + 2
    start, size = struct.unpack_from(">II", meta, at)
    assert size == len(data) - 8
    struct.pack_into(">II", meta, at, start, length)
    return parts[b"ftyp"] + bytes(meta) + struct.pack(">I4s", 8 + length, b"mdat") + data[8:].ljust(length, b"\0")


FILES: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "an icon of 65,000 x 65,000": (lambda _: icon(), "65000x65000"),
    "100,000 EXIF segments": (lambda s: jpeg(s, (b"\xff\xe1\0\x66Exif\0\0" + bytes(94)) * 10**5), "more than"),
    "100 MB of fill bytes": (lambda _: b"\xff\xd8" + b"\xff" * 10**8, "more than"),
    "10 MB of zeros": (lambda _: b"\xff\xd8\xff" + bytes(10**7), "more than"),
    "1 million empty chunks": (lambda _: png(8, 8, chunk(b"teSt", b"") * 1_000_000), "more than"),
    "1 million chunks behind": (lambda _: png(8, 8, b"", chunk(b"tEXt", b"a\0b") * 1_000_000), "8x8"),
    "30 MB of text": (lambda _: b"some words and no line break " * 1_000_000, "text"),
    "10 million blocks of a GIF": (lambda _: gif(b",\0\0\0\0\x08\0\x08\0\0\2" + b"\1a" * 10**7), "8x8"),
    "1 million frames of a GIF": (lambda _: gif(b",\0\0\0\0\x08\0\x08\0\0\2\1a\0" * 10**6), "8x8"),
    "2 million tags": (lambda _: tags(2 * 10**6), "longer than any program writes"),
    "3 million packets": (lambda _: packets(3 * 10**6), "more packets than can be"),
    "1 million sides": (lambda _: sides(10**6), "more than 4 MiB"),
    "sound": (lambda _: b"\xff\xf1\x50\x80\0\xff\xfc" * 10**6, "only sound"),
    "100 MB of AVIF": (lambda _: b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(10**8), "48 MiB"),
    "100 MB of HEIC": (lambda _: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(10**8), "48 MiB"),
    "3 million frames": (lambda _: matroska(3_000_000), "states"),
    "a frame of 100 MB": (lambda _: matroska(1, bytes(10**8)), "a frame of more than 20 MiB"),
    "10 million units of AV1": (lambda _: matroska(1, b"\x12\0" * 10**7, b"V_AV1"), "64x48"),
    "10 million units of H.264": (lambda _: counted_units(10**7), "64x48"),
    "3 million units of HEVC": (
        lambda _: matroska(1, b"\0\0\1\x46\1\x50" * 3 * 10**6, b"V_MPEGH/ISO/HEVC"),
        "64x48",
    ),
    "4 million units in packets": (lambda _: units(4 * 10**6), "more packets than can be"),
    "2,560 programs": (lambda _: programs(2560), "more packets than can be"),
    "8K without a container": (lambda _: raw_8k(), "8192x4320"),
    "500,000 packets of no program": (lambda _: transport(500_000), "more packets than can be"),
    "10 million boxes": (lambda _: empty_boxes(10**7), "states"),
}


def measured(path: Path, seconds: float = SECONDS) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", MEASURE, str(path), str(seconds)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process's memory so")
def test_measuring_is_cheap(name: str, samples: Path, tmp_path: Path) -> None:
    make, expected = FILES[name]
    path = tmp_path / "file"
    path.write_bytes(make(samples))
    assert path.stat().st_size < 1.2e8
    done = measured(path)
    path.unlink()
    assert (done.returncode, done.stderr) == (0, "")
    mib, answer = done.stdout.strip().split(" ", 1)
    assert expected in answer
    assert int(mib) < MIB


@pytest.mark.posix
def test_a_process_that_takes_longer_is_ended(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(FILES["3 million frames"][0](samples))
    assert measured(tmp_path / "file", 0.02).returncode == -signal.SIGPROF


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process's memory so")
@pytest.mark.parametrize("form", ["AVIF", "HEIF"])
def test_coded_images_are_not_read(form: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(coded(form, 10**8))
    done = measured(path)
    path.unlink()
    mib, answer = done.stdout.strip().split(" ", 1)
    assert (done.returncode, answer) == (0, "64x48")
    assert int(mib) < 60


def clear_png(width: int, height: int) -> bytes:
    """An image of transparent pixels, the colours that take the most memory."""
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(1 + 4 * width)) for _ in range(height)) + packer.flush()
    header = struct.pack(">2I5B", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def drawn(path: Path, most: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", DRAW, str(most), str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a size")
@pytest.mark.parametrize(("most", "outcome"), [(DRAWING, (0, "")), (DRAWING // 4, (1, "memory"))])
def test_drawing_has_a_bound(most: int, outcome: tuple[int, str], tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(clear_png(2**13, 2**13))  # the largest that is decoded
    done = drawn(path, most)
    assert (done.returncode, outcome[1] in done.stderr) == (outcome[0], True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a size")
def test_drawing_a_video_of_8k_has_the_same_bound(tmp_path: Path) -> None:
    import av

    path = tmp_path / "large.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 7680, 4320, "yuvj444p"
        for time in range(2):
            frame = av.VideoFrame(7680, 4320, "yuvj444p")
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts = time
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    done = drawn(path, DRAWING)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_larger_image_is_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(png(2**13, 2**13 + 1))
    Image.new("L", (2**13, 2**13 + 1)).save(tmp_path / "large.jpg", progressive=True)
    for name in ("large.png", "large.jpg"):
        done = drawn(tmp_path / name, DRAWING)
        assert done.returncode == 1
        assert "more than 67 megapixels would be decoded" in done.stderr
