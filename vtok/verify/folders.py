"""A preset written as the config files of a checkpoint folder."""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from vtok import families
from vtok.checkpoints.files import FILES
from vtok.checkpoints.places import Place, places, readable
from vtok.parts.family import Family
from vtok.parts.settings import FILTERS

Configs = dict[str, dict[str, Any]]
"""The contents of config files by the files' names."""


def save(configs: Configs, folder: Path) -> None:
    """Write config files into a folder."""
    for name, content in configs.items():
        (folder / name).write_text(json.dumps(content, indent=1), "utf-8")


def written(family: Family, *, everywhere: bool = False) -> Configs:
    """The config files with this preset's numbers, each at the first of its places.

    `everywhere` writes a number at each of its places in preprocessor_config.json, too, for the class that transformers
    has for the model: it may read another place than the model's own code.
    """
    configs: Configs = {"config": {"model_type": families.stem_of(family.model)}}
    for field in readable(family):
        for place in _places(family, field, everywhere=everywhere):
            _write(configs, place, _content(family, field, place))
    return {FILES[file]: content for file, content in configs.items()}


def _places(family: Family, field: str, *, everywhere: bool) -> Iterator[Place]:
    first, *others = sorted(places(family, field), key=lambda place: bool(place.only))
    if getattr(family, field) is None or first.how.startswith("aspect"):  # the form of `size` says the latter
        return
    if first.file == "video" and _no_video_config(family):
        return
    yield first
    if everywhere:
        top = (place for place in others if place.file == "image" and not place.only)
        yield from (place for place in top if first.file != "image" or len(place.path) == 1)


def _no_video_config(family: Family) -> bool:
    """Whether the checkpoint has no config for videos, so that transformers reads that for images for them, too."""
    return getattr(family, "video_max_pixels", 0) is None or not places(family, "video_max_pixels")


def _content(family: Family, field: str, place: Place) -> Any:
    value = getattr(family, field)
    if field == "size" and getattr(family, "keep_aspect", None) is False:
        return {"height": value, "width": value}
    return to_config(value, place.how)


def _write(configs: Configs, place: Place, content: Any) -> None:
    """Write a value at a place, unless an earlier place is there or within it."""
    target = configs.setdefault(place.file, {})
    if place.only:
        target[f"{place.file}_processor_type"] = place.only
    *parents, key = place.path
    for parent in parents:
        target = target.setdefault(parent, {})
    target.setdefault(key, content)


def to_config(value: Any, how: str) -> Any:
    """The value as configs write it."""
    if how in WRITERS:
        return WRITERS[how](value)
    return [to_config(item, how) for item in value] if isinstance(value, tuple) else value


WRITERS: dict[str, Callable[[Any], Any]] = {
    "filter": FILTERS.index,
    "inverse": lambda value: 1 / value,
    "fraction": lambda value: str(Fraction(value).limit_denominator(4096)),
    "anyres": lambda value: f"anyres_max_{value}",
    "input_size": lambda value: [3, value, value],
    "crop_mode": lambda value: "center" if value else "squash",
    "square": lambda value: {"height": value, "width": value},
    "box": lambda value: {"height": value, "width": value},
    "qwen2": lambda value: "Qwen2VLVideoProcessor" if value else "Qwen3VLVideoProcessor",
}
"""Ways of writing a value that have a form of their own."""
