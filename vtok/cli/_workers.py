"""Inputs counted by several processes, in the order of the inputs.

Each process has one batch of inputs at a time; the next one is sent to it before its results are written. Where a
process dies, the inputs of its batch are counted one by one, and the one over which a process dies again fails.
"""

import io
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from vtok.cli._inputs import Batches, Input
from vtok.errors import MediaError, VtokError
from vtok.processes import Died, spread

_BATCH_SECONDS = 0.05
"""A batch is as large as takes about so long: lines come soon, and sending it costs little."""

FIRST_BATCH, _MOST_IN_BATCH = 32, 1024


class Batch(NamedTuple):
    """What was made of a batch of inputs: how many, what is written, what went wrong, and how long it took."""

    inputs: int
    text: str
    errors: str
    notices: list[str]
    failed: bool
    sums: Any
    seconds: float


Work = Callable[[Sequence[Input]], Batch]


def counted(sources: Batches, work: Work, jobs: int) -> Iterator[Batch]:
    """The batches of all inputs, in their order, from so many processes."""
    size = FIRST_BATCH

    def following(done: Batch | Died | None) -> list[Input] | None:
        nonlocal size
        if isinstance(done, Batch):
            size = next_size(done.inputs, done.seconds)
        return sources.take(size) or None

    for inputs, batch in spread(following, partial(_worked, work), jobs):
        if isinstance(batch, Died):
            yield from _one_by_one(inputs, work)
        else:
            yield batch


def _one_by_one(inputs: Sequence[Input], work: Work) -> Iterator[Batch]:
    """The inputs of a batch over which a process died; those over which one dies again fail."""
    waiting = [[source] for source in reversed(inputs)]

    def following(done: Batch | Died | None) -> list[Input] | None:
        if isinstance(done, Died):
            [source] = latest
            if source.error:
                raise VtokError(f"processes cannot count: the last one {done.how}")
            reason = f"the process that read it {done.how}; the file may be damaged, or need more memory"
            waiting.append([Input(source.name, error=MediaError(reason))])
        latest[:] = waiting.pop() if waiting else []
        return list(latest) or None

    latest: list[Input] = []
    for _, batch in spread(following, partial(_worked, work), 1):
        if not isinstance(batch, Died):
            yield batch


def next_size(inputs: int, seconds: float) -> int:
    """The size of the next batch, after one of so many inputs that took so long."""
    fitting = inputs * _BATCH_SECONDS / max(seconds, 1e-6)
    return max(1, min(int(fitting), max(FIRST_BATCH, 2 * inputs), _MOST_IN_BATCH))


def _worked(work: Work, inputs: Sequence[Input]) -> Batch:
    """The result of a batch, with what was written to standard error."""
    start = time.monotonic()
    sys.stderr = errors = io.StringIO()
    batch = work(inputs)
    return batch._replace(inputs=len(inputs), errors=errors.getvalue(), seconds=time.monotonic() - start)
