"""A scan as it runs: which shards are left, one process for each of them, and the output at the end."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from vtok import checkpoints
from vtok.datasets.parts import Parts, write_rows
from vtok.datasets.rows import Labelled, shard_rows
from vtok.datasets.shards import Shard
from vtok.datasets.tables import Columns
from vtok.processes import Died, spread

DIED = "the process that read this shard died; it may need more memory"

_LARGE = 2**25 - 2**16
"""Bytes: the largest piece of memory from whose size glibc learns (mallopt, M_MMAP_THRESHOLD)."""


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
    """Run the tasks in so many processes. One whose process dies is run again, by itself, and fails then.

    A process for a single task is worth its start, too: a damaged parquet file may end the process that reads it.
    """
    died: list[Task] = []
    yield from _performed(tasks, jobs, died)
    again: list[Task] = []
    yield from _performed(died, 1, again)
    for task in again:
        yield perform(task._replace(shard=task.shard._replace(error=DIED)))


def _performed(tasks: Iterable[Task], jobs: int, died: list[Task]) -> Iterator[Done]:
    """Each task that is done; those whose process died are added to `died`."""
    waiting = iter(tasks)
    for task, done in spread(lambda _: next(waiting, None), _perform_quickly, jobs, in_order=False):
        if isinstance(done, Died):
            died.append(task)
        else:
            yield done


def _perform_quickly(task: Task) -> Done:
    """As `perform`, in a process that does nothing else."""
    np.empty(_LARGE, np.uint8)  # its end tells glibc to keep memory for the next arrays, instead of giving it back
    pa.set_memory_pool(pa.system_memory_pool())  # so that pyarrow's arrays and numpy's take turns in that memory
    return perform(task)


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
