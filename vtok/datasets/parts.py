"""The files of a scan: a part for each finished shard, and the whole once all are there.

Beside the output `lengths.parquet` stands a folder `.lengths.parquet.parts` while a scan runs, or after it was
interrupted. Each part is written under another name and renamed when it is complete, so that a part that is there is
whole. Its name holds a digest of the shard and of the question; a scan that is started again reads only the others.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from shutil import rmtree
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from vtok.datasets.rows import SCHEMA
from vtok.datasets.shards import Shard
from vtok.errors import UsageError, VtokError

COMPACT = ("row", "width", "height", "frames", "tokens", "prompt_tokens")
WRITING: dict[str, Any] = {
    "compression": "lz4",
    "use_dictionary": ["shard", "model"],
    "column_encoding": dict.fromkeys(COMPACT, "BYTE_STREAM_SPLIT"),
    "write_statistics": ["prompt_tokens", "error"],
    "write_batch_size": 2**16,
}
"""Numbers are split into planes of bytes, of which lz4 makes those that are all alike disappear: quickest to write."""

ROWS_IN_GROUP = 2**18
"""Rows of one row group. One group is written while the next is counted."""


class Parts:
    """The parts of one output."""

    def __init__(self, output: str, question: str) -> None:
        folder, name = os.path.split(os.path.abspath(output))
        self.output = output
        self.folder = os.path.join(folder, f".{name}.parts")
        self._question = question

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the output for this scan alone. Raises UsageError where another scan writes it."""
        from filelock import FileLock, Timeout

        with writing(self.output):
            os.makedirs(self.folder, exist_ok=True)
        try:
            with FileLock(os.path.join(self.folder, "lock"), timeout=0):
                self._sweep()
                try:
                    yield
                finally:
                    self._sweep()
        except Timeout:
            raise UsageError(
                f"{self.output}: another scan is writing this file; wait for it, or give another name"
            ) from None

    def _sweep(self) -> None:
        """Remove what a process that was ended left half written."""
        for name in os.listdir(self.folder) if os.path.isdir(self.folder) else ():
            if name != "lock" and not name.endswith(".parquet"):
                with suppress(OSError):
                    os.unlink(os.path.join(self.folder, name))

    def path(self, number: int, shard: Shard) -> str:
        """Where the part of a shard stands, or will stand."""
        digest = hashlib.sha256(f"{shard.digest()} {self._question}".encode()).hexdigest()[:20]
        return os.path.join(self.folder, f"{number:06d}-{digest}.parquet")

    def has(self, path: str) -> bool:
        """Whether the part is there, so that its shard need not be read again."""
        return os.path.exists(path)

    def finish(self, parts: Sequence[str]) -> int:
        """Make the output of all parts, in their order; return how many rows it has. The parts are gone afterwards."""
        if len(parts) == 1:
            rows: int = pq.read_metadata(parts[0]).num_rows
            with writing(self.output):
                os.replace(parts[0], self.output)
        else:
            whole = os.path.join(self.folder, "whole.parquet")
            rows = write_rows(whole, _of_parts(parts))
            with writing(self.output):
                os.replace(whole, self.output)
        rmtree(self.folder, ignore_errors=True)
        return rows


def _of_parts(parts: Iterable[str]) -> Iterator[pa.RecordBatch]:
    for part in parts:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(batch_size=1 << 17, use_threads=True):
                yield batch.cast(SCHEMA)


def write_rows(path: str, batches: Iterable[pa.RecordBatch]) -> int:
    """Write the rows as a parquet file, whole or not at all; return how many. Raises VtokError where that fails.

    It is written under a name of this process's own and then renamed: two processes may write the same part.
    """
    beside = f"{path}.{uuid4().hex}"
    rows = 0
    try:
        with writing(path):
            with ThreadPoolExecutor(1) as beside_counting, pq.ParquetWriter(beside, SCHEMA, **WRITING) as writer:
                written: Future[None] | None = None
                for group in _groups(batches):
                    if written:
                        written.result()
                    written = beside_counting.submit(writer.write_table, group, row_group_size=ROWS_IN_GROUP)
                    rows += len(group)
                if written:
                    written.result()
            os.replace(beside, path)
    finally:
        with suppress(OSError):
            os.unlink(beside)
    return rows


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Tables of about as many rows each as a row group has."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= ROWS_IN_GROUP:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Turn what goes wrong while writing into a VtokError."""
    try:
        yield
    except OSError as error:
        raise VtokError(f"{path}: cannot be written: {error.strerror or error}; choose another place") from None
