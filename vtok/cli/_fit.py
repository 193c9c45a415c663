"""`vtok budget`: the settings with which a prompt fits its context, searched and shown."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from vtok import engines
from vtok.cli import _resize
from vtok.cli._inputs import Input
from vtok.cli._presets import flags
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.render.text.budget import Budget, Fit, fit_table
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import is_terminal, show, show_notes, show_pairs
from vtok.values import Layout, Media

ROUND = 1024
"""A context that is to hold a prompt is a multiple of this."""


class Counted(NamedTuple):
    """An input that could be read, and what the model makes of it."""

    source: Input
    media: Media
    layout: Layout


class Fitting:
    """A prompt of these inputs, and the settings with which it fits its context."""

    def __init__(self, family: Family, budget: Budget, counted: Sequence[Counted]) -> None:
        self.family = family
        self.budget = budget
        self.counted = counted
        from vtok.search.fitting import Budgeted

        taken = sum(item.layout.prompt_tokens for item in counted)
        self.solver = Budgeted(family, [item.media for item in counted], budget.left + taken)

    @property
    def is_one_image(self) -> bool:
        """Whether the prompt holds a single image, which may be resized."""
        return len(self.counted) == 1 and not self.counted[0].media.is_video

    @property
    def has_videos(self) -> bool:
        """Whether one of the inputs is a video."""
        return any(item.media.is_video for item in self.counted)

    @cached_property
    def context(self) -> int | None:
        """A context that holds this prompt, in round numbers; None where the model has none as long."""
        rounded = -(-self.budget.used // ROUND) * ROUND
        most = self.family.max_position_embeddings or rounded
        return min(rounded, most) if self.budget.used <= most else None

    @cached_property
    def fits(self) -> list[Fit]:
        """Each option that alone makes the prompt fit, at its largest value that does."""
        return [
            Fit(
                remedy.option,
                remedy.value,
                flags({remedy.option: remedy.value}),
                remedy.tokens,
                self.solver.room - remedy.tokens,
                remedy.following,
                [remedy.family.layout(item) for item in self.solver.media],
                engines.typed(self.family, remedy.option, remedy.value, videos=self.has_videos),
            )
            for remedy in self.solver.remedies
        ]

    def write(self, path: str) -> _resize.Written:
        """Write the one image at the largest size that fits; UsageError where there is none."""
        if not self.is_one_image:
            raise UsageError("--resize writes one image; give one image that can be read")
        source, media, _ = self.counted[0]
        file = _resize.source_of(source)
        if self.solver.image is None:
            hint = f"{self.fits[0].setting} does" if self.fits else self._least()
            raise UsageError(f"no size of this image fits; {hint}")
        return _resize.write(path, file, media, self.family, self.solver.image)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        solver, names = self.solver, [item.source.name for item in self.counted]
        ways = engines.typed_context(self.family, self.context) if self.context else []
        context = {"tokens": self.context, "typed": ways}
        if solver.too_long:
            return {"left_out": solver.too_long, "context": context}
        document: dict[str, Any] = {
            "options": [fit.to_dict(names) for fit in self.fits],
            "least": solver.least.tokens,
            "least_options": solver.least.options,
        }
        if not self.fits:
            document["first"] = solver.first
        document["context"] = context
        if self.is_one_image:
            document["size"] = solver.image and solver.image.size.to_dict()
        return document

    def show(self, *, written: bool) -> None:
        """Print the options that fit as a table, and the rest as sentences."""
        if self.solver.too_long:
            show_notes([self.solver.too_long])
            return
        fits = [fit for fit in self.fits if fit.tokens != self.solver.tokens]
        if fits:
            write_lines([] if is_terminal() else [""])
            show(fit_table(fits))
        notes = list(self._notes(fits, written=written))
        show_notes(notes)
        if not written:
            self.show_typed(blank=bool(notes))

    def _notes(self, fits: Sequence[Fit], *, written: bool) -> Iterator[str]:
        solver, inputs = self.solver, len(self.counted)
        if solver.tokens <= solver.room:
            yield "no setting needs to change"
        if self.is_one_image and solver.image and not written:
            size, tokens = solver.image.size, solver.image.tokens
            yield f"largest size that fits: {size}, {tokens:,} prompt tokens; --resize FILE writes it"
        if not fits and solver.tokens > solver.room:
            yield self._least()
            if inputs > 1 and not solver.first:
                yield f"with the present settings not even the first of the {inputs:,} inputs fits"
            elif inputs > 1:
                yield f"with the present settings the first {solver.first:,} of the {inputs:,} inputs fit"

    def typed(self) -> Iterator[tuple[str, str]]:
        """What users of an engine may do, if one counts: each way to a shorter prompt or to a longer context."""
        if engines.counted_by(self.family) not in engines.FILES or self.solver.tokens <= self.solver.room:
            return
        if self.is_one_image and self.solver.image:
            yield "smaller image", f"{self.solver.image.size}, which --resize FILE writes"
        yield from ((fit.option, fit.typed) for fit in self.fits if fit.typed)
        kinds = {item.media.is_video for item in self.counted}
        if 0 < self.solver.first < len(self.counted) and len(kinds) == 1:
            kind = "video" if self.has_videos else "image"
            flag = engines.typed_count(self.family, kind, self.solver.first)
            yield f"fewer {kind}s", flag or f"{self.solver.first:,} at most in a prompt"
        if self.context:
            yield from (("larger context", text) for text in engines.typed_context(self.family, self.context))

    def show_typed(self, *, blank: bool) -> None:
        """Print them under the engine's name, on a terminal after a blank line if nothing has left one."""
        lines = list(self.typed())
        if not lines:
            return
        if not is_terminal():
            show_pairs([(f"in {engines.counted_by(self.family)}: {name}", text) for name, text in lines])
            return
        write_lines([""] if blank else [])
        write_lines([f"what to do in {engines.counted_by(self.family)}, one of these:"])
        names = [name for name, _ in lines]
        show_pairs([("" if name in names[:i] else name, text) for i, (name, text) in enumerate(lines)], indent=2)

    def _least(self) -> str:
        """What the smallest possible prompt costs."""
        least, room = self.solver.least, max(0, self.solver.room)
        options = flags(least.options)
        if least.tokens <= room:
            return f"no option alone is enough; together these are, at {least.tokens:,} tokens: {options}"
        how = f", with {options}" if options else ""
        return f"the inputs need at least {least.tokens:,} tokens{how}; there is room for {room:,}"
