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

HEADING = Heading("What an image costs", "one image", "megapixels", "prompt tokens")


def look(width: int = 960, theme: str = "light") -> Look:
    return Look(width, width * 9 // 16, THEMES[theme])


def curves(**more: Any) -> Any:
    pieces = [Curve(("one", "alike"), [1, 2, 3], [4, 8, 8]), Curve(("two",), [1, 2, 3], [None, 100, 300])]
    return plots.curves(pieces, HEADING, look(), **more)


def written(figure: Any, ending: str) -> bytes:
    file = io.BytesIO()
    plots.save(figure, file, ending)
    return file.getvalue()


def test_a_line_a_model_named_at_its_end() -> None:
    (axes,) = curves().axes
    lines = [line for line in axes.lines if line.get_gid() != "leader"]
    assert all(np.array_equal(line.get_xdata(), [1, 2, 3]) for line in lines)
    assert list(lines[0].get_ydata()) == [4, 8, 8]
    assert np.isnan(lines[1].get_ydata()[0])  # what a model refuses is a gap
    assert [text.get_text() for text in axes.texts] == ["one", "alike", "two"]  # models that cost the same share a line
    assert all(line.get_drawstyle() == "steps-post" for line in lines)


def test_lines_that_coincide_take_turns() -> None:
    xs = list(range(101))
    one, other = Curve(("one",), xs, [8] * 101), Curve(("other",), xs, [4] * 50 + [8] * 51)
    assert list(plots._shared([one, other])) == [((0, 1), 50, 101)]
    (axes,) = plots.curves([one, other], HEADING, look()).axes
    (dashes,) = [line for line in axes.lines if line.get_gid() == "dashes"]
    assert np.array_equal(dashes.get_xdata(), range(50, 101))
    assert dashes.get_color() == look().line(0)  # the other's line is below


def test_lines_that_cross_do_not_take_turns() -> None:
    xs = list(range(101))
    assert not list(plots._shared([Curve(("one",), xs, xs), Curve(("other",), xs, [50] * 101)]))


def test_a_thin_line_leads_from_each_line_to_its_name() -> None:
    (axes,) = curves().axes
    leaders = [line for line in axes.lines if line.get_gid() == "leader"]
    for leader, text in zip(leaders, axes.texts, strict=True):
        assert leader.get_color() == text.get_color()
        assert np.asarray(leader.get_ydata())[1] == pytest.approx(text.get_position()[1])


def test_the_quantity_stands_on_the_axis_and_footnotes_at_the_foot() -> None:
    heading = HEADING._replace(notes=("a footnote",))
    figure = plots.curves([Curve(("one",), [1, 2], [3, 4])], heading, look())
    assert {"prompt tokens", "a footnote"} <= {text.get_text() for text in figure.texts}


def test_a_prompt_that_can_be_read_is_drawn_whole() -> None:
    assert plots.window([(4, 1, 36, 36)], 4 + 36 * 36) is None


def test_a_long_video_is_drawn_from_its_first_steps_on() -> None:
    # 6 temporal steps of 26 x 46: a row of 46 positions would be 10 pixels wide
    window = plots.window([(8, 6, 26, 46)], 8 + 6 * 26 * 46)
    assert window
    assert (window.first, window.what) == (0, "2 temporal steps of 6")
    assert window.stop == 8 + 2 * 26 * 46


def test_of_a_large_image_the_first_rows_are_drawn() -> None:
    window = plots.window([(8, 1, 144, 108)], 8 + 144 * 108)
    assert window
    assert (window.stop - 8) % 108 == 0
    assert window.what == f"{(window.stop - 8) // 108} of 144 rows of the first image"


def test_the_staircase_of_a_part_has_only_its_places() -> None:
    ids = np.arange(30).reshape(3, 10)
    figure = plots.staircase(ids, [Part("text", 0, 10, visual=False)], HEADING, look(), window=(2, 6))
    (axes,) = figure.axes
    assert axes.get_xlim() == (2, 6)
    time = next(line for line in axes.lines if line.get_gid() == "axis-0")
    assert np.asarray(time.get_ydata()).tolist() == [2, 3, 4, 5, 5]


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
    figure = plots.curves([Curve(("one",), [1, 2], [3, 4])], HEADING, look(1920))
    sizes = [float(text.get_fontsize()) / 72 * plots.DPI for text in [*figure.texts, *figure.axes[0].texts]]
    assert min(sizes) >= 20
