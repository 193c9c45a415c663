"""What a new model needs beside its family file; the command that writes it is in the message of the failure."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import new_model
import pytest
import test_chat_tokens
from conftest import ROOT
from golden_rows import names, names_of_apis, rows, was_read, with_counts

from vtok import checkpoints, families
from vtok.checkpoints.files import FILES, file_of
from vtok.checkpoints.keys import COMMON_KEYS
from vtok.checkpoints.places import readable
from vtok.checkpoints.read import read
from vtok.parts.abilities import basis_of
from vtok.parts.family import Family
from vtok.values import Basis, Media, Size, Status

CONFIGS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "tests" / "configs").glob("*"))}


def test_every_model_has_golden_rows() -> None:
    recorded = {*names(), *(name.removeprefix("apis/") for name in names_of_apis())}
    missing = [model for model in families.models() if model not in recorded]
    assert not missing, "\n".join(map(new_model.no_rows, missing))


def unanswered(lines: list[dict[str, object]]) -> int:
    """How many rows do not say what upstream answered, or which code it was."""
    return sum(not (row["expect"] and row["source"]) for row in lines)


def test_every_golden_row_is_answered() -> None:
    open_rows = {name: count for name in names() if (count := unanswered(rows(name)))}
    assert not open_rows, "\n".join(new_model.no_answer(name, count) for name, count in open_rows.items())


def without_config(models: set[str]) -> dict[str, str]:
    """The family files of which none of these models is, and the first name of each.

    A model behind an API has no config. It has a basis instead.
    """
    by_stem = {stem: families.presets_of(stem) for stem in families.modules()}
    return {
        stem: presets[0].names[0]
        for stem, presets in by_stem.items()
        if not any(preset.model in models or basis_of(preset) for preset in presets)
    }


HOSTED = {preset.names[0]: preset for preset in families.presets() if basis_of(preset)}


def without_basis(basis: Basis | None) -> list[str]:
    """What is missing in the basis of a model behind an API."""
    if basis is None:
        return ["basis"]
    wrong = {
        "status": basis.status not in get_args(Status),
        "date": not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", basis.date),
        "source": len(basis.source) < 20,
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]


@pytest.mark.parametrize("name", HOSTED)
def test_a_model_behind_an_api_says_where_its_rule_is_from(name: str) -> None:
    layout = HOSTED[name].layout(Media(size=Size(600, 900)))
    assert not without_basis(basis_of(HOSTED[name]))
    assert not without_basis(layout.basis)
    assert layout.basis
    assert layout.estimated == (layout.basis.status == "estimated")


def test_a_missing_basis_is_named() -> None:
    assert without_basis(None) == ["basis"]
    assert without_basis(Basis("documented", "spring", "a page")) == ["date", "source"]


def test_examples_of_apis_say_what_they_are() -> None:
    for name in names_of_apis():
        for row in rows(name):
            fields = {"model", "kind", "width", "height", "options", "expect", "source", "evidence"}
            assert row.keys() == fields, f"{name}: {row}"
            assert row["evidence"] in ("documented", "measured", "computed")
            assert row["source"]
            assert name == "apis/siliconflow" or f"apis/{checkpoints.get(row['model']).model}" == name


def test_every_family_has_a_published_config() -> None:
    empty = [name for name, case in CONFIGS.items() if not case["source"] or not all(case["files"].values())]
    assert not empty, "\n".join(map(new_model.empty_config, empty))
    short = {file: key for key, file in FILES.items()}
    read_as = {
        read({short[file]: content for file, content in case["files"].items()}, name).family.model
        for name, case in CONFIGS.items()
        if "expect" in case
    }
    missing = without_config(read_as)
    assert not missing, "\n".join(new_model.no_config(stem, name) for stem, name in missing.items())
    assert without_config(read_as - {"kosmos-2"}) == {"kosmos2": "kosmos-2"}


FILES_OF_CLASSES = ("image", "video", "config")
"""The files whose class of transformers a family file must list; few processors have numbers of their own."""


def read_by(preset: Family) -> set[str]:
    """The numbers that the configs of a preset's family set; every language model has its context."""
    return set(readable(preset)) - {"max_position_embeddings", "resample", "mrope_section", "mrope_interleaved"}


def without_class(preset: Family, classes: Iterable[str]) -> list[str]:
    """The files from which a preset reads numbers, and whose class of transformers is not among these."""
    texts = [places for name, places in {**COMMON_KEYS, **preset.config_keys}.items() if name in read_by(preset)]
    read_from = {text.partition(":")[0].partition("[")[0] for places in texts for text in places}
    if "video" not in read_from:
        read_from.add("image")
    return [file for file in FILES_OF_CLASSES if file in read_from - set(map(file_of, classes))]


@pytest.mark.parametrize("stem", families.modules())
def test_class_defaults_are_listed(stem: str) -> None:
    preset = families.presets_of(stem)[0]
    if "transformers" in preset.pipelines:
        missing = without_class(preset, getattr(families.module(stem), "CLASS_DEFAULTS", {}))
        assert not missing, new_model.no_class(stem, [FILES[file] for file in missing])


def test_a_class_that_is_not_listed_is_named() -> None:
    preset = checkpoints.get("qwen2.5-vl")
    assert without_class(preset, ["Qwen2VLImageProcessor", "Qwen2_5_VLConfig"]) == ["video"]
    message = new_model.no_class("qwen2_5_vl", ["config.json"])
    assert "vtok/families/qwen2_5_vl.py" in message
    assert "CLASS_DEFAULTS" in message


def test_every_number_of_chat_tokens_has_a_template() -> None:
    known = [preset.names[0] for preset in families.presets() if preset.chat_tokens is not None]
    with_row = {checkpoints.get(name).names[0] for row in test_chat_tokens.ROWS for name in row.presets}
    missing = [name for name in known if name not in with_row]
    assert not missing, "\n".join(map(new_model.no_template, missing))
    without_number = with_row - set(known)
    assert not without_number, f"these have a row in tests/test_chat_tokens.py and no chat_tokens: {without_number}"


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "tests" / "golden" / "README.md"], ids=str)
def test_prose_says_how_many_rows_were_run_and_how_many_read(path: Path) -> None:
    text = path.read_text("utf-8")
    assert with_counts(text) == text, "run `python tests/golden_rows.py`, which writes the numbers of golden rows anew"


def test_counts_are_written_anew() -> None:
    text = "1 rows\nfor 2 models: 3,000 by running\nthe code, 4 by reading it"
    total, read = (
        sum(len(rows(name)) for name in names()),
        sum(was_read(row) for name in names() for row in rows(name)),
    )
    assert with_counts(text) == (
        f"{total:,} rows\nfor {len(names())} models: {total - read:,} by running\nthe code, {read:,} by reading it"
    )
    with pytest.raises(ValueError, match="by reading"):
        with_counts("1 rows for 2 models: 3 by running")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("transformers 5.23.0 processor constants (read)", True),
        ("tokenization_qwen._encode_imgurl (read, PaddleMIX port)", True),
        ("THUDM/CogVLM (boi + 256 + eoi; read)", True),
        ("transformers 5.23.0 SamImageProcessor (run)", False),
        ("qwen-vl-utils 0.0.14 fetch_video (reader and pixel resize stubbed, size logic real)", False),
    ],
)
def test_which_rows_were_read(source: str, expected: bool) -> None:
    assert was_read({"source": source}) == expected


def test_a_start_has_questions_and_no_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_model, "GOLDEN", tmp_path)
    monkeypatch.setattr(new_model, "CONFIGS", tmp_path)
    monkeypatch.setattr(new_model, "TESTS", tmp_path / "tests")
    assert new_model.main(["golden", "internvl"]) == 0
    written = [json.loads(line) for line in (tmp_path / "internvl.jsonl").read_text("utf-8").splitlines()]
    assert Counter(row["kind"] for row in written) == {
        "image": len(new_model.IMAGE_SIZES),
        "video": len(new_model.VIDEOS),
    }
    assert unanswered(written) == len(written)
    assert all(row.keys() == written[0].keys() for row in written)
    assert new_model.main(["config", "internvl"]) == 0
    assert json.loads((tmp_path / "internvl.json").read_text("utf-8"))["expect"] == {"model": "internvl"}
    assert new_model.main(["golden", "internvl"]) == 1


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert new_model.main([]) == 2
    assert "new_model.py golden NAME" in capsys.readouterr().err
    assert new_model.main(["template", "internvl"]) == 0
    assert 'Row(("internvl3-8b",), ' in capsys.readouterr().out


def test_golden_rows_have_the_fields_of_their_readme() -> None:
    for name in names():
        for row in rows(name):
            sizes = {"width", "height"} if row["kind"] in ("image", "video") else set()
            assert row.keys() == {"model", "kind", "options", "expect", "source"} | sizes, f"{name}: {row}"
            assert row["model"] == name or checkpoints.get(row["model"]).model == name
