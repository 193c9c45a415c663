"""Hostile files: whatever a reader raises over one is that file's MediaError, and never ends a batch."""

from pathlib import Path
from typing import Any, BinaryIO

import pytest
from conftest import Run

import vtok
from vtok import media
from vtok.media import image

FOLDER = Path(__file__).parent / "hostile"
REFUSED = {
    "late-stream.ts": "the video has no frames",
    "closes-file.ftex": "neither an image nor a video",
    "size-nan.im": "neither an image nor a video",
    "height-0.gif": "no size, or a side of zero",
    "unclean-message.heic": "the HEIF header is damaged",
    "many-samples.tif": "the TIFF header is damaged",
}


def test_every_file_has_a_test() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*REFUSED, "negative-duration.flv", "README.md"}
    told = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"`{name}`" in told for name in (*REFUSED, "negative-duration.flv"))


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_in_one_printable_line(name: str) -> None:
    for source in (FOLDER / name, (FOLDER / name).read_bytes()):
        with pytest.raises(vtok.MediaError, match=REFUSED[name]) as caught:
            vtok.probe(source)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", REFUSED)
def test_no_hostile_file_ends_a_batch(run: Run, samples: Path, name: str) -> None:
    outcome = run("count", str(samples / "cat.jpg"), str(FOLDER / name), str(samples / "coffee.jpg"), "-q")
    assert (outcome.code, outcome.lines) == (1, ["178", "296"])
    assert outcome.err.startswith(f"vtok: {FOLDER / name}: ")
    assert outcome.err.count("\n") == 1


def test_a_negative_duration_is_none() -> None:
    found = vtok.probe(FOLDER / "negative-duration.flv")
    assert found.duration is None or found.duration > 0
    assert found.fps is None or found.fps > 0


@pytest.mark.parametrize(
    "error", [IndexError("at 3"), RecursionError(), MemoryError(), KeyError("a\x1b]b"), OSError(5, "I/O")]
)
def test_whatever_a_reader_raises_is_a_media_error(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(file: BinaryIO, form: str, name: str) -> Any:
        raise error

    monkeypatch.setattr(image, "measure", fail)
    with pytest.raises(vtok.MediaError) as caught:
        media.probe(b"\xff\xd8\xff")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (float("nan"), 5), (5, -1)])
def test_a_size_that_cannot_be_is_a_media_error(monkeypatch: pytest.MonkeyPatch, size: Any) -> None:
    monkeypatch.setattr(image, "measure", lambda *_: vtok.Media(size=vtok.Size(*size)))
    with pytest.raises(vtok.MediaError, match="states no size, or a side of zero"):
        media.probe(b"\xff\xd8\xff")
