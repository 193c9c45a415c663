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


NOT_DRAWN = ("planes.avif", "no-timescale.avif", "tall.heic", "ends-early.heic", "unknown-compression.blp")
DRAWN_IN_PART = {
    "large-frame.gif": "frames cannot be decoded; they are grey",
    "palette.gif": "frames cannot be decoded; they are grey",
    "upright-and-cut.tif": "the file is cut off; what is missing is grey",
    "corrupt-exif.jpg": "",
}
FILES = {*REFUSED, "negative-duration.flv", *NOT_DRAWN, *DRAWN_IN_PART}


def test_every_file_has_a_test() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*FILES, "README.md"}
    listed = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"`{name}`" in listed for name in FILES)


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


@pytest.mark.parametrize("name", NOT_DRAWN)
def test_what_cannot_be_decoded_does_not_end_a_batch(run: Run, samples: Path, tmp_path: Path, name: str) -> None:
    inputs = [str(FOLDER / name), str(samples / "cat.jpg")]
    outcome = run("overlay", *inputs, "-o", str(tmp_path) + "/", "--width", "64")
    assert (outcome.code, [path.name for path in tmp_path.iterdir()]) == (1, ["cat.png"])
    assert outcome.err.startswith(f"vtok: {FOLDER / name}: cannot be decoded (")
    assert outcome.err.count("\n") == 1


@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize("name", DRAWN_IN_PART)
def test_what_can_be_decoded_is_drawn(run: Run, tmp_path: Path, name: str) -> None:
    arguments = ("--as", "video", "--frames", "2") if name.endswith(".gif") else ()
    outcome = run("overlay", str(FOLDER / name), "-o", str(tmp_path / "x.png"), "--width", "64", *arguments)
    message = DRAWN_IN_PART[name]
    assert (tmp_path / "x.png").exists()
    assert message in outcome.err
    assert outcome.code == outcome.err.count("\n") == bool(message)


def test_a_negative_duration_is_none() -> None:
    media = vtok.probe(FOLDER / "negative-duration.flv")
    assert media.duration is None or media.duration > 0
    assert media.fps is None or media.fps > 0


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


def test_a_fax_is_written_in_colour(run: Run, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("1", (560, 560), 1).save(tmp_path / "fax.tif", compression="group3")
    # 4 x 4 tokens of 28 pixels, two special tokens and the chat template
    outcome = run("budget", str(tmp_path / "fax.tif"), "-c", "40", "--resize", str(tmp_path / "small.tif"))
    assert (outcome.code, outcome.err) == (0, "")
    with Image.open(tmp_path / "small.tif") as image:
        assert (image.size, image.mode) == ((112, 112), "RGB")
