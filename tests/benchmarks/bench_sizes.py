"""Sizes in bulk: a million distinct sizes by `vtok.count_sizes`, against a loop over `vtok.layout` in the same run."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from time import process_time

import numpy as np
from registry import Measured, Missing, benchmark

import vtok

MILLION = 10**6
RESIZED = ("qwen2.5-vl", "qwen3-vl", "pixtral-12b", "kimi-k2.5", "siglip2-naflex", "emu3")
TILED = ("internvl", "llava-onevision", "deepseek-vl2", "phi-4-multimodal", "perception-lm", "ovis2", "minicpm-v-4.6")

Sides = tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", "np.ndarray[tuple[int], np.dtype[np.int64]]"]


@cache
def sizes() -> Sides:
    """Widths and heights from 96 to 4,095 pixels: a million distinct sizes, in no order."""
    places = np.random.default_rng(13).choice(4000 * 4000, MILLION, replace=False)
    return places // 4000 + 96, places % 4000 + 96


def seconds(task: Callable[[], object]) -> float:
    """Processor time."""
    start = process_time()
    task()
    return process_time() - start


def loop(model: str, number: int) -> None:
    """`number` of the sizes, one by one."""
    widths, heights = sizes()
    for width, height in zip(widths[:number].tolist(), heights[:number].tolist(), strict=True):
        layout = vtok.layout(model, width=width, height=height)
        assert layout.tokens <= layout.prompt_tokens


def compared(model: str, *, sample: int) -> float:
    """How much of the loop's time a million sizes take; the loop is measured on a sample and scaled."""
    loop(model, 3)  # imports
    vtok.count_sizes(model, [96], [96])
    bulk = seconds(lambda: vtok.count_sizes(model, *sizes()))
    return bulk / (seconds(lambda: loop(model, sample)) * MILLION / sample)


def slowest(models: tuple[str, ...], *, quick: bool) -> Measured:
    """The model with the highest ratio."""
    ratios = {model: compared(model, sample=200 if quick else 2000) for model in models}
    worst = max(ratios, key=ratios.__getitem__)
    times = ", ".join(f"{model} {1 / ratio:,.0f}" for model, ratio in ratios.items())
    return Measured(ratios[worst], f"times as fast: {times}")


@benchmark("a million distinct sizes, resized", floor="a loop over vtok.layout (a sample, scaled)", limit=1 / 15)
def resized(quick: bool) -> Measured:
    return slowest(RESIZED[-3:] if quick else RESIZED, quick=quick)


@benchmark("a million distinct sizes, tiled", floor="a loop over vtok.layout (a sample, scaled)", limit=1 / 5)
def tiled(quick: bool) -> Measured:
    return slowest(TILED[-3:] if quick else TILED, quick=quick)


PEAK = """
import re, sys
from pathlib import Path
import numpy as np
import vtok
number = int(sys.argv[1])
sides = np.random.default_rng(13).integers(96, 4096, (2, number), dtype=np.int32)
vtok.count_sizes("qwen2.5-vl", *sides)
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1))
"""


def peak(number: int) -> float:
    """The most memory of a process that counts so many sizes, in MB."""
    if not sys.platform.startswith("linux"):
        raise Missing("a system with /proc")
    done = subprocess.run([sys.executable, "-c", PEAK, str(number)], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


@benchmark("memory of a million sizes", floor="300 MB", limit=1.0)
def memory(quick: bool) -> Measured:
    most = peak(MILLION // 10 if quick else MILLION)
    return Measured(most / 300, f"{most:.0f} MB at most; {peak(1):.0f} MB for one size")
