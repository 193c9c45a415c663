"""Published configs with one thing changed: no reader breaks on them, whatever the change.

`tests/upstream/test_mutants.py` compares what both readers make of them.
"""

import json
import random
from contextlib import suppress
from pathlib import Path

import pytest
from mutated import CONFIGS, mutants, published

from vtok import checkpoints
from vtok.errors import VtokError
from vtok.values import Media, Size

NAMES = sorted(path.stem for path in CONFIGS.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_mutant_is_read_or_refused(name: str, tmp_path: Path) -> None:
    every = list(mutants(published(name)))
    for i, mutant in enumerate(random.Random(name).sample(every, 2)):
        folder = tmp_path / str(i)
        folder.mkdir()
        for file, content in mutant.files.items():
            (folder / file).write_text(json.dumps(content), "utf-8")
        with suppress(VtokError):
            checkpoints.get(str(folder)).layout(Media(size=Size(480, 640)))


def test_mutants_are_many_and_each_is_another() -> None:
    files = published("qwen2-vl-7b-instruct")
    every = list(mutants(files))
    assert len(every) > 50
    assert [mutant.what for mutant in every] == [mutant.what for mutant in mutants(files)]
    assert [mutant.what for mutant in every[1:] if json.dumps(mutant.files) == json.dumps(files)] == []
    assert every[0].files == files
