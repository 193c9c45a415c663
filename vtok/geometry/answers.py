"""Boxes and points in the answer of a model, or in what a user typed: tags, location tokens, JSON, bare numbers."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from vtok.geometry.conventions import of_cells

N = r"[-+]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})"
NUMBER = re.compile(N, re.ASCII)
MOST_PLACES = 10_000
"""Most boxes and points that are read of one answer."""

MOST = 10**9
"""The greatest number of a box."""

MOST_LABEL = 80
"""Characters of a label."""

KEYS = ("bbox_2d", "box_2d", "bbox", "box", "point_2d", "point", "pos", "coordinates", "coordinate", "points", "boxes")
"""Keys of JSON under which boxes and points stand."""

LABELS = ("label", "name", "text", "text_content", "class", "category", "description", "ref", "object")
"""Keys of JSON under which the name of a box stands."""

EDGES = (("left", "top", "right", "bottom"), ("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"), ("x", "y"))


class Place(NamedTuple):
    """A box (four values) or a point (two) as it is written. `convention` is set where the form alone tells it."""

    values: tuple[float, ...]
    label: str = ""
    convention: str = ""


class Misread(NamedTuple):
    """A part of the answer that looks like a place and is none, and why."""

    text: str
    why: str

    def __str__(self) -> str:
        return f"{self.text!r}: {self.why}"


TAGS = re.compile(
    rf"""
      <(?:points|tracks)\b[^<>]*?\bcoords="(?P<coords>[^"<>]*)"[^<>]*>(?P<counted>[^<>]*)
    | <points?(?P<marks>(?:\s+\w+="[^"<>]*")+)\s*/?>(?P<marked>[^<>]*)
    | (?:<phrase>(?P<phrase>[^<>]*)</phrase>\s*)?<object>(?P<cells>(?:<[^<>]*>\s*)+)</object>
    | (?P<loc>(?:<loc\d{{4}}>)+)[ ]*(?P<located>[^<>;\n]*)
    | (?P<binned>[^<>\n]{{0,80}})(?P<bins>(?:<loc_\d{{1,4}}>)+)
    | (?:(?:<\|ref\|>|<\|object_ref_start\|>|<ref>)(?P<ref>[^<>]*)(?:<\|/ref\|>|<\|object_ref_end\|>|</ref>)\s*)?
      (?:<\|det\|>|<\|box_start\|>|<\|begin_of_box\|>|<box>|<point>)(?P<inner>[^<>|]*)
    | \bclick\(\s*x\s*=\s*(?P<x>{N})\s*,\s*y\s*=\s*(?P<y>{N})
    """,
    re.VERBOSE | re.ASCII,
)
"""Tags in which models write places.

Sources: QwenLM/Qwen-VL aa00ed0, README.md (<ref>, <box>); transformers 5.23, models/qwen2_vl (<|box_start|>);
deepseek-ai/DeepSeek-VL2 ef9f91e, README.md (<|det|>); zai-org/GLM-V 8fc9756, README.md (<|begin_of_box|>);
allenai/molmo2 f3cb108, olmo/preprocessing/point_formatter.py (coords=); google-research/big_vision 0127fb6 (<loc0000>);
transformers 5.23, models/florence2, kosmos2 and fuyu; MoonshotAI/Kimi-VL, issue 52 (click).
"""

BARE = re.compile(rf"[\[(]\s*{N}(?:\s*[\])]?\s*[,;]\s*[\[(]?\s*{N}){{1,63}}\s*[\])]", re.ASCII)
"""Some numbers in brackets, or two points in brackets of their own."""

PLAIN = re.compile(rf"\s*{N}(?:[\s,;]+{N})*\s*", re.ASCII)
"""Numbers alone."""


def places(text: str) -> Iterator[Place | Misread]:
    """The boxes and points of an answer in order: JSON where it holds some, else those in tags, else bare numbers.

    What is misread says in which line it stands, where there are several.
    """
    several = "\n" in text.strip()
    for start, part in _parts(text):
        if isinstance(part, Misread) and several:
            yield part._replace(why=f"line {text.count(chr(10), 0, start) + 1}: {part.why}")
        else:
            yield part


def _parts(text: str) -> Iterator[tuple[int, Place | Misread]]:
    """The boxes and points of an answer, each with the number of characters before it, or before its line."""
    documents = list(_documents(text))
    tags = [] if documents else list(TAGS.finditer(text))
    bare = [] if documents or tags else list(BARE.finditer(text))
    if documents:
        yield from ((start, place) for start, document in documents for place in _of_json(document, ""))
    elif tags:
        yield from ((match.start(), place) for match in tags for place in _of_tag(match))
    elif bare:
        yield from ((match.start(), place) for match in bare for place in _of_numbers(match.group(), ""))
    elif PLAIN.fullmatch(text):
        for match in re.finditer(r"[^\n]*\d[^\n]*", text):
            yield from ((match.start(), place) for place in _of_numbers(match.group(), ""))


def _documents(text: str) -> Iterator[tuple[int, Any]]:
    """The JSON of an answer: the whole, what stands in a code fence, or objects one by one. Numbers alone are none."""
    fenced = list(re.finditer(r"```(?:json)?\s*(.*?)(?:```|\Z)", text, re.DOTALL))
    for start, candidate in [(match.start(1), match.group(1)) for match in fenced] or [(0, text)]:
        if not candidate.strip().startswith(("{", "[{", "[\n", "[ ")):
            continue
        document = _loaded(candidate)
        if document is None:
            yield from _objects(start, candidate)
        elif document:
            yield start, document


def _objects(start: int, text: str) -> Iterator[tuple[int, Any]]:
    """The objects in JSON lines, or in JSON that is cut off; a Misread for a line that is none."""
    for line in text.splitlines(keepends=True):
        document = _loaded(line.strip().rstrip(","))
        if document is None:
            inner = re.findall(r"\{[^{}]*\}", line)
            yield from ((start, _loaded(each) or Misread(each[:60], "no JSON")) for each in inner)
            if not inner and line.strip().startswith("{"):
                yield start, Misread(line.strip()[:60], "no JSON")
        elif document:
            yield start, document
        start += len(line)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_json(node: Any, label: str, *, wanted: bool = False) -> Iterator[Place | Misread]:
    """The places in JSON. `wanted` says that a place must stand here, so that anything else is reported."""
    if isinstance(node, Misread):
        yield node
    elif isinstance(node, dict):
        yield from _of_object(node, label)
    elif isinstance(node, list):
        numbers = [value for value in node if isinstance(value, (int, float)) and not isinstance(value, bool)]
        if numbers and len(numbers) == len(node):
            yield _place(numbers, label)
        elif wanted and not any(isinstance(value, (list, dict)) for value in node):
            yield Misread(repr(node)[:60], "neither a box nor a point")
        else:
            yield from (place for each in node for place in _of_json(each, label))
    elif wanted:
        yield Misread(repr(node)[:60], "neither a box nor a point")


def _of_object(node: dict[str, Any], label: str) -> Iterator[Place | Misread]:
    label = next((node[key] for key in LABELS if isinstance(node.get(key), str)), label)
    for edges in EDGES:
        if all(edge in node for edge in edges):
            yield from _of_json([node[edge] for edge in edges], label, wanted=True)
            return
    keys = [key for key in KEYS if key in node]
    for key in keys:
        yield from _of_json(node[key], label, wanted=True)
    if not keys:
        yield from (place for key, value in node.items() for place in _of_json(value, label or _name(key)))


def _name(key: str) -> str:
    return "" if key.isdigit() else key


def _place(numbers: Sequence[float], label: str, way: str = "") -> Place | Misread:
    if len(numbers) not in (2, 4):
        text = ",".join(map(str, numbers[:8]))[:60]
        return Misread(text, f"{len(numbers)} numbers are neither a box (4) nor a point (2)")
    if not all(-MOST <= number <= MOST for number in numbers):
        return Misread(",".join(map(str, numbers))[:60], f"a number is not between {-MOST:,} and {MOST:,}")
    return Place(tuple(float(number) for number in numbers), " ".join(label.split())[:MOST_LABEL], way)


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)


def _of_numbers(text: str, label: str, way: str = "") -> Iterator[Place | Misread]:
    """The places in a run of numbers: lists in brackets one by one, else boxes of four or one point."""
    numbers = [_number(number) for number in NUMBER.findall(text)]
    nested = re.findall(r"\[([^\[\]]*)\]", text)
    if len(nested) > 1:
        yield from (place for inner in nested for place in _of_numbers(inner, label, way))
    elif len(numbers) > 4 and len(numbers) % 4 == 0:
        yield from (_place(numbers[i : i + 4], label, way) for i in range(0, len(numbers), 4))
    else:
        yield _place(numbers, label, way)


def _of_tag(match: "re.Match[str]") -> Iterator[Place | Misread]:
    part = match.groupdict()
    if part["coords"] is not None:
        # An image or frame number, then the number, x and y of each point.
        triples = re.findall(r"(\d+) (\d{3,4}) (\d{3,4})", part["coords"])
        yield from (_place([float(x), float(y)], part["counted"], "0-1000") for _, x, y in triples)
    elif part["marks"] is not None:
        named = dict(re.findall(r"(\w+)=\"([^\"]*)\"", part["marks"]))
        label = part["marked"] or named.get("alt", "")
        for x in (key for key in named if re.fullmatch(r"x\d*", key)):
            pair = [NUMBER.fullmatch(named.get(key, "").strip()) for key in (x, x.replace("x", "y"))]
            numbers = [float(number.group()) for number in pair if number]
            yield _place(numbers, label, "0-100") if len(numbers) == 2 else Misread(match.group()[:60], "no point")
    elif part["cells"] is not None:
        corners = [int(cell) for cell in re.findall(r"patch_index_(\d{1,4})", part["cells"])]
        for first, last in zip(corners[::2], corners[1::2], strict=False):
            yield _place(of_cells(first, last), part["phrase"] or "", "cells")
    else:
        yield from _of_other_tag(part)


def _of_other_tag(part: dict[str, str]) -> Iterator[Place | Misread]:
    if part["loc"] is not None:
        yield from _of_numbers(part["loc"], part["located"].strip(), "loc0000")
    elif part["bins"] is not None:
        yield from _of_numbers(part["bins"], part["binned"].strip(), "loc_0")
    elif part["inner"] is not None:
        yield from _of_numbers(part["inner"], part["ref"] or "")
    else:
        yield Place((float(part["x"]), float(part["y"])), "click")
