"""What `budget` and `explain` search, against counting the same prompt once, in the same run."""

import pytest
from timing import assert_at_most, ratio

from vtok import checkpoints
from vtok.search.fitting import Budgeted
from vtok.search.mismatch import Explained
from vtok.values import Media, Size

pytestmark = pytest.mark.benchmark


@pytest.mark.parametrize("model", ["qwen2.5-vl", "internvl", "llava-onevision"])
def test_what_would_fit_of_many_inputs(model: str) -> None:
    # a bisection counts everything some 25 times, and looks as often for where each input stays as it is
    family = checkpoints.get(model)
    media = [Media(size=Size(800 + 3 * i, 2000 - 7 * i)) for i in range(120)]
    room = sum(family.layout(item).prompt_tokens for item in media) // 2

    def remedies() -> object:
        return Budgeted(family, media, room).remedies

    assert_at_most(200, lambda: ratio(remedies, lambda: [family.layout(item) for item in media], runs=1))


@pytest.mark.parametrize("model", ["qwen2.5-vl", "internvl", "deepseek-vl2"])
def test_a_mismatch_of_one_image(model: str) -> None:
    # some 5,000 settings; other models among them take longer than this one
    family = checkpoints.get(model)
    media = Media(size=Size(3024, 4032), orientation=6)
    hundred = [Media(size=Size(3024 + i, 4032 - 3 * i)) for i in range(100)]

    def search() -> None:
        explained = Explained(family, [media])
        for number in (1224, 1197):
            explained.explain(number)

    assert_at_most(50_000, lambda: 100 * ratio(search, lambda: [family.layout(item) for item in hundred], runs=1))
