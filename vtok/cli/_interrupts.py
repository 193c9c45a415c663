"""Ctrl-C between two inputs: never while one of them is added to the sums and written in part."""

import signal
from types import FrameType


class Interrupts:
    """Raises KeyboardInterrupt at once, but where it is held, at its release."""

    def __init__(self) -> None:
        self._is_held = self._is_pending = False

    def watch(self) -> None:
        """Take Ctrl-C from now on, where the process takes it at all."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, signum: int, frame: FrameType | None) -> None:
        if not self._is_held:
            raise KeyboardInterrupt
        self._is_pending = True

    def hold(self) -> None:
        """Wait with an interrupt; nothing that takes long may follow before the release."""
        self._is_held = True

    def release(self) -> None:
        """Raise an interrupt that came meanwhile."""
        self._is_held = False
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt
