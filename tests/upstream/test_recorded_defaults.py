"""The record of class defaults, held against the classes of an installed transformers.

`python tests/upstream/test_recorded_defaults.py` writes the record anew.
"""

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # where this file is run as a program
from class_defaults import (
    GONE,
    RECORD,
    Paths,
    Record,
    as_text,
    every_listed,
    loaded,
    paths_of,
    read_by,
    recorded_fields,
)

from vtok.checkpoints.files import file_of
from vtok.checkpoints.keys import SHARED_DEFAULTS
from vtok.families import module, modules, presets_of

pytestmark = pytest.mark.upstream
transformers = pytest.importorskip("transformers")
configs = pytest.importorskip("transformers.models.auto.configuration_auto")


def upstream_class(name: str) -> Any:
    """The class of that name; some are not among the names that transformers exports at its top."""
    exported = getattr(transformers, name, None)
    if exported is not None:
        return exported
    homes = (import_module(kind.__module__) for kind in map(configs.CONFIG_MAPPING.get, configs.CONFIG_MAPPING) if kind)
    return next(getattr(home, name) for home in homes if hasattr(home, name))


def content_of(name: str, paths: Paths) -> dict[str, Any]:
    """What the class sets without any config, as a config would have it."""
    kind = upstream_class(name)
    if file_of(name) == "processor":
        parameters = inspect.signature(kind.__init__).parameters.items()
        return {key: one.default for key, one in parameters if one.default is not one.empty}
    settings = kind()
    settings.draw_on_frames = False  # ERNIE's processor of videos demands the file of a font to write itself down
    content: dict[str, Any] = settings.to_dict()
    # a few numbers of processors are attributes that to_dict leaves out
    return {path[0]: getattr(kind, path[0], None) for path in paths} | content


def numbers(name: str, paths: Paths) -> dict[str, Any]:
    """What the class sets at these paths of keys; in the config of a part the first key is left out."""
    content = content_of(name, paths)
    values: dict[str, Any] = {}
    for path in paths:
        keys = path[1:] if content.get(path[0]) is None else path
        value: Any = content if keys else None
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            values[".".join(keys)] = value
    return values


def recorded_now() -> Record:
    """The record of the installed transformers, in the form of JSON."""
    names = {listed.name for listed in every_listed()} | SHARED_DEFAULTS.keys()
    record: Record = json.loads(json.dumps({name: numbers(name, paths_of(name)) for name in names - GONE.keys()}))
    return record


def test_the_record_is_what_the_classes_set() -> None:
    assert recorded_now() == loaded()


@pytest.mark.parametrize("stem", modules())
def test_the_class_of_each_model_type_is_listed(stem: str) -> None:
    preset = presets_of(stem)[0]
    known = {field for one in every_listed() if one.stem == stem for field in one.numbers}
    known |= {field for fields in SHARED_DEFAULTS.values() for field in fields}
    for model_type in (stem, *getattr(module(stem), "MODEL_TYPES", ())):
        if model_type in configs.CONFIG_MAPPING and "transformers" in preset.pipelines:
            name = configs.CONFIG_MAPPING[model_type].__name__
            paths = {place.path for _, place in read_by(preset, name)}
            missing = recorded_fields(preset, name, {name: numbers(name, paths)}).keys() - known
            assert not missing, f"list {', '.join(missing)} of {name} in CLASS_DEFAULTS of vtok/families/{stem}.py"


@pytest.mark.parametrize("stem", [stem for stem in modules() if presets_of(stem)[0].images_only])
def test_a_model_for_images_has_no_processor_of_videos(stem: str) -> None:
    from transformers.models.auto.video_processing_auto import VIDEO_PROCESSOR_MAPPING_NAMES as VIDEO_PROCESSORS

    preset = presets_of(stem)[0]
    assert not VIDEO_PROCESSORS.get(stem) or preset.model == "smolvlm-2.2b"  # whose first release takes images


if __name__ == "__main__":
    RECORD.write_text(as_text(recorded_now()), "utf-8")
