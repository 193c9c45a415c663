"""What `budget` and `explain` search, against counting the same prompt once, in the same run."""

from collections.abc import Callable
from time import perf_counter

import pytest

from vtok import families
from vtok.search.fitting import Budgeted
from vtok.search.mismatch import explain
from vtok.values import Media, Size

pytestmark = pytest.mark.benchmark

RUNS = 3


def shortest(work: Callable[[], object]) -> float:
    """Seconds of the shortest run."""
    spent = []
    for _ in range(RUNS):
        start = perf_counter()
        work()
        spent.append(perf_counter() - start)
    return min(spent)


@pytest.mark.parametrize("model", ["qwen2.5-vl", "internvl", "llava-onevision"])
def test_what_would_fit_of_many_inputs(model: str) -> None:
    # a bisection takes some 25 counts of everything, and one for each input as many again
    family = families.get(model)
    media = [Media(size=Size(800 + 3 * i, 2000 - 7 * i)) for i in range(120)]
    room = sum(family.layout(item).prompt_tokens for item in media) // 2
    count = shortest(lambda: [family.layout(item) for item in media])
    assert shortest(lambda: Budgeted(family, media, room).remedies) <= 400 * count


@pytest.mark.parametrize("model", ["qwen2.5-vl", "internvl", "deepseek-vl2"])
def test_a_mismatch_of_one_picture(model: str) -> None:
    # some 5,000 settings; other models among them take longer than this one
    family = families.get(model)
    media = Media(size=Size(3024, 4032), orientation=6)
    count = shortest(lambda: [family.layout(media) for _ in range(100)]) / 100
    assert shortest(lambda: explain(family, [media], [1224, 1197])) <= 40_000 * count
