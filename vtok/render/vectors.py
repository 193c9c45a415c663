"""matplotlib as it is installed, whatever the environment and the folder at hand say about it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vtok.errors import VtokError

if TYPE_CHECKING:
    from types import ModuleType

OF_OTHERS = ("MPLBACKEND", "MATPLOTLIBRC", "SOURCE_DATE_EPOCH")
"""Variables that matplotlib reads, and fails over where they hold nonsense."""

SETTINGS: dict[str, Any] = {"svg.fonttype": "path", "svg.hashsalt": "vtok", "pdf.fonttype": 42}
"""Type is drawn as outlines, so that no machine needs the font."""


def loaded() -> "ModuleType":
    """Matplotlib with its defaults, loaded without a word on standard error. Raises VtokError where it cannot be."""
    import sys

    if "matplotlib" in sys.modules:
        return sys.modules["matplotlib"]
    with _alone():
        try:
            import matplotlib as mpl

            mpl.rcdefaults()
            import matplotlib.figure
            import matplotlib.font_manager
        except ImportError:
            raise
        except Exception as error:  # a matplotlibrc in this folder that is no text
            reason = " ".join(str(error).split())[:120]
            raise VtokError(f"matplotlib cannot be loaded ({reason}); look for a damaged matplotlibrc") from None
    return mpl


@contextmanager
def drawing(**settings: Any) -> Iterator[None]:
    """Matplotlib with SETTINGS and these, its environment hidden and its log silent."""
    mpl = loaded()
    with _alone(), mpl.rc_context(SETTINGS | settings):
        yield


@contextmanager
def _alone() -> Iterator[None]:
    """No variables of others, no lines of matplotlib's log."""
    import logging

    kept = {name: os.environ.pop(name) for name in OF_OTHERS if name in os.environ}
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        os.environ.update(kept)
        log.setLevel(level)
