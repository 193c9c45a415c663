"""What the shell's completion offers. Families are loaded only when the user presses the completion key."""

from collections.abc import Callable, Iterable
from typing import Any

Complete = Callable[[str], list[str]]


def models(incomplete: str) -> list[str]:
    """The names of models."""
    from vtok import families

    return _starting(families.models(), incomplete)


def models_or_all(incomplete: str) -> list[str]:
    """The names of models, and `all`."""
    return _starting(["all"], incomplete) + models(incomplete)


def settings(ctx: Any, incomplete: str) -> list[str]:
    """`key=` for each number and option of the chosen models."""
    known = (f"{name}=" for preset in _presets(ctx) for name in (*preset.numbers(), *preset.options()))
    return _starting(known, incomplete)


def pipelines(ctx: Any, incomplete: str) -> list[str]:
    """The pipelines of the chosen models, and the engines that have them."""
    from vtok import engines

    known = (name for preset in _presets(ctx) for name in (*preset.pipelines, *engines.of(preset), "all"))
    return _starting(known, incomplete)


def versions(ctx: Any, incomplete: str) -> list[str]:
    """The versions of the chosen pipeline, else of every pipeline of the chosen models."""
    wanted = ctx.params.get("pipeline")
    known = (
        version
        for preset in _presets(ctx)
        for pipeline, versions in preset.pipelines.items()
        if not wanted or pipeline in wanted
        for version in versions
    )
    return _starting(known, incomplete)


def fields(incomplete: str) -> list[str]:
    """The keys of a layout's JSON."""
    import vtok

    return _starting(vtok.layout("qwen2.5-vl", width=448, height=448).keys_and_values(), incomplete)


def words(*choices: str) -> Complete:
    """Completion of an option that takes one of these words."""
    return lambda incomplete: _starting(choices, incomplete)


def listed(choices: Callable[[], Iterable[str]]) -> Complete:
    """Completion of an option that takes several of these words, separated by commas."""

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        taken = before.split(",")
        return [f"{before}{comma}{word}" for word in _starting(choices(), last) if word not in taken]

    return complete


def _presets(ctx: Any) -> list[Any]:
    """The presets of the models that were typed so far; none where a name is not known."""
    from vtok.cli._presets import chosen_presets
    from vtok.errors import VtokError

    try:
        return chosen_presets(ctx.params.get("model"))
    except VtokError:
        return []


def _starting(choices: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in dict.fromkeys(choices) if word.startswith(incomplete)]
