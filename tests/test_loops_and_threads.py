"""`vtok.layout` in a loop holds no more memory from call to call, and in threads gives what it gives in a row."""

import gc
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import vtok

MODELS = ("qwen2.5-vl", "internvl", "llama4", "deepseek-vl2", "qwen3-vl", "llava-onevision")


def grown(calls: int) -> int:
    """Bytes that are held after these calls and were not before, none of the calls like another."""
    number = count(300)

    def call(times: int) -> None:
        for i in range(times):
            side = next(number)
            options: dict[str, Any] = {"max_num": side % 40 + 60} if MODELS[i % 4] == "internvl" else {}
            vtok.layout(MODELS[i % 4], width=side, height=(side * 7) % 900 + 28, **options)

    call(300)  # caches of a fixed size are full
    gc.collect()
    tracemalloc.start()
    call(40)
    before = tracemalloc.get_traced_memory()[0]
    call(calls)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return after - before


def test_a_loop_holds_no_more_memory() -> None:
    assert grown(300) < 60_000  # a Layout alone takes some 3 kB


def test_the_measurement_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, layout = [], vtok.layout
    monkeypatch.setattr(vtok, "layout", lambda *a, **k: kept.append(layout(*a, **k)))
    assert grown(300) > 300_000


BY_NAME = {
    "published": "keys are names that resolve, of which there are few",
    **dict.fromkeys(("_hints", "_fields", "_keywords", "_options", "_with_choices"), "keys are families"),
    "_defaults": "keys are classes of value objects and families",
    "_class": "keys are classes of families, and engines",
    "family_data": "keys are names of family files",
    "stem_of": "keys are names of models",
}
"""Caches without a limit that take arguments, with the reason why they do not grow."""


def test_no_cache_grows_without_end() -> None:
    import vtok.tracing.architectures  # noqa: F401  # its caches are among them
    from vtok import engines, families

    assert list(families.presets())
    for name in engines.FILES:
        engines.module(name)
    unlimited = {
        value.__name__
        for name, module in list(sys.modules.items())
        if name.startswith("vtok.") and not name.startswith("vtok.render")
        for value in vars(module).values()
        if hasattr(value, "cache_info") and value.cache_info().maxsize is None and signature(value).parameters
    }
    assert unlimited == set(BY_NAME)


def test_threads_give_what_a_row_gives(samples: Path) -> None:
    paths = sorted(path for path in samples.iterdir() if path.suffix in (".jpg", ".png", ".mp4"))
    jobs = [(model, path) for path in paths for model in MODELS] * 3

    def job(job: tuple[str, Path]) -> object:
        try:
            return vtok.layout(*job).to_dict()
        except vtok.VtokError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(job, jobs)) == list(map(job, jobs))


FIRST_CALLS = """
import threading, vtok
names = ["qwen2.5-vl", "internvl3-8b", "OpenGVLab/InternVL2-8B", "llama4", "deepseek-vl2", "molmo2", "kimi-vl", "fuyu"]
start, found = threading.Barrier(len(names)), {}
def first(name):
    start.wait()
    found[name] = vtok.count(samples + "/cat.jpg", model=name)
threads = [threading.Thread(target=first, args=(name,)) for name in names]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(found == {name: vtok.count(samples + "/cat.jpg", model=name) for name in names}, len(found))
"""


def test_the_first_calls_may_be_in_threads(samples: Path) -> None:
    script = f"samples = {str(samples)!r}\n{FIRST_CALLS}"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True 8\n", "")
