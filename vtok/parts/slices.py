"""The prompt of MiniCPM-V's models: the whole image, its slices row by row, a number before them."""

from collections.abc import Sequence

from vtok.parts.spans import plain, special
from vtok.parts.tiles import row_by_row
from vtok.values import Span

NUMBER = (Span(kind="text", count=3, text="<image_id>0</image_id>"),)
"""What stands before an image or a video."""


def sliced_spans(tokens: Sequence[Span], tiles: tuple[int, int]) -> tuple[Span, ...]:
    """The tokens of the whole and of each slice, between start and end tokens; line breaks between rows of slices."""
    parts = [*special("<image>"), tokens[0], *special("</image>")]
    for i, row, column in row_by_row(tiles):
        parts += [*special("<slice>"), tokens[i + 1], *special("</slice>")]
        if column == tiles[0] - 1 and row < tiles[1] - 1:
            parts.append(plain("\n"))
    return tuple(parts)
