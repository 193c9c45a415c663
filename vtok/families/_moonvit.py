"""What Moonshot's models share: a padded view of whole patches, and a prompt that says what stands in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vtok.families._blocks import special
from vtok.geometry.places import whole_view
from vtok.geometry.resize import pad_to_multiple
from vtok.values import Box, Raster, Sampling, Size, Span, Step, View

if TYPE_CHECKING:
    from typing import Protocol

    class Tokens(Protocol):
        """The patches of a checkpoint and the tokens of its vocabulary, as a family has them."""

        @property
        def patch_size(self) -> int: ...
        @property
        def merge_size(self) -> int: ...
        @property
        def start(self) -> str: ...
        @property
        def content(self) -> str: ...
        @property
        def end(self) -> str: ...


def padded(family: "Tokens", original: Size, resize: Step, sampling: Sampling | None = None) -> tuple[Step, View]:
    """Padding to whole merged patches after a resize, and the view of it."""
    pad = pad_to_multiple(resize.after, family.patch_size * family.merge_size)
    view = whole_view(
        original,
        pad.after,
        patch_size=family.patch_size,
        merge_size=family.merge_size,
        content=Box.of(resize.after),
        sampling=sampling,
    )
    return pad, view


def media_spans(family: "Tokens", raster: Raster, kind: str) -> Iterator[Span]:
    """A raster of the first view in its media tokens, which say of what kind it is."""
    yield from special(family.start)
    yield Span(kind="text", count=1, text=kind)
    yield from special(family.content)
    yield Span(kind="vision", count=raster.cells, is_token=True, raster=raster, views=(0,))
    yield from special(family.end)
