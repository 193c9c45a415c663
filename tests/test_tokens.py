"""Where each token lies: numbers by hand, and what holds for every model by every pipeline and engine."""

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

import vtok
from vtok import checkpoints, engines, families
from vtok.errors import UsageError
from vtok.values import Box, Layout, Media, Size
from vtok.values.tokens import SequenceName, TokenMap

MODELS = {preset.model: preset for preset in reversed(list(families.presets()))}
IMAGES = [Size(480, 640), Size(777, 1333), Size(2000, 701)]
VIDEO = Media(size=Size(360, 640), num_frames=64, fps=16.0)
CLOSE = 1e-6


@cache
def layouts(name: str) -> tuple[Layout, ...]:
    """Images and a video by every pipeline and engine that takes them; of equal layouts one."""
    preset, unlike = MODELS[name], dict[object, Layout]()
    for pipeline in (*preset.pipelines, *engines.of(preset)):
        chosen = engines.choose(preset, pipeline=pipeline)
        images = [Media(size=size) for size in IMAGES if "image" in chosen.kinds]
        for media in (*images, VIDEO) if "video" in chosen.kinds else images:
            try:
                layout = chosen.layout(media)
            except vtok.UnsupportedSizeError:
                assert media is not images[0], f"{name} by {pipeline} refuses an ordinary image"
            else:
                unlike.setdefault((layout.spans, layout.views), layout)
    return tuple(unlike.values())


def maps(layout: Layout) -> Iterator[TokenMap]:
    """The map of each sequence of a layout that holds tokens."""
    names: tuple[SequenceName, ...] = ("prompt", "cross", "memory")
    return (of for of in map(layout.token_map, names) if of.tokens)


@pytest.mark.parametrize("name", MODELS)
def test_boxes_tile_the_region_of_their_raster(name: str) -> None:
    for layout in layouts(name):
        for of in maps(layout):
            boxes = of.boxes()
            assert boxes.shape == (of.tokens, 4)
            for first, span, raster in of.rasters():
                cells = boxes[first : first + span.tokens]
                cells = cells[~np.isnan(cells[:, 0])]
                assert len(cells) == raster.cells
                step = cells[: raster.rows * raster.columns]
                assert (cells.reshape(raster.t, -1) == step.reshape(-1)).all(), "each temporal step lies alike"
                region = raster.xs[0], raster.ys[0], raster.xs[-1], raster.ys[-1]
                assert tiled(step, region)


def tiled(cells: NDArray[np.float64], region: tuple[float, ...]) -> bool:
    """Whether boxes cover every point of a region once, and nothing else.

    Edges of all boxes cut the plane into pieces. Each box adds one to the pieces inside of it: corners of a sum table.
    """
    xs, ys = np.unique(cells[:, [0, 2]]), np.unique(cells[:, [1, 3]])
    times = np.zeros((len(ys), len(xs)))
    (left, right), (top, bottom) = np.searchsorted(xs, cells[:, [0, 2]]).T, np.searchsorted(ys, cells[:, [1, 3]]).T
    for rows, columns, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
        np.add.at(times, (rows, columns), sign)
    covered = times.cumsum(0).cumsum(1)[:-1, :-1]
    return (xs[0], ys[0], xs[-1], ys[-1]) == region and bool((covered == 1).all())


@pytest.mark.parametrize(
    "cells",
    [
        [(0, 0, 5, 10), (5, 0, 11, 10)],  # reaches out
        [(0, 0, 5, 10), (6, 0, 10, 10)],  # a gap
        [(0, 0, 6, 10), (5, 0, 10, 10)],  # an overlap
        [(0, 0, 4, 10), (5, 0, 10, 10), (0, 0, 1, 10)],  # a gap here, an overlap there
    ],
)
def test_a_gap_or_an_overlap_is_noticed(cells: list[tuple[float, ...]]) -> None:
    assert tiled(np.array([(0, 0, 5, 10), (5, 0, 10, 10)], float), (0, 0, 10, 10))
    assert not tiled(np.array(cells, float), (0, 0, 10, 10))


@pytest.mark.parametrize("name", MODELS)
def test_the_middle_of_a_box_belongs_to_its_token(name: str) -> None:
    for layout in layouts(name):
        for of in maps(layout):
            boxes = of.boxes()
            for i in {0, of.tokens // 3, of.tokens // 2, of.tokens - 1}:
                token = of.token(i)
                assert (token.sequence, token.index) == (of.sequence, i)
                if token.box is None:
                    assert np.isnan(boxes[i]).all()
                    continue
                assert tuple(boxes[i]) == token.box
                if token.box.width > 0 and token.box.height > 0:
                    x, y = (token.box.left + token.box.right) / 2, (token.box.top + token.box.bottom) / 2
                    for frame in (None, *token.frames):
                        seen = of.at_pixel(x, y, frame)
                        assert i in seen
                        assert set(seen) <= set(of.in_box(Box(x - CLOSE, y - CLOSE, x + CLOSE, y + CLOSE), frame))


@pytest.mark.parametrize("name", MODELS)
def test_positions_count_tokens_and_special_tokens(name: str) -> None:
    for layout in layouts(name):
        of = layout.token_map()
        assert of.tokens == (layout.tokens or layout.cross_attention_tokens)
        if of.sequence == "prompt":
            assert of.positions == layout.prompt_tokens
        for position in {*range(min(40, of.positions)), *range(0, of.positions, 1 + of.positions // 20)}:
            token = of.at_position(position)
            assert token.position == position
            span = layout.spans[token.span]
            assert token.kind in (span.kind, span.row_end and span.row_end.kind)
            if token.index is not None:
                assert of.token(token.index) == token
            for view in token.views:
                assert 0 <= view < len(layout.views)
            if token.box and len(token.views) == 1:
                source = layout.views[token.views[0]].source
                x, y = (token.box.left + token.box.right) / 2, (token.box.top + token.box.bottom) / 2
                assert source.left - CLOSE <= x <= source.right + CLOSE
                assert source.top - CLOSE <= y <= source.bottom + CLOSE


def test_a_token_of_qwen() -> None:
    # 1280 x 720 is resized to 1288 x 728 = 46 x 26 tokens of 28. Token 57 is the 12th of the second row. A window is
    # 112 / 28 = 4 tokens wide: column 11 lies in the third.
    layout = vtok.layout("qwen2.5-vl", width=1280, height=720)
    token = layout.token_map().token(57)
    assert (token.kind, token.position, token.row, token.column, token.window) == ("vision", 58, 1, 11, 2)
    assert layout.token_box(57) == pytest.approx((11 * 1280 / 46, 720 / 26, 12 * 1280 / 46, 2 * 720 / 26))
    assert layout.tokens_at(11.5 * 1280 / 46, 40) == [57]
    assert layout.token_map().at_position(0).text == "<|vision_start|>"
    assert layout.token_map().at_position(58) == token


def test_tokens_that_straddle_windows_have_none() -> None:
    # GOT-OCR2's windows are 224 / 16 = 14 patches wide, and a token takes 4 x 4 patches: every other window cuts one.
    layout = vtok.layout("got-ocr2", width=1024, height=1024)
    assert (layout.window, layout.global_view.patch_size, layout.global_view.merge_size) == (224, 16, 4)
    assert layout.token_map().token(3).window is None


def test_a_pixel_of_deepseek_vl2_is_seen_by_the_global_view_and_by_a_tile() -> None:
    # 1333 x 777 on 4 x 2 tiles of 384: 1536 x 768. The scale is 768 / 777, so the content is 1318 x 768 at x = 109.
    # A tile has 14 x 14 tokens of 28 pixels, the last ones 20 wide. The pixel 800, 300 lies at 109 + 800 * 1318 / 1333
    # = 899.99, 296.5 of the canvas: in tile 2 of the first row, at 131.99, 296.5, which is token row 10, column 4.
    layout = vtok.layout("deepseek-vl2", width=1333, height=777)
    overview, tile = (layout.token_map().token(i) for i in layout.tokens_at(800, 300))
    assert (layout.views[overview.views[0]].kind, overview.tile) == ("thumbnail", None)
    assert (tile.row, tile.column, tile.tile) == (10, 2 * 14 + 4, (2, 0))
    # 14 rows of 14 and a newline; the separator; then rows of 4 * 14 tokens and a newline
    assert tile.index == 14 * 15 + 1 + 10 * 57 + 32


@pytest.mark.parametrize("name", ["deepseek-vl2", "pixtral-12b", "llama-3.2-vision", "qwen-vl", "hunyuan-vl"])
def test_tokens_and_positions_are_numbered_without_a_gap(name: str) -> None:
    of = vtok.layout(name, width=500, height=300).token_map()
    everything = list(of)
    assert [token.position for token in everything] == list(range(of.positions))
    assert [token.index for token in everything if token.index is not None] == list(range(of.tokens))


def test_what_has_no_place_says_what_it_is() -> None:
    layout = vtok.layout("deepseek-vl2", width=1333, height=777)
    newline, separator = layout.token_map().token(14), layout.token_map().token(14 * 15)
    assert (newline.kind, newline.row, newline.column, newline.box) == ("newline", 0, None, None)
    assert (separator.kind, separator.box) == ("separator", None)
    query = vtok.layout("minicpm-v-2.6", width=1280, height=720).token_map().token(70)  # 64 queries a view
    assert (query.kind, query.box, query.tile) == ("query", None, (0, 0))


def test_a_token_of_a_video_has_frames_and_a_time() -> None:
    # 2 fps of 16: frames 0, 8, 16, ... two of them make a step of 46 x 26 tokens
    layout = vtok.layout("qwen2.5-vl", width=1280, height=720, num_frames=64, fps=16.0)
    token = layout.token_map().token(2 * 46 * 26 + 5)
    assert (token.t, token.frames, token.time) == (2, (32, 40), 2.0)
    assert layout.tokens_at(0, 0, frame=40) == [2 * 46 * 26]
    assert layout.tokens_at(0, 0) == [t * 46 * 26 for t in range(4)]
    assert layout.tokens_at(0, 0, frame=41) == []


def test_padding_belongs_to_the_tile_that_it_pads() -> None:
    layout = vtok.layout("deepseek-vl2", width=1333, height=777)
    corner = layout.token_map().token(14 * 15 + 1)
    assert corner.box is not None
    assert (corner.box.width, corner.tile) == (0, (0, 0))


@pytest.mark.parametrize("bad", [-1, 1344, True, 1.5, "3"])
def test_a_token_that_there_is_not(bad: int) -> None:
    layout = vtok.layout("qwen2.5-vl", width=1333, height=777)
    with pytest.raises(UsageError, match=r"has 1,344 visual tokens, numbered 0 to 1343"):
        layout.token_box(bad)
    assert layout.token_box(np.int64(1343)) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("point", [(-1, 0), (1333, 0), (0, 777), (math.nan, 1), (math.inf, 1)])
def test_a_pixel_outside_of_the_image(point: tuple[float, float]) -> None:
    layout = vtok.layout("qwen2.5-vl", width=1333, height=777)
    with pytest.raises(UsageError, match=r"outside of the image of 1333x777 pixels; x is 0 to 1332, y is 0 to 776"):
        layout.tokens_at(*point)


@pytest.mark.parametrize("box", [Box(5, 5, 5, 9), Box(9, 5, 5, 9), Box(2000, 0, 2100, 5), Box(math.nan, 0, 5, 5)])
def test_a_box_without_tokens(box: Box) -> None:
    with pytest.raises(UsageError, match=r"has no area|lies outside"):
        vtok.layout("qwen2.5-vl", width=1333, height=777).token_map().in_box(box)


def test_a_model_that_is_known_by_name_alone_has_the_same_map() -> None:
    family = checkpoints.get("qwen2.5-vl")
    assert family.layout(Media(size=Size(64, 64))).tokens_at(0, 0) == [0]
