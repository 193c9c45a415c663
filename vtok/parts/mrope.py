"""Position ids of models with M-RoPE, as the versions of transformers give them.

Each function serves families as their method `positions`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError
from vtok.values import Span

if TYPE_CHECKING:
    from vtok.geometry.positions import Positions

ROPE_VERSIONS = ("4.49", "4.57", "5.23")
"""Versions of transformers that disagree on the videos of Qwen2-VL and Qwen2.5-VL."""


def step_positions(family: Any, spans: Iterable[Span], version: str) -> "Positions":  # noqa: ARG001
    """One position a temporal step, in every version that has the model.

    Where each step of a video is a vision block of its own, with text between, its time is in the text alone.
    """
    from vtok.geometry.positions import after_longer_side, place, whole_steps

    return place(spans, steps=whole_steps, after=after_longer_side)


def qwen_positions(family: Any, spans: Iterable[Span], version: str) -> "Positions":
    """One position a temporal step, or tokens_per_second of them a second; versions disagree.

    A video whose seconds a step are not known has 1. The first rule of all holds for Qwen2.5-Omni to this day.
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
