"""The one check of settings, wherever they come from: the command line, the library, a checkpoint's configs.

A value is of its field's type and in range; the numbers of a preset do not contradict each other.
"""

import re
from collections.abc import Mapping
from math import inf
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from vtok.errors import UsageError

if TYPE_CHECKING:
    from vtok.values import Layout

FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""Pillow's filters by their numbers."""

HUGE = 10**300
"""A whole number above this may have no float."""

MOST_PIXELS, MOST = 2**40, 2**24
"""The largest numbers of pixels, and of anything else."""
MOST_ITEMS = 4096
"""The longest list."""
MANY_PIXELS = "pixels|limit"
"""What fields are called that count pixels, or patches of a whole image or video."""
MAY_BE_0 = (
    "min_|dense_|video_(start|end|min_pixels)$|chat_tokens$|num_(register|class)_tokens$|.*_indexes$"
    "|timestamp_interval_ms$"
)
"""What fields are called that may be 0: least numbers, moments of a video, layers, numbers of what may be missing."""
MOST_FRAMES = 2**16
FRAMES = frozenset({"sample_frames", "num_segments", "min_frames", "max_frames"})
COARSEST = 4096
COARSE = frozenset({"patch_size", "encoder_patch_size", "merge_size", "temporal_patch_size", "window_size"})
"""Fields of at most MOST_FRAMES frames, and of at most COARSEST pixels, patches or frames."""

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def checked(name: str, value: Any, hint: Any, *, label: str = "") -> Any:
    """The value of the field `name`, whose type is `hint`; lists become tuples, a whole float an int, a number text.

    Raises UsageError, which begins with `label` (the name, if empty), for a value of another type or out of range.
    """
    label = label or name
    kinds = get_args(hint) if get_origin(hint) is not tuple and get_args(hint) else (hint,)
    if value is None and NoneType in kinds:
        return None
    for kind in kinds:
        if get_origin(kind) is tuple and isinstance(value, (list, tuple)):
            return _items(name, value, kind, label)
        if kind is str and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)  # 4.49 on the command line may be a version
        if _is_a(value, kind):
            if name == "resample" and value not in FILTERS:
                raise UsageError(f"{label} must be one of {', '.join(FILTERS)}, not {shown(value)}")
            if kind not in (int, float):
                return value
            beyond = kind is float and abs(value) > HUGE
            return _in_range(name, inf if beyond else kind(value), label)
    wanted = " or ".join(_described(kind) for kind in kinds if kind is not NoneType)
    raise UsageError(f"{label} must be {wanted}, not {shown(value)}")


def lower_bound(name: str) -> str:
    """The name of the number that bounds the same quantity from below: `min_pixels` for `max_pixels`.

    A number that bounds nothing from above has its own name.
    """
    return re.sub("_end$", "_start", name.replace("max_", "min_"))


def check_together(numbers: Mapping[str, tuple[Any, str]]) -> None:
    """Raise UsageError if one of these numbers, each with its source, is below its own lower bound."""
    for most, (high, there) in numbers.items():
        least = lower_bound(most)
        low, here = numbers.get(least, (None, None))
        if low is not None and high is not None and low > high:
            raise UsageError(f"{least} {low:,} ({here}) is above {most} {high:,} ({there})")


def check_seen(layout: "Layout") -> None:
    """Raise UsageError where patches make no token: more of them go to a token than there are."""
    if not layout.tokens and not layout.cross_attention_tokens:
        raise UsageError(f"{layout.patches:,} patches of {layout.model} make no token; set fewer patches to a token")


def shown(value: Any) -> str:
    """The value in a message, cut to 60 characters: nobody wants to read a whole file there."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_a(value: Any, kind: Any) -> bool:
    """Whether the value is of that type; a bool is no number, and a float is whole only if it has no fraction."""
    if kind is int:
        whole = isinstance(value, float) and value.is_integer()
        return (isinstance(value, int) or whole) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return kind in (bool, str) and isinstance(value, kind)


def _items(name: str, value: list[Any] | tuple[Any, ...], kind: Any, label: str) -> tuple[Any, ...]:
    """A list as the tuple that the type says: any number of items of one type, or so many of each its own."""
    item, *others = get_args(kind)
    length = None if others == [...] else 1 + len(others)
    least = 1 if get_origin(item) is tuple and name != "sample_rates" else 0  # canvases are chosen from
    if not least <= len(value) <= MOST_ITEMS or (length is not None and len(value) != length):
        raise UsageError(f"{label} must be {_described(kind)}, not {shown(value)}")
    return tuple(checked(name, part, item, label=f"{label}[{i}]") for i, part in enumerate(value))


def _described(kind: Any) -> str:
    """The type in words, with an example for lists."""
    if get_origin(kind) is not tuple:
        return _KINDS[kind]
    item, *others = get_args(kind)
    if get_origin(item) is tuple:
        return "a list of pairs of numbers, such as [[336,672],[672,336]]"
    if others == [...]:
        return "a list of whole numbers, such as 7,15"
    return "three whole numbers, such as 16,24,24" if len(others) == 2 else "two whole numbers, such as 4,4"


def _in_range(name: str, value: float, label: str) -> float:
    """The value unless it is out of range."""
    least = 0 if re.match(MAY_BE_0, name) else 1 if isinstance(value, int) else None
    most = MOST_PIXELS if re.search(MANY_PIXELS, name) else MOST
    most = COARSEST if name in COARSE else MOST_FRAMES if name in FRAMES else most
    if least is None and not 0 < value <= most:
        raise UsageError(f"{label} must be above 0 and at most {most:,}, not {shown(value)}")
    if least is not None and not least <= value <= most:
        raise UsageError(f"{label} must be from {least} to {most:,}, not {shown(value)}")
    return value
