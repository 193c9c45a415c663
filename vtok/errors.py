"""Every error that a user of vtok can cause.

    VtokError                     exit code 1: this input failed, others go on
    |-- MediaError                a file that cannot be read as an image or video
    |-- ChatError                 messages of no known form, or that the chat template or tokenizer refuses
    |-- UnsupportedSizeError      a size or video that the model's own code refuses, too (ValueError)
    `-- UsageError                exit code 2: the request itself is wrong (ValueError)
        |-- UnknownModelError     no model of that name (LookupError)
        `-- UnknownOptionError    no option of that name for that model (LookupError)

Each message is one line: what was asked, what was met, what to do.
"""

from collections.abc import Iterable


class VtokError(Exception):
    """Base of everything that a user can cause; `exit_code` is what the command line returns for it."""

    exit_code = 1


class MediaError(VtokError):
    """A file could not be read as an image or a video."""


class ChatError(VtokError):
    """Messages have no known form, or the chat template or the tokenizer refuses them."""


class UnsupportedSizeError(VtokError, ValueError):
    """The model's own preprocessing refuses this size or this video."""


class UsageError(VtokError, ValueError):
    """The request contradicts itself or cannot mean anything."""

    exit_code = 2


class UnknownModelError(UsageError, LookupError):
    """No model, checkpoint or repository of that name is known."""


class UnknownOptionError(UsageError, LookupError):
    """The model has no option of that name."""


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The hint at the end of a message: the known name that a mistyped one comes near to, else `otherwise`."""
    from difflib import get_close_matches  # only a typing error pays for it

    close = get_close_matches(name.lower(), list(known), n=1)
    return f"did you mean {close[0]}?" if close else otherwise
