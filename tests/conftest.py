"""Fixtures that several tests share."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

# The same examples in every CI run; machines are shared and slow now and then.
settings.register_profile("vtok", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("vtok")

# Tests start some hundred processes, each of which would compile vtok anew; compiled files are ignored by git.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell's background job ignores Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(Path(__file__).parent))


class Outcome(NamedTuple):
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Standard output, line by line."""
        return self.out.splitlines()


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `vtok` with these arguments, in this process, as if in a pipe."""
    monkeypatch.delenv("VTOK_MODEL", raising=False)

    def call(*arguments: str) -> Outcome:
        from vtok.cli import main

        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return call


@contextmanager
def _traced(tracer: Any) -> Iterator[None]:
    """Run with this tracer, which may be None; afterwards the one of before is back."""
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def untraced() -> Iterator[None]:
    """Run without coverage: for code that is not vtok's, and for what only makes an expectation. Also a decorator."""
    with _traced(None):
        yield


class Tracing:
    """Coverage traces fixtures and tests, and not what pytest does around ten thousand of them: it takes half the time.

    Modules are traced when they are imported, too: only the making of their tests is not.
    """

    def __init__(self, tracer: Any) -> None:
        self.tracer = tracer

    @pytest.hookimpl(wrapper=True)
    def pytest_pycollect_makeitem(self) -> Iterator[None]:
        with _traced(None):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        with _traced(None):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(self) -> Iterator[None]:
        with _traced(self.tracer):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pyfunc_call(self) -> Iterator[None]:
        with _traced(self.tracer):
            return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Collect without looking for garbage: tests stay until the end. They are not searched later, either."""
    if tracer := sys.gettrace():
        session.config.pluginmanager.register(Tracing(tracer))
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip on Windows what needs named pipes, links, signals or closed streams."""
    if sys.platform == "win32":
        for item in items:
            if item.get_closest_marker("posix"):
                item.add_marker(pytest.mark.skip(reason="needs what Windows does not have"))


@pytest.fixture
def samples() -> Path:
    """The folder of sample images."""
    return ROOT / "samples"
