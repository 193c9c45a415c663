"""The lengths in the file of a scan."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vtok.datasets.counting import counter
from vtok.errors import MediaError
from vtok.geometry.packing import EMPTY, Lengths, Measured
from vtok.parts.bulk import REFUSED
from vtok.parts.family import Family

if TYPE_CHECKING:
    import pyarrow as pa


def measured(path: str) -> dict[str, Measured]:
    """The lengths of each model, from the file of a scan. Raises MediaError for a file that is none."""
    import pyarrow.compute as pc

    models: dict[str, Measured] = {}
    for batch in rows_of(path, "model", "tokens", "prompt_tokens"):
        for label, rows in _by_model(batch):
            before = models.get(label, Measured(EMPTY, 0, 0))
            known = rows.filter(rows.column("prompt_tokens").is_valid())
            prompt = known.column("prompt_tokens").to_numpy().astype(np.int64)
            values, counts = np.unique(prompt, return_counts=True)
            models[label] = Measured(
                before.lengths.merged(values, counts.astype(np.int64)),
                before.visual_tokens + (pc.sum(known.column("tokens")).as_py() or 0),
                before.errors + len(rows) - len(known),
            )
    return models


def _by_model(batch: "pa.RecordBatch") -> "Iterator[tuple[str, pa.RecordBatch]]":
    import pyarrow.compute as pc

    labels = batch.column("model").dictionary.to_pylist()
    if len(labels) == 1:
        yield labels[0], batch
        return
    for label in labels:
        rows = batch.filter(pc.equal(batch.column("model"), label))
        if len(rows):
            yield label, rows


def rows_of(path: str, *columns: str) -> "Iterator[pa.RecordBatch]":
    """These columns of a scan's file. Raises MediaError for a file that has them not."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from vtok.media.files import open_file

    open_file(path).close()
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            if missing := [name for name in columns if name not in file.schema_arrow.names]:
                raise MediaError(f"this is no file of vtok scan: it has no column {missing[0]}")
            yield from file.iter_batches(batch_size=1 << 18, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise MediaError(f"this is no file of vtok scan: {' '.join(str(error).split())[:120]}") from None


def num_errors(path: str) -> int:
    """How many items of a scan's file could not be counted, from its footer."""
    import pyarrow.parquet as pq

    footer = pq.read_metadata(path)
    column = footer.schema.to_arrow_schema().get_field_index("error")
    groups = (footer.row_group(i) for i in range(footer.num_row_groups))
    return sum(group.num_rows - group.column(column).statistics.null_count for group in groups)


def errors_of(path: str) -> Iterator[tuple[str, str]]:
    """The items of a scan's file that could not be counted: the shard with the item's key, and why."""
    for batch in rows_of(path, "shard", "key", "error"):
        for row in batch.filter(batch.column("error").is_valid()).to_pylist():
            yield "/".join(filter(None, (row["shard"], row["key"]))), row["error"]


def by_preset(path: str, label: str, family: Family) -> Lengths:
    """The lengths of the items that are one image, if they were counted by another preset than the scan's `label`."""
    import pyarrow.compute as pc

    lengths = EMPTY
    for batch in rows_of(path, "model", "width", "height", "frames"):
        mine = pc.and_(pc.equal(batch.column("model"), label), pc.is_null(batch.column("frames")))
        rows = batch.filter(pc.and_(mine, pc.is_valid(batch.column("width"))))
        widths, heights = (rows.column(name).to_numpy().astype(np.int64) for name in ("width", "height"))
        counts = counter(family).count(widths, heights).prompt_tokens
        lengths = lengths.merged(*np.unique(counts[counts != REFUSED], return_counts=True))
    return lengths
