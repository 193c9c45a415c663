"""Images that vtok drew and people looked at, and how a new one is held against them."""

import os
from pathlib import Path

from PIL import Image, ImageChops

FOLDER = Path(__file__).parent / "golden_images"
UPDATE = "VTOK_UPDATE_GOLDEN_IMAGES"

FAINT = 24
"""How far a value may be off, of 255: decoders and fonts of other versions differ by less."""

MOST = 60
"""How many pixels may be further off: less than a hair line through an image."""


def differing(one: Image.Image, other: Image.Image) -> int:
    """How many pixels of two images are visibly different; all of them where the sizes differ."""
    if one.size != other.size:
        return max(one.width * one.height, other.width * other.height)
    bands = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).split()
    greatest = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(greatest.histogram()[FAINT + 1 :])


def check(name: str, drawn: Image.Image) -> None:
    """Hold an image against the golden one of that name; write it instead where the environment says so."""
    path = FOLDER / f"{name}.png"
    if os.environ.get(UPDATE):
        drawn.save(path, optimize=True)
        return
    how = f"look at it, then run: {UPDATE}=1 pytest tests/test_render_golden.py -k '{name}'"
    assert path.exists(), f"there is no golden image {name}; {how}"
    with Image.open(path) as golden:
        changed = differing(drawn, golden)
    assert changed <= MOST, f"{changed} pixels differ from the golden image {name}; {how}"
