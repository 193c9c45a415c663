"""Mutation testing: make one small change of the code after the other, and see whether a test fails.

    python tests/mutation/run.py geometry parts families --out results.jsonl
    python tests/mutation/run.py geometry --again results.jsonl      only what survived, with all tests that run it
    python tests/mutation/run.py families/internvl                   one file
    python tests/mutation/run.py families --since a028113            functions and tables that differ from a revision

prints how many changes a test noticed, and the survivors that SURVIVORS.md does not explain. It needs `pip install
mutmut`, whose operators make the changes (`changes.py` says of what).

All tests below are run once to learn which lines each of them runs. Then a process is forked for each change. It runs
the tests of the changed lines until one fails: those that noticed changes of the same function first, then answers of
upstream and calculations by hand, then recorded rows of upstream, then the others. Of each of these as many are run as
take `--budget` seconds: the fastest case of each test function, then the second fastest of each, and so on; cases
that name the family go first. Of what runs at import, tests of facts about the family are run first.
"""

import argparse
import ast
import gc
import json
import os
import pickle
import random
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from math import inf
from pathlib import Path

import coverage
import pytest
from changes import Change, changes
from trial import ARGUMENTS, ROOT, Quiet, attempt, caches, failed, forget, functions, quiet_hypothesis

RECORDED = ("tests/test_golden.py",)
ANSWERS = tuple(
    f"tests/test_{name}"
    for name in (
        *("geometry_", "presets", "reasons", "spans", "family_rules", "parts_by_hand", "size_counter", "engines"),
        *("answers", "conventions", "costs", "hosted", "trace", "timm"),
    )
)
"""Tests that compare with an answer of upstream or a calculation by hand."""

OTHERS = tuple(
    f"tests/test_{name}"
    for name in ("families", "configs", "settings", "limits", "chat_tokens", "library", "count_sizes")
)
FACTS = tuple(
    f"tests/test_{name}"
    for name in (
        "class_defaults",
        "chat_tokens",
        "presets",
        "new_model",
        "configs",
        "limits",
        "parts_by_hand",
        "hosted",
        "spans",
        "families",
    )
)
"""Tests that look at the numbers of presets without running their code."""

TESTS = (*RECORDED, *ANSWERS, *OTHERS, *FACTS)
LEFT = ("survived", "no test", "broken")
SURVIVORS = Path(__file__).with_name("SURVIVORS.md")


@dataclass
class Tests:
    """The tests by their id, what each of them runs and takes, and which noticed the changes of a function last.

    `at_import` has the lines of functions that run while the package and the tests are loaded.
    """

    items: dict[str, pytest.Item] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    by_line: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    at_import: dict[str, set[int]] = field(default_factory=dict)
    last: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def runs_at_import(self, change: Change) -> bool:
        """Whether what changes runs when the package is loaded."""
        return not change.function or bool(self.at_import.get(change.file, set()).intersection(change.lines))

    def of(self, change: Change, budget: float) -> list[str]:
        """The ids of the tests that may notice a change, in their order."""
        lines = self.by_line.get(change.file, {})
        kinds = [(ANSWERS, budget), (RECORDED, budget), (OTHERS, budget)]
        words = names_of(Path(change.file).stem) if Path(change.file).parent.name == "families" else set[str]()
        if self.runs_at_import(change):
            facts = {name for name in self.items if name.startswith(FACTS)}
            if words:
                facts = {
                    name for name in facts if "[" not in name or any(word in name for word in (*words, "chat_tokens"))
                }
            names = facts.union(*lines.values())
            kinds.insert(0, (FACTS, inf))
        else:
            names = set[str]().union(*(lines.get(line, set()) for line in change.lines))
        names &= self.items.keys()
        chosen = [name for name in self.last[change.file + change.function] if name in names]
        for kind, seconds in kinds:
            ordered = self.varied((name for name in names if name.startswith(kind)), words)
            spent = accumulate(self.seconds[name] for name in ordered)
            chosen += [n for n, so_far in zip(ordered, spent, strict=True) if so_far <= seconds and n not in chosen]
        return chosen

    def varied(self, names: Iterable[str], words: Collection[str]) -> list[str]:
        """Tests in their order: the fastest case of each test function, then the second fastest of each, and so on.

        Tests without cases, and cases that are called by one of the `words`, come first.
        """
        places: dict[str, tuple[bool, int]] = {}
        cases: Counter[tuple[bool, str]] = Counter()
        for name in sorted(names, key=self.seconds.__getitem__):
            function, _, case = name.partition("[")
            other = bool(case) and not any(word in case for word in words)
            places[name] = other, cases[other, function]
            cases[other, function] += 1
        return sorted(places, key=lambda name: (places[name], self.seconds[name]))

    def noticed(self, change: Change, name: str) -> None:
        """Remember the test that noticed a change."""
        recent = self.last[change.file + change.function]
        recent[:] = [name, *(other for other in recent if other != name)][:8]


@cache
def names_of(stem: str) -> set[str]:
    """The names by which tests call a family file: its own, and those of its models and presets."""
    from vtok import families

    presets = families.presets_of(stem) if stem in families.modules() else ()
    return {stem, *(name for preset in presets for name in (preset.model, *preset.names))}


class Plugin(Quiet):
    """A plugin of pytest that learns what each test runs, then does `work` in place of them."""

    def __init__(self, work: Callable[[Tests], None], kept: Path | None) -> None:
        self.work, self.kept, self.tests = work, kept, Tests()
        self.coverage = coverage.Coverage(data_file=None, source=[str(ROOT / "vtok")], config_file=False)
        self.coverage.start()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn, or read what an earlier run has learnt, and do the work."""
        quiet_hypothesis()
        tests = self.tests
        tests.items = {item.nodeid: item for item in session.items}
        if self.kept and self.kept.exists():
            tests.seconds, tests.by_line, tests.at_import = pickle.loads(self.kept.read_bytes())
        self.learn({name: item for name, item in tests.items.items() if name not in tests.seconds})
        if self.kept:
            self.kept.write_bytes(pickle.dumps((tests.seconds, tests.by_line, tests.at_import)))
        plugins = session.config.pluginmanager
        for plugin in [each for each in plugins.get_plugins() if type(each).__name__ == "Tracing"]:
            plugins.unregister(plugin)  # it would trace the tests of each trial, too
        self.work(tests)
        return True

    def learn(self, items: Mapping[str, pytest.Item]) -> None:
        """Run each of these tests once."""
        data = self.coverage.get_data()
        loaded = {file: set(data.lines(file) or ()) for file in data.measured_files()}
        for name, item in items.items():
            forget()
            self.coverage.switch_context(name)
            start = time.process_time()
            if failed(item):
                print(f"{name} is left out: it fails on the code as it is, once all caches are empty")
                del self.tests.items[name]
            else:
                self.tests.seconds[name] = time.process_time() - start
        self.coverage.stop()
        data = self.coverage.get_data()
        for file in data.measured_files():
            short = Path(file).relative_to(ROOT).as_posix()
            lines = self.tests.by_line.setdefault(short, {})
            for line, names in data.contexts_by_lineno(file).items():
                lines.setdefault(line, set()).update(names)
            self.tests.at_import.setdefault(short, loaded.get(file, set()) & bodies(Path(file)))


def bodies(path: Path) -> set[int]:
    """The lines of a file that are inside functions."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    return {line for node in nodes for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)}


@dataclass(frozen=True)
class Result:
    """What became of a change, and the test that noticed it."""

    change: str
    status: str
    test: str = ""

    @property
    def without_place(self) -> str:
        """The change without its line and column: so SURVIVORS.md calls it."""
        return re.sub(r"^vtok/(\S+?):\d+:\d+ ", r"\1 ", self.change)


@dataclass
class Runner:
    """Tries changes in processes of their own, a few at a time, and writes each result to `out`."""

    tests: Tests
    jobs: int
    budget: float
    out: Path | None
    running: dict[int, tuple[Change, int]] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)

    def run(self, every: Sequence[Change]) -> None:
        """Try all changes."""
        for number, change in enumerate(every, 1):
            while len(self.running) >= self.jobs:
                self.wait()
            if names := self.tests.of(change, self.budget):
                self.start(change, names)
            else:
                self.finish(Result(change.name, "no test"))
            if number % 500 == 0:
                print(f"{time.strftime('%H:%M')} {number} of {len(every)}", flush=True)
        while self.running:
            self.wait()

    def start(self, change: Change | None, names: Sequence[str]) -> int:
        """Fork the process that tries a change, or the code as it is."""
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            status = 2
            try:
                items = [self.tests.items[name] for name in names]
                at_import = change is not None and self.tests.runs_at_import(change)
                noticed = attempt(change, items, self.tests.seconds, at_import=at_import)
                status = int(bool(noticed))
            except BaseException as error:  # this process ends here, whatever happens
                noticed = f"{type(error).__name__}: {error}"[:1000]
            os.write(write, noticed.encode())
            os._exit(status)
        os.close(write)
        if change:
            self.running[pid] = (change, read)
        return pid

    def wait(self) -> None:
        """Take the result of the process that ends next."""
        pid, status = os.wait()
        change, read = self.running.pop(pid)
        with os.fdopen(read, "rb") as pipe:
            test = pipe.read().decode()
        if os.WIFEXITED(status):
            ended = {0: "survived", 1: "killed"}.get(os.WEXITSTATUS(status), "broken")
        else:
            ended = "timed out"
        if test in self.tests.items:
            self.tests.noticed(change, test)
        self.finish(Result(change.name, ended, test))

    def finish(self, result: Result) -> None:
        """Keep a result."""
        self.results.append(result)
        if self.out:
            with self.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(vars(result)) + "\n")

    def check(self) -> None:
        """The code as it is must pass in such a process, too, or every change would seem to be noticed."""
        pid = self.start(None, [name for name in self.tests.items if name.startswith((*RECORDED, *ANSWERS))])
        _, status = os.waitpid(pid, 0)
        if status:
            raise pytest.UsageError("tests fail in a forked process on the code as it is")


def of_file(file: str, since: str | None) -> list[Change]:
    """The changes of a file; since a revision, those of functions and statements that its file has not."""
    every = changes(file, (ROOT / file).read_bytes())
    if since is None:
        return list(every)
    before = subprocess.run(["git", "show", f"{since}:{file}"], cwd=ROOT, capture_output=True, check=False).stdout
    tried = {change.place for change in changes(file, before)}
    return [change for change in every if change.place not in tried]


def results(path: Path | None) -> list[Result]:
    """The results in a file, none if there is no file."""
    if not path or not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def by_room(every: Sequence[Result]) -> dict[str, Counter[str]]:
    """How many changes of each room ended how."""
    rooms: dict[str, Counter[str]] = defaultdict(Counter)
    for result in every:
        rooms[result.change.split("/")[1]][result.status] += 1
    return rooms


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", help="geometry, parts, families, or a file of these without its ending")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--budget", type=float, default=1.0, help="seconds of tests for a change (default: 1)")
    parser.add_argument("--out", type=Path, help="add each result to this file; what it has is not tried again")
    parser.add_argument("--again", type=Path, help="try only what is left in this file of results")
    parser.add_argument("--sample", type=int, help="try so many changes, drawn at random: the same ones in each run")
    parser.add_argument("--since", help="only functions and statements that are not in the file of this revision")
    parser.add_argument(
        "--map",
        type=Path,
        help="keep in this file what each test runs, and learn only of new tests; remove it when code changes",
    )
    asked = parser.parse_args()
    paths = [p for w in asked.what for p in sorted((ROOT / "vtok" / w).glob("*.py")) or [ROOT / "vtok" / f"{w}.py"]]
    every = [change for path in paths for change in of_file(path.relative_to(ROOT).as_posix(), asked.since)]
    if asked.sample:
        every = random.Random(0).sample(every, min(asked.sample, len(every)))
    done = {result.change for result in results(asked.out)}
    left = {result.change for result in results(asked.again) if result.status in LEFT}
    every = [change for change in every if change.name not in done and (not asked.again or change.name in left)]
    print(f"{len(every)} changes", flush=True)

    def work(tests: Tests) -> None:
        caches()
        if lost := [c.name for c in every if c.function and (str(ROOT / c.file), c.function) not in functions()]:
            raise pytest.UsageError(f"no function for {lost[0]}")
        gc.collect()
        gc.freeze()
        runner = Runner(tests, asked.jobs, asked.budget, asked.out)
        runner.check()
        runner.run(every)
        explained = set(SURVIVORS.read_text("utf-8").splitlines())
        left = [result for result in runner.results if result.status in LEFT]
        for result in left:
            if result.without_place not in explained:
                print(f"{result.status} | {result.change} {result.test}")
        print(f"{len(left)} are left; {sum(each.without_place in explained for each in left)} of them are explained")
        for room, numbers in by_room(results(asked.out) or runner.results).items():
            print(f"{room}: {dict(numbers)}")

    os.environ["CI"] = "1"  # hypothesis draws the same examples in each run
    os.chdir(ROOT)
    files = [path for path in (ROOT / "tests").glob("test_*.py") if f"tests/{path.name}".startswith(TESTS)]
    sys.exit(
        pytest.main([*ARGUMENTS, "-p", "no:pytest_cov", *map(str, sorted(files))], plugins=[Plugin(work, asked.map)])
    )


if __name__ == "__main__":
    main()
