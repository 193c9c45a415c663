"""Frozen objects: what each class of them shares."""

import pickle
from copy import deepcopy
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from vtok.values.frozen import Frozen, Value, frozen


@frozen
class Point(Value):
    """A value with one field that must be given."""

    x: int
    y: int = 2


@frozen
class Other(Value):
    """The same fields, another class."""

    x: int
    y: int = 2


@frozen
class Thing(Frozen):
    """An object that is no value."""

    name: str = ""


def test_values_of_equal_fields_are_equal() -> None:
    assert Point(x=1) == Point(x=1, y=2)
    assert hash(Point(x=1)) == hash(Point(x=1, y=2))
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != Other(x=1)
    assert Point(x=1) != (1, 2)
    assert {Point(x=1): "a"}[Point(y=2, x=1)] == "a"


def test_a_value_prints_its_fields_in_order() -> None:
    assert repr(Point(y=4, x=3)) == "Point(x=3, y=4)"


@pytest.mark.parametrize("values", [{}, {"y": 1}, {"x": 1, "z": 1}, {"z": 1}])
def test_a_field_that_is_unknown_or_missing_is_named(values: dict[str, int]) -> None:
    with pytest.raises(TypeError) as error:
        Point(**values)
    assert ("'z'" in str(error.value)) == ("z" in values)
    assert ("'x'" in str(error.value)) == ("x" not in values)


def test_nothing_is_set_or_deleted() -> None:
    point = Point(x=1)
    with pytest.raises(FrozenInstanceError, match="'x'"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="'x'"):
        del point.x
    assert point.x == 1


def test_values_are_replaced_copied_and_sent() -> None:
    point = Point(x=1)
    assert replace(point, y=5) == Point(x=1, y=5)
    assert deepcopy(point) == pickle.loads(pickle.dumps(point)) == point
    assert [field.name for field in fields(Point)] == ["x", "y"]


def test_things_are_compared_by_identity() -> None:
    thing = Thing(name="a")
    assert thing != Thing(name="a")
    assert thing in {thing}
