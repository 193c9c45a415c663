"""Conventions of boxes: upstream's own numbers, and what holds for every model, pipeline and engine."""

import itertools
from functools import cache

import pytest
from conftest import Run

import vtok
from vtok import checkpoints, engines
from vtok.errors import UsageError
from vtok.geometry.conventions import CONVENTIONS, convention, lies, of_cells, read, write, written
from vtok.parts.grounding import GROUNDING, grounding
from vtok.values import Layout, Media, Size

SIZES = [Size(480, 640), Size(1080, 1920), Size(2000, 701)]


@cache
def layouts(model: str) -> tuple[Layout, ...]:
    """Images of each size by every pipeline and engine that takes the model."""
    family = checkpoints.get(model)
    made = []
    for pipeline, size in itertools.product((*family.pipelines, *engines.of(family)), SIZES):
        try:
            made.append(engines.choose(family, pipeline=pipeline).layout(Media(size=size)))
        except vtok.UnsupportedSizeError:
            continue
    return tuple(made)


def convert(values: tuple[float, ...], name: str, size: tuple[int, int], target: str = "original") -> tuple[float, ...]:
    """A box of a model in another convention, for an image of (width, height)."""
    width, height = size
    return vtok.convert_box(values, vtok.layout(name, width=width, height=height), source="model", target=target)


def test_qwen_by_the_cookbook() -> None:
    # QwenLM/Qwen3-VL, qwen-vl-finetune/tools/process_bbox.ipynb: a box of an image 640 x 428 in both formats
    pixels = (146, 137, 615, 415)
    for model, expected in {"qwen2-vl": (228, 320, 961, 970), "qwen2.5-vl": (147, 134, 619, 407)}.items():
        values = vtok.convert_box(pixels, vtok.layout(model, width=640, height=428), target="model")
        assert tuple(map(round, values)) == expected


def test_deepseek_by_its_demo() -> None:
    # deepseek-ai/DeepSeek-VL2, parse_ref_bbox: int(box / 999 * side), of the giraffe in its README
    box = convert((580, 270, 999, 900), "deepseek-vl2", (1024, 683))
    assert box == pytest.approx((580 / 999 * 1024, 270 / 999 * 683, 1024, 900 / 999 * 683))


def test_florence_numbers_bins() -> None:
    # transformers 5.23, Florence2PostProcessor of 1,000 bins: dequantize adds a half, quantize rounds down
    layout = vtok.layout("florence-2", width=1000, height=500)
    assert read((10, 20, 999, 999), CONVENTIONS["loc_0"], layout) == pytest.approx((10.5, 10.25, 999.5, 499.75))
    values = write((10.9, 10.2, 1000, 500), CONVENTIONS["loc_0"], layout)
    assert written(values, CONVENTIONS["loc_0"]) == "<loc_10><loc_20><loc_999><loc_999>"


def test_kosmos_names_cells() -> None:
    # transformers 5.23, models/kosmos2/processing_kosmos2.py, the example of clean_text_and_extract_entities:
    # <patch_index_0044><patch_index_0863> is (0.390625, 0.046875, 0.984375, 0.828125)
    cells = of_cells(44, 863)
    assert [value / 32 for value in cells] == [0.390625, 0.046875, 0.984375, 0.828125]
    assert written(cells, CONVENTIONS["cells"]) == "<patch_index_0044><patch_index_0863>"
    assert of_cells(33, 33) == (1, 1, 2, 2)


def test_paligemma_writes_y_first() -> None:
    box = convert((0, 512, 256, 1024), "paligemma-224", (1000, 400))
    assert box == pytest.approx((500, 0, 1000, 100))
    layout = vtok.layout("paligemma-224", width=1000, height=400)
    assert written(write((500, 0, 1000, 100), CONVENTIONS["loc0000"], layout), CONVENTIONS["loc0000"]) == (
        "<loc0000><loc0512><loc0256><loc1023>"
    )


def test_fuyu_writes_half_pixels() -> None:
    # transformers 5.23, scale_bbox_to_transformed_image: round(value / 2 * scale), top first. 2400 x 900 is scaled by
    # 1920 / 2400 = 0.8.
    box = convert((40, 80, 200, 400), "fuyu", (2400, 900))
    assert box == pytest.approx((80 * 2 / 0.8, 40 * 2 / 0.8, 400 * 2 / 0.8, 200 * 2 / 0.8), rel=2e-3)


def test_llava_counts_in_the_padded_square() -> None:
    # The original pads 640 x 480 with 80 rows above and below: y 0.125 is row 0 of the image.
    layout = vtok.layout("llava-1.5", width=640, height=480, pipeline="original")
    box = vtok.convert_box((0.5, 0.125, 1, 0.875), layout, source="model", target="original")
    assert box == pytest.approx((320, 0, 640, 480), abs=2)


def test_an_engine_that_shrinks_the_image_moves_absolute_boxes() -> None:
    # LM Studio shrinks 1920 x 1080 to 1024 x 576; the processor then pads it to 1036 x 588.
    one, other = (vtok.layout("qwen2.5-vl", width=1920, height=1080, pipeline=p) for p in ("transformers", "lm-studio"))
    box = (100, 200, 900, 500)
    moved_little = vtok.convert_box(box, one, source="model", target="original")
    moved_far = vtok.convert_box(box, other, source="model", target="original")
    assert moved_little == pytest.approx(box, rel=0.03)
    assert moved_far[2] == pytest.approx(900 / 1036 * 1920, rel=1e-3)
    assert other.global_view.size == Size(588, 1036)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("original", "140.0,28.0,560.0,280.0"),
        ("resized", "140,28,560,280"),
        ("resized/2", "14,70,140,280"),
        ("0-1000", "250,100,1000,1000"),
        ("0-1000 yx", "100,250,1000,1000"),
        ("0-999", "250,100,999,999"),
        ("0-100", "25.0,10.0,100.0,100.0"),
        ("0-1", "0.250,0.100,1.000,1.000"),
        ("view 0-1000", "250,100,1000,1000"),
        ("view 0-1", "0.250,0.100,1.000,1.000"),
        ("loc0000", "<loc0102><loc0256><loc1023><loc1023>"),  # 0.1 and 0.25 of 1,024
        ("loc_0", "<loc_250><loc_100><loc_999><loc_999>"),
        ("cells", "<patch_index_0104><patch_index_1023>"),  # column 8 and row 3.2 of 32
    ],
)
def test_one_box_in_every_convention_by_hand(name: str, text: str) -> None:
    layout = vtok.layout("qwen2.5-vl", width=560, height=280)  # whole patches of 28: not resized
    assert written(write((140, 28, 560, 280), CONVENTIONS[name], layout), CONVENTIONS[name]) == text


@pytest.mark.parametrize(
    ("name", "half"),
    [
        ("0-1000", 500), ("0-1000 yx", 500), ("view 0-1000", 500), ("0-999", 499.5), ("0-100", 50), ("0-1", 0.5),
        ("view 0-1", 0.5), ("loc0000", 512), ("loc_0", 499.5), ("cells", 16),
    ],
)  # fmt: skip
def test_the_middle_of_an_image(name: str, half: float) -> None:
    layout = vtok.layout("qwen2.5-vl", width=560, height=280)
    assert write((280, 140), CONVENTIONS[name], layout) == pytest.approx((half, half))


def test_every_convention_is_in_the_table_above() -> None:
    (marks,) = test_one_box_in_every_convention_by_hand.pytestmark  # type: ignore[attr-defined]
    assert [name for name, _ in marks.args[1]] == list(CONVENTIONS)


@pytest.mark.parametrize(
    ("name", "values", "text"),
    [
        ("0-1000", (-5, 2000), "0,1000"),
        ("0-1000 yx", (-5, 2000), "0,1000"),
        ("view 0-1000", (-5, 2000), "0,1000"),
        ("0-999", (-5, 2000), "0,999"),
        ("0-100", (-5, 2000), "0.0,100.0"),
        ("0-1", (-5, 2000), "0.000,1.000"),
        ("view 0-1", (-5, 2000), "0.000,1.000"),
        ("loc0000", (-5, 2000), "<loc0000><loc1023>"),
        ("loc_0", (10.5, 2000), "<loc_11><loc_999>"),  # the place is 11.0, where bin 11 begins
        ("original", (-5, 2000), "-5.0,2000.0"),
        ("cells", (1, 1, 3.5, 2), "<patch_index_0033><patch_index_0035>"),
        ("cells", (40, 40, 50, 50), "<patch_index_1023><patch_index_1023>"),
        ("cells", (8, 3.2), "<patch_index_0104>"),
    ],
)
def test_what_is_written_is_held_to_the_range(name: str, values: tuple[float, ...], text: str) -> None:
    assert written(values, CONVENTIONS[name]) == text


def test_cells_in_one_row_or_column_are_whole() -> None:
    # transformers 5.23, patch_index_to_coordinate: no half cells where ul_x == lr_x or ul_y == lr_y
    assert of_cells(0, 1) == (0, 0, 2, 1)
    assert of_cells(0, 32) == (0, 0, 1, 2)


def test_what_a_crop_cuts_away_is_not_in_its_view() -> None:
    # 672 x 1344 becomes 336 x 672, of which the middle 336 x 336 is seen: rows 336 to 1008 of the image.
    layout = vtok.layout("llava-1.5", width=672, height=1344)
    assert vtok.convert_box((0, 336, 672, 1008), layout, target="view 0-1") == pytest.approx((0, 0, 1, 1))


@pytest.mark.parametrize("model", GROUNDING)
def test_there_and_back_is_the_same_place(model: str) -> None:
    assert layouts(model)
    for layout in layouts(model):
        width, height = layout.original.width, layout.original.height
        boxes = [(0.0, 0.0, width, height), (0.2 * width, 3.0, 0.9 * width, 0.5 * height), (width / 3, height / 7)]
        for box, name in itertools.product(boxes, CONVENTIONS):
            there = vtok.convert_box(box, layout, target=name)
            back = vtok.convert_box(there, layout, source=name, target="original")
            assert len(there) == len(box)
            assert back == pytest.approx(box, abs=0.5)


@pytest.mark.parametrize("model", GROUNDING)
def test_the_whole_image_is_the_full_range(model: str) -> None:
    family = checkpoints.get(model)
    layout = family.layout(Media(size=Size(480, 640)))  # by the model's own pipeline
    name = GROUNDING[model].convention
    way = CONVENTIONS[name]
    values = vtok.convert_box((0, 0, 640, 480), layout, target="model")
    if name == "cells":
        assert written(values, way) == "<patch_index_0000><patch_index_1023>"
        return
    view = layout.global_view
    if model == "llava-1.5":  # in transformers the square is cut from the image, which reaches beyond it
        assert lies(read((0, 0, 1, 1), way, layout), layout) == "inside"
        return
    if way.scale is None:
        side = (view.content.right, view.content.bottom)[:: -1 if way.y_first else 1]
        assert values == pytest.approx((0, 0, side[0] * way.pixels, side[1] * way.pixels))
    else:
        text = way.form.format(0) * 2 + way.form.format(way.most) * 2 if "<" in way.form else ""
        plain = ",".join(way.form.format(value) for value in (0, 0, way.most, way.most))
        assert written(values, way) == (text or plain)


def test_every_grounded_model_is_known_and_every_convention_is_in_use() -> None:
    for model, (name, source) in GROUNDING.items():
        assert checkpoints.get(model).model == model
        assert convention(name).name == name
        assert source
    assert grounding("clip-l14") is None


def test_a_models_convention_is_among_what_is_known_of_it(run: Run) -> None:
    line = "boxes\tresized\t\tQwenLM/Qwen3-VL 9658872, qwen-vl-finetune/tools/process_bbox.ipynb"
    assert line in run("models", "qwen2.5-vl").lines
    assert not any(line.startswith("boxes") for line in run("models", "clip-l14").lines)


@pytest.mark.parametrize(
    ("pixels", "where"),
    [
        ((0, 0, 640, 480), "inside"),
        ((0, 0, 640.6, 480.4), "inside"),
        ((600, 400, 700, 470), "partly outside"),
        ((700, 400, 800, 470), "outside"),
        ((300, 400, 200, 470), "reversed"),
        ((300, 400, 300, 470), "reversed"),  # no width
        ((300, 400, 310, 400), "reversed"),
        ((5, 5), "inside"),
        ((5, 500), "outside"),
        # exactly a thousandth of a side beyond each edge, and a little more
        ((-0.64, -0.48, 640.64, 480.48), "inside"),
        ((-0.65, 0, 10, 10), "partly outside"),
        ((0, -0.49, 10, 10), "partly outside"),
        ((630, 0, 640.65, 10), "partly outside"),
        ((0, 470, 10, 480.49), "partly outside"),
        # boxes that only touch an edge, from outside
        ((640, 0, 650, 10), "partly outside"),
        ((640.1, 0, 650, 10), "outside"),
        ((-10, 0, 0, 10), "partly outside"),
        ((-10, 0, -0.1, 10), "outside"),
        ((0, 480, 10, 490), "partly outside"),
        ((0, -10, 10, 0), "partly outside"),
        ((0, -10, 10, -0.1), "outside"),
        ((-10, -10, 0.5, 0.5), "partly outside"),
    ],
)
def test_where_a_box_lies(pixels: tuple[float, ...], where: str) -> None:
    assert lies(pixels, vtok.layout("qwen2.5-vl", width=640, height=480)) == where


def test_what_cannot_be_converted() -> None:
    layout = vtok.layout("gemma3", width=640, height=480)
    with pytest.raises(UsageError, match="no convention is known in which gemma3 writes boxes"):
        vtok.convert_box((1, 2, 3, 4), layout)
    with pytest.raises(UsageError, match="no convention '0-1001' for boxes; did you mean 0-100"):
        vtok.convert_box((1, 2, 3, 4), layout, target="0-1001")
    with pytest.raises(UsageError, match="3 numbers are neither a box"):
        vtok.convert_box((1, 2, 3), layout, target="0-1")
