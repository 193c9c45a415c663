"""How light an image is, and lines and tints that do not hide what is on it.

On a photo a line has a light core on a dark edge, which reads on sky and on shadow. A page of text and a night scene
have one ground: there a thin line of the other lightness, as strong as a set contrast asks for, hides less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from vtok.render.drawing.scene import Fill, Frames, Lattice, Photo, Scene, Shape, Stroke
from vtok.render.palette import DARK_LINE, LIGHT_LINE, rgb

if TYPE_CHECKING:
    from PIL import Image

SIDE = 256
"""Pixels of an image that are looked at, across and down."""

LIGHT_GROUND, DARK_GROUND = 0.75, 0.25
"""Luminance, from 0 to 1: three quarters of a page are lighter, three quarters of a night scene are darker."""

PAPER_TINT = 0.6
"""Share of a tint's opacity on a light ground."""

TINT_SHARE = 0.28
"""How much a tint may add to the luminance of a dark ground, as a share of what the image's own luminance spans."""


class Tone(NamedTuple):
    """The luminance of an image, from 0 to 1: below each of these lie 5, 25, 50, 75 and 95 percent of its pixels."""

    lowest: float
    low: float
    middle: float
    high: float
    highest: float

    @property
    def is_light(self) -> bool:
        """Whether nearly all of the image is light, as a page of text is."""
        return self.low >= LIGHT_GROUND

    @property
    def is_dark(self) -> bool:
        """Whether nearly all of the image is dark, as a night scene is."""
        return self.high <= DARK_GROUND


def tone_of(image: "Image.Image") -> Tone:
    """The tone of an image, from some of its pixels."""
    return _tone(sampled(image, (0, 0, *image.size)).convert("L").histogram())


def sampled(image: "Image.Image", box: tuple[int, int, int, int]) -> "Image.Image":
    """Some of the pixels in a box of an image, as they are."""
    left, top, right, bottom = box
    return image.resize((min(SIDE, right - left), min(SIDE, bottom - top)), 0, box=box)  # 0: nearest, not averaged


def _tone(histogram: Sequence[int]) -> Tone:
    """The tone of the counts of each luminance from 0 to 255."""
    total, seen = sum(histogram), 0
    marks: list[float] = []
    shares = [0.05, 0.25, 0.5, 0.75, 0.95]
    for value, count in enumerate(histogram):
        seen += count
        while len(marks) < len(shares) and seen >= shares[len(marks)] * total:
            marks.append(value / 255)
    return Tone(*marks)


def adapted(scene: Scene, images: "Mapping[str, Image.Image]") -> Scene:
    """The scene with thinner and fainter lines and tints on those of its images that have one ground."""
    tones = {name: tone_of(image) for name, image in images.items()}
    even = {name: tone for name, tone in tones.items() if tone.is_light or tone.is_dark}
    if not even:
        return scene
    return replace(scene, shapes=tuple(_adapted(shape, even) for shape in scene.shapes))


def _adapted(shape: Shape, tones: Mapping[str, Tone]) -> Shape:
    if isinstance(shape, Photo):
        return replace(shape, calm=0.0) if shape.image in tones else shape
    if not isinstance(shape, Fill | Lattice | Frames) or shape.over not in tones:
        return shape
    tone = tones[shape.over]
    if isinstance(shape, Fill):
        return replace(shape, opacity=_tint(shape, tone))
    return replace(shape, stroke=_stroke(shape.stroke, tone))


def _tint(fill: Fill, tone: Tone) -> float:
    """The opacity of a tint."""
    if tone.is_light:
        return PAPER_TINT * fill.opacity
    added = max(0.05, _luminance(fill.colour) - tone.middle)
    return min(fill.opacity, max(0.04, TINT_SHARE * (tone.highest - tone.lowest) / added))


def _stroke(stroke: Stroke, tone: Tone) -> Stroke:
    """A line of half the width, dark on a light ground and light on a dark one; wider lines have more contrast."""
    core = DARK_LINE if tone.is_light else LIGHT_LINE
    contrast = abs(_luminance(core) - tone.middle)
    wished = 0.2 + 0.04 * min(stroke.width, 5.0)
    width = max(1.0, round(stroke.width / 2))
    return Stroke(width, core=core, opacity=min(1.0, stroke.opacity * wished / contrast))


def _luminance(colour: str) -> float:
    """How light a colour is, from 0 to 1, as Pillow's conversion to grey has it (ITU-R 601-2)."""
    red, green, blue = rgb(colour)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255
