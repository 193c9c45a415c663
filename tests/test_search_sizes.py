"""Sizes of images that make a number of tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtok import checkpoints
from vtok.search import sizes
from vtok.search.sizes import grids, longer_sides, with_longer_side
from vtok.values import Media, Size


@pytest.mark.parametrize(
    ("size", "longer", "expected"),
    [(Size(300, 400), 200, Size(150, 200)), (Size(1, 1000), 10, Size(1, 10)), (Size(8, 4), 16, Size(16, 8))],
)
def test_a_size_of_the_same_shape(size: Size, longer: int, expected: Size) -> None:
    assert with_longer_side(size, longer) == expected


@given(low=st.integers(1, 300), length=st.integers(0, 40), longest=st.integers(1, 300))
def test_a_range_of_sides_is_whole(low: int, length: int, longest: int) -> None:
    wanted = [side for side in range(low, low + length) if side <= longest]
    assert list(longer_sides(longest, lambda side: low <= side < low + length)) == wanted


def test_the_largest_of_several_ranges() -> None:
    assert longer_sides(100, lambda side: side in {3, 4, 60, 61, 63}) == range(63, 64)


def test_a_range_wider_than_the_samples_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "SAMPLES", 10)
    assert longer_sides(1000, lambda side: 401 <= side <= 522) == range(401, 523)


@pytest.mark.parametrize(
    ("model", "number", "like", "factor", "first"),
    [
        ("qwen2.5-vl", 12, Size(30, 40), 28, ((3, 4), "tokens")),
        ("qwen2.5-vl", 1196, Size(720, 1280), 28, ((26, 46), "tokens")),
        ("qwen3-vl", 108, Size(10, 120), 32, ((3, 36), "tokens")),
    ],
)
def test_grids_go_by_shape(model: str, number: int, like: Size, factor: int, first: object) -> None:
    assert next(grids(checkpoints.get(model), number, like, factor)) == first


@given(number=st.integers(4, 3000), height=st.integers(1, 3000), width=st.integers(1, 3000))
def test_each_grid_makes_its_number(number: int, height: int, width: int) -> None:
    family = checkpoints.get("qwen2.5-vl")
    for _, ((rows, columns), counted) in zip(range(3), grids(family, number, Size(height, width), 28), strict=False):
        layout = family.layout(Media(size=Size(rows * 28, columns * 28)))
        assert number == (layout.tokens if counted == "tokens" else layout.prompt_tokens)


def test_a_number_beyond_all_grids_has_none() -> None:
    assert not list(grids(checkpoints.get("qwen2.5-vl"), 10**12, Size(9, 9), 28))
