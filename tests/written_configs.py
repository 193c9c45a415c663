"""A preset written as config files, to be read back."""

from typing import Any

from vtok.checkpoints.files import FILES
from vtok.checkpoints.places import places, readable
from vtok.families import modules, presets_of
from vtok.parts.family import Family
from vtok.parts.settings import FILTERS


def written(family: Family) -> dict[str, dict[str, Any]]:
    """The configs that have this preset's numbers, by the names of their files."""
    stem = next(stem for stem in modules() if any(preset.model == family.model for preset in presets_of(stem)))
    configs: dict[str, dict[str, Any]] = {"config": {"model_type": stem}}
    for field in readable(family):
        value, place = getattr(family, field), places(family, field)[0]
        if value is None or place.how.startswith("aspect"):  # the form of `size` says it
            continue
        if place.file == "video" and getattr(family, "video_max_pixels", 0) is None:
            continue  # its checkpoint has no config for videos
        target = configs.setdefault(place.file, {})
        *parents, key = place.path
        for parent in parents:
            target = target.setdefault(parent, {})
        stretched = field == "size" and getattr(family, "keep_aspect", None) is False
        target[key] = {"height": value, "width": value} if stretched else to_config(value, place.how)
        if place.only:
            configs[place.file][f"{place.file}_processor_type"] = place.only
    return {FILES[file]: content for file, content in configs.items()}


def to_config(value: Any, how: str) -> Any:
    """The value as configs write it."""
    match how:
        case "filter":
            return FILTERS.index(value)
        case "inverse":
            return 1 / value
        case "anyres":
            return f"anyres_max_{value}"
        case "qwen2":
            return "Qwen2VLVideoProcessor" if value else "Qwen3VLVideoProcessor"
    return [to_config(item, how) for item in value] if isinstance(value, tuple) else value
