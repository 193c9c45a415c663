"""ERNIE-4.5-VL: the image at its own size, snapped to 28 pixels; two frames of a video share tokens.

Rule     Both sides are rounded to multiples of 28, within min_pixels to max_pixels. Patches of 14 are merged 2 x 2. The
         limits for videos hold for each frame. Every frame is patched by itself, and two frames are merged behind the
         encoder; an odd last frame is repeated.
Numbers  preprocessor_config.json of the checkpoints: images of 3,136 to 4,816,896 pixels (6,144 tokens). They publish
         no numbers for videos. The class defaults of transformers are frames of 234,416 to 937,664 pixels, 16 to 180 of
         them.
Paper    ERNIE 4.5 technical report. Code: transformers 5.23, models/ernie4_5_vl_moe.

Where they disagree, and what vtok follows:
- The class default of transformers is 4,842,768 pixels (6,177 tokens) for images. vtok follows the checkpoints.
- The image processor calls the temporal patch 1 and the video processor 2, but patches of both hold one frame: the grid
  of a video counts frames.
- transformers takes up to 180 frames at equal distances if no rate is asked for. ERNIE's own processor takes 2 a
  second, and so does vtok.
- A timestamp is drawn into each frame. It changes no size and no count.
- The sections of the rotary positions are rows, columns and time in this order, with rows and columns alternating.
"""

from typing import ClassVar

from vtok.geometry.frames import filled, fractional_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.mrope import step_positions
from vtok.parts.resizing import OptionalVideoResize, snapped
from vtok.parts.sources import IMAGE_CONFIG, SIZE_ALONE, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.videos import STEPWISE, SampledByRate, sampled
from vtok.values import Layout, Media, Raster, Span


@family
class Ernie45VL(SampledByRate, OptionalVideoResize):
    """The numbers of an ERNIE-4.5-VL checkpoint."""

    attention: ClassVar[str] = STEPWISE

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **SIZE_ALONE,
        # the checkpoints' own class, which reads no size
        "min_pixels": ("image[Ernie4_5_VLImageProcessor]:min_pixels", "image:size.shortest_edge"),
        "max_pixels": ("image[Ernie4_5_VLImageProcessor]:max_pixels", "image:size.longest_edge"),
    }

    patch_size: int = 14
    merge_size: int = 2
    temporal_merge_size: int = 2
    min_pixels: int = 56 * 56
    max_pixels: int = limit(28 * 28 * 6144)
    video_min_pixels: int = 28 * 28 * 299
    video_max_pixels: int = limit(28 * 28 * 1196, limits="video")
    min_frames: int = 16
    max_frames: int = 180
    mrope_section: tuple[int, int, int] = (22, 22, 20)
    mrope_interleaved: bool = True
    start: str = "<|IMAGE_START|>"
    end: str = "<|IMAGE_END|>"
    begin_video: str = "<|VIDEO_START|>"
    end_video: str = "<|VIDEO_END|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        bounds = self.min_frames, self.max_frames
        sampling = sampled(self, media, fractional_frames, multiple=1, bounds=bounds) if media.is_video else None
        repeated = sampling and sampling._replace(indices=filled(sampling.indices, self.temporal_merge_size))
        patches = Patches(self.patch_size, self.merge_size, block_order=True)
        resize = snapped(self, original, factor=patches.factor, video=media.is_video)
        view = whole_view(original, resize.after, patches, sampling=repeated)
        raster = merged_raster(view, sampling, merge_time=self.temporal_merge_size)
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.grid_spans(raster, video=media.is_video),
            sampling=sampling,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        factor = self.patch_size * self.merge_size
        return token_grid(snapped(self, sizes, factor=factor).after, factor)

    def grid_spans(self, raster: Raster, *, video: bool, **_: object) -> tuple[Span, ...]:
        """The prompt's part for an image or video of this merged grid; there is no text between its steps."""
        start, end = (self.begin_video, self.end_video) if video else (self.start, self.end)
        return enclosed(raster, start=start, end=end)

    positions = step_positions


MODEL_TYPES = ("ernie4_5_vl",)
SOURCES = {
    **dict.fromkeys(("min_pixels", "max_pixels", "resample"), IMAGE_CONFIG),
    **dict.fromkeys(("patch_size", "merge_size", "temporal_merge_size", "mrope_section"), "config.json"),
    "mrope_interleaved": "transformers 5.23 modeling_ernie4_5_vl_moe.py",
}

CLASS_DEFAULTS: ClassDefaults = {
    "Ernie4_5_VLMoeImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "min_pixels": 56 * 56,
        "max_pixels": 28 * 28 * 6177,
    },
    "Ernie4_5_VLMoeVideoProcessor": {
        "video_min_pixels": 28 * 28 * 299,
        "video_max_pixels": 28 * 28 * 1196,
        "min_frames": 16,
        "max_frames": 180,
    },
    "Ernie4_5_VLMoeConfig": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_merge_size": 2,
        "max_position_embeddings": 131_072,
    },
}
PRESETS = tuple(
    Ernie45VL(
        model="ernie-4.5-vl",
        preset=f"ernie-4.5-vl-{size.lower()}",
        repo=f"baidu/ERNIE-4.5-VL-{size}",
        max_position_embeddings=131_072,
        sources=SOURCES,
    )
    for size in ("28B-A3B-PT", "28B-A3B-Thinking", "424B-A47B-PT")
)
