"""Position ids and windows against the least that numpy needs for an array of that size, in the same run."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from timing import assert_at_most, ratio

import vtok

pytestmark = pytest.mark.benchmark

LENGTH = 1_000_000
LIMIT = 4
RUNS = 25
ROUNDS = 9
SIDES = range(54, 76, 2)

Array = NDArray[np.int64]


def prompt(sides: range) -> list[Any]:
    """A million positions: 244 images in text."""
    segments: list[Any] = []
    left = LENGTH
    for i in range(244):
        rows, columns = sides[i % len(sides)], sides[-1 - i * 7 % len(sides)]
        segments += [["text", 1 + i % 3], ["image", [1, 2 * rows, 2 * columns]]]
        left -= 1 + i % 3 + rows * columns + 2
    return [*segments, ["text", left]]


def peak(work: Callable[[], Array]) -> float:
    """The most memory that the work holds, as a multiple of its result."""
    work()
    tracemalloc.start()
    try:
        size = work().nbytes
        return tracemalloc.get_traced_memory()[1] / size
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("sides", [range(63, 64), SIDES], ids=["one size", "many sizes"])
def test_ids_of_a_million_positions(sides: range) -> None:
    segments = prompt(sides)
    filled = np.empty((3, LENGTH), np.int64)

    def ids() -> Array:
        return vtok.position_ids("qwen2.5-vl", segments=segments).ids

    assert ids().shape == filled.shape
    assert_at_most(LIMIT, lambda: ratio(ids, lambda: filled.fill(1), runs=RUNS, rounds=ROUNDS))
    assert peak(ids) <= LIMIT


def test_window_index_of_a_million_tokens() -> None:
    def index() -> Array:
        return vtok.windows("qwen2.5-vl", grids=[(1, 1000, 1000)], merged=True).window_index

    def floor() -> Array:
        return np.arange(LENGTH).reshape(250, 4, 250, 4).transpose(0, 2, 1, 3).copy()

    assert np.array_equal(index(), floor().reshape(-1))
    assert_at_most(LIMIT, lambda: ratio(index, floor, runs=RUNS, rounds=ROUNDS))
    assert peak(index) <= LIMIT


@pytest.mark.parametrize("name", ["window_index", "reverse_index", "vit_pos_ids", "cu_window_seqlens"])
@pytest.mark.parametrize("grid", [(1, 1000, 1000), (1, 999, 997), (40, 150, 166)])
def test_memory_of_windows(name: str, grid: tuple[int, int, int]) -> None:
    def array() -> Array:
        result: Array = getattr(vtok.windows("qwen2.5-vl", grids=[grid], merged=True), name)
        return result

    assert peak(array) <= LIMIT
