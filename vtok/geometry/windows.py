"""Attention windows of an encoder, and the order in which patches enter it.

Grids are (t, h, w) in patches; merge_size x merge_size patches become one token. A windowed layer attends within blocks
of `side` x `side` merged tokens. The blocks are cut from the grid of each temporal step, row by row from its top left
corner; a rest at the right and at the bottom makes smaller windows. A full layer attends within each temporal step.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import index
from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.int64]

Grid = tuple[int, int, int]

MAX_PATCHES = 2**22
"""The most patches whose arrays are computed: an image of 28,672 x 28,672 pixels in patches of 14."""


def checked_grid(grid: Any, *, merge_size: int = 1, scale: int = 1) -> Grid:
    """A grid (t, h, w), or (h, w) of an image, as plain integers; h and w are multiplied by `scale`.

    Raises UsageError unless all are whole numbers above 0, h and w are multiples of merge_size, and there are at most
    MAX_PATCHES patches.
    """
    try:
        sides = [index(side) for side in grid]
    except TypeError:
        sides = []
    if len(sides) not in (2, 3):
        raise UsageError(f"a grid is three whole numbers, t, h and w (or h and w), not {grid!r}")
    t, h, w = (1, *sides)[-3:]
    if t < 1 or h < 1 or w < 1:
        raise UsageError(f"grid {_times(sides)}: each side must be 1 or more")
    h, w = h * scale, w * scale
    if h % merge_size or w % merge_size:
        raise UsageError(
            f"grid {_times(sides)} is in patches, and {merge_size} x {merge_size} of them make a token: "
            f"give an h and a w that divide by {merge_size}, or a grid in merged tokens"
        )
    if t * h * w > MAX_PATCHES:
        raise UsageError(f"grid {_times(sides)}: {t * h * w:,} patches are more than the limit of {MAX_PATCHES:,}")
    return t, h, w


def patch_order(grid: Grid, *, merge_size: int, block_order: bool) -> "Array":
    """For each place in the encoder's input, the patch that enters there, counted row by row.

    With `block_order`, patches enter token by token; otherwise they enter row by row. Upstream:
    transformers 5.23, models/qwen2_vl/image_processing_qwen2_vl.py, the transpose in _preprocess.
    """
    import numpy as np

    t, h, w = grid
    patches = np.arange(t * h * w)
    if not block_order:
        return patches
    blocks = patches.reshape(t, h // merge_size, merge_size, w // merge_size, merge_size)
    return blocks.transpose(0, 1, 3, 2, 4).reshape(-1)


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The windows of images and videos with these grids, which enter the encoder together.

    `side` is in merged tokens. Arrays are computed on request. Upstream: transformers 5.23, vision_utils.py.
    """

    grids: tuple[Grid, ...]
    merge_size: int
    side: int
    full_layers: tuple[int, ...] = ()
    num_layers: int | None = None

    @property
    def windowed_layers(self) -> tuple[int, ...]:
        """The layers that attend within windows."""
        return tuple(layer for layer in range(self.num_layers or 0) if layer not in self.full_layers)

    @property
    def token_grids(self) -> tuple[Grid, ...]:
        """The grids in merged tokens."""
        return tuple((t, h // self.merge_size, w // self.merge_size) for t, h, w in self.grids)

    @property
    def patches(self) -> int:
        """Patches of all grids."""
        return sum(t * h * w for t, h, w in self.grids)

    @property
    def tokens(self) -> int:
        """Merged tokens of all grids."""
        return sum(t * h * w for t, h, w in self.token_grids)

    @cached_property
    def sizes(self) -> dict[tuple[int, int], int]:
        """The number of windows by their size (rows, columns) in merged tokens, the greatest size first."""
        counts: dict[tuple[int, int], int] = {}
        for t, rows, columns in self.token_grids:
            for height, down in _pieces(rows, self.side):
                for width, across in _pieces(columns, self.side):
                    counts[height, width] = counts.get((height, width), 0) + t * down * across
        return dict(sorted(counts.items(), key=lambda item: (-item[0][0] * item[0][1], item[0])))

    @property
    def num_windows(self) -> int:
        """How many windows there are."""
        return sum(self.sizes.values())

    @property
    def padding_share(self) -> float:
        """The share of the windows' cells that lies outside the grids. No layer computes anything for it."""
        return 1 - self.tokens / (self.num_windows * self.side**2)

    @property
    def pairs_windowed(self) -> int:
        """Pairs of patches that attend to each other in a windowed layer."""
        return sum(n * (rows * columns * self.merge_size**2) ** 2 for (rows, columns), n in self.sizes.items())

    @property
    def pairs_full(self) -> int:
        """Pairs of patches that attend to each other in a full layer."""
        return sum(t * (h * w) ** 2 for t, h, w in self.grids)

    @cached_property
    def window_index(self) -> "Array":
        """For each place after tokens are sorted by window, the merged token that stands there, counted row by row."""
        import numpy as np

        out = np.empty(self.tokens, np.int64)
        start = 0
        for t, rows, columns in self.token_grids:
            frame = rows * columns
            steps = out[start : start + t * frame].reshape(t, frame)
            cells = np.arange(start, start + frame).reshape(rows, columns)
            for windows, piece in _pairs(steps[0], cells, self.side):
                windows[:] = piece
            np.add(steps[0], np.arange(1, t)[:, None] * frame, out=steps[1:])
            start += t * frame
        return out

    @cached_property
    def reverse_index(self) -> "Array":
        """For each merged token, its place after tokens are sorted by window: the inverse of `window_index`."""
        import numpy as np

        out = np.empty(self.tokens, np.int64)
        start = 0
        for t, rows, columns in self.token_grids:
            frame = rows * columns
            steps = out[start : start + t * frame].reshape(t, frame)
            places = np.arange(start, start + frame)
            for windows, piece in _pairs(places, steps[0].reshape(rows, columns), self.side):
                piece[:] = windows
            np.add(steps[0], np.arange(1, t)[:, None] * frame, out=steps[1:])
            start += t * frame
        return out

    @cached_property
    def cu_window_seqlens(self) -> "Array":
        """The boundaries of attention in windowed layers: 0, then the patches up to the end of each window."""
        import numpy as np

        out = np.zeros(self.num_windows + 1, np.int64)
        start = 1
        for t, rows, columns in self.token_grids:
            heights, widths = _lengths(rows, self.side), _lengths(columns, self.side)
            stop = start + t * len(heights) * len(widths)
            out[start:stop].reshape(t, -1)[:] = np.outer(heights, widths).reshape(-1) * self.merge_size**2
            start = stop
        return np.cumsum(out, out=out)

    @cached_property
    def cu_seqlens(self) -> "Array":
        """The boundaries of attention in full layers: 0, then the patches up to the end of each temporal step."""
        import numpy as np

        lengths = np.repeat([h * w for _, h, w in self.grids], [t for t, _, _ in self.grids])
        return np.cumsum(np.concatenate(([0], lengths)))

    @cached_property
    def vit_pos_ids(self) -> "Array":
        """Row and column of each patch, in the order in which patches enter: shape (patches, 2)."""
        import numpy as np

        m = self.merge_size
        out = np.empty((self.patches, 2), np.int64)
        start = 0
        for t, h, w in self.grids:
            strips = out[start : start + t * h * w].reshape(t, h // m, w * m, 2)  # of the blocks side by side
            block = np.arange(w * m)
            np.add(block // m % m, np.arange(0, h, m)[:, None], out=strips[0, :, :, 0])
            strips[0, :, :, 1] = block // (m * m) * m + block % m
            strips[1:] = strips[0]
            start += t * h * w
        return out


def partition(
    grids: Iterable[Grid], *, merge_size: int, side: int, full_layers: Sequence[int] = (), num_layers: int | None = None
) -> Windows:
    """The windows of several grids. Raises UsageError for no grid, and for more than MAX_PATCHES patches together."""
    windows = Windows(
        grids=tuple(grids), merge_size=merge_size, side=side, full_layers=tuple(full_layers), num_layers=num_layers
    )
    if not windows.grids:
        raise UsageError("windows need a grid; give at least one")
    if windows.patches > MAX_PATCHES:
        raise UsageError(f"{windows.patches:,} patches are more than the limit of {MAX_PATCHES:,}; give fewer grids")
    return windows


def _pairs(sorted_cells: "Array", cells: "Array", side: int) -> Iterator[tuple["Array", "Array"]]:
    """Views of cells sorted by window and of the same cells in grid order, both indexed by window, row and column."""
    rows, columns = cells.shape
    top = 0
    for height, down in _pieces(rows, side):
        # Bands of one height lie one after the other; in each, first the full windows, then the narrow one.
        bands = sorted_cells[top * columns : (top + height * down) * columns].reshape(down, height * columns)
        left = 0
        for width, across in _pieces(columns, side):
            windows = bands[:, left * height : (left + width * across) * height]
            piece = cells[top : top + height * down, left : left + width * across]
            yield (
                windows.reshape(down, across, height, width),
                piece.reshape(down, height, across, width).transpose(0, 2, 1, 3),
            )
            left += width * across
        top += height * down


def _pieces(length: int, side: int) -> tuple[tuple[int, int], ...]:
    """A length cut into sides, as pairs of a size and how many have it: the whole sides, then the rest."""
    whole, rest = divmod(length, side)
    return tuple(piece for piece in ((side, whole), (rest, 1)) if all(piece))


def _lengths(length: int, side: int) -> list[int]:
    """A length cut into sides, the rest last."""
    return [size for size, count in _pieces(length, side) for _ in range(count)]


def _times(sides: Sequence[int]) -> str:
    return "x".join(map(str, sides))
