"""A batch of items of a data set: arrays for the images, and Media for what is no single image."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vtok.datasets.columns import texts
from vtok.errors import VtokError
from vtok.values import Media

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BATCH = 65_536
"""The most items of a batch. Arrays of this length stay in a processor's cache."""

LONGEST_KEY = 1_000
"""Characters of a key that are kept. Names in shards may be of any length."""


class Item(NamedTuple):
    """An item whose file was read: its images and videos in their order, or why it cannot be counted."""

    key: str
    media: tuple[Media, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Items in their order. The arrays hold a number for each item.

    `widths` and `heights` are in pixels as stored, `orientations` the EXIF orientations (None: all are 1). `media` has
    the images and videos of each item that is not one image, and `errors` why an item has none; the numbers of both
    are 0. `keys` is None where the source names no items.
    """

    widths: "NDArray[np.int64]"
    heights: "NDArray[np.int64]"
    orientations: "NDArray[np.int64] | None"
    keys: "pa.Array | None"
    media: dict[int, tuple[Media, ...]]
    errors: dict[int, str]

    def __len__(self) -> int:
        return len(self.widths)


def batch_of(items: Iterable[Item]) -> Batch:
    """The batch of these items."""
    items = list(items)
    numbers = np.zeros((3, len(items)), dtype=np.int64)
    media, errors = {}, {}
    for i, item in enumerate(items):
        if item.error:
            errors[i] = item.error
        elif len(item.media) == 1 and not item.media[0].is_video:
            only = item.media[0]
            numbers[:, i] = only.size.width, only.size.height, only.orientation
        else:
            media[i] = item.media
    keys = texts([item.key[:LONGEST_KEY] for item in items])
    widths, heights, orientations = numbers
    return Batch(widths, heights, orientations, keys, media, errors)


def failed(key: str, error: VtokError) -> Item:
    """An item that cannot be counted."""
    return Item(key, error=" ".join(str(error).split()))
