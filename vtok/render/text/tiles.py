"""A tiled layout as tables and as a drawing in characters."""

from collections.abc import Iterator, Sequence

from vtok.render.text.tables import (
    GRID,
    SIZE,
    Column,
    Table,
    box_cell,
    box_text,
    cells_cell,
    exact,
    grid_cell,
    size_cell,
)
from vtok.values import Box, Candidate, Layout, Span

LARGE, SMALL = (12, 5), (8, 3)
"""Characters that a tile of the drawing is wide and high, without borders: of a few rows of tiles, and of many."""
FEW_ROWS = 4
PADDING = "░"


def summary(layout: Layout) -> list[tuple[str, str]]:
    """Canvas, content and padding, views and tokens, line by line."""
    columns, rows = layout.tiles or (0, 0)
    tiles = [view for view in layout.main_views if view.kind == "tile"]
    lines = [("image", f"{layout.original} (width x height)")]
    if layout.canvas:
        lines.append(("canvas", str(layout.canvas)))
    lines.append(("tiles", f"{columns} x {rows} (columns x rows)" if tiles else "none: the image is one view"))
    if layout.content and layout.canvas:
        share = 1 - layout.content.width * layout.content.height / layout.canvas.area
        padding = f"{share:.1%} is padding" if share else "no padding"
        lines.append(("content", f"the image fills {box_text(layout.content)} of the canvas; {padding}"))
    views = len(layout.main_views)
    lines.append(("views", f"{views}: {len(tiles)} tiles, {views - len(tiles)} of the whole image"))
    lines += [(step.name, step.reason) for step in layout.steps]
    return lines


def candidates(considered: Sequence[Candidate], *, everything: bool) -> Table:
    """The tilings considered, with the scores by which upstream chooses; without `everything` the best of them."""
    scores = [name for name, _ in considered[0].scores]
    listed = list(considered) if everything else _best(considered)
    more = len(considered) - len(listed)
    return Table(
        columns=[
            Column("", "chosen"),
            Column("tiles (WxH)", "tiles", number=True, parts=("tile_columns", "tile_rows")),
            Column("canvas (WxH)", "canvas", number=True, parts=("canvas_width", "canvas_height")),
            *(Column(name, name.replace(" ", "_"), number=True) for name in scores),
            Column("why", "why"),
        ],
        rows=[
            [
                "*" if c.chosen else "",
                cells_cell(*c.tiles),
                size_cell(c.canvas),
                *(exact(v) for _, v in c.scores),
                c.why,
            ]
            for c in listed
        ],
        heading="candidates",
        caption=[f"{more} more; --candidates lists all"] if more else (),
    )


def views(layout: Layout) -> Table:
    """The views in the order in which the encoder gets them, with where they lie."""
    columns = [
        Column("view", "view", number=True),
        Column("kind", "kind"),
        Column("encoder", "encoder", minor=True),
        Column("size (WxH)", "size", number=True, parts=SIZE),
        Column("grid (HxW)", "grid", number=True, minor=True, parts=GRID),
        Column("in the canvas (x,y)", "canvas_box", minor=True, parts=tuple(f"canvas_{edge}" for edge in Box._fields)),
        Column("in the image (x,y)", "source_box", parts=tuple(f"source_{edge}" for edge in Box._fields)),
    ]
    tiles = _tile_numbers(layout)
    places = dict(zip(tiles, _canvas_boxes(layout, tiles), strict=False))
    rows = [
        [i, v.kind, v.encoder, size_cell(v.size), grid_cell(v.grid), box_cell(places.get(i)), box_cell(v.source)]
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
        Column("goes to", "sink", minor=True),
    ]
    rows = [
        [i, span.kind, span.positions, span.tokens, _made_of(span), span.sink] for i, span in enumerate(layout.spans)
    ]
    return Table(columns=columns, rows=rows, heading="sequence")


def drawing(layout: Layout) -> list[str]:
    """The canvas in characters: tiles with their numbers, padding shaded."""
    columns, rows = layout.tiles or (0, 0)
    if not columns or not rows or not layout.canvas:
        return []
    wide, high = LARGE if rows <= FEW_ROWS else SMALL
    lines = [_line(layout, y, wide, high) for y in range(rows * (high + 1) + 1)]
    for i, number in enumerate(_tile_numbers(layout)):
        row, column = divmod(i, columns)
        if row < rows:
            label = f" {number} ".center(4)
            y = row * (high + 1) + 1 + high // 2
            x = column * (wide + 1) + 1 + (wide - len(label)) // 2
            lines[y] = lines[y][:x] + label + lines[y][x + len(label) :]
    return lines


def _line(layout: Layout, y: int, wide: int, high: int) -> str:
    """One line of the drawing: borders where tiles meet, shades where the canvas is padding."""
    columns, rows = layout.tiles or (1, 1)
    canvas = layout.canvas or layout.original
    content = layout.content or Box.of(canvas)
    on_border = y % (high + 1) == 0
    py = (y + 0.5) / (rows * (high + 1) + 1) * canvas.height
    characters = []
    for x in range(columns * (wide + 1) + 1):
        px = (x + 0.5) / (columns * (wide + 1) + 1) * canvas.width
        inside = content.left <= px < content.right and content.top <= py < content.bottom
        cell = " " if inside else PADDING
        characters.append("+-"[x % (wide + 1) > 0] if on_border else "|" if x % (wide + 1) == 0 else cell)
    return "".join(characters)


def _tile_numbers(layout: Layout) -> list[int]:
    """The number of each tile, in reading order: its index in the layout's views, as in the overlays' badges."""
    return [i for i, view in enumerate(layout.views) if view.kind == "tile" and view.encoder == "main"]


def _canvas_boxes(layout: Layout, tiles: Sequence[int]) -> Iterator[Box]:
    """Where each tile lies in the canvas: equal parts, or the image's own where the canvas is the image."""
    columns, rows = layout.tiles or (0, 0)
    if not layout.canvas or not columns or not rows:
        return
    if layout.canvas == layout.original:
        yield from (layout.views[i].source for i in tiles)
        return
    width, height = layout.canvas.width / columns, layout.canvas.height / rows
    for i in range(columns * rows):
        left, top = i % columns * width, i // columns * height
        yield Box(left, top, left + width, top + height)


def _best(considered: Sequence[Candidate], few: int = 5) -> list[Candidate]:
    """The chosen candidate and its closest rivals, by the scores in which they differ from it."""
    chosen = next((candidate for candidate in considered if candidate.chosen), considered[0])

    def behind(candidate: Candidate) -> list[float]:
        pairs = zip(candidate.scores, chosen.scores, strict=True)
        return [abs(score - best) for (_, score), (_, best) in pairs]

    return sorted(considered, key=lambda candidate: (not candidate.chosen, behind(candidate)))[:few]


def _made_of(span: Span) -> str:
    text = repr(span.text) if span.text else ""
    if span.raster:
        text = f"{span.raster.rows} rows x {span.raster.columns} columns"
        text += f", {span.raster.t} times" if span.raster.t > 1 else ""
        if span.row_end:
            text += f", {span.row_ends} {span.row_end.kind}s at the ends of rows"
    return text + (" (estimated)" if span.estimated else "")
