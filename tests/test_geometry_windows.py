"""Window partitions and the order of patches: by hand, and what must hold for every grid."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vtok
from vtok.errors import UsageError
from vtok.geometry.windows import MAX_PATCHES, checked_grid, partition, patch_order

sides = st.integers(1, 20).map(lambda n: 2 * n)
grids = st.lists(st.tuples(st.integers(1, 3), sides, sides), min_size=1, max_size=4)
window_sides = st.integers(1, 6)


def test_a_grid_of_12_by_12_by_hand() -> None:
    windows = vtok.windows("qwen2.5-vl", grids=[(1, 12, 12)])
    # 6 x 6 merged tokens: 4 x 4 at the top left, 4 x 2 beside it, 2 x 4 below, 2 x 2 in the corner
    assert windows.window_index.tolist() == [
        *(0, 1, 2, 3, 6, 7, 8, 9, 12, 13, 14, 15, 18, 19, 20, 21),
        *(4, 5, 10, 11, 16, 17, 22, 23),
        *(24, 25, 26, 27, 30, 31, 32, 33),
        *(28, 29, 34, 35),
    ]
    assert windows.cu_window_seqlens.tolist() == [0, 64, 96, 128, 144]
    assert windows.cu_seqlens.tolist() == [0, 144]
    assert windows.sizes == {(4, 4): 1, (2, 4): 1, (4, 2): 1, (2, 2): 1}
    assert windows.num_windows == 4
    assert windows.padding_share == 1 - 36 / 64
    assert windows.pairs_windowed == 64**2 + 32**2 + 32**2 + 16**2
    assert windows.pairs_full == 144**2
    assert windows.full_layers == (7, 15, 23, 31)
    assert windows.windowed_layers[:8] == (0, 1, 2, 3, 4, 5, 6, 8)
    assert windows.num_layers == 32


@pytest.mark.parametrize(
    ("model", "full_layers", "num_layers"),
    [("hyperclovax-2", (7, 15, 23, 31), 32), ("exaone-4.5", (6, 13, 20, 27), 28)],  # their published config.json
)
def test_other_models_with_windows_of_112_pixels(model: str, full_layers: tuple[int, ...], num_layers: int) -> None:
    windows = vtok.windows(model, grids=[(1, 12, 12)])
    assert windows.sizes == {(4, 4): 1, (2, 4): 1, (4, 2): 1, (2, 2): 1}
    assert (windows.full_layers, windows.num_layers) == (full_layers, num_layers)


def test_a_grid_that_divides_has_no_empty_windows() -> None:
    windows = vtok.windows("qwen2.5-vl", grids=[(1, 16, 16)])
    assert windows.cu_window_seqlens.tolist() == [0, 64, 128, 192, 256]
    assert windows.sizes == {(4, 4): 4}
    assert windows.padding_share == 0


def test_windows_restart_at_each_temporal_step_and_image() -> None:
    windows = vtok.windows("qwen2.5-vl", grids=[(2, 4, 4), (1, 2, 10)])
    assert windows.cu_window_seqlens.tolist() == [0, 16, 32, 48, 52]
    assert windows.cu_seqlens.tolist() == [0, 16, 32, 52]
    assert windows.window_index.tolist() == list(range(13))


def test_rows_and_columns_of_patches_in_blocks_by_hand() -> None:
    windows = vtok.windows("qwen2.5-vl", grids=[(1, 2, 4)])
    assert windows.vit_pos_ids.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2], [0, 3], [1, 2], [1, 3]]


def test_merged_grids_are_the_same_grids() -> None:
    merged = vtok.windows("qwen2.5-omni", grids=[(1, 6, 6), (9, 5)], merged=True)
    assert merged == vtok.windows("qwen2.5-omni", grids=[(1, 12, 12), (18, 10)])


def test_window_patch_and_merge_size_can_be_set() -> None:
    windows = vtok.windows("qwen2.5-vl", grids=[(1, 12, 12)], window_size=96, patch_size=16, spatial_merge_size=3)
    assert windows.sizes == {(2, 2): 4}
    assert windows.cu_window_seqlens.tolist() == [0, 36, 72, 108, 144]


@given(grids, window_sides)
def test_window_and_reverse_index_are_inverse_permutations(grids: list[tuple[int, int, int]], side: int) -> None:
    windows = partition(grids, merge_size=2, side=side)
    everything = np.arange(windows.tokens)
    assert np.array_equal(np.sort(windows.window_index), everything)
    assert np.array_equal(windows.window_index[windows.reverse_index], everything)
    assert np.array_equal(windows.reverse_index[windows.window_index], everything)


@given(grids, window_sides)
def test_cumulative_lengths_increase_to_the_number_of_patches(grids: list[tuple[int, int, int]], side: int) -> None:
    windows = partition(grids, merge_size=2, side=side)
    for cumulative in (windows.cu_window_seqlens, windows.cu_seqlens):
        assert cumulative[0] == 0
        assert cumulative[-1] == windows.patches == windows.tokens * 4
        assert (np.diff(cumulative) > 0).all()
    lengths = np.diff(windows.cu_window_seqlens)
    assert len(lengths) == windows.num_windows
    assert int((lengths**2).sum()) == windows.pairs_windowed
    assert int((np.diff(windows.cu_seqlens) ** 2).sum()) == windows.pairs_full
    assert 0 <= windows.padding_share < 1


@given(grids, window_sides)
def test_a_window_is_a_rectangle_in_one_temporal_step(grids: list[tuple[int, int, int]], side: int) -> None:
    windows = partition(grids, merge_size=2, side=side)
    places = []
    for number, (t, rows, columns) in enumerate(windows.token_grids):
        cells = np.indices((t, rows, columns)).reshape(3, -1)
        places.append(np.concatenate([np.full((1, cells.shape[1]), number), cells]))
    place = np.concatenate(places, axis=1)[:, windows.window_index]
    for start, stop in zip(windows.cu_window_seqlens[:-1] // 4, windows.cu_window_seqlens[1:] // 4, strict=True):
        grid, step, row, column = place[:, start:stop]
        assert len({*grid.tolist()}) == len({*step.tolist()}) == 1
        assert len({*(row // side).tolist()}) == len({*(column // side).tolist()}) == 1
        assert stop - start == (np.ptp(row) + 1) * (np.ptp(column) + 1)


@given(grids)
def test_ids_of_patches_follow_their_order(grids: list[tuple[int, int, int]]) -> None:
    windows = partition(grids, merge_size=2, side=4)
    ids = []
    for t, h, w in grids:
        order = patch_order((t, h, w), merge_size=2, block_order=True)
        assert np.array_equal(np.sort(order), np.arange(t * h * w))
        ids.append(np.stack([order // w % h, order % w], axis=1))
    assert np.array_equal(windows.vit_pos_ids, np.concatenate(ids))


def test_order_of_patches_by_hand() -> None:
    blocks = [0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15]
    assert vtok.patch_order((4, 8), "qwen2.5-vl")[:16].tolist() == blocks
    assert vtok.patch_order((2, 2, 4), "glm-4.1v").tolist() == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]
    assert vtok.patch_order((3, 5), "vit-b16-224").tolist() == list(range(15))


@pytest.mark.parametrize(
    ("grid", "why"),
    [
        ((13, 12), "divide by 2"),
        ((1, 12, 13), "divide by 2"),
        ((0, 12, 12), "1 or more"),
        ((1, -2, 12), "1 or more"),
        ((1, 12.0, 12), "three whole numbers"),
        ((1, 1, 12, 12), "three whole numbers"),
        ("12x12", "three whole numbers"),
        (12, "three whole numbers"),
        ((10**6, 10**6), f"limit of {MAX_PATCHES:,}"),
    ],
)
def test_grids_that_are_refused(grid: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        vtok.windows("qwen2.5-vl", grids=[grid])
    with pytest.raises(UsageError, match=why):
        vtok.patch_order(grid, "qwen2.5-vl")


def test_grids_that_are_too_large_together_are_refused() -> None:
    with pytest.raises(UsageError, match=f"limit of {MAX_PATCHES:,}"):
        vtok.windows("qwen2.5-vl", grids=[(1, 8000, 8000)] * 2)
    with pytest.raises(UsageError, match="at least one"):
        vtok.windows("qwen2.5-vl", grids=[])


def test_a_grid_in_merged_tokens_counts_its_patches() -> None:
    assert checked_grid((2, 3, 5), merge_size=2, scale=2) == (2, 6, 10)
    with pytest.raises(UsageError, match="256,000,000 patches"):
        checked_grid((8000, 8000), merge_size=2, scale=2)


@pytest.mark.parametrize("model", ["qwen2-vl", "qwen3-vl", "vit-b16-224"])
def test_models_without_windows_say_what_they_do(model: str) -> None:
    with pytest.raises(UsageError, match=f"no windows of {model}: every layer .* in full.*qwen2.5-vl"):
        vtok.windows(model, grids=[(12, 12)])


@pytest.mark.parametrize("numbers", [{"window_size": 27}, {"window_size": 0}, {"patch_size": 0}])
def test_windows_without_room_for_a_token_are_refused(numbers: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"holds no token|from 1 to"):
        vtok.windows("qwen2.5-vl", grids=[(12, 12)], **numbers)
