"""Against what people use today to learn the tokens of an image, where it is installed."""

import subprocess
import sys
import time
from importlib.util import find_spec

from registry import ROOT, Measured, Missing, benchmark

import vtok

PHOTO = str(ROOT / "samples" / "photo.jpg")


def best(task: object, runs: int) -> float:
    """Seconds of the shortest run."""
    assert callable(task)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


@benchmark("vtok.count(photo)", floor="transformers' Qwen2-VL image processor, loaded before")
def processor(quick: bool) -> Measured:
    if not (find_spec("transformers") and find_spec("torch")):
        raise Missing("transformers and torch")
    from PIL import Image
    from transformers.models.qwen2_vl import image_processing_qwen2_vl as upstream

    prepare = upstream.Qwen2VLImageProcessor(min_pixels=56 * 56, max_pixels=28 * 28 * 1280)

    def grid() -> object:
        with Image.open(PHOTO) as image:
            return prepare(images=image.convert("RGB"))["image_grid_thw"]

    grid()
    ours = best(lambda: vtok.count(PHOTO), 20)
    floor = best(grid, 2 if quick else 5)
    return Measured(ours / floor, f"{floor / ours:,.0f} times as fast")


@benchmark("vtok count -q photo.jpg", floor="vt-calc, the same photo")
def vt_calc(quick: bool) -> Measured:
    if not find_spec("vt_calculator"):
        raise Missing("vt-calc")
    floor = ["-m", "vt_calculator.cli.main", "--image", PHOTO, "-m", "qwen2.5-vl"]
    if subprocess.run([sys.executable, *floor], check=False, capture_output=True).returncode:
        raise Missing("the packages of vt-calc, and the processor that it loads from the Hub")
    from bench_startup import compared

    return compared(["count", "-q", PHOTO], floor, quick=quick)
