"""`SizeCounter` with models made up for it, whose counts follow from the sides by hand."""

from typing import Any

import numpy as np
import pytest

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.many import EXACT_PIXELS
from vtok.parts import bulk
from vtok.parts.bulk import REFUSED, Counts, SizeCounter
from vtok.parts.keys import TokenGrid
from vtok.values import Size

LIMIT = 2**31


class Answer:
    """The part of a layout that is asked for."""

    def __init__(self, tokens: int, prompt_tokens: int) -> None:
        self.tokens, self.prompt_tokens = tokens, prompt_tokens


class Model:
    """A model that counts by what `keys` makes of the sides; it remembers the sizes that it was asked for."""

    def __init__(self, keys: Any, count: Any, *, plain: bool = False) -> None:
        self.keys, self.count, self.plain = keys, count, plain
        self.asked: list[tuple[int, int]] = []

    def count_keys(self, sizes: Any) -> Any:
        keys = self.keys(*sizes)
        return TokenGrid(*keys) if self.plain else keys

    def layout(self, media: Any) -> Answer:
        size: Size = media.size
        self.asked.append((size.height, size.width))
        return Answer(*self.count(*(np.asarray(key).item() for key in self.keys(*size)), size))


def counted(model: Model, pairs: list[tuple[Any, Any]], **options: Any) -> list[tuple[int, int]]:
    """The counts of (height, width)."""
    return rows(SizeCounter(model, **{"side_limit": LIMIT} | options), pairs)  # type: ignore[arg-type]


def rows(counter: SizeCounter, pairs: list[tuple[Any, Any]], kind: Any = None) -> list[tuple[int, int]]:
    """The counts by a counter."""
    heights, widths = (np.array(sides, kind) for sides in zip(*pairs, strict=True))
    counts = counter.count(widths, heights)
    assert all(array.dtype == np.int64 for array in counts)
    return list(zip(counts.tokens.tolist(), counts.prompt_tokens.tolist(), strict=True))


def grid(height: Any, width: Any) -> tuple[Any, Any]:
    """Rows and columns of cells of 10 pixels."""
    return height // 10, width // 10


def plus(rows: Any, columns: Any, _: Size) -> tuple[int, int]:
    """Counts that tell rows from columns."""
    return int(rows) * 100 + int(columns), int(rows) * 100 + int(columns) + 7


PAIRS = [(15, 23), (15, 29), (35, 10), (9, 9), (10, 9), (990, 20), (20, 990), (15, 23)]
EXPECTED = [(h // 10 * 100 + w // 10, h // 10 * 100 + w // 10 + 7) for h, w in PAIRS]


@pytest.mark.parametrize("dense", [bulk.DENSE, 100 * 100, 1], ids=["table", "just a table", "no table"])
def test_each_key_is_asked_for_once(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "DENSE", dense)
    model = Model(grid, plus)
    counter = SizeCounter(model, side_limit=LIMIT)  # type: ignore[arg-type]
    assert rows(counter, PAIRS) == EXPECTED
    assert len(model.asked) == 6
    assert rows(counter, PAIRS[::-1]) == EXPECTED[::-1]  # a second batch, with what the first one has left
    assert rows(counter, [(1005, 15), *PAIRS]) == [(10_001, 10_008), *EXPECTED]  # a larger table
    assert len(model.asked) == 7


def test_a_table_of_just_the_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = []
    monkeypatch.setattr(bulk, "DENSE", 4 * 3)
    for most in (29, 39):
        counter = SizeCounter(Model(grid, plus), side_limit=LIMIT)  # type: ignore[arg-type]
        rows(counter, [(30, 0 + 10), (10, most)])
        tables.append(counter._table.shape)
    assert tables == [(4, 3), ()]


@pytest.mark.parametrize("keys", [lambda h, w: (-(h // 10), w // 10), lambda h, w: (h * 5000, w * 70_000)])
def test_keys_that_fit_no_table(keys: Any) -> None:
    model = Model(keys, lambda a, b, size: (size.height, size.width))
    pairs = [(15, 20), (15, 20), (35, 20), (15, 40), (2000, 1000), (900, 30)]
    assert counted(model, pairs) == pairs
    assert len(model.asked) == 5


def test_keys_that_spread_too_wide_for_one_code() -> None:
    model = Model(lambda h, w: (h * 3, w * 5, h * 7, w * 11), lambda *keys: (keys[-1].height, keys[-1].width))
    pairs = [(7 * i % 20_011 + 1, 13 * i % 20_021 + 1) for i in range(300)] * 2
    assert counted(model, pairs) == pairs
    assert len(model.asked) == 300


def test_codes_that_would_be_equal_in_64_bits() -> None:
    # Five keys below 2**14: the first one, 256, stands for 256 * 2**56 = 2**64, which 64 bits hold as 0.
    wide = 2**14 - 1
    of_size = {1: (0, 0, 0, 0, 0), 2: (256, 0, 0, 0, 0), 3: (0, wide, wide, wide, wide), 4: (wide, 0, 0, 0, 0)}

    def keys(height: Any, width: Any) -> Any:
        del width
        sides = np.atleast_1d(np.asarray(height))
        columns = np.array([of_size.get(int(side), of_size[1]) for side in sides]).T
        return tuple(columns) if np.ndim(height) else tuple(int(column[0]) for column in columns)

    model = Model(keys, lambda *keys: (keys[-1].height, keys[-1].width))
    pairs = [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert counted(model, pairs) == pairs


def test_counts_above_31_bits() -> None:
    model = Model(lambda h, w: (h, w), lambda h, w, size: (h * 2**30, w * 2**40))
    pairs = [(1, 1), (2, 3), (5, 4)]
    assert counted(model, pairs * 2) == [(h * 2**30, w * 2**40) for h, w in pairs * 2]


@pytest.mark.parametrize("count", [2**31 - 1, 2**31, 2**32])
def test_the_largest_count_of_31_bits_and_the_next(count: int) -> None:
    assert counted(Model(grid, lambda *_: (count - 1, count)), [(15, 23), (35, 10)]) == [(count - 1, count)] * 2


def test_a_count_of_two_is_a_count() -> None:
    model = Model(grid, lambda *_: (2, 2))
    counter = SizeCounter(model, side_limit=LIMIT)  # type: ignore[arg-type]
    assert rows(counter, PAIRS[:1]) == rows(counter, PAIRS[:1]) == [(2, 2)]
    counter._known.clear()
    assert rows(counter, PAIRS[:1]) == [(2, 2)]
    assert len(model.asked) == 1


def test_what_stands_for_a_refusal() -> None:
    counts = SizeCounter(Model(grid, plus), side_limit=LIMIT).count(np.array([float("nan")]), np.array([5.0]))  # type: ignore[arg-type]
    assert [array.tolist() for array in counts] == [[-1], [-1]]


def test_no_key_at_all() -> None:
    model = Model(lambda h, w: (), lambda size: (5, 6))
    assert counted(model, PAIRS) == [(5, 6)] * len(PAIRS)
    assert len(model.asked) == 1
    assert counted(model, PAIRS[:0] or [(1, 1)]) == [(5, 6)]


def test_no_size_at_all() -> None:
    counter = SizeCounter(Model(grid, plus), side_limit=LIMIT)  # type: ignore[arg-type]
    assert [array.size for array in counter.count(np.zeros(0, int), np.zeros(0, int))] == [0, 0]


@pytest.mark.parametrize("kind", [int, float])
def test_sides_that_are_none(kind: Any) -> None:
    model = Model(grid, plus)
    good = [(15, 23), (1, 1), (1, 50), (50, 1), (100, 1), (1, 100)]
    bad: list[tuple[Any, Any]] = [(0, 5), (5, 0), (-3, 5), (101, 5), (5, 101)]
    bad += [] if kind is int else [(1.5, 20), (20, float("nan")), (float("inf"), 5)]
    counts = rows(SizeCounter(model, side_limit=100), [*good, *bad], kind)  # type: ignore[arg-type]
    assert counts[: len(good)] == [(h // 10 * 100 + w // 10, h // 10 * 100 + w // 10 + 7) for h, w in good]
    assert counts[len(good) :] == [(REFUSED, REFUSED)] * len(bad)
    assert all(min(size) >= 1 and max(size) <= 100 for size in model.asked)
    alone = SizeCounter(model, side_limit=100)  # type: ignore[arg-type]
    assert [rows(alone, [pair], kind) for pair in bad] == [[(REFUSED, REFUSED)]] * len(bad)


def test_sizes_too_large_for_arrays_are_asked_for_one_by_one() -> None:
    areas: list[float] = []

    def keys(height: Any, width: Any) -> tuple[Any, Any]:
        areas.extend(np.atleast_1d(height * width).tolist() if np.ndim(height) else ())
        return height, width

    model = Model(keys, lambda height, width, size: (size.height % 1000, size.width % 1000))
    side = 2**25
    pairs = [
        (side, side),
        (side, side - 1),
        (side - 1, side),
        (side, side + 2),
        (side, side),
        (1, 2**31),
        (2**31, 2**20),
    ]
    assert counted(model, pairs) == [(h % 1000, w % 1000) for h, w in pairs]
    assert len(model.asked) == 7  # 1 x 1 stands in arrays for those that are too large
    assert max(areas) == side * (side - 1) < EXACT_PIXELS == side * side
    assert counted(model, pairs[:1]) == [(432, 432)]


FORM = {"tokens": lambda r, c: 3 + 2 * r + 5 * c + 7 * r * c, "prompt": lambda r, c: 4 + r * c}
SQUARES = [(10 * r, 10 * c) for r in range(1, 9) for c in range(1, 9)]


def of_the_form(rows: Any, columns: Any, _: Size) -> tuple[int, int]:
    return FORM["tokens"](rows, columns), FORM["prompt"](rows, columns)


def test_of_many_plain_grids_some_are_asked_for() -> None:
    model = Model(grid, of_the_form, plain=True)
    expected = [of_the_form(h // 10, w // 10, Size(h, w)) for h, w in SQUARES]
    assert counted(model, SQUARES) == expected
    assert len(model.asked) == bulk.ASKED
    few = Model(grid, of_the_form, plain=True)
    assert counted(few, SQUARES[: 2 * bulk.ASKED]) == expected[: 2 * bulk.ASKED]
    assert len(few.asked) == 2 * bulk.ASKED
    more = Model(grid, of_the_form, plain=True)
    assert counted(more, SQUARES[: 2 * bulk.ASKED + 1]) == expected[: 2 * bulk.ASKED + 1]
    assert len(more.asked) == bulk.ASKED


def test_grids_that_promise_nothing_are_all_asked_for() -> None:
    model = Model(grid, of_the_form)
    counted(model, SQUARES)
    assert len(model.asked) == 64


def test_grids_that_break_their_promise_are_all_asked_for() -> None:
    model = Model(grid, lambda r, c, size: (int(r) ** 3, int(c)), plain=True)
    assert counted(model, SQUARES) == [((h // 10) ** 3, w // 10) for h, w in SQUARES]
    assert set(model.asked) == set(SQUARES)


def test_grids_in_one_row_are_all_asked_for() -> None:
    row = [(10, 10 * c) for c in range(1, 65)]
    model = Model(grid, of_the_form, plain=True)
    assert counted(model, row) == [of_the_form(1, c, Size(10, 10 * c)) for c in range(1, 65)]
    assert len(model.asked) == 64


def test_an_empty_grid_is_asked_for_itself() -> None:
    def refusing(rows: Any, columns: Any, size: Size) -> tuple[int, int]:
        if not rows or not columns:
            raise UnsupportedSizeError("too small")
        return of_the_form(rows, columns, size)

    counts = counted(Model(grid, refusing, plain=True), [(5, 50), (50, 5), *SQUARES])
    assert counts[:3] == [(REFUSED, REFUSED), (REFUSED, REFUSED), of_the_form(1, 1, Size(10, 10))]


def fails(error: Exception, *, below: int) -> Model:
    """A model that takes no side below this one."""

    def count(rows: Any, columns: Any, size: Size) -> tuple[int, int]:
        if min(size) < below:
            raise error
        return plus(rows, columns, size)

    return Model(grid, count)


def test_a_refusal_is_that_of_one_size() -> None:
    assert counted(fails(UnsupportedSizeError("no"), below=15), [(10, 10), (20, 20)]) == [
        (REFUSED, REFUSED),
        (202, 209),
    ]
    assert counted(fails(UnsupportedSizeError("no"), below=99), [(10, 10)]) == [(REFUSED, REFUSED)]


def test_settings_with_which_no_size_can_be_counted() -> None:
    with pytest.raises(UsageError, match="wrong"):
        counted(fails(UsageError("wrong"), below=99), [(10, 10), (20, 20)])
    assert counted(fails(UsageError("wrong"), below=15), [(10, 10), (20, 20)]) == [(REFUSED, REFUSED), (202, 209)]
    counter = SizeCounter(fails(UsageError("wrong"), below=15), side_limit=LIMIT)  # type: ignore[arg-type]
    assert rows(counter, [(20, 20)]) == [(202, 209)]
    assert rows(counter, [(10, 10)]) == [(REFUSED, REFUSED)]  # another batch had a count


@pytest.mark.parametrize("error", [UnsupportedSizeError("no"), UsageError("no")])
def test_keys_that_cannot_be_computed(error: Exception) -> None:
    def keys(height: Any, width: Any) -> tuple[Any, ...]:
        if np.ndim(height):
            raise error
        return (height,)

    model = Model(keys, lambda height, size: (size.height, size.width))
    pairs = [(10, 20), (30, 40), (10, 20)]
    one_answer = isinstance(error, UnsupportedSizeError)  # that every size is refused is asked of one
    assert counted(model, pairs) == ([(10, 20)] * 3 if one_answer else pairs)
    assert len(model.asked) == (1 if one_answer else 2)


def test_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 3)
    assert counted(Model(grid, plus), PAIRS) == EXPECTED
    assert isinstance(Counts(np.zeros(1, int), np.zeros(1, int)), tuple)
