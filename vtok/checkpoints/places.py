"""Where each field of a family stands in config files."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from vtok.checkpoints.files import Files
from vtok.checkpoints.keys import COMMON_KEYS
from vtok.parts.family import Family


class Place(NamedTuple):
    """A path of keys in one file; `how` says how the value is written, `only` which class alone reads it."""

    file: str
    path: tuple[str, ...]
    how: str = ""
    only: str = ""

    def applies(self, value: Any, files: Files) -> bool:
        """Whether the value here is the field's: the class that reads the file does, and an object is no number."""
        if self.only and files.class_of(self.file, [self.only]) != self.only:
            return False
        return not (self.how == "number" and isinstance(value, Mapping))


def place(text: str) -> Place:
    """`file[Class]:path|how`, of which [Class] and |how may be missing."""
    file, _, rest = text.partition(":")
    path, _, how = rest.partition("|")
    file, _, only = file.rstrip("]").partition("[")
    return Place(file, tuple(path.split(".")), how, only)


def places(family: Family, field: str) -> tuple[Place, ...]:
    """The places of a field, the one that is written first."""
    if field in family.config_keys:
        texts = family.config_keys[field]
    else:
        texts = COMMON_KEYS.get(field) or (f"image:{field}", f"processor:{field}", f"config:vision_config.{field}")
    return tuple(map(place, texts))


def readable(family: Family) -> list[str]:
    """The numbers, and the few options, that a config can set."""
    numbers = [name for name, (value, _) in family.numbers().items() if not isinstance(value, str)]
    options = (*COMMON_KEYS, *family.config_keys)
    numbers += [name for name in options if name not in numbers and family.has_option(name)]
    return [name for name in numbers if not in_no_config(name) and places(family, name)]


def in_no_config(field: str) -> bool:
    """Whether no config has this number: chat templates do not say how many tokens they make."""
    return field == "chat_tokens"
