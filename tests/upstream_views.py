"""What the encoder sees of an image: upstream's answer and vtok's, in one form."""

from typing import Any

from vtok.parts.family import Family
from vtok.values import Media, Size
from vtok.verify import here
from vtok.verify.upstream import encoder_facts


def seen_upstream(processor: Any, size: Size) -> dict[str, Any]:
    """The grid in patches where upstream says it, else the number of views and their sizes."""
    from PIL import Image

    return encoder_facts(processor, processor(images=Image.new("RGB", (size.width, size.height)), return_tensors=None))


def seen_here(family: Family, size: Size) -> dict[str, Any]:
    """The same of a layout."""
    return here.answer(family, family.layout(Media(size=size)), ("grid", "grids", "views", "sizes")).facts
