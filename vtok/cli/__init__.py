"""The command line: one short file per command, and the one place where errors become messages and exit codes.

Commands load when they are called: `vtok count` imports nothing of `vtok models`. Exit codes: 0 all done; 1 some
inputs failed; 2 wrong usage or unknown model; 3 does not fit (`budget`).
"""

import os
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from functools import lru_cache
from importlib import import_module
from inspect import cleandoc
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

import vtok
from vtok.cli._groups import flattened
from vtok.cli._interrupts import soon
from vtok.errors import UsageError, VtokError, did_you_mean

COMMANDS = {
    "count": "Count the tokens that images and videos cost.",
    "budget": "Say whether all inputs fit the context as one prompt, and if not, which settings would fit.",
    "models": "List the models that vtok knows, or every number of one of them with its source.",
    "trace": "Show the whole way of an input through a model: sizes, tensor shapes, reasons and cost of every step.",
    "tiles": "Show how a model cuts an image into tiles, and why.",
    "windows": "Show how an encoder with windowed attention divides the grid of merged tokens into windows.",
    "mrope": "Show the M-RoPE position ids of a prompt: time, row and column of every token.",
    "locate": "Show which part of an image a token covers, and which tokens see a pixel or a box.",
    "overlay": "Draw what a model makes of an image or video: patches, tokens, windows, tiles, order, numbers, "
    "position ids.",
    "inspect": "Make one HTML page on which one can point at the tokens of an image or video.",
    "plot": "Draw figures: tokens against image size, position ids along a prompt, lengths of a data set.",
    "explain": "Explain an error about image tokens and features that do not match.",
    "scan": "Count the tokens of every item of a data set.",
    "verify": "Compare vtok with the transformers that is installed here.",
}
"""The commands and the first sentences of their manuals, which the help page shows without importing any command."""

HELP = """Count what a vision-language model makes of an image or video: sizes, grids, tiles, tokens, position ids.

Sizes come from file headers: no model, no weights and no network are needed.

vtok COMMAND --help shows the manual of a command, with examples."""
NO_NUMBER = r"(?s)Invalid value for '(?:-\w' / ')?(.+?)'(?: / '-\w')?: '(.*)' is not a valid (int|float)"
"""What typer writes of a value that is no number."""
KINDS = {"int": "a whole number", "float": "a number"}
_FORK = (["count"], ["scan"])
"""Commands that start processes of their own, and decode nothing."""

UNBROKEN = "\u2011"
"""A hyphen at which no line is broken."""

EXIT_CODES = {0: "all done", 1: "some inputs failed", 2: "wrong usage, or an unknown model"}


class Formatter(TyperGroup.context_class.formatter_class):  # type: ignore[misc, name-defined]
    """Help pages whose lines end between words only: the hyphens of names such as mistral-common are no places."""

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        super().write_text(text.replace("-", UNBROKEN))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names and texts."""
        super().write_dl([(name, text.replace("-", UNBROKEN)) for name, text in rows], col_max, col_spacing)

    def write(self, string: str) -> None:
        """Write lines that are wrapped."""
        super().write(string.replace(UNBROKEN, "-"))


TyperGroup.context_class.formatter_class = Formatter


class Commands(TyperGroup):
    """The commands. Each is imported when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; UsageError, with the nearest, where there is none."""
        if cmd_name not in COMMANDS:
            hint = did_you_mean(cmd_name, COMMANDS, f"there are {', '.join(COMMANDS)}")
            raise UsageError(f"no command {cmd_name!r}; {hint}")
        return _made(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each command with the first sentence of its manual, whole."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@lru_cache(maxsize=32)
def _made(name: str) -> Any:
    """The command of that name, once for all calls of a process."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    module = import_module(f"vtok.cli.{name}")
    command = flattened(getattr(module, name))
    codes: dict[int, str | None] = EXIT_CODES | getattr(module, "EXIT_CODES", {})
    lines = [f"  {code}  {meaning}" for code, meaning in sorted(codes.items()) if meaning]
    app.command(
        name,
        cls=getattr(module, "COMMAND_CLASS", None),
        help=manual(command.__doc__ or ""),
        epilog="\n".join(["\b", "Exit codes:", *lines]),
    )(command)
    return typer.main.get_command(app)


def manual(text: str) -> str:
    """A docstring as the help page shows it: paragraphs are filled, those with indented lines stay as they are."""
    paragraphs = cleandoc(text).split("\n\n")
    return "\n\n".join(f"\b\n{text}" if "\n " in text else text for text in paragraphs)


app = typer.Typer(
    cls=Commands,
    help=HELP,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        print(f"vtok {vtok.__version__}")
        raise typer.Exit


@app.callback()
def vtok_(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of vtok itself."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit; errors are one line on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        _open_closed_streams()
        _end_cleanly()
        with nullcontext() if arguments[:1] in _FORK else soon():
            code = _called([a for a in arguments if a != "--debug"] or ["--help"], debug=debug)
            sys.stdout.flush()
    except KeyboardInterrupt:  # before the command was at work, or behind it
        code = 130
    except BrokenPipeError:  # the reader of a pipe had enough: `vtok count ... | head`
        _forget_output()
        code = 0
    except OSError as error:
        # A full disk behind standard output. Errors of files that are read or saved are VtokErrors.
        _forget_output()
        code = fail(f"the output cannot be written: {(error.strerror or str(error)).lower()}", debug=debug)
    sys.exit(code)


def _called(arguments: list[str], *, debug: bool) -> int:
    """Run the command and return its exit code."""
    try:
        return app(args=arguments, prog_name="vtok", standalone_mode=False) or 0
    except VtokError as error:
        return fail(str(error), error.exit_code, debug=debug)
    except typer.TyperException as error:
        return fail(_usage(error, arguments), 2, debug=debug)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except RuntimeError as error:  # Python 3.11 turns an interrupt into one while a class is made
        if isinstance(error.__cause__, KeyboardInterrupt):
            return 130
        raise
    except SystemExit as ended:  # typer's own way out of a closed pipe is an exit code of 1
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        raise


def _open_closed_streams() -> None:
    """Open a stream that the shell closed (`>&-`), so that reading and writing do not fail."""
    for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the end


def _end_cleanly() -> None:
    """Let SIGTERM and SIGHUP end vtok as Ctrl-C does: temporary files are removed. An ignored signal stays ignored."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # as `vtok.__main__` set it for the imports
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def end(number: int, _: object) -> NoReturn:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        with suppress(ValueError):  # not in the main thread
            if number and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, end)


def _forget_output() -> None:
    """Send the rest of the output nowhere: the interpreter writes it out when it ends, and would fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str, code: int = 1, *, debug: bool = False) -> int:
    """Print one line on standard error that says what went wrong, and return the exit code."""
    if debug:
        raise  # noqa: PLE0704 - called where an error is being handled
    from vtok.render.text.plain import clean

    print(f"vtok: {clean(message)}", file=sys.stderr)
    return code


def _usage(error: typer.TyperException, arguments: list[str]) -> str:
    """The message of a usage error, with the help page that explains more."""
    command = next((a for a in arguments if a in COMMANDS), None)
    message = error.format_message().rstrip(".")
    if isinstance(error, typer.BadParameter):
        message = re.sub(NO_NUMBER, lambda m: f"{m[1]} {m[2]}: not {KINDS[m[3]]}", message)
    return f"{message}; see `vtok {command + ' ' if command else ''}--help`"
