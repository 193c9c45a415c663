"""vtok against what upstream's own code answered. Rows are copied from its recordings, never written from vtok."""

import pytest
from golden_rows import GOLDEN, compare, differences, names, names_of_apis, rows

from vtok import checkpoints


@pytest.mark.parametrize("name", [*names(), *names_of_apis()])
def test_every_recorded_row_is_met(name: str) -> None:
    wrong = [(row, faults) for row in rows(name) if (faults := list(differences(row)))]
    assert not wrong, "\n".join(
        f"{row['kind']} {row.get('width')}x{row.get('height')} {row['options']}: {faults}" for row, faults in wrong[:5]
    )


@pytest.mark.parametrize("name", names())
def test_a_recorded_model_is_known_by_its_name(name: str) -> None:
    assert checkpoints.get(name).model == name


def test_recordings_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in GOLDEN.glob("*.jsonl")}
    assert max(sizes.values()) <= 100_000
    assert all(path.stat().st_size <= 20_000 for path in (GOLDEN / "apis").glob("*.jsonl"))
    assert sum(sizes.values()) <= 10_000 * len(sizes)  # a family may have many rows where its rule has many branches


@pytest.mark.parametrize(
    ("got", "want"),
    [
        ({"tokens": 5}, {"tokens": 6}),
        ({}, {"tokens": 6}),
        ({"grid": [1, 2, 3]}, {"grid": [1, 2, 4]}),
        ({"grid": [1, 2]}, {"grid": [1, 2, 4]}),
        ({"indices": [0, 2]}, {"indices_sha256": "0" * 64, "frames": 2}),
        ({"indices": [0, 1, 2, 4]}, {"indices": [0, "...", 3]}),
        ({"indices": [0, 3]}, {"indices": [0, "...", 3]}),
        ({"timestamps": [0.0, 1.5]}, {"timestamps": ["0.0 seconds", "1.0 seconds"]}),
        ({"second_per_grid_ts": 1.0}, {"second_per_grid_ts": 1.000001}),
    ],
)
def test_the_comparison_can_fail(got: dict[str, object], want: dict[str, object]) -> None:
    assert list(compare(got, want))


def test_the_comparison_accepts_elisions_and_units() -> None:
    got = {"indices": [0, 1, 2, 3], "timestamps": [0.0, 1.5]}
    assert not list(compare(got, {"indices": [0, "...", 3], "timestamps": ["0.0 seconds", "1.5 seconds"]}))


def test_an_unmet_error_is_a_difference() -> None:
    row = {"model": "qwen2-vl", "kind": "image", "width": 9, "height": 9, "options": {}, "expect": {"error": "refused"}}
    assert list(differences(row))
