"""The values of configs, which are untrusted. Errors name the file and the key."""

import re
from collections.abc import Callable, Mapping
from typing import Any, get_origin

from vtok.errors import UsageError
from vtok.parts.settings import FILTERS, checked, shown

SIZES = ({"height", "width"}, {"shortest_edge"})
"""The keys of a size that one number describes."""


def from_config(field: str, value: Any, hint: Any, how: str, where: str) -> Any:
    """The value as the field takes it, whose type is `hint`, if configs write it in the way `how`.

    Raises UsageError, which begins with `where`, for a value that cannot be one.
    """
    if how in READERS:
        return READERS[how](value, where)
    if how == "qwen2":
        return isinstance(value, str) and value in ("Qwen2VLImageProcessor", "Qwen2VLVideoProcessor")
    if how.startswith("aspect"):
        is_number = isinstance(value, (int, float))
        return "shortest_edge" in value if isinstance(value, Mapping) else is_number and how == "aspect_of_number"
    if how in ("square", "box"):
        value = _square(value, where, number=how == "square")
    return checked(field, value if get_origin(hint) is tuple else _side(value, where), hint, label=where)


def as_object(value: Any, where: str) -> Mapping[str, Any]:
    """The value if it is an object with keys; else UsageError."""
    if not isinstance(value, Mapping):
        raise UsageError(f"{where} must be an object, not {shown(value)}")
    return value


def _side(value: Any, where: str) -> Any:
    """A number, or the side of the square or the one edge that a size describes; UsageError for any other size."""
    if isinstance(value, Mapping):
        sides = [value[key] for key in value] if set(value) in SIZES else []
    elif isinstance(value, list):
        sides = value
    else:
        return value
    if len(sides) in (1, 2) and sides[0] == sides[-1] is not None:
        return sides[0]
    raise UsageError(f"{where} must be a number, or a size of two equal sides, not {shown(value)}")


def _square(value: Any, where: str, *, number: bool) -> Any:
    """A size of two sides, or a number where the model takes it for both; UsageError for one that keeps the aspect."""
    is_square = set(value) == SIZES[0] if isinstance(value, Mapping) else number or isinstance(value, list)
    if not is_square:
        raise UsageError(f"{where} must have height and width, since the model takes squares, not {shown(value)}")
    return value


def _filter(value: Any, where: str) -> str:
    """The name of the filter that configs name by Pillow's number."""
    if isinstance(value, str) and value.lower() in FILTERS:
        return value.lower()
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(FILTERS):
        raise UsageError(f"{where} must be the number of a filter of Pillow, 0 to 5, not {shown(value)}")
    return FILTERS[value]


def _inverse(value: Any, where: str) -> int:
    """2 for 0.5: how many go to one, for a ratio of what is left."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.001 <= value <= 1:
        raise UsageError(f"{where} must be a ratio from 0.001 to 1, not {shown(value)}")
    return round(1 / value)


def _fraction(value: Any, where: str) -> float:
    """0.5 for 4/8."""
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", value) if isinstance(value, str) else None
    if not match or not 0 < int(match.group(1)) <= int(match.group(2)):
        raise UsageError(f"{where} must be a fraction of at most 1, such as 1/2, not {shown(value)}")
    return int(match.group(1)) / int(match.group(2))


def _anyres(value: Any, where: str) -> int:
    """9 for anyres_max_9."""
    match = re.fullmatch(r"anyres_max_(\d{1,4})", value) if isinstance(value, str) else None
    if not match:
        raise UsageError(f"{where} must be anyres_max_ and a number, not {shown(value)}")
    return int(match.group(1))


def _input_size(value: Any, where: str) -> int:
    """224 for [3, 224, 224], channels first."""
    if not isinstance(value, list) or len(value) != 3 or value[1] != value[2]:
        raise UsageError(f"{where} must be channels and two equal sides, such as [3, 224, 224], not {shown(value)}")
    side: int = checked("size", value[1], int, label=where)
    return side


def _crop_mode(value: Any, where: str) -> bool:
    """Whether timm keeps the aspect ratio before it cuts out the middle."""
    if not isinstance(value, str) or value not in ("center", "squash"):
        raise UsageError(f"{where} must be center or squash, which vtok knows, not {shown(value)}")
    return value == "center"


READERS: dict[str, Callable[[Any, str], Any]] = {
    "filter": _filter,
    "inverse": _inverse,
    "fraction": _fraction,
    "anyres": _anyres,
    "input_size": _input_size,
    "crop_mode": _crop_mode,
}
"""Ways of writing a number that have a form of their own."""
