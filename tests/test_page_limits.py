"""The largest pages of each format, held against what Pillow writes."""

import io

import pytest
from PIL import Image

from vtok.cli._targets import LONGEST_SIDES, MOST_PIXELS, check_size
from vtok.errors import UsageError
from vtok.render.drawing.pillow_renderer import FORMATS
from vtok.values import Size


@pytest.mark.parametrize(("ending", "longest"), LONGEST_SIDES.items())
def test_the_longest_side_is_the_longest_that_can_be_written(ending: str, longest: int) -> None:
    check_size(Size(1, longest), ending)
    Image.new("RGB", (longest, 1)).save(io.BytesIO(), FORMATS[ending][0])
    for size in (Size(1, longest + 1), Size(longest + 1, 1)):
        with pytest.raises(UsageError, match="too large for"):
            check_size(size, ending)
    with pytest.raises((OSError, ValueError)):
        Image.new("RGB", (longest + 1, 1)).save(io.BytesIO(), FORMATS[ending][0])


def test_a_page_has_a_greatest_area() -> None:
    check_size(Size(2**14, MOST_PIXELS // 2**14), ".png")
    with pytest.raises(UsageError, match="too large"):
        check_size(Size(2**14, MOST_PIXELS // 2**14 + 1), ".png")
