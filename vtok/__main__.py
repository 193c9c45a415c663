"""The `vtok` command, and `python -m vtok`."""

import gc
from typing import NoReturn

gc.disable()  # imports make no garbage, and looking for it would take a twentieth of the start-up

from vtok.cli import main  # noqa: E402


def run() -> NoReturn:
    """Run the command line; from here on garbage is collected, but nothing that was imported is searched."""
    gc.freeze()
    gc.enable()
    main()


if __name__ == "__main__":
    run()
