"""`vtok verify` on every family that transformers has: both make the same of random inputs with random settings."""

import random

import pytest

from vtok import families
from vtok.verify.running import Subject, compared

pytestmark = [pytest.mark.upstream, pytest.mark.filterwarnings("ignore")]  # upstream warns of missing keys
pytest.importorskip("torch")
pytest.importorskip("torchvision")
pytest.importorskip("transformers")

PRESETS = {preset.model: preset for preset in reversed(list(families.presets()))}
SUBJECTS = {model: Subject(preset) for model, preset in PRESETS.items() if not Subject(preset).obstacle}


@pytest.mark.parametrize("model", SUBJECTS)
def test_both_make_the_same(model: str) -> None:
    chance = random.Random(f"{model}, twice")
    every = [one for _ in range(3) for one in compared(SUBJECTS[model], chance)]
    assert [(one.command, one.differences) for one in every if one.differences] == []
    answered = [one for one in every if not isinstance(one.answer, str)]
    assert len(answered) * 2 >= len(every) > 0
