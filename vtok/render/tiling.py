"""A tiled layout as tables and as a drawing in characters."""

from collections.abc import Iterator, Sequence
from typing import Any

from vtok.render.tables import Column, Table
from vtok.values import Box, Candidate, Layout, Span

CELL = (8, 3)
"""Characters a tile is wide and high in the drawing, borders apart."""
PADDING = "░"


def summary(layout: Layout) -> list[tuple[str, str]]:
    """Canvas, content and padding, views and tokens, line by line."""
    columns, rows = layout.tiles or (0, 0)
    tiles = [view for view in layout.main_views if view.kind == "tile"]
    lines = [("picture", str(layout.original))]
    if layout.canvas:
        lines.append(("canvas", str(layout.canvas)))
    lines.append(("tiles", f"{columns} x {rows} (columns x rows)" if tiles else "none: the picture is one view"))
    if layout.content and layout.canvas:
        share = 1 - layout.content.width * layout.content.height / layout.canvas.area
        lines.append(("content", f"{_box(layout.content)} of the canvas; {share:.1%} is padding"))
    whole = sum(view.kind == "thumbnail" for view in layout.main_views)
    lines.append(("views", f"{len(layout.main_views)}: {len(tiles)} tiles, {whole} of the whole picture"))
    lines += [(step.name, step.reason) for step in layout.steps]
    return lines


def candidates(found: Sequence[Candidate], *, everything: bool) -> Table:
    """The tilings considered, with the scores by which upstream chooses; without `everything` the best of them."""
    scores = [name for name, _ in found[0].scores]
    shown = list(found) if everything else _notable(found)
    left = len(found) - len(shown)
    return Table(
        columns=[
            Column("", "chosen"),
            Column("tiles", "tiles", number=True),
            Column("canvas", "canvas", number=True),
            *(Column(name, name.replace(" ", "_"), number=True) for name in scores),
            Column("why", "why"),
        ],
        rows=[
            ["*" if c.chosen else "", "x".join(map(str, c.tiles)), c.canvas, *(_number(v) for _, v in c.scores), c.why]
            for c in shown
        ],
        heading="candidates",
        caption=[f"{left} more; --candidates shows all"] if left else (),
    )


def views(layout: Layout) -> Table:
    """The views in the order in which the encoder gets them, with where they lie."""
    columns = [
        Column("view", "view", number=True),
        Column("kind", "kind"),
        Column("encoder", "encoder"),
        Column("size", "size", number=True),
        Column("grid", "grid", number=True),
        Column("in the canvas", "canvas_box"),
        Column("in the picture", "source_box"),
    ]
    places = dict(zip(_tile_numbers(layout), _canvas_boxes(layout), strict=False))
    rows = [
        [i, v.kind, v.encoder, v.size, f"{v.grid[1]}x{v.grid[2]}", places.get(i), _box(v.source)]
        for i, v in enumerate(layout.views)
    ]
    return Table(columns=columns, rows=rows, heading="views")


def sequence(layout: Layout) -> Table:
    """The spans in the order in which the language model gets them."""
    columns = [
        Column("span", "span", number=True),
        Column("kind", "kind"),
        Column("positions", "positions", number=True),
        Column("tokens", "tokens", number=True),
        Column("made of", "made_of"),
        Column("goes to", "sink"),
    ]
    rows = [
        [i, span.kind, span.positions, span.tokens, _made_of(span), span.sink] for i, span in enumerate(layout.spans)
    ]
    return Table(columns=columns, rows=rows, heading="sequence")


def drawing(layout: Layout) -> list[str]:
    """The canvas in characters: tiles with their place in the encoder's order, padding shaded."""
    columns, rows = layout.tiles or (0, 0)
    if not columns or not rows or not layout.canvas:
        return []
    width, height = columns * (CELL[0] + 1) + 1, rows * (CELL[1] + 1) + 1
    content = layout.content or Box.of(layout.canvas)
    numbers = _tile_numbers(layout)
    lines = []
    for y in range(height):
        line = []
        for x in range(width):
            across, down = x % (CELL[0] + 1) == 0, y % (CELL[1] + 1) == 0
            px, py = (x + 0.5) / width * layout.canvas.width, (y + 0.5) / height * layout.canvas.height
            inside = content.left <= px < content.right and content.top <= py < content.bottom
            line.append("+" if across and down else "-" if down else "|" if across else " " if inside else PADDING)
        if y % (CELL[1] + 1) == CELL[1] // 2 + 1:
            first = y // (CELL[1] + 1) * columns
            for column, number in enumerate(numbers[first : first + columns]):
                label = f" {number} ".center(4)
                start = column * (CELL[0] + 1) + 1 + (CELL[0] - len(label)) // 2
                line[start : start + len(label)] = label
        lines.append("".join(line))
    return lines


def _tile_numbers(layout: Layout) -> list[int]:
    return [i for i, view in enumerate(layout.views) if view.kind == "tile" and view.encoder == "main"]


def _canvas_boxes(layout: Layout) -> Iterator[str]:
    columns, rows = layout.tiles or (0, 0)
    if layout.canvas and columns and rows:
        width, height = layout.canvas.width / columns, layout.canvas.height / rows
        for i in range(columns * rows):
            left, top = i % columns * width, i // columns * height
            yield _box(Box(left, top, left + width, top + height))


def _notable(found: Sequence[Candidate], few: int = 5) -> list[Candidate]:
    """The chosen candidate among its neighbours in upstream's order."""
    at = next((i for i, candidate in enumerate(found) if candidate.chosen), 0)
    start = max(0, min(at - few // 2, len(found) - few))
    return list(found[start : start + few])


def _made_of(span: Span) -> str:
    text = repr(span.text) if span.text else ""
    if span.raster:
        text = f"{span.raster.rows} x {span.raster.columns}" + (f" x {span.raster.t}" if span.raster.t > 1 else "")
        if span.row_end:
            text += f", {span.row_ends} {span.row_end.kind}s at the ends of rows"
    return text + (" (estimated)" if span.estimated else "")


def _box(box: Box) -> str:
    left, top, right, bottom = (f"{round(edge, 1):g}" for edge in box)
    return f"{left},{top} - {right},{bottom}"


def _number(value: float) -> Any:
    return int(value) if value == int(value) else f"{value:.4f}"
