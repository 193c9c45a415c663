"""Many sizes at once: `SizeCounter` counts the tokens of arrays of widths and heights.

How   `Family.count_keys` computes on arrays what decides the counts (`geometry/arrays.py` has the rules); sizes with
      equal keys have equal counts. `Family.layout` is asked once for each distinct key, with one size that has it, so
      that tokens and spans are written once, and a refusal is that of the model. A family without `count_keys` is
      counted exactly, too, but each distinct size is asked for. Of many grids whose counts are of one form
      (`TokenGrid`), only some are asked for; where these do not fit the form, all are.
Memory  Sizes are computed in chunks of CHUNK. The counts of keys are kept in tables for the next chunk, or the next
      batch: a counter may be asked again and again, with the batches of a data set or of a folder.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

import vtok.geometry.arrays  # noqa: F401  # the rules on arrays are registered there
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.many import EXACT_PIXELS, Sizes
from vtok.parts.family import Family
from vtok.parts.keys import TokenGrid
from vtok.values import Media, Size

Integers = NDArray[np.int64]

REFUSED = -1
"""The count of a size that the model refuses, or that is none."""

CHUNK = 2**16
"""Sizes that are computed at once: few of their arrays leave a processor's cache, and they outweigh the calls."""

DENSE = 2**22
"""The largest table of counts, in keys. Keys that spread wider are kept in a dictionary, which is slower."""

MOST = 2**31 - 1
"""The largest count that such a table holds."""

UNKNOWN = -2
"""In a table: the count of a key that was not asked for."""

ASKED = 16
"""Of grids that promise a plain form (`TokenGrid`), how many are asked for: four decide, the others confirm."""

SCATTER = 2_654_435_761
"""Multiples of this prime, modulo 2**32, lie in no order: near 2**32 by the golden ratio (Knuth, volume 3, 6.4)."""

Ask = Callable[[Integers], Integers]
"""The tokens and prompt tokens of the sizes at some places of a chunk: a row for each."""


class Counts(NamedTuple):
    """The counts of many sizes, in their order: arrays of whole numbers, with REFUSED where there is none."""

    tokens: NDArray[Any]
    prompt_tokens: NDArray[Any]


class SizeCounter:
    """Counts the images of a data set for one preset, batch by batch."""

    def __init__(self, family: Family, *, side_limit: int) -> None:
        self.family = family
        self.side_limit = side_limit
        self._table = _Table()
        self._form: Integers | None = None  # of a TokenGrid, once it is known; empty if its promise does not hold
        self._known: dict[tuple[int, ...], tuple[int, int]] = {}
        self._wrong: UsageError | None = None  # what layout said of the settings, with some size
        self._useless = True  # no size was counted yet

    def count(self, widths: NDArray[Any], heights: NDArray[Any]) -> Counts:
        """The counts, as int64, of these sizes: two arrays of one axis and one length, of whole numbers or floats.

        A size is refused (REFUSED) where the model refuses it, and where a side is not a whole number from 1 to the
        limit, such as the NaN of a missing one. Raises UsageError for settings with which no size can be counted.
        """
        counts = Counts(np.empty(len(widths), np.int64), np.empty(len(widths), np.int64))
        for start in range(0, len(widths), CHUNK):
            part = slice(start, start + CHUNK)
            counts.tokens[part], counts.prompt_tokens[part] = self.count_batch(widths[part], heights[part])
        return counts

    def count_batch(self, widths: NDArray[Any], heights: NDArray[Any]) -> Counts:
        """As `count`, all at once, for at most some CHUNK of sizes; the counts have 32 bits where these hold them."""
        counts = self._chunk(heights, widths)
        if self._useless:
            self._useless = bool((counts.prompt_tokens == REFUSED).all())
            if self._wrong and self._useless:
                raise self._wrong
        return counts

    def _chunk(self, heights: NDArray[Any], widths: NDArray[Any]) -> Counts:
        sides: list[Any] = [np.asarray(side, np.float64) for side in (heights, widths)]
        if self._are_ordinary(heights, widths):
            return self._of_keys(Sizes(*sides))
        sound = self._is_side(sides[0]) & self._is_side(sides[1])
        huge = np.flatnonzero(sound & (sides[0] * sides[1] >= EXACT_PIXELS))
        ordinary = sound.copy()
        ordinary[huge] = False
        ordinary_counts = self._of_keys(Sizes(*(cast("Any", np.where(ordinary, side, 1.0)) for side in sides)))
        counts = Counts(*(array.astype(np.int64) for array in ordinary_counts))
        for array in counts:
            array[~sound] = REFUSED
        for i in huge:
            size = int(sides[0][i]), int(sides[1][i])
            counts.tokens[i], counts.prompt_tokens[i] = self._remembered(("size", *size), size)
        return counts

    def _are_ordinary(self, *sides: NDArray[Any]) -> bool:
        """Whether all sides are whole numbers within the limit, and no area is too large for arrays."""
        if not sides[0].size or not all(np.issubdtype(side.dtype, np.integer) for side in sides):
            return False
        tops = [int(side.max()) for side in sides]
        return (
            min(int(side.min()) for side in sides) >= 1
            and max(tops) <= self.side_limit
            and (tops[0] * tops[1] < EXACT_PIXELS)
        )

    def _is_side(self, side: Any) -> Any:
        return (side >= 1) & (side <= self.side_limit) & (np.floor(side) == side)

    def _of_keys(self, sizes: Sizes) -> Counts:
        """The counts of sound sizes."""
        length = np.shape(sizes.height)
        with np.errstate(all="ignore"):  # refused sizes of 0 x 0 are divided by
            try:
                decisive = self.family.count_keys(sizes)
            except UnsupportedSizeError:
                decisive = ()  # every size is refused: one is asked for the reason
            except UsageError:
                decisive = tuple(sizes)  # settings that only some sizes come to
            keys = [np.broadcast_to(np.asarray(key, np.int64), length) for key in decisive]

        def ask(places: Integers) -> Integers:
            return self._answers(sizes, keys, places, plain=isinstance(decisive, TokenGrid))

        return self._table.look_up(keys or [np.zeros(length, np.int64)], ask)

    def _answers(self, sizes: Sizes, keys: list[Integers], places: Integers, *, plain: bool) -> Integers:
        """The counts of the sizes at these places, a row each, which have different keys."""
        answers = np.zeros((len(places), 2), np.int64)
        asked = np.ones(len(places), bool)
        if plain and (self._form is not None or len(places) > 2 * ASKED):
            grids = np.stack([key[places] for key in keys], axis=1)
            asked = (grids == 0).any(axis=1)
            if self._form is None:
                places_left = np.flatnonzero(~asked)
                some = places_left[np.argsort(places_left * SCATTER % 2**32)[:ASKED]]
                self._form = _form(grids[some], self._one_by_one(sizes, keys, places[some]))
            if self._form is not None and self._form.size:
                answers = _terms(grids) @ self._form
            else:
                asked[:] = True
        answers[asked] = self._one_by_one(sizes, keys, places[asked])
        return answers

    def _one_by_one(self, sizes: Sizes, keys: list[Integers], places: Integers) -> Integers:
        heights, widths = sizes
        answers = [
            self._remembered(tuple(int(key[i]) for key in keys), (int(heights[i]), int(widths[i])))  # type: ignore[index]
            for i in places.tolist()
        ]
        return np.array(answers, np.int64).reshape(-1, 2)

    def _remembered(self, key: tuple[Any, ...], size: tuple[int, int]) -> tuple[int, int]:
        if key not in self._known:
            self._known[key] = self._asked(Size(*size))
        return self._known[key]

    def _asked(self, size: Size) -> tuple[int, int]:
        """The tokens and prompt tokens of one size."""
        try:
            layout = self.family.layout(Media(size=size))
        except UnsupportedSizeError:
            return REFUSED, REFUSED
        except UsageError as error:
            self._wrong = error
            return REFUSED, REFUSED
        return layout.tokens, layout.prompt_tokens


class _Table:
    """The counts of keys, an axis for each number of a key.

    Tokens and prompt tokens stand side by side as numbers of 32 bits, and are looked up as one number of 64.
    """

    def __init__(self) -> None:
        self.shape: tuple[int, ...] = ()
        self._pairs = np.empty(0, np.int64)
        self._is_wide = False  # some count has more than 32 bits

    def look_up(self, keys: list[Integers], ask: Ask) -> Counts:
        """The counts of each combination of numbers; `ask` is asked for one place of each."""
        if self._is_wide or not self._holds(keys):
            return _looked_up_sparsely(keys, ask)
        place = keys[0]
        for key, length in zip(keys[1:], self.shape[1:], strict=True):
            place = place * length + key
        pairs = self._pairs.take(place).view(np.int32)
        if (unknown := np.flatnonzero(pairs[1::2] == UNKNOWN)).size:
            places, first = np.unique(place[unknown], return_index=True)
            answers = ask(unknown[first])
            if answers.max() > MOST:
                self._is_wide = True
                return _looked_up_sparsely(keys, ask)
            self._pairs[places] = np.ascontiguousarray(answers, np.int32).view(np.int64)[:, 0]
            pairs = self._pairs.take(place).view(np.int32)
        return Counts(pairs[::2], pairs[1::2])

    def _holds(self, keys: list[Integers]) -> bool:
        """Whether the table has a place for all keys, if need be after it is made larger."""
        if not len(keys[0]) or min(int(key.min()) for key in keys) < 0:
            return False
        tops = [int(key.max()) + 1 for key in keys]
        old = self.shape or (0,) * len(keys)
        if all(top <= length for top, length in zip(tops, old, strict=True)):
            return True
        shape = tuple(max(top, length) for top, length in zip(tops, old, strict=True))
        if np.prod(np.array(shape, float)) > DENSE:
            return False
        larger = np.full((*shape, 2), UNKNOWN, np.int32).view(np.int64)[..., 0]
        larger[tuple(slice(length) for length in old)] = self._pairs.reshape(old)
        self._pairs = larger.reshape(-1)
        self.shape = shape
        return True


def _looked_up_sparsely(keys: list[Integers], ask: Ask) -> Counts:
    """As `_Table.look_up`, for keys that spread too wide for a table."""
    code, span = np.zeros(len(keys[0]), np.int64), 1
    for key in keys:
        numbers, width = key - key.min(), int(np.ptp(key)) + 1
        if width > CHUNK:
            numbers, width = _numbered(key), CHUNK
        code, span = code * width + numbers, span * width
        if span > 2**40:
            code, span = _numbered(code), CHUNK
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    answers = ask(first)
    return Counts(answers[inverse, 0], answers[inverse, 1])


def _terms(grids: Integers) -> Integers:
    rows, columns = grids.T
    return np.stack([np.ones_like(rows), rows, columns, rows * columns], axis=1)


def _form(grids: Integers, answers: Integers) -> Integers | None:
    """The whole numbers by which the terms of each grid make its counts.

    None if these grids are too much alike to tell; empty if they contradict one another.
    """
    terms = _terms(grids)
    numbers, _, rank, _ = np.linalg.lstsq(terms.astype(float), answers.astype(float), rcond=None)
    if rank < 4:
        return None
    form = np.rint(numbers).astype(np.int64)
    return form if (terms @ form == answers).all() else np.empty(0, np.int64)


def _numbered(key: Integers) -> Integers:
    """The place of each number of a chunk among its distinct numbers."""
    return np.unique(key, return_inverse=True)[1].astype(np.int64)
