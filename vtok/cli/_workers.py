"""Inputs counted by several processes, in the order of the inputs.

The processes are forks, so that what was loaded and counted so far is theirs as well. Each has one batch of inputs at a
time; the next one is sent to it before its results are written. A process whose pipe is closed ends: however vtok ends,
none of them is left.
"""

import io
import os
import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

from vtok.cli._inputs import Batches, Input
from vtok.errors import VtokError

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


def can_fork() -> bool:
    """Whether this system has processes of this kind; Windows has none."""
    return hasattr(os, "fork")


def cores() -> int:
    """How many processes this one may run beside each other."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(sources: Batches, work: Work, jobs: int) -> Iterator[Batch]:
    """The batches of all inputs, in their order. Whatever ends this generator ends the processes as well."""
    workers: list[_Worker] = []
    waiting: deque[_Worker] = deque()
    size = FIRST_BATCH
    try:
        while len(workers) < jobs and (inputs := sources.take(size)):
            workers.append(_Worker(work, workers))
            workers[-1].send(inputs)
            waiting.append(workers[-1])
        while waiting:
            worker = waiting.popleft()
            batch = worker.receive()
            size = next_size(batch.inputs, batch.seconds)
            if inputs := sources.take(size):
                worker.send(inputs)
                waiting.append(worker)
            yield batch
    finally:
        for worker in workers:
            worker.end()


def next_size(inputs: int, seconds: float) -> int:
    """The size of the next batch, after one of so many inputs that took so long."""
    fitting = inputs * _BATCH_SECONDS / max(seconds, 1e-6)
    return max(1, min(int(fitting), max(FIRST_BATCH, 2 * inputs), _MOST_IN_BATCH))


class _Worker:
    """A process that counts batches."""

    def __init__(self, work: Work, others: Sequence["_Worker"]) -> None:
        from_parent, to_child = os.pipe()
        from_child, to_parent = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self.pid = os.fork()
        if self.pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        else:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            _run(work, from_parent, to_parent, [to_child, from_child, *(fd for other in others for fd in other.fds)])
        os.close(from_parent)
        os.close(to_parent)
        self.fds: tuple[int, int] = (to_child, from_child)
        self._to = os.fdopen(to_child, "wb")
        self._from = os.fdopen(from_child, "rb")

    def send(self, inputs: list[Input]) -> None:
        """Send a batch; the process waits for it."""
        try:
            _send(self._to, inputs)
        except BrokenPipeError:
            raise self._lost() from None

    def receive(self) -> Batch:
        """The result of the batch. Raises what the work raised."""
        try:
            result = pickle.load(self._from)  # noqa: S301 - from our own process
        except (EOFError, pickle.UnpicklingError):
            raise self._lost() from None
        if isinstance(result, BaseException):
            raise result
        return result  # type: ignore[no-any-return]

    def _lost(self) -> VtokError:
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        code = os.waitstatus_to_exitcode(status)
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return VtokError(f"a process that counts {how}; count with --jobs 1 to see over which input")

    def end(self) -> None:
        """End the process at once."""
        with suppress(OSError):
            self._to.close()
        self._from.close()
        if self.pid:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)


def _send(pipe: BinaryIO, value: object) -> None:
    pickle.dump(value, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _run(work: Work, source: int, target: int, foreign: Sequence[int]) -> None:
    """The life of the process: a batch after the other, until no more come."""
    code = 1
    try:
        sys.stdin = io.StringIO()  # only the parent reads standard input
        for fd in foreign:
            os.close(fd)
        with os.fdopen(source, "rb") as batches, os.fdopen(target, "wb") as results:
            while True:
                _send(results, _worked(work, pickle.load(batches)))  # noqa: S301 - from our own process
    except (EOFError, OSError):  # the parent has no more, or is gone
        code = 0
    finally:
        os._exit(code)


def _worked(work: Work, inputs: Sequence[Input]) -> Batch | Exception:
    """The result of a batch, with what was written to standard error; an exception is raised by the parent."""
    start = time.monotonic()
    sys.stderr = errors = io.StringIO()
    try:
        batch = work(inputs)
    except Exception as error:
        return error
    return batch._replace(inputs=len(inputs), errors=errors.getvalue(), seconds=time.monotonic() - start)
