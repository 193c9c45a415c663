"""Hostile files: whatever a reader raises over one is that file's MediaError, and never ends a batch."""

import io
import json
import os
import struct
import sys
from contextlib import suppress
from glob import glob
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from conftest import Run

import vtok
from vtok import media
from vtok.geometry.bounds import MOST, bounded
from vtok.geometry.places import edges
from vtok.media import files, folders, image, pixels
from vtok.media.folders import matching
from vtok.render.text.tables import Cell, _text

FOLDER = Path(__file__).parent / "hostile"
REFUSED = {
    "late-stream.ts": "the video states no size",
    "closes-file.ftex": "neither an image nor a video",
    "size-nan.im": "neither an image nor a video",
    "unclean-message.heic": "the HEIF header is damaged",
    "many-samples.tif": "the TIFF header is damaged",
    "endless-box.mp4": "a box without an end",
}


NOT_DRAWN = ("planes.avif", "no-timescale.avif", "tall.heic", "ends-early.heic", "unknown-compression.blp")
DRAWN_IN_PART = {
    "large-frame.gif": "frames cannot be decoded; they are grey",
    "palette.gif": "frames cannot be decoded; they are grey",
    "upright-and-cut.tif": "the file is cut off; what is missing is grey",
    "corrupt-exif.jpg": "",
}
SWELLS = {
    "announces-100m.mp4": "states 100,000,000 samples in 2,823 bytes",
    "swells.mp4": "more than 36 megapixels a frame",
    "swells.heic": "neither an image nor a video",
}
COUNTED = ("negative-duration.flv", "clip-and-heic.mp4", "large.ivf", "height-0.gif")
FILES = {*REFUSED, *NOT_DRAWN, *DRAWN_IN_PART, *SWELLS, *COUNTED}


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


def test_a_gif_is_as_large_as_its_first_image(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with Image.open(FOLDER / "height-0.gif") as im:
        expected = im.size
    monkeypatch.undo()
    assert vtok.probe(FOLDER / "height-0.gif").size == (expected[1], expected[0]) == (59608, 44959)


def gif(*between: bytes, image: bytes = b",\0\0\0\0\x60\xea\x60\xea\0\2") -> bytes:
    """A GIF of a small screen, and an image of 60,000 x 60,000 behind some extensions."""
    return b"GIF89a\x09\0\x07\0\0\0\0" + b"".join(between) + image


@pytest.mark.parametrize(
    ("between", "size"),
    [
        ((), (60_000, 60_000)),
        ((b"junk", b"!\xfe\3abc\0"), (60_000, 60_000)),
        ((b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0",), (60_000, 60_000)),
        ((b"!\xf9\4\0\0\0\0\0",), (60_000, 60_000)),
        # Pillow reads on behind an empty extension: the image is a data block of 44 bytes
        ((b"!\1\0",), None),
    ],
)
def test_the_screen_of_a_large_gif_is_enlarged_as_pillow_does(
    between: tuple[bytes, ...], size: tuple[int, int] | None
) -> None:
    data = gif(*between)
    if size is None:
        with pytest.raises(vtok.MediaError):
            vtok.probe(data)
    else:
        assert vtok.probe(data).size == size


@pytest.mark.parametrize("image", [b",\0\0\0\0\x60\xea\x60\xea\0", b"", b",\0\0"])
def test_a_large_gif_that_is_cut_off_is_refused(image: bytes) -> None:
    from vtok.media.headers.gif import enlarged_screen

    data = gif(image=image)
    with pytest.raises((ValueError, struct.error), match=r"no image|requires a buffer"):
        enlarged_screen(media.headers.reading(BytesIO(data)), len(data))


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


def test_a_video_with_images_behind_it_does_not_seek_for_ever() -> None:
    media = vtok.probe(FOLDER / "clip-and-heic.mp4")
    assert (media.size, media.format) == ((48, 64), "mp4")


def test_a_place_that_a_file_lost_meanwhile_is_not_printed() -> None:
    from vtok.media import video

    file = video._Nameless(BytesIO(b"abc"), "mp4")
    assert (file.seek(2), file.seek(-5)) == (2, -1)


@pytest.mark.parametrize("name", SWELLS)
def test_what_a_file_announces_is_not_allocated(name: str) -> None:
    with pytest.raises(vtok.MediaError, match=SWELLS[name]):
        vtok.probe(FOLDER / name)


def test_a_fragment_that_states_millions_of_frames_is_refused() -> None:
    from test_media_video import video

    data = video(options={"movflags": "frag_keyframe+empty_moov"})
    assert vtok.probe(data).num_frames == 12
    at = data.index(b"trun") + 8
    with pytest.raises(vtok.MediaError, match=r"states 100,000,000 samples"):
        vtok.probe(data[:at] + (10**8).to_bytes(4, "big") + data[at + 4 :])


def test_a_rate_that_no_container_states_fails_its_file_alone(run: Run, samples: Path) -> None:
    outcome = run("count", str(samples / "cat.jpg"), str(FOLDER / "large.ivf"), "-q")
    assert (outcome.code, outcome.lines) == (1, ["178"])
    assert "the frame rate of the video is not known" in outcome.err


def test_cells_of_tables_are_printable() -> None:
    assert _text(Cell("\x85\u2066.png", ())) == r"\x85\u2066.png"


def test_the_bound_is_one_number() -> None:
    assert bounded(MOST, "rows") == MOST
    with pytest.raises(vtok.UnsupportedSizeError, match="131,073 rows; a layout holds at most 131,072"):
        bounded(MOST + 1, "rows")
    with pytest.raises(vtok.UnsupportedSizeError, match="150,000 frames"):
        vtok.layout("qwen2.5-vl", width=640, height=480, num_frames=150_000, fps=30.0, sample=False)
    with pytest.raises(vtok.UnsupportedSizeError, match="rows or columns"):
        edges(MOST + 1, cell=1, content=(0, 1), source=(0, 1))


@pytest.mark.parametrize("pattern", ["**", "**/*.jpg", "*/*/*.jpg", "*/**", "a/a/**"])
def test_links_to_their_own_folder_end(run: Run, samples: Path, tmp_path: Path, pattern: str) -> None:
    (tmp_path / "cat.jpg").write_bytes((samples / "cat.jpg").read_bytes())
    for name in ("a", "b"):
        (tmp_path / name).symlink_to(".")
    (tmp_path / "itself").symlink_to("itself")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "cat.jpg").write_bytes(b"")
    outcome = run("count", str(tmp_path / pattern), "-q")
    assert outcome.lines == ["178"]
    assert all("itself" in line for line in outcome.err.splitlines())
    assert outcome.err.count("skipped") <= 1


def test_patterns_match_as_those_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/b/c.jpg", "a/.h/d.jpg", "a/x.png", ".e/f.jpg", "[g]/h.jpg", "i.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    patterns = ("*", "**/*.jpg", "a/*", "a/**/*.jpg", "*/", "[!a]*", "[[]g]/*", ".e/*", ".*/*.jpg", "a/?/c.*", "none/*")
    for pattern in (*patterns, *(f"{tmp_path}/{pattern}" for pattern in patterns)):
        for hidden in (False, True):
            ours = {os.path.normpath(name) for name in matching(pattern, hidden=hidden)}
            assert ours == {os.path.normpath(n) for n in glob(pattern, recursive=True, include_hidden=hidden)}, pattern


def test_a_pattern_keeps_no_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}").mkdir()
        (tmp_path / f"{number:02}" / "a.jpg").touch()
    monkeypatch.setattr(folders, "RUN", 8)  # names beyond these lie in temporary files
    expected = [f"{tmp_path}/{number:02}/a.jpg" for number in range(30)]
    assert [path for path, _ in folders.Walk().below(str(tmp_path))] == expected
    for pattern in ("*/*.jpg", "**/*.jpg", "**"):
        names = matching(f"{tmp_path}/{pattern}", hidden=False)
        assert next(names) == expected[0]
        assert [*names] == expected[1:]


@pytest.mark.parametrize("pattern", ["*", "**/*", "?"])
def test_what_is_in_a_matched_folder_is_taken_once(run: Run, samples: Path, tmp_path: Path, pattern: str) -> None:
    for name in ("a/b/cat.jpg", "a/cat.jpg", "b/.h/cat.jpg", "b/cat.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((samples / "cat.jpg").read_bytes())
    names = run("count", str(tmp_path / pattern), "--field", "input", "--field", "tokens").lines
    assert [Path(line.split("\t")[0]).relative_to(tmp_path).as_posix() for line in names] == [
        "a/cat.jpg", "a/b/cat.jpg", "b/cat.jpg"
    ]  # fmt: skip


def test_a_reference_that_is_a_pipe_is_not_opened(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models--a--b" / "refs").mkdir(parents=True)
    os.mkfifo(tmp_path / "models--a--b" / "refs" / "main")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert run("count", "10x10", "-m", "a/b").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("count", "9" * 5000 + "x1"),
        ("count", "10x10", "--set", "max_pixels=" + "9" * 4000 + "*" + "9" * 4000),
        ("count", "10x10", "--frames", "9" * 5000),
        ("mrope", "--text", "9" * 5000),
        ("overlay", "10x10", "-o", "x.png", "--width", "9" * 5000),
        ("budget", "10x10", "-c", "9" * 5000),
        ("windows", "--grid", "9" * 5000 + "x2"),
    ],
)
def test_numbers_of_thousands_of_digits_are_out_of_range(run: Run, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)


def test_a_canvas_smaller_than_a_tile_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "deepseek_vl_v2"}')
    (tmp_path / "processor_config.json").write_text('{"candidate_resolutions": [[384, 384], [3, 768]]}')
    outcome = run("count", "3000x1", "-m", str(tmp_path))
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert "a canvas of 3x768 holds no whole tile" in outcome.err


TOKENIZER = {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}}
WORDS = {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "[UNK]"}
PADDING = {
    "strategy": {"Fixed": 10**13}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
    "pad_token": "a",
}  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"model": WORDS}, "Missing [UNK] token"),
        ({"model": WORDS, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}}, "Cannot parse"),
    ],
    ids=["fails", "panics"],
)
def test_hostile_tokenizers_are_refused(run: Run, tmp_path: Path, parts: dict[str, Any], message: str) -> None:
    pytest.importorskip("tokenizers")
    (tmp_path / "t.json").write_text(json.dumps(TOKENIZER | {"normalizer": None} | parts))
    (tmp_path / "x.txt").write_text("hello")
    tokenizer = str(tmp_path / "t.json")
    outcome = run("budget", "10x10", "-c", "99", "--text-file", str(tmp_path / "x.txt"), "--tokenizer", tokenizer)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert message in outcome.err


def test_the_padding_of_a_tokenizer_is_not_counted(run: Run, tmp_path: Path) -> None:
    # transformers switches it off, too (PreTrainedTokenizerFast.set_truncation_and_padding)
    pytest.importorskip("tokenizers")
    parts = {"model": WORDS | {"vocab": {"[UNK]": 0}}, "padding": PADDING, "normalizer": None}
    (tmp_path / "t.json").write_text(json.dumps(TOKENIZER | parts))
    arguments = ("--text", "hello you", "--tokenizer", str(tmp_path / "t.json"), "--csv")
    assert "text,--text: counted by" in run("budget", "10x10", "-c", "99", *arguments).out
    assert run("budget", "10x10", "-c", "99", *arguments).out.count(",2,0.0202") == 1


def test_what_libtiff_thinks_of_a_file_is_not_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    out = BytesIO()
    Image.linear_gradient("L").save(out, "TIFF", compression="tiff_adobe_deflate")
    damaged = bytearray(out.getvalue())
    damaged[8:200] = bytes(192)  # the compressed pixels begin here
    with Image.open(BytesIO(damaged)) as image, suppress(OSError):
        image.load()
    assert "ZIPDecode" in capfd.readouterr().err
    with pytest.raises(vtok.MediaError, match="cannot be decoded"):
        pixels.decoded(bytes(damaged), vtok.probe(bytes(damaged)), turned=False)
    assert capfd.readouterr() == ("", "")


def test_names_in_figures_are_printable(run: Run, samples: Path, tmp_path: Path) -> None:
    from xml.etree import ElementTree as ET

    name = tmp_path / "a\x1b[31mb\u202e.jpg"
    name.write_bytes((samples / "cat.jpg").read_bytes())
    outcome = run("plot", "mrope", str(name), "-o", str(tmp_path / "x.svg"), "--width", "300")
    assert (outcome.code, outcome.err) == (0, "")
    ET.parse(tmp_path / "x.svg")


class Endless(io.RawIOBase):
    """A stream without an end: zeros, or what `piece` says."""

    def __init__(self, piece: bytes = b"\0") -> None:
        super().__init__()
        self.piece, self.taken = piece, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.taken += len(buffer)
        buffer[:] = (self.piece * len(buffer))[: len(buffer)]
        return len(buffer)


@pytest.mark.parametrize(
    ("arguments", "message", "most"),
    [
        (("count", "-"), "-: the stream is longer than 1 MiB; save it to a file and name that", 3 * 2**20),
        (("overlay", "-", "-o", "x.png"), "-: the stream is longer than 1 MiB; save it", 3 * 2**20),
        (("budget", "9x9", "-c", "9", "--text-file", "-"), "--text-file -: longer than 64 MiB; no context", 2**27),
        (("count", "--files-from", "-"), "--files-from -: a name of more than 65,536 bytes", 2**20),
        (("budget", "--messages", "-"), "-: more than 1 Mi characters in one value", 3 * 2**20),
    ],
)
def test_standard_input_without_an_end_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str, most: int
) -> None:
    stream = Endless()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(stream)))
    monkeypatch.setattr(files, "MOST_STREAMED", 2**20)
    monkeypatch.setattr("vtok.chats.objects.MOST_DOCUMENT", 2**20)
    outcome = run(*arguments)
    assert outcome.err.startswith(f"vtok: {message}")
    assert (outcome.code in (1, 2), outcome.err.count("\n")) == (True, 1)
    assert stream.taken < most


def test_a_file_object_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_STREAMED", 2**20)
    with pytest.raises(vtok.MediaError, match="longer than 1 MiB"):
        vtok.probe(io.BufferedReader(Endless()))
