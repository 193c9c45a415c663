"""Boxes and points of a model's answer, read in the model's convention or in every one: `vtok locate --convert`."""

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple

from vtok.errors import UsageError
from vtok.geometry.answers import MOST_PLACES, Misread, Place, places
from vtok.geometry.conventions import CONVENTIONS, Convention, convention, lies, read, write, written
from vtok.parts.grounding import grounding
from vtok.render.drawing.marks import Mark, colour
from vtok.render.text.boxes import Row
from vtok.render.text.tables import box_text
from vtok.values import Box, Layout

MOST_TEXT = 2**24
"""The longest answer that is read, in characters."""

EVERY = "all"
"""The value of --from that reads places in every convention."""


class Converted(NamedTuple):
    """A box or point: its number, how it is written, the convention it is read in, and its pixels in the image."""

    number: int
    place: Place
    way: Convention
    pixels: tuple[float, ...]
    layout: Layout
    of_model: bool = False

    @property
    def lies(self) -> Literal["inside", "partly outside", "outside", "reversed"]:
        """Where it lies in the image."""
        return lies(self.pixels, self.layout)

    @property
    def box(self) -> Box:
        """The box, or the point as a box without area, in pixels of the image."""
        return Box(*(self.pixels if len(self.pixels) == 4 else self.pixels * 2))

    @property
    def name(self) -> str:
        """Its label, or its number where it has none."""
        return self.place.label or f"{'box' if len(self.pixels) == 4 else 'point'} {self.number}"

    def values(self, name: str) -> tuple[float, ...]:
        """Its values in another convention."""
        return write(self.pixels, CONVENTIONS[name], self.layout)

    def text(self, name: str) -> str:
        """It as a model writes it in a convention."""
        return written(self.values(name), CONVENTIONS[name])

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a box or point."""
        known = grounding(self.layout.model)
        return {
            "number": self.number,
            **({"label": self.place.label} if self.place.label else {}),
            "values": list(self.place.values),
            "convention": self.way.name,
            "image": _shape(self.pixels),
            "resized": _shape(self.values("resized")),
            **({"written": self.text(known.convention)} if known else {}),
            "lies": self.lies,
        }


def _shape(pixels: Sequence[float]) -> dict[str, float]:
    return dict(zip(Box._fields if len(pixels) == 4 else "xy", pixels, strict=True))


class Reading(NamedTuple):
    """All that was read of the answers: boxes and points, and what is none."""

    converted: Sequence[Converted] = ()
    misread: Sequence[Misread] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON of converted boxes and points."""
        errors = [{"text": each.text, "error": each.why} for each in self.misread]
        return {"boxes": [each.to_dict() for each in self.converted], "errors": errors}


def texts(arguments: Sequence[str]) -> list[str]:
    """The answers behind --convert: the text itself, @FILE, or - for standard input; UsageError for no such file."""
    return [_text(argument) for argument in arguments]


def _text(argument: str) -> str:
    if argument != "-" and not argument.startswith("@"):
        return argument
    path = argument[1:]
    try:
        if argument == "-":
            content = sys.stdin.buffer.read(MOST_TEXT + 1)
        elif not os.path.isfile(path):
            raise UsageError(
                f"--convert {argument}: there is no such file; give a text, @FILE, or - for standard input"
            )
        else:
            with open(path, "rb") as file:
                content = file.read(MOST_TEXT + 1)
    except OSError as error:
        raise UsageError(f"--convert {argument}: {error.strerror}; give a file that can be read") from None
    if len(content) > MOST_TEXT:
        raise UsageError(f"--convert {argument}: longer than the limit of {MOST_TEXT // 2**20} MiB; give one answer")
    return content.decode("utf-8-sig", "replace")


def reading(answers: Sequence[str], layout: Layout, wanted: str | None) -> Reading:
    """The boxes and points of answers about one image, read as `wanted` says: a convention, all of them, or None.

    None takes the convention that the form alone tells (<loc0123> is PaliGemma's), else the model's; where none is
    known, every convention. Raises UsageError for answers without a box or point.
    """
    if wanted not in (None, EVERY):
        convention(wanted)
    parts = list(islice((part for text in answers for part in places(text)), MOST_PLACES + 1))
    if len(parts) > MOST_PLACES:
        raise UsageError(f"--convert: more than {MOST_PLACES:,} boxes and points; give fewer at a time")
    if not parts:
        text = " ".join(" ".join(answers).split())[:60]
        raise UsageError(
            f"--convert {text!r}: no box and no point in it; write x1,y1,x2,y2 or x,y, or a model's answer"
        )
    whole = [part for part in parts if isinstance(part, Place)]
    converted = [one for number, place in enumerate(whole, 1) for one in _converted(number, place, layout, wanted)]
    return Reading(converted, [part for part in parts if isinstance(part, Misread)])


def _converted(number: int, place: Place, layout: Layout, wanted: str | None) -> Iterator[Converted]:
    known = grounding(layout.model)
    expected = place.convention or (known.convention if known else "")
    name = wanted or expected or EVERY
    for way in plausible(layout, expected) if name == EVERY else [CONVENTIONS[name]]:
        yield Converted(number, place, way, read(place.values, way, layout), layout, of_model=way.name == expected)


COMMON = ("original", "resized", "0-1000", "0-1000 yx", "0-100", "0-1", "view 0-1000", "view 0-1")
"""The conventions that people confuse, and that are told apart by where the boxes lie."""

ALIKE = 0.002
"""The share of a side by which two readings of a place must differ to be told apart."""


def plausible(layout: Layout, expected: str) -> list[Convention]:
    """The convention `expected`, if any, and the common ones that read places elsewhere in this image."""
    unlike: list[Convention] = []
    for way in (CONVENTIONS[name] for name in dict.fromkeys((*filter(None, [expected]), *COMMON))):
        if not any(_alike(way, other, layout) for other in unlike):
            unlike.append(way)
    return unlike


def _alike(way: Convention, other: Convention, layout: Layout) -> bool:
    """Whether a point, written in the range of one convention, lies at nearly the same place in the other."""
    numbers = [share * (way.most or 1000) for share in (0.1, 0.2)]
    pairs = zip(read(numbers, way, layout), read(numbers, other, layout), reversed(layout.original), strict=True)
    return all(abs(one - another) <= ALIKE * side for one, another, side in pairs)


def rows(converted: Sequence[Converted]) -> list[Row]:
    """A row of the table for each box or point; where several conventions are read, the model's is marked."""
    several = len({each.way.name for each in converted}) > 1
    return [
        Row(
            number=each.number,
            label=each.place.label,
            values=each.place.values,
            convention=each.way.name,
            of_model=each.of_model and several,
            image=each.pixels,
            resized=each.values("resized"),
            written=each.text(known.convention) if (known := grounding(each.layout.model)) else "",
            lies=each.lies,
        )
        for each in converted
    ]


def about(layout: Layout) -> list[tuple[str, str]]:
    """The encoder's view, and the convention in which the model writes boxes, with its source, line by line."""
    view = layout.global_view
    content = f", of which {box_text(view.content)} is the image" if view.content != Box.of(view.size) else ""
    lines = [("view", f"{view.size} pixels are what the encoder gets of the whole image{content}")]
    known = grounding(layout.model)
    if known is None:
        return [*lines, ("boxes", f"no convention is known in which {layout.model} writes boxes")]
    way = CONVENTIONS[known.convention]
    return [*lines, ("boxes", f"{way.name}: {way.about}"), ("source", known.source)]


def notes(converted: Sequence[Converted], layout: Layout, wanted: str | None) -> list[str]:
    """What the user should know of these boxes: which lie outside, and what several readings mean."""
    if len({each.way.name for each in converted}) > 1:
        if wanted is None and grounding(layout.model) is None:
            return ["each box is read in every common convention; --from picks one"]
        return ["* is the convention of the model, or the one that the form of the answer tells"]
    wrong = [str(each.number) for each in converted if each.lies != "inside"]
    if not wrong:
        return []
    some = f"{', '.join(wrong[:5])}{' ...' if len(wrong) > 5 else ''}"
    which = f"boxes {some} do" if len(wrong) > 1 else f"box {some} does"
    way = converted[0].way.name
    return [f"{which} not lie wholly in the image when read as {way}; --from all reads them in every common convention"]


def marks(converted: Sequence[Converted]) -> list[Mark]:
    """The marks of boxes and points: a colour each; where they are read in several conventions, a colour for each."""
    names = [*dict.fromkeys(each.way.name for each in converted)]
    if len(names) == 1:
        return [Mark((each.box,), each.name, colour(each.number)) for each in converted if each.lies != "reversed"]
    return [
        Mark((each.box,), f"{each.name} as {each.way.name}", colour(names.index(each.way.name)), tinted=False)
        for each in converted
        if each.lies in ("inside", "partly outside")
    ]
