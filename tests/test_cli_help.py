"""Help pages, the shell's completion, and options that every command shares."""

import os
import subprocess
import sys
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

import pytest
from conftest import ROOT, Run

from vtok import cli


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_has_a_manual(run: Run, command: str) -> None:
    text = run(command, "--help").out
    assert "\n  Examples:\n    vtok " in text
    assert "\n  Exit codes:\n    0  " in text
    assert "\n    2  wrong usage" in text


def test_exit_codes_are_those_of_the_command(run: Run) -> None:
    assert "\n    3  the prompt does not fit" in run("budget", "--help").out
    assert "\n    3  " not in run("count", "--help").out
    assert "\n    1  " not in run("models", "--help").out


def test_the_overview_has_whole_sentences(run: Run) -> None:
    lines = run("--help").out.partition("Commands:\n")[2].splitlines()
    text = " ".join(line.strip() for line in lines)
    assert "..." not in text
    assert text.count(".") == len(cli.COMMANDS)
    assert [line.split()[0] for line in lines if line[2] != " "] == list(cli.COMMANDS)


@pytest.mark.parametrize(("command", "summary"), cli.COMMANDS.items())
def test_the_overview_has_the_first_sentence_of_each_manual(command: str, summary: str) -> None:
    function = getattr(import_module(f"vtok.cli.{command}"), command)
    assert cleandoc(function.__doc__ or "").partition("\n\n")[0].replace("\n", " ") == summary


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_examples_are_understood(run: Run, samples: Path, tmp_path: Path, command: str) -> None:
    """Each example of the help page has options that the command knows."""
    help_page = run(command, "--help").out
    block = help_page.partition("Examples:\n")[2].partition("\n\n")[0]
    for line in block.splitlines():
        words = line.partition("vtok ")[2].split()
        options = [word for word in words if word.startswith("-")]
        assert words[0] == command
        assert all(f"{option} " in help_page or f"{option}," in help_page for option in options), line


def completed(line: str, **environment: str) -> list[str]:
    """What bash is offered for the last word of a line."""
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-m", "vtok"],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "_VTOK_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
            **environment,
        },
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("vtok bud", "budget"),
        ("vtok count -m qwen2.5", "qwen2.5-vl"),
        ("vtok count -m al", "all"),
        ("vtok budget -m qwen2.5", "qwen2.5-vl"),
        ("vtok tiles -m deepseek-vl", "deepseek-vl2"),
        ("vtok models qwen2.5", "qwen2.5-vl"),
        ("vtok plot tokens -m qwen2.5", "qwen2.5-vl"),
        ("vtok plot to", "tokens"),
        ("vtok count --set max_p", "max_pixels="),
        ("vtok count -m internvl --set max_n", "max_num="),
        ("vtok count --pipeline qwen", "qwen-vl-utils"),
        ("vtok count --pipeline transformers --pipeline-version 4.", "4.57"),
        ("vtok count --field prompt", "prompt_tokens"),
        ("vtok overlay --show pat", "patches"),
        ("vtok overlay --show patches,to", "patches,tokens"),
        ("vtok count --exif ig", "ignore"),
        ("vtok count --as vi", "video"),
    ],
)
def test_completion_offers(line: str, offered: str) -> None:
    assert offered in completed(line, VTOK_MODEL="qwen2.5-vl")


def test_completion_offers_nothing_for_an_unknown_model() -> None:
    assert completed("vtok count -m zzzzzz --set max_p") == []


def test_completion_of_settings_is_that_of_the_environments_model() -> None:
    assert "in_token_limit=" in completed("vtok count --set in_", VTOK_MODEL="kimi-vl")
    assert completed("vtok count --set in_", VTOK_MODEL="qwen2.5-vl") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "--got", "4", "224x224", "--json"],
        ["budget", "224x224", "-c", "4k", "--json"],
        ["windows", "224x224", "--json", "--order"],
        ["models", "qwen2-vl", "--json"],
        ["mrope", "224x224", "--json"],
    ],
)
def test_the_model_of_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv("VTOK_MODEL", "qwen2-vl")
    assert '"model": "qwen2-vl"' in run(*arguments).out


@pytest.mark.parametrize("arguments", [["overlay", "224x224"], ["plot", "tokens"]])
def test_pictures_are_of_the_model_of_the_environment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("VTOK_MODEL", "internvl")
    target = tmp_path / "a.svg"
    assert run(*arguments, "-o", str(target)).code == 0
    assert "internvl" in target.read_text().lower()


def test_a_folder_of_the_environment_may_hold_spaces(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my fine tune"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "qwen2_vl"}')
    monkeypatch.setenv("VTOK_MODEL", str(folder))
    assert run("count", "224x224", "--field", "model").out == "qwen2-vl\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["count", "9x9", "--set", "max_pixel=3"], "did you mean max_pixels?"),
        (["count", "9x9", "--set", "max_pixel=3", "-m", "qwen2-vl", "-m", "qwen3-vl"], "did you mean max_pixels?"),
        (["budget", "9x9", "--set", "patchsize=3"], "did you mean patch_size?"),
        (["tiles", "9x9", "--set", "zzzzzz=3"], "`vtok models NAME` lists its options"),
    ],
)
def test_a_wrong_setting_names_the_nearest(run: Run, arguments: list[str], hint: str) -> None:
    outcome = run(*arguments)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert hint in outcome.err


@pytest.mark.parametrize("width", [60, 80])
def test_lines_end_between_words(run: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for command in ("budget", "verify", "overlay"):
        text = run(command, "--help").out
        assert not [line for line in text.splitlines() if line[-1:] == "-" and line[-2:-1].isalpha()]
        assert cli.UNBROKEN not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "--got", "x", "10x10"], "vtok: --got x: not a whole number; see `vtok explain --help`\n"),
        (["scan", "-j", "2.5", "a"], "vtok: --jobs 2.5: not a whole number; see `vtok scan --help`\n"),
        (["count", "--duration", "x'y", "9x9"], None),
        (["count", "--duration", "x", "9x9"], "vtok: --duration x: not a number; see `vtok count --help`\n"),
    ],
)
def test_a_value_that_is_no_number(run: Run, arguments: list[str], message: str | None) -> None:
    outcome = run(*arguments)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert message in (None, outcome.err)
