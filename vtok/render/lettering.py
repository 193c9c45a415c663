"""How wide type is: DejaVu Sans, which comes with matplotlib, measured without opening it.

Both renderers set type in this font, so that every machine draws the same, and a scene can be laid out before either of
them is loaded.
"""

from functools import lru_cache

TIMES = "\u00d7"
"""The sign between two numbers that are multiplied, or are width and height."""

EM = 2048
"""Units of the widths below to one size of type."""

CAP_HEIGHT = 0.729
"""Height of capitals and figures, as a share of the size."""

_REGULAR = """
    651 821 942 1716 1303 1946 1597 563 799 799 1024 1716 651 739 651 690 1303 1303 1303 1303 1303 1303 1303
    1303 1303 1303 690 690 1716 1716 1716 1087 2048 1401 1405 1430 1577 1294 1178 1587 1540 604 604 1343 1141
    1767 1532 1612 1235 1612 1423 1300 1251 1499 1401 2025 1403 1251 1403 799 690 799 1716 1024 1024 1255 1300
    1126 1300 1260 721 1300 1298 569 569 1186 569 1995 1298 1253 1300 1300 842 1067 803 1298 1212 1675 1212 1212
    1075 1303 690 1303 1716
"""
_BOLD = """
    713 934 1067 1716 1425 2052 1786 627 936 936 1071 1716 778 850 778 748 1425 1425 1425 1425 1425 1425 1425
    1425 1425 1425 819 819 1716 1716 1716 1188 2048 1585 1561 1503 1700 1399 1399 1681 1714 762 762 1587 1305
    2038 1714 1741 1501 1741 1577 1475 1397 1663 1585 2259 1579 1483 1485 936 748 936 1716 1024 1024 1382 1466
    1214 1466 1389 891 1466 1458 702 702 1362 702 2134 1458 1407 1466 1466 1010 1219 979 1458 1335 1892 1321
    1335 1192 1458 748 1458 1716
"""
UNBREAKABLE = "\u00a0"
"""A space at which no line is broken."""

_OTHERS = {"\u00d7": 1716, "\u00b7": 651, "\u2192": 1716, "\u2026": 2048, "\u2013": 1024, "\u2212": 1716, "\u00b2": 821}


def _table(widths: str) -> dict[str, int]:
    table = {chr(32 + i): int(width) for i, width in enumerate(widths.split())} | _OTHERS
    return {**table, UNBREAKABLE: table[" "]}


_WIDTHS = {False: _table(_REGULAR), True: _table(_BOLD)}


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text is set at this size; a character that is not in the tables counts as wide."""
    return _units(text, bold) * size / EM


@lru_cache(maxsize=4096)  # a page is laid out in many ways, with the same words
def _units(text: str, bold: bool) -> int:  # noqa: FBT001
    widths = _WIDTHS[bold]
    return sum(widths.get(character, EM) for character in text)


def glued(text: str) -> str:
    """The text as one word, which no line break parts: a number and its unit."""
    return text.replace(" ", UNBREAKABLE)


_ROUNDING = 0.98
"""Share of the room that a line may fill: on a screen every letter is as wide as whole pixels."""


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """The text in lines that fit the room, broken at spaces.

    What is `glued` is broken only where it is wider than the room; a word that is wider is cut with an ellipsis.
    """
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size, bold=bold) <= _ROUNDING * room:
            lines[-1] = joined
        elif UNBREAKABLE in word and width(word, size, bold=bold) > room:
            lines += wrapped(word.replace(UNBREAKABLE, " "), size, room, bold=bold)
        else:
            lines.append(shortened(word, size, room, bold=bold))
    return [line.replace(UNBREAKABLE, " ") for line in lines]


def shortened(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it is wider than the room."""
    if width(text, size, bold=bold) <= room:
        return text
    while text and width(text + "\u2026", size, bold=bold) > room:
        text = text[:-1]
    return text + "\u2026"


def fitting(text: str, size: float, room: float, *, bold: bool = False) -> float:
    """The size, or the greatest smaller one at which the text fits the room."""
    needed = width(text, size, bold=bold)
    return size if needed <= room else size * room / needed
