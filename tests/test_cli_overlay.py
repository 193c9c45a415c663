"""`vtok overlay`: what is written where, and what is refused."""

import io
import os
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import Run
from PIL import Image

from vtok.cli._targets import check_size
from vtok.errors import UsageError
from vtok.values import Size

SMALL = ("--width", "320")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        return image.size


def test_pipelines_are_drawn_side_by_side(run: Run, samples: Path, tmp_path: Path) -> None:
    pipelines = ("--pipeline", "transformers", "--pipeline", "llama.cpp", "--pipeline", "ollama")
    target = tmp_path / "a.svg"
    outcome = run("overlay", str(samples / "coffee.jpg"), "-m", "qwen3-vl", *pipelines, "-o", str(target), *SMALL)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    texts = set(re.findall("<!-- (.*?) -->", target.read_text()))
    assert {"qwen3-vl \u00b7 transformers", "qwen3-vl \u00b7 llama.cpp", "qwen3-vl \u00b7 ollama"} <= texts
    assert any(text.startswith("Ollama starts llama-server") for text in texts)


@pytest.mark.parametrize(
    ("name", "form"), [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.jpeg", "JPEG"), ("a.WEBP", "WEBP")]
)
def test_the_ending_says_the_format(run: Run, samples: Path, tmp_path: Path, name: str, form: str) -> None:
    outcome = run("overlay", str(samples / "cat.jpg"), "-o", str(tmp_path / name), *SMALL)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    with Image.open(tmp_path / name) as image:
        assert (image.format, image.width) == (form, 320)


def test_vectors(run: Run, samples: Path, tmp_path: Path) -> None:
    assert run("overlay", str(samples / "cat.jpg"), "-o", str(tmp_path / "a.svg"), *SMALL).code == 0
    assert ET.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")
    assert run("overlay", str(samples / "cat.jpg"), "-o", str(tmp_path / "a.pdf"), *SMALL).code == 0
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")


def test_a_slide_of_16_to_9(run: Run, samples: Path, tmp_path: Path) -> None:
    run("overlay", str(samples / "photo.jpg"), "-o", str(tmp_path / "a.png"), "--page", "16:9")
    assert size_of(tmp_path / "a.png") == (1920, 1080)


def test_the_photo_s_own_size(run: Run, samples: Path, tmp_path: Path) -> None:
    run("overlay", str(samples / "coffee.jpg"), "-o", str(tmp_path / "a.png"), "--width", "original", "--no-caption")
    assert size_of(tmp_path / "a.png") == (600, 400)


def test_an_upright_photo_is_drawn_upright(run: Run, samples: Path, tmp_path: Path) -> None:
    run("overlay", str(samples / "photo.jpg"), "-o", str(tmp_path / "a.png"), "--no-caption", "--width", "300")
    assert size_of(tmp_path / "a.png") == (300, 400)
    run(
        "overlay",
        str(samples / "photo.jpg"),
        "-o",
        str(tmp_path / "b.png"),
        "--no-caption",
        "--width",
        "400",
        "--exif",
        "ignore",
    )
    assert size_of(tmp_path / "b.png") == (400, 300)


def test_dark_is_dark(run: Run, samples: Path, tmp_path: Path) -> None:
    run("overlay", str(samples / "cat.jpg"), "-o", str(tmp_path / "a.png"), "--theme", "dark", *SMALL)
    with Image.open(tmp_path / "a.png") as image:
        assert image.getpixel((1, 1)) == (15, 18, 21)


def test_several_inputs_go_to_a_folder_named_after_them(run: Run, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(samples / "cat.jpg", tmp_path / "in" / "cat.jpg")
    shutil.copy(samples / "cat.jpg", tmp_path / "in" / "cat.jpeg")
    shutil.copy(samples / "coffee.jpg", tmp_path / "in" / "coffee.jpg")
    out = tmp_path / "new" / "folder"
    outcome = run("overlay", str(tmp_path / "in"), "-o", str(out), "--format", "jpg", *SMALL)
    assert outcome.code == 0
    assert sorted(os.listdir(out)) == ["cat-2.jpg", "cat.jpg", "coffee.jpg"]
    assert outcome.lines == [str(out / name) for name in ("cat.jpg", "cat-2.jpg", "coffee.jpg")]


def test_one_input_may_go_to_a_folder(run: Run, samples: Path, tmp_path: Path) -> None:
    run("overlay", str(samples / "cat.jpg"), "-o", f"{tmp_path}/", *SMALL)
    assert os.listdir(tmp_path) == ["cat.png"]


def test_without_a_name_it_says_what_was_written(
    run: Run, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("overlay", str(samples / "cat.jpg"), *SMALL).lines == ["cat.overlay.png"]
    assert size_of(tmp_path / "cat.overlay.png")[0] == 320


def test_standard_output(samples: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    from vtok.cli import main

    with pytest.raises(SystemExit):
        main(["overlay", str(samples / "cat.jpg"), "-o", "-", "--format", "webp", *SMALL])
    with Image.open(io.BytesIO(capfdbinary.readouterr().out)) as image:
        assert image.format == "WEBP"


class Stdin:
    """Standard input that holds these bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def test_standard_input(run: Run, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Stdin((samples / "cat.jpg").read_bytes()))
    assert run("overlay", "-", "-o", str(tmp_path / "a.png"), *SMALL).code == 0
    assert size_of(tmp_path / "a.png")[0] == 320


def test_an_existing_file_is_replaced_only_whole(run: Run, samples: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"what was there")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no image")
    assert run("overlay", str(tmp_path / "broken.jpg"), "-o", str(target)).code == 1
    assert target.read_bytes() == b"what was there"
    assert run("overlay", str(samples / "cat.jpg"), "-o", str(target), *SMALL).code == 0
    assert size_of(target)[0] == 320
    assert sorted(os.listdir(tmp_path)) == ["a.png", "broken.jpg"]


def test_the_image_itself_is_never_overwritten(run: Run, samples: Path, tmp_path: Path) -> None:
    photo = tmp_path / "cat.jpg"
    shutil.copy(samples / "cat.jpg", photo)
    before = photo.read_bytes()
    outcome = run("overlay", str(photo), "-o", str(photo))
    assert outcome.code == 2
    assert "is an input of this command and would be replaced" in outcome.err
    assert photo.read_bytes() == before


def test_a_contact_sheet_and_one_frame(run: Run, samples: Path, tmp_path: Path) -> None:
    video = str(samples / "clip.mp4")
    assert run("overlay", video, "-o", str(tmp_path / "a.png"), "--width", "640").code == 0
    assert run("overlay", video, "-o", str(tmp_path / "b.png"), "--only-frame", "3", "--no-caption", *SMALL).code == 0
    assert size_of(tmp_path / "b.png") == (320, 180)
    outcome = run("overlay", video, "-o", str(tmp_path / "c.png"), "--only-frame", "12")
    assert outcome.code == 2
    assert "12 frames are taken of this video, 0 to 11" in outcome.err


def test_models_side_by_side(run: Run, samples: Path, tmp_path: Path) -> None:
    models = ("-m", "qwen2.5-vl", "-m", "deepseek-vl2", "-m", "internvl")
    assert run("overlay", str(samples / "cat.jpg"), *models, "-o", str(tmp_path / "a.svg"), "--width", "640").code == 0


def test_models_that_turn_the_photo_differently(run: Run, samples: Path, tmp_path: Path) -> None:
    models = ("-m", "qwen2.5-vl", "-m", "deepseek-vl2", "-m", "internvl")
    target = tmp_path / "a.svg"
    outcome = run("overlay", str(samples / "photo.jpg"), *models, "-o", str(target), "--width", "640")
    assert (outcome.code, outcome.err) == (0, "")
    images = [e for e in ET.parse(target).getroot().iter() if e.tag.endswith("}image")]
    upright = {float(e.get("height", 0)) > float(e.get("width", 0)) for e in images}
    assert upright == {True, False}


@pytest.mark.parametrize("grid", ["36x36", "8x26x46"])
def test_a_grid_without_a_photo(run: Run, tmp_path: Path, grid: str) -> None:
    assert run("overlay", "--grid", grid, "-o", str(tmp_path / "a.png"), *SMALL).code == 0
    assert size_of(tmp_path / "a.png")[0] == 320


def test_a_bare_size_is_a_diagram(run: Run, tmp_path: Path) -> None:
    assert run("overlay", "1920x1080", "-m", "internvl", "-o", str(tmp_path / "a.png"), *SMALL).code == 0
    assert run("overlay", "1280x720", "--duration", "4", "-o", str(tmp_path / "b.png"), *SMALL).code == 0


@pytest.mark.parametrize("layer", ["patches", "tokens", "windows", "order", "index", "mrope", "content", "none"])
@pytest.mark.parametrize("on", ["original", "resized"])
def test_every_layer_on_either_image(run: Run, samples: Path, tmp_path: Path, layer: str, on: str) -> None:
    arguments = (
        "overlay",
        str(samples / "cat.jpg"),
        "--show",
        layer,
        "--on",
        on,
        "-o",
        str(tmp_path / "a.png"),
        *SMALL,
    )
    assert run(*arguments).code == 0


def test_a_cut_image_is_drawn_with_a_warning(run: Run, samples: Path, tmp_path: Path) -> None:
    content = (samples / "coffee.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    outcome = run("overlay", str(tmp_path / "cut.jpg"), "-o", str(tmp_path / "a.png"), *SMALL)
    assert outcome.code == 1
    assert re.fullmatch(r"vtok: .*cut.jpg: the file is cut off; what is missing is grey\n", outcome.err)
    assert size_of(tmp_path / "a.png")[0] == 320


def test_one_bad_file_does_not_stop_the_others(run: Run, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no image")
    outcome = run("overlay", str(tmp_path / "bad.jpg"), str(samples / "cat.jpg"), "-o", str(tmp_path / "out"), *SMALL)
    assert outcome.code == 1
    assert os.listdir(tmp_path / "out") == ["cat.png"]
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--show", "tilse"], "no such layer; did you mean tiles?"),
        (["--show", "tiles"], "qwen2.5-vl does not tile"),
        (["--show", "windows", "-m", "qwen2-vl"], "no windows of qwen2-vl"),
        (["--show", "tokens", "-m", "blip-2"], "no token of blip-2 has a place"),
        (["--show", "mrope", "-m", "clip"], "has no M-RoPE"),
        (["--show", "mrope", "-m", "qwen2-vl", "-m", "qwen2.5-vl"], "one model by one pipeline at a time"),
        (["--on", "paper"], "write original or resized"),
        (["--theme", "blue"], "write light or dark"),
        (["--width", "12"], "write a number of pixels"),
        (["--width", "wide"], "write a number of pixels"),
        (["--page", "16x"], "write width:height"),
        (["--page", "1:100"], "write width:height"),
        (["--only-frame", "0"], "this is an image"),
        (["--grid", "36x36"], "give either a grid or files"),
        (["-o", "a.gif"], "unknown ending"),
        (["-o", "a"], "unknown ending"),
        (["-o", "a.png", "--format", "jpg"], "contradicts the name"),
        (["--format", "bmp"], "write png, jpg, webp, svg, pdf"),
        (["-o", "a.webp", "--width", "20000"], "too large for .webp"),
        (["-m", "qwen9"], "unknown model"),
    ],
)
@pytest.mark.usefixtures("elsewhere")
def test_wrong_usage_is_one_line(run: Run, samples: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    outcome = run("overlay", str(samples / "cat.jpg"), *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written(run: Run, samples: Path, tmp_path: Path) -> None:
    cat = str(samples / "cat.jpg")
    outcome = run("overlay", cat, "-o", str(tmp_path / "nowhere" / "a.png"), *SMALL)
    assert outcome.code == 1
    assert "cannot be written" in outcome.err
    (tmp_path / "file").write_text("")
    outcome = run("overlay", cat, cat, "-o", str(tmp_path / "file" / "out"), *SMALL)
    assert outcome.code == 2
    assert "cannot be made" in outcome.err


def test_two_images_do_not_fit_one_file(run: Run, samples: Path, tmp_path: Path) -> None:
    cat = str(samples / "cat.jpg")
    assert "give a folder" in run("overlay", cat, cat, "-o", str(tmp_path / "a.png")).err
    assert "give a folder" in run("overlay", cat, cat, "-o", "-").err


def test_a_grid_that_no_image_has(run: Run, tmp_path: Path) -> None:
    several = run("overlay", "--grid", "4x4", "--pipeline", "transformers", "--pipeline", "llama.cpp")
    assert "one model by one pipeline at a time" in several.err
    outcome = run("overlay", "--grid", "3x5", "-o", str(tmp_path / "a.png"))
    assert outcome.code == 2
    assert "divides by the merge size 2" in outcome.err


def test_pixels_load_no_matplotlib(samples: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom vtok.cli import main\n"
        f"try:\n    main(['overlay', {str(samples / 'cat.jpg')!r}, '-o', {str(tmp_path / 'a.png')!r}])\n"
        "except SystemExit:\n    pass\n"
        "assert not {'matplotlib', 'numpy', 'av', 'rich'} & set(sys.modules), sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("ending", "side"), [(".webp", 16_383), (".jpg", 65_500), (".jpeg", 65_500)])
def test_the_longest_side_that_a_format_holds(ending: str, side: int) -> None:
    # of WebP: 14 bits, less one; of JPEG: as libjpeg has it
    check_size(Size(100, side), ending)
    check_size(Size(side, 100), ending)
    with pytest.raises(UsageError, match=f"too large for {ending}"):
        check_size(Size(100, side + 1), ending)
    with pytest.raises(UsageError, match=f"too large for {ending}"):
        check_size(Size(side + 1, 100), ending)
    check_size(Size(100, side + 1), ".png")


def test_a_page_has_a_most_of_pixels() -> None:
    check_size(Size(2**14, 2**14), ".png")
    with pytest.raises(UsageError, match="too large"):
        check_size(Size(2**14, 2**14 + 1), ".png")


def test_too_many_models_for_a_page_are_refused(run: Run, samples: Path, tmp_path: Path) -> None:
    names = (
        "qwen2-vl",
        "qwen2.5-vl",
        "qwen3-vl",
        "internvl",
        "pixtral",
        "llava",
        "llava-next",
        "gemma3",
        "idefics3",
        "sam",
    )
    models = [part for name in names for part in ("-m", name)]
    outcome = run("overlay", str(samples / "cat.jpg"), *models, "--page", "5:1", "-o", str(tmp_path / "a.png"))
    assert outcome.code == 2
    assert re.search(r"10 panels do not fit a page of these proportions, \d do", outcome.err)
    assert os.listdir(tmp_path) == []


def test_names_of_files_are_printed_without_control_characters(
    run: Run, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(samples / "cat.jpg", "a\x1b]0;title\x07.jpg")
    outcome = run("overlay", "a\x1b]0;title\x07.jpg", *SMALL)
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
