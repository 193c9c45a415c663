"""`--pipeline`: models as pipelines and engines count them."""

import sys
from collections.abc import Sequence

from vtok import engines
from vtok.errors import UsageError, did_you_mean
from vtok.parts.family import Family

FEW = 3
"""Of so many models, the engines that lack them are named one by one."""


def by_pipelines(presets: Sequence[Family], pipelines: Sequence[str], *, every_model: bool) -> list[Family]:
    """Each preset as each of these pipelines counts it; `all` are its native pipelines and the engines that have it.

    With `every_model`, presets that a pipeline lacks are left out for it, and named on standard error. Otherwise the
    user chose them. Raises UsageError for a pipeline that is unknown, or that lacks a preset of the user's choice.
    """
    wanted = list(dict.fromkeys(pipelines))
    if "all" in wanted:
        known = {preset: (*preset.pipelines, *engines.of(preset)) for preset in presets}
        if lacking := _lacking(known):
            print(f"vtok: {lacking}", file=sys.stderr)
        return [engines.choose(preset, pipeline=name) for preset, names in known.items() for name in names]
    have = {name: [preset for preset in presets if _has(preset, name)] for name in wanted}
    for name, having in have.items():
        missing = [preset for preset in presets if preset not in having]
        if missing and not (every_model and having):
            _refuse(name, missing, presets)
        if missing:
            models = ", ".join(preset.model for preset in missing)
            print(f"vtok: {len(missing)} models that {name} does not have are left out: {models}", file=sys.stderr)
    return [engines.choose(preset, pipeline=name) for preset in presets for name in wanted if preset in have[name]]


def _has(preset: Family, name: str) -> bool:
    return name in preset.pipelines or (name in engines.FILES and engines.has(name, preset))


def _lacking(known: dict[Family, tuple[str, ...]]) -> str:
    """Which engines lack which of these models, in a line; nothing where every engine has every one."""
    lacking = {
        preset.names[0]: [engine for engine in engines.FILES if engine not in names] for preset, names in known.items()
    }
    if len(lacking) > FEW:
        none = sum(len(missing) == len(engines.FILES) for missing in lacking.values())
        more = f", and {none:,} of the {len(lacking):,} are known in none" if none else ""
        return f"each model is counted by the engines that have it{more}; `vtok models --pipelines` lists them"
    parts = [f"{name} is not known in {', '.join(missing)}" for name, missing in lacking.items() if missing]
    return f"left out: {'; '.join(parts)}" if parts else ""


def _refuse(name: str, missing: Sequence[Family], presets: Sequence[Family]) -> None:
    """Raise UsageError: the pipeline is unknown, or these presets are not in it."""
    native = dict.fromkeys(pipeline for preset in presets for pipeline in preset.pipelines)
    if len(presets) == 1 or (len(missing) == len(presets) and name in engines.FILES):
        engines.choose(missing[0], pipeline=name)  # raises, with the reason
    if name not in engines.FILES and name not in native:
        known = (*native, *engines.FILES)
        hint = did_you_mean(name, known, f"there are {', '.join(known)}")
        raise UsageError(f"none of these models has a pipeline {name!r}; {hint}")
    reason = f": {engines.module(name).REASON}" if name in engines.FILES else ""
    models = ", ".join(preset.names[0] for preset in missing)
    raise UsageError(f"{name} has no {models}{reason}; leave out what it lacks, or write --pipeline all")
