"""The README's commands run, and their output is real. `python tests/test_readme.py` writes it anew."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from terminal import ROOT, seen

README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def examples(text: str) -> Iterator[tuple[str, str]]:
    """Each `$ command` of the README with the output below it."""
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output.strip("\n")


def rewritten(text: str) -> str:
    """The README with the output of each command as it is now."""

    def run(match: re.Match[str]) -> str:
        commands = (command for command, _ in examples(match.group(0)))
        parts = (f"$ {command}\n{shown(command)}".rstrip("\n") + "\n" for command in commands)
        return "```console\n" + "\n".join(parts) + "```"

    return BLOCK.sub(run, text)


def shown(command: str) -> str:
    """What the command prints on a terminal, without blank lines round it."""
    return seen(command)[1].strip("\n")


@pytest.mark.parametrize(("command", "output"), list(examples(README.read_text("utf-8"))))
def test_the_output_in_the_readme_is_real(command: str, output: str) -> None:
    assert shown(command) == output


def test_there_are_examples_and_one_that_is_wrong_is_found() -> None:
    assert list(examples("```console\n$ a\nb\nc\n\n$ d\n```")) == [("a", "b\nc"), ("d", "")]
    assert shown("vtok count -q 224x224") == "66"
    assert len(list(examples(README.read_text("utf-8")))) > 5


@pytest.mark.parametrize("heading", ["Run", "Test"])
def test_run_and_test_are_one_command_line_each(heading: str) -> None:
    section = README.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 1
    assert blocks[0].count("\n") == 1


@pytest.mark.parametrize("heading", ["Run", "Test"])
def test_the_command_of_a_section_is_printed(heading: str) -> None:
    # .ci/run and the workflow run what this prints
    section = README.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    printed = {
        system: subprocess.run(
            ["bash", ".ci/readme-command", heading],
            cwd=ROOT,
            env={**os.environ, "OSTYPE": system},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for system in ("linux-gnu", "darwin23", "msys")
    }
    assert f"```sh\n{printed['linux-gnu']}\n```" in section
    assert printed["darwin23"] == printed["linux-gnu"]
    assert printed["msys"].startswith("python -m venv .venv && .venv/Scripts/pip install")
    assert ".venv/bin" not in printed["msys"]


def test_ci_runs_the_commands_of_the_readme() -> None:
    for file in (".ci/run", ".github/workflows/ci.yml"):
        assert ".ci/readme-command Test | bash" in (ROOT / file).read_text("utf-8")


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text("utf-8")), "utf-8")
