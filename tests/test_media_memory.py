"""What is in memory already: bytes, file objects, Pillow images, arrays; and that nothing about axes is guessed."""

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import vtok


class Tensor:
    """What vtok sees of a torch tensor: a shape of its own type, of integers."""

    class Sides(tuple[int, ...]):
        __slots__ = ()

    def __init__(self, *sides: int) -> None:
        self.shape = self.Sides(sides)


def test_the_bytes_of_a_file_are_a_file(samples: Path) -> None:
    data = (samples / "photo.jpg").read_bytes()
    for source in (data, bytearray(data), memoryview(data), io.BytesIO(data)):
        media = vtok.probe(source)
        assert (media.size, media.orientation, media.format, media.name) == ((3024, 4032), 6, "JPEG", "")
        assert vtok.count(source, model="qwen2.5-vl") == 15554
    assert vtok.probe((samples / "clip.mp4").read_bytes()).num_frames == 180


def test_a_pillow_image_counts_as_it_is(samples: Path) -> None:
    with Image.open(samples / "photo.jpg") as photo:
        # transformers does not turn a Pillow image: 4032 x 3024 are 144 x 108 tokens either way, but 144 a row
        layout = vtok.layout("qwen2.5-vl", photo)
        assert photo.getexif()[0x0112] == 6
    assert (layout.original, layout.turned) == ((3024, 4032), False)
    assert vtok.probe(Image.new("L", (3, 5))) == vtok.Media(size=vtok.Size(5, 3))
    prompt = vtok.prompt("deepseek-vl2", [Image.new("RGB", (640, 480)), samples / "cat.jpg"])
    assert prompt.layouts[0].original == (480, 640)


@pytest.mark.parametrize("make", [lambda *sides: np.zeros(sides, np.uint8), Tensor])
def test_arrays_say_where_their_channels_are(make: Any) -> None:
    assert vtok.probe(make(480, 640, 3), channels="last").size == (480, 640)
    assert vtok.probe(make(3, 480, 640), channels="first").size == (480, 640)
    assert vtok.probe(make(1, 480, 640), channels="first").size == (480, 640)
    assert vtok.probe(make(480, 640)).size == (480, 640)
    assert vtok.layout("qwen2.5-vl", make(480, 644, 3), channels="last").original == (480, 644)
    assert vtok.count(make(56, 56), model="qwen2-vl") == 4 + 2  # 2 x 2 tokens of 28 pixels, 2 special tokens
    video = vtok.probe(make(12, 480, 640, 3), "video", channels="last", fps=24)
    assert video == vtok.Media(size=vtok.Size(480, 640), num_frames=12, fps=24, duration=0.5)
    assert vtok.probe(make(12, 3, 480, 640), "video", channels="first").fps is None
    assert len(vtok.prompt("deepseek-vl2", [make(480, 640, 3)] * 2, channels="last").layouts) == 2


@pytest.mark.parametrize(
    ("shape", "arguments", "message"),
    [
        ((480, 640, 3), {}, "give channels='first' or channels='last'"),
        ((3, 3, 3), {}, "give channels='first' or channels='last'"),
        ((480, 640, 3), {"channels": "first"}, "480 channels in (480, 640, 3); channels='last' may be meant"),
        ((3, 480, 640), {"channels": "last"}, "640 channels"),
        ((480, 640, 3), {"channels": "middle"}, "it can be 'first', 'last' or None"),
        ((480, 640), {"channels": "last"}, "is no image"),
        ((5,), {}, "is no image"),
        ((), {}, "is no image"),
        ((1, 2, 3, 4, 5), {"channels": "last"}, "is no image"),
        ((0, 640), {}, "has no pixels"),
        ((8, 480, 640, 3), {"channels": "last"}, "holds several images; give one at a time, or kind='video'"),
        ((8, 480, 640, 3), {"kind": "video"}, "give channels="),
        ((0, 480, 640, 3), {"kind": "video", "channels": "last"}, "holds no frame"),
        ((8, 480, 640, 3), {"kind": "video", "channels": "last", "fps": 0}, "fps must be a number above 0"),
        ((480, 640, 3), {"kind": "video", "channels": "last"}, "is one image"),
        ((480, 640), {"fps": 3}, "is one image"),
    ],
)
def test_what_is_not_clear_is_an_error(shape: tuple[int, ...], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(vtok.UsageError, match=re.escape(message)):
        vtok.probe(np.zeros(shape, np.uint8), **arguments)


def test_other_objects_are_refused_by_name() -> None:
    with pytest.raises(vtok.UsageError, match="cannot measure a dict; give a path, the bytes of a file"):
        vtok.probe({})  # type: ignore[arg-type]
    with pytest.raises(vtok.UsageError, match="channels and fps describe arrays"):
        vtok.probe(b"x", channels="last")
    with pytest.raises(vtok.UsageError, match="give its file to measure an animation"):
        vtok.probe(Image.new("L", (3, 5)), "video")
    for several in (np.zeros((9, 9)), Image.new("L", (3, 5)), io.BytesIO(b"x"), b"x"):
        with pytest.raises(vtok.UsageError, match="inputs are several"):
            vtok.prompt("deepseek-vl2", several)  # type: ignore[arg-type]


def test_nothing_is_imported_to_recognise_an_object() -> None:
    script = """
import sys, vtok
class Array:
    shape = (480, 640, 3)
assert vtok.count(Array(), channels="last") == 393
print([name for name in ("PIL", "numpy", "torch", "av") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
