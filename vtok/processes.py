"""Processes that work through tasks, each one task at a time. What ends a process costs no task but its own.

A process is a fork, which has everything that was loaded so far, or a new interpreter, which is sent the work first:
where there are no forks, and where the program may have threads. A process whose pipe is closed ends: however vtok
ends, none of them is left.
"""

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple, NoReturn, Protocol

Work = Callable[[Any], Any]


class Died(NamedTuple):
    """The result of a task whose process ended: `how` is as "was ended by signal 11"."""

    how: str


def can_fork() -> bool:
    """Whether this system has forks; Windows has none."""
    return hasattr(os, "fork")


def cores() -> int:
    """How many processes this one may run beside each other."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(
    take: Callable[[Any], Any], work: Work, jobs: int, *, in_order: bool = True
) -> Iterator[tuple[Any, Any | Died]]:
    """Each task and its result, which is `Died` where the process ended; another process takes the next task.

    `take` returns the next task, or None where there are no more. It gets the result that came last, None at first.
    The results come in the order of the tasks, or each as it is done. Raises what the work raises. Whatever ends this
    generator ends the processes as well.
    """
    processes: list[Process] = []
    busy: list[tuple[Process, Any]] = []

    def start(task: Any) -> None:
        processes.append(Process(work))
        processes[-1].send(task)
        busy.append((processes[-1], task))

    try:
        while len(busy) < jobs and (task := take(None)) is not None:
            start(task)
        while busy:
            process, done = busy.pop(0 if in_order else _first_ready([process for process, _ in busy]))
            result = process.receive()
            if isinstance(result, Died):
                processes.remove(process)
            if (task := take(result)) is not None:
                if isinstance(result, Died):
                    start(task)
                else:
                    process.send(task)
                    busy.append((process, task))
            yield done, result
    finally:
        for process in processes:
            process.end()


class Process:
    """A process that does some work on one task after the other."""

    def __init__(self, work: Work, *, fork: bool = True) -> None:
        self._child, self._to, self._from = _forked(work) if fork and can_fork() else _started(work)
        self.fd = self._from.fileno()
        self.has_died = False
        _PIPES.update((self._to, self._from))

    def send(self, task: Any) -> None:
        """Send a task. Where the process has died, `receive` says so."""
        with suppress(BrokenPipeError):
            _send(self._to, task)

    def receive(self) -> Any | Died:
        """The result of the task. Raises what the work raised."""
        try:
            result = pickle.load(self._from)  # noqa: S301 - from our own process
        except (EOFError, pickle.UnpicklingError):
            code = self._child.wait()
            self.end()
            self.has_died = True
            return Died(f"was ended by signal {-code}" if code < 0 else f"ended with code {code}")
        if isinstance(result, BaseException):
            raise result
        return result

    def end(self) -> None:
        """End the process at once."""
        for pipe in (self._to, self._from):
            _PIPES.discard(pipe)
            with suppress(OSError):
                pipe.close()
        self._child.kill()
        self._child.wait()


_PIPES: set[BinaryIO] = set()
"""This process's ends of the pipes to all processes. A fork closes them: it must not keep another process alive."""


class _Child(Protocol):
    """A process, as `subprocess.Popen` has it."""

    def kill(self) -> None: ...
    def wait(self) -> int: ...


class _Fork:
    """A fork: kill and wait as `subprocess.Popen` does."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._code: int | None = None

    def kill(self) -> None:
        if self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit code; minus the signal that ended it."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._code


def _forked(work: Work) -> tuple[_Child, BinaryIO, BinaryIO]:
    import warnings

    from_parent, to_child = os.pipe()
    from_child, to_parent = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which numpy's library has; they are idle
        pid = os.fork()
    if not pid:
        for pipe in _PIPES:
            os.close(pipe.fileno())
        os.close(to_child)
        os.close(from_child)
        with open(os.devnull, encoding="utf-8") as sys.stdin:  # only the parent reads standard input
            _serve(os.fdopen(from_parent, "rb"), os.fdopen(to_parent, "wb"), work)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.close(from_parent)
    os.close(to_parent)
    return _Fork(pid), os.fdopen(to_child, "wb"), os.fdopen(from_child, "rb")


def _started(work: Work) -> tuple[_Child, BinaryIO, BinaryIO]:
    import subprocess

    script = f"import sys; sys.path[:] = {sys.path!r}; from vtok.processes import serve; serve()"
    child: Any = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own code
    with suppress(BrokenPipeError):
        _send(child.stdin, work)
    return child, child.stdin, child.stdout


def serve() -> NoReturn:
    """The life of a new interpreter: its work and then its tasks are on standard input."""
    tasks, results = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    _serve(tasks, results, pickle.load(tasks))  # noqa: S301 - from our own process


def _serve(tasks: BinaryIO, results: BinaryIO, work: Work) -> NoReturn:
    """The life of a process: a task after the other, until no more come."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
        if can_fork():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        _end_with_parent(tasks)
        gc.freeze()  # what was loaded before is no garbage
        while True:
            task = pickle.load(tasks)  # noqa: S301 - from our own process
            try:
                result = work(task)
            except Exception as error:
                result = error
            _send(results, result)
    except (EOFError, OSError):  # the parent has no more, or is gone
        code = 0
    finally:
        os._exit(code)


def _end_with_parent(tasks: BinaryIO) -> None:
    """End this process in the middle of a task if the other end of the pipe is closed."""
    import select
    from threading import Thread

    if not hasattr(select, "poll"):  # Windows
        return
    watch = select.poll()
    watch.register(tasks.fileno(), 0)  # a closed pipe is always reported

    def end() -> None:
        watch.poll()
        os._exit(0)

    Thread(target=end, daemon=True).start()


def _send(pipe: BinaryIO, value: object) -> None:
    pickle.dump(value, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _first_ready(processes: list[Process]) -> int:
    """The place of a process that has a result, or has died; where a system cannot tell, of the first."""
    if os.name == "nt":
        return 0
    from selectors import EVENT_READ, DefaultSelector

    with DefaultSelector() as selector:
        for place, process in enumerate(processes):
            selector.register(process.fd, EVENT_READ, place)
        place = selector.select()[0][0].data
        return int(place)
