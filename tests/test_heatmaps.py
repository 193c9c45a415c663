"""One value a token on the image's pixels, what a notebook shows of a layout, and overlays as images."""

import math
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

import vtok
from vtok import checkpoints
from vtok.errors import UsageError
from vtok.values import Media, Size


def test_a_heatmap_by_hand() -> None:
    # 56 x 84 is 2 rows of 3 tokens of 28 pixels; each value fills its token's pixels
    layout = vtok.layout("qwen2.5-vl", width=84, height=56)
    heat = layout.to_heatmap([0, 1, 2, 3, 4, 5])
    assert heat.shape == (56, 84)
    assert (heat == np.kron([[0, 1, 2], [3, 4, 5]], np.ones((28, 28)))).all()


def test_a_heatmap_of_another_size() -> None:
    layout = vtok.layout("qwen2.5-vl", width=84, height=56)
    assert layout.to_heatmap(range(6), size=(3, 2)).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert layout.to_heatmap(range(6), size=(6, 2)).tolist() == [[0, 0, 1, 1, 2, 2], [3, 3, 4, 4, 5, 5]]


def test_views_share_a_pixel_by_their_mean() -> None:
    # DeepSeek-VL2: 14 rows of 14 tokens and a newline, the separator, then the tiles. Newlines count nowhere.
    layout = vtok.layout("deepseek-vl2", width=768, height=384)
    values = np.ones(layout.tokens)
    first_tile = 14 * 15 + 1
    values[:first_tile] = 3
    newlines = [token.index or 0 for token in layout.token_map() if token.kind == "newline"]
    values[newlines] = math.inf
    assert (layout.to_heatmap(values) == 2).all()
    assert (layout.to_heatmap(values, view="thumbnail") == 3).all()
    assert (layout.to_heatmap(values, view="tile") == 1).all()


def test_steps_of_a_video_have_one_map() -> None:
    layout = vtok.layout("qwen2.5-vl", width=56, height=56, num_frames=8, fps=2.0, min_pixels=56 * 56)
    views = layout.views[0].grid
    values = np.repeat(np.arange(views[0]), layout.tokens // views[0])
    assert layout.to_heatmap(values) == pytest.approx((views[0] - 1) / 2)


def test_what_no_token_sees_is_nan() -> None:
    # CLIP cuts the middle out: of 400 x 200 the columns 100 to 300
    layout = vtok.layout("clip-l14", width=400, height=200)
    heat = layout.to_heatmap(np.ones(layout.tokens))
    assert np.isnan(heat[:, :99]).all()
    assert (heat[:, 101:299] == 1).all()
    assert np.isnan(vtok.layout("blip-2", width=40, height=40).to_heatmap(np.ones(32))).all()


@pytest.mark.parametrize("name", ["internvl", "llava-next", "molmo2", "hunyuan-vl", "llama-3.2-vision", "pixtral-12b"])
def test_the_sum_of_a_heatmap_is_that_of_the_boxes(name: str) -> None:
    layout = checkpoints.get(name).layout(Media(size=Size(600, 800)))
    boxes = layout.token_boxes()
    heat = layout.to_heatmap(np.ones(len(boxes)))
    assert np.nanmin(heat) == np.nanmax(heat) == 1
    seen = layout.tokens_at(400.5, 300.5)
    one = np.zeros(len(boxes))
    one[seen[-1]] = 1
    assert layout.to_heatmap(one)[300, 400] == pytest.approx(1 / len(seen))


def test_tensors_are_taken() -> None:
    class Tensor:
        """What a tensor of torch has, on another device."""

        def detach(self) -> "Tensor":
            return self

        float = cpu = detach

        def numpy(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
            return np.arange(6.0)

    assert vtok.layout("qwen2.5-vl", width=84, height=56).to_heatmap(Tensor())[0, 83] == 2


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (range(7), {}, r"values of shape \(7,\) are not one number for each of 6 visual tokens"),
        ([[1, 2, 3], [4, 5, 6]], {}, r"values of shape \(2, 3\)"),
        (["a"] * 6, {}, "values are one number for each visual token"),
        (range(6), {"view": "tile"}, "no token lies in a view of kind tile; there are image"),
        (range(6), {"size": (2**14, 2**14)}, "larger than the limit"),
    ],
)
def test_what_cannot_be_painted(values: object, options: dict[str, tuple[int, int]], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        vtok.layout("qwen2.5-vl", width=84, height=56).to_heatmap(values, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["qwen2.5-vl", "deepseek-vl2", "blip-2", "llama-3.2-vision"])
def test_a_notebook_shows_the_grid_and_the_facts(name: str) -> None:
    layout = vtok.layout(name, width=1333, height=777)
    page = ET.fromstring(layout._repr_html_())
    assert f"{layout.tokens:,}" in "".join(page.itertext())
    paths = page.findall(".//{http://www.w3.org/2000/svg}path")
    assert len(paths) == len(list(layout.token_map().rasters()))
    assert len(layout._repr_html_()) < 20_000


def test_names_in_a_notebook_are_data() -> None:
    from dataclasses import replace

    layout = replace(vtok.layout("qwen2.5-vl", width=64, height=64), preset="<script>alert('&')</script>")
    assert "<script>" not in layout._repr_html_()
    assert "&lt;script&gt;" in layout._repr_html_()


def test_an_overlay_is_the_image_of_the_command(samples: Path, tmp_path: Path) -> None:
    from vtok.cli import main

    path, cat = tmp_path / "cat.png", samples / "cat.jpg"
    with pytest.raises(SystemExit):
        main(["overlay", str(cat), "-o", str(path), "--width", "400"])
    drawn = vtok.overlay(cat, width=400)
    with Image.open(path) as expected:
        assert (np.asarray(drawn) == np.asarray(expected)).all()
    assert (np.asarray(vtok.overlay(BytesIO(cat.read_bytes()), width=400)) == np.asarray(drawn)).all()


def test_overlays_of_other_sources(samples: Path) -> None:
    with Image.open(samples / "page.png") as photo:
        of_image = np.asarray(vtok.overlay(photo, width=300, caption=False))
    assert (of_image == np.asarray(vtok.overlay(samples / "page.png", width=300, caption=False))).all()
    assert vtok.overlay(Media(size=Size(400, 600)), show="tokens", width=300, caption=False).size == (300, 200)
    assert vtok.overlay(samples / "clip.mp4", frame=0, width=300, caption=False).width == 300
    assert vtok.overlay(samples / "coffee.jpg", ["qwen2.5-vl", "internvl"], width=640).width == 640


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"show": "tilse"}, "show tilse: no such layer; did you mean tiles"),
        ({"show": ["tiles"]}, "qwen2.5-vl does not tile"),
        ({"on": "paper"}, "on is 'paper'; it can be"),
        ({"theme": "blue"}, "theme is 'blue'; it can be"),
        ({"width": 3}, "width is 3; it can be 64 to 32,768 pixels"),
        ({"frame": 0}, "this is an image"),
        ({"max_pixel": 1}, "has no option 'max_pixel'"),
    ],
)
def test_wrong_overlays(samples: Path, options: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        vtok.overlay(samples / "coffee.jpg", **options)  # type: ignore[arg-type]
