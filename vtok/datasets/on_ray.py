"""The same scan on Ray Data (https://docs.ray.io): a task for each shard; Ray schedules, retries and shows progress."""

import pickle
import socket
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from vtok.datasets.rows import shard_rows
from vtok.datasets.running import Done, Task, perform
from vtok.errors import UsageError

LOCAL = "local"
"""The address that stands for a cluster of this machine, started for this scan."""


def run(tasks: Iterable[Task], *, address: str) -> Iterator[Done]:
    """Run the tasks on Ray, each by itself. Raises UsageError where Ray is missing or does not answer."""
    for row in _shipped(tasks, address).map(_perform, num_cpus=1).iter_rows():
        yield Done(row["part"], row["rows"])


def dataset(tasks: Iterable[Task], *, address: str) -> Any:
    """The rows of all shards as a Ray Dataset, which `map_batches` and the like can go on from. Nothing is written."""
    return _shipped(tasks, address).map_batches(_tables, batch_size=1, num_cpus=1)


def _shipped(tasks: Iterable[Task], address: str) -> Any:
    """The tasks as a Dataset of as many blocks: Ray runs a task of its own for each block."""
    data = _connected(address)
    shipped = [{"task": pickle.dumps(task)} for task in tasks]
    return data.from_items(shipped, override_num_blocks=max(1, len(shipped)))


def _connected(address: str) -> Any:
    """Ray's data module, once a cluster is there. On a terminal Ray shows its progress; elsewhere it is quiet."""
    try:
        import ray
        import ray.data
    except ImportError:
        raise UsageError("scanning on Ray needs Ray; run pip install 'vtok[ray]'") from None
    ray.data.DataContext.get_current().enable_progress_bars = sys.stderr.isatty()
    if not ray.is_initialized():
        where = None if address == LOCAL else address
        try:
            _reach(address)
            ray.init(address=where, logging_level="WARNING", log_to_driver=False, include_dashboard=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise UsageError(f"no Ray cluster at {address}: {' '.join(str(error).split())[:200]}") from None
    return ray.data


def _reach(address: str) -> None:
    """Raise ConnectionError where nobody listens at host:port. Ray itself would try for ten minutes."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdigit():
        with socket.create_connection((host, int(port)), timeout=5):
            pass


def _perform(row: dict[str, Any]) -> dict[str, Any]:
    return perform(pickle.loads(row["task"]))._asdict()  # noqa: S301 - pickled by `_shipped`


def _tables(batch: dict[str, Any]) -> Iterator[Any]:
    import pyarrow as pa

    for shipped in batch["task"]:
        task: Task = pickle.loads(shipped)  # noqa: S301 - pickled by `_shipped`
        for rows in shard_rows(task.shard, [model.labelled() for model in task.models], task.columns):
            yield pa.Table.from_batches([rows])
