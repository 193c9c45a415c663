"""The `vtok` command, and `python -m vtok`."""

import _signal as signal  # type: ignore[import-not-found]  # `signal` is made of it, and takes milliseconds

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during imports ends vtok without a traceback

import gc
import os
import sys

gc.disable()  # imports make no garbage, and looking for it would take a twentieth of the start-up
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's library would start threads that vtok has no work for

from typing import NoReturn  # noqa: E402

from vtok.cli import main  # noqa: E402

_NEW_OBJECTS = 50_000
"""How many objects are made before garbage is looked for: the imports of a command make fewer."""

_NEED_AN_END = {"PIL", "av", "matplotlib", "rich", "coverage"}
"""Modules that may have something to do at the end of the process."""


def run() -> NoReturn:
    """Run the command line; from here on garbage is collected, but rarely, and not among what was imported."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()
    try:
        main()
    except SystemExit as ended:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is left to be done
        if _NEED_AN_END.isdisjoint(sys.modules) and isinstance(ended.code, int):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended.code)  # to take all modules apart would take a thirtieth of the start-up
        raise


if __name__ == "__main__":
    run()
