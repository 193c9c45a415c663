"""A family that sees an image or a frame as one grid of merged patches, at its own size snapped to whole tokens."""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalResize, snapped
from vtok.parts.spans import enclosed
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step


@family
class NativeGrid(Family):
    """The numbers of such a family, whose `resize` says how an image becomes whole tokens."""

    loader_turns: ClassVar[tuple[str, ...]] = ()
    block_order: ClassVar[bool] = True

    patch_size: int = 14
    merge_size: int = 2
    min_pixels: int = 56 * 56
    max_pixels: int = limit()
    start: str
    end: str

    @property
    def factor(self) -> int:
        """Pixels along a side of a token."""
        return self.patch_size * self.merge_size

    def frames(self, media: Media) -> Sampling:
        """The frames that are taken of a video. A family whose `kinds` have videos says which."""
        raise NotImplementedError

    def resize(self, size: Size, sampling: Sampling | None = None) -> tuple[Step, ...]:
        """The steps to the size of an image, or of each frame of a video, that the encoder sees."""
        raise NotImplementedError

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        done = self.resize(original, sampling)
        patches = Patches(self.patch_size, self.merge_size, block_order=self.block_order)
        view = whole_view(original, done[-1].after, patches, sampling=sampling)
        spans = self.grid_spans(merged_raster(view, sampling), video=media.is_video)
        return self.describe(media, original, steps=(*steps, *done), views=(view,), spans=spans, sampling=sampling)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        return token_grid(self.resize(sizes)[-1].after, self.factor)

    def grid_spans(self, raster: Raster, *, video: bool, **_: object) -> tuple[Span, ...]:  # noqa: ARG002
        """The prompt's part for one image or video of this merged grid."""
        return enclosed(raster, start=self.start, end=self.end)


@family
class SnappedGrid(NativeGrid, OptionalResize):
    """Such a family whose images are prepared by transformers' Qwen2VLImageProcessor."""

    def resize(self, size: Size, sampling: Sampling | None = None) -> tuple[Step, ...]:  # noqa: ARG002
        """Both sides to whole tokens, within the limits."""
        return (snapped(self, size, factor=self.factor),)
