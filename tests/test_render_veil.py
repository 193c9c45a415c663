"""Translucent boxes and lattices in one go: the same pixels as one after the other."""

import random

import pytest
from PIL import Image, ImageChops

from vtok.render.drawing.scene import Fill, Lattice, Photo, Stroke
from vtok.render.drawing.veil import MOST_NUMBERS, STRIP, Columns, Ink, Run, veil
from vtok.values import Box, Size

SIDE = 90


def noise() -> Image.Image:
    return Image.frombytes("RGB", (SIDE, SIDE), random.Random(3).randbytes(SIDE * SIDE * 3))


def farthest(one: Image.Image, other: Image.Image) -> int:
    """The greatest difference of any value."""
    return max(high for _, high in ImageChops.difference(one, other).getextrema())  # type: ignore[misc]


def boxes(seed: int) -> list[Fill | Lattice | Photo]:
    """Translucent boxes here and there, some beyond the page."""
    rng = random.Random(seed)
    shapes: list[Fill | Lattice | Photo] = [
        Photo(box=Box(5, 5, 70, 80), image="a", source=Box(0, 0, 9, 9), of=Size(9, 9), calm=0.2)
    ]
    for _ in range(6):
        left, top = rng.randrange(-10, 80), rng.randrange(-10, 80)
        box = Box(left, top, left + rng.randrange(1, 60), top + rng.randrange(1, 60))
        colour = f"#{rng.randrange(2**24):06x}"
        shapes.append(Fill(boxes=(box,), colour=colour, opacity=rng.choice([0.1, 0.25, 0.6])))
    return shapes


def test_boxes_in_one_go_are_boxes_one_after_the_other() -> None:
    for seed in range(8):
        together, apart = noise(), noise()
        veil(together, boxes(seed))
        for shape in boxes(seed):
            veil(apart, [shape])
        assert farthest(together, noise()) > 20
        assert farthest(together, apart) <= 3  # each step rounds


def test_upright_lines_in_one_go_are_lines_one_after_the_other() -> None:
    stroke = Stroke(3, opacity=0.7, edge_width=1)
    shapes = [
        Lattice(box=Box(0, 0, SIDE, SIDE), xs=(10.0, 40.0), ys=(), stroke=stroke),
        Lattice(box=Box(0, 20, SIDE, 60), xs=(25.0, 41.0), ys=(), stroke=stroke._replace(core="#ff0000")),
    ]
    together, apart = noise(), noise()
    veil(together, [*boxes(1), *shapes])
    for shape in [*boxes(1), *shapes]:
        veil(apart, [shape])
    assert farthest(together, apart) <= 3


def test_a_later_lattice_lies_on_an_earlier_one() -> None:
    page = Box(0, 0, SIDE, SIDE)
    earlier = Lattice(box=page, xs=(20.0,), ys=(45.0,), stroke=Stroke(2, core="#00ff00"))
    later = Lattice(box=page, xs=(60.0,), ys=(70.0,), stroke=Stroke(4, core="#ff0000"))
    canvas = Image.new("RGB", (SIDE, SIDE))
    veil(canvas, [earlier, later])
    green, red = (0, 255, 0), (255, 0, 0)
    assert canvas.getpixel((30, 45)) == green
    assert canvas.getpixel((60, 45)) == red  # its upright line crosses the earlier level one
    assert canvas.getpixel((20, 70)) == red  # and its level line the earlier upright one
    assert canvas.getpixel((20, 30)) == green


def test_level_lines_lie_under_what_comes_after_their_lattice() -> None:
    page = Box(0, 0, SIDE, SIDE)
    lines = Lattice(box=page, xs=(45.0,), ys=(45.0,), stroke=Stroke(2, core="#ffffff"))
    plate = Fill(boxes=(Box(20, 20, 70, 70),), colour="#0000ff", opacity=0.9)
    canvas = Image.new("RGB", (SIDE, SIDE))
    veil(canvas, [lines, plate])
    assert canvas.getpixel((45, 10)) == canvas.getpixel((10, 45)) == (255, 255, 255)
    for place in ((45, 30), (30, 45)):
        assert canvas.getpixel(place) == pytest.approx((25.5, 25.5, 255), abs=1)  # a tenth of the white is left


@pytest.mark.parametrize("side", [SIDE, 20 * SIDE], ids=["many lines", "lines far apart"])
def test_lines_and_boxes_in_one_go_are_one_after_the_other(side: int) -> None:
    stroke = Stroke(3, opacity=0.7, edge_width=1)
    page = Box(-4, 0, side + 4, side)
    shapes: list[Fill | Lattice | Photo] = [
        Lattice(box=page, xs=(-2.0, 10.0, 40.0), ys=(20.0, 50.0, side - 1.0), stroke=stroke),
        Fill(boxes=(Box(5, 15, 60, 30), Box(30, 10, side + 9, 25)), colour="#ff8000", opacity=0.3),
        Lattice(box=page, xs=(41.0,), ys=(21.0,), stroke=stroke._replace(core="#ff0000")),
    ]
    together = noise().resize((side, side), Image.Resampling.NEAREST)
    apart = together.copy()
    veil(together, shapes)
    for shape in shapes:
        veil(apart, [shape])
    assert farthest(together, apart) <= 3


def test_more_kinds_of_columns_than_a_byte_has_numbers() -> None:
    kinds = MOST_NUMBERS + 50
    runs = tuple(Run(x, x + 1, Ink((x % 256, 0, x // 256), 0.5)) for x in range(kinds))
    columns = list(Columns.of([runs], kinds))
    assert [(part.left, len(part.numbers)) for part in columns] == [(0, MOST_NUMBERS), (MOST_NUMBERS, 50)]
    shapes = [Fill(boxes=(Box(x, 0, x + 1, 4),), colour=f"#{x:06x}", opacity=0.5) for x in range(kinds)]
    canvas = Image.new("RGB", (kinds, 4), (200, 200, 200))
    veil(canvas, shapes)
    assert canvas.getpixel((5, 1)) == pytest.approx((100, 100, 102.5), abs=1)
    assert canvas.getpixel((kinds - 1, 3)) == pytest.approx((100, 100.5, 124.5), abs=1)  # 305 is 1 and 49


def test_a_band_need_not_be_a_whole_number_of_strips() -> None:
    for high in (1, STRIP - 1, STRIP, STRIP + 1, 2 * STRIP + 5):
        canvas = Image.new("RGB", (9, SIDE))
        veil(canvas, [Fill(boxes=(Box(0, 3, 9, 3 + high),), colour="#ffffff", opacity=0.5)])
        column = [canvas.getpixel((4, y)) != (0, 0, 0) for y in range(SIDE)]
        assert column == [3 <= y < 3 + high for y in range(SIDE)]


def test_two_inks_make_one() -> None:
    white, half_black = Ink((255, 255, 255), 1.0), Ink((0, 0, 0), 0.5)
    assert half_black.over(white) == Ink((128, 128, 128), 1.0)
    assert Ink((9, 9, 9), 0.5).over(Ink((0, 0, 0), 0.0)) == Ink((9, 9, 9), 0.5)
    # on any ground, a quarter of it is left: 1 - (1 - 0.5) * (1 - 0.5)
    assert half_black.over(Ink((200, 200, 200), 0.5)) == Ink((67, 67, 67), 0.75)
