"""The helpers of the benchmarks, with a clock that the test moves. These tests are part of the default run."""

from collections.abc import Iterator

import pytest
from timing import TRIES, assert_at_most, ratio


@pytest.mark.parametrize(
    ("work_times", "floor_times", "rounds", "expected"),
    [([6], [2], 1, 3.0), ([6, 8], [2, 4], 1, 3.0), ([6, 9, 8, 8], [3, 3, 1, 1], 2, 2.0), ([9], [1], 1, 9.0)],
)
def test_the_shortest_runs_of_the_calmest_round(
    work_times: list[int], floor_times: list[int], rounds: int, expected: float
) -> None:
    now = 0

    def advance(times: Iterator[int]) -> None:
        nonlocal now
        now += next(times)

    work, floor = iter(work_times), iter(floor_times)
    measured = ratio(
        lambda: advance(work),
        lambda: advance(floor),
        runs=len(work_times) // rounds,
        rounds=rounds,
        clock=lambda: now,
    )
    assert measured == expected


def test_a_measurement_that_is_too_high_is_repeated() -> None:
    measurements = iter([5.0, 2.0, 9.0])
    assert_at_most(2.0, lambda: next(measurements))
    assert next(measurements) == 9.0


def test_a_ratio_that_stays_too_high_fails() -> None:
    measurements = iter([5.0] * TRIES)
    with pytest.raises(AssertionError, match=r"measured 5\.00, 5\.00, 5\.00; the limit is 2"):
        assert_at_most(2.0, lambda: next(measurements))
    assert not list(measurements)
