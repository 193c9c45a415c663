"""What something takes, as a ratio against a floor in the same run."""

from collections.abc import Callable
from time import perf_counter


def ratio(
    work: Callable[[], object],
    floor: Callable[[], object],
    *,
    runs: int,
    rounds: int = 3,
    clock: Callable[[], float] = perf_counter,
) -> float:
    """How many times as long the work takes as the floor: of the shortest of runs that take turns, the calmest round.

    What else the machine does only adds to a run, and more to the work than to the floor, which is over sooner.
    """
    found = []
    for _ in range(rounds):
        spent: tuple[list[float], list[float]] = [], []
        for _ in range(runs):
            for each, times in zip((work, floor), spent, strict=True):
                start = clock()
                each()
                times.append(clock() - start)
        found.append(min(spent[0]) / min(spent[1]))
    return min(found)
