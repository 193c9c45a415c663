"""Scenes as pixels: what each shape does to them."""

import io

import pytest
from PIL import Image

from vtok.render.drawing import pillow_renderer as raster
from vtok.render.drawing.scene import Fill, Frames, Hatch, Label, Lattice, Path, Photo, Scene, Shape, Stroke
from vtok.values import Box, Size

GREY = (100, 100, 100)


def drawn(*shapes: Shape, size: int = 100, **images: Image.Image) -> Image.Image:
    return raster.draw(Scene(size=Size(size, size), ground="#646464", shapes=shapes), images)


def at(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return value


def test_a_line_has_a_dark_edge_under_a_light_core() -> None:
    stroke = Stroke(2, core="#ffffff", opacity=1, edge_width=1, edge="#000000", edge_opacity=1)
    image = drawn(Lattice(box=Box(0, 0, 100, 100), xs=(50,), ys=(), stroke=stroke))
    assert [at(image, x, 20)[0] for x in range(47, 53)] == [100, 0, 255, 255, 0, 100]


def test_opacity_mixes() -> None:
    stroke = Stroke(1, core="#ffffff", opacity=0.5)
    image = drawn(Lattice(box=Box(0, 0, 100, 100), xs=(50,), ys=(), stroke=stroke))
    assert at(image, 50, 20)[0] == pytest.approx(178, abs=2)


def test_where_lines_cross_nothing_is_laid_on_twice() -> None:
    stroke = Stroke(2, core="#ffffff", opacity=0.5, edge_width=1, edge="#000000", edge_opacity=0.4)
    image = drawn(Lattice(box=Box(0, 0, 100, 100), xs=(30, 60), ys=(40, 80), stroke=stroke))
    line = [at(image, x, 20) for x in range(28, 33)]
    crossing = [at(image, x, 40) for x in range(28, 33)]
    assert line[1:4] == [at(image, x, 10) for x in range(29, 32)]
    assert crossing[1] == crossing[2] == at(image, 30, 39) == at(image, 10, 40)  # the core runs through


def test_lines_end_with_their_box() -> None:
    image = drawn(Lattice(box=Box(20, 20, 80, 80), xs=(50,), ys=(50,), stroke=Stroke(2)))
    assert at(image, 50, 19) == GREY
    assert at(image, 50, 20) == (255, 255, 255)
    assert at(image, 50, 79) == (255, 255, 255)
    assert at(image, 50, 80) == GREY


@pytest.mark.parametrize("side", [10, 400])
def test_a_thin_fill_mixes_the_same_by_mask_and_by_table(side: int) -> None:
    image = drawn(Fill(boxes=(Box(0, 0, side, side),), colour="#ff0000", opacity=0.25), size=400)
    red, green, blue = at(image, 5, 5)
    assert (red, green, blue) == pytest.approx((139, 75, 75), abs=1)


def test_frames_keep_within_their_video() -> None:
    stroke = Stroke(4, edge_width=2, edge="#000000")
    image = drawn(Frames(boxes=(Box(-8, -8, 50, 50),), stroke=stroke, clip=Box(0, 0, 100, 100)))
    assert at(image, 0, 0) == GREY
    assert at(image, 50, 20) == (255, 255, 255)
    assert at(image, 20, 50) == (255, 255, 255)
    assert at(image, 70, 70) == GREY


def test_padding_is_hatched() -> None:
    image = drawn(Hatch(box=Box(10, 10, 90, 90), ground="#ff0000", colour="#0000ff", gap=8, width=2))
    colours = {at(image, x, 50) for x in range(10, 90)}
    assert (255, 0, 0) in colours
    assert max(blue for _, _, blue in colours) > 150
    assert at(image, 5, 50) == GREY


def test_an_image_fills_its_box_and_is_calmed_towards_grey() -> None:
    photo = Image.new("RGB", (50, 50), (255, 255, 255))
    photo.paste((0, 0, 0), (0, 0, 25, 50))
    shape = Photo(box=Box(10, 10, 60, 60), image="a", source=Box(0, 0, 50, 50), of=Size(50, 50), calm=0.5)
    image = drawn(shape, a=photo)
    assert at(image, 50, 30) == pytest.approx((188, 190, 193), abs=2)
    assert at(image, 20, 30) == pytest.approx((61, 63, 66), abs=2)
    assert at(image, 9, 30) == GREY
    assert at(image, 60, 30) == GREY
    assert at(photo.copy(), 49, 0) == (255, 255, 255)


def test_a_part_of_an_image_that_was_decoded_smaller() -> None:
    halves = Image.new("RGB", (10, 10), (0, 0, 0))
    halves.paste((255, 255, 255), (5, 0, 10, 10))
    right = Photo(box=Box(0, 0, 100, 100), image="a", source=Box(60, 0, 100, 100), of=Size(100, 100))
    assert at(drawn(right, a=halves), 50, 50) == (255, 255, 255)


def test_an_image_as_coarse_as_the_model_sees_it() -> None:
    fine = Image.effect_noise((100, 100), 80).convert("RGB")
    shape = Photo(box=Box(0, 0, 100, 100), image="a", source=Box(0, 0, 100, 100), of=Size(100, 100), seen=Size(10, 10))
    image = drawn(shape, a=fine)
    assert len({at(image, x, y) for x in range(100) for y in range(100)}) <= 100


def test_a_photo_that_fills_the_page_is_drawn_upon() -> None:
    photo = Image.new("RGB", (100, 100), (10, 20, 30))
    whole = Photo(box=Box(0, 0, 100, 100), image="a", source=Box(0, 0, 100, 100), of=Size(100, 100))
    assert drawn(whole, a=photo) is photo


def test_a_path_is_smooth_and_has_a_head() -> None:
    stroke = Stroke(4, core="#ff0000", edge_width=0)
    image = drawn(Path(points=((20, 20), (60, 60)), stroke=stroke, head=True))
    assert at(image, 40, 40) == (255, 0, 0)
    assert at(image, 65, 65)[0] > 200  # the tip lies beyond the last point
    assert 100 < at(image, 42, 39)[0] <= 255


def test_figures_stand_where_other_type_would() -> None:
    plain = Label(at=(50, 60), text="15", size=30, colour="#ffffff", anchor="middle")
    haloed = Label(at=(50, 60), text="15", size=30, colour="#ffffff", anchor="middle", halo="#000000")
    boxes = []
    for shape in (plain, haloed):
        image = drawn(shape).getchannel("R").point(lambda value: 255 * (value > 200))
        boxes.append(image.getbbox())
    assert boxes[0] is not None
    assert boxes[0] == pytest.approx(boxes[1], abs=1)
    assert at(drawn(haloed), 0, 0) == GREY


@pytest.mark.parametrize("ending", raster.FORMATS)
def test_every_ending_is_written_in_its_format(ending: str) -> None:
    file = io.BytesIO()
    raster.save(Image.new("RGB", (8, 8)), file, ending)
    with Image.open(file) as image:
        assert image.format == raster.FORMATS[ending][0]


def test_the_font_is_found_without_importing_matplotlib() -> None:
    import subprocess
    import sys

    source = "from vtok.render.drawing.pillow_renderer import font_file; assert font_file().exists()"
    code = f"import sys; {source}; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
