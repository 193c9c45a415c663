"""Videos whose limits of pixels hold for all frames together: families that have the video processor of Qwen3-VL."""

from typing import ClassVar

from vtok.geometry.frames import spread_frames
from vtok.parts.family import family, limit
from vtok.parts.resizing import pixel_limits
from vtok.parts.sources import SIZE_ALONE
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, PairedFrames, SampledByRate, resize_together, sampled
from vtok.values import Media, Sampling, Size, Step


@family
class LimitedTogether(SampledByRate, PairedFrames):
    """A family with the numbers of Qwen3VLVideoProcessor, whose limits of pixels hold for all frames together."""

    attention: ClassVar[str] = STEPWISE
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        name: places for name, places in SIZE_ALONE.items() if name.startswith("video_")
    }

    min_pixels: int = 56 * 56
    max_pixels: int = limit(28 * 28 * 1280)
    video_min_pixels: int = 32 * 32 * 128
    video_max_pixels: int = limit(32 * 32 * 768, limits="video")
    min_frames: int = 4
    max_frames: int = 768

    def frames(self, media: Media) -> Sampling:
        """The frames that the video processor takes."""
        bounds = self.min_frames, self.max_frames
        return sampled(self, media, spread_frames, multiple=self.temporal_patch_size, fps=ASSUMED_FPS, bounds=bounds)

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        if sampling is None or not self.video_do_resize:
            return super().resize(size, sampling)
        return resize_together(size, self.patches, sampling, pixel_limits(self, video=True))
