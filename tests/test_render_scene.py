"""Scenes: where things lie, worked out by hand; type; palettes; and that none of it needs a renderer."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

import vtok
from vtok.render import lettering, palette
from vtok.render.drawing import compare, frames, layers, numbers, page
from vtok.render.drawing.drawings import Drawing, Entry
from vtok.render.drawing.panels import Plane, padded_edges, panels, reach
from vtok.render.drawing.pillow_renderer import font_file
from vtok.render.drawing.scene import Fill, Frames, Hatch, Label, Lattice, Path, Photo, Scene, Stroke, moved
from vtok.render.drawing.tiles import plates
from vtok.values import Box, Layout, Media, Raster, Size, Span, View


def layout(*, views: tuple[View, ...], spans: tuple[Span, ...], **more: Any) -> Layout:
    """A layout of an image of 200 x 100."""
    size = Size(100, 200)
    identity: dict[str, Any] = {"model": "by-hand", "preset": "by-hand", "pipeline": "original", "version": "1"}
    return Layout(**identity, media=Media(size=size), original=size, views=views, spans=spans, **more)


def padded() -> Layout:
    """An image of 200 x 100 on a canvas of 2 x 2 tiles of 40 pixels, in patches of 20: 20 pixels above and below."""
    whole = Box(0, 0, 200, 100)
    tiles = tuple(
        View(
            kind="tile",
            size=Size(40, 40),
            grid=(1, 2, 2),
            patch_size=20,
            content=Box(0, 20, 40, 40) if row == 0 else Box(0, 0, 40, 20),
            source=Box(100 * column, 50 * row, 100 * column + 100, 50 * row + 50),
        )
        for row in range(2)
        for column in range(2)
    )
    thumbnail = View(
        kind="thumbnail", size=Size(40, 40), grid=(1, 2, 2), patch_size=20, content=Box(0, 10, 40, 30), source=whole
    )
    raster = Raster(t=1, rows=4, columns=4, ys=(0, 0, 50, 100, 100), xs=(0, 50, 100, 150, 200))
    vision = Span(kind="vision", count=16, is_token=True, raster=raster, views=(0, 1, 2, 3))
    glance = Raster(t=1, rows=2, columns=2, ys=(0, 50, 100), xs=(0, 100, 200))
    small = Span(kind="vision", count=4, is_token=True, raster=glance, views=(4,))
    return layout(
        views=(*tiles, thumbnail), spans=(small, vision), canvas=Size(80, 80), content=Box(0, 20, 80, 60), tiles=(2, 2)
    )


def test_a_padded_canvas_reaches_beyond_the_image() -> None:
    # 80 canvas pixels show 200 of the image: 2.5 to one; the 20 pixels above and below are 50 of the image's
    canvas, thumbnail = panels(padded())
    assert canvas.domain == Box(0, -50, 200, 150)
    assert canvas.aspect == 1
    assert canvas.views == (0, 1, 2, 3)
    assert thumbnail.thumbnail
    assert thumbnail.domain == Box(0, -50, 200, 150)


@given(
    model=st.sampled_from(["qwen2.5-vl", "internvl", "llava-onevision", "siglip-b16-224"]),
    width=st.integers(30, 4000),
    height=st.integers(30, 4000),
)
def test_an_image_without_padding_is_all_that_is_drawn(model: str, width: int, height: int) -> None:
    # 364 * (3024 / 364) is not 3024 in floating point
    original = Box(0, 0, width, height)
    for panel in panels(vtok.layout(model, width=width, height=height)):
        if all(view.content == Box.of(view.size) for view in panel.drawn_views()):
            assert panel.domain == original


def test_cells_of_padding_are_laid_out_beyond_the_image() -> None:
    canvas = panels(padded())[0]
    raster = canvas.spans[0].raster
    assert raster
    xs, ys = padded_edges(raster, canvas.domain)
    assert xs == [0, 50, 100, 150, 200]
    assert ys == [-50, 0, 50, 100, 150]


def test_a_tile_of_padding_alone_lies_in_its_row_and_column() -> None:
    views = list(padded().views)
    empty = View(
        kind="tile", size=Size(40, 40), grid=(1, 2, 2), patch_size=20, content=Box(0, 0, 0, 0), source=Box(0, 0, 0, 0)
    )
    plan = layout(views=(*views[:3], empty, views[4]), spans=padded().spans, tiles=(2, 2), canvas=Size(80, 80))
    assert reach(plan, 3) == Box(100, 50, 200, 150)


def test_the_model_s_canvas_has_its_own_proportions() -> None:
    squashed = View(
        kind="image",
        size=Size(40, 40),
        grid=(1, 2, 2),
        patch_size=20,
        content=Box(0, 0, 40, 40),
        source=Box(0, 0, 200, 100),
    )
    plan = layout(views=(squashed,), spans=())
    assert panels(plan)[0].aspect == 2
    assert panels(plan, "resized")[0].aspect == 1


def test_a_plane_takes_the_image_to_the_page() -> None:
    plane = Plane(Box(0, -50, 200, 150), Box(10, 20, 410, 420))
    assert plane.box(Box(0, 0, 200, 100)) == Box(10, 120, 410, 320)


def test_tiles_are_numbered_as_in_the_table_of_views() -> None:
    # as `vtok tiles` and the JSON: by their place among the views, from 0 on
    assert set(plates(drawing(padded(), 400, "tiles"))) == {"0", "1", "2", "3"}


def drawing(plan: Layout, side: float, *names: str) -> Drawing:
    return Drawing(
        panel=panels(plan)[0], place=Box(0, 0, side, side), layers=names, theme=palette.THEMES["light"], unit=1.0
    )


def test_padding_is_hatched_and_never_part_of_the_image() -> None:
    shapes = list(layers.ground(drawing(padded(), 400, "tokens")).tints)
    hatch, image = shapes
    assert isinstance(hatch, Hatch)
    assert hatch.box == Box(0, 0, 400, 400)
    assert isinstance(image, Photo)
    assert image.box == Box(0, 100, 400, 300)
    assert image.source == Box(0, 0, 200, 100)


def test_what_is_cut_away_is_dimmed() -> None:
    middle = View(
        kind="image",
        size=Size(40, 40),
        grid=(1, 2, 2),
        patch_size=20,
        content=Box(0, 0, 40, 40),
        source=Box(50, 0, 150, 100),
    )
    plan = layout(views=(middle,), spans=())
    layer = layers.cut(
        Drawing(panel=panels(plan)[0], place=Box(0, 0, 400, 200), layers=(), theme=palette.THEMES["light"], unit=1.0)
    )
    (veil,) = layer.tints
    assert layer.entry == Entry("cut", "cut away, never seen")
    assert isinstance(veil, Fill)
    assert set(veil.boxes) == {Box(0, 0, 100, 200), Box(300, 0, 400, 200)}


def test_lines_between_tokens_are_not_drawn_again_between_patches() -> None:
    view = View(
        kind="image",
        size=Size(100, 200),
        grid=(1, 10, 20),
        patch_size=10,
        merge_size=2,
        content=Box(0, 0, 200, 100),
        source=Box(0, 0, 200, 100),
    )
    edges = tuple(range(0, 201, 20))
    raster = Raster(t=1, rows=5, columns=10, ys=edges[:6], xs=edges)
    plan = layout(views=(view,), spans=(Span(kind="vision", count=50, is_token=True, raster=raster, views=(0,)),))
    d = Drawing(
        panel=panels(plan)[0],
        place=Box(0, 0, 2000, 1000),
        layers=("patches", "tokens"),
        theme=palette.THEMES["light"],
        unit=1.0,
    )
    (hair,), (clear,) = layers.patches(d).lines, layers.tokens(d).lines
    assert isinstance(hair, Lattice)
    assert isinstance(clear, Lattice)
    assert hair.xs == tuple(range(100, 2000, 200))
    assert clear.xs == tuple(range(200, 2000, 200))
    assert hair.stroke.width < clear.stroke.width


def test_every_line_is_drawn_twice() -> None:
    scene = page.overlay(vtok.layout("qwen2.5-vl", width=504, height=504), page.Wish())
    lattices = [shape for shape in scene.shapes if isinstance(shape, Lattice)][:3]
    assert len(lattices) == 3
    for shape in lattices:
        assert shape.stroke.core == palette.LIGHT_LINE
        assert shape.stroke.edge == palette.DARK_LINE
        assert shape.stroke.edge_width >= 1


def test_three_weights_of_line() -> None:
    scene = page.overlay(vtok.layout("qwen2.5-vl", width=504, height=504), page.Wish(caption=False))
    hair, clear, strong = (shape.stroke.width for shape in scene.shapes if isinstance(shape, Lattice))
    assert hair < clear < strong


def test_neighbouring_windows_differ_in_colour() -> None:
    for row in range(4):
        for column in range(4):
            around = {palette.neighbour(row + down, column + right) for down in (0, 1) for right in (0, 1)}
            assert len(around) == 4


def test_dense_tokens_are_drawn_in_blocks() -> None:
    plan = vtok.layout("qwen2-vl", width=2800, height=2800)  # 100 x 100 tokens
    tiny = Drawing(
        panel=panels(plan)[0],
        place=Box(0, 0, 300, 300),
        layers=("tokens",),
        theme=palette.THEMES["light"],
        unit=1.0,
        least=8.0,
    )
    assert layers.coarseness(tiny) == (4, 4)  # 3, 6, 12 pixels
    (lattice,) = layers.tokens(tiny).lines
    assert isinstance(lattice, Lattice)
    assert len(lattice.xs) == 24  # inner lines of 25 blocks


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("proportions", [None, 16 / 9])
@pytest.mark.parametrize(("width", "height"), [(3024, 4032), (2560, 480), (512, 512)])
@pytest.mark.parametrize("model", ["qwen2.5-vl", "internvl", "blip-2"])
def test_nothing_is_set_too_small_or_off_the_page(
    theme: str, proportions: float | None, width: int, height: int, model: str
) -> None:
    scene = page.overlay(vtok.layout(model, width=width, height=height), page.Wish(theme=theme, page=proportions))
    assert scene.size.width == 1920
    signs = [shape for shape in scene.shapes if isinstance(shape, Label)]
    assert min(shape.size for shape in signs) >= 20
    for shape in signs:
        wide = lettering.width(shape.text, shape.size, bold=shape.bold)
        left = shape.at[0] - wide * {"left": 0, "middle": 0.5, "right": 1}[shape.anchor]
        assert left >= 0
        assert left + wide <= scene.size.width
        assert shape.size * 0.7 <= shape.at[1] <= scene.size.height


def test_the_caption_never_stands_on_the_image() -> None:
    for width, height in [(3024, 4032), (2560, 480)]:
        scene = page.overlay(vtok.layout("qwen2-vl", width=width, height=height), page.Wish())
        box = scene.images[0].box
        for shape in scene.shapes:
            if isinstance(shape, Label):
                assert not (box.left < shape.at[0] < box.right and box.top < shape.at[1] - shape.size / 2 < box.bottom)


def test_without_a_caption_the_page_is_the_image() -> None:
    scene = page.overlay(vtok.layout("qwen2.5-vl", width=600, height=400), page.Wish(width=None, caption=False))
    assert scene.size == Size(400, 600)
    assert scene.images[0].box == Box(0, 0, 600, 400)


def test_around_an_image_at_its_own_size_there_is_room_for_words() -> None:
    scene = page.overlay(vtok.layout("qwen2.5-vl", width=1800, height=1200), page.Wish(width=None))
    box = scene.images[0].box
    assert (round(box.width), round(box.height)) == (1800, 1200)
    assert scene.size.width > 1800


def test_an_image_is_decoded_no_larger_than_it_is_shown() -> None:
    scene = page.overlay(vtok.layout("qwen2.5-vl", width=4000, height=3000), page.Wish())
    needed = scene.needed("original")
    assert needed
    assert needed.width == round(scene.images[0].box.width)
    assert scene.needed("another") is None


def test_tokens_without_a_place_are_said_to_have_none() -> None:
    scene = page.overlay(vtok.layout("blip-2", width=600, height=400), page.Wish())
    words = " ".join(shape.text for shape in scene.shapes if isinstance(shape, Label))
    assert "32" in words
    assert "none has a place in it" in words
    squares = [len(shape.boxes) for shape in scene.shapes if isinstance(shape, Fill)]
    assert 32 in squares


def test_the_legend_names_only_what_is_drawn() -> None:
    def words(*names: str) -> str:
        scene = page.overlay(vtok.layout("qwen2.5-vl", width=504, height=504), page.Wish(layers=names))
        return " ".join(shape.text for shape in scene.shapes if isinstance(shape, Label))

    assert "attention window" in words("windows")
    assert "attention window" not in words("tokens")
    assert "token = 2 \u00d7 2 patches" in words("tokens")
    assert "token =" not in words("windows")


def test_numbers_count_learned_row_ends() -> None:
    # LLaVA-NeXT: 576 tokens of the thumbnail, then rows of 48 with a learned row end each
    plan = vtok.layout("llava-next", width=672, height=672)
    scene = page.overlay(plan, page.Wish(width=4000, layers=("index",), caption=False))
    numbers = {shape.text for shape in scene.shapes if isinstance(shape, Label)}
    assert "576" in numbers
    assert str(576 + 2 * 49) in numbers  # the third row, for every second one is numbered at this size
    assert str(576 + 48) not in numbers  # a row end has no place


def test_no_token_number_stands_under_the_number_of_a_tile() -> None:
    plan = vtok.layout("llava-next", width=3024, height=4032)
    shapes = page.overlay(plan, page.Wish(layers=("tiles", "index"), width=1600)).shapes
    plates = [shape.boxes[0] for shape in shapes if isinstance(shape, Fill) and shape.opacity == 0.9]
    labels = [shape for shape in shapes if isinstance(shape, Label) and shape.halo]
    assert (len(plates), len(labels) > 100, "0" in {label.text for label in labels}) == (5, True, False)
    for label in labels:
        right = label.at[0] + lettering.width(label.text, label.size)
        for plate in plates:
            apart = right <= plate.left or label.at[0] >= plate.right
            assert apart or label.at[1] <= plate.top or label.at[1] - label.size * 0.7 >= plate.bottom


@pytest.mark.parametrize("max_pixels", [28 * 28 * 50, 28 * 28 * 120, 28 * 28 * 240, 28 * 28 * 500])
@pytest.mark.parametrize(
    "look", [{"width": 1600}, {"page": 16 / 9}, {"caption": False}, {"page": 1.0, "caption": False}]
)
def test_position_ids_never_stand_on_one_another(max_pixels: int, look: dict[str, Any]) -> None:
    plan = vtok.layout("qwen2.5-vl", width=3024, height=4032, max_pixels=max_pixels)
    positions = vtok.position_ids("qwen2.5-vl", segments=[plan])
    ids = {id(s.span): positions.block_ids(s.block) for s in positions.segments if s.block}
    scene = page.overlay(plan, page.Wish(layers=("mrope",), **look), ids=ids)
    labels = [shape for shape in scene.shapes if isinstance(shape, Label) and shape.text[:2] in ("t ", "h ", "w ")]
    columns: dict[float, list[Label]] = {}
    for label in labels:
        columns.setdefault(round(label.at[0], 2), []).append(label)
    for column in columns.values():
        bases = sorted(label.at[1] for label in column)
        assert all(below - above >= column[0].size for above, below in pairwise(bases))
    assert bool(labels) == (len(scene.images) == 1)


def test_the_path_of_patches_goes_block_by_block() -> None:
    scene = page.overlay(
        vtok.layout("qwen2-vl", width=112, height=112), page.Wish(width=800, layers=("order",), caption=False)
    )
    paths = [shape for shape in scene.shapes if isinstance(shape, Path)]
    start = paths[0].points
    # 8 x 8 patches of 100 pixels: across, down and back, across, on to the next block
    assert start[:5] == ((50, 50), (150, 50), (50, 150), (150, 150), (250, 50))


def test_videos_show_every_sampled_frame_in_its_pair() -> None:
    plan = vtok.layout("qwen2.5-vl", width=640, height=360, num_frames=180, fps=30.0)
    moments = frames.moments(plan)
    assert [moment.frames for moment in moments] == [(0, 15), (30, 45), (60, 75), (90, 105), (120, 135), (150, 165)]
    assert sum(moment.tokens for moment in moments) == plan.tokens
    scene = frames.contact_sheet(plan, page.Wish())
    assert len(scene.images) == 12
    words = [shape.text for shape in scene.shapes if isinstance(shape, Label)]
    assert {"0.00 s", "0.50 s", "5.50 s"} <= set(words)
    assert words.count(f"{moments[0].tokens:,} tokens") == 6


def test_a_long_video_is_shown_in_part_and_says_so() -> None:
    plan = vtok.layout("qwen2.5-vl", width=640, height=360, num_frames=9000, fps=30.0)
    scene = frames.contact_sheet(plan, page.Wish(page=16 / 9))
    steps = len(frames.moments(plan))
    names = len(scene.images) // 2
    assert 4 < names < steps
    words = " ".join(shape.text for shape in scene.shapes if isinstance(shape, Label))
    assert f"{names} of {steps:,} temporal steps are drawn" in words


def test_one_frame_by_its_number() -> None:
    plan = vtok.layout("qwen2.5-vl", width=640, height=360, num_frames=180, fps=30.0)
    moment, frame = frames.moment(plan, 3)
    assert frame == 45
    assert moment.frames == (30, 45)
    with pytest.raises(vtok.UsageError, match="12 frames"):
        frames.moment(plan, 12)


def test_models_side_by_side_have_bars_in_proportion() -> None:
    layouts = [vtok.layout(model, width=1024, height=1024) for model in ("qwen2-vl", "internvl")]
    scene = compare.compare(layouts, page.Wish())
    accent = palette.THEMES["light"].accent
    bars = [shape.boxes[0].width for shape in scene.shapes if isinstance(shape, Fill) and shape.colour == accent]
    assert bars[0] / bars[1] == pytest.approx(layouts[0].tokens / layouts[1].tokens)


def test_moving_shapes_moves_all_of_each() -> None:
    stroke, box = Stroke(1.0), Box(0, 0, 10, 10)
    shapes = (
        Photo(box=box, image="a", source=box, of=Size(10, 10)),
        Fill(boxes=(box,), colour="#000000"),
        Hatch(box=box, ground="#000000", colour="#ffffff", gap=4, width=1),
        Lattice(box=box, xs=(5,), ys=(5,), stroke=stroke),
        Frames(boxes=(box,), stroke=stroke, clip=box),
        Path(points=((0, 0), (1, 1)), stroke=stroke),
        Label(at=(0, 0), text="a", size=10, colour="#000000"),
    )
    there = moved(shapes, 3, 4)
    assert there != shapes
    assert moved(there, -3, -4) == shapes


def test_type_is_as_wide_as_the_font_says() -> None:
    text = "Qwen2.5-VL 15,552 tokens = 2 \u00d7 2 \u00b7"
    for bold in (False, True):
        font = ImageFont.truetype(str(font_file(bold=bold)), 1000, layout_engine=ImageFont.Layout.BASIC)
        assert lettering.width(text, 1000, bold=bold) == pytest.approx(font.getlength(text), rel=0.005)


def test_lines_break_at_spaces_and_long_words_are_cut() -> None:
    lines = lettering.wrapped("a few words and averyveryveryverylongword", 20, 130)
    assert lines[0] == "a few words"
    assert lines[-1].endswith("\u2026")
    assert all(lettering.width(line, 20) <= 130 for line in lines)


def test_a_scale_runs_from_dark_to_light() -> None:
    brightness = [sum(palette.rgb(palette.on_scale(i / 10))) for i in range(11)]
    assert all(after > before for before, after in pairwise(brightness))


def test_scenes_need_no_renderer() -> None:
    code = (
        "import sys, vtok\n"
        "from vtok.render.drawing import compare, frames, page\n"
        "page.overlay(vtok.layout('qwen2.5-vl', width=640, height=480), page.Wish())\n"
        "assert not {'PIL', 'matplotlib', 'numpy', 'rich'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_empty_scene_has_no_images() -> None:
    assert Scene(size=Size(1, 1), ground="#ffffff", shapes=()).images == ()


def test_tokens_of_later_steps_are_numbered_on() -> None:
    # 6 frames make 3 steps of 4 x 4 tokens: 0 to 15, 16 to 31, 32 to 47
    video = vtok.layout("qwen2.5-vl", width=112, height=112, num_frames=6, fps=2.0)
    sheet = frames.contact_sheet(video, page.Wish(layers=("tokens", "index"), width=3000), photo=False)
    numbers = {int(shape.text) for shape in sheet.shapes if isinstance(shape, Label) and shape.text.isdigit()}
    assert numbers >= set(range(48))


def test_the_number_of_a_tile_is_no_larger_than_half_the_tile() -> None:
    # type of 36 at most, of 24 at least, on a plate 1.45 times as high; of tiles below 70 pixels none
    for side, size in ((400, 36.0), (200, 32.0), (140, 24.0)):
        sizes = [plan for _, plan in plates(drawing(padded(), side * 2, "tiles")).values()]
        assert sizes == [pytest.approx(size)] * 4
    assert plates(drawing(padded(), 2 * 69, "tiles")) == {}
    for box, size in plates(drawing(padded(), 2 * 70, "tiles")).values():
        assert box.height == pytest.approx(1.45 * size)
        assert box.height <= 35


def test_the_tokens_of_a_memory_are_numbered_on_from_tile_to_tile() -> None:
    # each tile has a class token before its 40 x 40 patches
    plan = vtok.layout("llama-3.2-vision", width=600, height=400)
    firsts = numbers.first_numbers(plan)
    tiles = [span for span in plan.spans if span.raster]
    assert [firsts[id(span)] for span in tiles] == [1, 1 + 1600 + 1]


@pytest.mark.parametrize("model", ["deepseek-vl2", "llava-onevision", "phi-4-multimodal"])
def test_rows_of_tokens_across_tiles_are_mentioned(model: str) -> None:
    assert "tokens go row by row across all tiles, not tile by tile" in texts(model)


def test_tokens_tile_by_tile_need_no_mention() -> None:
    assert not any("row by row" in text for text in texts("internvl"))


def test_the_overlap_of_tiles_is_mentioned() -> None:
    # Molmo2: a margin of 4 patches of 14 pixels at each side that two tiles share
    assert "neighbouring tiles overlap by 112 px" in texts("molmo2")
    assert not any("overlap" in text for text in texts("internvl"))


def texts(model: str, **more: Any) -> set[str]:
    """What is written on the page of an image of 1000 x 1000."""
    scene = page.overlay(vtok.layout(model, width=1000, height=1000), page.Wish(page=16 / 9, **more))
    return {shape.text for shape in scene.shapes if isinstance(shape, Label)}


@pytest.mark.parametrize("side", [448, 4000, 8000])
def test_the_path_of_a_large_image_is_drawn_in_part(side: int) -> None:
    plan = vtok.layout("qwen2-vl", width=side, height=side, max_pixels=side * side)
    scene = page.overlay(plan, page.Wish(layers=("order",)))
    paths = [shape for shape in scene.shapes if isinstance(shape, Path)]
    assert any(path.head for path in paths)
    legend = next(shape.text for shape in scene.shapes if isinstance(shape, Label) and "first to last" in shape.text)
    assert ("every" in legend) == (side > 448)


def test_cells_of_an_extreme_image_are_blocked_in_one_direction_only() -> None:
    # 16 x 16 tokens of a strip of 2000 x 40: 112 pixels wide, and 2.3 high
    plan = vtok.layout("siglip-b16-224", width=2000, height=40)
    d = replace(drawing(plan, 1800, "tokens"), place=Box(0, 0, 1800, 36))
    assert layers.coarseness(d)[0] == 1
    assert 1 < layers.coarseness(d)[1] <= 14
    entry = layers.tokens(d).entry
    assert entry
    assert entry.text.startswith("block of 1")


def test_tokens_too_small_for_any_line_have_no_line_in_the_legend() -> None:
    plan = vtok.layout("siglip-b16-224", width=100, height=100)
    layer = layers.tokens(replace(drawing(plan, 3, "tokens"), place=Box(0, 0, 3, 3)))
    assert layer.entry is None
    assert layer.notes == ("tokens are too small to draw at this width",)


def test_one_window_needs_no_tint() -> None:
    layer = layers.windows(drawing(vtok.layout("qwen2.5-vl", width=16, height=16), 400, "windows"))
    assert layer.entry == Entry("windows", "one attention window holds all")
    assert list(layer.tints) == []


def test_windows_are_numbered_on_a_diagram_unless_their_tokens_are() -> None:
    d = replace(drawing(vtok.layout("qwen2.5-vl", width=504, height=504), 1200, "windows"), photo=False)
    assert [label.text for label in layers.windows(d).labels if isinstance(label, Label)] == [str(i) for i in range(25)]
    both = layers.windows(replace(d, layers=("windows", "index")))
    assert list(both.labels) == []
    assert both.notes == ("windows are not numbered where their tokens are",)


def test_the_time_of_a_frame_needs_a_rate() -> None:
    plan = vtok.layout("qwen2.5-vl", width=640, height=360, num_frames=180, fps=25.0)
    assert frames.seconds(plan, 50) == "2.00 s"
    unknown = replace(plan, media=Media(size=Size(360, 640), num_frames=180), sampling=None)
    assert frames.seconds(unknown, 50) == "frame 50"
    sampled = replace(unknown, sampling=plan.sampling)
    assert frames.seconds(sampled, 50) == "2.00 s"  # the rate that the sampling took for the video's


def test_bars_of_models_side_by_side_stand_at_one_height() -> None:
    models = ("qwen2.5-vl", "llama-3.2-vision", "deepseek-vl2")
    for proportions in (None, 16 / 9):
        scene = compare.compare(
            [vtok.layout(model, width=600, height=400) for model in models], page.Wish(page=proportions)
        )
        rule = palette.THEMES["light"].rule
        bars = [shape.boxes[0] for shape in scene.shapes if isinstance(shape, Fill) and shape.colour == rule]
        assert len(bars) == 3
        assert len({(round(bar.top, 3), round(bar.width, 3)) for bar in bars}) == 1


def test_six_models_on_a_slide_are_no_postage_stamps() -> None:
    models = ("qwen2.5-vl", "deepseek-vl2", "internvl", "llava-next", "molmo2", "llama-3.2-vision")
    for size in ((600, 400), (3024, 4032)):
        layouts = [vtok.layout(model, width=size[0], height=size[1]) for model in models]
        scene = compare.compare(layouts, page.Wish(page=16 / 9))
        assert scene.size == Size(1080, 1920)
        for photo in scene.images:
            assert max(photo.box.width, photo.box.height) >= 200
            assert photo.box.bottom < 1080
        assert any(isinstance(shape, Label) and shape.text == "padding" for shape in scene.shapes)


def test_more_models_than_fit_are_refused_with_how_many_do() -> None:
    layouts = [vtok.layout("qwen2.5-vl", width=600, height=400)] * 20
    with pytest.raises(vtok.UsageError, match=r"20 panels do not fit a page of these proportions, \d+ do") as refused:
        compare.compare(layouts, page.Wish(page=16 / 9))
    fit = int(str(refused.value).partition("proportions, ")[2].split()[0])
    compare.compare(layouts[:fit], page.Wish(page=16 / 9))
    with pytest.raises(vtok.UsageError):
        compare.compare(layouts[: fit + 1], page.Wish(page=16 / 9))
    compare.compare(layouts, page.Wish())


def test_pipelines_side_by_side_say_what_decided_and_each_model_has_its_row() -> None:
    media = vtok.Media(size=Size(3024, 4032), orientation=6)
    pairs = [(model, name) for model in ("qwen3-vl", "gemma3") for name in ("transformers", "llama.cpp")]
    layouts = [vtok.layout(model, media, pipeline=name) for model, name in pairs]
    names = [f"{model} {name}" for model, name in pairs]
    reasons = ["stays as it is", "EXIF orientation ignored", "stretched", "padded"]
    scene = compare.compare(layouts, page.Wish(), names=names, reasons=reasons)
    labels = {shape.text: shape for shape in scene.shapes if isinstance(shape, Label)}
    assert set(reasons) <= set(labels)
    assert "not applied" not in labels  # the reason says it
    tops, lefts = [labels[name].box.top for name in names], [labels[name].box.left for name in names]
    assert tops[0] == tops[1] < tops[2] == tops[3]
    assert lefts[0] == lefts[2] < lefts[1] == lefts[3]
    assert "padding" in labels
    plain = compare.compare(layouts, page.Wish(), names=names)
    assert "not applied" in {shape.text for shape in plain.shapes if isinstance(shape, Label)}


def test_padding_that_nobody_sees_is_not_in_the_legend() -> None:
    def texts(width: int) -> set[str]:
        layout = vtok.layout("qwen3-vl", width=width, height=3024, pipeline="llama.cpp")
        return {shape.text for shape in page.overlay(layout, page.Wish(width=480)).shapes if isinstance(shape, Label)}

    assert "padding" not in texts(4032)  # 4 rows of 1760: less than a pixel of the page
    assert "padding" in texts(1000)  # 20 rows of 3040: three pixels


def test_portrait_frames_fill_the_sheet() -> None:
    plan = vtok.layout("qwen2.5-vl", width=720, height=1280, num_frames=180, fps=30.0)
    scene = frames.contact_sheet(plan, page.Wish(page=16 / 9))
    covered = sum(photo.box.width * photo.box.height for photo in scene.images)
    assert covered > 0.3 * 1920 * 1080  # 0.14 with the caption under two rows of six
