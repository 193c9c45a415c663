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
from vtok.render.text.tables import is_terminal, show, show_notes
from vtok.values import Layout, Media


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
        document: dict[str, Any] = {
            "options": [fit.to_dict(names) for fit in self.fits],
            "least": solver.least.tokens,
            "least_options": solver.least.options,
        }
        if not self.fits:
            document["first"] = solver.first
        if self.is_one_image:
            document["size"] = solver.image and solver.image.size.to_dict()
        return document

    def show(self, *, written: bool) -> None:
        """Print the options that fit as a table, and the rest as sentences."""
        fits = [fit for fit in self.fits if fit.tokens != self.solver.tokens]
        if fits:
            write_lines([] if is_terminal() else [""])
            show(fit_table(fits))
        show_notes(list(self._notes(fits, written=written)))

    def _notes(self, fits: Sequence[Fit], *, written: bool) -> Iterator[str]:
        solver, inputs = self.solver, len(self.counted)
        if solver.tokens <= solver.room:
            yield "no setting needs to change"
        if self.is_one_image and solver.image and not written:
            size, tokens = solver.image.size, solver.image.tokens
            yield f"largest size that fits: {size}, {tokens:,} prompt tokens; --resize FILE writes it"
        yield from self._typed(fits)
        if not fits and solver.tokens > solver.room:
            yield self._least()
            if inputs > 1 and not solver.first:
                yield f"with the present settings not even the first of the {inputs:,} inputs fits"
            elif inputs > 1:
                yield f"with the present settings the first {solver.first:,} of the {inputs:,} inputs fit"

    def _typed(self, fits: Sequence[Fit]) -> Iterator[str]:
        """What users of the engine type, if an engine counts: each option that fits, and the context that holds all."""
        engine = engines.counted_by(self.family)
        for fit in fits:
            if text := engines.typed(self.family, fit.option, fit.value):
                yield f"in {engine}, {fit.option} is typed as: {text}"
            elif engine in engines.FILES:
                yield f"{engine} itself has no setting for {fit.option}"
        context = engines.typed_context(self.family, self.budget.used)
        if context and self.solver.tokens > self.solver.room:
            yield f"in {engine}, a context that holds this prompt is typed as: {context}"

    def _least(self) -> str:
        """What the smallest possible prompt costs."""
        least, room = self.solver.least, max(0, self.solver.room)
        options = flags(least.options)
        if least.tokens <= room:
            return f"no option alone is enough; together these are, at {least.tokens:,} tokens: {options}"
        how = f", with {options}" if options else ""
        return f"the inputs need at least {least.tokens:,} tokens{how}; there is room for {room:,}"
