"""The class defaults that family files list, held against what the classes of transformers 5.23 set."""

import pytest
from class_defaults import GONE, Listed, Record, every_listed, loaded, recorded_fields

from vtok.checkpoints.keys import SHARED_DEFAULTS
from vtok.families import modules, presets_of
from vtok.parts.family import LIBRARY_DEFAULT, Family

RECORD = loaded()
EVERY = every_listed()

UNLISTED = {"do_resize", "video_do_resize", "do_pad", "do_center_crop", "resample", "limits_each_frame"}
"""Steps that a class does unless a config says otherwise, filters, on which no count depends, and what follows from the
name of the class."""


def upstream_numbers(listed: Listed, record: Record) -> dict[str, object]:
    """What the class sets, by the field of the family that lists it."""
    return recorded_fields(presets_of(listed.stem)[0], GONE.get(listed.name, listed.name), record)


def wrong(listed: Listed, record: Record) -> dict[str, object]:
    """The listed numbers that are not those of the class, with what the class sets."""
    upstream = upstream_numbers(listed, record)
    return {field: upstream.get(field) for field, number in listed.numbers.items() if number != upstream.get(field)}


@pytest.mark.parametrize("listed", EVERY, ids=lambda listed: f"{listed.stem}-{listed.name}")
def test_a_class_sets_the_numbers_that_are_listed(listed: Listed) -> None:
    assert wrong(listed, RECORD) == {}


@pytest.mark.parametrize("name", SHARED_DEFAULTS)
def test_a_shared_part_sets_the_numbers_that_are_listed(name: str) -> None:
    assert SHARED_DEFAULTS[name] == {field: RECORD[name][field] for field in SHARED_DEFAULTS[name]}


@pytest.mark.parametrize("stem", modules())
def test_no_number_of_a_class_is_missing(stem: str) -> None:
    listed = [one for one in EVERY if one.stem == stem]
    upstream = {field for one in listed for field in upstream_numbers(one, RECORD)}
    known = {field for numbers in (*SHARED_DEFAULTS.values(), *(one.numbers for one in listed)) for field in numbers}
    assert not upstream - known - UNLISTED, f"list these in CLASS_DEFAULTS of vtok/families/{stem}.py"


def of_the_class(preset: Family, listed: Listed) -> dict[str, tuple[object, object]]:
    """The numbers of a preset that are said to be those of the class: the number, and what the class sets."""
    numbers = upstream_numbers(listed, RECORD)
    return {
        field: (value, numbers[field])
        for field, (value, source) in preset.numbers().items()
        if field in numbers and (source == LIBRARY_DEFAULT or listed.name in source) and field not in UNLISTED
    }


@pytest.mark.parametrize("listed", EVERY, ids=lambda listed: f"{listed.stem}-{listed.name}")
def test_numbers_that_no_checkpoint_publishes_are_those_of_the_class(listed: Listed) -> None:
    for preset in presets_of(listed.stem):
        assert {field: pair for field, pair in of_the_class(preset, listed).items() if pair[0] != pair[1]} == {}


def test_numbers_of_classes_are_compared() -> None:
    listed = next(one for one in EVERY if one.name == "Ernie4_5_VLMoeVideoProcessor")
    compared = of_the_class(presets_of(listed.stem)[0], listed)
    assert compared.keys() == {"video_min_pixels", "video_max_pixels", "min_frames", "max_frames"}


def test_a_wrong_number_is_noticed() -> None:
    listed = next(one for one in EVERY if one.name == "Qwen2VLConfig")
    record = {**RECORD, "Qwen2VLConfig": {**RECORD["Qwen2VLConfig"], "vision_config.patch_size": 15}}
    assert wrong(listed, record) == {"patch_size": 15}
