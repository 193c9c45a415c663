"""Models that see every image as one square, stretched or cut to it, with the merged patches as their tokens."""

from vtok.geometry.places import Patches, merged_raster
from vtok.parts.family import Family, family
from vtok.parts.spans import enclosed
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media


@family
class Square(Family):
    """The numbers of a model with images of one size.

    `size` is the side of the square that images are stretched to; with `crop_size`, that of their shorter side,
    before the middle is cut out. `window_size` is in pixels, and None where all layers attend in full.
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
        done, view = fixed_view(original, self.size, patches, crop_size=self.crop_size)
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=enclosed(merged_raster(view), start=self.start, end=self.end),
            resized=done[0].after,
            tiles=(1, 1),
            window=self.window_size,
            full_layers=self.global_attn_indexes,
        )
