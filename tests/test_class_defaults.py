"""The class defaults that family files list, held against what the classes of transformers 5.23 set."""

import pytest
from class_defaults import GONE, Listed, Record, every_listed, loaded, recorded_fields

from vtok.checkpoints.keys import SHARED_DEFAULTS
from vtok.families import modules, presets_of

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


def test_a_wrong_number_is_noticed() -> None:
    listed = next(one for one in EVERY if one.name == "Qwen2VLConfig")
    record = {**RECORD, "Qwen2VLConfig": {**RECORD["Qwen2VLConfig"], "vision_config.patch_size": 15}}
    assert wrong(listed, record) == {"patch_size": 15}
