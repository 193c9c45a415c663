"""Start-up: whole processes, vtok and a minimal typer command in turn, by user and system time."""

import os
import statistics
import subprocess
import sys
from functools import cache
from pathlib import Path

from registry import ROOT, Measured, Missing, benchmark, scratch

PHOTO = str(ROOT / "samples" / "photo.jpg")
PAIRS = 21

WITH_PILLOW = '''
import typer
from PIL import Image

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def size(path: str) -> None:
    """Print the size of an image."""
    with Image.open(path) as image:
        print(image.size, image.getexif().get(0x0112))


app()
'''
MINIMAL = WITH_PILLOW.replace("from PIL import Image\n", "").replace(
    "    with Image.open(path) as image:\n        print(image.size, image.getexif().get(0x0112))\n", "    print(path)\n"
)


@cache
def script(text: str) -> str:
    """A file with this program."""
    path = scratch() / "floor.py"
    path.write_text(text)
    return str(path)


def cpu_seconds(arguments: list[str]) -> float:
    """User and system time of one process, which runs from compiled files as an installed program does."""
    try:
        import resource
    except ImportError:
        raise Missing("a system that tells processor time") from None
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "VTOK_MODEL")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(arguments, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def vtok_command() -> list[str]:
    """The installed command as its users run it, or the module where it is not installed."""
    installed = Path(sys.executable).with_name("vtok")
    return [sys.executable, str(installed)] if installed.is_file() else [sys.executable, "-m", "vtok"]


def compared(ours: list[str], floor: list[str], *, quick: bool) -> Measured:
    """The median of paired runs."""
    commands = [[*vtok_command(), *ours], [sys.executable, *floor]]
    for command in commands:
        cpu_seconds(command)
    ratios = []
    for pair in range(5 if quick else PAIRS):
        order = commands if pair % 2 else commands[::-1]  # whoever comes second finds a warmer cache
        seconds = {id(command): cpu_seconds(command) for command in order}
        ratios.append(seconds[id(commands[0])] / seconds[id(commands[1])])
    return Measured(statistics.median(ratios))


@benchmark("vtok count -q photo.jpg", floor="typer + Pillow: the size of a photo", limit=0.9)
def one_photo(quick: bool) -> Measured:
    return compared(["count", "-q", PHOTO], [script(WITH_PILLOW), PHOTO], quick=quick)


@benchmark("vtok --help", floor="a minimal typer command, --help", limit=1.1)
def help_page(quick: bool) -> Measured:
    return compared(["--help"], [script(MINIMAL), "--help"], quick=quick)


@benchmark("vtok cuont (a usage error)", floor="a minimal typer command, a usage error", limit=1.1)
def usage_error(quick: bool) -> Measured:
    return compared(["cuont"], [script(MINIMAL), "--no-such-option"], quick=quick)


@benchmark("vtok scan --help", floor="a minimal typer command, --help", limit=1.1)
def help_of_scan(quick: bool) -> Measured:
    return compared(["scan", "--help"], [script(MINIMAL), "--help"], quick=quick)


@benchmark("vtok overlay --help", floor="a minimal typer command, --help", limit=1.1)
def help_of_overlay(quick: bool) -> Measured:
    return compared(["overlay", "--help"], [script(MINIMAL), "--help"], quick=quick)
