"""Damaged files of every kind, in workers with limits: `python -m tests.fuzz --seconds 600 --seed 7`.

Whatever is in a file, vtok measures and counts it, or refuses it by a VtokError of one printable line. A worker that is
silent for too long is killed, one that takes too much memory dies; both are failures of the file at hand. Prints
failures, each with the words that make its file again, and counts. Exit code 1 where something failed.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

TARGETS = ("media", "images", "projectors", "data", "tables", "names", "checkpoints", "chats", "pages")
SECONDS, MEMORY = 20.0, 3 * 2**30
"""Most seconds of one file on a busy machine, and bytes of address space of a worker."""


class Failure(NamedTuple):
    """A file that broke the promise: its target and number, and how."""

    target: str
    number: int
    how: str


def fuzz(
    target: str, *, seed: int, seconds: float, first: int = 0, most: int = 10**9
) -> tuple[Counter[str], list[Failure]]:
    """The outcomes and failures of the damaged files of a target."""
    outcomes: Counter[str] = Counter()
    failures: list[Failure] = []
    until, number = time.monotonic() + seconds, first
    while time.monotonic() < until and number < first + most:
        left = max(1.0, until - time.monotonic())
        for answer in _answers(target, seed, number, left, first + most):
            number = answer["number"] + 1
            outcomes[answer["outcome"]] += 1
            if answer["outcome"] == "failed":
                failures.append(Failure(target, answer["number"], answer["how"]))
    return outcomes, failures


def _answers(target: str, seed: int, first: int, seconds: float, end: int) -> Iterator[dict[str, Any]]:
    """What a worker answers, file by file; where it dies or hangs, that is the answer of the file at hand."""
    words = [
        sys.executable,
        "-m",
        "tests.fuzz.worker",
        target,
        str(seed),
        str(first),
        f"{seconds}",
        str(end),
        str(MEMORY),
    ]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=root) as worker:
        at, lines = first, _Lines(worker)
        while (line := lines.next(SECONDS)) not in (None, ""):
            answer = json.loads(line or "")
            if "ended" in answer:
                return
            at = answer["number"] + 1
            yield answer
        worker.kill()
        how = f"no answer in {SECONDS:.0f} s" if line is None else f"the worker died ({worker.wait()})"
        yield {"number": at, "outcome": "failed", "how": how}


class _Lines:
    """The lines of a worker, with a limit to the time until the next one."""

    def __init__(self, worker: "subprocess.Popen[str]") -> None:
        from queue import Queue
        from threading import Thread

        self._queue: Queue[str] = Queue()

        def read() -> None:
            for line in worker.stdout or ():
                self._queue.put(line)
            self._queue.put("")

        Thread(target=read, daemon=True).start()

    def next(self, seconds: float) -> str | None:
        """The next line, "" at the end, None after that time."""
        from queue import Empty

        try:
            return self._queue.get(timeout=seconds)
        except Empty:
            return None


def main() -> int:
    """Fuzz all targets, or one of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=TARGETS, action="append")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=10**9)
    options = parser.parse_args()
    failed = False
    targets = options.target or TARGETS
    for target in targets:
        seconds = options.seconds / len(targets)
        outcomes, failures = fuzz(target, seed=options.seed, seconds=seconds, first=options.first, most=options.count)
        failed = failed or bool(failures)
        print(f"{target}, seed {options.seed}: {outcomes.total():,} files: {dict(outcomes)}")
        for failure in failures:
            print(f"  --target {target} --seed {options.seed} --first {failure.number} --count 1: {failure.how}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
