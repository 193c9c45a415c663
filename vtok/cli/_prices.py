"""Prices of input tokens, which users give: none are built in, since they would be wrong next month."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from vtok.checkpoints.published import key_of
from vtok.errors import UsageError, did_you_mean
from vtok.parts.family import Family

if TYPE_CHECKING:
    from decimal import Decimal

MOST = 10**9
"""The highest price of a million tokens."""
MOST_CHARACTERS = 40
MOST_BYTES = 2**20
"""The largest file of prices."""
WRITE = "write a number from 0 up, such as 2.50"

Price = Annotated[
    list[str] | None,
    typer.Option(
        "--price", metavar="[MODEL=]N", show_default=False,
        help="Price of a million input tokens, such as 2.50; with several models one each, such as gpt-4o=2.50. "
        "Adds what the prompt costs.",
    ),
]  # fmt: skip
PriceFile = Annotated[
    str | None,
    typer.Option(
        "--price-file", metavar="FILE", show_default=False,
        help='Prices of models from a TOML file, a line each: "gpt-4o" = 2.50',
    ),
]  # fmt: skip


class PriceOptions(NamedTuple):
    """What a million input tokens cost."""

    price: Price = None
    price_file: PriceFile = None

    def of(self, families: Sequence[Family]) -> "dict[Family, Decimal]":
        """The price of each of these presets that has one; those of --price count before those of a file.

        Raises UsageError for what is no price, for the price of a model that is not counted, and for a file without a
        price of any model that is.
        """
        prices = dict(self._of_file(families)) if self.price_file is not None else {}
        for text in self.price or ():
            name, equals, number = text.rpartition("=")
            chosen = _named(name, families) if equals else list(families)
            if equals and not chosen:
                known = [family.names[0] for family in families]
                hint = did_you_mean(name, known, f"counted are {', '.join(known[:6])}")
                raise UsageError(f"--price {text[:60]}: {name[:40]!r} is not a model that is counted; {hint}")
            prices |= dict.fromkeys(chosen, parse_price(f"--price {text[:60]}", number))
        return prices

    def _of_file(self, families: Sequence[Family]) -> "Iterator[tuple[Family, Decimal]]":
        file = self.price_file or ""
        listed = _read(file)
        met = False
        for name, value in listed.items():
            price = parse_price(f"--price-file {file}: the price of {name[:40]!r}", value)
            for family in _named(name, families):
                met = True
                yield family, price
        if not met:
            known = ", ".join(list(listed)[:6]) or "none"
            counted = ", ".join(family.names[0] for family in families[:6])
            raise UsageError(f"--price-file {file}: it has no price of {counted}; it has those of {known}")


def parse_price(label: str, value: Any) -> "Decimal":
    """A price; UsageError, which begins with `label`, for anything else."""
    from decimal import Decimal, InvalidOperation  # most commands have no price

    text = str(value).strip()
    try:
        price = Decimal(text) if len(text) <= MOST_CHARACTERS and not isinstance(value, bool) else None
    except InvalidOperation:
        price = None
    if price is None or not price.is_finite():
        raise UsageError(f"{label}: {text[:40]!r} is not a price; {WRITE}")
    if not 0 <= price <= MOST:
        raise UsageError(f"{label}: {text} is out of range; {WRITE}")
    return price


def _named(name: str, families: Sequence[Family]) -> list[Family]:
    """The presets of this name; those of a model, if none has it itself."""
    key = key_of(name)
    exact = [family for family in families if key in map(key_of, (*family.names, family.label))]
    return exact or [family for family in families if key == key_of(family.model)]


def _read(file: str) -> Mapping[str, Any]:
    """The prices in a TOML file, at its top or under [prices]. UsageError where it is none."""
    import tomllib

    label = f"--price-file {file}"
    try:
        if not stat.S_ISREG(os.stat(file).st_mode) or os.path.getsize(file) > MOST_BYTES:
            raise UsageError(f'{label}: not a file of prices; give a TOML file with lines such as "gpt-4o" = 2.50')
        with open(file, "rb") as opened:
            document = tomllib.load(opened, parse_float=str)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, UsageError):
            raise
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:100]
        raise UsageError(f'{label}: {reason}; give a TOML file with lines such as "gpt-4o" = 2.50') from None
    prices = document.get("prices", document)
    if not isinstance(prices, Mapping) or any(isinstance(value, (Mapping, list)) for value in prices.values()):
        raise UsageError(f'{label}: a price is a number; write a line for each model, such as "gpt-4o" = 2.50')
    return prices
