"""The ratio that benchmarks assert, by a clock that is wound by hand."""

import pytest
from timing import ratio


@pytest.mark.parametrize(
    ("works", "floors", "rounds", "expected"),
    [([6], [2], 1, 3.0), ([6, 8], [2, 4], 1, 3.0), ([6, 9, 8, 8], [3, 3, 1, 1], 2, 2.0), ([9], [1], 1, 9.0)],
)
def test_the_shortest_runs_of_the_calmest_round(
    works: list[int], floors: list[int], rounds: int, expected: float
) -> None:
    now = 0
    work, floor = iter(works), iter(floors)

    def take(seconds: int) -> None:
        nonlocal now
        now += seconds

    runs = len(works) // rounds
    found = ratio(lambda: take(next(work)), lambda: take(next(floor)), runs=runs, rounds=rounds, clock=lambda: now)
    assert found == expected
