"""Frozen dataclasses of keywords that share their methods.

The standard library generates methods for each class: for a dozen classes that would be an eighth of the time that
`vtok count` takes on an image.
"""

from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from functools import cache
from typing import Any, TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
def frozen(cls: type[_T]) -> type[_T]:
    """Make a class below Frozen a dataclass: it has fields, and no methods but those that it inherits."""
    return dataclass(kw_only=True, init=False, eq=False, repr=False)(cls)


class Frozen:
    """An object whose fields are given by name and stay as they are. Objects are compared by identity."""

    def __init__(self, **values: Any) -> None:
        """An object of these fields. Raises TypeError for a name that is no field, and for a field without a value."""
        defaults = _defaults(type(self))  # type: ignore[arg-type]  # a class is hashable whatever its objects are
        complete = defaults | values
        if len(complete) > len(defaults) or MISSING in complete.values():
            unknown, missing = values.keys() - defaults, [name for name in defaults if complete[name] is MISSING]
            raise TypeError(f"{type(self).__name__}: no field {sorted(unknown)}; no value for {missing}")
        self.__dict__.update(complete)

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


class Value(Frozen):
    """A frozen object that equals others of its class whose fields are equal."""

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


@cache
def _defaults(kind: type) -> dict[str, Any]:
    """The default of each field, MISSING for those without. The empty dict is shared: nothing writes into one."""
    return {f.name: {} if f.default_factory is dict else f.default for f in fields(kind)}
