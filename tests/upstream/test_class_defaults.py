"""The class defaults that vtok lists, held against the classes of an installed transformers."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_type_hints

import pytest

from vtok.checkpoints.keys import SHARED_DEFAULTS
from vtok.checkpoints.places import places, readable
from vtok.checkpoints.values import from_config
from vtok.families import module, modules, presets_of
from vtok.parts.family import Family

pytestmark = pytest.mark.upstream
transformers = pytest.importorskip("transformers")
configs = pytest.importorskip("transformers.models.auto.configuration_auto")


def listed(stem: str) -> dict[str, dict[str, Any]]:
    """The class defaults that a family file lists."""
    defaults: dict[str, dict[str, Any]] = getattr(module(stem), "CLASS_DEFAULTS", {})
    return defaults


def config_class(name: str) -> Any:
    """The class of that name; some are not among the names that transformers exports at its top."""
    exported = getattr(transformers, name, None)
    if exported is not None:
        return exported
    homes = (import_module(kind.__module__) for kind in map(configs.CONFIG_MAPPING.get, configs.CONFIG_MAPPING) if kind)
    return next(getattr(home, name) for home in homes if hasattr(home, name))


def upstream_defaults(preset: Family, kind: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a preset that this class of configs sets by default, with their values."""
    content = kind().to_dict()
    hints = get_type_hints(type(preset))
    for field in readable(preset):
        for place in places(preset, field):
            value: Any = content
            path = place.path if place.path[0] in content or len(place.path) == 1 else place.path[1:]
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            if place.file == "config" and value is not None:
                yield field, from_config(field, value, hints[field], place.how, field)
                break


CONFIGS = [(stem, name) for stem in modules() for name in listed(stem) if name.endswith("Config")]


@pytest.mark.parametrize(("stem", "name"), CONFIGS)
def test_a_config_has_the_defaults_that_are_listed(stem: str, name: str) -> None:
    upstream = dict(upstream_defaults(presets_of(stem)[0], config_class(name)))
    assert listed(stem)[name] == {field: upstream.get(field) for field in listed(stem)[name]}


@pytest.mark.parametrize("name", SHARED_DEFAULTS)
def test_a_shared_part_has_the_defaults_that_are_listed(name: str) -> None:
    content = config_class(name)().to_dict()
    assert SHARED_DEFAULTS[name] == {field: content[field] for field in SHARED_DEFAULTS[name]}


PROCESSORS = [
    (stem, name)
    for stem in modules()
    for name in listed(stem)
    if not name.endswith(("Config", "ImageProcessor", "VideoProcessor"))
]


@pytest.mark.parametrize(("stem", "name"), PROCESSORS)
def test_a_processor_has_the_defaults_that_are_listed(stem: str, name: str) -> None:
    parameters = inspect.signature(getattr(transformers, name).__init__).parameters
    preset = presets_of(stem)[0]
    for field, value in listed(stem)[name].items():
        keys = [place.path[0] for place in places(preset, field) if place.file == "processor"]
        assert value in [parameters[key].default for key in keys if key in parameters], field


@pytest.mark.parametrize("stem", modules())
def test_no_default_of_a_config_is_missing(stem: str) -> None:
    preset = presets_of(stem)[0]
    known = {field for name, numbers in listed(stem).items() for field in numbers}
    known |= {field for numbers in SHARED_DEFAULTS.values() for field in numbers}
    for model_type in (stem, *getattr(module(stem), "MODEL_TYPES", ())):
        if model_type in configs.CONFIG_MAPPING:
            missing = {field for field, _ in upstream_defaults(preset, configs.CONFIG_MAPPING[model_type])} - known
            assert not missing, f"list {', '.join(missing)} in CLASS_DEFAULTS of vtok/families/{stem}.py"
