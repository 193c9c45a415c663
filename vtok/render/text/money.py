"""What tokens cost: decimal numbers, as people and programs read them."""

from typing import TYPE_CHECKING, Any

from vtok.render.text.tables import Cell, Column

if TYPE_CHECKING:
    from decimal import Decimal

COST = Column("cost", "cost", number=True)
MILLION = 1_000_000


def cost_of(tokens: int, price: "Decimal | None") -> "Decimal | None":
    """What so many input tokens cost at a price per million of them; None without a price."""
    return None if price is None else tokens * price / MILLION


def cost_number(cost: "Decimal | None") -> float | None:
    """A cost in JSON. The digits are those of the decimal number."""
    return None if cost is None else float(cost)


def cost_cell(cost: "Decimal | None") -> Cell | None:
    """A cost for people, of two decimals or four digits at least; all its digits for programs."""
    return None if cost is None else Cell(money(cost), (plain(cost),))


def plain(cost: "Decimal") -> str:
    """All digits of a cost, without an exponent or zeros at the end."""
    text = f"{cost:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(cost: "Decimal") -> str:
    """A cost for people: two decimals from 1 up, else four digits behind the zeros."""
    places = 2 if cost >= 1 or not cost else max(2, 3 - cost.adjusted())
    return f"{round(cost, places):,.{places}f}"


def with_cost(document: dict[str, Any], cost: "Decimal | None") -> dict[str, Any]:
    """A document with its cost, where there is one."""
    return document if cost is None else {**document, "cost": cost_number(cost)}
