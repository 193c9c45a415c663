"""MiniCPM-V 4.6: the whole image at the area of one slice, then up to nine slices of about 448 pixels square.

Rule     The whole image is scaled to the area of 448 x 448, its aspect ratio kept. A larger image is also cut into as
         many slices as it has such areas, one less or one more, up to 9; the grid of the nearest aspect ratio wins.
         Each slice is scaled to that area. Of patches of 14, 4 x 4 make a token, or 2 x 2 with downsample_mode 4x.
         Of a video, a frame a second is taken, at most 128; each frame is prepared as an image.
Numbers  preprocessor_config.json of the checkpoint: slices of 448, 9 of them, and a number before each image. Class
         default of transformers: 128 frames.
Paper    none yet; the model card. Code: transformers 5.23,
         models/minicpmv4_6/{image_processing,video_processing,processing}_minicpmv4_6.py.

Where they disagree, and what vtok follows:
- The sides of a slice are multiples of 56 (28 with 4x), so that the area, and the number of tokens, holds only nearly.
- The processor writes <image_id>0</image_id> before the image, three prompt tokens. use_image_id=false leaves them out.
- Before a video stands one such number, not one before each frame.
- The frames of a video are cut into slices, too: its processor reads max_slice_nums as that of images does. The model
  card sets it to 1 for videos; so can you.
- transformers ignores a rate of frames. Its stack_frames, which adds images of several frames, is not offered here.
- Line breaks between rows of slices are plain text: named, but not counted.
- The image processor has scale_resolution 448 and patches of 14; the encoder's class defaults are 224 and 16. vtok
  follows the image processor.
"""

from typing import ClassVar

from vtok.geometry.canvases import cut, same_area, slices_canvas
from vtok.geometry.clocks import second_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.tiling import chosen, log_aspect
from vtok.parts.family import family, limit, option
from vtok.parts.keys import Keys, cells
from vtok.parts.slices import NUMBER, sliced_spans
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import view_tokens
from vtok.parts.tiles import tiling_step
from vtok.parts.videos import SampledUpTo, each_frame, sampled_up_to
from vtok.values import Box, Candidate, Layout, Media, Size, Step, View

ATTENTION = (
    "every layer of its encoder attends in full, over all patches of a view, but for one between them, "
    "with 16x, within each 2 x 2 that it merges"
)


@family
class MiniCPMV46(SampledUpTo):
    """The numbers of a MiniCPM-V 4.6 checkpoint."""

    attention: ClassVar[str] = ATTENTION
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "slice_mode": ("image:slice_mode",),
        "use_image_id": ("image:use_image_id",),
        "max_frames": ("video:max_num_frames",),
    }

    scale_resolution: int = 448
    max_slice_nums: int = limit(9)
    patch_size: int = 14
    max_frames: int = 128

    downsample_mode: str = option("16x", "how many patches make a token: 4 x 4, or 2 x 2", "16x", "4x", limits="image")
    slice_mode: bool = option(default=True, text="cut large images into slices, too", limits="image")
    use_image_id: bool = option(default=True, text="count the number before an image or a video, too")

    @property
    def merge_size(self) -> int:
        """Patches to a token, along each side."""
        return 2 if self.downsample_mode == "4x" else 4

    def layout(self, media: Media) -> Layout:
        """Views: the whole image, then the slices; the same of each frame. Spans: each between its start and end."""
        original, steps = self.orient(media)
        size = self.whole(original, video=media.is_video)
        patches = Patches(self.patch_size, self.merge_size)
        views: tuple[View, ...] = (whole_view(original, size, patches)._replace(kind="thumbnail"),)
        tiles, canvas = (0, 0), size
        reason = f"scaled to the area of one slice, both sides rounded to multiples of {patches.factor}"
        steps += (Step(name="resize", before=original, after=size, reason=reason),)
        if candidates := self.candidates(media):
            best = chosen(candidates)
            tiles, canvas = best.tiles, best.canvas
            steps += (tiling_step(original, best),)
            views += cut(original, canvas, tiles, patches)
        spans = sliced_spans([view_tokens(view, i) for i, view in enumerate(views)], tiles)
        sampling = sampled_up_to(self, media, second_frames) if media.is_video else None
        if sampling:
            views, spans = each_frame(views, spans, sampling)
        return self.describe(
            media,
            original,
            steps=steps,
            views=views,
            spans=(*NUMBER, *spans) if self.use_image_id else spans,
            content=Box.of(canvas),
            tiles=tiles,
            sampling=sampling,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid of the whole image, the slices and the merged grid of all of them."""
        factor = self.patch_size * self.merge_size
        whole = cells(self.whole(sizes), factor)
        if not self.slice_mode:
            return whole
        tiles = chosen(self.slices(sizes)).tiles
        canvas = self.canvas(sizes, *(side + (side == 0) for side in tiles))  # an image that is not cut has 0 x 0
        return *whole, *tiles, *cells(canvas, factor)

    def whole(self, size: Size, *, video: bool = False) -> Size:  # noqa: ARG002  # a relative treats videos otherwise
        """The size of the view of the whole image, which is that of a slice of its aspect ratio."""
        return same_area(*size, side=self.scale_resolution, factor=self.patch_size * self.merge_size)

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of nearly as many slices as the image has areas of one; none for a small image."""
        original, _ = self.orient(media)
        if not self.slice_mode:
            return ()
        return tuple(each._replace(canvas=self.canvas(original, *each.tiles)) for each in self.slices(original))

    def slices(self, size: Size) -> tuple[Candidate, ...]:
        """The grids, with canvases of square slices."""
        return log_aspect(size, side=self.scale_resolution, max_num=self.max_slice_nums)

    def canvas(self, original: Size, columns: int, rows: int) -> Size:
        """The size of all slices together. The image's sides are first rounded to multiples of their numbers."""
        factor = self.patch_size * self.merge_size
        return slices_canvas(original, columns, rows, side=self.scale_resolution, factor=factor)


CLASS_DEFAULTS: ClassDefaults = {
    "MiniCPMV4_6ImageProcessor": {
        "scale_resolution": 448,
        "max_slice_nums": 9,
        "patch_size": 14,
        "slice_mode": True,
        "use_image_id": True,
    },
    "MiniCPMV4_6VideoProcessor": {"max_frames": 128},
    "MiniCPMV4_6Config": {"patch_size": 16},
}
PRESETS = tuple(
    MiniCPMV46(
        model="minicpm-v-4.6",
        preset=f"minicpm-v-4.6{suffix.lower()}",
        repo=f"openbmb/MiniCPM-V-4.6{suffix}",
        max_position_embeddings=262_144,
        sources=dict.fromkeys(("scale_resolution", "max_slice_nums", "patch_size"), IMAGE_CONFIG)
        | {"max_frames": "transformers 5.23 MiniCPMV4_6VideoProcessor"},
        remarks=("16x merges 2 x 2 in the middle of the encoder and 2 x 2 behind it; 4x leaves the first out.",),
    )
    for suffix in ("", "-Thinking")
)
