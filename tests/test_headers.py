"""The readers of headers: which files they read without Pillow, how little of each, and that Pillow says the same."""

import io
import struct
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fuzz import headers as fuzz
from fuzz.image_files import PLAIN, chunk, files, png, tiff

from vtok.media import headers, probe
from vtok.media.headers.window import Facts

COUNT = 4000
"""Damaged files compared in each test run; `python -m tests.fuzz.headers --count 1000000` compares more."""


def test_damaged_files_are_read_as_pillow_reads_them() -> None:
    outcomes: Counter[str] = Counter()
    for number, outcome, _, difference in fuzz.compare(seed=1, count=COUNT):
        assert not difference, f"python -m tests.fuzz.headers --seed 1 --first {number} --count 1: {difference}"
        outcomes[outcome] += 1
    assert all(outcomes[f"{form} read"] > COUNT / 50 for form in files()), outcomes


@pytest.mark.parametrize("wrong", [{"width": 21}, {"orientation": 5}, {"images": 9}, {"truncated": True}])
def test_the_comparison_can_fail(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]) -> None:
    read = fuzz.by_vtok
    monkeypatch.setattr(fuzz, "by_vtok", lambda data: (facts := read(data)) and facts._replace(**wrong))
    assert sum(bool(difference) for *_, difference in fuzz.compare(seed=1, count=100)) > 10


def test_the_comparison_with_decoded_images_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "by_pillow", fuzz.by_vtok)
    monkeypatch.setattr(fuzz, "decoded_by_pillow", lambda data: (1, 1, 1))
    assert any(difference for *_, difference in fuzz.compare(seed=1, count=40))


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "gif"])
def test_plain_files_need_no_pillow(form: str) -> None:
    left = [number for number, data in enumerate(files()[form][:PLAIN]) if fuzz.by_vtok(data) is None]
    animations = {"png": [11]}  # the twelfth PNG
    assert left == animations.get(form, [])


def test_a_path_and_an_open_file_say_the_same(tmp_path: Path) -> None:
    for form, several in files().items():
        for data in several[::9]:
            (tmp_path / form).write_bytes(data)
            assert headers.of_path(tmp_path / form) == fuzz.by_vtok(data)
    assert headers.of_path(tmp_path) is None
    assert headers.of_path(tmp_path / "missing") is None
    assert headers.of_path("a\0b") is None


class Counted:
    """Reads from bytes, which counts what it reads."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads = self.bytes = 0

    def facts(self) -> Facts | None:
        return headers.read(self.data[:4096], len(self.data), self.at)

    def at(self, length: int, offset: int) -> bytes:
        piece = self.data[offset : offset + length]
        self.reads += 1
        self.bytes += len(piece)
        return piece


def large_png(*late: bytes, pieces: int = 500, length: int = 8192) -> bytes:
    plain = png(late=late)
    at = plain.index(b"IDAT") - 4
    end = at + 12 + int.from_bytes(plain[at : at + 4], "big")
    pixels = struct.pack(">I4s", length, b"IDAT") + bytes(length + 4)
    return plain[:at] + pixels * pieces + chunk(b"IDAT", bytes(77)) + plain[end:]


LATE = {
    "nothing": ((), 1),
    "EXIF": ((chunk(b"eXIf", tiff("<", (0x0112, 3, 1, 6))),), 6),
    "text and EXIF": ((chunk(b"tEXt", b"date\0now"), chunk(b"eXIf", tiff(">", (0x0112, 3, 1, 8)))), 8),
}


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("length", [8192, 65536])
def test_pixels_of_a_png_are_jumped_over(late: str, length: int) -> None:
    metadata, turn = LATE[late]
    file = Counted(large_png(*metadata, length=length))
    facts = file.facts()
    assert facts == fuzz.by_pillow(file.data)
    assert facts
    assert facts.orientation == turn
    assert file.reads < 40
    assert file.bytes < 2**15


def test_chunks_of_other_lengths_are_walked() -> None:
    pixels = chunk(b"IDAT", bytes(500)) * 40 + chunk(b"IDAT", bytes(300)) * 40 + chunk(b"IDAT", bytes(500)) * 9
    whole = png(late=(chunk(b"eXIf", tiff("<", (0x0112, 3, 1, 6))),))
    at = whole.index(b"IDAT") - 4
    file = Counted(whole[:at] + pixels + whole[at:])
    assert file.facts() == fuzz.by_pillow(file.data)
    assert probe(io.BytesIO(file.data)).orientation == 6


def test_a_photo_costs_a_few_kilobytes() -> None:
    camera = segment(0xE1, b"Exif\0\0" + tiff("<", (0x0112, 3, 1, 6), behind=bytes(60_000)))
    profile = segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(60_000))
    plain = files()["jpeg"][0]
    file = Counted(plain[:2] + camera + profile + plain[2:-2] + bytes(2**22) + b"\xff\xd9")
    facts = file.facts()
    assert facts
    assert (facts.orientation, facts.truncated) == (6, False)
    assert file.bytes < 2**15


def segment(code: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(data) + 2) + data


@pytest.mark.parametrize(("size", "is_read"), [(2**19, True), (2**21, False)])
def test_a_profile_that_swells_is_left_to_pillow(size: int, is_read: bool) -> None:
    data = png(chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(size), 1)))
    facts = fuzz.by_vtok(data)
    assert (facts is not None) == is_read
    assert facts is None or facts == fuzz.by_pillow(data)
