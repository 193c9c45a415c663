"""Lengths of sequences: how many items have each, quantiles, what truncation loses, and how well they pack."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Lengths(NamedTuple):
    """How many items have each length in prompt tokens: `values` in rising order, `counts` of the same shape."""

    values: "NDArray[np.int64]"
    counts: "NDArray[np.int64]"

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self.counts.sum())

    @property
    def tokens(self) -> int:
        """The sum of all lengths."""
        return int(self.values @ self.counts)

    def quantile(self, share: float) -> int:
        """The least length that this share of the items does not pass."""
        rank = max(0, int(np.ceil(share * self.items)) - 1)
        return int(self.values[np.searchsorted(np.cumsum(self.counts), rank, side="right")])

    def merged(self, values: "NDArray[np.int64]", counts: "NDArray[np.int64]") -> "Lengths":
        """These lengths and others together."""
        both, inverse = np.unique(np.concatenate([self.values, values]), return_inverse=True)
        sums = np.zeros(len(both), dtype=np.int64)
        np.add.at(sums, inverse, np.concatenate([self.counts, counts]))
        return Lengths(both, sums)

    def truncated(self, length: int) -> tuple[int, int]:
        """How many items are longer than this, and how many tokens truncation to it loses."""
        longer = self.values > length
        return int(self.counts[longer].sum()), int((self.values[longer] - length) @ self.counts[longer])

    def packed(self, length: int) -> int:
        """How many sequences of this length first-fit-decreasing fills with these items, longer ones truncated.

        Items of one length go into the first sequences that have room, so sequences that are filled alike stay
        together: groups of them are followed, not each by itself. The answer is that of the plain algorithm.
        """
        room, bins = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        sizes = np.minimum(self.values, length)
        for size, count in zip(sizes[::-1].tolist(), self.counts[::-1].tolist(), strict=True):
            if size > 0:
                room, bins = _placed(room, bins, size, count, length)
        return int(bins.sum())


def _placed(
    room: "NDArray[np.int64]", bins: "NDArray[np.int64]", size: int, count: int, length: int
) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """The groups of sequences, by their order, after `count` items of one size: the room in each, and how many."""
    fits = room // size
    taken_before = np.cumsum(fits * bins) - fits * bins
    left = count - int((fits * bins).sum())
    if left > 0:
        each = length // size
        full, rest = divmod(left, each)
        new = [(length - each * size, full), (length - rest * size, 1 if rest else 0)]
        kept = [(r, n) for r, n in new if n]
        return (
            np.concatenate([room - fits * size, np.array([r for r, _ in kept], dtype=np.int64)]),
            np.concatenate([bins, np.array([n for _, n in kept], dtype=np.int64)]),
        )
    last = int(np.searchsorted(taken_before, count, side="left")) - 1  # the group in which the items end
    before = np.arange(len(room)) < last
    room, bins = room.copy(), bins.copy()
    room[before] -= fits[before] * size
    full, rest = divmod(count - int(taken_before[last]), int(fits[last]))
    pieces = [
        (room[last] - fits[last] * size, full),
        (room[last] - rest * size, 1 if rest else 0),
        (room[last], bins[last] - full - (1 if rest else 0)),
    ]
    kept = [(r, n) for r, n in pieces if n]
    return (
        np.concatenate([room[:last], np.array([r for r, _ in kept], dtype=np.int64), room[last + 1 :]]),
        np.concatenate([bins[:last], np.array([n for _, n in kept], dtype=np.int64), bins[last + 1 :]]),
    )


class Measured(NamedTuple):
    """What a scan says of one model."""

    lengths: Lengths
    visual_tokens: int
    errors: int


EMPTY = Lengths(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
"""No items."""
