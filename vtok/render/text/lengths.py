"""The summary of a scan: totals, quantiles, a histogram, what truncation loses, and what lower limits would give."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vtok.render.text.answers import dumps
from vtok.render.text.money import COST, cost_cell, cost_of, with_cost
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import Cell, Column, Table, share_cell, show
from vtok.values import SCHEMA

if TYPE_CHECKING:
    from vtok.geometry.packing import Lengths, Measured

BAR = 30
"""Characters of the longest bar of a histogram."""

TOTALS = (
    Column("model", "model"),
    Column("items", "items", number=True),
    Column("errors", "errors", number=True),
    Column("image tokens", "tokens", number=True),
    Column("prompt tokens", "prompt_tokens", number=True),
    Column("mean", "mean", number=True),
    Column("median", "median", number=True),
    Column("90%", "p90", number=True),
    Column("99%", "p99", number=True),
    Column("longest", "longest", number=True),
)
HISTOGRAM = (
    Column("model", "model"),
    Column("from", "from", number=True),
    Column("to", "to", number=True),
    Column("items", "items", number=True),
    Column("share", "share", number=True),
    Column("", "bar", minor=True),
)
TRUNCATION = (
    Column("model", "model"),
    Column("length", "length", number=True),
    Column("longer items", "longer", number=True),
    Column("tokens lost", "lost", number=True),
    Column("share lost", "share_lost", number=True),
    Column("sequences, packed", "sequences", number=True),
    Column("filled", "filled", number=True),
)
OTHER_LIMITS = (
    Column("model", "model"),
    Column("with", "with"),
    Column("images' prompt tokens", "prompt_tokens", number=True),
    Column("share", "share", number=True),
    Column("longest", "longest", number=True),
)

Others = Mapping[str, Mapping[str, "Lengths"]]
"""For each model what its images come to with other limits, by the words to type; first, without any, as they are."""


def show_summary(
    models: "Mapping[str, Measured]",
    lengths: Sequence[int],
    others: Others,
    *,
    json: bool,
    prices: Mapping[str, Decimal],
) -> None:
    """Print what the scan of each model comes to; `prices` are those of a million input tokens."""
    costs = {label: cost_of(model.lengths.tokens, prices.get(label)) for label, model in models.items()}
    if json:
        documents = [with_cost(_to_dict(*item, lengths, others), costs[item[0]]) for item in models.items()]
        write_lines([dumps({"schema": SCHEMA, "models": documents})])
        return
    totals = [[*_totals(*item), *([cost_cell(costs[item[0]])] if prices else ())] for item in models.items()]
    show(Table((*TOTALS, *([COST] if prices else ())), totals))
    counted = {label: model.lengths for label, model in models.items() if model.lengths.items}
    show(Table(HISTOGRAM, [row for label, sizes in counted.items() for row in _histogram(label, sizes)]))
    caption = ["packed: first-fit-decreasing, longer items truncated; filled: tokens of all places in these sequences"]
    rows = [_truncation(label, sizes, length) for label, sizes in counted.items() for length in lengths]
    show(Table(TRUNCATION, rows, caption=caption))
    show(Table(OTHER_LIMITS, [row for label in counted for row in _others(label, others)]))


def _totals(label: str, model: "Measured") -> list[Any]:
    sizes = model.lengths
    if not sizes.items:
        return [label, 0, model.errors, 0, 0, *[None] * 5]
    quantiles = [sizes.quantile(share) for share in (0.5, 0.9, 0.99, 1.0)]
    mean = sizes.tokens / sizes.items
    return [
        label,
        sizes.items,
        model.errors,
        model.visual_tokens,
        sizes.tokens,
        Cell(f"{mean:,.1f}", (round(mean, 1),)),
        *quantiles,
    ]


def bins(sizes: "Lengths") -> Iterator[tuple[int, int, int]]:
    """The bars of a histogram, by powers of two: the least and the greatest length, and how many items."""
    first, last = (int(value).bit_length() for value in (sizes.values[0], sizes.values[-1]))
    for bits in range(first, last + 1):
        low, high = 1 << (bits - 1) if bits else 0, (1 << bits) - 1
        inside = (sizes.values >= low) & (sizes.values <= high)
        yield low, high, int(sizes.counts[inside].sum())


def _histogram(label: str, sizes: "Lengths") -> Iterator[list[Any]]:
    listed = list(bins(sizes))
    most = max(items for _, _, items in listed)
    for low, high, items in listed:
        bar = "█" * round(BAR * items / most) or ("▏" if items else "")
        yield [label, low, high, items, share_cell(items, sizes.items), bar]


def _truncation(label: str, sizes: "Lengths", length: int) -> list[Any]:
    longer, lost = sizes.truncated(length)
    packed = sizes.packed(length)
    kept = sizes.tokens - lost
    return [label, length, longer, lost, share_cell(lost, sizes.tokens), packed, share_cell(kept, packed * length)]


def _others(label: str, others: Others) -> Iterator[list[Any]]:
    tried = others[label]
    for words, sizes in tried.items():
        if sizes.items:
            share = share_cell(sizes.tokens, tried[""].tokens)
            yield [label, words or "as it is", sizes.tokens, share, sizes.quantile(1.0)]


def _to_dict(label: str, model: "Measured", lengths: Sequence[int], others: Others) -> dict[str, Any]:
    """The JSON of one model."""
    names = [column.name for column in TOTALS]
    now = model.lengths
    totals = {
        name: value.values[0] if isinstance(value, Cell) else value
        for name, value in zip(names, _totals(label, model), strict=True)
    }
    return {
        **{name: value for name, value in totals.items() if value is not None},
        "histogram": [{"from": low, "to": high, "items": items} for low, high, items in bins(now)] if now.items else [],
        "lengths": [_length_dict(now, length) for length in lengths],
        "other_limits": [
            {"with": words, "items": sizes.items, "prompt_tokens": sizes.tokens}
            for words, sizes in others.get(label, {}).items()
        ],
    }


def _length_dict(sizes: "Lengths", length: int) -> dict[str, Any]:
    longer, lost = sizes.truncated(length)
    return {"length": length, "longer": longer, "lost": lost, "sequences": sizes.packed(length)}
