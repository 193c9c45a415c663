"""The class defaults of transformers: as family files list them, and as the classes themselves set them.

`class_defaults.json` has, for each class that a family file lists, what the class of transformers 5.23 sets without any
config, by the path of the key, as far as vtok reads it. `python tests/upstream/test_recorded_defaults.py` records it.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from vtok.checkpoints.files import file_of
from vtok.checkpoints.keys import SHARED_DEFAULTS
from vtok.checkpoints.places import Place, places, readable
from vtok.checkpoints.values import from_config
from vtok.errors import UsageError
from vtok.families import module, modules, presets_of
from vtok.parts.family import Family

RECORD = Path(__file__).with_suffix(".json")

GONE = {"Qwen2_5_VLImageProcessor": "Qwen2VLImageProcessor"}
"""Names of older configs for classes that are gone, and what transformers 5.23 takes for them."""

Record = dict[str, dict[str, Any]]
Paths = set[tuple[str, ...]]


class Listed(NamedTuple):
    """A class of transformers that a family file lists."""

    stem: str
    name: str

    @property
    def numbers(self) -> dict[str, Any]:
        """Its numbers by vtok's field; they are looked up anew each time, so that a change of them is noticed."""
        numbers: dict[str, Any] = module(self.stem).CLASS_DEFAULTS[self.name]
        return numbers


def every_listed() -> list[Listed]:
    """The classes of all family files; one that several files list comes once for each."""
    return [Listed(stem, name) for stem in modules() for name in getattr(module(stem), "CLASS_DEFAULTS", {})]


def read_by(preset: Family, name: str) -> Iterator[tuple[str, Place]]:
    """The fields of a preset that can be read in the file of this class, and where they stand."""
    for field in readable(preset):
        yield from ((field, place) for place in places(preset, field) if place.file == file_of(name))


def paths_of(name: str) -> Paths:
    """The paths of the keys that are read in this class's file, by all families that list the class."""
    presets = [presets_of(listed.stem)[0] for listed in every_listed() if listed.name == name]
    paths = {place.path for preset in presets for _, place in read_by(preset, name)}
    return paths | {(key,) for key in SHARED_DEFAULTS.get(name, ())}


def recorded_fields(preset: Family, name: str, record: Record) -> dict[str, Any]:
    """The fields of a preset that the class sets, as the record has them.

    A value to which vtok has no answer is None. The config of an encoder has at its top what the config of a whole
    model has in one of its parts.
    """
    hints = get_type_hints(type(preset))
    fields: dict[str, Any] = {}
    for field, place in read_by(preset, name):
        for path in (place.path, place.path[1:]):
            value = record[name].get(".".join(path))
            if value is not None and field not in fields:
                try:
                    fields[field] = from_config(field, value, hints[field], place.how, f"{name}: {field}")
                except UsageError:
                    fields[field] = None
    return fields


def loaded() -> Record:
    """The record."""
    record: Record = json.loads(RECORD.read_text("utf-8"))
    return record


def as_text(record: Mapping[str, Any]) -> str:
    """The record as the file has it: a line for each class."""
    lines = (f" {json.dumps(name)}: {json.dumps(record[name], sort_keys=True)}" for name in sorted(record))
    return "{\n" + ",\n".join(lines) + "\n}\n"
