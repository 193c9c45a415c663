"""What the encoder sees of an image: upstream's answer and vtok's, in one form."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vtok.parts.family import Family
from vtok.values import Media, Size


def seen_upstream(processor: Any, size: Size) -> dict[str, Any]:
    """The grid in patches where upstream says it, else the number of views and the size of the first."""
    from PIL import Image

    made = processor(images=Image.new("RGB", (size.width, size.height)), return_tensors=None)
    if "image_grid_thw" in made:
        return {"grid": tuple(int(side) for side in made["image_grid_thw"][0])}
    if "spatial_shapes" in made:
        return {"grid": (1, *(int(side) for side in made["spatial_shapes"][-1]))}
    if "image_position_ids" in made:
        columns, rows = np.max(made["image_position_ids"][0], axis=0) + 1
        return {"grid": (1, int(rows), int(columns))}
    if "image_unpadded_heights" in made:
        sides = (made["image_unpadded_heights"][0][0], made["image_unpadded_widths"][0][0])
        return {"grid": (1, *(-(-int(side) // processor.patch_size["height"]) for side in sides))}
    views = list(images(made["pixel_values"]))
    return {"views": len(views), "size": views[0]}


def images(values: Any) -> Iterator[Size]:
    """The sizes of all images in nested lists and arrays of channels, rows and columns."""
    if isinstance(values, list) or np.ndim(values) > 3:
        for value in values:
            yield from images(value)
    else:
        yield Size(*np.shape(values)[-2:])


def seen_here(family: Family, size: Size) -> dict[str, Any]:
    """The same of a layout."""
    layout = family.layout(Media(size=size))
    views = layout.main_views
    return {"grid": tuple(layout.global_view.grid), "views": len(views), "size": views[0].size}
