"""Vector files: they parse, and hold as many shapes as the scene."""

import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest
from PIL import Image

import vtok
from vtok.render.drawing import matplotlib_renderer as vector
from vtok.render.drawing import page
from vtok.render.drawing.drawings import ORIGINAL
from vtok.render.drawing.scene import Label, Scene

SVG = "{http://www.w3.org/2000/svg}"


def scene(model: str = "deepseek-vl2", *show: str, photo: bool = True) -> Scene:
    layout = vtok.layout(model, width=600, height=400)
    return page.overlay(layout, page.Wish(layers=show or None), photo=photo)


def written(drawn: Scene, ending: str) -> bytes:
    file = io.BytesIO()
    vector.save(drawn, {ORIGINAL: Image.new("RGB", (600, 400), (90, 120, 60))}, file, ending)
    return file.getvalue()


def shapes(content: bytes) -> set[str]:
    ids = [element.get("id", "") for element in ET.fromstring(content).iter()]
    assert len(ids) - ids.count("") == len(set(ids) - {""}), "an id is used twice"
    return {match.group(1) for each in ids if (match := re.fullmatch(r"shape-(\d+)(-\d+)?", each))}


@pytest.mark.parametrize(
    ("model", "show"),
    [
        ("deepseek-vl2", ()),
        ("qwen2.5-vl", ()),
        ("qwen2.5-vl", ("order", "index")),
        ("clip", ("content", "patches")),
        ("blip-2", ()),
    ],
)
def test_svg_holds_every_shape(model: str, show: tuple[str, ...]) -> None:
    drawn = scene(model, *show)
    assert shapes(written(drawn, ".svg")) == {str(i) for i in range(len(drawn.shapes))}


def test_the_count_can_fail() -> None:
    drawn = scene()
    one_less = Scene(size=drawn.size, ground=drawn.ground, shapes=drawn.shapes[:-1])
    assert len(shapes(written(one_less, ".svg"))) < len(drawn.shapes)


def test_svg_has_the_page_s_size_and_needs_no_font() -> None:
    drawn = scene()
    root = ET.fromstring(written(drawn, ".svg"))
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert (width / vector.POINT, height / vector.POINT) == pytest.approx((drawn.size.width, drawn.size.height), abs=1)
    assert not list(root.iter(f"{SVG}text"))
    assert len(list(root.iter(f"{SVG}image"))) == len(drawn.images)


def test_pdf_parses_and_sets_every_label() -> None:
    drawn = scene("qwen2.5-vl", photo=False)
    content = written(drawn, ".pdf")
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    start = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    assert content[start : start + 4] == b"xref"
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    texts = b"".join(zlib.decompress(stream) for stream in streams if stream[:1] == b"x")
    labels = [shape for shape in drawn.shapes if isinstance(shape, Label)]
    assert texts.count(b"BT") >= len(labels)


def test_the_same_scene_is_the_same_file() -> None:
    assert written(scene(), ".svg") == written(scene(), ".svg")


def test_dollars_are_no_mathematics() -> None:
    label = Label(at=(10, 50), text="$x^2$ costs $5", size=20, colour="#000000")
    drawn = Scene(size=vtok.Size(100, 300), ground="#ffffff", shapes=(label,))
    assert shapes(written(drawn, ".svg")) == {"0"}


@pytest.mark.parametrize("command", [("overlay", "640x480"), ("plot", "tokens")])
def test_no_backend_of_the_user_is_needed(command: tuple[str, str], tmp_path: Path) -> None:
    environment = {**os.environ, "MPLBACKEND": "nonsense"}
    run = [sys.executable, "-m", "vtok", *command, "-o", str(tmp_path / "x.svg")]
    assert subprocess.run(run, env=environment, capture_output=True, text=True, check=False).stderr == ""
    assert (tmp_path / "x.svg").stat().st_size > 1000
