"""Folders and patterns as inputs: what is taken, what is skipped, and what is reported of it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

from vtok.media.folders import Walk, in_order


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    """Three images, one of them hidden and one in a hidden folder, and what is no image."""
    root = tmp_path / "photos"
    for name in ("cat.jpg", ".hidden.jpg", ".git/object.jpg", "thumbs/cat_small.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(samples / "cat.jpg", root / name)
    for name in ("a.pdf", "b.PDF", "logo.svg", "README", ".config"):
        (root / name).write_text("no image")
    return root


def names(run: Run, *arguments: str) -> list[str]:
    """The inputs that were counted, below the folder."""
    return [line.split("\t")[0].partition("photos/")[2] for line in run("count", *arguments).lines[1:]]


def test_what_is_skipped_is_counted_and_reported(run: Run, folder: Path) -> None:
    outcome = run("count", str(folder), "-q")
    assert outcome.lines == ["178", "178"]
    assert outcome.code == 0
    pdf = "2 pdf (name them, or *.pdf, to count their pages)"
    skipped = f"skipped 4 files: {pdf}, 1 without an ending, 1 svg; 1 hidden file (see --hidden)"
    assert outcome.err == f"vtok: {folder}: {skipped}; 1 hidden folder (see --hidden)\n"


def test_nothing_is_reported_where_nothing_is_skipped(run: Run, folder: Path) -> None:
    assert run("count", str(folder / "thumbs"), "-q").err == ""


def test_hidden_files_are_taken_when_asked_for(run: Run, folder: Path) -> None:
    assert names(run, str(folder)) == ["cat.jpg", "thumbs/cat_small.jpg"]
    everything = [".hidden.jpg", "cat.jpg", ".git/object.jpg", "thumbs/cat_small.jpg"]
    assert names(run, str(folder), "--hidden") == everything
    assert names(run, str(folder / ".git")) == [".git/object.jpg"], "a hidden folder that is named is taken"
    assert names(run, f"{folder}/*.jpg", "--hidden") == [".hidden.jpg", "cat.jpg"]


@pytest.mark.parametrize("pattern", ["thumbs", "thumb?", "*_small.*", "thumbs/*", "[t]humbs"])
def test_what_a_pattern_excludes_is_left_out(run: Run, folder: Path, pattern: str) -> None:
    assert names(run, str(folder), "--exclude", pattern) == ["cat.jpg"]
    assert " 1 excluded f" in run("count", str(folder), "--exclude", pattern).err
    listed = folder / "list"
    listed.write_text(str(folder))
    assert names(run, "--files-from", str(listed), "--exclude", pattern) == ["cat.jpg"]


def test_several_patterns_exclude_and_named_files_are_taken(run: Run, folder: Path) -> None:
    patterns = ("--exclude", "thumbs", "--exclude", "cat*")
    assert run("count", str(folder), *patterns).code == 1
    assert names(run, str(folder / "cat.jpg"), *patterns) == ["cat.jpg"]
    assert names(run, f"{folder}/*/*.jpg", "--exclude", "*_small.jpg") == []


@pytest.mark.parametrize("ending", ["mpo", "ppm", "pgm", "tga", "pcx", "ico", "jpe", "pbm"])
def test_images_of_rarer_formats_are_taken(run: Run, tmp_path: Path, ending: str) -> None:
    from PIL import Image

    form = {"jpe": "JPEG", "mpo": "JPEG", "pgm": "PPM", "pbm": "PPM"}.get(ending, ending.upper())
    mode = {"pgm": "L", "pbm": "1"}.get(ending, "RGB")
    Image.new(mode, (56, 28)).save(tmp_path / f"a.{ending.upper()}", form, sizes=[(56, 28)])
    outcome = run("count", str(tmp_path), "--field", "original")
    assert (outcome.out, outcome.err) == ('{"width": 56, "height": 28}\n', "")


def test_many_kinds_are_summed_up(tmp_path: Path) -> None:
    for i in range(9):
        (tmp_path / f"a.x{i}").touch()
    walk = Walk()
    assert list(walk.below(str(tmp_path))) == []
    assert walk.note == "skipped 9 files: 1 x0, 1 x1, 1 x2, 1 x3, 1 x4, 1 x5, 3 of other kinds"


def test_large_folders_are_sorted_in_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{i * 7919 % 1000:03}.jpg" for i in range(1000)] + ["a\nb.jpg", "\udcff.jpg", "z.jpg", "\U0001f600.jpg"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "link.jpg").symlink_to(tmp_path / "z.jpg")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "folder.jpg" / "1.jpg").touch()
    expected = [path for path, _ in Walk().below(str(tmp_path))]
    assert expected[:-1] == [str(tmp_path / name) for name in sorted([*names, "link.jpg"])]
    assert expected[-1].endswith("folder.jpg/1.jpg")
    for run in (1, 7, 400, 1005):
        monkeypatch.setattr("vtok.media.folders.RUN", run)
        assert [path for path, _ in Walk().below(str(tmp_path))] == expected


def test_names_are_kept_in_memory_where_no_temporary_file_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("vtok.media.folders.RUN", 3)
    assert list(in_order(iter("hgfedcba"))) == list("abcdefgh")


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """1,500 folders inside each other, more than Python recurses."""
    here = os.open(tmp_path, os.O_RDONLY)
    fds = [here]
    for _ in range(1500):
        os.mkdir("d", dir_fd=fds[-1])
        fds.append(os.open("d", os.O_RDONLY, dir_fd=fds[-1]))
        os.close(fds.pop(-2))
    os.close(fds[-1])
    yield tmp_path / "d"
    while (tmp_path / "d" / "d").exists():  # what removes folders recurses, too
        os.rename(tmp_path / "d" / "d", tmp_path / "e")
        os.rmdir(tmp_path / "d")
        os.rename(tmp_path / "e", tmp_path / "d")


@pytest.mark.skipif(os.name == "nt", reason="Windows has shorter paths")
def test_deep_folders_do_not_end_a_batch(run: Run, samples: Path, deep: Path) -> None:
    outcome = run("count", str(samples / "cat.jpg"), str(deep), f"{deep}/**", "-q")
    assert (outcome.code, outcome.lines) == (1, ["178"])
    assert "no images or videos in this folder" in outcome.err
    assert "no file matches this pattern" in outcome.err


def test_a_folder_that_cannot_be_read_is_an_error_of_its_own(
    tmp_path: Path, samples: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(samples / "cat.jpg", tmp_path)
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    outcome = run("count", str(tmp_path), "-q")
    assert (outcome.code, outcome.lines) == (1, ["178"])
    assert "closed: the folder cannot be read: permission denied" in outcome.err


@pytest.mark.parametrize("address", ["https://example.com/a.jpg", "s3://bucket/a.jpg?x=3", "file:///a.jpg"])
def test_addresses_are_not_downloaded(run: Run, address: str) -> None:
    outcome = run("count", address, "224x224", "-q")
    assert (outcome.code, outcome.lines) == (1, ["66"])
    assert outcome.err.startswith(f"vtok: {address}: vtok downloads nothing; ")
