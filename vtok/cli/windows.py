"""`vtok windows`: the windows within which an encoder attends."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

import vtok
from vtok import engines
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._inputs import Input
from vtok.cli._pieces import parse_grid
from vtok.cli._presets import one_preset
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.render.files import Outputs, save_arrays
from vtok.render.text import windows as text
from vtok.render.text.answers import dumps
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import show, show_notes, show_pairs
from vtok.values import SCHEMA, grid_dict

if TYPE_CHECKING:
    from vtok.geometry.windows import Windows

ARRAYS = ("window_index", "reverse_index", "cu_window_seqlens", "cu_seqlens", "vit_pos_ids")

Grid = Annotated[
    list[str] | None,
    typer.Option(
        "--grid", "-g", metavar="[Tx]HxW", show_default=False,
        help="A grid in patches, rows x columns, as in image_grid_thw. Several are one batch.",
    ),
]  # fmt: skip
Merged = Annotated[
    bool, typer.Option("--merged", help="Grids are in merged tokens instead of patches (one token is 2x2 patches).")
]
Map = Annotated[bool, typer.Option("--map", help="Print the window of each token, even if the grid is large.")]
Index = Annotated[bool, typer.Option("--index", help="Print window_index and reverse_index, a line per token.")]
Order = Annotated[bool, typer.Option("--order", help="Print the place at which each patch enters the encoder.")]
Save = Annotated[str | None, typer.Option("--save", metavar="FILE.npz", help="Write the arrays to FILE.npz.")]


def windows(
    *,
    inputs: o.InputOptions,
    grid: Grid = None,
    merged: Merged = False,
    model: o.OneModel = None,
    map_: Map = False,
    index: Index = False,
    order: Order = False,
    save: Save = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show how an encoder with windowed attention divides the grid of merged tokens into windows.

    Most layers of Qwen2.5-VL's encoder attend within windows of 112 x 112 pixels; the others attend in full. The
    windows are shown in numbers and, for a grid that is not too large, as a map.

    Examples:
      vtok windows photo.jpg
      vtok windows --grid 36x36
      vtok windows --grid 18x18 --merged
      vtok windows --grid 8x26x46 --index
      vtok windows photo.jpg --save windows.npz
    """
    if order and (index or save):
        raise UsageError(f"--order has an output of its own; leave out {'--index' if index else '--save'}")
    family = one_preset(model, preset, video)
    sources = inputs.gather() if inputs else []
    if save:
        Outputs([inputs.files_from, *(model or ()), *(source.path for source in sources)]).check(save)
    failures = Failures()
    grids = _grids(sources, video, grid or [], family, failures, merged=merged)
    if grids and order:
        _show_order(family, grids, as_json=json)
    elif grids:
        partition = vtok.windows(family, grids=grids)
        if save:
            save_arrays(save, {name: getattr(partition, name) for name in ARRAYS})
        if json:
            print(dumps({**_document(family, partition), "errors": failures.to_list()}))
        elif index:
            show(text.index_table(partition))
        else:
            _show_windows(family, partition, every_map=map_)
    failures.end()


def _document(family: Family, partition: "Windows") -> dict[str, Any]:
    return {
        "schema": SCHEMA, "model": family.model, "grids": list(map(grid_dict, partition.grids)),
        "merge_size": partition.merge_size, "window": getattr(family, "window_size", None),
        "window_side": partition.side, "num_windows": partition.num_windows, "padding_share": partition.padding_share,
        "full_layers": partition.full_layers, "windowed_layers": partition.windowed_layers,
        "pairs_windowed": partition.pairs_windowed, "pairs_full": partition.pairs_full,
        **{name: getattr(partition, name).tolist() for name in ARRAYS},
    }  # fmt: skip


def _show_windows(family: Family, partition: "Windows", *, every_map: bool) -> None:
    show_pairs([("model", f"{family.model} · {family.names[0]} · {engines.heading(family)}"), *text.figures(partition)])
    for (t, h, w), (_, rows, columns) in zip(partition.grids, partition.token_grids, strict=True):
        steps = f", the same at each of {t} temporal steps" if t > 1 else ""
        if every_map or text.is_small(rows, columns):
            write_lines(["", f"window of each token in a grid of {h}x{w} patches{steps}:"])
            text.show_map(rows, columns, partition.side)
        else:
            show_notes([f"the map of {rows} rows x {columns} columns of tokens is left out; --map prints it"])


def _show_order(family: Family, grids: list[tuple[int, ...]], *, as_json: bool) -> None:
    orders = [vtok.patch_order(grid, family).tolist() for grid in grids]
    if as_json:
        print(dumps([
            {"schema": SCHEMA, "model": family.model, "grid": grid_dict(grid), "patch_order": order}
            for grid, order in zip(grids, orders, strict=True)
        ]))  # fmt: skip
        return
    for grid, order in zip(grids, orders, strict=True):
        write_lines(text.order_lines(order, grid))


def _grids(
    sources: list[Input], video: o.VideoOptions, typed: list[str], family: Family, failures: Failures, *, merged: bool
) -> list[tuple[int, ...]]:
    """The grids that were typed, then those of the inputs that could be read."""
    if not sources and not typed:
        raise UsageError("no grid; give --grid 36x36, a size such as 1920x1080, or a file")
    if merged and sources:
        raise UsageError("--merged is about --grid; the grid of an image or size needs no unit")
    scale = getattr(family, "merge_size", 1) if merged else 1
    grids = [_in_patches(parse_grid(grid), scale) for grid in typed]
    for source in sources:
        with failures.of(source.name):
            grids.append(family.layout(video.media(source)).global_view.grid)
    return grids


def _in_patches(grid: tuple[int, ...], scale: int) -> tuple[int, ...]:
    """A grid of merged tokens, of which each is `scale` x `scale` patches."""
    return (*grid[:-2], grid[-2] * scale, grid[-1] * scale)
