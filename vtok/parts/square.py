"""Models that see every image as one square; each merged patch of the square is a token."""

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.parts.family import family
from vtok.parts.keys import Keys, by_exact_side
from vtok.parts.resizing import OptionalResize, check_side
from vtok.parts.spans import enclosed
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media


@family
class Square(OptionalResize):
    """The numbers of a model with images of one size.

    The image is stretched to a square of `size`. With `crop_size`, its shorter side is resized to `size` instead, and
    the middle is cut out. `window_size` is in patches, or None if all layers attend in full.
    """

    size: int
    crop_size: int | None = None
    patch_size: int
    merge_size: int = 1
    window_size: int | None = None
    global_attn_indexes: tuple[int, ...] = ()
    start: str = ""
    end: str = ""

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, or its middle. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        patches = Patches(self.patch_size, self.merge_size)
        done, view = fixed_view(original, self.size, patches, crop_size=self.crop_size, do_resize=self.do_resize)
        check_side(self, view, self.crop_size or self.size)
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=enclosed(merged_raster(view), start=self.start, end=self.end),
            resized=done[0].after,
            tiles=(1, 1),
            window=self.window_size and self.window_size * self.patch_size,
            full_layers=self.global_attn_indexes,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """Whether the image is of the one size that the model takes."""
        return by_exact_side(sizes, self.size, free=self.do_resize or self.crop_size is not None)
