"""The forms in which `vtok count` writes for programs: fields, JSON, rows.

A form writes answers one after the other and keeps none of them. What it makes of a layout, its *tail*, does not depend
on the name of the input, so that it serves all inputs of the same size.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError, did_you_mean
from vtok.render.text import answers as a
from vtok.render.text.answers import Answer
from vtok.render.text.money import with_cost
from vtok.render.text.plain import clean
from vtok.values import Layout

if TYPE_CHECKING:
    from vtok.render.text.compare import Contexts
    from vtok.render.text.sums import Notes, Numbers, Sums
    from vtok.render.text.tables import Column

Tail = list[str]
"""What a form writes of a layout; the name of the input is added."""

COUNTS = frozenset({"prompt_tokens", "tokens"})
"""Fields that can be counted of many sizes at once."""

QUICK = frozenset({"prompt_tokens", "tokens", "patches"})
"""Fields that need no JSON of the whole layout."""


class Form:
    """A way to write answers. `head` stands before the first line, `between` before each other one.

    A form that has no place for notes about files collects them in `notes`.
    """

    head = ""
    between = ""
    sums: "Sums | None" = None
    notes: "Notes | None" = None

    def __init__(self, *, total: bool) -> None:
        if total:
            from vtok.render.text.sums import Sums

            self.sums = Sums()

    def tail(self, answer: Answer) -> Tail | None:
        """What is written of an answer beside its input; None if nothing is."""
        raise NotImplementedError

    def line(self, name: str, tail: Tail) -> str:
        """What is written of an input."""
        raise NotImplementedError

    @property
    def takes_counts(self) -> bool:
        """Whether the form writes nothing of a layout but its tokens."""
        return False

    def tail_of_counts(self, answer: Answer, counts: Mapping[str, int]) -> Tail:
        """What is written of an input of which the tokens alone are known; `answer` names the model."""
        raise NotImplementedError

    def add(self, answer: Answer) -> None:
        """Add an answer to the sums, and its notes."""
        if self.sums is not None:
            self.sums.add(answer)
        if answer.layout is not None:
            self.note(answer.input, answer.layout.media.notes)

    def note(self, name: str, texts: Sequence[str]) -> None:
        """Add the notes about an input."""
        if texts and self.notes is not None:
            self.notes.add(name, texts)

    def count(self, name: str, label: str, numbers: "Numbers") -> None:
        """Add an input to the sums, of which this model made the same as of one before."""
        if self.sums is not None:
            self.sums.count(name, label, numbers)

    def parcel(self) -> Any:
        """The sums and notes so far, which another process takes; they start anew."""
        sums, notes = self.sums, self.notes
        if sums is not None:
            self.sums = sums.emptied()
        if notes is not None:
            self.notes = type(notes)()
        return sums, notes

    def merge(self, parcel: Any) -> None:
        """Add the sums and notes that another process made."""
        sums, notes = parcel
        if self.sums is not None:
            self.sums.merge(sums)
        if self.notes is not None:
            self.notes.merge(notes)

    def foot(self, *, empty: bool) -> str:
        """What is written behind the last line; `empty` says that there was none."""
        return ""


class Lines(Form):
    """NDJSON: an object a line."""

    def __init__(self, contexts: "Contexts", *, total: bool) -> None:
        super().__init__(total=total)
        self._contexts = contexts

    def tail(self, answer: Answer) -> Tail:
        """The object without its first key, `input`."""
        item = answer.to_dict()
        if self._contexts:
            from vtok.render.text import compare

            item |= compare.measures(answer, self._contexts)
        del item["input"]
        return [a.dumps(item)[1:]]

    def line(self, name: str, tail: Tail) -> str:
        """The object on a line."""
        return f'{{"input": {a.dumps(name)}, {tail[0]}\n'

    def foot(self, *, empty: bool) -> str:
        """The sums, an object for each model."""
        return "".join(f"{item}\n" for item in self._total_items())

    def _total_items(self) -> list[str]:
        """The sum of all inputs for each model, as JSON."""
        return [
            a.dumps(
                {
                    "input": None,
                    "model": tally.first.model,
                    "preset": tally.first.layout and tally.first.layout.preset,
                    "pipeline": tally.first.pipeline,
                    "total": with_cost(tally.totals(), tally.cost),
                }
            )
            for tally in (self.sums.tallies.values() if self.sums else ())
        ]


class Array(Lines):
    """JSON: one array, an object a line."""

    head = "["
    between = ",\n "

    def line(self, name: str, tail: Tail) -> str:
        """The object; what stands between two of them ends the line."""
        return super().line(name, tail)[:-1]

    def foot(self, *, empty: bool) -> str:
        """The sums as the last objects, and the end of the array."""
        items = self.between.join(self._total_items())
        begin = self.head if empty else self.between if items else ""
        return f"{begin}{items}]\n"


class _Chosen(Form):
    """A form of chosen fields."""

    def __init__(self, names: Sequence[str], labels: Sequence[str]) -> None:
        super().__init__(total=False)
        self._names = names
        self._labels = labels

    @property
    def takes_counts(self) -> bool:
        """Whether only tokens were chosen."""
        return COUNTS.issuperset(self._names)

    def tail_of_counts(self, answer: Answer, counts: Mapping[str, int]) -> Tail:
        """The cells."""
        return [*_labels(answer, self._labels), *(str(counts[name]) for name in self._names)]


class Fields(_Chosen):
    """The chosen fields, tab-separated; several models or pipelines are named, then the input as well."""

    def __init__(self, names: Sequence[str], labels: Sequence[str], *, with_input: bool) -> None:
        super().__init__(names, labels)
        self._with_input = with_input
        self._places = [place for place, name in enumerate(names, len(labels)) if name == "input"]

    def tail(self, answer: Answer) -> Tail | None:
        """The cells; None for an input that failed."""
        if answer.layout is None:
            return None
        return [*_labels(answer, self._labels), *map(_plain, _fields(answer, answer.layout, self._names))]

    def line(self, name: str, tail: Tail) -> str:
        """The cells on a line."""
        for place in self._places:
            tail[place] = name
        cells = [name, *tail] if self._with_input else tail
        return "\t".join(map(clean, cells)) + "\n"


class FieldSums(_Chosen):
    """The sums of the chosen fields, a line for each model."""

    def __init__(self, names: Sequence[str], labels: Sequence[str]) -> None:
        super().__init__(names, labels)
        self._sums: dict[str, tuple[Tail, list[int]]] = {}

    def tail(self, answer: Answer) -> Tail | None:
        """The label of the model, and the fields as text."""
        if answer.layout is None:
            return None
        values = _fields(answer, answer.layout, self._names)
        return [
            answer.label,
            *_labels(answer, self._labels),
            *(str(_number(name, value)) for name, value in zip(self._names, values, strict=True)),
        ]

    def line(self, name: str, tail: Tail) -> str:
        """Nothing: the fields are added to the sums."""
        label, *cells = tail
        named, values = cells[: len(self._labels)], [int(text) for text in cells[len(self._labels) :]]
        self._add(label, named, values)
        return ""

    def tail_of_counts(self, answer: Answer, counts: Mapping[str, int]) -> Tail:
        """The label of the model and the cells."""
        return [answer.label, *super().tail_of_counts(answer, counts)]

    def _add(self, label: str, named: Tail, values: Sequence[int]) -> None:
        sums = self._sums.setdefault(label, (named, [0] * len(values)))[1]
        sums[:] = [sum_ + value for sum_, value in zip(sums, values, strict=True)]

    def parcel(self) -> Any:
        """The sums so far; they start anew."""
        sums, self._sums = self._sums, {}
        return sums

    def merge(self, parcel: Any) -> None:
        """Add the sums that another process made."""
        for label, (named, values) in parcel.items():
            self._add(label, named, values)

    def foot(self, *, empty: bool) -> str:
        """The sums."""
        return "".join("\t".join([*named, *map(str, values)]) + "\n" for named, values in self._sums.values())


class Rows(Form):
    """A row for each answer, tab-separated or as CSV, behind a row of names; with the shares where several compare."""

    def __init__(
        self,
        contexts: "Contexts",
        firsts: Sequence[Answer],
        *,
        total: bool,
        csv: bool = False,
        headed: bool = True,
    ) -> None:
        super().__init__(total=total)
        from vtok.render.text.sums import Notes
        from vtok.render.text.tables import plain_names

        self.notes = Notes()
        self._contexts = contexts
        self._csv = csv
        self._names = a.columns(firsts, every=True)
        self._columns: list[Column] = [a.COLUMNS[name] for name in self._names]
        if contexts:
            from vtok.render.text import compare

            self._columns += compare.MEASURES
        self.head = self._joined(plain_names(self._columns)) if headed else ""

    def tail(self, answer: Answer) -> Tail | None:
        """The cells behind the input; None for an input that failed."""
        from vtok.render.text.tables import plain_cells

        if answer.layout is None:
            return None
        row = a.row(answer)[: len(self._names)]  # without a price, the cost at its end is left out
        if self._contexts:
            from vtok.render.text import compare

            row += compare.cells(answer, self._contexts)
        cells = plain_cells(self._columns, row)[1:]
        return cells if self._csv else ["\t".join(cells)]

    def line(self, name: str, tail: Tail) -> str:
        """The row."""
        return self._joined([clean(name), *tail])

    def _joined(self, cells: Tail) -> str:
        if not self._csv:
            return "\t".join(cells) + "\n"
        import csv
        from io import StringIO

        line = StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        return line.getvalue()

    def foot(self, *, empty: bool) -> str:
        """The sums as the last rows; nothing where no input was counted."""
        from vtok.render.text.tables import plain_cells

        if empty or self.sums is None:
            return ""
        rows = ([row.get(column.name) for column in self._columns] for row in self.sums.rows())
        return "".join(self._joined(plain_cells(self._columns, row)) for row in rows)


def _labels(answer: Answer, labels: Sequence[str]) -> Tail:
    return [answer.name if label == "model" else answer.pipeline for label in labels]


def _number(name: str, value: Any) -> int:
    """A field that can be summed; UsageError where it is no number of things."""
    if not isinstance(value, int):
        raise UsageError(f"--field {name} is not one number per input and has no --total")
    return int(value)


def _fields(answer: Answer, layout: Layout, names: Sequence[str]) -> list[Any]:
    """These keys of an answer's JSON; None where a key does not apply to the layout."""
    if QUICK.issuperset(names):
        return [getattr(layout, name) for name in names]
    keys = with_cost({"input": answer.input, **layout.keys_and_values()}, answer.cost)
    return [_field(keys, name) for name in names]


def _field(keys: Mapping[str, Any], name: str) -> Any:
    """The value of a key, or of a key within it, as `original.width`; UsageError where there is none."""
    value: Any = keys
    for part in name.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise UsageError(f"--field {name}: there is no key {part!r} in a value that has no keys")
        if part not in value:
            hint = did_you_mean(part, value, f"there are {', '.join(value)}")
            raise UsageError(f"--field {name}: no key {part!r}; {hint}")
        value = value[part]
    return value


def _plain(value: Any) -> str:
    """A value of JSON as one cell: text as it is, nothing for null."""
    if type(value) is int:  # the most frequent one needs no JSON
        return str(value)
    return value if isinstance(value, str) else "" if value is None else a.dumps(value)
