"""Muse Glimmer: the image at its own size, on the grid of tokens nearest to its aspect ratio.

Rule     The grid has tokens of 28 pixels: the image's sides in tokens, shrunk together where they make more than
         max_image_tokens. Of each side rounded down and up, the grid within the limit whose aspect ratio is nearest to
         the image's is taken. A video has a limit for each frame; two frames make one temporal step, and the time of
         its first frame stands before it, such as Time: 3.5s.
Numbers  The checkpoint's own are not known. Those of the classes of transformers: 4,096 tokens an image, 144 a frame,
         two frames a second, at most 96.
Paper    none. Code: transformers 5.23, models/muse_glimmer/{processing,image_processing,video_processing}_*

Where they disagree, and what vtok follows:
- Two grids may be equally near, such as 1 x 1 and 2 x 2 tokens. The first one in the order of a Python set wins, in
  transformers and here.
- The tokens of a timestamp are an estimate.
"""

from collections.abc import Sequence
from typing import ClassVar

from vtok.geometry.frames import paired_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import as_it_is, nearest_token_grid
from vtok.parts.family import LIBRARY_DEFAULT, Placeholders, family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalVideoResize, resizes
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed, special
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, SampledByRate, sampled, timed_steps, timestamp
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step


@family
class MuseGlimmer(SampledByRate, OptionalVideoResize):
    """The numbers of a Muse Glimmer or Muse Spark checkpoint."""

    attention: ClassVar[str] = STEPWISE
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "merge_size": ("image:merge_size", "config:vision_config.merge_size"),
        "temporal_patch_size": ("image:temporal_patch_size", "config:vision_config.patch_temporal"),
        "max_video_frame_tokens": ("video:max_video_frame_tokens",),
        "max_frames": ("video:num_frames",),
        "sample_frames": (),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<|patch|>",), "video": ("<|video|>",)}

    patch_size: int = 14
    merge_size: int = 2
    temporal_patch_size: int = 2
    max_image_tokens: int = limit(4096)
    max_video_frame_tokens: int = limit(144, limits="video")
    max_frames: int = 96
    start: str = "<|image_start|>"
    end: str = "<|image_end|>"
    begin_video: str = "<|vid_start|>"
    end_video: str = "<|vid_end|>"
    separator: str = "<|vid_frame_separator|>"

    @property
    def patches(self) -> Patches:
        """How a view is cut."""
        return Patches(self.patch_size, self.merge_size, temporal_size=self.temporal_patch_size)

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`."""
        original, steps = self.orient(media)
        pairs, most = self.temporal_patch_size, self.max_frames
        sampling = (
            sampled(self, media, paired_frames, multiple=pairs, fps=ASSUMED_FPS, most=most) if media.is_video else None
        )
        steps += (self.resize(original, sampling),)
        view = whole_view(original, steps[-1].after, self.patches, sampling=sampling)
        raster, fps = merged_raster(view, sampling), media.fps or ASSUMED_FPS
        spans = self.spans(raster, [self.timestamp(frames[0] / fps) for frames in raster.frames] if sampling else None)
        return self.describe(media, original, steps=steps, views=(view,), spans=spans, sampling=sampling)

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        factor, video = self.patches.factor, sampling is not None
        if not resizes(self, video=video):
            return as_it_is(size, factor=factor)
        most = self.max_video_frame_tokens if video else self.max_image_tokens
        return nearest_token_grid(size, factor=factor, max_tokens=most)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        return token_grid(self.resize(sizes, None).after, self.patches.factor)

    def timestamp(self, seconds: float) -> Span:
        """The text before a temporal step: the time of its first frame; each digit is taken for a token."""
        number = f"{seconds:.1f}"
        return timestamp(f"Time: {number}s", number, len(number) + 4, estimated=True)

    def spans(self, raster: Raster, timestamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each temporal step, for a video."""
        if timestamps is None:
            return enclosed(raster, start=self.start, end=self.end)
        steps = tuple(timed_steps(raster, timestamps, end=self.separator))
        return (*special(self.begin_video), *steps[:-1], *special(self.end_video))


SOURCES = {"*": LIBRARY_DEFAULT}
CLASS_DEFAULTS: ClassDefaults = {
    "MuseGlimmerImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "max_image_tokens": 4096,
    },
    "MuseGlimmerVideoProcessor": {"max_video_frame_tokens": 144, "max_frames": 96, "sample_fps": 2.0},
    "MuseGlimmerConfig": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "max_position_embeddings": 131_072,
    },
}
PRESETS = (
    MuseGlimmer(model="muse-glimmer", preset="muse-glimmer-30b", repo="meta-models/Muse-Glimmer-30B", sources=SOURCES),
)
