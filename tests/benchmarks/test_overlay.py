"""What overlays cost beside the least that Pillow itself needs for such images, in one run."""

import random
import subprocess
import sys
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
    sample.resize((64, 64)).save(path.with_name("small.jpg"))
    return path


TIMED = """
import contextlib, gc, io, os, sys, time
import PIL.Image
from vtok.cli import main
from vtok.render.drawing import pillow_renderer
def run(photo):
{task}
with contextlib.redirect_stdout(io.StringIO()):
    run(os.path.join(os.path.dirname(sys.argv[1]), "small.jpg"))  # start-up: imports, fonts, the command line
    gc.freeze()  # as the command does
    gc.set_threshold(50_000)
    start = time.process_time()
    run(sys.argv[1])
    taken = time.process_time() - start
print(taken)
"""
OVERLAY = """
    try:
        main(["overlay", photo, *sys.argv[2:]])
    except SystemExit as ended:
        assert not ended.code
"""
REENCODE = """
    with PIL.Image.open(photo) as image:
        image.load()
        image.save(sys.argv[2], quality=90)  # as vtok does
"""


class Spent:
    """Processor time of tasks, each in a process of its own: memory that is touched first costs both sides alike."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def task(self, code: str, *arguments: object) -> Callable[[], None]:
        """What runs this code, start-up apart, and adds the time that it took."""
        program = [sys.executable, "-c", TIMED.format(task=code), *map(str, arguments)]

        def run() -> None:
            done = subprocess.run(program, capture_output=True, text=True, check=True)
            self.seconds += float(done.stdout)

        return run


def ratio(work: tuple[object, ...], floor: tuple[str, *tuple[object, ...]]) -> float:
    """How many times as much processor time `vtok overlay` takes with these arguments as the floor's code."""
    spent = Spent()
    tasks = spent.task(OVERLAY, *work), spent.task(*floor)
    return timing.ratio(*tasks, runs=LEAST_OF, clock=lambda: spent.seconds)


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_labelled_36_by_36_at_the_photo_s_size(photo: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jpg"
    layers = ("--show", "tokens,index", "--width", "original", "--no-caption", "-o", target)
    floor = (REENCODE, photo, tmp_path / "plain.jpg")
    assert_at_most(1.6, lambda: ratio((photo, *THIRTY_SIX, *layers), floor))
    assert size_of(target) == (SIDE, SIDE)


@pytest.mark.parametrize("more", [[], ["--no-caption"]], ids=["caption", "bare"])
def test_a_pixel_of_the_page_at_the_photo_s_size(photo: Path, tmp_path: Path, more: list[str]) -> None:
    target = tmp_path / "out.jpg"

    def measure() -> float:
        taken = ratio((photo, "--width", "original", "-o", target, *more), (REENCODE, photo, tmp_path / "plain.jpg"))
        width, height = size_of(target)
        return taken / (width * height / SIDE**2)

    assert_at_most(1.6, measure)


def test_144_by_144_at_the_photo_s_size(photo: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jpg"
    patches = ("--show", "patches", "--set", "max_pixels=4064256")  # 144 x 144 patches of 14 pixels
    layers = (*patches, "--width", "original", "--no-caption", "-o", target)
    assert_at_most(1.8, lambda: ratio((photo, *layers), (REENCODE, photo, tmp_path / "plain.jpg")))


SLIDE = """
    left, top, right, bottom, width, height = map(int, sys.argv[3:])
    with PIL.Image.open(photo) as image:
        image.draft("RGB", (right - left, bottom - top))
        drawn = image.resize((right - left, bottom - top), PIL.Image.Resampling.LANCZOS, reducing_gap=3.0)
    blank = PIL.Image.new("RGB", (width, height), (255, 255, 255))
    blank.paste(drawn, (left, top))
    blank.save(sys.argv[2], **pillow_renderer.FORMATS[".png"][1])
"""


def test_a_slide_costs_little_more_than_its_png(photo: Path, tmp_path: Path) -> None:
    import vtok
    from vtok.render.drawing import page

    scene = page.overlay(vtok.layout("qwen2.5-vl", str(photo)), page.Wish())
    numbers = (*map(round, scene.images[0].box), scene.size.width, scene.size.height)
    floor = [photo, tmp_path / "plain.png", *numbers]
    assert_at_most(1.4, lambda: ratio((photo, "-o", tmp_path / "slide.png"), (SLIDE, *floor)))


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
