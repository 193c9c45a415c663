"""Parquet and Arrow files: columns of widths and heights, or of encoded images, row group by row group.

Columns are recognised by their names, or named by the user. An image column holds bytes, or structs of bytes and path
as Hugging Face's `datasets` writes them (datasets, features/image.py), or lists of these.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vtok.datasets.items import BATCH, Batch, Item, batch_of, failed
from vtok.datasets.shards import Shard, is_url, opened
from vtok.errors import MediaError, VtokError
from vtok.media import probe
from vtok.values import Media

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

TABLES = ("parquet", "arrow")
"""The forms of shards that are read here."""

WIDTHS = ("width", "image_width", "original_width", "img_width", "w")
HEIGHTS = ("height", "image_height", "original_height", "img_height", "h")
IMAGES = ("image", "images", "img", "jpg", "jpeg", "png", "webp", "image_bytes", "bytes")
KEYS = ("key", "__key__", "id", "image_id", "uid", "file_name", "filename", "path", "image_path", "url")
"""Names of columns, the first that a file has is taken; letters may be large or small."""

ROWS_OF_IMAGES = 256
"""Rows of encoded images that are read at once, so that few of their bytes are in memory."""


class Columns(NamedTuple):
    """Which columns to read; empty names are recognised."""

    width: str = ""
    height: str = ""
    image: str = ""
    key: str = ""


def table_batches(shard: Shard, columns: Columns) -> Iterator[Batch]:
    """The items of a parquet or Arrow file, in batches. Raises VtokError for a file that cannot be read."""
    import pyarrow as pa

    try:
        reader = _parquet if shard.form == "parquet" else _arrow
        yield from reader(shard, columns)
    except (pa.ArrowException, OSError, EOFError) as error:
        raise MediaError(f"the file is damaged or cut: {' '.join(str(error).split())[:200]}") from None


def _parquet(shard: Shard, asked: Columns) -> Iterator[Batch]:
    import pyarrow.parquet as pq

    source: Any = opened(shard.place) if is_url(shard.place) else _regular(shard.place)
    with pq.ParquetFile(source, pre_buffer=False, buffer_size=1 << 20) as file:
        columns = recognised(file.schema_arrow, asked)
        names = [name for name in columns if name]
        rows = ROWS_OF_IMAGES if columns.image else BATCH
        for batch in file.iter_batches(batch_size=rows, columns=names, use_threads=False):
            yield _read(batch, columns, shard.place)


def _arrow(shard: Shard, asked: Columns) -> Iterator[Batch]:
    import pyarrow as pa

    source = pa.PythonFile(opened(shard.place)) if is_url(shard.place) else pa.memory_map(_regular(shard.place))
    with source:
        try:
            reader: Any = pa.ipc.open_file(source)
            batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        except pa.ArrowInvalid:
            source.seek(0)
            reader = pa.ipc.open_stream(source)
            batches = iter(reader)
        columns = recognised(reader.schema, asked)
        rows = ROWS_OF_IMAGES if columns.image else BATCH
        names = [name for name in columns if name]
        for batch in batches:
            whole = batch.select(names)
            for start in range(0, len(whole), rows):
                yield _read(whole.slice(start, rows), columns, shard.place)


def _regular(place: str) -> str:
    """The same path if it is that of a regular file: opening a pipe may hang."""
    opened(place).close()
    return place


def recognised(schema: "pa.Schema", asked: Columns) -> Columns:
    """The columns to read; MediaError where there are none, or where a named one is missing."""
    names = {name.lower(): name for name in reversed(schema.names)}
    for name in filter(None, asked):
        if name not in schema.names:
            raise MediaError(f"no column {name!r}; the file has {', '.join(schema.names[:20])}")

    def first(known: tuple[str, ...], wanted: str) -> str:
        return wanted or next((names[name] for name in known if name in names), "")

    width, height = first(WIDTHS, asked.width), first(HEIGHTS, asked.height)
    image = asked.image or ("" if width and height else first(IMAGES, ""))
    if not image and not (width and height):
        raise MediaError(
            f"no columns of widths and heights, and none of images; name them (--width, --height, --image): "
            f"{', '.join(schema.names[:20])}"
        )
    key = first(KEYS, asked.key)
    return Columns("" if image else width, "" if image else height, image, "" if key == image else key)


def _read(batch: "pa.RecordBatch", columns: Columns, place: str) -> Batch:
    keys = _keys(batch, columns.key)
    if columns.image:
        return _of_images(batch.column(columns.image), keys, place)
    errors: dict[int, str] = {}
    widths, heights = (_whole(batch.column(name), name, errors) for name in (columns.width, columns.height))
    if errors:
        widths, heights = widths.astype(np.int64), heights.astype(np.int64)
        widths[list(errors)] = heights[list(errors)] = 0
    return Batch(widths, heights, None, keys, {}, errors)


def _keys(batch: "pa.RecordBatch", name: str) -> "pa.Array | None":
    import pyarrow as pa

    if not name:
        return None
    try:
        return batch.column(name).cast(pa.string())
    except pa.ArrowException:
        return None  # structs and bytes are no names


def _whole(column: "pa.Array", name: str, errors: dict[int, str]) -> "NDArray[Any]":
    """The numbers of a column; nulls, fractions and what is no number become errors and zeros."""
    import pyarrow as pa

    if (
        pa.types.is_integer(column.type)
        and not column.null_count
        and column.type.bit_width <= 63 + (column.type != pa.uint64())
    ):
        whole: NDArray[Any] = np.from_dlpack(column)  # `to_numpy` would import pandas where that is there
        return whole
    numbers = np.zeros(len(column), dtype=np.int64)
    for i, value in enumerate(column.to_pylist()):
        if isinstance(value, (int, float)) and value == value // 1 and abs(value) < 2**62:
            numbers[i] = int(value)
        else:
            errors.setdefault(i, f"the {name} is {'missing' if value is None else repr(value)[:40]}")
    return numbers


def _of_images(column: "pa.Array", keys: "pa.Array | None", place: str) -> Batch:
    items = []
    for i, value in enumerate(column):
        try:
            items.append(Item("", tuple(_images(value, place))))
        except VtokError as error:
            items.append(failed("", error))
        if not items[i].media and not items[i].error:
            items[i] = items[i]._replace(error="no image in this row")
    return replace(batch_of(items), keys=keys)


def _images(value: "pa.Scalar[Any]", place: str) -> Iterator[Media]:
    """The images of one row: bytes, a struct of bytes and path, the path alone, or a list of these."""
    import pyarrow as pa

    if not value.is_valid:
        return
    if isinstance(value, (pa.ListScalar, pa.LargeListScalar)):
        for item in value.values:
            yield from _images(item, place)
    elif isinstance(value, pa.StructScalar):
        fields = [name for name in ("bytes", "path") if name in value and value[name].is_valid]
        if fields:
            yield from _images(value[fields[0]], place)
    elif isinstance(value, (pa.BinaryScalar, pa.LargeBinaryScalar)) and not isinstance(
        value, (pa.StringScalar, pa.LargeStringScalar)
    ):
        yield probe(pa.BufferReader(value.as_buffer()))  # a view of the column's memory: no byte is copied
    elif isinstance(value, (pa.StringScalar, pa.LargeStringScalar)):
        yield probe(os.path.join(os.path.dirname(place), value.as_py()))
    else:
        raise MediaError(f"a value of type {value.type} is no image")
