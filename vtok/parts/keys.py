"""What decides the counts of many images, for kinds of rules: see `Family.count_keys`.

A family names one of these as its `count_keys`, or calls them. All take the family and `Sizes`, and return arrays; a
number instead of an array stands for all sizes.
"""

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from vtok.geometry.many import Sizes
from vtok.parts.family import Family
from vtok.values import Media, Size

if TYPE_CHECKING:
    from vtok.parts.abilities import Tiled

Keys = tuple[Any, ...]


def all_equal(family: Family, sizes: Sizes) -> Keys:
    """For a model that makes one square of every image."""
    del family, sizes
    return ()


def by_tiling(family: "Tiled", sizes: Sizes) -> Keys:
    """For a model whose counts follow from the chosen tiling, which none refuses."""
    from vtok.geometry.tiling import chosen  # only many images at once are counted so

    return chosen(family.candidates(Media(size=sizes))).tiles


class TokenGrid(NamedTuple):
    """The rows and columns of the grid of one view, from which counts follow in the plainest way.

    A family that returns this promises that its tokens and prompt tokens are a + b rows + c columns + d rows x columns,
    with whole numbers of its own, and that it refuses none but sizes with a side of 0. `SizeCounter` then asks for a
    few grids instead of all.
    """

    rows: Any
    columns: Any


def token_grid(size: Size, factor: int) -> TokenGrid:
    """The merged grid of a view of that size, whose tokens cover `factor` pixels along each side."""
    return TokenGrid(*cells(size, factor))


def cells(size: Size, factor: int) -> Keys:
    """The whole cells of `factor` pixels along each side. A side of 0, which a refused size has, makes none."""
    import numpy as np

    return np.floor(size.height / factor), np.floor(size.width / factor)  # the quicker form of // on floats


def either(wanted: Any, numbers: Keys, others: Keys = (0, 0)) -> Keys:
    """The numbers where `wanted` is true, else the others."""
    return tuple(wanted * one + (1 - wanted) * other for one, other in zip(numbers, others, strict=True))


def padded_square(sizes: Sizes) -> Size:
    """The squares of the images' longer sides."""
    import numpy as np

    side = cast("Any", np.maximum(sizes.height, sizes.width))
    return Size(side, side)


def longer_than(sizes: Sizes, side: int) -> Any:
    """Which images have a side above this one."""
    return (sizes.height > side) | (sizes.width > side)


def vanishes(sizes: Sizes, edge: int) -> Any:
    """Which images keep no pixel along their shorter side, rounded half to even, once the longer side is `edge`."""
    import numpy as np

    scale = edge / np.maximum(1, np.maximum(sizes.height, sizes.width))
    return np.rint(np.minimum(sizes.height, sizes.width) * scale) == 0


def by_square(
    sizes: Sizes, side: int, patch: int, *, crop_size: int | None = None, keep_aspect: bool, do_resize: bool
) -> Keys:
    """For a model that sees an image as `fixed_view` makes it: one size, unless it is neither cut nor stretched."""
    if crop_size is not None or (do_resize and not keep_aspect):
        return ()
    from vtok.geometry.resize import short_edge

    return cells(short_edge(sizes, side).after if do_resize else sizes, patch)


def by_exact_side(sizes: Sizes, side: int, *, free: bool) -> Keys:
    """For a model that refuses a view unless it is the square of that side; `free` sizes are made so."""
    return () if free else ((sizes.height == side) & (sizes.width == side),)
