"""What the page of an image is like, as it is typed and checked; and how models are called on it."""

import os
import re
from collections.abc import Sequence
from fractions import Fraction

from vtok.cli._presets import labels
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.render.palette import THEMES


def theme_name(text: str) -> str:
    """`--theme`, checked."""
    if text not in THEMES:
        raise UsageError(f"--theme {text}: write {' or '.join(THEMES)}")
    return text


def page_width(text: str) -> int | None:
    """`--width`: pixels, or None for the photo's own size."""
    if text == "original":
        return None
    from vtok.render.drawing.page import WIDTHS

    low, high = WIDTHS
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(high))
    if not digits or not low <= int(text) <= high:
        raise UsageError(f"--width {text[:60]}: write a number of pixels from {low} to {high:,}, or original")
    return int(text)


def page_proportions(text: str | None) -> float | None:
    """`--page`: width by height."""
    if text is None:
        return None
    return float(proportions("--page", text))


def proportions(flag: str, text: str) -> Fraction:
    """Width by height, as they are typed behind a flag."""
    match = re.fullmatch(r"(\d{1,5})[:xX/](\d{1,5})", text, re.ASCII)
    sides = [int(side) for side in match.groups()] if match else [0, 0]
    if not all(sides) or not 0.2 <= sides[0] / sides[1] <= 5:
        raise UsageError(f"{flag} {text}: write width:height, as 16:9 or 4:3")
    return Fraction(*sides)


def names_of(families: Sequence[Family]) -> list[str]:
    """What models are called on a page: as in tables, checkpoints in folders by the folder's name alone."""
    names = labels(families)
    short = [os.path.basename(os.path.normpath(name)) if os.path.exists(name) else name for name in names]
    return [name if short.count(brief) > 1 else brief for name, brief in zip(names, short, strict=True)]


def compares_pipelines(pipelines: Sequence[str] | None) -> bool:
    """Whether several pipelines are to be compared, by what `--pipeline` says."""
    return len(set(pipelines or ())) > 1 or "all" in (pipelines or ())
