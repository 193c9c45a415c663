"""What a task costs, as a ratio to a floor that is measured in the same run."""

from collections.abc import Callable
from time import perf_counter

TRIES = 3
"""How often a ratio is measured before it counts as too high: another program may slow down a whole measurement."""


def ratio(
    work: Callable[[], object],
    floor: Callable[[], object],
    *,
    runs: int,
    rounds: int = 3,
    clock: Callable[[], float] = perf_counter,
) -> float:
    """How many times as long the work takes as the floor.

    In each round, work and floor take turns, and the shortest run of each counts. The round with the lowest ratio
    counts: other programs only add to a run, and more to the work than to the floor, which is over sooner.
    """
    ratios = []
    for _ in range(rounds):
        work_times: list[float] = []
        floor_times: list[float] = []
        for _ in range(runs):
            for task, times in ((work, work_times), (floor, floor_times)):
                start = clock()
                task()
                times.append(clock() - start)
        ratios.append(min(work_times) / min(floor_times))
    return min(ratios)


def assert_at_most(limit: float, measure: Callable[[], float]) -> None:
    """Assert that one of a few measurements is not above the limit."""
    measured: list[float] = []
    while len(measured) < TRIES and (not measured or measured[-1] > limit):
        measured.append(measure())
    tried = ", ".join(f"{value:.2f}" for value in measured)
    print(f"measured {tried}; the limit is {limit}")
    assert min(measured) <= limit, f"measured {tried}; the limit is {limit}"
