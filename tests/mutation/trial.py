"""One change, tried in a process of its own: the code changed in memory, and tests run until one fails."""

import functools
import gc
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from changes import Change

ROOT = Path(__file__).parents[2]
PLUGINS = ("cacheprovider", "logging", "warnings", "unraisableexception", "threadexception", "faulthandler", "xdist")
"""Plugins of pytest that cost time and find nothing here."""

ARGUMENTS = ("-q", "--assert=plain", "--capture=no", *(word for name in PLUGINS for word in ("-p", f"no:{name}")))
MEMORY = 6 << 30
"""Bytes that a trial may take."""


class Quiet:
    """A plugin of pytest: reports tell only whether a test failed, which takes less time than telling how."""

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """The report of a part of a test."""
        outcome = "failed" if call.excinfo else "passed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)  # type: ignore[arg-type]


def failed(item: pytest.Item) -> bool:
    """Run a test, and tell whether it failed."""
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def quiet_hypothesis() -> None:
    """A failing example is not made smaller, and a slow machine fails no test."""
    from hypothesis import HealthCheck, Phase, settings

    phases = [Phase.explicit, Phase.generate]
    settings.register_profile("mutation", settings(), phases=phases, suppress_health_check=list(HealthCheck))
    settings.load_profile("mutation")


def attempt(
    change: Change | None, items: Sequence[pytest.Item], seconds: Mapping[str, float], *, at_import: bool
) -> str:
    """The id of the test that fails with a change, or "import" if the package cannot be loaded; "" if none does.

    A change in the body of a function replaces the code of that function. A change of what runs at import is made by
    `transplanted` in a family, which little is built on, and by loading the package and the tests anew elsewhere.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    gc.disable()
    allow(20)
    if change and not at_import:
        replaced(change)
    elif change and change.file.startswith("vtok/families/") and not change.file.endswith("/__init__.py"):
        if not transplanted(change):
            return "import"
    elif change:
        return loaded_anew(change, [item.nodeid for item in items], seconds)
    for item in items:
        allow(seconds[item.nodeid])
        if failed(item):
            return item.nodeid
    return ""


def allow(seconds: float) -> None:
    """End this process if it works for ten times as many seconds, and two more."""
    signal.setitimer(signal.ITIMER_PROF, 2 + 10 * seconds)


# The body of a function --------------------------------------------------------------------------------------------


def replaced(change: Change) -> None:
    """Give the function its changed code."""
    path = str(ROOT / change.file)
    code = next(c for c in code_objects(compiled(change)) if c.co_qualname == change.function)
    same = functions()[path, change.function]
    if not same:
        raise LookupError(f"no function {change.function} in {change.file}")
    for function in same:
        function.__code__ = code
    forget()


def compiled(change: Change) -> CodeType:
    """The changed file."""
    return compile(change.text(), str(ROOT / change.file), "exec")


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """A code object and all in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


def objects() -> list[Any]:
    """All objects that Python's garbage collector knows; `conftest.py` hides those that were made before the tests."""
    gc.unfreeze()
    return gc.get_objects()


@functools.cache
def functions() -> dict[tuple[str, str], list[FunctionType]]:
    """The functions of the package by file and qualified name, those of modules that are imported late included."""
    for room in ("geometry", "parts", "families"):
        for path in sorted((ROOT / "vtok" / room).glob("[!_]*.py")):
            import_module(f"vtok.{room}.{path.stem}")
    by_name = defaultdict(list)
    for function in objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename.startswith(str(ROOT / "vtok")):
            by_name[function.__code__.co_filename, function.__qualname__].append(function)
    return by_name


@functools.cache
def caches() -> list[Any]:
    """All caches of functions of the package."""
    every = (each for each in objects() if isinstance(each, functools._lru_cache_wrapper))
    return [each for each in every if str(getattr(each, "__module__", "")).startswith("vtok")]


def forget() -> None:
    """Forget what the functions and the presets of the package remember."""
    from vtok import families

    for cache in caches():
        cache.cache_clear()
    for preset in families.presets():
        preset.__dict__.pop("defaults_note", None)


# What runs at import -----------------------------------------------------------------------------------------------


def transplanted(change: Change) -> bool:
    """Run the changed module, and give the old classes, presets and functions what the new ones have.

    False if the changed module cannot be run. Whatever has imported the old ones keeps them, so nothing else has to be
    loaded anew.
    """
    name = change.file.removesuffix(".py").replace("/", ".")
    old, new = sys.modules[name], ModuleType(name)
    new.__dict__.update(__file__=old.__file__, __package__=old.__package__)
    try:
        exec(compiled(change), new.__dict__)
    except Exception:
        return False
    for key, value in list(vars(new).items()):
        before = vars(old).get(key)
        if isinstance(value, type) and value.__module__ == name:
            for attribute in vars(value).keys() - {"__dict__", "__weakref__"}:
                setattr(before, attribute, vars(value)[attribute])
        elif isinstance(value, FunctionType) and isinstance(before, FunctionType) and value.__module__ == name:
            before.__code__, before.__defaults__ = value.__code__, value.__defaults__
            before.__kwdefaults__ = value.__kwdefaults__
        elif key == "PRESETS" and before is not None:
            vars(old)[key] = vars(new)[key] = refilled(before, value)
            continue
        else:
            vars(old)[key] = value
            continue
        vars(new)[key] = before
    forget()
    return True


def refilled(before: Sequence[Any], after: Sequence[Any]) -> tuple[Any, ...]:
    """The changed presets, in the objects that tests have: by place, or by name where there are more or fewer."""
    names = {preset.names[0]: preset for preset in before}
    presets = []
    for i, changed in enumerate(after):
        preset = before[i] if len(before) == len(after) else names.get(changed.names[0], changed)
        if preset is not changed:
            preset.__dict__.clear()
            preset.__dict__.update(changed.__dict__)
        presets.append(preset)
    return tuple(presets)


class Changed(MetaPathFinder, Loader):
    """Loads the module of a change with the change."""

    def __init__(self, change: Change) -> None:
        self.module = change.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.change = change

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        """How to load the module."""
        if fullname != self.module:
            return None
        return spec_from_file_location(fullname, ROOT / self.change.file, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed module."""
        exec(compiled(self.change), module.__dict__)


class Few(Quiet):
    """A plugin of pytest: it runs some tests in their order until one fails, and keeps its id in `noticed`."""

    def __init__(self, names: Sequence[str], seconds: Mapping[str, float]) -> None:
        self.names, self.seconds, self.noticed = names, seconds, "import"

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Choose the tests."""
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[name] for name in self.names if name in by_name]
        quiet_hypothesis()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them."""
        self.noticed = ""
        for item in session.items:
            allow(self.seconds[item.nodeid])
            if failed(item):
                self.noticed = item.nodeid
                break
        return True


def loaded_anew(change: Change, names: Sequence[str], seconds: Mapping[str, float]) -> str:
    """As `attempt`, in a package and in tests that are loaded with the change."""
    here = str(Path(__file__).parent)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith((str(ROOT / "vtok"), str(ROOT / "tests"))) and not file.startswith(here):
            del sys.modules[name]
    sys.meta_path.insert(0, Changed(change))
    few = Few(names, seconds)
    files = sorted({name.partition("::")[0] for name in names})
    pytest.main([*ARGUMENTS, "--rootdir", str(ROOT), *(str(ROOT / file) for file in files)], plugins=[few])
    return few.noticed
