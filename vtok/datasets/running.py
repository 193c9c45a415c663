"""A scan as it runs: which shards are left, one process for each of them, and the output at the end."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import Any, NamedTuple

from vtok import checkpoints
from vtok.datasets.parts import Parts, write_rows
from vtok.datasets.rows import Labelled, shard_rows
from vtok.datasets.shards import Shard
from vtok.datasets.tables import Columns


class Model(NamedTuple):
    """A model as it travels to another process: its label, its name, and the options by name."""

    label: str
    name: str
    options: tuple[tuple[str, Any], ...] = ()

    def labelled(self) -> Labelled:
        """The preset with its options. Raises what `vtok.layout` does."""
        return _labelled(self)


@lru_cache(maxsize=64)
def _labelled(model: Model) -> Labelled:
    return Labelled(model.label, checkpoints.configured(model.name, **dict(model.options)))


def question(models: Sequence[Model], columns: Columns, version: str) -> str:
    """What is asked of each shard, as a text: a finished part counts for the same question only."""
    numbers = [sorted(model.labelled().family.numbers().items()) for model in models]
    return repr((version, columns, models, numbers))


class Task(NamedTuple):
    """A shard that is still to be scanned, and the part that will hold its rows."""

    shard: Shard
    part: str
    models: tuple[Model, ...]
    columns: Columns


class Done(NamedTuple):
    """A part that was written: how many rows it has."""

    part: str
    rows: int


Runner = Callable[[Iterable[Task]], Iterator[Done]]
"""What runs tasks, in whatever order, and yields each as it is done."""


def perform(task: Task) -> Done:
    """Scan one shard and write its part. Raises VtokError where that cannot be written."""
    models = [model.labelled() for model in task.models]
    return Done(task.part, write_rows(task.part, shard_rows(task.shard, models, task.columns)))


def in_processes(tasks: Iterable[Task], *, jobs: int) -> Iterator[Done]:
    """Run the tasks in so many processes. The one whose process dies is run again, by itself, and fails then.

    A process for a single task is worth its start, too: a damaged parquet file may end the process that reads it.
    """
    tasks = list(tasks)
    waiting, jobs = iter(tasks), min(jobs, len(tasks)) or 1
    while True:
        broken: list[Task] = []
        yield from _pool(waiting, jobs, broken)
        if not broken:
            return
        for task in broken:
            yield from _alone(task)


def _pool(waiting: Iterator[Task], jobs: int, broken: list[Task]) -> Iterator[Done]:
    """Run tasks until all are done, or until a process dies: then those that it may have been at are in `broken`."""
    pool = ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_quiet)
    try:
        running: dict[Future[Done], Task] = {}
        while True:
            for task in islice(waiting, 2 * jobs - len(running)):
                broken.append(task)  # until a living process has it
                running[pool.submit(perform, task)] = broken.pop()
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield future.result()
                del running[future]
    except BrokenProcessPool:
        broken += running.values()
    except BaseException:
        for child in active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(task: Task) -> Iterator[Done]:
    with ProcessPoolExecutor(1, mp_context=_context(), initializer=_quiet) as pool:
        try:
            yield pool.submit(perform, task).result()
        except BrokenProcessPool:
            shard = task.shard._replace(error="the process that read this shard died; it may need more memory")
            yield perform(task._replace(shard=shard))


def _context() -> Any:
    """How processes are started. On Linux they are forks, which have everything imported already."""
    return get_context("fork" if sys.platform == "linux" else "spawn")


def _quiet() -> None:
    """Let signals end a process without a word, and let it end when the one that started it does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


class Scan(NamedTuple):
    """What is to be scanned, and where to."""

    output: str
    shards: Sequence[Shard]
    models: tuple[Model, ...]
    columns: Columns

    def run(self, runner: Runner, question: str, report: Callable[[int, int], None]) -> int:
        """Scan what is left and write the output; return how many rows it has.

        `report` gets the number of shards that are done and of rows in them, again and again.
        Raises VtokError where the output cannot be written, UsageError where another scan writes it.
        """
        parts = Parts(self.output, question)
        with parts.locked():
            paths = [parts.path(number, shard) for number, shard in enumerate(self.shards)]
            left = [
                Task(shard, path, self.models, self.columns)
                for shard, path in zip(self.shards, paths, strict=True)
                if not parts.has(path)
            ]
            done, rows = len(paths) - len(left), 0
            report(done, rows)
            for result in runner(left):
                done, rows = done + 1, rows + result.rows
                report(done, rows)
            return parts.finish(paths)
