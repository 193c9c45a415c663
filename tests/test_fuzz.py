"""A counted part of the fuzz suite, the same in each run: some ten seconds, as the whole test suite has five minutes.

A minute of it, of another seed each time, is a step of `.ci/run`. `python -m tests.fuzz --seconds 600` is longer.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz import __main__ as suite
from fuzz import worker

import vtok

SEED = 1116


@pytest.mark.parametrize(
    ("target", "most"),
    [
        ("media", 250),
        ("images", 300),
        ("projectors", 300),
        ("data", 100),
        ("tables", 60),
        ("names", 10),
        ("checkpoints", 60),
        ("chats", 400),
        ("pages", 10),
    ],
)
def test_damaged_files_are_counted_or_refused_in_one_line(target: str, most: int) -> None:
    outcomes, failures = suite.fuzz(target, seed=SEED, seconds=60, most=most)
    assert not failures, f"python -m tests.fuzz --target {target} --seed {SEED} --first {failures[0].number} --count 1"
    assert outcomes.total() == most


@pytest.mark.parametrize("error", [ValueError("a"), RecursionError(), KeyboardInterrupt(), vtok.MediaError("\x1b")])
def test_what_breaks_the_promise_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: BaseException
) -> None:
    def fail(_: Path) -> None:
        raise error

    monkeypatch.setitem(worker.READERS, "media", fail)
    assert worker.tried("media", "x", b"", tmp_path)["outcome"] == "failed"


def test_a_worker_that_dies_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "MEMORY", 2**25)  # too little to start with
    _, failures = suite.fuzz("images", seed=1, seconds=60, most=1)
    assert [(failure.number, failure.how[:15]) for failure in failures] == [(0, "the worker died")]
