"""How the users of an engine type a setting that makes a prompt shorter."""

from typing import NamedTuple


class Typed(NamedTuple):
    """An option of a family as the engine's users type it, and the models for which that holds; all, if none is named.

    `template` is filled with {value}, and with numbers of the {family}.
    """

    option: str
    template: str
    models: frozenset[str] = frozenset()
    videos: bool = False
    """Whether it holds for videos, too."""


QWEN = frozenset({"qwen2-vl", "qwen2.5-vl", "qwen2.5-omni", "qwen3-vl", "qwen3.5"})
"""Models whose processor takes max_pixels."""
