"""The bounds of the benchmarks that `python -m tests.benchmarks` prints, measured in their short form."""

import pytest
from registry import Benchmark, Missing, benchmarks
from timing import assert_at_most

pytestmark = pytest.mark.benchmark

BOUND = [each for each in benchmarks() if each.limit is not None]


@pytest.mark.parametrize("each", BOUND, ids=[each.name for each in BOUND])
def test_bound(each: Benchmark) -> None:
    assert each.limit is not None
    try:
        assert_at_most(each.limit, lambda: each.measure(True).ratio)
    except Missing as missing:
        pytest.skip(str(missing))
