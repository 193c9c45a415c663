"""Inputs that fail: one line on standard error for each, while the others go on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import typer

from vtok.errors import UsageError, VtokError


class Failure(NamedTuple):
    """An input, and why it failed."""

    input: str
    error: str


class Failures(list[Failure]):
    """The inputs that failed so far."""

    @contextmanager
    def of(self, name: str, *, model: str = "") -> Iterator[None]:
        """Report what goes wrong with this input, and go on.

        Wrong usage ends the command. Where several models are compared, `model` says which one of them failed, and
        wrong usage of one does not stop the others.
        """
        try:
            yield
        except VtokError as error:
            if isinstance(error, UsageError) and not model:
                raise
            message = str(error)
            complain(name, message if message.startswith(model) else f"{model}: {message}")
            self.append(Failure(name, message))

    def to_list(self) -> list[dict[str, str]]:
        """Plain JSON: `input` and `error` of each."""
        return [failure._asdict() for failure in self]

    def end(self) -> None:
        """End the command with exit code 1 if any input failed."""
        if self:
            raise typer.Exit(1)


class LastFailure(Failures):
    """The last input that failed, of any number of them."""

    def append(self, failure: Failure) -> None:
        """Keep this one alone."""
        self[:] = [failure]


def complain(name: str, message: str) -> None:
    """Report on standard error, in one line, what is wrong with one input."""
    from vtok.render.text.plain import clean

    if "--debug" in sys.argv and sys.exc_info()[0]:
        import traceback

        traceback.print_exc()
    print(f"vtok: {clean(name)}: {clean(message)}", file=sys.stderr)
