"""Benchmarks by their names: each measures a ratio to a floor in the same run. `python -m tests.benchmarks` prints all.

A file `bench_*.py` in this folder registers some:

    @benchmark("a million sizes", floor="a Python loop", limit=0.1)
    def sizes(quick: bool) -> Measured:
        return Measured(ratio(work, floor, runs=1 if quick else 5), "12 million sizes a second")

`limit` is the most that the ratio may be; `test_table.py` holds it. A benchmark that needs what is not installed
raises `Missing` with its name.
"""

import atexit
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Missing(Exception):  # noqa: N818 - no error: the table names it
    """What a benchmark needs is not installed."""


class Measured(NamedTuple):
    """The ratio to the floor, and what a reader may want to know beside it, such as things a second."""

    ratio: float
    note: str = ""


class Benchmark(NamedTuple):
    """A benchmark: what is measured, against what, the most that the ratio may be, and the function that measures."""

    name: str
    floor: str
    limit: float | None
    measure: Callable[[bool], Measured]


_BENCHMARKS: list[Benchmark] = []


def benchmark(
    name: str, *, floor: str, limit: float | None = None
) -> Callable[[Callable[[bool], Measured]], Callable[[bool], Measured]]:
    """Register a function of `quick`, which measures with fewer runs if true."""

    def register(measure: Callable[[bool], Measured]) -> Callable[[bool], Measured]:
        _BENCHMARKS.append(Benchmark(name, floor, limit, measure))
        return measure

    return register


def scratch() -> Path:
    """A new folder, which is removed at the end of the run."""
    root = mkdtemp(prefix="vtok-benchmark-")
    atexit.register(rmtree, root, ignore_errors=True)
    return Path(root)


def benchmarks() -> list[Benchmark]:
    """All benchmarks, file by file."""
    for folder in (HERE, HERE.parent, ROOT):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    for path in sorted(HERE.glob("bench_*.py")):
        import_module(path.stem)
    return _registry()


def _registry() -> list[Benchmark]:
    """The list to which files register, whatever name this module was imported by."""
    import registry

    return registry._BENCHMARKS
