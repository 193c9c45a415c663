"""`vtok windows`: the window partition of an encoder's attention."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

import vtok
from vtok.cli import _options as o
from vtok.cli._failures import Failures
from vtok.cli._inputs import Input
from vtok.cli._pieces import parse_grid
from vtok.cli._presets import one_preset
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.render.files import Outputs, save_arrays
from vtok.render.text import windows as partition
from vtok.render.text.answers import dumps
from vtok.render.text.plain import write_lines
from vtok.render.text.tables import show, show_pairs
from vtok.values import SCHEMA, grid_dict

if TYPE_CHECKING:
    from vtok.geometry.windows import Windows

ARRAYS = ("window_index", "reverse_index", "cu_window_seqlens", "cu_seqlens", "vit_pos_ids")

Grid = Annotated[
    list[str] | None,
    typer.Option(
        "--grid",
        "-g",
        metavar="[Tx]HxW",
        help="A grid in patches, rows x columns as image_grid_thw; several are one batch.",
    ),
]
Merged = Annotated[bool, typer.Option("--merged", help="Grids are in merged tokens (one token is 2x2 patches).")]
Index = Annotated[bool, typer.Option("--index", help="Print the permutation itself.")]
Order = Annotated[bool, typer.Option("--order", help="Print at which place each patch enters the encoder.")]
Save = Annotated[str | None, typer.Option("--save", metavar="FILE.npz", help="Write the arrays to FILE.npz.")]


def windows(
    *,
    inputs: o.InputOptions,
    grid: Grid = None,
    merged: Merged = False,
    model: o.OneModel = None,
    index: Index = False,
    order: Order = False,
    save: Save = None,
    preset: o.PresetOptions,
    video: o.VideoOptions,
    json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show how the windowed layers of an encoder partition the merged grid.

    vtok windows --grid 36x36              a grid of patches

    vtok windows --grid 18x18 --merged     the same, in merged tokens

    vtok windows photo.jpg --save windows.npz

    vtok windows --grid 8x26x46            a video of 8 temporal steps
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
        found = vtok.windows(family, grids=grids)
        if save:
            save_arrays(save, {name: getattr(found, name) for name in ARRAYS})
        if json:
            print(dumps({**_facts(family, found), "errors": failures.to_list()}))
        elif index:
            show(partition.index_table(found))
        else:
            _show_windows(family, found)
    failures.end()


def _facts(family: Family, found: "Windows") -> dict[str, Any]:
    return {
        "schema": SCHEMA, "model": family.model, "grids": list(map(grid_dict, found.grids)),
        "merge_size": found.merge_size, "window": getattr(family, "window_size", None), "window_side": found.side,
        "num_windows": found.num_windows, "padding_share": found.padding_share,
        "full_layers": found.full_layers, "windowed_layers": found.windowed_layers,
        "pairs_windowed": found.pairs_windowed, "pairs_full": found.pairs_full,
        **{name: getattr(found, name).tolist() for name in ARRAYS},
    }  # fmt: skip


def _show_windows(family: Family, found: "Windows") -> None:
    pipeline = f"{family.pipeline_used} {family.version_used}"
    show_pairs([("model", f"{family.model} · {family.names[0]} · {pipeline}"), *partition.figures(found)])
    for (t, h, w), (_, rows, columns) in zip(found.grids, found.token_grids, strict=True):
        steps = f", the same at each of {t} temporal steps" if t > 1 else ""
        write_lines(["", f"windows of {h}x{w} patches{steps}:"])
        partition.show_map(rows, columns, found.side)


def _show_order(family: Family, grids: list[tuple[int, ...]], *, as_json: bool) -> None:
    orders = [vtok.patch_order(grid, family).tolist() for grid in grids]
    if as_json:
        print(dumps([
            {"schema": SCHEMA, "model": family.model, "grid": grid_dict(grid), "patch_order": order}
            for grid, order in zip(grids, orders, strict=True)
        ]))  # fmt: skip
        return
    for grid, order in zip(grids, orders, strict=True):
        write_lines(list(partition.order_lines(order, grid)))


def _grids(
    sources: list[Input], video: o.VideoOptions, typed: list[str], family: Family, failures: Failures, *, merged: bool
) -> list[tuple[int, ...]]:
    """The grids that were typed, then those of the inputs that could be read."""
    if not sources and not typed:
        raise UsageError("no grid; give --grid 36x36, a size such as 1920x1080, or a file")
    if merged and sources:
        raise UsageError("--merged is about --grid; the grid of an image or size needs no unit")
    scale = getattr(family, "merge_size", 1) if merged else 1
    grids = [_in_patches(parse_grid(text), scale) for text in typed]
    for given in sources:
        with failures.of(given.name):
            grids.append(family.layout(video.media(given)).global_view.grid)
    return grids


def _in_patches(grid: tuple[int, ...], scale: int) -> tuple[int, ...]:
    """A grid of merged tokens, of which each is `scale` x `scale` patches."""
    return (*grid[:-2], grid[-2] * scale, grid[-1] * scale)
