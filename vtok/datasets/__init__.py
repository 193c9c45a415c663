"""Data sets -> the tokens of every item: folders, tar shards, parquet, Arrow and JSON lines, on one machine or on Ray.

`shards` splits sources into shards; `files`, `tables` and `lines` read the items of one; `counting` counts them and
`rows` makes rows of that. `running` goes through the shards, `on_ray` does so on Ray, `parts` keeps what is finished.
`lengths` sums up.

Everything here needs the extra vtok[scan], and is imported when a scan starts.
"""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from os import PathLike, fspath
from typing import Any

from vtok.errors import UsageError


def check_installed() -> None:
    """Raise UsageError where the packages of vtok[scan] are missing."""
    for name in ("pyarrow", "filelock", "fsspec"):
        if not _is_installed(name):
            raise UsageError(f"scanning needs {name}; run pip install 'vtok[scan]'")


def _is_installed(name: str) -> bool:
    """Whether a package is there. It is not imported: fsspec takes long, and only URLs need it."""
    try:
        return find_spec(name) is not None
    except ValueError:  # it is blocked, or half imported
        return False


def scan(
    sources: str | PathLike[str] | Iterable[str | PathLike[str]],
    model: str | Sequence[str] = "qwen2.5-vl",
    *,
    width: str = "",
    height: str = "",
    image: str = "",
    key: str = "",
    ray: str | None = None,
    **options: Any,
) -> Any:
    """Count the tokens of every item of a data set, lazily: a `pyarrow.RecordBatchReader`.

    `sources` are folders, tar, parquet, Arrow and JSON lines files, patterns, or URLs that fsspec reads. `width`,
    `height`, `image` and `key` name columns of tables that have unusual names. `options` are those of `layout`.

    Local parquet and Arrow files are read in another process: a damaged one may end whoever reads it. It is an error
    here.

    The columns are shard, row (the number of the item in its shard), key, model, width, height, frames, tokens,
    prompt_tokens and error. What an item does not have is null; an item that cannot be counted has only an error.

    With `ray`, an address or "local", the answer is a `ray.data.Dataset` with the same columns: a task for each shard.

    Raises what `layout` does; UsageError where an extra is missing or a source is no data set.
    """
    check_installed()
    import pyarrow as pa

    from vtok.datasets import isolated
    from vtok.datasets.rows import SCHEMA
    from vtok.datasets.running import Model, Task
    from vtok.datasets.shards import shards_of
    from vtok.datasets.tables import Columns

    places = [sources] if isinstance(sources, (str, PathLike)) else list(sources)
    names = [model] if isinstance(model, str) else list(model)
    models = tuple(Model(name, name, tuple(options.items())) for name in names)
    for each in models:
        each.labelled()
    columns = Columns(width, height, image, key)
    shards = list(shards_of(fspath(place) for place in places))
    if ray is not None:
        from vtok.datasets import on_ray

        return on_ray.dataset([Task(shard, "", models, columns) for shard in shards], address=ray)
    return pa.RecordBatchReader.from_batches(SCHEMA, isolated.rows(shards, models, columns))
