"""Published presets by their names."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache

from vtok import families
from vtok.errors import UnknownModelError
from vtok.parts.abilities import basis_of
from vtok.parts.family import Family

QUANTISED = (
    r"(?i)([-_.](awq|gptq|fp8|nvfp4|mxfp4|gguf|mlx|exl[23]|bnb|unsloth|int[48]|[2-8]bit|bf16|fp16|qat|q\d\w*|w\d+a\d+"
    r"|dynamic|quantized))+$"
)
"""What the name of a repository adds for weights of less precision. They see the same pixels."""

OF_HOST = r"(?i)^((us|eu|apac|global)\.)?(anthropic|amazon|mistral)\."
OF_TIMM = r"(?i)(?:hf[-_]hub:)?timm/(\w+(?:\.[\w.-]+)?)"
"""A name of timm as its own code and the Hub write it."""
KNOWN_OF_TIMM = "names that state patches (vit_base_patch16_224), Swin, Hiera, ConvNeXt and ResNet"
"""Which names of timm say what the encoder returns."""
SNAPSHOT = r"(?i)([-@](latest|(preview|exp)([-\d]*\d)?|20\d\d-?\d\d-?\d\d|\d{3,4}|v\d(:\d+)?)|(?<=\d)[.:]\d+k)+$"
"""What the name of an API's model begins with on a host, and what it adds for a snapshot."""


@cache
def published(name: str) -> Family:
    """The preset of that name; the likeliest families are imported first, and all of them only if these fail."""
    if match := re.fullmatch(OF_TIMM, name):
        return _of_timm(match[1])
    for places in (_likeliest, lambda _: families.presets()):
        for key in keys_of(name):
            preset = _find(key, places(key))
            if preset:
                return preset
    if preset := _snapshot(name):
        return preset
    if re.fullmatch(r"\w+_\w*\.\w+", name):
        return _of_timm(name)
    raise UnknownModelError(f"unknown model {name!r}; {_hint(name)}")


def _of_timm(name: str) -> Family:
    """The preset of one of timm's names. Raises UnknownModelError where it does not say what the encoder returns."""
    preset: Family | None = families.module("timm").named(name)
    if preset is None:
        raise UnknownModelError(f"unknown model {name!r}; {_hint(name)}; of timm, vtok knows {KNOWN_OF_TIMM}")
    return preset


def _snapshot(name: str) -> Family | None:
    """The preset of an API's model, by the name of one of its snapshots: gpt-4o-2024-08-06."""
    plain = re.sub(SNAPSHOT, "", re.sub(OF_HOST, "", name.rsplit("/", 1)[-1]))
    preset = _find(key_of(plain), families.presets()) if plain else None
    return preset if preset and basis_of(preset) else None


def of_model(model: str) -> tuple[Family, ...]:
    """All presets of a model, the default one first."""
    likely = tuple(preset for preset in _likeliest(key_of(model)) if preset.model == model)
    return likely or tuple(preset for preset in families.presets() if preset.model == model)


def _hint(name: str) -> str:
    """What to do about a name that is not known."""
    from difflib import get_close_matches  # only a typing error pays for it

    names = {key_of(known): known for preset in families.presets() for known in (preset.model, *preset.names)}
    close = [names[key] for key in get_close_matches(key_of(name), names, n=3, cutoff=0.5)]
    hint = f"did you mean {', '.join(dict.fromkeys(close))}?" if close else "`vtok models` lists those known"
    if "/" in name:
        hint += "; it is not in the local Hugging Face cache, and nothing is downloaded"
    elif os.path.isdir(name):
        hint += f"; for the folder of that name write ./{name}"
    return hint


def _likeliest(key: str) -> Iterator[Family]:
    """The presets of the families whose files begin most like that name."""
    common = {stem: _common(key, key_of(stem)) for stem in families.modules()}
    longest = max(common.values())
    for stem, length in common.items():
        if length == longest > 0:
            yield from families.presets_of(stem)


def keys_of(name: str) -> Iterator[str]:
    """What to look for: the name, then the name without the words for quantised weights."""
    key = key_of(name)
    yield key
    plain = key_of(re.sub(QUANTISED, "", name))
    if plain not in ("", key):
        yield plain


def key_of(name: str) -> str:
    """A name without its organisation, punctuation and case."""
    return re.sub(r"[^a-z0-9]", "", name.rsplit("/", 1)[-1].lower())


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _find(key: str, presets: Iterable[Family]) -> Family | None:
    """The preset whose model has that key, else the one with a name that has."""
    presets = tuple(presets)
    by_model = (preset for preset in presets if key == key_of(preset.model))
    by_name = (preset for preset in presets if key in map(key_of, preset.names))
    return next(by_model, None) or next(by_name, None)
