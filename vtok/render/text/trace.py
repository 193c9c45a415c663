"""A trace as tables: the stages of an input's way, its cost, and where the numbers are from."""

from collections.abc import Iterator
from typing import Any

from vtok.networks import Cost, Shape, Stage, Trace
from vtok.render.text.answers import provenance
from vtok.render.text.tables import Cell, Column, Table
from vtok.values import Size

STAGE_COLUMNS = (
    Column("part", "part"),
    Column("stage", "stage"),
    Column("before", "before", minor=1),
    Column("after", "after"),
    Column("decided by", "number"),
    Column("why", "reason"),
    Column("", "scale", minor=2, parts=("scale_x", "scale_y")),
    Column("", "distortion", minor=2),
    Column("source", "source", minor=3),
)
COST_COLUMNS = (
    Column("cost", "cost"),
    Column("attention pairs", "attention_pairs", number=True),
    Column("multiply-adds", "multiply_adds", number=True),
    Column("bytes", "bytes", number=True),
)
TERA, GIGA = 1e12, 1e9


def summary(trace: Trace, name: str) -> list[tuple[str, str]]:
    """The input, the model, and where its networks are published."""
    networks = trace.architecture
    pairs = [("input", name), ("model", provenance(trace.layout))]
    if networks:
        pairs.append(("networks", f"{networks.checkpoint}: {networks.source}"))
        if networks.left_out:
            pairs.append(
                ("left out", f"of this config, so class defaults of transformers: {', '.join(networks.left_out)}")
            )
    if trace.unknown:
        pairs.append(("networks", trace.unknown))
    return pairs


def stages(trace: Trace) -> Table:
    """A row for each stage. People read a part's name once; programs read it in every row."""
    rows = []
    part = ""
    for stage in trace.stages:
        rows.append(_stage(stage, "" if stage.part == part else stage.part))
        part = stage.part
    return Table(columns=STAGE_COLUMNS[:6], rows=rows, heading="stages")


def plain_stages(trace: Trace) -> Table:
    """The stages for programs, with scales, distortions and sources as columns of their own."""
    rows = []
    for stage in trace.stages:
        scale = Cell("", stage.scale) if stage.scale else None
        rows.append([*_stage(stage, stage.part, words=False), scale, stage.distortion, stage.source])
    return Table(columns=STAGE_COLUMNS, rows=rows)


def _stage(stage: Stage, part: str, *, words: bool = True) -> list[Any]:
    before, after = _place(stage.before, stage.input), _place(stage.after, stage.output)
    reason = stage.reason + (_lost(stage) if words else "")
    return [part, stage.name, before, after, stage.number, reason]


def _place(size: Size | None, shape: Shape | None) -> str:
    """A size as WxH, a shape in brackets; both where a stage has both."""
    parts = [str(size)] if size else []
    parts += [f"[{', '.join(map(str, shape))}]"] if shape else []
    return " ".join(parts)


def _lost(stage: Stage) -> str:
    """What a resize changes for good, as the end of a sentence."""
    if not stage.scale:
        return ""
    x, y = stage.scale
    text = f"; scale {x:.1%} of the width, {y:.1%} of the height"
    if stage.distortion is None:
        return text
    return text + (
        f", aspect ratio {stage.distortion:+.1%}" if abs(stage.distortion) >= 0.0005 else ", aspect ratio kept"
    )


def costs(cost: Cost) -> Table:
    """Pairs, multiply-adds and bytes: a row for each part, and the sum."""
    total = cost.multiply_adds
    totals = [["sum", None, large(total), None]] if total is not None else []
    return Table(columns=COST_COLUMNS, rows=list(_cost_rows(cost)), totals=totals, heading="cost")


def _cost_rows(cost: Cost) -> Iterator[list[Any]]:
    for one in cost.encoders:
        name = "encoder" if one.encoder == "main" else f"encoder ({one.encoder})"
        yield [name, one.attention_pairs, large(one.multiply_adds), None]
        if one.pairs_full_layer is not None:
            yield [f"{name}, a full layer", one.pairs_full_layer, None, None]
        if one.pairs_windowed_layer is not None:
            yield [f"{name}, a windowed layer", one.pairs_windowed_layer, None, None]
    if cost.connector is not None and cost.connector:
        yield ["connector", None, large(cost.connector), None]
    if cost.language:
        words = f"prefill of {cost.language.positions:,} positions"
        yield [words, cost.language.attention_pairs, large(cost.language.multiply_adds), None]
    for name, number in {
        "pixel values": cost.pixel_values,
        "embeddings": cost.embeddings,
        "KV cache": cost.kv_cache,
    }.items():
        if number is not None:
            yield [f"{name} in {cost.dtype}", None, None, Cell(bytes_text(number), (number,))]


def large(number: int | None) -> Cell | None:
    """A number of multiply-adds: in millions of millions for people where it is large."""
    if number is None:
        return None
    for unit, name in ((TERA, "T"), (GIGA, "G")):
        if number >= unit:
            return Cell(f"{number / unit:,.2f} {name}", (number,))
    return Cell(f"{number:,}", (number,))


def bytes_text(number: int) -> str:
    """A number of bytes for people."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= unit:
            return f"{number / unit:,.1f} {name}"
    return f"{number:,} B"
