"""Start-up: `vtok count` on one image against a minimal typer and Pillow script, whole processes in turn."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from timing import assert_at_most

resource = pytest.importorskip("resource")  # Windows has none
pytestmark = pytest.mark.benchmark

FLOOR = """
import sys
import typer
from PIL import Image

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def size(path: str) -> None:
    with Image.open(path) as image:
        print(image.size, image.getexif().get(0x0112))


app()
"""
LIMIT = 1.2
PAIRS = 15


def cpu_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """User and system time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def test_counting_one_image_costs_little_more_than_opening_it(samples: Path, tmp_path: Path) -> None:
    script = tmp_path / "floor.py"
    script.write_text(FLOOR)
    photo = str(samples / "photo.jpg")
    # Both run from compiled files, as an installed program does.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "VTOK_MODEL")}
    ours, floor = [sys.executable, "-m", "vtok", "count", photo], [sys.executable, str(script), photo]
    for arguments in (ours, floor):
        cpu_seconds(arguments, environment)

    def median() -> float:
        return statistics.median(cpu_seconds(ours, environment) / cpu_seconds(floor, environment) for _ in range(PAIRS))

    assert_at_most(LIMIT, median)
