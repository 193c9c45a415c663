"""What users get wrong: one clear line on standard error, an exit code, and the good inputs answered all the same."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Run


@pytest.fixture
def good(samples: Path) -> str:
    """An image that costs 178 prompt tokens."""
    return str(samples / "cat.jpg")


def make(kind: str, path: Path) -> None:
    """Make something at this path that is not an image."""
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    elif kind != "missing":
        path.write_bytes(
            {"empty": b"", "text": b"hello", "cut": b"\xff\xd8\xff\xe0\0", "video": b"\0\0\0\x18ftypmp42"}[kind]
        )


POSIX_KINDS = [pytest.param(kind, marks=pytest.mark.posix) for kind in ("fifo", "loop", "socket")]


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "cut", "video", "folder", *POSIX_KINDS])
def test_a_bad_file_does_not_stop_the_good_one(
    run: Run, good: str, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make(kind, Path("bad.jpg"))
    outcome = run("count", "-q", "bad.jpg", good)
    assert outcome.code == 1
    assert outcome.out == "178\n"
    assert outcome.err.startswith("vtok: bad.jpg: ")
    assert outcome.err.count("\n") == 1


@pytest.mark.posix
def test_a_device_is_not_read(run: Run, good: str) -> None:
    outcome = run("count", "-q", "/dev/zero", good)
    assert (outcome.code, outcome.out) == (1, "178\n")


def test_a_failed_input_is_an_object_with_an_error(run: Run, good: str) -> None:
    import json

    bad, fine = json.loads(run("count", "--json", "nowhere.jpg", good).out)
    assert bad["input"] == "nowhere.jpg"
    assert "error" in bad
    assert fine["prompt_tokens"] == 178


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("[red]x.jpg", "[red]x.jpg"),
        ("a\x1b[31mb.jpg", r"a\x1b[31mb.jpg"),
        ("two\nlines.jpg", r"two\nlines.jpg"),
    ],
)
def test_names_are_data(run: Run, good: str, tmp_path: Path, name: str, printed: str) -> None:
    (tmp_path / name).write_bytes(Path(good).read_bytes())
    outcome = run("count", str(tmp_path / name))
    assert outcome.lines[1].split("\t")[0] == f"{tmp_path}/{printed}"
    assert f"{printed}: " in run("count", str(tmp_path / "none") + name).err


def test_names_need_not_be_utf_8(good: str, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    Path(os.fsdecode(name)).write_bytes(Path(good).read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "vtok", "count", name, name + b".none"], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert rb"caf\xe9.jpg" in done.stdout
    assert rb"caf\xe9.jpg.none: " in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_leading_dash_after_the_double_dash(
    run: Run, good: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-x.jpg").write_bytes(Path(good).read_bytes())
    assert run("count", "-q", "--", "-x.jpg").out == "178\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["10x10", "-m", "quen2-vl"], "did you mean qwen2-vl"),
        (["10x10", "-m", "zzzzzz"], "`vtok models` lists"),
        (["10x10", "--set", "max_pixel=3"], "max_pixels"),
        (["10x10", "--set", "max_pixels"], "key=value"),
        (["10x10", "--set", "max_pixels=many"], "must be a whole number"),
        (["10x10", "--set", "max_pixels=-5"], "from 1 to"),
        (["10x10", "--set", "patch_size=0"], "from 1 to 4,096"),
        (["10x10", "--set", "min_pixels=-5"], "from 0 to"),
        (["--size", "0x5"], "both sides"),
        (["--size", "5"], "width x height"),
        (["9999999999x1"], "both sides"),
        (["10x10", "--fps", "1", "--frames", "3"], "contradict"),
        (["10x10", "--frames", "some"], "whole number"),
        (["10x10", "--fps", "0"], "above 0"),
        (["10x10", "--json", "--csv"], "contradict"),
        (["10x10", "--field", "nothing"], "there are"),
        (["10x10", "--field", "promt_tokens"], "did you mean prompt_tokens?"),
        (["10x10", "--field", "grid.x"], "no key 'x'; there are t, h, w"),
        (["10x10", "--field", "model.x"], "in a value that has no keys"),
        (["10x10", "--field", "grid", "--total"], "not one number"),
        (["10x10", "--as", "sound"], "image or video"),
        (["10x10", "--exif", "maybe"], "auto, apply, ignore"),
        (["10x10", "--pipeline", "none"], "transformers, qwen-vl-utils"),
        (["10x10", "--set", "pipeline=1.5"], "write the name of a pipeline"),
        (["10x10", "--pipeline-version", "1"], "known are"),
        (["10x10", "--pipeline", "none", "-m", "all"], "there are transformers, api, original, qwen-vl-utils"),
        (["10x10", "--pipeline-version", "none", "-m", "all"], "lists their versions"),
        (["10x10", "--set", "nothing=1", "-m", "all"], "none of these models has an option"),
        (["10x10", "--source-fps", "3"], "--duration"),
        (["10x10", "--duration", "-1"], "above 0"),
        (["10x10", "--duration", "3", "--source-fps", "0"], "above 0"),
        (["10x10", "--set", "min_pixels=5000", "--set", "max_pixels=10"], "is above max_pixels 10"),
        (["10x10", "-m", "llava-1.5", "--fps", "3"], "--fps means nothing to llava-1.5, which takes images only"),
        (["10x10", "-m", "llava-1.5", "-m", "clip-b32", "--frames", "3"], "--frames means nothing to these models"),
        (["-", "--files-from", "-"], "both an image"),
        (["-0", "10x10"], "--files-from"),
        (["--files-from", "/nowhere"], "No such file"),
        ([], "nothing to count"),
        (["10x10", "--bogus"], "--help"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("count", *arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert message in outcome.err
    assert outcome.err.startswith("vtok: ")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--as", "video"], "--duration makes a video"), (["--as", "image", "--duration", "3"], "contradict")],
)
def test_a_bare_size_is_a_video_only_with_a_duration(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("count", "-q", "10x10", *arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert message in outcome.err


def test_an_empty_name_is_named(run: Run) -> None:
    outcome = run("count", "", "10x10", "-q")
    assert (outcome.code, outcome.out) == (1, "6\n")  # 56 x 56 pixels are the fewest: 4 tokens and two special ones
    assert outcome.err == "vtok: '': an empty name; is a variable of the command empty?\n"


def test_a_command_without_inputs_says_what_it_does(run: Run) -> None:
    assert run("overlay").err.startswith("vtok: nothing to draw; give an image")


def test_an_unknown_model_of_the_environment_is_named_with_its_variable(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VTOK_MODEL", "zzzzzz")
    assert run("count", "10x10").err.startswith("vtok: $VTOK_MODEL: unknown model 'zzzzzz'")
    assert run("count", "10x10", "-m", "yyyyyy").err.startswith("vtok: unknown model 'yyyyyy'")


def test_a_folder_of_empty_configs_names_what_is_missing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    outcome = run("count", "10x10", "-m", str(tmp_path))
    assert outcome.code == 2
    assert "no model_type, architectures or processor class in its configs, which are empty;" in outcome.err


def test_a_gguf_file_among_inputs_is_a_model(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mmproj.gguf"
    file.write_bytes(b"GGUF\x03\0\0\0" + bytes(64))
    outcome = run("count", str(file))
    assert outcome.code == 1
    assert (
        outcome.err
        == f"vtok: {file}: this is a GGUF file, which is a model and not an image or video; name it with -m\n"
    )


def test_all_models_at_once_are_for_count(run: Run) -> None:
    assert "one model at a time" in run("windows", "--grid", "4x4", "-m", "all").err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize("arguments", ["count 10x10", "count 10x10 --ndjson", "models", "--help", "--version"])
def test_a_full_disk_behind_the_output(arguments: str) -> None:
    command = f"{sys.executable} -m vtok {arguments} > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "vtok: the output cannot be written: no space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
@pytest.mark.posix
def test_closed_streams(closed: str, samples: Path) -> None:
    command = f"{sys.executable} -m vtok count - {samples / 'cat.jpg'} {closed}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


INTERRUPTED = """
import signal
from vtok.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job is started without
main(["count", "-q", "10x10", "-"])
"""


@pytest.mark.posix
def test_an_interrupt_leaves_what_was_counted_and_ends_quietly() -> None:
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], text=True, **piped) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "6\n"
        process.send_signal(signal.SIGINT)
        assert (process.wait(timeout=30), process.stdout.read(), process.stderr.read()) == (130, "", "")


def test_debug_shows_where_the_error_of_an_input_comes_from() -> None:
    arguments = [sys.executable, "-m", "vtok", "count", "nowhere.jpg"]
    done = subprocess.run([*arguments, "--debug"], capture_output=True, text=True, check=False)
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("vtok: nowhere.jpg: no such file or directory\n")


def test_an_unknown_command_names_the_nearest(run: Run) -> None:
    outcome = run("cuont", "10x10")
    assert outcome.code == 2
    assert "count" in outcome.err


@pytest.mark.parametrize(("size", "message"), [("201x1", "aspect ratio"), ("1x300", "aspect ratio")])
def test_a_size_that_upstream_refuses(run: Run, size: str, message: str) -> None:
    outcome = run("count", "-q", size, "224x224")
    assert (outcome.code, outcome.out) == (1, "66\n")
    assert message in outcome.err


def test_debug_shows_where_an_error_comes_from(samples: Path) -> None:
    arguments = [sys.executable, "-m", "vtok", "count", "10x10", "-m", "zzzzzz"]
    plain = subprocess.run(arguments, capture_output=True, text=True, check=False)
    debug = subprocess.run([*arguments, "--debug"], capture_output=True, text=True, check=False)
    assert "Traceback" not in plain.stderr
    assert "Traceback" in debug.stderr


def test_a_closed_pipe_is_no_error(samples: Path) -> None:
    command = f"{sys.executable} -m vtok count {'640x480 ' * 3000} --ndjson | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_an_empty_folder_is_said(run: Run, tmp_path: Path) -> None:
    assert "no images or videos" in run("count", str(tmp_path)).err


def test_a_pattern_without_matches_is_said(run: Run, tmp_path: Path) -> None:
    assert "no file matches" in run("count", f"{tmp_path}/*.jpg").err
