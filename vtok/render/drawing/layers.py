"""The image of a panel and the grids on it: patches, tokens, windows.

Lines have three weights: patches are hair-thin, tokens clear, windows (and tiles) strong. Lines are thinner and fainter
where cells are small, so that the image under them can be seen.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from vtok.render.drawing.drawings import CLEAR, COMFORT, HAIR, LEAST_GAP, STRONG, Drawing, Entry, Layer, least_gap
from vtok.render.drawing.grids import Grid
from vtok.render.drawing.numbers import in_cells
from vtok.render.drawing.panels import Panel
from vtok.render.drawing.scene import Fill, Hatch, Label, Lattice, Photo, Shape, Stroke, common
from vtok.render.lettering import CAP_HEIGHT, TIMES, glued
from vtok.render.palette import DARK_LINE, neighbour
from vtok.values import Box, Layout, Size

LEAST_PADDING = 2.0
"""Pixels (of a page 1920 wide) of padding at a side of the image from which on the legend explains it."""

AT_EASE = 48.0
"""Pixels (of a page 1920 wide) between lines from which on nothing is taken from the image's contrast."""


def ground(d: Drawing) -> Layer:
    """The image itself, as coarse as the model has it under `content`; a blank box on a diagram. Padding is hatched."""
    domain, original = d.panel.domain, Box.of(d.layout.original)
    inside = common(original, domain) or domain
    place, box = d.place, d.plane.box(inside)
    widest = max(box.left - place.left, box.top - place.top, place.right - box.right, place.bottom - box.bottom)
    return Layer(_ground(d, inside), entry=Entry("padding", "padding") if widest >= LEAST_PADDING * d.scale else None)


def _ground(d: Drawing, inside: Box) -> Iterator[Shape]:
    if inside != d.panel.domain:
        line = max(1.0, 2 * d.unit)
        yield Hatch(box=d.place, ground=d.theme.padding, colour=d.theme.hatch, gap=18 * d.unit, width=line)
    box = d.plane.box(inside)
    if not d.photo:
        yield Fill(boxes=(box,), colour=d.theme.blank)
        return
    seen = _seen(d.panel, inside) if "content" in d.layers else None
    yield Photo(box=box, image=d.image, source=inside, of=d.layout.original, seen=seen, calm=_calm(d))


def _seen(panel: Panel, inside: Box) -> Size:
    """The size at which the model has this part of the image."""
    across = panel.seen.width * inside.width / panel.domain.width
    down = panel.seen.height * inside.height / panel.domain.height
    return Size(max(1, round(down)), max(1, round(across)))


def _calm(d: Drawing) -> float:
    """How much contrast is taken from the image, from 0 to 1: more under a dense grid."""
    grids = {"tokens": d.tokens, "patches": d.patches, "windows": d.windows}
    gaps = [least_gap(of_layer) for name, of_layer in grids.items() if name in d.layers]
    dense = min((gap for gap in gaps if gap >= LEAST_GAP * d.scale), default=AT_EASE * d.unit)
    return 0.22 * max(0.0, min(1.0, (AT_EASE * d.unit - dense) / ((AT_EASE - COMFORT) * d.unit)))


def content(d: Drawing) -> Layer:
    """The line of the legend for an image drawn as coarse as the model has it; `ground` draws it."""
    return Layer(entry=Entry("content", "as coarse as the model sees it") if "content" in d.layers else None)


def cut(d: Drawing) -> Layer:
    """A veil over what the model cuts away."""
    original, kept = Box.of(d.layout.original), _kept(d.layout)
    if kept is None or all(abs(a - b) <= 0.5 for a, b in zip(kept, original, strict=True)):
        return Layer()
    around = (
        Box(original.left, original.top, original.right, kept.top),
        Box(original.left, kept.bottom, original.right, original.bottom),
        Box(original.left, kept.top, kept.left, kept.bottom),
        Box(kept.right, kept.top, original.right, kept.bottom),
    )
    inside = (common(box, d.panel.domain) for box in around)
    boxes = tuple(d.plane.box(box) for box in inside if box and box.width > 0.01 and box.height > 0.01)
    veil = (Fill(boxes=boxes, colour=DARK_LINE, opacity=0.62),) if boxes else ()
    return Layer(veil, entry=Entry("cut", "cut away, never seen"))


def _kept(layout: Layout) -> Box | None:
    """The part of the original that any view shows; None where no view tells."""
    sources = [view.source for view in layout.main_views if view.source.width > 0 and view.source.height > 0]
    if not sources:
        return None
    lefts, tops, rights, bottoms = zip(*sources, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def patches(d: Drawing) -> Layer:
    """Hair lines between patches, without those that are lines between tokens as well."""
    if least_gap(d.patches) < LEAST_GAP * d.scale:
        return Layer(notes=("patches are too small to draw at this width",))
    side = d.panel.drawn_views()[0].patch_size
    return Layer(lines=_patch_lines(d), entry=Entry("patches", f"patch of {glued(f'{side} {TIMES} {side} px')}"))


def _patch_lines(d: Drawing) -> Iterator[Shape]:
    clear = d.tokens if "tokens" in d.layers else []
    used_x = [x for grid in clear for x in grid.xs]
    used_y = [y for grid in clear for y in grid.ys]
    for grid in d.patches:
        stroke = d.stroke(grid.gap, HAIR)
        if stroke:
            yield from _lattice(d, grid, stroke, _without(grid.xs, used_x), _without(grid.ys, used_y))


def tokens(d: Drawing) -> Layer:
    """Clear lines between tokens; between blocks of them where they are too small."""
    if not d.tokens:
        return Layer()
    across, down = block = coarseness(d)
    if block == (1, 1):
        side = d.panel.drawn_views()[0].merge_size
        text = f"token = {glued(f'{side} {TIMES} {side} patches')}" if side > 1 else "token"
    else:
        text = f"block of {glued(f'{across} {TIMES} {down} tokens')}"
    if all(across >= len(grid.xs) - 1 and down >= len(grid.ys) - 1 for grid in d.tokens) and block != (1, 1):
        return Layer(notes=("tokens are too small to draw at this width",))
    return Layer(lines=_token_lines(d, block), entry=Entry("tokens", text))


def _token_lines(d: Drawing, block: tuple[int, int]) -> Iterator[Shape]:
    for grid in d.tokens:
        gap = min(side * count for side, count in zip(grid.cell, block, strict=True))
        stroke = d.stroke(gap, CLEAR)
        if stroke:
            yield from _lattice(d, grid, stroke, grid.xs[:: block[0]], grid.ys[:: block[1]])


def coarseness(d: Drawing) -> tuple[int, int]:
    """Every how many columns and rows a line is drawn between tokens: powers of two, 1 where they are large enough."""
    blocks = []
    for axis in (0, 1):
        cells = [grid.cell[axis] for grid in d.tokens if grid.cell[axis]]
        longest = max((len((grid.xs, grid.ys)[axis]) - 1 for grid in d.tokens), default=1)
        block = 1
        while cells and min(cells) * block < d.least * d.scale and block < longest:
            block *= 2
        blocks.append(min(block, longest))
    return blocks[0], blocks[1]


def windows(d: Drawing) -> Layer:
    """A tint and strong lines for each window; on a diagram its place in the encoder's order, too."""
    if not d.windows:
        return Layer()
    only = all(len(grid.xs) == len(grid.ys) == 2 for grid in d.windows)
    text = "one attention window holds all" if only else "attention window"
    tints = () if only and d.photo else _tints(d)
    if d.photo or in_cells(d):
        note = () if d.photo else ("windows are not numbered where their tokens are",)
        return Layer(tints, _window_lines(d), entry=Entry("windows", text), notes=note)
    labels = tuple(_window_numbers(d))
    numbered = ", numbered from 0" if labels and not only else ""
    return Layer(tints, _window_lines(d), labels, entry=Entry("windows", text + numbered))


def _tints(d: Drawing) -> Iterator[Shape]:
    """A thin tint for each window, in four colours by row and column."""
    for grid in d.windows:
        blocks: dict[str, list[Box]] = {}
        for row, (top, low) in enumerate(pairwise(grid.ys)):
            for column, (left, far) in enumerate(pairwise(grid.xs)):
                blocks.setdefault(neighbour(row, column), []).append(Box(left, top, far, low))
        # Thinner where windows are many, so that the photo stays the photo.
        opacity = 0.15 + 0.09 * min(1.0, grid.gap / (160 * d.unit)) if d.photo else 0.62
        for colour, boxes in sorted(blocks.items()):
            yield Fill(boxes=tuple(boxes), colour=colour, opacity=opacity, over=d.over)


def _window_lines(d: Drawing) -> Iterator[Shape]:
    for grid in d.windows:
        stroke = d.stroke(grid.gap, STRONG)
        if stroke:
            yield from _lattice(d, grid, stroke, grid.xs, grid.ys)


def _window_numbers(d: Drawing) -> Iterator[Label]:
    for grid in d.windows:
        size = min(0.34 * grid.gap, 52 * d.unit)
        if size < 20 * d.unit:
            continue
        for row, (top, low) in enumerate(pairwise(grid.ys)):
            for column, (left, far) in enumerate(pairwise(grid.xs)):
                if min(far - left, low - top) > size * 1.2:
                    at = (left + far) / 2, (top + low) / 2 + size * CAP_HEIGHT / 2
                    text = str(row * (len(grid.xs) - 1) + column)
                    yield Label(at=at, text=text, size=size, colour=d.theme.ink, bold=True, anchor="middle")


def _lattice(d: Drawing, grid: Grid, stroke: Stroke, xs: Sequence[float], ys: Sequence[float]) -> Iterator[Lattice]:
    """Lines at some of a grid's places; the edge of the panel itself needs none."""
    box = common(Box(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1]), d.place) or d.place
    across = _thinned(x for x in xs if d.place.left + 1 < x < d.place.right - 1)
    down = _thinned(y for y in ys if d.place.top + 1 < y < d.place.bottom - 1)
    if across or down:
        yield Lattice(box=box, xs=across, ys=down, stroke=stroke, over=d.over)


def _thinned(edges: Iterable[float]) -> tuple[float, ...]:
    """Without edges that coincide."""
    return tuple(dict.fromkeys(round(edge, 3) for edge in edges))


def _without(edges: Sequence[float], used: Sequence[float]) -> tuple[float, ...]:
    """Without edges that are drawn already."""
    taken = {round(edge * 2) for edge in used}
    taken |= {mark + side for mark in taken for side in (-1, 1)}
    return tuple(edge for edge in edges if round(edge * 2) not in taken)
