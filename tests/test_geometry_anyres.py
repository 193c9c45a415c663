"""Crops, canvases, unpadded and interpolated token maps: values from upstream and by hand, and what always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtok.errors import UnsupportedSizeError
from vtok.geometry.canvases import filled_out, floor_centred, shrunk_map, unpad, unpad_rounded
from vtok.geometry.clocks import whole_second_frames
from vtok.geometry.frames import truncated_frames
from vtok.geometry.places import center_crop, part, resampled, scaled
from vtok.geometry.resize import short_edge, stretch
from vtok.values import Box, Raster, Size

SIDES = st.integers(1, 4000)
SIZES = st.builds(Size, SIDES, SIDES)


@pytest.mark.parametrize(
    ("size", "edge", "after"),
    [
        (Size(480, 640), 336, Size(336, 448)),
        (Size(668, 1000), 336, Size(336, 502)),  # 336 * 1000 / 668 is 502.99
        (Size(1000, 668), 336, Size(502, 336)),
        (Size(1, 1), 224, Size(224, 224)),
        (Size(1, 3000), 224, Size(224, 672000)),
    ],
)
def test_the_short_edge_is_met_and_the_long_one_truncated(size: Size, edge: int, after: Size) -> None:
    assert short_edge(size, edge).after == after


@given(SIZES, st.integers(1, 1024))
def test_the_short_edge_comes_first_and_turns_with_the_image(size: Size, edge: int) -> None:
    after = short_edge(size, edge).after
    assert min(after) == edge
    assert short_edge(size.turned, edge).after == after.turned


def test_a_stretch_says_whether_it_distorts() -> None:
    assert "aspect" in stretch(Size(480, 640), Size(224, 224)).reason
    assert "aspect" not in stretch(Size(480, 480), Size(224, 224)).reason


@pytest.mark.parametrize(
    ("size", "crop", "content", "source"),
    [
        # transformers 5.23, TorchvisionBackend.center_crop, of images whose pixels name their place
        (Size(336, 447), Size(336, 336), Box(0, 0, 336, 336), Box(55, 0, 391, 336)),
        (Size(3, 10), Size(6, 5), Box(0, 1, 5, 4), Box(2, 0, 7, 3)),
        (Size(2, 2), Size(5, 5), Box(1, 1, 3, 3), Box(0, 0, 2, 2)),
    ],
)
def test_the_middle_is_cut_out_or_padded(size: Size, crop: Size, content: Box, source: Box) -> None:
    assert center_crop(size, crop) == (content, source)


@given(SIZES, SIZES)
def test_a_crop_shows_as_much_as_it_can(size: Size, crop: Size) -> None:
    content, source = center_crop(size, crop)
    assert (content.width, content.height) == (source.width, source.height)
    assert (content.height, content.width) == tuple(map(min, size, crop))
    assert source.left + source.right - size.width in (-1, 0)
    assert source.top + source.bottom - size.height in (-1, 0)


@given(SIZES, SIZES)
def test_a_scaled_box_of_all_is_all(before: Size, after: Size) -> None:
    assert scaled(Box.of(before), before, after) == pytest.approx(Box.of(after))


@pytest.mark.parametrize(
    ("size", "canvas", "after", "content"),
    [
        # haotian-liu/LLaVA c121f04, resize_and_pad_image
        (Size(200, 300), Size(336, 672), Size(336, 504), Box(84, 0, 588, 336)),
        (Size(1080, 1920), Size(1152, 1920), Size(1080, 1920), Box(0, 36, 1920, 1116)),
        (Size(3000, 1), Size(672, 336), Size(672, 1), Box(167, 0, 168, 672)),  # 0.224 pixels are rounded up
    ],
)
def test_the_canvas_is_filled_and_the_rest_padded(size: Size, canvas: Size, after: Size, content: Box) -> None:
    assert filled_out(size, canvas) == after
    assert floor_centred(after, canvas) == content


@given(SIZES, SIZES)
def test_one_side_fills_the_canvas_and_none_exceeds_it(size: Size, canvas: Size) -> None:
    after = filled_out(size, canvas)
    assert after.height == canvas.height or after.width == canvas.width
    assert min(after) >= 1
    assert after.height <= canvas.height
    assert after.width <= canvas.width


@pytest.mark.parametrize(
    ("size", "rows", "columns", "kept", "rounded"),
    [
        # LLaVA's unpad_image and that of transformers 5.23, on tensors of these shapes
        (Size(110, 352), 24, 48, (14, 48), (16, 48)),  # 48 / 352 * 110 is 15, and in floats just below
        (Size(352, 110), 48, 24, (48, 14), (48, 16)),
        (Size(480, 640), 48, 48, (36, 48), (36, 48)),
        (Size(3, 2000), 24, 72, (0, 72), (0, 72)),
        (Size(3000, 1), 48, 24, (48, 0), (48, 0)),
    ],
)
def test_padding_is_dropped_from_the_token_map(
    size: Size, rows: int, columns: int, kept: tuple[int, int], rounded: tuple[int, int]
) -> None:
    assert tuple(map(len, unpad(size, rows, columns))) == kept
    assert tuple(map(len, unpad_rounded(size, rows, columns))) == rounded


@given(SIZES, st.integers(1, 200), st.integers(1, 200))
def test_as_much_is_dropped_on_either_side_of_one_axis(size: Size, rows: int, columns: int) -> None:
    for rule in (unpad, unpad_rounded):
        kept = rule(size, rows, columns)
        assert kept[0] == range(rows) or kept[1] == range(columns)
        assert all(r.start == length - r.stop for r, length in zip(kept, (rows, columns), strict=True))


@pytest.mark.parametrize(
    ("rows", "columns", "after"),
    [
        # transformers 5.23, LlavaOnevisionProcessor._get_unpadded_features at 9 * 27**2
        (75, 135, (60, 108)),
        (76, 135, (60, 107)),
        (81, 81, (81, 81)),
        (81, 98, (81, 98)),  # the ratio is 1.09994
        (81, 99, (73, 89)),
        (162, 162, (81, 81)),
        (0, 72, (0, 72)),
    ],
)
def test_a_large_token_map_is_shrunk(rows: int, columns: int, after: tuple[int, int]) -> None:
    assert shrunk_map(rows, columns, 9 * 27**2) == after


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 20000))
def test_a_shrunk_map_holds_no_more_than_it_may(rows: int, columns: int, most: int) -> None:
    after = shrunk_map(rows, columns, most)
    assert after[0] * after[1] <= (most * 1.21 + 1e-6)


RASTER = Raster(t=1, rows=4, columns=3, ys=(0, 10, 20, 25, 40), xs=(0, 1, 2, 3))


def test_a_part_keeps_its_edges() -> None:
    assert part(RASTER, range(1, 3), range(3)) == Raster(t=1, rows=2, columns=3, ys=(10, 20, 25), xs=(0, 1, 2, 3))
    nothing = part(RASTER, range(2, 2), range(3))
    assert (nothing.rows, nothing.cells, nothing.ys) == (0, 0, (20,))


def test_resampled_cells_share_the_old_ones() -> None:
    # Of four rows, 1 1/3 end a third into the second row, 2 2/3 end two thirds into the third.
    assert resampled(RASTER, 3, 3).ys == pytest.approx((0, 10 + 10 / 3, 20 + 10 / 3, 40))
    assert resampled(RASTER, 4, 3) == RASTER


@given(st.integers(1, 60), st.integers(1, 60))
def test_resampled_edges_rise_from_end_to_end(rows: int, columns: int) -> None:
    after = resampled(RASTER, rows, columns)
    assert len(after.ys) == rows + 1
    assert len(after.xs) == columns + 1
    assert list(after.ys) == sorted(after.ys)
    assert (after.ys[0], after.ys[-1], after.xs[0], after.xs[-1]) == (0, 40, 0, 3)


@pytest.mark.parametrize(
    ("total", "n", "indices"),
    [
        # numpy.linspace(0, total - 1, n, dtype=int)
        (1801, 8, (0, 257, 514, 771, 1028, 1285, 1542, 1800)),
        (5, 4, (0, 1, 2, 4)),
        (10, 1, (0,)),
        (2, 4, (0, 0, 0, 1)),
    ],
)
def test_truncated_frames_are_numpys(total: int, n: int, indices: tuple[int, ...]) -> None:
    assert truncated_frames(total, fps=30.0, n=n).indices == indices


def test_no_frame_is_refused() -> None:
    with pytest.raises(UnsupportedSizeError, match="1 or more"):
        truncated_frames(10, fps=None, n=0)


def test_a_frame_a_second_until_there_are_too_many() -> None:
    assert whole_second_frames(100, fps=29.97, most=32).indices == (0, 30, 60, 90)
    assert whole_second_frames(100, fps=29.97, most=3).indices == (0, 49, 99)
    with pytest.raises(UnsupportedSizeError, match="rounds to 0"):
        whole_second_frames(100, fps=0.4, most=32)
