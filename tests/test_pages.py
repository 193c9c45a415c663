"""Pages of PDFs, TIFFs and animations as inputs. Sizes are calculated by hand: points x dpi / 72."""

import json
import random
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import Run
from pdf_files import DAMAGES, pdf, with_object_stream
from PIL import Image

import vtok
from vtok.errors import MediaError
from vtok.media import pages
from vtok.values import Size

LETTER = b"/MediaBox [0 0 612 792]"
BOXES = {
    LETTER: (1224, 1584),
    LETTER + b" /Rotate 90": (1584, 1224),
    LETTER + b" /Rotate -90": (1584, 1224),
    LETTER + b" /Rotate 180": (1224, 1584),
    LETTER + b" /UserUnit 2": (2448, 3168),
    LETTER + b" /UserUnit 0.5 /Rotate 270": (792, 612),
    LETTER + b" /CropBox [100 100 300 400]": (400, 600),
    LETTER + b" /CropBox [500 700 900 900]": (224, 184),  # what of it lies on the page
    b"/MediaBox [0 0 595.276 841.89]": (1191, 1684),  # 1190.552 and 1683.78, rounded up
    b"/MediaBox [612 792 0 0]": (1224, 1584),
    b"/MediaBox [-10 -20 100 100]": (220, 240),
    b"": (1224, 1584),  # no box: PDFium takes a page for letter paper
}


@pytest.fixture
def scan(tmp_path: Path) -> str:
    """A PDF of three pages: letter paper, the same turned, and a small crop of it."""
    file = tmp_path / "scan.pdf"
    file.write_bytes(pdf([LETTER, LETTER + b" /Rotate 90", LETTER + b" /CropBox [0 0 200 100]"]))
    return str(file)


def sizes(run: Run, *arguments: str) -> list[tuple[str, int, int]]:
    """The name and the size of each input."""
    fields = ("--field", "input", "--field", "original.width", "--field", "original.height")
    rows = [line.split("\t") for line in run("count", *arguments, *fields).out.splitlines()]
    return [(Path(name).name, int(width), int(height)) for name, width, height in rows]


def test_sizes_come_from_boxes_rotation_and_unit(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "boxes.pdf"
    file.write_bytes(pdf(list(BOXES)))
    assert [size for _, *size in sizes(run, str(file))] == [list(size) for size in BOXES.values()]


def test_a_unit_in_a_compressed_stream_of_objects(tmp_path: Path) -> None:
    file = tmp_path / "packed.pdf"
    file.write_bytes(with_object_stream(b"/Type /Page /Parent 2 0 R /MediaBox [0 0 72 36] /UserUnit 3"))
    assert b"UserUnit" not in file.read_bytes()
    (page,) = vtok.pages(file)
    assert page.size == Size(216, 432)


def test_which_pages(run: Run, scan: str) -> None:
    every = [("scan.pdf[1]", 1224, 1584), ("scan.pdf[2]", 1584, 1224), ("scan.pdf[3]", 400, 200)]
    assert sizes(run, scan) == every
    assert sizes(run, f"{scan}[2]") == every[1:2]
    assert sizes(run, f"{scan}[3,1-2]") == [every[2], *every[:2]]
    assert sizes(run, f"{scan}[1]", "--dpi", "72") == [("scan.pdf[1]", 612, 792)]
    assert sizes(run, str(Path(scan).parent / "*.pdf")) == every
    listed = Path(scan).parent / "list.txt"
    listed.write_text(f"{scan}[2]\n{scan}\n", "utf-8")
    assert sizes(run, "--files-from", str(listed)) == [every[1], *every]


def test_the_resolution_is_told(run: Run, scan: str) -> None:
    answer = json.loads(run("count", f"{scan}[2]", "--json").out)[0]
    assert (answer["dpi"], answer["page"]) == (144.0, 2)
    assert answer["notes"] == ["a page of a PDF at 144 dpi; --dpi sets another resolution"]
    total = json.loads(run("count", scan, "--json", "--total").out)[-1]["total"]
    assert total["inputs"] == 3


@pytest.mark.parametrize(
    ("spec", "sound", "message"),
    [
        ("[9]", 0, "there is no page 9; the file has 3 pages, 1 to 3"),
        ("[2-5,8]", 2, "there is no page 4 to 5, 8; the file has 3 pages, 1 to 3"),
        ("[0]", 0, "pages are numbers or ranges from 1 on"),
        ("[3-2]", 0, "pages are numbers or ranges from 1 on"),
        ("[1-999999999]", 0, "at most 20,000 of them"),
        ("[a]", 0, "no file matches this pattern"),
        ("[]", 0, "no file matches this pattern"),
    ],
)
def test_pages_that_are_not_there(run: Run, scan: str, spec: str, sound: int, message: str) -> None:
    outcome = run("count", f"{scan}{spec}", "-q")
    assert outcome.code == 1
    assert len(outcome.out.splitlines()) == sound
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_file_of_that_name_wins(run: Run, tmp_path: Path) -> None:
    for name, side in (("x.png", 11), ("x.png[3]", 12), ("y[2].png", 13)):
        Image.new("RGB", (side, side)).save(tmp_path / name, "PNG")
    assert sizes(run, str(tmp_path / "x.png[3]")) == [("x.png[3]", 12, 12)]
    assert sizes(run, str(tmp_path / "y[2].png")) == [("y[2].png", 13, 13)]
    assert sizes(run, str(tmp_path / "x.png[1]")) == [("x.png[1]", 11, 11)]
    assert "this file holds one image" in run("count", str(tmp_path / "x.png[2]")).err


def test_pages_of_a_tiff_and_frames_of_an_animation(run: Run, tmp_path: Path) -> None:
    images = [Image.new("RGB", (100 * i, 50 * i)) for i in (1, 2, 3)]
    images[0].save(tmp_path / "file.tif", save_all=True, append_images=images[1:])
    frames = [Image.new("RGB", (64, 48), (40 * i, 0, 0)) for i in range(5)]
    frames[0].save(tmp_path / "file.gif", save_all=True, append_images=frames[1:])
    tif, gif = str(tmp_path / "file.tif"), str(tmp_path / "file.gif")
    assert sizes(run, f"{tif}[2-3]") == [("file.tif[2]", 200, 100), ("file.tif[3]", 300, 150)]
    assert sizes(run, f"{gif}[5]") == [("file.gif[5]", 64, 48)]
    assert "there is no page 6; the file has 5 pages" in run("count", f"{gif}[6]").err
    notes = {name: json.loads(run("count", name, "--json").out)[0]["notes"] for name in (tif, gif)}
    assert notes[tif] == ["only the first of 3 pages is counted; FILE[2] picks another one"]
    assert notes[gif][0].startswith("only the first of 5 frames is counted; --as video takes them all; FILE[2]")
    assert "a page, not a video" in run("count", f"{tif}[2]", "--as", "video").err


def test_drawings_of_pages(run: Run, scan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    images = [Image.new("RGB", (200, 100), colour) for colour in ("red", "blue")]
    images[0].save(tmp_path / "file.tif", save_all=True, append_images=images[1:])
    outcome = run("overlay", f"{scan}[3]", "file.tif[2]", "--show", "none", "--no-caption", "-o", "out/")
    assert outcome.code == 0, outcome.err
    page, blue = (Image.open(tmp_path / "out" / name).convert("RGB") for name in ("scan-3.png", "file-2.png"))
    assert 1.8 < page.width / page.height < 2.2
    assert page.getpixel((page.width // 2, page.height // 2)) == (255, 255, 255)
    assert blue.getpixel((blue.width // 2, blue.height // 2)) == (0, 0, 255)


def test_pages_in_python(scan: str, tmp_path: Path) -> None:
    assert [media.size for media in vtok.pages(scan)] == [Size(1584, 1224), Size(1224, 1584), Size(200, 400)]
    (page,) = vtok.pages(Path(scan), "3", dpi=288)
    assert (page.size, page.page, page.dpi) == (Size(400, 800), 3, 288.0)
    assert vtok.layout("claude-opus-4.7", page).tokens == 29 * 15
    with pytest.raises(MediaError, match="there is no page 4 to 9; the file has 3 pages"):
        vtok.pages(scan, "2-9")
    for which in ("0x1", "1,", "-", "a"):
        with pytest.raises(vtok.UsageError, match="write numbers and ranges"):
            vtok.pages(scan, which)
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    assert [media.size for media in vtok.pages(tmp_path / "a.png")] == [Size(20, 30)]


def test_a_page_is_drawn_from_bytes_too(scan: str) -> None:
    from vtok.media import pixels

    (media,) = vtok.pages(scan, "3")
    for source in (scan, Path(scan), Path(scan).read_bytes()):
        drawn = pixels.decoded(source, media, needed=Size(50, 100), turned=False)
        assert (drawn.image.size, drawn.size) == ((100, 50), Size(200, 400))


def test_folders_leave_pdfs_out_and_say_so(run: Run, scan: str) -> None:
    folder = Path(scan).parent
    Image.new("RGB", (20, 20)).save(folder / "a.png")
    outcome = run("count", str(folder), "-q")
    assert len(outcome.out.splitlines()) == 1
    assert "1 pdf (name them, or *.pdf, to count their pages)" in outcome.err


def test_a_damaged_page_leaves_the_others(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "torn.pdf"
    file.write_bytes(pdf([LETTER, LETTER, LETTER]).replace(b"4 0 obj", b"9 9 obj"))
    outcome = run("count", str(file), "-q", "--field", "input")
    assert [Path(line).name for line in outcome.out.splitlines()] == ["torn.pdf[1]", "torn.pdf[3]"]
    assert outcome.err == f"vtok: {file}[2]: the page is damaged; repair it, or print it to a new one\n"
    with pytest.raises(MediaError, match="page 2 is damaged"):
        vtok.pages(file)


@pytest.mark.parametrize(("content", "message"), DAMAGES)
def test_damaged_pdfs_get_one_line(run: Run, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad.pdf").write_bytes(content)
    Image.new("RGB", (28, 28)).save(tmp_path / "good.png")
    outcome = run("count", str(tmp_path / "bad.pdf"), str(tmp_path / "good.png"), "-q")
    assert outcome.code == 1
    assert len(outcome.out.splitlines()) == 1
    assert outcome.err.count("\n") == 1
    assert message in outcome.err


def test_a_pdf_of_many_pages_names_the_limit(monkeypatch: pytest.MonkeyPatch, scan: str) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 2)
    pages._pages_of.cache_clear()
    with pytest.raises(MediaError, match="the PDF has 3 pages, more than 2; name some"):
        pages.pages_of(scan)
    assert len(pages.pages_of(scan, ((2, 3),)).pages) == 2


def test_a_file_that_changes_has_new_pages(tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    for count in (1, 2):
        file.write_bytes(pdf([b"/MediaBox [0 0 72 72]"] * count))
        assert pages.pages_of(str(file)).total == count


def test_a_page_beyond_any_image(tmp_path: Path) -> None:
    file = tmp_path / "huge.pdf"
    file.write_bytes(pdf([b"/MediaBox [0 0 14400 14400] /UserUnit 75000"]))
    with pytest.raises(MediaError, match="page 1 is 36,000,000,000 x 36,000,000,000 pixels at 2400 dpi"):
        pages.pages_of(str(file), dpi=2400.0)


def test_without_pypdfium2(run: Run, scan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    pages._pages_of.cache_clear()
    assert "pages of PDFs need pypdfium2: pip install 'vtok[pdf]'" in run("count", scan).err


@pytest.mark.parametrize("dpi", ["0", "-3", "nan", "1e9"])
def test_resolutions_out_of_range(run: Run, scan: str, dpi: str) -> None:
    outcome = run("count", scan, "--dpi", dpi)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1


def test_a_crash_of_pdfium_is_one_line(scan: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "crash.py"
    program.write_text("import os; os.abort()", "utf-8")
    monkeypatch.setattr(pages, "PROGRAM", str(program))
    pages._pages_of.cache_clear()
    with pytest.raises(MediaError, match="PDFium failed on this file"):
        pages.pages_of(scan)


def test_mutated_pdfs(tmp_path: Path) -> None:
    file, generator = tmp_path / "mutated.pdf", random.Random(3)
    whole = pdf([LETTER, LETTER + b" /UserUnit 2"]) + zlib.compress(b"x" * 100)
    for _ in range(12):
        content = bytearray(whole)
        for _ in range(8):
            content[generator.randrange(len(content))] = generator.randrange(256)
        file.write_bytes(content)
        pages._pages_of.cache_clear()
        with suppress(MediaError):
            assert pages.pages_of(str(file)).total >= 1
