"""The values of configs, which are untrusted: types and ranges are checked, and errors name the file and the key."""

import re
from collections.abc import Mapping
from typing import Any, get_args

from vtok.errors import UsageError

MOST_PIXELS, MOST = 2**40, 2**24
FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""Pillow's filters by their numbers."""


def from_config(value: Any, hint: Any, how: str, where: str) -> Any:
    """The value as a field of type `hint` takes it, if configs write it in the way `how`.

    Raises UsageError, which begins with `where`, for a value that cannot be one.
    """
    match how:
        case "filter":
            return _filter(value, where)
        case "inverse":
            return _inverse(value, where)
        case "anyres":
            return _anyres(value, where)
    return _number(value, hint, where)


def to_config(value: Any, how: str) -> Any:
    """The value as configs write it."""
    match how:
        case "filter":
            return FILTERS.index(value)
        case "inverse":
            return 1 / value
        case "anyres":
            return f"anyres_max_{value}"
    return [to_config(item, how) for item in value] if isinstance(value, tuple) else value


def as_object(value: Any, where: str) -> Mapping[str, Any]:
    """The value if it is an object with keys; else UsageError."""
    if not isinstance(value, Mapping):
        raise UsageError(f"{where} must be an object, not {shown(value)}")
    return value


def shown(value: Any) -> str:
    """The value in a message: nobody wants to read a whole file there."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _number(value: Any, hint: Any, where: str) -> Any:
    wanted = set(get_args(hint) or (hint,)) - {type(None)} if type(None) in get_args(hint) else {hint}
    if bool in wanted:
        if isinstance(value, bool):
            return value
        raise UsageError(f"{where} must be true or false, not {shown(value)}")
    for kind in (int, float):
        if kind in wanted:
            return _in_range(_side(value, where), kind, where)
    return _tuple(value, float if "float" in str(hint) else int, where)


def _side(value: Any, where: str) -> Any:
    """A number, or the side of the square that a size describes."""
    if isinstance(value, Mapping):
        sides = [
            value[key] for key in ("height", "width", "shortest_edge", "longest_edge") if value.get(key) is not None
        ]
    elif isinstance(value, list):
        sides = value
    else:
        return value
    if len(sides) in (1, 2) and sides[0] == sides[-1]:
        return sides[0]
    raise UsageError(f"{where} must be a number, or a size of two equal sides, not {shown(value)}")


def _in_range(value: Any, wanted: type, where: str) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or (wanted is int and isinstance(value, float) and not value.is_integer()):
        raise UsageError(f"{where} must be a {'whole ' if wanted is int else ''}number, not {shown(value)}")
    most = MOST_PIXELS if re.search("pixels|edge|limit|size", where.rsplit(": ", 1)[-1]) else MOST
    if not 0 <= value <= most:
        raise UsageError(f"{where} must be from 0 to {most:,}, not {shown(value)}")
    return wanted(value)


def _tuple(value: Any, wanted: type, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > 4096:
        raise UsageError(f"{where} must be a list of numbers, not {shown(value)}")
    return tuple(
        tuple(_in_range(side, wanted, where) for side in item)
        if isinstance(item, list) and len(item) == 2
        else _in_range(item, wanted, where)
        for item in value
    )


def _filter(value: Any, where: str) -> str:
    if isinstance(value, str) and value.lower() in FILTERS:
        return value.lower()
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(FILTERS):
        raise UsageError(f"{where} must be the number of a filter of Pillow, 0 to 5, not {shown(value)}")
    return FILTERS[value]


def _inverse(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.001 <= value <= 1:
        raise UsageError(f"{where} must be a ratio from 0.001 to 1, not {shown(value)}")
    return round(1 / value)


def _anyres(value: Any, where: str) -> int:
    found = re.fullmatch(r"anyres_max_(\d{1,4})", value) if isinstance(value, str) else None
    if not found:
        raise UsageError(f"{where} must be anyres_max_ and a number, not {shown(value)}")
    return int(found.group(1))
