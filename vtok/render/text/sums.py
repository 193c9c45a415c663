"""Sums over the answers of `count`, one answer after the other: they hold no answer but the first of each model."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.render.text.answers import Answer, provenances
from vtok.render.text.money import cost_cell, cost_of
from vtok.values import Layout

if TYPE_CHECKING:
    from decimal import Decimal

INPUTS_NAMED = 3
"""A note below a table names so many inputs."""


class Numbers(NamedTuple):
    """The numbers of a layout that are summed."""

    patches: int
    tokens: int
    prompt_tokens: int
    crossed: int
    pixels: int
    estimated: bool
    notes: tuple[str, ...]
    leaves_out_text: bool


def numbers_of(layout: Layout) -> Numbers:
    """The numbers of a layout that are summed."""
    frames = layout.sampling.num_sampled if layout.sampling else 1
    return Numbers(
        layout.patches,
        layout.tokens,
        layout.prompt_tokens,
        layout.cross_attention_tokens,
        layout.original.area * frames,
        layout.estimated,
        layout.media.notes,
        bool(layout.uncounted_text),
    )


class Tally:
    """The sums of one model and pipeline. `first` is the first answer, one with a layout as soon as there is one."""

    def __init__(self, first: Answer) -> None:
        self.first = first
        self.inputs = self.patches = self.tokens = self.prompt_tokens = self.crossed = self.pixels = self.visual = 0
        self.estimated = self.leaves_out_text = False

    def add(self, of: Numbers) -> None:
        """Add the numbers of a layout."""
        self.inputs += 1
        self.patches += of.patches
        self.tokens += of.tokens
        self.prompt_tokens += of.prompt_tokens
        self.crossed += of.crossed
        self.pixels += of.pixels
        self.visual += of.tokens or of.crossed
        self.estimated |= of.estimated
        self.leaves_out_text |= of.leaves_out_text

    def merge(self, later: "Tally") -> None:
        """Add the sums of answers that came later."""
        if self.first.layout is None:
            self.first = later.first
        for name in ("inputs", "patches", "tokens", "prompt_tokens", "crossed", "pixels", "visual"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        self.estimated |= later.estimated
        self.leaves_out_text |= later.leaves_out_text

    @property
    def pixels_per_token(self) -> float | None:
        """Pixels of the original that one token stands for; of a video, those of the sampled frames."""
        return self.pixels / self.visual if self.visual else None

    @property
    def cost(self) -> "Decimal | None":
        """What the prompt tokens cost; None without a price."""
        return cost_of(self.prompt_tokens, self.first.price)

    def totals(self) -> dict[str, Any]:
        """The sums, and whether one of them is an estimate or leaves out text."""
        return {
            "inputs": self.inputs,
            "patches": self.patches,
            "tokens": self.tokens,
            "prompt_tokens": self.prompt_tokens,
            "estimated": self.estimated,
        }


class _Note:
    """A sentence about files: the first inputs of which it holds, and how many there are."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.last = ""
        self.inputs = 0

    def add(self, name: str) -> None:
        if self.inputs and name == self.last:  # the same input, counted by another model
            return
        self.last = name
        self.inputs += 1
        if len(self.names) < INPUTS_NAMED:
            self.names.append(name)

    def merge(self, later: "_Note") -> None:
        self.names = [*self.names, *later.names][:INPUTS_NAMED]
        self.inputs += later.inputs
        self.last = later.last


class Notes:
    """Notes about files, each once, with the first inputs of which it holds."""

    def __init__(self) -> None:
        self._notes: dict[str, _Note] = {}

    def add(self, name: str, texts: Iterable[str]) -> None:
        """Add the notes about an input."""
        for text in texts:
            self._notes.setdefault(text, _Note()).add(name)

    def merge(self, later: "Notes") -> None:
        """Add notes that came later."""
        for text, note in later._notes.items():
            self._notes.setdefault(text, _Note()).merge(note)

    def lines(self) -> list[str]:
        """The names of inputs and the note, in a line for each note."""
        return [f"{_listed(note.names, note.inputs)}: {text}" for text, note in self._notes.items()]


class Sums:
    """The sums of all answers, by the labels of their models, and the notes about their files."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self._notes = Notes()

    def add(self, answer: Answer) -> None:
        """Add an answer."""
        if answer.label not in self.tallies:
            self.tallies[answer.label] = Tally(answer)
        if answer.layout is not None:
            tally = self.tallies[answer.label]
            tally.first = tally.first if tally.first.layout else answer
            self.count(answer.input, answer.label, numbers_of(answer.layout))

    def count(self, name: str, label: str, numbers: Numbers) -> None:
        """Add the numbers of an input that this model counted; an answer of it was added before."""
        self.tallies[label].add(numbers)
        self._notes.add(name, numbers.notes)

    def emptied(self) -> "Sums":
        """Sums of nothing, which know the first answers of these."""
        empty = Sums()
        empty.tallies = {label: Tally(tally.first) for label, tally in self.tallies.items()}
        return empty

    def merge(self, later: "Sums") -> None:
        """Add the sums of answers that came later."""
        for label, tally in later.tallies.items():
            if label in self.tallies:
                self.tallies[label].merge(tally)
            else:
                self.tallies[label] = tally
        self._notes.merge(later._notes)

    @property
    def firsts(self) -> list[Answer]:
        """The first answer of each model."""
        return [tally.first for tally in self.tallies.values()]

    @property
    def provenances(self) -> list[str]:
        """A line for each preset: model, preset and all pipelines that count it."""
        return provenances(self.firsts)

    def rows(self) -> list[dict[str, Any]]:
        """The sum of all inputs for each model, as rows of a table."""
        return [
            {
                **tally.totals(),
                "input": "total",
                "model": tally.first.name,
                "pipeline": tally.first.pipeline,
                "cost": cost_cell(tally.cost),
            }
            for tally in self.tallies.values()
        ]

    def notes(self) -> list[str]:
        """What the user should know: notes about files, each once, and which text no count includes."""
        lines = self._notes.lines()
        names = dict.fromkeys(t.first.name or t.first.model for t in self.tallies.values() if t.leaves_out_text)
        if names:
            missing = _listed(list(names)[:INPUTS_NAMED], len(names))
            lines.append(f"{missing}: text between views is not counted; --json lists it, budget estimates it")
        return [f"note: {line}" for line in lines]

    def bases(self) -> list[str]:
        """What the counts of models behind an API rest on, a line for each."""
        layouts = {t.first.name or t.first.model: t.first.layout for t in self.tallies.values()}
        return [f"{name}: {layout.basis}" for name, layout in layouts.items() if layout and layout.basis]


def sums_of(answers: Iterable[Answer]) -> Sums:
    """The sums of these answers."""
    sums = Sums()
    for answer in answers:
        sums.add(answer)
    return sums


def _listed(names: list[str], count: int) -> str:
    more = count - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
