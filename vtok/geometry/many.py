"""Many sizes at once: how a rule for one size takes arrays of them.

A rule that `for_many` decorates takes a `Size` or `Sizes`. `Sizes` go to its namesake in `geometry/arrays.py`, which
computes the same on arrays, to the last bit. A family therefore names its rule, with the numbers, once for one image
and for a data set. A namesake's answer has the form of the rule's, with arrays for numbers and without reasons.

numpy is loaded with `geometry/arrays.py`, which whoever makes `Sizes` imports first; this module does without.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from vtok.values import Size

P = ParamSpec("P")
R = TypeVar("R")

EXACT_PIXELS = 2**50
"""The area from which a size is no longer computed in arrays: products of larger sides have no exact float64."""


class Sizes(Size):
    """The heights and widths of many images: two arrays of float64, whole numbers each.

    A size that a rule refuses comes out with a side of 0.
    """

    __slots__ = ()


class Scales(list[Any]):
    """The scales of many sizes: for each canvas an array."""


RULES: dict[str, Callable[..., Any]] = {}
"""The rules that take many sizes, each in its form for one size."""

ON_ARRAYS: dict[str, Callable[..., Any]] = {}
"""Their namesakes on arrays, once `geometry/arrays.py` is imported."""


def for_many(rule: Callable[P, R]) -> Callable[P, R]:
    """The rule, which hands arrays over to its namesake in `arrays`; the first argument decides."""
    name = rule.__name__
    RULES[name] = rule

    @wraps(rule)
    def either(*args: P.args, **numbers: P.kwargs) -> R:
        if isinstance(args[0], (Sizes, Scales)) or hasattr(args[0], "dtype"):
            answer: R = ON_ARRAYS[name](*args, **numbers)
            return answer
        return rule(*args, **numbers)

    return either
