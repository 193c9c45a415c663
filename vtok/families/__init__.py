"""The families: one file each, named after its Hugging Face model_type.

A family is a frozen dataclass of numbers with `layout(media) -> Layout` (`vtok.parts.family` has the base). A preset is
an instance: the numbers of one published checkpoint. A module of this package names its presets in `PRESETS`, the other
names that configs have for the family in `MODEL_TYPES`, and in `SHARED_WITH` the families of the same class whose
checkpoints may bear its name. Nothing else registers a family.
"""

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtok.parts.family import Family


@cache
def modules() -> tuple[str, ...]:
    """The stems of the family files, sorted."""
    files = os.listdir(os.path.dirname(__file__))
    return tuple(sorted(file[:-3] for file in files if file.endswith(".py") and not file.startswith("_")))


def module(stem: str) -> ModuleType:
    """The module of one family file."""
    return import_module(f"{__name__}.{stem}")


def presets_of(stem: str) -> "tuple[Family, ...]":
    """The presets of one family file, the default one first."""
    presets: tuple[Family, ...] = module(stem).PRESETS
    return presets


@cache
def stem_of(model: str) -> str | None:
    """The stem of the family file that has a model, or None."""
    return next((stem for stem in modules() if any(preset.model == model for preset in presets_of(stem))), None)


def presets() -> "Iterator[Family]":
    """Every preset of every family. This imports all of them."""
    for stem in modules():
        yield from presets_of(stem)


def models() -> tuple[str, ...]:
    """The names of all models, sorted."""
    return tuple(sorted({preset.model for preset in presets()}))
