"""matplotlib, whatever backend the user has set up for it: vtok writes files and opens no windows."""

import os
import sys
from contextlib import suppress
from typing import Any


def matplotlib() -> Any:
    """The package, imported even where $MPLBACKEND names no backend. Whoever else draws here has their own backend."""
    if "matplotlib" in sys.modules:
        return sys.modules["matplotlib"]
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):
            mpl.rcParams["backend"] = backend
    return mpl
