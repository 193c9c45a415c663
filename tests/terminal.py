"""A command run in a terminal of its own, as a person would see it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

STYLE = re.compile(r"\x1b\[[0-9;]*m")
ERASED = re.compile(r"[^\n]*\r\x1b\[K")
"""What a line holds before it is erased: a slow machine shows the progress."""
ROOT = Path(__file__).parent.parent


def seen(command: str, *, width: int = 110) -> tuple[int, str]:
    """Exit code and what a terminal of that width shows, without colours; `vtok` is this interpreter's."""
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminals of this kind")
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    unwanted = ("COLUMNS", "LINES", "VTOK_MODEL", "FORCE_COLOR", "TTY_COMPATIBLE", "CI")
    environment = {key: value for key, value in os.environ.items() if key not in unwanted}
    script = f'vtok() {{ "{sys.executable}" -m vtok "$@"; }}; {command}'
    process = subprocess.Popen(
        ["bash", "-c", script],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=ROOT,
        env={**environment, "TERM": "xterm-256color", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
    )
    os.close(follower)
    chunks = []
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # what Linux says at the end
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(leader)
    text = STYLE.sub("", ERASED.sub("", b"".join(chunks).decode("utf-8", "replace").replace("\r\n", "\n")))
    return process.wait(), "\n".join(line.rstrip() for line in text.splitlines())
