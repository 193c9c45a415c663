"""The families: one file each, named after its Hugging Face model_type.

A family is a frozen dataclass of numbers with `layout(media) -> Layout`; a preset (a published checkpoint) is an
instance of it that lists its differences. A module of this package names its instances in `PRESETS`, in `MODEL_TYPES`
what configs call the family beside the file's own name, and in `SHARED_WITH` families of the same class whose
checkpoints go by its name, too; nothing else registers anything. `_family` says what a family is; here a preset is
found by its name.
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from vtok.errors import UnknownModelError, UsageError
from vtok.families._family import LIBRARY_DEFAULT, Family, family, option

if TYPE_CHECKING:
    from vtok.families._configs import Checkpoint
    from vtok.families._family import Rotary as Rotary
    from vtok.families._family import Tiled as Tiled
    from vtok.families._family import Windowed as Windowed

__all__ = [
    "LIBRARY_DEFAULT",
    "Family",
    "checkpoint",
    "family",
    "get",
    "models",
    "modules",
    "option",
    "presets",
]


QUANTISED = (
    r"(?i)([-_.](awq|gptq|fp8|nvfp4|mxfp4|gguf|mlx|exl[23]|bnb|unsloth|int[48]|[2-8]bit|bf16|fp16|qat|q\d\w*|w\d+a\d+"
    r"|dynamic|quantized))+$"
)
"""What the name of a repository adds for weights of less precision, which see the same pixels."""


def modules() -> tuple[str, ...]:
    """The stems of the family files, sorted."""
    files = os.listdir(os.path.dirname(__file__))
    return tuple(sorted(file[:-3] for file in files if file.endswith(".py") and not file.startswith("_")))


def presets() -> Iterator[Family]:
    """Every preset of every family (this imports all of them)."""
    for stem in modules():
        yield from import_module(f"{__name__}.{stem}").PRESETS


def models() -> tuple[str, ...]:
    """The names of all models, sorted."""
    return tuple(sorted({preset.model for preset in presets()}))


def get(name: str | Family) -> Family:
    """The preset of that name: a model (its first preset), a preset, a repository id or an alias.

    Punctuation and case do not count, nor what a name adds for quantised weights; a Family is itself. A path is a
    checkpoint's folder or one of its configs, and a repository that lies in the local Hugging Face cache is read from
    there. Raises UnknownModelError, with the nearest names known, and UsageError for configs that cannot be read.
    """
    if isinstance(name, Family):
        return name
    if not isinstance(name, str):
        raise UsageError(f"a model is named by text, not {name!r}; `vtok models` lists those known")
    found = checkpoint(name)
    return found.family if found else _named(name)


def checkpoint(name: str) -> "Checkpoint | None":
    """What a checkpoint's own configs say, where the name is a path or lies in the local Hugging Face cache."""
    if "/" not in name and not name.startswith((".", "~")) and not name.endswith(".json"):
        return None
    from vtok.families import _folders

    return _folders.checkpoint(name)


@cache
def _named(name: str) -> Family:
    for places in (_likeliest, lambda _: presets()):
        for wanted in _keys(name):
            if found := _find(wanted, places(wanted)):
                return found
    from difflib import get_close_matches  # only a typing error pays for it

    names = {_key(n): n for preset in presets() for n in (preset.model, *preset.names)}
    close = [names[key] for key in get_close_matches(_key(name), names, n=3, cutoff=0.5)]
    hint = f"did you mean {', '.join(dict.fromkeys(close))}?" if close else "`vtok models` lists those known"
    if "/" in name:
        hint += "; it is not in the local Hugging Face cache, and nothing is downloaded"
    elif os.path.isdir(name):
        hint += f"; for the folder of that name write ./{name}"
    raise UnknownModelError(f"unknown model {name!r}; {hint}")


def _likeliest(wanted: str) -> Iterator[Family]:
    """The presets of the families whose files begin most like that name."""
    common = {stem: _common(wanted, _key(stem)) for stem in modules()}
    longest = max(common.values())
    for stem, alike in common.items():
        if alike == longest > 0:
            yield from import_module(f"{__name__}.{stem}").PRESETS


def _keys(name: str) -> Iterator[str]:
    """What to look for: the name, then what it is without the words for quantised weights."""
    key = _key(name)
    yield key
    plain = _key(re.sub(QUANTISED, "", name))
    if plain not in ("", key):
        yield plain


def _key(name: str) -> str:
    """A name without its organisation, punctuation and case."""
    return re.sub(r"[^a-z0-9]", "", name.rsplit("/", 1)[-1].lower())


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _find(wanted: str, presets: Iterable[Family]) -> Family | None:
    presets = tuple(presets)
    for preset in presets:
        if wanted == _key(preset.model):
            return preset
    return next((preset for preset in presets if wanted in map(_key, preset.names)), None)
