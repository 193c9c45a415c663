"""GLM-5.3-Flash: the image at its own size on a canvas of whole tokens, padded at the right and bottom.

Rule     Both sides of the canvas are rounded up to multiples of 28. Below min_image_tokens the image is enlarged; above
         max_image_tokens the tallest canvas within is taken. The image is shrunk into the canvas, fractions dropped,
         but not enlarged unless it is below the limit. Patches are merged 2 x 2. Of a video, the first frame at or
         after each tick of a clock is taken, two a second; its limits hold for all frames together. Two frames make one
         temporal step; its time follows it, such as 3.5 seconds.
Numbers  The checkpoint's own are not known. Those of the classes of transformers: 16 to 8,000 tokens an image, 240,000
         a video, 2,048 frames at most.
Paper    none. Code: transformers 5.23, models/glm5_next/{processing,image_processing,video_processing}_*

Where they disagree, and what vtok follows:
- patch_expand_factor, which makes the sides multiples of larger numbers, is 1 in the classes. vtok has no other.
- The tokens of a timestamp are an estimate.
"""

from typing import ClassVar

from vtok.geometry.clocks import paced_frames
from vtok.geometry.frames import every_frame, needed_fps
from vtok.geometry.places import merged_raster, whole_view
from vtok.geometry.snapping import aligned_within_tokens, as_it_is, within_canvas
from vtok.parts.family import LIBRARY_DEFAULT, family, limit, option
from vtok.parts.glm import TimedSteps
from vtok.parts.resizing import resizes
from vtok.parts.sources import ClassDefaults
from vtok.parts.videos import ASSUMED_FPS
from vtok.values import Box, Layout, Media, Sampling, Size, Step

ENDLESS = float("inf")


@family
class Glm5Next(TimedSteps):
    """The numbers of a GLM-5.3-Flash checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "video_min_image_tokens": ("video:min_image_tokens",),
        "video_max_image_tokens": ("video:max_image_tokens",),
    }

    min_image_tokens: int = 16
    max_image_tokens: int = limit(8000)
    video_min_image_tokens: int = 16
    video_max_image_tokens: int = limit(240_000, limits="video")
    max_frames: int = 2048
    tenths: bool = True

    sample_fps: float = option(2.0, "frames taken per second of a video")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video, with its padding. Spans: as `spans`."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        fit = self.resize(original, sampling)
        content = self.content(original, fit.after, sampling)
        view = whole_view(original, fit.after, self.patches, content=Box.of(content), sampling=sampling)
        raster = merged_raster(view, sampling)
        spans = self.spans(raster, self.timestamps(media, raster, sampling))
        return self.describe(
            media,
            original,
            steps=(*steps, fit),
            views=(view,),
            spans=spans,
            resized=content,
            content=Box.of(content),
            sampling=sampling,
        )

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        total, multiple, fps = media.total_frames, self.temporal_patch_size, media.fps or ASSUMED_FPS
        if not self.sample:
            return every_frame(total, fps=fps, multiple=multiple)
        rates, duration = ((ENDLESS, self.sample_fps / multiple),), media.duration or total / fps
        return paced_frames(
            total,
            fps=needed_fps(media.fps),
            duration=duration,
            rates=rates,
            max_frames=self.max_frames,
            multiple=multiple,
        )

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The canvas of the image, or of each frame of the video."""
        if not resizes(self, video=sampling is not None):
            return as_it_is(size, factor=self.patches.factor)
        return aligned_within_tokens(
            size,
            num_frames=self.counted(sampling),
            temporal_factor=self.temporal_patch_size,
            factor=self.patches.factor,
            min_tokens=self.video_min_image_tokens if sampling else self.min_image_tokens,
            max_tokens=self.video_max_image_tokens if sampling else self.max_image_tokens,
        )

    def counted(self, sampling: Sampling | None) -> int:
        """The frames to which the limits apply; an image counts as those of one temporal step."""
        return sampling.num_sampled if sampling else self.temporal_patch_size

    def content(self, size: Size, canvas: Size, sampling: Sampling | None) -> Size:
        """The size of the image on its canvas."""
        least = self.video_min_image_tokens if sampling else self.min_image_tokens
        small = self.counted(sampling) * size.area < least * self.temporal_patch_size * self.patches.factor**2
        return within_canvas(size, canvas, enlarge=small)


CLASS_DEFAULTS: ClassDefaults = {
    "Glm5NextImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "min_image_tokens": 16,
        "max_image_tokens": 8000,
    },
    "Glm5NextVideoProcessor": {
        "video_min_image_tokens": 16,
        "video_max_image_tokens": 240_000,
        "max_frames": 2048,
        "sample_fps": 2,
    },
    "Glm5NextConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 1_048_576},
}
PRESETS = (
    Glm5Next(
        model="glm-5.3-flash",
        repo="zai-org/GLM-5.3-Flash",
        sources={"*": LIBRARY_DEFAULT},
    ),
)
