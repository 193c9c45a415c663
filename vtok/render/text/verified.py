"""What a verification yields: a line a model, and a reproducer of each difference."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, NamedTuple

from vtok.render.text.answers import dumps
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import Column, Table
from vtok.render.text.tables import show as show_table
from vtok.values import SCHEMA

LONGEST = 90
"""Characters of a fact in a reproducer."""

COLUMNS = (
    Column("model", "model"),
    Column("family", "family"),
    Column("inputs", "inputs", number=True),
    Column("refused by both", "refused", number=True),
    Column("differ", "differ", number=True),
)


class Unequal(NamedTuple):
    """An input of which both make something else: the command that shows vtok's side; facts, vtok's and upstream's."""

    command: str
    differences: Sequence[tuple[str, Any, Any]]


@dataclass
class Tally:
    """How many inputs a model was given, how many upstream refuses, and with how many both differ."""

    family: str
    inputs: int = 0
    refused: int = 0
    differ: int = 0


def show(tallies: Mapping[str, Tally], unequal: Sequence[Unequal], others: Mapping[str, str], *, json: bool) -> None:
    """Print a table of all models, then what differs."""
    if json:
        models = {name: asdict(tally) for name, tally in tallies.items()}
        document = {"schema": SCHEMA, "transformers": version("transformers"), "models": models}
        write_lines([dumps({**document, "not_verified": dict(others), "differences": [*map(_to_dict, unequal)]})])
        return
    rows = [[name, tally.family, tally.inputs, tally.refused, tally.differ] for name, tally in tallies.items()]
    total = sum(tally.inputs for tally in tallies.values())
    caption = [
        f"transformers {version('transformers')}: {total:,} inputs of {len(tallies)} models, {len(unequal):,} differ",
    ]
    if others:
        caption.append(f"not verified: {len(others)}, whose code transformers does not have ({', '.join(others)})")
    show_table(Table(COLUMNS, rows, caption=caption))
    for one in unequal:
        write_lines(["", one.command])
        write_lines(
            f"  {fact}: vtok {_short(here)}, transformers {_short(there)}" for fact, here, there in one.differences
        )


def _to_dict(one: Unequal) -> dict[str, Any]:
    return {
        "command": one.command,
        "differences": [
            {"fact": fact, "vtok": _short(here), "transformers": _short(there)} for fact, here, there in one.differences
        ],
    }


def _short(value: Any) -> str:
    """A value in one short line."""
    line = " ".join(str(value).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}... ({len(line):,} characters)"
