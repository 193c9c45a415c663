"""The answers of `vtok count`: which form they take, and tables for people."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from vtok.cli._forms import Array, Fields, FieldSums, Form, Lines, Rows
from vtok.errors import UsageError
from vtok.render.text import answers as a
from vtok.render.text.answers import Answer

if TYPE_CHECKING:
    from vtok.render.text.compare import Contexts
    from vtok.render.text.sums import Sums

KEPT = frozenset({"input", "model", "pipeline", "tokens", "prompt_tokens"})
"""Columns of several rows that a narrow terminal shows, too."""


class Output(NamedTuple):
    """How the answers are to be written."""

    json: bool
    ndjson: bool
    csv: bool
    fields: Sequence[str]
    total: bool

    @property
    def is_for_people(self) -> bool:
        """Whether tables are drawn: on a terminal, where no other form is chosen."""
        return not (self.json or self.ndjson or self.csv or self.fields) and sys.stdout.isatty()

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


def form_of(output: Output, firsts: Sequence[Answer], contexts: "Contexts", *, several: bool) -> Form:
    """The form that writes the answers for programs.

    `firsts` has an answer without a layout for each model, `several` says whether there is more than one input.
    """
    if output.fields:
        labels = a.labelling(firsts)
        if output.total:
            return FieldSums(output.fields, labels)
        return Fields(output.fields, labels, with_input=several and bool(labels))
    if output.json or output.ndjson:
        return (Array if output.json else Lines)(contexts, total=output.total)
    return Rows(contexts, firsts, total=output.total, csv=output.csv)


def show_table(answers: Sequence[Answer], sums: "Sums", contexts: "Contexts", *, total: bool, whole: bool) -> None:
    """All answers as people read them; `whole` says that the sums are those of these answers and no others."""
    one_input = len({answer.input for answer in answers}) == 1
    if not contexts:
        _show_rows(answers, sums, total=total, whole=whole)
        return
    if not (one_input and whole) or total:
        _show_rows(answers, sums, total=total, whole=whole)
    if whole:
        show_comparison(sums, contexts, one_input=one_input)


def show_comparison(sums: "Sums", contexts: "Contexts", *, one_input: bool) -> None:
    """Several models, with the share of each one's context and how fine it sees, and a bar for each."""
    from vtok.render.text import compare
    from vtok.render.text.tables import show

    show(compare.table(sums, contexts, one_input=one_input))


def _show_rows(answers: Sequence[Answer], sums: "Sums", *, total: bool, whole: bool) -> None:
    from vtok.render.text.tables import Table, show, show_pairs

    layouts = [answer.layout for answer in answers if answer.layout]
    rows = [dict(zip(a.COLUMNS, a.row(answer), strict=True)) for answer in answers if answer.layout]
    one_model = len(sums.tallies) == 1
    totals = sums.rows() if whole and (total or (len(rows) > 1 and one_model)) else []
    names = a.columns(answers, every=False)
    columns = {name: a.COLUMNS[name]._replace(minor=int(len(rows) > 1 and name not in KEPT)) for name in names}
    if "pipeline" in a.labelling(answers):
        from vtok.render.text import compare

        columns["why"] = compare.WHY._replace(minor=2)
        rows = [row | {"why": compare.why(layout)} for row, layout in zip(rows, layouts, strict=True)]
    bases = sums.bases() if one_model and len(answers) > 1 else []  # a single answer and a comparison have their own
    table = Table(
        columns=list(columns.values()),
        rows=[[row[name] for name in columns] for row in rows],
        totals=[[row.get(name) for name in columns] for row in totals],
        caption=[*sums.provenances, *bases, *(sums.notes() if len(answers) > 1 else ())] if whole else [],
    )
    show(table)
    if len(answers) == 1 and layouts and whole:
        print()
        show_pairs(a.explanation(layouts[0]), indent=2)
