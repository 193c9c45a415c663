"""The answers of `vtok count` in each of their forms: tables, fields, JSON, CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.errors import UsageError, did_you_mean
from vtok.render.text import answers as a
from vtok.render.text.answers import Answer
from vtok.render.text.plain import clean, write_lines
from vtok.values import Layout

if TYPE_CHECKING:
    from vtok.render.text.compare import Contexts

KEPT = frozenset({"input", "model", "pipeline", "tokens", "prompt_tokens"})
"""Columns of several rows that a narrow terminal shows, too."""

QUICK = frozenset({"prompt_tokens", "tokens", "patches"})
"""Fields that need no JSON of the whole layout."""


class Output(NamedTuple):
    """How the answers are to be written."""

    json: bool
    ndjson: bool
    csv: bool
    fields: Sequence[str]
    total: bool

    def check(self) -> None:
        """Raise UsageError if more than one form is chosen."""
        flags = {
            "--json": self.json,
            "--ndjson": self.ndjson,
            "--csv": self.csv,
            "-q or --field": bool(self.fields),
        }
        chosen = [flag for flag, on in flags.items() if on]
        if len(chosen) > 1:
            raise UsageError(f"{' and '.join(chosen)} contradict each other; give one of them")


def stream(answers: Iterator[Answer], output: Output, contexts: "Contexts") -> None:
    """NDJSON: a line per answer, at once."""
    past = []
    for answer in answers:
        print(a.dumps(_item(answer, contexts)), flush=True)
        past.append(answer)
    if output.total:
        for item in _total_items(past):
            print(a.dumps(item), flush=True)


def write(answers: list[Answer], output: Output, contexts: "Contexts") -> None:
    """All other forms, once every answer is known."""
    if output.fields:
        _write_fields(answers, output)
    elif output.json:
        items = [_item(answer, contexts) for answer in answers]
        items += _total_items(answers) if output.total else []
        print("[" + ",\n ".join(map(a.dumps, items)) + "]")
    elif contexts:
        _write_comparison(answers, output, contexts)
    else:
        _write_table(answers, output)


def _item(answer: Answer, contexts: "Contexts") -> dict[str, Any]:
    """The JSON of an answer, with its measures where several are compared."""
    if not contexts:
        return answer.to_dict()
    from vtok.render.text import compare

    return answer.to_dict() | compare.measures(answer, contexts)


def _by_model(answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    """The answers of each model, by its label."""
    groups: dict[str, list[Answer]] = {}
    for answer in answers:
        groups.setdefault(answer.label, []).append(answer)
    return groups


def _total_items(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """The sum of all inputs for each model, as JSON."""
    return [
        {
            "input": None,
            "model": of_model[0].model,
            "preset": next((answer.layout.preset for answer in of_model if answer.layout), None),
            "pipeline": of_model[0].pipeline,
            "total": a.totals(of_model),
        }
        for of_model in _by_model(answers).values()
    ]


def _total_rows(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """The sum of all inputs for each model, as rows of a table."""
    return [
        {**a.totals(of_model), "input": "total", "model": of_model[0].name, "pipeline": of_model[0].pipeline}
        for of_model in _by_model(answers).values()
    ]


def _write_fields(answers: Sequence[Answer], output: Output) -> None:
    """A line per answer with the chosen fields; several models or pipelines are named, then the input as well."""
    rows = [(answer, _fields(answer, answer.layout, output.fields)) for answer in answers if answer.layout]
    labels = a.labelling(answers)
    with_input = not output.total and len({answer.input for answer in answers}) > 1
    if output.total:
        rows = list(_summed(rows, output.fields))
    for answer, values in rows:
        label = [answer.name if label == "model" else answer.pipeline for label in labels]
        label = [answer.input, *label] if with_input and labels else label
        write_lines(["\t".join(clean(text) for text in (*label, *map(_plain, values)))])


def _summed(rows: Iterable[tuple[Answer, list[Any]]], names: Sequence[str]) -> Iterator[tuple[Answer, list[Any]]]:
    """The sums of these fields for each model."""
    groups: dict[str, list[tuple[Answer, list[Any]]]] = {}
    for answer, values in rows:
        groups.setdefault(answer.label, []).append((answer, values))
    for of_model in groups.values():
        columns = zip(*(values for _, values in of_model), strict=True)
        yield of_model[0][0], [_sum(name, column) for name, column in zip(names, columns, strict=True)]


def _sum(name: str, values: Sequence[Any]) -> int:
    """The sum of a field; UsageError where it is no number of things."""
    if not all(isinstance(value, int) for value in values):
        raise UsageError(f"--field {name} is not one number per input and has no --total")
    return sum(values)


def _fields(answer: Answer, layout: Layout, names: Sequence[str]) -> list[Any]:
    """These keys of an answer's JSON; None where a key does not apply to the layout."""
    if QUICK.issuperset(names):
        return [getattr(layout, name) for name in names]
    keys = {"input": answer.input, **layout.keys_and_values()}
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
    return value if isinstance(value, str) else "" if value is None else a.dumps(value)


def _write_table(answers: Sequence[Answer], output: Output) -> None:
    from vtok.render.text.tables import Table, is_terminal, show, show_pairs, write_csv

    people = is_terminal() and not output.csv
    names = a.columns(answers, every=not people)
    layouts = [answer.layout for answer in answers if answer.layout]
    rows = [dict(zip(a.COLUMNS, a.row(answer), strict=True)) for answer in answers if answer.layout]
    one_model = len(_by_model(answers)) == 1
    totals = _total_rows(answers) if output.total or (people and len(rows) > 1 and one_model) else []
    columns = {name: a.COLUMNS[name]._replace(minor=int(len(rows) > 1 and name not in KEPT)) for name in names}
    if "pipeline" in a.labelling(answers):
        from vtok.render.text import compare

        columns["why"] = compare.WHY._replace(minor=2)
        rows = [row | {"why": compare.why(layout)} for row, layout in zip(rows, layouts, strict=True)]
    table = Table(
        columns=list(columns.values()),
        rows=[[row[name] for name in columns] for row in rows],
        totals=[[row.get(name) for name in columns] for row in totals],
        caption=[*a.provenances(answers), *(a.notes(answers) if len(answers) > 1 else ())],
    )
    (write_csv if output.csv else show)(table)
    if people and len(answers) == 1 and layouts:
        print()
        show_pairs(a.explanation(layouts[0]), indent=2)


def _write_comparison(answers: Sequence[Answer], output: Output, contexts: "Contexts") -> None:
    """Several models, with the share of each one's context and how fine it sees. People get a bar for each model."""
    from vtok.render.text import compare
    from vtok.render.text.tables import Table, is_terminal, show, write_csv

    if is_terminal() and not output.csv:
        if len({answer.input for answer in answers}) > 1 or output.total:
            _write_table(answers, output)
        show(compare.table(answers, contexts))
        return
    columns = [*a.COLUMNS.values(), *compare.MEASURES]
    rows = [[*a.row(answer), *compare.cells(answer, contexts)] for answer in answers if answer.layout]
    totals = [[row.get(column.name) for column in columns] for row in _total_rows(answers)] if output.total else []
    table = Table(columns=columns, rows=rows, totals=totals)
    (write_csv if output.csv else show)(table)
