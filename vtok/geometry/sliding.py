"""Windows that slide over an image without overlap: how large they are, and what the image is resized to for them."""

from math import ceil
from typing import NamedTuple

from vtok.geometry.many import for_many
from vtok.values import Size

ELONGATED, VERY_ELONGATED = 1.5, 4
"""The aspect ratios above which a small image is cut at all, and above which windows are no larger than its side."""
ROUND_UP = 0.2
"""The part of a window that is left over from which the image is enlarged by a whole window."""


class Sliding(NamedTuple):
    """The side of square windows, the sides of their canvas, and how many lie across and down; all 0 for no windows."""

    side: int
    height: int
    width: int
    columns: int
    rows: int

    @property
    def canvas(self) -> Size:
        """The size over which the windows slide."""
        return Size(self.height, self.width)

    @property
    def grid(self) -> tuple[int, int]:
        """The windows as (columns, rows)."""
        return self.columns, self.rows


@for_many
def squared_strip(size: Size, *, least: int, ratio: float) -> Size:
    """The square to which an image with a side below `least` and an aspect ratio above `ratio` is padded, or its size.

    Upstream: vLLM 0.33.0, transformers_utils/processors/step3_vl.py, get_image_size_for_padding.
    """
    longer, shorter = max(size), min(size)
    aspect = size.width / size.height
    thin = shorter < least and (aspect > ratio or aspect < 1 / ratio)
    return Size(longer, longer) if thin else size


@for_many
def sliding_windows(size: Size, *, whole: int, tile: int) -> Sliding:
    """The windows of an image. One whose longer side is below `whole` has none, unless it is elongated.

    Windows have a side of `tile`, or that of the shorter side where the image is elongated. A side longer than a window
    is resized to whole windows, up if more than ROUND_UP of one is left over; a shorter side is padded. Upstream: vLLM
    0.33.0, transformers_utils/processors/step3_vl.py, ImagePatcher.
    """
    longer, shorter = max(size), min(size)
    if longer < whole:
        side = shorter if longer / shorter > ELONGATED else 0
    else:
        side = min(shorter, tile) if longer / shorter > VERY_ELONGATED else tile
    if not side:
        return Sliding(0, 0, 0, 0, 0)
    height, width = (_whole_windows(length, side) for length in size)
    return Sliding(side, height, width, ceil(width / side), ceil(height / side))


@for_many
def snapped_windows(size: Size, *, whole: int, tile: int) -> Sliding:
    """As `sliding_windows`, but a side of just `whole` is small, and a side shorter than a window is stretched to it.

    The rest of a side is compared in pixels. Upstream: transformers 5.23, models/step3p7/image_processing_step3p7.py,
    _plan_patches.
    """
    longer, shorter = max(size), min(size)
    if longer <= whole:
        side = shorter if longer / shorter > ELONGATED else 0
    else:
        side = min(shorter, tile) if longer / shorter > VERY_ELONGATED else tile
    if not side:
        return Sliding(0, 0, 0, 0, 0)
    rows, columns = (max(1, length // side + (length >= side and length % side > ROUND_UP * side)) for length in size)
    return Sliding(side, rows * side, columns * side, columns, rows)


def _whole_windows(length: int, side: int) -> int:
    if length < side:
        return length
    return side * (length // side + (length / side - length // side > ROUND_UP))
