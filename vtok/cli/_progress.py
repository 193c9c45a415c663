"""Progress on a terminal's standard error: what is counted, how many a second, how long it will take."""

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

    How many inputs there are is found while they are counted: `expected` walks the same folders once more, ahead. Of
    `shards`, the number is known; then the rate is that of their rows.
    """

    def __init__(self, expected: Callable[[], Iterator[object]] | None = None, *, shards: int = 0) -> None:
        self._start = self._last = time.monotonic()
        self._is_visible = sys.stderr.isatty() and shards != 1
        self._expected = expected
        self._ahead: Iterator[object] | None = None
        self._shards = self._total = shards
        self._is_known = shards > 0
        self._before = self._done = self._rows = 0

    def step(self, inputs: int = 1) -> None:
        """So many more inputs are counted."""
        self._done += inputs
        self._rows = self._done
        self._show(inputs)

    def report(self, shards: int, rows: int) -> None:
        """So many shards are done; those before the first row were done by an earlier scan."""
        self._before = self._before if rows else shards
        self._done, self._rows = shards, rows
        self._show(0)

    def clear(self) -> None:
        """Take the line away, before something else is written or at the end."""
        if self._last > self._start:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _show(self, inputs: int) -> None:
        if not self._is_visible:
            return
        now = time.monotonic()
        if now - self._start < _PATIENCE:
            return
        self._look_ahead(inputs)
        if now - self._last > _BETWEEN:
            self._last = now
            print(f"\r\033[K{self._text(now - self._start)}", end="", file=sys.stderr, flush=True)

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

    def _text(self, seconds: float) -> str:
        rate = f"{self._rows / seconds:,.0f}{' rows' if self._shards else ''} a second"
        text = f"counted {self._done:,}"
        if not self._is_known:
            return f"{text}, {rate}"
        here = self._done - self._before
        left = round(max(0, self._total - self._done) * seconds / here) if here else 0
        ending = f", {left // 60}:{left % 60:02} left" if here else ""
        return f"{text} of {self._total:,}{' shards' if self._shards else ''}, {rate}{ending}"
