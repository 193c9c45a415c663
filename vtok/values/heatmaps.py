"""One value a token painted onto the image: attention maps in the image's own pixels."""

from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError
from vtok.values.pieces import Raster, Size, View
from vtok.values.tokens import TokenMap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Map = NDArray[np.float64]

MOST_PIXELS = 2**26
"""Most pixels of a map: half a gigabyte of float64."""


def heatmap(
    places: TokenMap, values: Any, original: Size, *, views: tuple[View, ...], kinds: tuple[str, ...], size: Size | None
) -> "Map":
    """The values of tokens on the image, shape (height, width) of `size` or of the original; NaN where no token lies.

    A pixel has the value of the token in whose box its middle lies; where several views of `kinds` (all, if none is
    named) show it, the mean of theirs; of a video, the mean over all temporal steps. Values of tokens without a place
    are left out.
    """
    import numpy as np

    numbers = _checked(values, places.tokens)
    size = size or original
    if size.area > MOST_PIXELS:
        raise UsageError(f"a map of {size} pixels is larger than the limit of {MOST_PIXELS:,}; give a smaller size")
    sums, counts = np.zeros((size.height, size.width)), np.zeros((size.height, size.width), np.int64)
    met = False
    for first, span, raster in places.rasters():
        seen = {views[i].kind for i in span.views}
        if kinds and not seen & set(kinds):
            continue
        met = True
        padded = np.full(raster.t * raster.rows * span.tokens_per_row, np.nan)
        padded[: span.tokens] = numbers[first : first + span.tokens]
        cells = padded.reshape(raster.t, raster.rows, span.tokens_per_row)[:, :, : raster.columns].mean(0)
        _paint(sums, counts, cells, raster, original)
    if kinds and not met:
        there = dict.fromkeys(views[i].kind for _, span, _ in places.rasters() for i in span.views)
        raise UsageError(f"no token lies in a view of kind {', '.join(kinds)}; there are {', '.join(there) or 'none'}")
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(counts > 0, sums / counts, np.nan)


def _checked(values: Any, tokens: int) -> "Map":
    """The values as float64; UsageError where they are not one number a token."""
    import numpy as np

    if hasattr(values, "detach"):  # a tensor of torch, perhaps on another device
        values = values.detach().float().cpu().numpy()
    try:
        numbers = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise UsageError("values are one number for each visual token") from None
    if numbers.shape != (tokens,):
        raise UsageError(f"values of shape {numbers.shape} are not one number for each of {tokens:,} visual tokens")
    return numbers


def _paint(sums: "Map", counts: "NDArray[np.int64]", cells: "Map", raster: Raster, original: Size) -> None:
    """Add the cells of a raster to the pixels whose middles lie in them."""
    import numpy as np

    height, width = sums.shape
    rows = _cells_of(raster.ys, height, original.height)
    columns = _cells_of(raster.xs, width, original.width)
    inside = np.ix_(rows >= 0, columns >= 0)
    painted = cells[np.ix_(rows[rows >= 0], columns[columns >= 0])]
    valid = ~np.isnan(painted)
    sums[inside] += np.where(valid, painted, 0)
    counts[inside] += valid


def _cells_of(edges: tuple[float, ...], pixels: int, side: int) -> "NDArray[np.int64]":
    """For each pixel along an axis the cell in which its middle lies; -1 where it lies in none."""
    import numpy as np

    middles = (np.arange(pixels) + 0.5) * side / pixels
    cells = np.searchsorted(np.asarray(edges), middles, side="right") - 1
    return np.where(cells < len(edges) - 1, cells, -1)
