"""`vtok count` as it runs: inputs are counted one after the other, and what is made of each is written at once.

It begins in one process. Where that takes long, the rest is spread over several.
"""

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vtok.cli._answers import show_comparison, show_table
from vtok.cli._counting import Counting, Writing, report
from vtok.cli._failures import Failure
from vtok.cli._forms import Form, Rows
from vtok.cli._inputs import Batches, Input
from vtok.cli._interrupts import Interrupts
from vtok.cli._progress import Progress
from vtok.render.text.answers import Answer
from vtok.render.text.plain import clean

if TYPE_CHECKING:
    from vtok.cli._workers import Batch
    from vtok.render.text.compare import Contexts

MOST_ROWS = 1000
"""A table on a terminal has the rows of so many inputs; those of more follow as they are counted."""

_AT_ONCE = 4096
"""Bytes that a pipe takes at once if it takes any (Linux, PIPE_BUF)."""

PAYS = 0.3
"""Seconds of counting after which the rest is worth several processes: a few thousand files from memory."""


class Printer:
    """Writes what a form makes of the inputs, each as soon as it is counted."""

    def __init__(self, counting: Counting, form: Form, contexts: "Contexts") -> None:
        self.counting = counting
        self.contexts = contexts
        self.inputs = 0
        self.form = form
        self._writing = Writing(counting, form)
        self._is_empty = True
        self._out = _Out(self._writing.interrupts)
        self._writing.interrupts.watch()

    @property
    def may_spread(self) -> bool:
        """Whether other processes may make what is written."""
        return True

    def take(self, source: Input) -> None:
        """Count an input, and write what comes of it."""
        self._add(self._writing.text(source))
        self._out.flush()

    def take_several(self, inputs: Sequence[Input]) -> None:
        """Count several inputs, and write what comes of them."""
        for text in self._writing.texts(inputs):
            self._add(text)
        self._out.flush()

    def _add(self, text: str, inputs: int = 1) -> None:
        """Take what is made of an input to the output; an interrupt comes before or after."""
        self.inputs += inputs
        if text:
            self._out.add((self.form.head if self._is_empty else self.form.between) + text)
            self._is_empty = False
        if self.counting.notices:
            report(self.counting.notices)
        self._writing.interrupts.release()

    def take_batch(self, batch: "Batch") -> None:
        """Write what another process made."""
        if batch.errors:
            sys.stderr.write(batch.errors)
        self.counting.merge(batch.notices)
        if batch.failed:
            self.counting.failures.append(Failure("", ""))
        self._writing.interrupts.hold()
        self.form.merge(batch.sums)
        self._add(batch.text, batch.inputs)
        self._out.flush()

    def work(self, inputs: Sequence[Input]) -> "Batch":
        """What another process does: count a batch. Its sums are those of the batch alone."""
        from vtok.cli._workers import Batch

        failures = self.counting.failures
        failures.clear()
        self.form.parcel()
        self.counting.notices.clear()
        text = self.form.between.join(filter(None, self._writing.texts(inputs)))
        return Batch(0, text, "", self.counting.notices, bool(failures), self.form.parcel(), 0.0)

    def end(self) -> None:
        """Write what stands behind all inputs; notes that the form has no place for go to standard error."""
        self._out.add(self.form.foot(empty=self._is_empty))
        self._out.flush()
        if self.form.notes is not None:
            report([f"vtok: {clean(line)}" for line in self.form.notes.lines()])


class People(Printer):
    """A table on a terminal. Rows beyond a limit follow as text, and then the sums."""

    def __init__(self, counting: Counting, form: Form, contexts: "Contexts") -> None:
        from vtok.render.text.sums import Sums

        self._sums = Sums()
        self._asks_total = form.sums is not None
        form = Rows(contexts, list(counting.blanks.values()), total=True, headed=False)
        form.sums, form.notes = self._sums, None
        super().__init__(counting, form, contexts)
        self._answers: list[Answer] = []
        self._is_drawn = False

    @property
    def may_spread(self) -> bool:
        """Whether the table is drawn and its rows follow as text."""
        return self._is_drawn

    def take(self, source: Input) -> None:
        """Count an input; its row is kept until the table is drawn."""
        if self._is_drawn:
            super().take(source)
            return
        if self.inputs == MOST_ROWS:
            self._draw(whole=False)
            print(f"The table has the first {MOST_ROWS:,} inputs. The others follow as they are counted.")
            self._is_drawn, self._is_empty = True, False
            self.take(source)
            return
        answers = self.counting.answers(source)
        self._writing.interrupts.hold()
        for answer in answers:
            self.form.add(answer)
        self._answers += answers
        self._add("")

    def end(self) -> None:
        """Draw the table, or what stands behind the rows that followed it."""
        if not self._is_drawn:
            if self._answers:
                self._draw(whole=True)
            return
        from vtok.render.text.tables import show_notes

        super().end()
        bases = [] if self.contexts else self._sums.bases()
        show_notes([*self._sums.provenances, *bases, *self._sums.notes()])
        if self.contexts:
            show_comparison(self._sums, self.contexts, one_input=False)

    def _draw(self, *, whole: bool) -> None:
        show_table(self._answers, self._sums, self.contexts, total=self._asks_total, whole=whole)
        self._answers.clear()


def run(sources: Batches, printer: Printer, progress: Progress, jobs: int | None) -> None:
    """Count all inputs, in one process or, if `jobs` is None, in one for each core once that pays."""
    start = time.monotonic()
    while inputs := sources.take(1):
        printer.take(inputs[0])
        progress.step()
        if printer.may_spread and (jobs not in (None, 1) or time.monotonic() - start > PAYS):
            break
    else:
        return
    from vtok import processes
    from vtok.cli import _workers

    jobs = (jobs or processes.cores()) if processes.can_fork() else 1
    if jobs == 1:
        _run_on(sources, printer, progress)
        return
    for batch in _workers.counted(sources, printer.work, jobs):
        if batch.errors:
            progress.clear()
        printer.take_batch(batch)
        progress.step(batch.inputs)


def _run_on(sources: Batches, printer: Printer, progress: Progress) -> None:
    """Count the other inputs in this process, batch by batch."""
    from vtok.cli._workers import FIRST_BATCH, next_size

    size = FIRST_BATCH
    while inputs := sources.take(size):
        start = time.monotonic()
        printer.take_several(inputs)
        progress.step(len(inputs))
        size = next_size(len(inputs), time.monotonic() - start)


class _Out:
    """Standard output, whatever its encoding. What an interrupt kept from being written is written next."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._rest = b""
        self._encoding = sys.stdout.encoding or "utf-8"
        try:
            self._fd = None if os.name == "nt" else sys.stdout.fileno()
        except (OSError, ValueError):
            self._fd = None

    def add(self, text: str) -> None:
        """Take this text."""
        self._rest += text.encode(self._encoding, "backslashreplace")

    def flush(self) -> None:
        """Write all of it. An interrupt comes while this waits for the reader, never while something is written."""
        if not self._rest:
            return
        sys.stdout.flush()
        if self._fd is None:
            text, self._rest = self._rest.decode(self._encoding), b""
            sys.stdout.write(text)
            sys.stdout.flush()
            return
        from select import select

        data, written = memoryview(self._rest), 0
        try:
            while written < len(data):
                select([], [self._fd], [])
                self._interrupts.hold()
                written += os.write(self._fd, data[written : written + _AT_ONCE])
                self._interrupts.release()
        finally:
            self._rest = self._rest[written:]
