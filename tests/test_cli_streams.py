"""Many inputs: written as they come, in order, by one process or several, in bounded memory, until interrupted."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run
from peak import PEAK
from PIL import Image
from terminal import seen

from vtok import processes
from vtok.cli import _counting, _printing, _workers
from vtok.cli._inputs import Batches, Edge, Input
from vtok.cli._progress import Progress
from vtok.errors import VtokError

FORMS = {
    "quiet": ["-q"],
    "quiet sum": ["-q", "--total"],
    "fields": ["--field", "input", "--field", "tokens"],
    "ndjson": ["--ndjson", "--total"],
    "json": ["--json", "--total"],
    "csv": ["--csv", "--total"],
    "rows": ["--total"],
    "two models": ["-q", "-m", "qwen2.5-vl", "-m", "gemma3"],
    "two models, sums": ["-q", "--total", "-m", "qwen2.5-vl", "-m", "gemma3"],
    "two models, json": ["--json", "--total", "-m", "qwen2.5-vl", "-m", "gemma3"],
    "all models": ["--ndjson", "--total", "-m", "all"],
}


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    """Images of few sizes in two folders, a video, and files that fail."""
    for number in range(40):
        for name in ("cat.jpg", "coffee.jpg"):
            path = tmp_path / "photos" / str(number % 2) / f"{number:02}-{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(samples / name, path) if number else shutil.copy(samples / name, path)
    shutil.copy(samples / "clip.mp4", tmp_path / "photos" / "clip.mp4")
    (tmp_path / "photos" / "1" / "07-broken.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "photos" / "0" / "text.png").write_text("no image")
    (tmp_path / "photos" / "0" / "cut.jpg").write_bytes((samples / "cat.jpg").read_bytes()[:9000])
    return tmp_path / "photos"


def vtok(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
    environment = {key: value for key, value in os.environ.items() if key != "VTOK_MODEL"}
    return subprocess.Popen(
        [sys.executable, "-m", "vtok", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "PYTHONPATH": str(ROOT)},
        **options,
    )


@pytest.mark.posix
@pytest.mark.parametrize("form", FORMS)
def test_processes_write_what_one_process_writes(run: Run, folder: Path, form: str) -> None:
    alone = run("count", str(folder), *FORMS[form], "--jobs", "1")
    assert alone.code == 1
    process = vtok("count", str(folder), *FORMS[form], "--jobs", "3")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == alone


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_notes_go_to_standard_error_where_a_form_has_no_place(run: Run, tmp_path: Path, jobs: str) -> None:
    for name in ("a.gif", "b.gif", "c.gif", "d.gif"):
        first, *others = (Image.new("RGB", (40, 30), (20 * number, 0, 0)) for number in range(12))
        first.save(tmp_path / name, save_all=True, append_images=others)
    note = "only the first of 12 frames is counted; --as video takes them all; FILE[2] picks another one"
    listed = ", ".join(f"{tmp_path}/{name}.gif" for name in "abc")
    for form in ([], ["--csv"], ["--total"]):
        outcome = run("count", str(tmp_path), "--jobs", jobs, *form)
        assert (outcome.code, outcome.err) == (0, f"vtok: {listed} and 1 more: {note}\n")
    for form in (["-q"], ["--json"]):
        assert run("count", str(tmp_path), "--jobs", jobs, *form).err == ""


def test_sums_are_those_of_all_lines(run: Run, folder: Path) -> None:
    lines = [json.loads(line) for line in run("count", str(folder), "--ndjson", "--total").lines]
    *items, total = lines
    assert json.loads(run("count", str(folder), "--json", "--total").out) == lines
    counted = [item for item in items if "error" not in item]
    assert len(items) - len(counted) == 2
    assert total["total"]["inputs"] == len(counted) == 82
    for key in ("patches", "tokens", "prompt_tokens"):
        assert total["total"][key] == sum(item[key] for item in counted)


def test_the_same_size_is_counted_once(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    answers = _counting.Counting.answers

    def record(self: Any, source: Input, *more: Any) -> Any:
        counted.append(source.name)
        return answers(self, source, *more)

    monkeypatch.setattr(_counting.Counting, "answers", record)
    whole = run("count", str(folder), "-q", "--jobs", "1").lines
    assert len(whole) == 82
    assert len(counted) == 6  # two sizes, one of them cut off as well, a video, and two files that fail
    monkeypatch.setattr(_counting, "_MOST_TEXT", 0)
    assert run("count", str(folder), "-q", "--jobs", "1").lines == whole
    assert len(counted) > 80


@pytest.mark.parametrize("arguments", [("-q",), ("-q", "--total"), ("--field", "tokens", "-m", "internvl")])
def test_many_sizes_are_counted_at_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    sizes = [f"{number % 97 * 11 + 30}x{number * 7 % 1201 + 1}" for number in range(1500)]
    (tmp_path / "list").write_text("\n".join(sizes))
    command = ("count", "--files-from", str(tmp_path / "list"), "--jobs", "1", *arguments)
    monkeypatch.setattr(_printing, "PAYS", 1000)
    one_by_one = run(*command)
    assert ("-m" in arguments) == (one_by_one.code == 0), "sizes that are too long and thin are refused"
    counted: list[str] = []
    answers = _counting.Counting.answers

    def record(self: Any, source: Input, *more: Any) -> Any:
        counted.append(source.name)
        return answers(self, source, *more)

    monkeypatch.setattr(_counting.Counting, "answers", record)
    monkeypatch.setattr(_printing, "PAYS", 0)
    monkeypatch.setattr(_workers, "next_size", lambda inputs, seconds: 100)
    assert run(*command) == one_by_one
    assert len(counted) < 1000


def test_names_of_equal_files_stay_their_own(run: Run, folder: Path) -> None:
    names = [line.split("\t")[0] for line in run("count", str(folder), "--field", "input", "--field", "tokens").lines]
    assert len(names) == len(set(names)) == 82
    assert [
        item["input"] for item in json.loads(run("count", str(folder), "--json").out) if "error" not in item
    ] == names


@pytest.mark.posix
@pytest.mark.parametrize("form", ["-q", "--ndjson", "--csv", "--field=tokens", "--total"])
def test_lines_come_while_names_are_still_given(form: str) -> None:
    with vtok("count", "--files-from", "-", form, stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("640x480\n300x200\n")
        process.stdin.flush()
        head = "input" if form in ("--csv", "--total") else ""
        first = process.stdout.readline()
        assert not head or first.startswith(head)
        second = process.stdout.readline()
        assert second
        process.stdin.write("640x480\n")
        process.stdin.close()
        rest = process.stdout.readlines()  # not `communicate`, which reads past the buffer of the lines before
        assert process.stderr
        assert process.stderr.read() == ""
        assert process.wait(timeout=30) == 0
    assert len(rest) == 1 + bool(head) + (form == "--total")


def test_a_line_of_a_list_that_is_no_size_loses_no_other(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("640x480\n99999999999x1\n0x5\n640x480")
    outcome = run("count", "--files-from", str(tmp_path / "list"), "-q")
    assert (outcome.code, len(outcome.lines)) == (1, 2)
    assert outcome.err.count("out of range") == 2


@pytest.mark.posix
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_leaves_whole_json_and_no_process(tmp_path: Path, samples: Path, jobs: str) -> None:
    endless = tmp_path / "list"
    os.mkfifo(endless)
    process = vtok("count", "--json", "--total", "--jobs", jobs, "--files-from", str(endless), start_new_session=True)
    names = os.open(endless, os.O_WRONLY)
    assert process.stdout
    written = (f"{samples}/cat.jpg\n" * 500).encode()
    os.write(names, written)
    read = os.read(process.stdout.fileno(), 20_000).decode()  # as communicate reads, past the buffer
    start = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=20)
    os.close(names)
    assert (process.returncode, err) == (130, "")
    assert time.monotonic() - start < 10
    *items, total = json.loads(read + out)
    assert total["total"]["inputs"] == len(items) > 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.posix
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_reader_that_had_enough_ends_all_processes_quietly(folder: Path, jobs: str) -> None:
    with vtok("count", "--ndjson", "--jobs", jobs, *[str(folder)] * 50, start_new_session=True) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        err = process.stderr.read()
        assert process.wait(timeout=30) == 0
    assert set(err.splitlines()) <= {line for line in err.splitlines() if "07-broken" in line or "text.png" in line}
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def inputs(count: int) -> Iterator[Input]:
    return (Input(name=str(number)) for number in range(count))


def batch(sources: Any) -> _workers.Batch:
    for source in sources:
        if source.name == "57":
            raise VtokError("57 is too much")
        if source.name in ("76", "77", "190") and not source.error:
            os.kill(os.getpid(), signal.SIGKILL)
    text = " ".join(f"{source.name}{' failed' * bool(source.error)}" for source in sources)
    return _workers.Batch(0, text, "", [], failed=False, sums=None, seconds=0)


@pytest.mark.posix
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_batches_come_in_order(jobs: int) -> None:
    batches = list(_workers.counted(Batches(inputs(50), Edge()), batch, jobs))
    assert " ".join(each.text for each in batches) == " ".join(map(str, range(50)))
    assert sum(each.inputs for each in batches) == 50
    assert list(_workers.counted(Batches(inputs(0), Edge()), batch, jobs)) == []


@pytest.mark.posix
def test_what_goes_wrong_in_a_process_is_raised() -> None:
    with pytest.raises(VtokError, match="57 is too much"):
        list(_workers.counted(Batches(inputs(500), Edge()), batch, 2))


@pytest.mark.posix
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_input_that_ends_its_process_fails_alone(jobs: int) -> None:
    sources = (Input(name=str(number)) for number in range(60, 300))
    text = " ".join(each.text for each in _workers.counted(Batches(sources, Edge()), batch, jobs))
    expected = " ".join(map(str, range(60, 300))).replace("76 77 78", "76 failed 77 failed 78")
    assert text == expected.replace(" 190 ", " 190 failed ")


@pytest.mark.posix
def test_processes_that_cannot_live_end_the_command() -> None:
    def deadly(sources: Any) -> _workers.Batch:
        os._exit(3)

    with pytest.raises(VtokError, match="processes cannot count: the last one ended with code 3"):
        list(_workers.counted(Batches(inputs(5), Edge()), deadly, 2))


@pytest.mark.posix
def test_a_file_that_ends_its_process_fails_beside_the_others(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run("count", str(folder), "--json", "--jobs", "1")
    before = _counting.Counting.answers

    def answers(self: Any, source: Input, *more: Any) -> Any:
        if source.name.endswith("07-broken.jpg") and not source.error:
            os.kill(os.getpid(), signal.SIGKILL)
        return before(self, source, *more)

    monkeypatch.setattr(_counting.Counting, "answers", answers)
    outcome = run("count", str(folder), "--json", "--jobs", "2")
    assert outcome.code == 1
    items, others = json.loads(outcome.out), json.loads(whole.out)
    (mine,) = [item for item in items if item not in others]
    assert "07-broken" in mine["input"]
    assert mine["error"].startswith("the process that read it was ended by signal 9; ")
    assert [item["input"] for item in items] == [item["input"] for item in others]


def test_jobs_are_a_number_of_processes(run: Run) -> None:
    for jobs in ("0", "-1", "257"):
        assert run("count", "5x5", "--jobs", jobs).code == 2


@pytest.mark.posix
def test_processes_start_once_that_pays(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    def count(sources: Any, work: Any, jobs: int) -> Iterator[_workers.Batch]:
        started.append(jobs)
        return iter([])

    monkeypatch.setattr(_workers, "counted", count)
    monkeypatch.setattr(processes, "cores", lambda: 4)
    monkeypatch.setattr(_printing, "PAYS", 1000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert len(run("count", str(folder), "-q").lines) == 82
    monkeypatch.setattr(_printing, "PAYS", 0)
    run("count", str(folder), "-q")
    run("count", str(folder), "-q", "--jobs", "1")
    run("count", str(folder), "-q", "--jobs", "2")
    run("count", str(folder), "-", "-q")  # only one process can read standard input
    assert started == [4, 2]


def test_a_table_ends_and_text_follows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("640x480\n" * 3 + "300x200\n" * 2)
    script = "import vtok.cli._printing as p; p.MOST_ROWS = 3; from vtok.cli import main; "
    script += f"main(['count', '--files-from', '{tmp_path}/list'"
    code, text = seen(f'{sys.executable} -c "{script}])"')
    assert code == 0
    rows = [line.split() for line in text.splitlines() if line]
    assert sum(row[:3] == ["640x480", "640x480", "644x476"] for row in rows) == 3
    assert "The table has the first 3 inputs. The others follow as they are counted." in text
    assert sum(line.startswith("300x200\tqwen2.5-vl\t") for line in text.splitlines()) == 2
    # 23 x 17 tokens and two special tokens, three times; 11 x 7 and two, twice
    assert next(row for row in rows if row[0] == "total")[-2:] == [str(3 * 393 + 2 * 79), "false"]
    code, text = seen(f"{sys.executable} -c \"{script}, '-m', 'qwen2.5-vl', '-m', 'gemma3'])\"")
    assert code == 0
    assert "█" in text.split("The others follow")[1]


class Terminal:
    """A terminal that keeps what is written to it."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None: ...


def test_progress_names_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(lambda: inputs(9000))
    progress.step()
    assert terminal.text == ""
    now[0] += 2
    progress.step(99)
    assert terminal.text.endswith("\033[Kcounted 100, 50 a second")
    now[0] += 2
    progress.step(900)
    assert terminal.text.endswith("\033[Kcounted 1,000 of 9,000, 250 a second, 0:32 left")
    progress.clear()
    assert terminal.text.endswith("\r\033[K")
    again = Progress(None)
    now[0] += 5
    again.step(10)
    assert terminal.text.endswith("counted 10, 2 a second")


def test_progress_of_shards_names_rows_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(shards=40)
    progress.report(10, 0)  # of an earlier scan
    now[0] += 2
    progress.report(10, 0)
    assert terminal.text.endswith("\033[Kcounted 10 of 40 shards, 0 rows a second")
    now[0] += 8
    progress.report(15, 50_000)
    assert terminal.text.endswith("\033[Kcounted 15 of 40 shards, 5,000 rows a second, 0:50 left")
    progress.clear()
    assert terminal.text.endswith("\r\033[K")
    alone = Progress(shards=1)
    now[0] += 5
    before = terminal.text
    alone.report(1, 10)
    alone.clear()
    assert terminal.text == before


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell the peak")
def test_memory_does_not_grow_with_the_inputs(tmp_path: Path, samples: Path) -> None:
    peaks = []
    for count in (300, 30_000):
        sizes = "".join(f"{number % 40 + 100}x{number % 50 + 100}\n" for number in range(count))
        (tmp_path / "list").write_text(sizes + f"{samples}/README.md\n" * (count // 30))
        arguments = ["count", "-q", "--total", "--jobs", "1", "--files-from", str(tmp_path / "list")]
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *arguments], capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert len(done.stdout.splitlines()) == 1
        peaks.append(int(done.stderr.splitlines()[-1]))
    assert peaks[1] < 1.5 * peaks[0]
