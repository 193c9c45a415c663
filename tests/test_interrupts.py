"""Ctrl-C ends any command with exit code 130, whatever it is at: Python, a stream without an end, or a decoder in C.

From the signal on a process may take one more second of processor time; the system ends it behind that.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vtok.cli._interrupts import PATIENCE

pytestmark = pytest.mark.posix

START = """
import hashlib, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job is started without
from vtok.cli import main
from vtok.media import pixels
from vtok.render import files

def at_work():
    print("at work", flush=True)

def decode(*_):
    threading.Timer(0.3, at_work).start()  # by then the next line is in C
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)  # C, minutes, deaf to signals: as a decoder of a large image

class Input:

    def __init__(self):
        self.fileno, self.isatty = sys.stdin.fileno, sys.stdin.isatty
    def read(self, *length):
        at_work()
        return sys.__stdin__.buffer.read(*length)
    read1 = read
"""
READS = START + "stdin = Input(); stdin.buffer = stdin; sys.stdin = stdin; main(sys.argv[1:])"
DECODES = START + "pixels._load = decode; main(sys.argv[1:])"
WRITES = START + "files._mode = decode; main(sys.argv[1:])"
LOOPS = (
    START
    + """
from vtok.cli import _inputs
def endless(*_):
    at_work()
    while True:
        yield _inputs.Input(name="10x10", size=_inputs.parse_size("10x10"))
_inputs._gathered = endless
main(sys.argv[1:])
"""
)

IMPORTS = """
import os, signal, sys

class Finder:
    def find_spec(name, *_):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder)
import vtok.__main__
print("imported")
"""


@pytest.mark.parametrize("module", ["typing", "vtok.cli"])
def test_imports_end_without_a_word(module: str) -> None:
    command = [sys.executable, "-S", "-c", IMPORTS, module]  # -S: of vtok's imports, none is made before
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def interrupted(program: str, *arguments: str, folder: Path, seconds: int = 1) -> tuple[int, str]:
    """Exit code and standard error of a program that gets SIGINT once it says that it is at work."""
    command = [sys.executable, "-c", program, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=folder) as process:
        assert process.stdout
        assert process.stdout.readline() == "at work\n"
        process.send_signal(signal.SIGINT)
        _allow(seconds, process.pid)
        process.stdout.read()  # what was counted until then
        code = process.wait(timeout=60)
        assert process.stderr
        return code, process.stderr.read()


def _allow(seconds: int, pid: int) -> None:
    """Let the system end a process that takes more processor time than that from now on, and one more; Linux alone."""
    if sys.platform != "linux":
        return
    import resource

    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    used = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    limit = int(used) + seconds + 1  # whole seconds
    resource.prlimit(pid, resource.RLIMIT_CPU, (limit, limit))


COMMANDS = {
    "an image on standard input": (READS, "count", "-"),
    "a list on standard input": (READS, "count", "--files-from", "-"),
    "a text on standard input": (READS, "budget", "9x9", "-c", "9", "--text-file", "-"),
    "an overlay of standard input": (READS, "overlay", "-", "-o", "x.png"),
    "inputs without an end": (LOOPS, "count", "x", "--jobs", "1"),
    "inputs without an end, two processes": (LOOPS, "count", "x", "--jobs", "2"),
    "a prompt without an end": (LOOPS, "budget", "x", "-c", "100"),
    "a decoder": (DECODES, "overlay", "cat.jpg", "-o", "x.png"),
    "a writer": (WRITES, "overlay", "cat.jpg", "-o", "x.png"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_an_interrupt_ends_a_command(name: str, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes((samples / "cat.jpg").read_bytes())
    program, *arguments = COMMANDS[name]
    assert interrupted(program, *arguments, folder=tmp_path) == (130, "")
    assert [path.name for path in tmp_path.iterdir()] == ["cat.jpg"]


def test_a_decoder_that_nobody_ends_is_noticed(samples: Path, tmp_path: Path) -> None:
    program = DECODES.replace("main(", "import vtok.cli; vtok.cli.soon = vtok.cli.nullcontext; main(")
    code, _ = interrupted(program, "overlay", str(samples / "cat.jpg"), "-o", "x.png", folder=tmp_path, seconds=0)
    assert code in (-signal.SIGXCPU, -signal.SIGKILL)


def test_a_command_that_ends_by_itself_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from vtok.cli import _interrupts

    monkeypatch.setattr(_interrupts, "PATIENCE", 0.01)
    with pytest.raises(KeyboardInterrupt), _interrupts.soon():
        signal.raise_signal(signal.SIGINT)
    reading, writing = os.pipe()
    os.write(writing, bytes((signal.SIGINT,)))
    work = _interrupts.AtWork()
    work.is_going_on = False
    _interrupts._wait(reading, work)  # this process would end here
    os.close(writing)


def test_the_patience_is_below_a_second() -> None:
    assert PATIENCE < 1
