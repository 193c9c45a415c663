"""The rows of shards for a program. Tables are read in another process: a damaged one may end whoever reads it.

The process is a new interpreter, not a fork: the program may have threads. It sends a batch when it is asked for one.
URLs are read here: the program may have set up file systems that no other process knows.
"""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from vtok.datasets.rows import shard_rows
from vtok.datasets.running import DIED, Model
from vtok.datasets.shards import Shard, is_url
from vtok.datasets.tables import TABLES, Columns
from vtok.processes import Died, Process


class Reader:
    """The work of the process: it starts with a shard, and goes on with it where it is sent None."""

    def __init__(self, models: Sequence[Model], columns: Columns) -> None:
        self._models = models
        self._columns = columns
        self._rows: Iterator[pa.RecordBatch] = iter(())

    def __call__(self, shard: Shard | None) -> pa.RecordBatch | None:
        """The next rows; None where there are no more."""
        if shard is not None:
            self._rows = shard_rows(shard, [model.labelled() for model in self._models], self._columns)
        return next(self._rows, None)


def rows(shards: Iterable[Shard], models: Sequence[Model], columns: Columns) -> Iterator[pa.RecordBatch]:
    """The rows of all shards. Where the process dies, the shard ends with a row whose error says so."""
    reader = Reader(models, columns)
    process: Process | None = None
    try:
        for shard in shards:
            if shard.form not in TABLES or shard.error or is_url(shard.place):
                yield from shard_rows(shard, [model.labelled() for model in models], columns)
                continue
            process = process or Process(reader, fork=False)
            row = 0
            for batch in _asked(process, shard):
                yield batch
                row = batch.column("row")[-1].as_py() + 1
            if process.has_died:
                process, failed = None, shard._replace(error=DIED)
                yield from shard_rows(failed, [model.labelled() for model in models], columns, row)
    finally:
        if process:
            process.end()


def _asked(process: Process, shard: Shard) -> Iterator[pa.RecordBatch]:
    """What the process reads of a shard; the next batch is asked for before one goes on."""
    process.send(shard)
    while (batch := process.receive()) is not None and not isinstance(batch, Died):
        process.send(None)
        yield batch
