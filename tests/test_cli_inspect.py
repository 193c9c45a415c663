"""`vtok inspect`: what is written where, how large it is, what is in it, and what is refused."""

import base64
import hashlib
import json
import re
import shutil
import zlib
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from PIL import Image
from terminal import seen

import vtok
from vtok.render.page import photos


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def data_of(html: str) -> dict[str, Any]:
    """The data of a page."""
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert text
    data: dict[str, Any] = json.loads(text[1])
    return data | {"inputs": json.loads(zlib.decompress(base64.b64decode(data["inputs"])))}


def embedded(photo: str) -> bytes:
    return base64.b64decode(photo.partition(",")[2])


def test_one_input_has_a_page_named_after_it(run: Run, samples: Path) -> None:
    outcome = run("inspect", str(samples / "cat.jpg"))
    assert (outcome.code, outcome.out, outcome.err) == (0, "cat.inspect.html\n", "")
    assert Path("cat.inspect.html").read_text().startswith("<!doctype html>")
    assert run("inspect", "640x480").out == "640x480.inspect.html\n"


def test_several_inputs_share_a_page(run: Run, samples: Path) -> None:
    outcome = run("inspect", str(samples / "cat.jpg"), str(samples / "coffee.jpg"))
    assert outcome.out == "inspect.html\n"
    data = data_of(Path("inspect.html").read_text())
    assert [item["name"] for item in data["inputs"]] == [str(samples / "cat.jpg"), str(samples / "coffee.jpg")]
    assert [item["layouts"][0]["photo"] for item in data["inputs"]] == [0, 1]


@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("photo.jpg", ["qwen2.5-vl", "internvl3", "deepseek-vl2", "minicpmv-2.6"]),
        ("photo.jpg", ["all"]),
        ("panorama.jpg", ["deepseek-vl2"]),
        ("astronaut.png", ["qwen3-vl"]),
        ("cat.jpg", ["qwen2.5-vl"]),
        ("clip.mp4", ["qwen2.5-vl", "internvl3"]),
    ],
)
def test_the_page_is_small(run: Run, samples: Path, name: str, models: list[str]) -> None:
    run("inspect", str(samples / name), "-o", "a.html", *(word for model in models for word in ("-m", model)))
    assert Path("a.html").stat().st_size < 1.5 * (samples / name).stat().st_size + 300_000


def test_many_frames_and_a_photo_that_must_be_encoded_stay_small(run: Run, samples: Path) -> None:
    with Image.open(samples / "photo.jpg") as image:
        image.save("a.tiff", compression="jpeg", quality=20)  # browsers show no TIFF, and this one is small
    size = Path("a.tiff").stat().st_size
    assert run("inspect", "a.tiff", "-m", "internvl3", "-o", "a.html").code == 0
    html = Path("a.html").read_text()
    assert len(html) < 1.5 * size + 300_000
    (photo,) = data_of(html)["photos"]
    assert photo["src"].startswith("data:image/jpeg;base64,")
    run("inspect", str(samples / "clip.mp4"), "--frames", "60", "-o", "b.html")
    assert Path("b.html").stat().st_size < 1.5 * (samples / "clip.mp4").stat().st_size + 300_000
    assert len(data_of(Path("b.html").read_text())["photos"][0]["frames"]) == 60


def test_the_photo_is_the_file_s_own_bytes_once(run: Run, samples: Path) -> None:
    run("inspect", str(samples / "photo.jpg"), "-m", "internvl3", "-m", "deepseek-vl2", "-o", "a.html")
    data = data_of(Path("a.html").read_text())
    (photo,) = data["photos"]
    assert embedded(photo["src"]) == (samples / "photo.jpg").read_bytes()
    layouts = data["inputs"][0]["layouts"]
    # InternVL turns the image as EXIF says; DeepSeek-VL2 works on the stored one, which the page shows unturned.
    assert [layout["orientation"] for layout in layouts] == [1, 6]
    assert [layout["size"] for layout in layouts] == [[3024, 4032], [4032, 3024]]


def test_longest_side(run: Run, samples: Path) -> None:
    run("inspect", str(samples / "photo.jpg"), "--longest-side", "400", "-o", "a.html")
    (photo,) = data_of(Path("a.html").read_text())["photos"]
    Path("a.jpg").write_bytes(embedded(photo["src"]))
    with Image.open("a.jpg") as image:
        assert image.size == (300, 400)
        assert not image.getexif()


def test_a_png_with_an_orientation_is_encoded_upright(run: Run, samples: Path) -> None:
    """Browsers do not agree on the orientation of a PNG."""
    with Image.open(samples / "cat.jpg") as image:
        exif = image.getexif()
        exif[0x0112] = 6
        image.save("a.png", exif=exif)
    run("inspect", "a.png", "--longest-side", "1000", "-o", "a.html")
    (photo,) = data_of(Path("a.html").read_text())["photos"]
    Path("b.jpg").write_bytes(embedded(photo["src"]))
    with Image.open("b.jpg") as image:
        assert image.size == (300, 451)


def test_what_browsers_show_as_it_is() -> None:
    media = vtok.Media(size=vtok.Size(10, 10), format="JPEG")
    assert photos.is_shown(media, b"")
    assert not photos.is_shown(vtok.Media(size=vtok.Size(10, 10), format="TIFF"), b"")
    assert not photos.is_shown(vtok.Media(size=vtok.Size(10, 10), format="JPEG", truncated=True), b"")
    assert not photos.is_shown(vtok.Media(size=vtok.Size(10, 10), format="GIF", images_in_file=3), b"")
    assert not photos.is_shown(vtok.Media(size=vtok.Size(10, 10), format="JPEG", orientation=6), b"no EXIF data")
    assert not photos.is_shown(vtok.Media(size=vtok.Size(2**14, 2**13), format="PNG"), b"")


def test_the_page_loads_nothing_and_its_policy_names_its_blocks(run: Run, samples: Path) -> None:
    run("inspect", str(samples / "cat.jpg"), "-o", "a.html")
    html = Path("a.html").read_text()
    assert not re.search(r"https?://|@import|url\(", html)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    for block in (r"<style>(.*?)</style>", r'<script type="module">(.*?)</script>'):
        text = re.search(block, html, re.DOTALL)
        assert text
        digest = base64.b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]


@pytest.mark.posix
def test_names_are_data(run: Run, samples: Path) -> None:
    name = "<script>alert(1)<!--{{style}}\n\udcff\u2028.jpg"
    shutil.copy(samples / "cat.jpg", name)
    assert run("inspect", name, "-o", "a.html").code == 0
    html = Path("a.html").read_text()
    assert "<script>alert" not in html
    assert "<!--" not in html
    assert data_of(html)["inputs"][0]["name"] == name


def test_a_model_that_refuses_an_input_leaves_it_to_the_others(run: Run, samples: Path) -> None:
    outcome = run("inspect", str(samples / "clip.mp4"), "-m", "qwen3-vl", "-m", "deepseek-vl2", "-o", "a.html")
    assert outcome.code == 1
    assert outcome.err.startswith(f"vtok: {samples / 'clip.mp4'}: deepseek-vl2 takes images, not videos")
    (item,) = data_of(Path("a.html").read_text())["inputs"]
    assert [layout["title"] for layout in item["layouts"]] == ["qwen3-vl"]


def test_a_bad_file_does_not_lose_the_good_one(run: Run, samples: Path) -> None:
    Path("bad.jpg").write_bytes(b"no image")
    outcome = run("inspect", "bad.jpg", str(samples / "cat.jpg"), "-o", "a.html")
    assert outcome.code == 1
    assert outcome.err.startswith("vtok: bad.jpg: ")
    assert [item["name"] for item in data_of(Path("a.html").read_text())["inputs"]] == [str(samples / "cat.jpg")]


def test_nothing_is_written_where_every_input_fails(run: Run) -> None:
    assert run("inspect", "none.jpg", "-o", "a.html").code == 1
    assert not Path("a.html").exists()


def test_a_page_larger_than_asked_for(run: Run, samples: Path) -> None:
    Path("a.html").write_text("what was there")
    outcome = run("inspect", str(samples / "coffee.jpg"), "-o", "a.html", "--max-size", "100kB")
    assert outcome.code == 2
    assert re.fullmatch(
        r"vtok: a\.html: the page would have 1\d\d,\d{3} bytes or more, and --max-size allows 100,000; "
        r"give a smaller --longest-side, fewer inputs, or a larger --max-size\n",
        outcome.err,
    )
    assert Path("a.html").read_text() == "what was there"
    smaller = ("--max-size", "0.1 MB", "--longest-side", "100")
    assert run("inspect", str(samples / "coffee.jpg"), "-o", "a.html", *smaller).code == 0


@pytest.mark.parametrize("text", ["", "-1", "x", "2 apples", "2TB", "1e3", "9" * 40])
def test_sizes_that_are_none(run: Run, text: str) -> None:
    outcome = run("inspect", "8x8", f"--max-size={text}")
    assert (outcome.code, outcome.out) == (2, "")
    assert "write a number of bytes, as 800kB or 2MB" in outcome.err


@pytest.mark.parametrize(
    ("text", "size"), [("5", 5), ("2k", 2000), ("2KB", 2000), ("1.5 MB", 1_500_000), ("1g", 10**9)]
)
def test_sizes_in_bytes(text: str, size: int) -> None:
    from vtok.cli.inspect import _bytes

    assert _bytes(text) == size


def test_sides_that_are_none(run: Run) -> None:
    assert "a number of pixels from 1 up" in run("inspect", "8x8", "--longest-side", "0").err


def test_no_input_is_replaced(run: Run, samples: Path) -> None:
    shutil.copy(samples / "cat.jpg", "cat.html")
    before = Path("cat.html").read_bytes()
    outcome = run("inspect", "cat.html", "-o", "cat.html")
    assert outcome.code == 2
    assert "is an input of this command and would be replaced" in outcome.err
    assert Path("cat.html").read_bytes() == before


@pytest.mark.parametrize("name", ["a.txt", "photo.jpg", "page"])
def test_a_page_has_the_ending_of_one(run: Run, name: str) -> None:
    outcome = run("inspect", "8x8", "-o", name)
    assert (outcome.code, outcome.err) == (2, f"vtok: {name}: a page is HTML; end the name in .html\n")
    assert not Path(name).exists()


def test_standard_output(run: Run, samples: Path) -> None:
    code, text = seen("vtok inspect samples/cat.jpg -o -")
    assert (code, text.strip()) == (
        2,
        "vtok: a page is not shown in a terminal; give -o FILE, or send standard output to a file",
    )
    assert run("inspect", str(samples / "cat.jpg"), "-o", "-").out.startswith("<!doctype html>")


def test_costs_are_those_of_trace(run: Run) -> None:
    run("inspect", "600x400", "-m", "qwen2.5-vl-7b", "-o", "a.html")
    (layout,) = data_of(Path("a.html").read_text())["inputs"][0]["layouts"]
    costs = dict(layout["costs"])
    # 28 layers of 4 KV heads of 128, keys and values, 2 bytes each, for 296 positions.
    assert costs["KV cache, in bf16"] == f"{28 * 4 * 128 * 2 * 2 * 296 / 1e6:.1f} MB"
    assert costs["of the context"] == f"{296 / 128_000:.1%}"
    traced = vtok.trace(vtok.layout("qwen2.5-vl-7b", width=600, height=400)).cost
    assert traced.language
    assert traced.language.multiply_adds
    assert costs["prefill, multiply-adds"] == f"{traced.language.multiply_adds / 1e12:.2f} T"
    assert [row[0] for row in layout["stages"]][:2] == ["file", "image"]


def test_the_data_grows_with_rows_and_columns_not_with_tokens(run: Run) -> None:
    run("inspect", "7000x6720", "--set", "max_pixels=100000000", "-o", "a.html")
    html = Path("a.html").read_text()
    (layout,) = data_of(html)["inputs"][0]["layouts"]
    assert layout["number"] == 60_000
    assert len(json.dumps(layout)) < 12_000
