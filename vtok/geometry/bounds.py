"""The one bound on what a layout may hold, checked before it is built.

Headers announce what they like, and settings may ask for anything: a view, a frame, a row or a column of which there
are billions would fill the memory.
"""

from vtok.errors import UnsupportedSizeError

MOST = 2**17
"""Most views, frames, rows and columns of a layout: 72 minutes of video at 30 frames a second, every frame taken."""

MOST_TILES = 2**14
"""Most tiles of an image: they have more tokens than any context."""


def bounded(number: int, what: str, most: int = MOST) -> int:
    """The number itself. Raises UnsupportedSizeError if a layout may not hold so many; `what` are "frames", say."""
    if number > most:
        raise UnsupportedSizeError(
            f"{number:,} {what}; a layout holds at most {most:,} of them: choose a smaller size, or fewer frames"
        )
    return number
