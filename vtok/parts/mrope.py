"""Position ids of models with M-RoPE, as each version of transformers computes them.

A family takes one of these functions as its method `positions`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError
from vtok.values import Span

if TYPE_CHECKING:
    from typing import Protocol

    from vtok.geometry.positions import Positions

    class Timed(Protocol):
        """A family that may count `tokens_per_second` positions a second of a video."""

        @property
        def model(self) -> str:
            """Name of the model."""

        @property
        def tokens_per_second(self) -> int | None:
            """Positions a second; None if a temporal step is one position."""

        @property
        def rope_version(self) -> str:
            """The version of transformers whose rule is meant; that of the pipeline if empty."""

        @property
        def as_published(self) -> "Timed":
            """The preset before the user set anything."""


ROPE_VERSIONS = ("4.49", "4.57", "5.23")
"""Versions of transformers that disagree on the videos of Qwen2-VL and Qwen2.5-VL."""


def step_positions(family: Any, spans: Iterable[Span], version: str) -> "Positions":  # noqa: ARG001
    """Position ids with one position a temporal step. All versions that have such a model agree.

    A model that writes a timestamp before each step makes each step a vision block of its own: its time is in the text.
    """
    from vtok.geometry.positions import after_longer_side, place, whole_steps

    return place(spans, steps=whole_steps, after=after_longer_side)


def timed_positions(family: Any, spans: Iterable[Span], version: str) -> "Positions":  # noqa: ARG001
    """Position ids with `tokens_per_second` positions a second, by the rule that Qwen2.5-VL had in transformers 4.49.

    A video of unknown rate has one second a step. Upstream: Kwai-Keye/Keye e472844,
    keye-vl-8b-preview/modeling_keye.py, get_rope_index.
    """
    from vtok.geometry.positions import after_all_axes, place, timed_steps

    def steps(t: int, seconds: float | None) -> Any:
        return timed_steps(t, 1.0 if seconds is None else seconds, family.tokens_per_second)

    return place(spans, steps=steps, after=after_all_axes)


def qwen_positions(family: "Timed", spans: Iterable[Span], version: str) -> "Positions":
    """Position ids with one position a temporal step, or with `tokens_per_second` positions a second.

    Versions disagree; Qwen2.5-Omni still has the rule of 4.49. A video of unknown rate has one second a step. Raises
    UsageError if the user sets `tokens_per_second` of a model that does not have it.
    """
    from vtok.geometry import positions as rules

    rate = family.tokens_per_second
    rule = family.rope_version or version
    after = rules.after_longer_side if rule == "5.23" else rules.after_all_axes
    if rate is None:
        return rules.place(spans, steps=rules.whole_steps, after=after)
    if family.as_published.tokens_per_second is None:
        raise UsageError(f"{family.model} counts one position a temporal step; it has no tokens_per_second")
    clocks = (rules.timed_steps, rules.whole_second_steps, rules.interval_steps)
    clock = dict(zip(ROPE_VERSIONS, clocks, strict=True))[rule]
    return rules.place(spans, steps=lambda t, seconds: clock(t, 1.0 if seconds is None else seconds, rate), after=after)
