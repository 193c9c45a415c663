"""The token counts of many sizes."""

from typing import TYPE_CHECKING

import numpy as np

from vtok.errors import VtokError
from vtok.parts.family import Family
from vtok.values import Media, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

REFUSED = -1


def token_counts(family: Family, widths: "NDArray[np.int64]", heights: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Tokens and prompt tokens of each size, as two rows; `REFUSED` where the model refuses the size."""
    out = np.empty((2, len(widths)), dtype=np.int64)
    for i, (w, h) in enumerate(zip(widths.tolist(), heights.tolist(), strict=True)):
        try:
            layout = family.layout(Media(size=Size(h, w)))
            out[:, i] = layout.tokens, layout.prompt_tokens
        except VtokError:
            out[:, i] = REFUSED
    return out
