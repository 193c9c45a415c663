"""The budgets of `vtok budget`: chats against contexts, where a chat ends, and what would have to go."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from vtok.chats.prompts import ChatPrompt, prompt_of
from vtok.cli._chats import Asked, Sources, counter_of
from vtok.cli._failures import Failure, Failures, complain
from vtok.cli._fit import Counted
from vtok.errors import ChatError, UsageError
from vtok.parts.family import Family
from vtok.render.text.budget import Budget, Drop, Entry, Summary, TurnRow
from vtok.values import Media

if TYPE_CHECKING:
    from vtok.chats.counting import Counter


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A chat, counted by a model that is called `label`, against its context; `note` says why its text is estimated."""

    asked: Asked
    family: Family
    label: str
    prompt: ChatPrompt
    budget: Budget
    counter: "Counter | None"
    note: str = ""

    @property
    def summary(self) -> Summary:
        """The budget as one of several."""
        return Summary(self.asked.chat.key, self.label, len(self.prompt.layouts), self.budget)

    @property
    def counted(self) -> list[Counted]:
        """The inputs that could be counted, without those that have settings of their own."""
        missing, fixed = {one.number for one in self.prompt.missing}, self.asked.fixed
        kept = [number for number in range(len(self.asked.seen)) if number not in missing]
        return [
            Counted(self.asked.inputs[number], _media(self.asked, number), layout)
            for number, layout in zip(kept, self.prompt.layouts, strict=True)
            if number not in fixed
        ]

    @cached_property
    def turns(self) -> list[TurnRow]:
        """A row for each turn: its tokens, and those up to its end."""
        rows, before = [], 0
        for number, (turn, end) in enumerate(zip(self.asked.chat.turns, self.prompt.ends, strict=True)):
            fits = end <= self.budget.room
            estimated = self.prompt.estimated_ends
            rows.append(TurnRow(number + 1, turn.role, len(turn.visuals), end - before, end, fits, estimated))
            before = end
        return rows

    @cached_property
    def drop(self) -> Drop | None:
        """The oldest images and videos without which the prompt fits; all of them where it does not even then.

        None where the prompt fits, or has no images and videos.
        """
        whole = self.asked.chat.visuals
        if self.budget.left >= 0 or not whole:
            return None
        low, high = 1, len(whole)
        while low < high:  # fewer images never cost more
            middle = (low + high) // 2
            low, high = (low, middle) if self._left_without(middle) >= 0 else (middle + 1, high)
        turns = list(self.asked.chat.turn_of())
        names = [(item.name, turns[number] + 1) for number, item in enumerate(self.asked.seen[:low])]
        return Drop(names, len(whole), self._left_without(low))

    def _left_without(self, number: int) -> int:
        """The tokens left without so many of the oldest images and videos."""
        chat = self.asked.chat.without(range(number))
        prompt = prompt_of(chat, self.family, self.asked.seen[number:], self.counter)
        return self.budget.room - prompt.tokens


def _media(asked: Asked, number: int) -> Media:
    media = asked.seen[number].media
    assert isinstance(media, Media)  # noqa: S101 - one that has no measures is missing
    return media


@dataclass(frozen=True)
class Request:
    """What is asked of every chat and model: the context, what else takes tokens, whether turns are told apart.

    With `leaves_out`, models without a prompt or a known context are left out without a word. `prices` are those of a
    million input tokens.
    """

    sources: Sources
    context: int | None
    beside: Sequence[Entry]
    turns: bool
    several: bool
    leaves_out: bool
    prices: Mapping[Family, Decimal]

    def answers(
        self, family: Family, label: str, asked: Sequence[Asked], failures: Failures, counters: ExitStack
    ) -> Iterator[Answer]:
        """The budget of each chat for one model. What cannot be counted is among the failures, and the others go on."""
        model = label if self.several else ""
        with failures.of(self._name(None), model=model):
            counter, note = counters.enter_context(counter_of(family, self.sources.tokenizer))
            for one in asked:
                out = suppress(UsageError) if self.leaves_out else nullcontext()
                with failures.of(self._name(one if len(asked) > 1 else None), model=model), out:
                    yield self._answer(one, family, label, counter, note, failures)

    def _name(self, one: Asked | None) -> str:
        """What messages call a chat, or all of them."""
        path = self.sources.messages or "the prompt"
        return f"{path}: chat {one.chat.key}" if one else path

    def _answer(
        self,
        asked: Asked,
        family: Family,
        label: str,
        counter: "Counter | None",
        note: str,
        failures: Failures,
    ) -> Answer:
        """The budget of a chat.

        The turn that is made of the inputs may be one that the template refuses; then text and template are estimated.
        """
        _check_caps(asked, family, several=self.several)
        try:
            prompt = prompt_of(asked.chat, family, asked.seen, counter, turns=self.turns)
        except ChatError as error:
            if asked.is_of_messages or counter is None:
                raise
            note, counter = f"{error}; text and template are estimated", None
            prompt = prompt_of(asked.chat, family, asked.seen, None, turns=self.turns)
        reported = set(failures)  # one line for a file that no model can count
        for one in prompt.missing:
            failure = Failure(one.name, one.reason)
            if failure not in reported:
                reported.add(failure)
                complain(*failure)
                failures.append(failure)
        lines, visuals = [Entry(*line) for line in prompt.lines], len(prompt.layouts)
        text = [entry for entry in self.beside if entry.kind == "text"]
        rest = [entry for entry in self.beside if entry.kind != "text"]
        entries = [*lines[:visuals], *text, *lines[visuals:], *rest]
        beside = sum(entry.tokens for entry in self.beside)
        missing, price = [one.name for one in prompt.missing], self.prices.get(family)
        budget = Budget(*context_of(family, self.context), entries, missing, beside, price)
        return Answer(
            asked=asked, family=prompt.family, label=label, prompt=prompt, budget=budget, counter=counter, note=note
        )


def _check_caps(asked: Asked, family: Family, *, several: bool) -> None:
    """Raise UnknownOptionError for a setting behind an input's name that the model does not have.

    Of several models one that lacks it goes without it.
    """
    if not asked.is_of_messages and not several:
        for item in asked.seen:
            family.choose(**item.visual.options)


def context_of(family: Family, wanted: int | None) -> tuple[int, str]:
    """The length of the context, and where it is from."""
    published = family.max_position_embeddings
    if wanted is not None:
        more = f", more than the model's {published:,}" if published and wanted > published else ""
        return wanted, f"--context{more}"
    if published is None:
        raise UsageError(f"the context length of {family.names[0]} is not known here; give --context, as --context 32k")
    return published, family.source("max_position_embeddings")
