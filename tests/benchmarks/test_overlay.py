"""What overlays cost beside the least that Pillow itself needs for such images, in one run."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import timing
from PIL import Image
from timing import assert_at_most

pytestmark = pytest.mark.benchmark

SIDE = 3464  # squared: 12 megapixels
THIRTY_SIX = ("--set", "max_pixels=1016064")  # 36 x 36 tokens of 28 pixels
LEAST_OF = 4


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of 12 megapixels with a camera's grain, without which decoding would be too cheap."""
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    with Image.open(Path(__file__).parents[2] / "samples" / "photo.jpg") as stored:
        sample = stored.convert("RGB")
    grain = random.Random(5).randbytes(512 * 512)
    noise = Image.frombytes("L", (512, 512), grain).point(lambda value: 128 + (value - 128) // 10)
    page = Image.new("L", (SIDE, SIDE))
    for left in range(0, SIDE, 512):
        for top in range(0, SIDE, 512):
            page.paste(noise, (left, top))
    smooth = sample.resize((SIDE, SIDE))
    Image.blend(smooth, Image.merge("RGB", (page,) * 3), 0.3).save(path, quality=90)
    return path


def overlay(*arguments: str) -> None:
    from vtok.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["overlay", *arguments])
    assert not ended.value.code


def ratio(work: Callable[[], object], floor: Callable[[], object]) -> float:
    """How many times as much processor time the work takes as the floor."""
    return timing.ratio(work, floor, runs=LEAST_OF, clock=time.process_time)


def reencode(photo: Path, target: Path) -> None:
    with Image.open(photo) as image:
        image.load()
        image.save(target, quality=90)  # as vtok does


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_labelled_36_by_36_at_the_photo_s_size(photo: Path, tmp_path: Path) -> None:
    target, plain = tmp_path / "out.jpg", tmp_path / "plain.jpg"
    layers = ("--show", "tokens,index", "--width", "original", "--no-caption", "-o", str(target))
    assert_at_most(
        1.6, lambda: ratio(lambda: overlay(str(photo), *THIRTY_SIX, *layers), lambda: reencode(photo, plain))
    )
    assert size_of(target) == (SIDE, SIDE)


@pytest.mark.parametrize("more", [[], ["--no-caption"]], ids=["caption", "bare"])
def test_a_pixel_of_the_page_at_the_photo_s_size(photo: Path, tmp_path: Path, more: list[str]) -> None:
    target = tmp_path / "out.jpg"
    layers = ("--width", "original", "-o", str(target), *more)

    def measure() -> float:
        taken = ratio(lambda: overlay(str(photo), *layers), lambda: reencode(photo, tmp_path / "plain.jpg"))
        width, height = size_of(target)
        return taken / (width * height / SIDE**2)

    assert_at_most(1.6, measure)


def test_144_by_144_at_the_photo_s_size(photo: Path, tmp_path: Path) -> None:
    target, plain = tmp_path / "out.jpg", tmp_path / "plain.jpg"
    # 144 x 144 patches of 14 pixels
    layers = (
        "--show",
        "patches",
        "--set",
        "max_pixels=4064256",
        "--width",
        "original",
        "--no-caption",
        "-o",
        str(target),
    )
    assert_at_most(1.8, lambda: ratio(lambda: overlay(str(photo), *layers), lambda: reencode(photo, plain)))


def test_a_slide_costs_little_more_than_its_png(photo: Path, tmp_path: Path) -> None:
    import vtok
    from vtok.render.drawing import page
    from vtok.render.drawing.pillow_renderer import FORMATS

    scene = page.overlay(vtok.layout("qwen2.5-vl", str(photo)), page.Wish())
    left, top, right, bottom = map(round, scene.images[0].box)

    def plain() -> None:
        with Image.open(photo) as image:
            image.draft("RGB", (right - left, bottom - top))
            drawn = image.resize((right - left, bottom - top), Image.Resampling.LANCZOS, reducing_gap=3.0)
        blank = Image.new("RGB", (scene.size.width, scene.size.height), (255, 255, 255))
        blank.paste(drawn, (left, top))
        blank.save(tmp_path / "plain.png", **FORMATS[".png"][1])

    assert_at_most(1.4, lambda: ratio(lambda: overlay(str(photo), "-o", str(tmp_path / "slide.png")), plain))


MEMORY = """
import re, sys
from pathlib import Path
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)) * 1024
import matplotlib  # a vector output's import is no part of an image's memory
from PIL import Image, ImageDraw, ImageFont, JpegImagePlugin
from vtok.cli import main, overlay
from vtok.render.drawing import pillow_renderer as raster
from vtok.media import pixels
before = peak()
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from /proc")
def test_peak_memory(photo: Path, tmp_path: Path) -> None:
    arguments = ["overlay", str(photo), *THIRTY_SIX, "--width", "original", "-o", str(tmp_path / "out.jpg")]
    done = subprocess.run([sys.executable, "-c", MEMORY, *arguments], capture_output=True, text=True, check=True)
    taken = int(done.stdout.splitlines()[-1])
    print(f"memory: {taken / (3 * SIDE * SIDE):.2f} of the decoded image")
    assert taken <= 4 * 3 * SIDE * SIDE
