"""Groups of options: a command takes those that it shares with others as one argument, a named tuple of options."""

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints


def flattened(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer reads it: each field of a group is a parameter of its own, in the place of the group."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if hasattr(hint, "_fields")}
    parameters: list[Parameter] = []
    for name, parameter in signature(command).parameters.items():
        if name in groups:
            parameters += _fields(groups[name])
        else:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[name]))

    def call(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field: values.pop(field) for field in group._fields})
        command(**values)

    call.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    call.__doc__ = command.__doc__
    return call


def _fields(group: Any) -> list[Parameter]:
    """The options of a group, with their defaults."""
    hints, defaults = get_type_hints(group, include_extras=True), group._field_defaults
    return [
        Parameter(field, Parameter.KEYWORD_ONLY, default=defaults[field], annotation=hints[field])
        for field in group._fields
    ]
