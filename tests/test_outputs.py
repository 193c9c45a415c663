"""No output replaces an input of the same command, nor what the command wrote for an earlier input."""

import os
import shutil
from pathlib import Path

import pytest
from conftest import Run

from vtok.errors import UsageError
from vtok.render.files import Outputs, write_whole

SMALL = ("--width", "200")
REPLACED = "is an input of this command and would be replaced"


@pytest.fixture
def folder(tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two images of different names, in which the commands run."""
    shutil.copy(samples / "cat.jpg", tmp_path / "a.jpg")
    shutil.copy(samples / "page.png", tmp_path / "b.overlay.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_pages_in_the_folder_of_the_inputs(run: Run, folder: Path) -> None:
    os.rename("b.overlay.png", "a.png")
    before = contents(folder)
    outcome = run("overlay", ".", "-o", ".", *SMALL)
    assert outcome.code == 2
    assert REPLACED in outcome.err
    assert contents(folder) == before


def test_a_page_by_its_default_name(run: Run, folder: Path) -> None:
    os.rename("a.jpg", "b.jpg")
    before = contents(folder)
    outcome = run("overlay", "b.jpg", "b.overlay.png", *SMALL)
    assert outcome.code == 2
    assert REPLACED in outcome.err
    assert contents(folder) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["overlay", "b.overlay.png", "-o", "link.png", *SMALL],
        ["overlay", "b.overlay.png", "-o", "hard.png", *SMALL],
        ["overlay", "link.png", "-o", "b.overlay.png", *SMALL],
        ["overlay", "--files-from", "names.png", "-o", "names.png", *SMALL],
        ["plot", "mrope", "b.overlay.png", "-o", "b.overlay.png", *SMALL],
        ["plot", "mrope", "b.overlay.png", "-o", "link.png", *SMALL],
        ["mrope", "b.overlay.png", "--save", "ids.npy"],
        ["windows", "b.overlay.png", "--save", "arrays.npz"],
        ["budget", "a.jpg", "-c", "300", "--resize", "./a.jpg"],
        ["budget", "a.jpg", "-c", "300", "--text-file", "text.jpg", "--resize", "text.jpg"],
    ],
    ids=" ".join,
)
@pytest.mark.posix
def test_every_command_that_writes(run: Run, folder: Path, arguments: list[str]) -> None:
    (folder / "link.png").symlink_to("b.overlay.png")
    (folder / "ids.npy").symlink_to("b.overlay.png")
    os.link("b.overlay.png", "hard.png")
    os.link("b.overlay.png", "arrays.npz")
    (folder / "names.png").write_text("a.jpg\n")
    (folder / "text.jpg").write_text("a text to count")
    before = contents(folder)
    outcome = run(*arguments)
    assert outcome.code == 2
    assert REPLACED in outcome.err
    assert outcome.err.count("\n") == 1
    assert contents(folder) == before
    assert (folder / "link.png").is_symlink()


def test_the_files_of_a_checkpoint_are_inputs(folder: Path) -> None:
    (folder / "checkpoint").mkdir()
    (folder / "checkpoint" / "config.json").write_text("{}")
    with pytest.raises(UsageError, match="is an input of this command"):
        Outputs(["checkpoint"]).check("checkpoint/config.json")


def test_standard_input_is_an_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open("a.jpg", "rb") as file:
        monkeypatch.setattr("sys.stdin", file)
        with pytest.raises(UsageError, match="is an input of this command"):
            Outputs(["-"]).check("a.jpg")


@pytest.mark.posix
def test_an_earlier_output_is_not_replaced(folder: Path) -> None:
    outputs = Outputs(["a.jpg"])
    outputs.check("out.png")
    write_whole("out.png", lambda file: file.write(b"first"))
    outputs.written("out.png")
    (folder / "again.png").symlink_to("out.png")
    with pytest.raises(UsageError, match="was written for an earlier input"):
        outputs.check("again.png")


def test_other_files_are_replaced(run: Run, folder: Path) -> None:
    (folder / "old.png").write_bytes(b"old")
    assert run("overlay", "a.jpg", "-o", "old.png", *SMALL).code == 0
    assert (folder / "old.png").read_bytes().startswith(b"\x89PNG")


def test_names_that_are_no_files_are_no_inputs() -> None:
    Outputs(["nowhere.png", None, "", "1920x1080", "a\0b", "qwen2.5-vl"]).check("nowhere.png")
