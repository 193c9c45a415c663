"""Columns of pyarrow made of numpy arrays and of texts.

`pa.array` and `to_numpy` do that, too, but import pandas wherever it is installed: that takes longer than a small scan.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def numbers(values: NDArray[Any], present: NDArray[np.bool_] | None = None) -> pa.Array:
    """Whole numbers of 32 or 64 bits, over the same memory; nulls where `present` is false."""
    kind = {4: pa.int32(), 8: pa.int64()}[values.dtype.itemsize]
    return pa.Array.from_buffers(kind, len(values), [_bits(present), pa.py_buffer(np.ascontiguousarray(values))])


def texts(values: Sequence[str | None]) -> pa.Array:
    """Texts, with nulls for None; what UTF-8 cannot hold becomes a question mark."""
    encoded = [(value or "").encode(errors="replace") for value in values]
    ends = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum([len(text) for text in encoded], out=ends[1:])
    present = np.array([value is not None for value in values], dtype=bool)
    buffers = [_bits(present), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


@lru_cache(maxsize=64)
def nulls(kind: pa.DataType, size: int) -> pa.Array:
    """So many nulls, made once."""
    return pa.nulls(size, kind)


@lru_cache(maxsize=64)
def repeated(text: str, size: int) -> pa.Array:
    """The same text so many times, written once."""
    return pa.DictionaryArray.from_arrays(numbers(np.zeros(size, dtype=np.int32)), texts([text]))


def _bits(present: NDArray[np.bool_] | None) -> pa.Buffer | None:
    return None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
