"""The rows of a scan: which columns they have, and what a shard's rows are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from vtok.datasets.columns import nulls, numbers, repeated, texts
from vtok.datasets.counting import ABSENT, Counts, Integers, counted
from vtok.datasets.files import folder_items, tar_items
from vtok.datasets.items import Batch, Item, batch_of, failed
from vtok.datasets.lines import line_items
from vtok.datasets.shards import Shard
from vtok.datasets.tables import TABLES, Columns, table_batches
from vtok.errors import MediaError, VtokError
from vtok.media.files import printable as plain
from vtok.parts.family import Family

SCHEMA = pa.schema(
    [
        pa.field("shard", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("model", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("frames", pa.int32()),
        pa.field("tokens", pa.int32()),
        pa.field("prompt_tokens", pa.int32()),
        pa.field("error", pa.string()),
    ]
)
"""A row for each item and model. `row` is the number of the item in its shard; `key` its name, where it has one.

Numbers that an item does not have are null: the frames of an image, the size of a conversation of several images, all
numbers where `error` says why it could not be counted.
"""

ITEMS = 1_024
"""Files whose headers are read before their rows go on."""


class Labelled(NamedTuple):
    """A preset, and its name in the column `model`."""

    label: str
    family: Family


def shard_rows(shard: Shard, models: Sequence[Labelled], columns: Columns, first: int = 0) -> Iterator[pa.RecordBatch]:
    """The rows of a shard, whose items are numbered from `first` on.

    The models of a batch of items stand one after the other.

    A shard that cannot be read to its end has one row more, whose error says why.
    """
    row = first
    for batch in _batches(shard, columns):
        for model in models:
            yield _rows(shard, row, batch, model.label, counted(batch, model.family))
        row += len(batch)


def _batches(shard: Shard, columns: Columns) -> Iterator[Batch]:
    try:
        if shard.error:
            yield batch_of([Item("", error=shard.error)])
        elif shard.form in TABLES:
            yield from table_batches(shard, columns)
        else:
            readers = {"folder": folder_items, "tar": tar_items, "lines": line_items}
            yield from _in_batches(readers[shard.form](shard))
    except VtokError as error:
        yield batch_of([failed("", error)])
    except Exception as error:  # a hostile file may make its reader raise anything
        yield batch_of([failed("", MediaError(f"the shard is damaged, and its reader failed: {plain(error)}"))])


def _in_batches(items: Iterable[Item]) -> Iterator[Batch]:
    waiting = iter(items)
    while some := list(islice(waiting, ITEMS)):
        yield batch_of(some)


def _rows(shard: Shard, first: int, batch: Batch, label: str, counts: Counts) -> pa.RecordBatch:
    size = len(batch)
    tokens, prompt_tokens = counts.tokens, counts.prompt_tokens
    errors = nulls(pa.string(), size)
    if counts.errors:
        errors = texts([counts.errors.get(i) for i in range(size)])
        tokens[list(counts.errors)] = prompt_tokens[list(counts.errors)] = ABSENT
    return pa.record_batch(
        [
            repeated(shard.label, size),
            numbers(np.arange(first, first + size)),
            nulls(pa.string(), size) if batch.keys is None else batch.keys,
            repeated(label, size),
            _numbers(counts.widths),
            _numbers(counts.heights),
            _frames(counts.frames, size),
            _numbers(tokens),
            _numbers(prompt_tokens),
            errors,
        ],
        schema=SCHEMA,
    )


def _frames(frames: Mapping[int, int], size: int) -> pa.Array:
    if not frames:
        return nulls(pa.int32(), size)
    values = np.full(size, ABSENT)
    values[list(frames)] = list(frames.values())
    return _numbers(values)


def _numbers(values: Integers) -> pa.Array:
    """A column of 32 bits, with nulls for what is absent."""
    present = values != ABSENT if len(values) and values.min() == ABSENT else None
    return numbers(values.astype(np.int32, copy=False), present)
