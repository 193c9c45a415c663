"""Lengths of sequences against the plain algorithms on lists."""

import random
from collections import Counter

import numpy as np
import pytest

from vtok.geometry.packing import EMPTY, Lengths


def lengths(items: list[int]) -> Lengths:
    """How many items have each length."""
    values, counts = np.unique(np.array(items, np.int64), return_counts=True)
    return Lengths(values, counts)


def first_fit_decreasing(items: list[int], length: int) -> int:
    """How many sequences of this length hold the items, each put into the first one that has room."""
    room: list[int] = []
    for size in sorted((min(item, length) for item in items if item > 0), reverse=True):
        at = next((i for i, left in enumerate(room) if left >= size), len(room))
        if at == len(room):
            room.append(length)
        room[at] -= size
    return len(room)


def collections() -> list[list[int]]:
    """Lists of items: a few sizes often, many sizes rarely, and none."""
    generator = random.Random(3)
    few = [generator.choices([0, 1, 2, 3, 5, 7, 11], k=generator.randint(1, 40)) for _ in range(150)]
    many = [[generator.randint(1, 20) for _ in range(generator.randint(1, 60))] for _ in range(150)]
    return [*few, *many, [], [4] * 9, [20, 20, 20], [6, 4, 6, 4], [5] * 6 + [3] * 5 + [2] * 4]


@pytest.mark.parametrize("length", [4, 10, 13, 20])
def test_sequences_as_the_plain_algorithm_fills_them(length: int) -> None:
    for items in collections():
        assert lengths(items).packed(length) == first_fit_decreasing(items, length), items


def test_the_plain_algorithm_by_hand() -> None:
    assert first_fit_decreasing([6, 5, 4, 3, 2, 12, 0], 10) == 3  # 12 as 10; 6 and 4; 5, 3 and 2


def test_sums_by_hand() -> None:
    some = lengths([5, 1, 5, 9])
    assert (some.items, some.tokens) == (4, 20)
    assert (EMPTY.items, EMPTY.tokens, EMPTY.packed(10)) == (0, 0, 0)
    assert some.truncated(5) == (1, 4)
    assert some.truncated(4) == (3, 7)
    assert some.truncated(9) == (0, 0)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0])
def test_a_quantile_is_the_least_length_that_the_share_does_not_pass(share: float) -> None:
    for items in filter(None, collections()):
        within = (value for value in sorted(items) if sum(item <= value for item in items) >= share * len(items))
        assert lengths(items).quantile(share) == next(within)


def test_merged_lengths() -> None:
    both = lengths([5, 1, 5]).merged(*lengths([9, 1]))
    assert dict(zip(both.values.tolist(), both.counts.tolist(), strict=True)) == Counter([5, 1, 5, 9, 1])
    assert both.values.tolist() == [1, 5, 9]
    assert EMPTY.merged(*lengths([3])).tokens == 3
