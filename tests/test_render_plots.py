"""Figures: tokens against size, position ids as a staircase."""

import io
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vtok.render import plots
from vtok.render.palette import THEMES
from vtok.render.plots import Curve, Heading, Look, Part

HEADING = Heading("What an image costs", "tokens", "megapixels")


def look(width: int = 960, theme: str = "light") -> Look:
    return Look(width, width * 9 // 16, THEMES[theme])


def curves(**more: Any) -> Any:
    found = [Curve("one", [1, 2, 3], [4, 8, 8]), Curve("two", [1, 2, 3], [None, 100, 300])]
    return plots.curves(found, HEADING, look(), **more)


def written(figure: Any, ending: str) -> bytes:
    file = io.BytesIO()
    plots.save(figure, file, ending)
    return file.getvalue()


def test_a_line_a_model_named_at_its_end() -> None:
    (axes,) = curves().axes
    assert all(np.array_equal(line.get_xdata(), [1, 2, 3]) for line in axes.lines)
    assert list(axes.lines[0].get_ydata()) == [4, 8, 8]
    assert np.isnan(axes.lines[1].get_ydata()[0])  # what a model refuses is a gap
    assert [text.get_text() for text in axes.texts] == ["one", "two"]
    assert all(line.get_drawstyle() == "steps-post" for line in axes.lines)


def test_tokens_begin_at_zero_unless_the_scale_doubles() -> None:
    assert curves().axes[0].get_ylim()[0] == 0
    assert curves(log=True).axes[0].get_yscale() == "log"


def test_names_that_would_touch_are_moved_apart() -> None:
    assert plots._apart([0.0, 100.0], 10) == [0.0, 100.0]
    assert plots._apart([50.0, 51.0, 52.0], 10) == [41.0, 51.0, 61.0]
    close = plots._apart([0.0, 1.0, 2.0, 3.0, 100.0], 10)
    assert all(after - before >= 10 for before, after in pairwise(close))


def test_the_staircase_has_three_axes_and_tinted_images() -> None:
    ids = np.array([[0, 1, 1, 1, 1, 3], [0, 1, 1, 2, 2, 3], [0, 1, 2, 1, 2, 3]])
    parts = [Part("text", 0, 1, visual=False), Part("an image", 1, 5, visual=True), Part("text", 5, 6, visual=False)]
    figure = plots.staircase(ids, parts, HEADING, look(theme="dark"))
    (axes,) = figure.axes
    by_id = {line.get_gid(): np.asarray(line.get_ydata()).tolist() for line in axes.lines}
    assert by_id["axis-0"] == [0, 1, 1, 1, 1, 3, 3]
    assert by_id["axis-1"] == [0, 1, 1, 2, 2, 3, 3]
    assert by_id["axis-2"] == [0, 1, 2, 1, 2, 3, 3]
    assert len(axes.patches) == 1
    assert "an image" in {text.get_text() for text in axes.texts}


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_pixels_have_the_size_asked_for(ending: str) -> None:
    with Image.open(io.BytesIO(written(curves(), ending))) as image:
        assert image.size == (960, 540)


def test_vectors_parse() -> None:
    ids = [element.get("id") for element in ET.fromstring(written(curves(), ".svg")).iter()]
    assert {"curve-0", "curve-1"} <= set(ids)
    assert written(curves(), ".pdf").startswith(b"%PDF-")


def test_no_type_is_small_at_1920() -> None:
    figure = plots.curves([Curve("one", [1, 2], [3, 4])], HEADING, look(1920))
    sizes = [float(text.get_fontsize()) / 72 * plots.DPI for text in [*figure.texts, *figure.axes[0].texts]]
    assert min(sizes) >= 20
