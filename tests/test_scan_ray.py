"""The same scan on a local Ray of two workers, of which one is killed in the middle."""

import os
import signal
import tarfile
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("ray")
import ray

import vtok
from vtok.datasets import on_ray, running
from vtok.datasets.shards import Shard, shards_of
from vtok.datasets.tables import Columns
from vtok.errors import UsageError

pytestmark = [pytest.mark.ray, pytest.mark.posix, pytest.mark.filterwarnings("default")]  # Ray warns of itself


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """Two workers on this machine."""
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture
def shards(tmp_path: Path) -> tuple[Shard, ...]:
    image = BytesIO()
    Image.new("1", (280, 280)).save(image, "PNG")
    for number in range(8):
        with tarfile.open(tmp_path / f"{number}.tar", "w") as archive:
            for i in range(2_000):
                member = tarfile.TarInfo(f"{number}-{i}.png")
                member.size = len(image.getvalue())
                archive.addfile(member, BytesIO(image.getvalue()))
    return tuple(shards_of([f"{tmp_path}/{{0..7}}.tar"]))


def scanned(output: Path, shards: tuple[Shard, ...], runner: Any) -> int:
    models = (running.Model("qwen2.5-vl", "qwen2.5-vl"),)
    return running.Scan(str(output), shards, models, Columns()).run(runner, "question", lambda done, rows: None)


def workers() -> list[int]:
    """The processes that are at a task now."""
    pids = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and b"ray::Map(_perform)" in (folder / "cmdline").read_bytes():
                pids.append(int(folder.name))
        except OSError:
            continue  # it ended meanwhile
    return pids


def test_a_killed_worker_changes_nothing(tmp_path: Path, shards: tuple[Shard, ...]) -> None:
    killed: list[int] = []

    def kill() -> None:
        deadline = time.monotonic() + 60
        while not killed and time.monotonic() < deadline:
            for pid in workers()[:1]:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            time.sleep(0.005)

    thread = threading.Thread(target=kill)
    thread.start()
    rows = scanned(tmp_path / "ray.parquet", shards, lambda tasks: on_ray.run(tasks, address="local"))
    thread.join()
    assert killed, "no worker was at a task"
    assert rows == 16_000
    scanned(tmp_path / "one.parquet", shards, lambda tasks: map(running.perform, tasks))
    assert (tmp_path / "ray.parquet").read_bytes() == (tmp_path / "one.parquet").read_bytes()


def test_a_dataset_can_be_mapped(shards: tuple[Shard, ...]) -> None:
    data = vtok.scan([shard.place for shard in shards[:2]], ray="local")
    assert data.count() == 4_000
    lengths = data.map_batches(lambda batch: {"n": batch["prompt_tokens"]}, batch_format="numpy")
    assert lengths.sum("n") == 4_000 * 102


def test_an_address_where_nobody_listens_is_refused() -> None:
    ray.shutdown()
    with pytest.raises(UsageError, match=r"no Ray cluster at 127\.0\.0\.1:9"):
        vtok.scan("samples", ray="127.0.0.1:9")
