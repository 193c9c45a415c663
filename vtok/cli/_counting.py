"""Inputs counted by models, one after the other: their answers, and what a form writes of them."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vtok import engines
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._inputs import Input
from vtok.cli._interrupts import Interrupts
from vtok.cli._presets import labels, names_of
from vtok.errors import VtokError
from vtok.media import headers, media_of
from vtok.parts.family import Family
from vtok.render.text.answers import Answer
from vtok.values import SIDE_LIMIT, Media

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from vtok.cli._forms import Form, Tail
    from vtok.media.headers.window import Facts
    from vtok.parts.bulk import SizeCounter
    from vtok.render.text.sums import Numbers

_MOST_TEXT = 2**24
"""Characters of tails that are kept; then they start anew."""

_MANY, _SOME = 512, 4
"""After so many new sizes, those of a batch are counted at once: that needs numpy, which takes long to load.

Fewer than some are not worth it.
"""

_KEPT_COST = 200
"""What a tail takes beside its characters, in characters."""


class Counting:
    """Inputs counted by models. With `leave_out`, models that do not take a kind of input are left out for it."""

    def __init__(
        self,
        families: Sequence[Family],
        video: o.VideoOptions,
        failures: Failures,
        *,
        leave_out: bool,
        prices: "Mapping[Family, Decimal] | None" = None,
    ) -> None:
        self.families = dict(zip(labels(families), families, strict=True))
        self.names = dict(zip(self.families, names_of(families), strict=True))
        self.blanks = {
            label: Answer(
                "",
                family.model,
                label=label,
                name=self.names[label],
                pipeline=engines.counted_by(family),
                price=(prices or {}).get(family),
            )
            for label, family in self.families.items()
        }
        self.video = video
        self.failures = failures
        self.leave_out = leave_out
        self.notices: list[str] = []
        self._named: set[str] = set()
        self._merged: set[str] = set()

    def answers(self, source: Input, facts: "Facts | None" = None) -> list[Answer]:
        """An answer of each model, in their order."""
        media = media_of(facts, source.name) if facts else None
        if media is None:
            with self.failures.of(source.name):
                media = self.video.media(source)
        return [
            self._answer(self.blanks[label]._replace(input=source.name), media, family)
            for label, family in self._models(media).items()
        ]

    def facts(self, source: Input) -> "Facts | None":
        """What decides the answers of a plain image or a bare size; None where more than that has to be looked at."""
        if self.video.kind == "video" or self.video.duration is not None or self.video.source_fps is not None:
            return None
        if source.path and source.path != "-" and not source.page:
            return headers.of_path(source.path)
        if source.size and not self.video.kind:
            from vtok.media.headers.window import Facts

            return Facts("", source.size.width, source.size.height)
        return None

    def counter(self) -> "SizeCounter":
        """What counts many images of one model at once."""
        from vtok.parts.bulk import SizeCounter

        return SizeCounter(next(iter(self.families.values())), side_limit=SIDE_LIMIT)

    def merge(self, notices: Sequence[str]) -> None:
        """Take notices of another process, each once."""
        for notice in notices:
            if notice not in self._merged:
                self._merged.add(notice)
                self.notices.append(notice)

    def _models(self, media: Media | None) -> dict[str, Family]:
        """The models that count this input."""
        if media is None or not self.leave_out:
            return self.families
        kind = "video" if media.is_video else "image"
        others = [label for label, family in self.families.items() if kind not in family.kinds]
        if others and kind not in self._named:
            self._named.add(kind)
            models = [label for label in others if label in self.names.values()]
            what = "model" if len(models) == len(others) else "pipeline"
            left_out = f"{len(others)} {what}s are" if len(others) > 1 else f"1 {what} is"
            which = f"{'they do' if len(others) > 1 else 'it does'} not take or vtok does not know"
            self.notices.append(f"vtok: {left_out} left out for {kind}s, which {which}: {', '.join(others)}")
        return {label: family for label, family in self.families.items() if kind in family.kinds}

    def _answer(self, blank: Answer, media: Media | None, family: Family) -> Answer:
        """The answer with its layout, or with its error."""
        if media is None:
            return blank._replace(error=self.failures[-1].error)
        several = len(self.families) > 1
        with self.failures.of(media.name, model=blank.label if several else ""):
            return blank._replace(layout=family.layout(media))
        return blank._replace(error=self.failures[-1].error)


class _Kept(NamedTuple):
    """What was made of an input by one model, for the next input of the same size."""

    label: str
    tail: "Tail"
    numbers: "Numbers | None"
    notes: tuple[str, ...]


class Writing:
    """What a form writes of each input. Inputs of the same size and orientation are counted once, within a bound.

    Interrupts are held from the first sum of an input on; whoever writes what is made of it releases them.
    """

    def __init__(self, counting: Counting, form: "Form") -> None:
        self.interrupts = Interrupts()
        self.counting = counting
        self.form = form
        self._kept: dict[Facts, list[_Kept]] = {}
        self._length = 0
        self._counter: SizeCounter | None = None
        self._new = 0

    def texts(self, sources: Sequence[Input]) -> Iterator[str]:
        """What is written of each of several inputs, of which many sizes are counted at once where the form allows."""
        facts = [self.counting.facts(source) for source in sources]
        self._count_ahead({one for one in facts if one is not None and one not in self._kept})
        return map(self._text, sources, facts)

    def text(self, source: Input) -> str:
        """What is written of an input; "" if nothing is. Failures are reported."""
        return self._text(source, self.counting.facts(source))

    def _text(self, source: Input, facts: "Facts | None") -> str:
        kept = None if facts is None else self._kept.get(facts)
        if kept is None:
            return self._written(self.counting.answers(source, facts), facts)
        self.interrupts.hold()
        form, name = self.form, source.name
        for one in kept:
            if one.numbers is not None:
                form.count(name, one.label, one.numbers)
            if one.notes:
                form.note(name, one.notes)
        if len(kept) == 1:
            return form.line(name, kept[0].tail)
        return form.between.join(filter(None, [form.line(name, one.tail) for one in kept]))

    def _count_ahead(self, new: "set[Facts]") -> None:
        """Count images at once, if they are many, one model counts them, and the form writes their tokens alone.

        Whatever is refused here is left to be counted one by one, for the reason.
        """
        if not self.form.takes_counts or len(self.counting.families) > 1:
            return
        self._new += len(new)
        if self._new < _MANY or len(new) < _SOME:
            return
        import numpy as np

        counter = self._counter = self._counter or self.counting.counter()
        (label, family), ordered = next(iter(self.counting.families.items())), list(new)
        try:
            sizes = [family.orient(media_of(facts, ""))[0] for facts in ordered]
            counts = counter.count(np.array([size.width for size in sizes]), np.array([size.height for size in sizes]))
        except VtokError:
            return
        blank = self.counting.blanks[label]
        for facts, tokens, prompt_tokens in zip(ordered, *(each.tolist() for each in counts), strict=True):
            if prompt_tokens >= 0:
                tail = self.form.tail_of_counts(blank, {"tokens": tokens, "prompt_tokens": prompt_tokens})
                self._keep(facts, [_Kept(label, tail, None, ())])

    def _written(self, answers: Sequence[Answer], facts: "Facts | None") -> str:
        self.interrupts.hold()
        form, lines, kept = self.form, [], []
        for answer in answers:
            form.add(answer)
            tail = form.tail(answer)
            if tail is None:
                continue
            lines.append(form.line(answer.input, tail))
            if answer.layout is not None:
                kept.append(_Kept(answer.label, tail, self._numbers(answer), answer.layout.media.notes))
        if facts is not None and len(kept) == len(answers):
            self._keep(facts, kept)
        return form.between.join(filter(None, lines))

    def _numbers(self, answer: Answer) -> "Numbers | None":
        if self.form.sums is None or answer.layout is None:
            return None
        from vtok.render.text.sums import numbers_of

        return numbers_of(answer.layout)

    def _keep(self, facts: "Facts", kept: list[_Kept]) -> None:
        self._length += sum(_KEPT_COST + sum(map(len, one.tail)) for one in kept)
        if self._length > _MOST_TEXT:
            self._kept.clear()
            self._length = 0
        self._kept[facts] = kept


def report(notices: list[str]) -> None:
    """Print notices on standard error, and forget them."""
    for notice in notices:
        print(notice, file=sys.stderr)
    notices.clear()
