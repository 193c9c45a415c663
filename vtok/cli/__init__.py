"""The command line: one short file per command, and the one place where errors become messages and exit codes.

Commands load when they are called: `vtok count` imports nothing of `vtok models`. Exit codes: 0 all done; 1 some
inputs failed; 2 wrong usage or unknown model; 3 does not fit (`budget`).
"""

import os
import sys
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

import vtok
from vtok.errors import UsageError, VtokError

COMMANDS = ("count", "budget", "models", "tiles", "windows", "mrope", "overlay", "plot", "explain")
HELP = "What a vision-language model makes of your picture or clip: sizes, grids, tiles, tokens, position ids."


class Commands(TyperGroup):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; UsageError, with the nearest, where there is none."""
        if cmd_name not in COMMANDS:
            from difflib import get_close_matches  # only a typing error pays for it

            close = get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(COMMANDS)}"
            raise UsageError(f"no command {cmd_name!r}; {hint}")
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        module = import_module(f"vtok.cli.{cmd_name}")
        app.command(cmd_name, cls=getattr(module, "COMMAND_CLASS", None))(getattr(module, cmd_name))
        return typer.main.get_command(app)


app = typer.Typer(
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
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
        code = app(args=[a for a in arguments if a != "--debug"], prog_name="vtok", standalone_mode=False)
    except VtokError as error:
        code = fail(str(error), error.exit_code, debug=debug)
    except typer.TyperException as error:
        code = fail(_usage(error, arguments), 2, debug=debug)
    except BrokenPipeError:  # the reader of a pipe had enough: `vtok count ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    sys.exit(code)


def fail(message: str, code: int = 1, *, debug: bool = False) -> int:
    """Say in one line what went wrong; return the exit code."""
    if debug:
        raise  # noqa: PLE0704 - called where an error is being handled
    from vtok.render.plain import clean

    print(f"vtok: {clean(message)}", file=sys.stderr)
    return code


def _usage(error: typer.TyperException, arguments: list[str]) -> str:
    """A usage error with where to read on."""
    command = next((a for a in arguments if a in COMMANDS), None)
    message = error.format_message().rstrip(".")
    return f"{message}; see `vtok {command + ' ' if command else ''}--help`"
