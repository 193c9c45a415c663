"""Lines and tints on photos, on pages of text and on night scenes."""

from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from vtok.render.drawing.scene import Fill, Frames, Lattice, Photo, Scene, Shape, Stroke
from vtok.render.drawing.tones import Tone, adapted, tone_of
from vtok.render.palette import DARK_LINE, LIGHT_LINE
from vtok.values import Box, Size

BOX = Box(0, 0, 100, 100)
STROKE = Stroke(4, opacity=0.9, edge_width=2)


def a_page() -> Image.Image:
    """White, with black lines of text on a tenth of it."""
    image = Image.new("RGB", (100, 100), (255, 255, 255))
    for y in range(0, 100, 10):
        ImageDraw.Draw(image).line([(0, y), (100, y)], fill=(0, 0, 0))
    return image


def a_night() -> Image.Image:
    """Nearly black, with something a little lighter in a quarter of it."""
    image = Image.new("RGB", (100, 100), (8, 8, 8))
    image.paste((40, 40, 40), (0, 0, 50, 50))
    return image


def a_photo() -> Image.Image:
    """From black to white."""
    return Image.linear_gradient("L").resize((100, 100)).convert("RGB")


def scene(*shapes: Shape) -> Scene:
    photo = Photo(box=BOX, image="a", source=BOX, of=Size(100, 100), calm=0.2)
    return Scene(size=Size(100, 100), ground="#ffffff", shapes=(photo, *shapes))


def toned(shape: Shape, image: Image.Image) -> Shape:
    return adapted(scene(shape), {"a": image}).shapes[1]


def stroke_on(image: Image.Image, stroke: Stroke = STROKE) -> Stroke:
    shape = toned(Lattice(box=BOX, xs=(50,), ys=(), stroke=stroke, over="a"), image)
    assert isinstance(shape, Lattice)
    return shape.stroke


def test_quantiles_of_luminance() -> None:
    # 100 pixels a row from 0 to 255: a twentieth, a quarter, half ... of them lie below
    assert tone_of(a_photo()) == pytest.approx(Tone(0.05, 0.25, 0.5, 0.75, 0.95), abs=0.02)


def test_what_is_one_ground() -> None:
    assert tone_of(a_page()).is_light
    assert not tone_of(a_page()).is_dark
    assert tone_of(a_night()).is_dark
    assert not tone_of(a_photo()).is_light
    assert not tone_of(a_photo()).is_dark


def test_a_photo_s_lines_stay() -> None:
    before = scene(Lattice(box=BOX, xs=(50,), ys=(), stroke=STROKE, over="a"))
    assert adapted(before, {"a": a_photo()}) == before


@pytest.mark.parametrize(("image", "core"), [(a_page(), DARK_LINE), (a_night(), LIGHT_LINE)], ids=["page", "night"])
def test_lines_are_thinner_and_fainter_on_one_ground(image: Image.Image, core: str) -> None:
    stroke = stroke_on(image)
    assert (stroke.core, stroke.width, stroke.edge_width) == (core, 2, 0)
    assert stroke.opacity < 0.5 * STROKE.opacity
    wide = stroke_on(image, STROKE._replace(width=8))
    assert wide.width == 4
    assert wide.opacity > stroke.opacity


def test_the_contrast_of_a_line_is_the_same_on_any_page() -> None:
    white, grey = Image.new("RGB", (9, 9), (255, 255, 255)), Image.new("RGB", (9, 9), (204, 204, 204))
    # the dark core's luminance is 0.05: on a ground of 0.8 it takes 0.95 / 0.75 times the opacity
    assert stroke_on(grey).opacity / stroke_on(white).opacity == pytest.approx(0.95 / 0.75, rel=0.02)


@pytest.mark.parametrize("image", [a_page(), a_night()], ids=["page", "night"])
def test_tints_are_fainter_on_one_ground(image: Image.Image) -> None:
    before = Fill(boxes=(BOX,), colour="#0072b2", opacity=0.24, over="a")
    shape = toned(before, image)
    assert isinstance(shape, Fill)
    assert 0.03 < shape.opacity < 0.16
    elsewhere = replace(before, over="")
    assert toned(elsewhere, image) == elsewhere


def test_contrast_is_not_taken_from_one_ground() -> None:
    photo = adapted(scene(), {"a": a_page()}).shapes[0]
    assert isinstance(photo, Photo)
    assert photo.calm == 0


def test_outlines_of_tiles_follow() -> None:
    shape = toned(Frames(boxes=(BOX,), stroke=STROKE, clip=BOX, over="a"), a_page())
    assert isinstance(shape, Frames)
    assert shape.stroke.core == DARK_LINE
