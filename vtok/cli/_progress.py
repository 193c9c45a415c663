"""Progress on a terminal's standard error: how many inputs are counted, how many a second, how long it will take."""

import sys
import time
from collections.abc import Callable, Iterator

_PATIENCE = 1.0
"""Seconds before the first line."""

_BETWEEN = 0.2
"""Seconds between two lines."""

_AHEAD = 16
"""So many inputs are looked for ahead, for each one that was counted, until their number is known."""


class Progress:
    """A line on standard error that is written again and again; nothing where that is no terminal.

    How many inputs there are is found while they are counted: `expected` walks the same folders once more, ahead.
    """

    def __init__(self, expected: Callable[[], Iterator[object]] | None) -> None:
        self._start = self._last = time.monotonic()
        self._is_visible = sys.stderr.isatty()
        self._expected = expected
        self._ahead: Iterator[object] | None = None
        self._total = 0
        self._is_known = False
        self._done = 0

    def step(self, inputs: int = 1) -> None:
        """So many more inputs are counted."""
        self._done += inputs
        if not self._is_visible:
            return
        now = time.monotonic()
        if now - self._start < _PATIENCE:
            return
        self._look_ahead(inputs)
        if now - self._last > _BETWEEN:
            self._last = now
            print(f"\r\033[K{self._text(now)}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away, before something else is written or at the end."""
        if self._last > self._start:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _look_ahead(self, inputs: int) -> None:
        if self._is_known or self._expected is None:
            return
        if self._ahead is None:
            self._ahead = self._expected()
        for _ in range(inputs * _AHEAD):
            if next(self._ahead, None) is None:
                self._is_known = True
                return
            self._total += 1

    def _text(self, now: float) -> str:
        rate = self._done / (now - self._start)
        text = f"counted {self._done:,}"
        if not self._is_known:
            return f"{text}, {rate:,.0f} a second"
        seconds = round(max(0, self._total - self._done) / rate) if rate else 0
        left = f"{seconds // 60}:{seconds % 60:02}"
        return f"{text} of {self._total:,}, {rate:,.0f} a second, {left} left"
