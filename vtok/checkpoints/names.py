"""From a name to a preset: models, presets, repository ids, paths of checkpoints."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from vtok import engines, families
from vtok.errors import UnknownModelError, UsageError
from vtok.parts.family import Family

if TYPE_CHECKING:
    from vtok.checkpoints.read import Checkpoint

QUANTISED = (
    r"(?i)([-_.](awq|gptq|fp8|nvfp4|mxfp4|gguf|mlx|exl[23]|bnb|unsloth|int[48]|[2-8]bit|bf16|fp16|qat|q\d\w*|w\d+a\d+"
    r"|dynamic|quantized))+$"
)
"""What the name of a repository adds for weights of less precision. They see the same pixels."""


def get(name: str | Family) -> Family:
    """The preset of that name: a model (its first preset), a preset, a repository id or an alias.

    Punctuation and case do not count, nor what a name adds for quantised weights. A Family is returned as it is. A path
    is a checkpoint's folder or one of its configs. A repository that lies in the local Hugging Face cache is read from
    there. Raises UnknownModelError, with the nearest known names, and UsageError for configs that cannot be read.
    """
    if isinstance(name, Family):
        return name
    if not isinstance(name, str):
        raise UsageError(f"a model is named by text, not {name!r}; `vtok models` lists those known")
    local = checkpoint(name)
    return local.family if local else _published(name)


def configured(name: str | Family, **options: Any) -> Family:
    """The preset of that name with these options; `pipeline` may name an engine, which then counts.

    Raises as `get`, `Family.choose` and `engines.choose`.
    """
    return engines.choose(get(name), **options)


def checkpoint(name: str) -> "Checkpoint | None":
    """What a checkpoint's own configs say, where the name is a path or lies in the local Hugging Face cache."""
    if "/" not in name and not name.startswith((".", "~")) and not name.endswith(".json"):
        return None
    from vtok.checkpoints import folders

    return folders.checkpoint(name)


@cache
def _published(name: str) -> Family:
    """The preset of that name; the likeliest families are imported first, and all of them only if these fail."""
    for places in (_likeliest, lambda _: families.presets()):
        for key in _keys(name):
            preset = _find(key, places(key))
            if preset:
                return preset
    raise UnknownModelError(f"unknown model {name!r}; {_hint(name)}")


def _hint(name: str) -> str:
    """What to do about a name that is not known."""
    from difflib import get_close_matches  # only a typing error pays for it

    names = {_key(known): known for preset in families.presets() for known in (preset.model, *preset.names)}
    close = [names[key] for key in get_close_matches(_key(name), names, n=3, cutoff=0.5)]
    hint = f"did you mean {', '.join(dict.fromkeys(close))}?" if close else "`vtok models` lists those known"
    if "/" in name:
        hint += "; it is not in the local Hugging Face cache, and nothing is downloaded"
    elif os.path.isdir(name):
        hint += f"; for the folder of that name write ./{name}"
    return hint


def _likeliest(key: str) -> Iterator[Family]:
    """The presets of the families whose files begin most like that name."""
    common = {stem: _common(key, _key(stem)) for stem in families.modules()}
    longest = max(common.values())
    for stem, length in common.items():
        if length == longest > 0:
            yield from families.presets_of(stem)


def _keys(name: str) -> Iterator[str]:
    """What to look for: the name, then the name without the words for quantised weights."""
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


def _find(key: str, presets: Iterable[Family]) -> Family | None:
    """The preset whose model has that key, else the one with a name that has."""
    presets = tuple(presets)
    by_model = (preset for preset in presets if key == _key(preset.model))
    by_name = (preset for preset in presets if key in map(_key, preset.names))
    return next(by_model, None) or next(by_name, None)
