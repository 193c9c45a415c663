"""Ctrl-C: between two inputs, never while one of them is added to the sums and written in part; and within a second."""

import os
import signal
from _thread import start_new_thread  # `threading` costs a start-up more than this file
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import sleep
from types import FrameType

PATIENCE = 0.5
"""Seconds that the command has to end by itself."""


@contextmanager
def soon() -> Iterator[None]:
    """End the process half a second after a signal that ends it, whatever is at work then.

    Python looks at signals between its own instructions: a decoder of large images, written in C, may keep it from
    that for ten seconds. A thread waits for the signal, and runs while the decoder does, which lets go of the lock.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    except ValueError:  # not in the main thread, which alone takes signals
        os.close(reading)
        os.close(writing)
        yield
        return
    work = AtWork()
    start_new_thread(_wait, (reading, work))
    try:
        yield
    finally:
        work.is_going_on = False
        signal.set_wakeup_fd(before)
        os.close(writing)


class AtWork:
    """Whether the command is at work."""

    is_going_on = True


def _wait(reading: int, work: AtWork) -> None:
    """Wait for a signal, or until nothing writes to the pipe any more."""
    number = os.read(reading, 1)
    if number:
        sleep(PATIENCE)
    os.close(reading)
    if not number or not work.is_going_on:
        return
    from vtok.render.files import UNFINISHED

    for path in list(UNFINISHED):
        with suppress(OSError):
            os.unlink(path)
    os._exit(128 + number[0])


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
