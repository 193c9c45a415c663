"""The one check of a setting: its value must be of the field's type, and in range."""

from typing import Any, get_args

from vtok.errors import UsageError

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def checked(name: str, value: Any, hint: Any) -> Any:
    """The value if it is of the field's type (a whole float passes for an int, an int for a float)."""
    allowed = set(get_args(hint) or (hint,))
    if (value is None and type(None) in allowed) or (bool in allowed and isinstance(value, bool)):
        return value
    if isinstance(value, bool) or value is None:
        pass
    elif (isinstance(value, int) and allowed & {int, float}) or (isinstance(value, float) and float in allowed):
        return _in_range(name, value)
    elif (isinstance(value, str) and str in allowed) or (
        not isinstance(value, (str, int, float)) and not allowed & {int, float, bool, str}
    ):
        return value
    wanted = " or ".join(text for kind, text in _KINDS.items() if kind in allowed) or "what its default is"
    raise UsageError(f"{name} must be {wanted}, not {value!r}")


def _in_range(name: str, value: float) -> float:
    """The value unless it is out of range; only what is a lower bound or a moment in a video may be 0."""
    if name.startswith(("min_", "video_")):
        if not 0 <= value < 2**63:
            raise UsageError(f"{name} must be a number from 0 up, not {value!r}")
    elif not 0 < value < 2**63:
        raise UsageError(f"{name} must be a number above 0, not {value!r}")
    return value
