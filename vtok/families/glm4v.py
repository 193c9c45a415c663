"""GLM-4.1V and GLM-4.5V: images at their own size in patches of 14; a video is a row of them, each with its second.

Rule     Both sides to multiples of 28 within limits that hold for all frames together (an image counts as two); a
         short side is enlarged first; merge 2 x 2. Of a video, the first frame at or after each tick is taken, none
         twice; two make one temporal step, followed by its time in whole seconds.
Numbers  preprocessor_config.json and video_preprocessor_config.json of the checkpoints: 12,544 to 9,633,792 pixels for
         an image counted twice (6,144 tokens), 47,040,000 for a video.
Paper    arXiv 2507.01006. Code: transformers 5.23,
         models/glm4v/{processing,image_processing,video_processing}_glm4v.py.

Where they disagree, and what is followed here:
- transformers' class default is 11,760,000 pixels for images; the checkpoints publish 9,633,792. The checkpoint's.
- transformers 4.57 refuses a side below 28, 5.23 enlarges it. `version` chooses.
- transformers lists num_frames among the options, but its rule never reads it. vtok does not have it.
- transformers takes the duration from the video decoder; some report the time of the last frame, which changes the
  number of frames. vtok takes the container's where it knows it, the number of frames over their rate otherwise.
- The tokens of a timestamp are estimated: groups of up to three digits are taken for one token.
"""

from collections.abc import Sequence
from typing import ClassVar

from vtok.errors import UnsupportedSizeError
from vtok.geometry.clocks import clocked_frames, paced_frames
from vtok.geometry.frames import every_frame, needed_fps
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import smart_resize_video
from vtok.parts.family import Family, family, option
from vtok.parts.mrope import step_positions
from vtok.parts.sources import IMAGE, VIDEO
from vtok.parts.spans import enclosed, special
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, blank_stamps, pixel_limits, stamped_steps
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step

BLANK_STAMP = 1
"""Positions of a timestamp that is not known."""


@family
class Glm4V(Family):
    """The numbers of a GLM-4.1V, GLM-4.5V or GLM-4.6V checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    attention: ClassVar[str] = STEPWISE
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("4.57", "5.23")}

    patch_size: int = 14
    merge_size: int = 2
    temporal_patch_size: int = 2
    min_pixels: int = 112 * 112
    max_pixels: int = 14 * 14 * 4 * 2 * 6144
    video_min_pixels: int = 112 * 112
    video_max_pixels: int = 28 * 28 * 2 * 30000
    max_duration: int = 300
    sample_rates: tuple[tuple[float, float], ...] = ()
    max_frames: int | None = None
    tenths: bool = False
    mrope_section: tuple[int, ...] = (8, 12, 12)
    mrope_interleaved: bool = False
    start: str = "<|begin_of_image|>"
    end: str = "<|end_of_image|>"
    begin_video: str = "<|begin_of_video|>"
    end_video: str = "<|end_of_video|>"

    sample: bool = option(default=True, text="take some frames of a video; false: every frame")
    sample_fps: float = option(2.0, "frames taken per second of a video; GLM-4.6V goes by sample_rates instead")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: as `spans`."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        resize = self.resize(original, sampling)
        patches = Patches(self.patch_size, self.merge_size, temporal_size=self.temporal_patch_size, block_order=True)
        view = whole_view(original, resize.after, patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        fps = media.fps or ASSUMED_FPS
        stamps = [self.stamp(frames, fps) for frames in raster.frames] if sampling else None
        ignored = media.is_video and self.sample_rates and self.wish("sample_fps") is not None
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=self.spans(raster, stamps),
            sampling=sampling,
            notes=("sample_fps is ignored, as upstream: the duration decides the rate",) if ignored else (),
        )

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        total, multiple = media.num_frames or 0, self.temporal_patch_size
        if not self.sample:
            return every_frame(total, fps=media.fps or ASSUMED_FPS, multiple=multiple)
        fps = needed_fps(media.fps)
        duration = media.duration or total / fps
        if self.sample_rates and self.max_frames:
            return paced_frames(
                total,
                fps=fps,
                duration=duration,
                rates=self.sample_rates,
                max_frames=self.max_frames,
                multiple=multiple,
            )
        return clocked_frames(
            total,
            fps=fps,
            duration=duration,
            sample_fps=self.sample_fps,
            max_duration=self.max_duration,
            multiple=multiple,
        )

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        factor = self.patch_size * self.merge_size
        if self.version_used == "4.57" and min(size) < factor:
            raise UnsupportedSizeError(
                f"{size} has a side below {factor}, which transformers 4.57 refuses; enlarge it, or ask for 5.23"
            )
        min_pixels, max_pixels = pixel_limits(self, video=sampling is not None)
        return smart_resize_video(
            size,
            num_frames=sampling.num_sampled if sampling else self.temporal_patch_size,
            temporal_factor=self.temporal_patch_size,
            factor=factor,
            min_pixels=min_pixels,
            max_pixels=max_pixels,
        )

    def stamp(self, frames: tuple[int, ...], fps: float) -> Span:
        """The text after a temporal step: the time of its first frame in whole seconds, or in tenths with a unit."""
        seconds = frames[0] / fps
        number = f"{seconds:.1f}" if self.tenths else str(int(seconds))
        whole = -(-len(number.partition(".")[0]) // 3)
        return Span(
            kind="text",
            count=whole + 3 if self.tenths else whole,
            text=f"{number} seconds" if self.tenths else number,
            time=float(number),
            estimated=True,
        )

    def spans(self, raster: Raster, stamps: Sequence[Span] | None = None) -> tuple[Span, ...]:
        """The prompt's part for an image or, with a timestamp for each temporal step, for a video."""
        if stamps is None:
            return enclosed(raster, start=self.start, end=self.end)
        steps = stamped_steps(raster, stamps, start=self.start, end=self.end, stamp_last=True)
        return (*special(self.begin_video), *steps, *special(self.end_video))

    def grid_spans(
        self, raster: Raster, *, video: bool = False, texts: Sequence[int] | None = None
    ) -> tuple[Span, ...]:
        """The prompt's part for an image or video of which only the merged grid is known, and maybe the timestamps."""
        return self.spans(raster, blank_stamps(raster, texts, BLANK_STAMP) if video else None)

    positions = step_positions


SOURCES = {
    "*": "config.json",
    **dict.fromkeys(("patch_size", "merge_size", "temporal_patch_size", "min_pixels", "max_pixels"), IMAGE),
    **dict.fromkeys(("video_min_pixels", "video_max_pixels"), VIDEO),
    **dict.fromkeys(("max_duration", "sample_rates", "max_frames", "tenths"), "transformers 5.23 video processor"),
}
FACTS = ("min_pixels and max_pixels hold for all frames together; an image counts as two.",)

MODEL_TYPES = ("glm4v_moe",)
SHARED_WITH = ("glm46v",)
PRESETS = (
    Glm4V(
        model="glm-4.1v",
        preset="glm-4.1v-9b-thinking",
        repo="zai-org/GLM-4.1V-9B-Thinking",
        max_position_embeddings=65_536,
        sources=SOURCES,
        facts=FACTS,
    ),
    Glm4V(
        model="glm-4.1v",
        preset="glm-4.1v-9b-base",
        repo="zai-org/GLM-4.1V-9B-Base",
        sources=SOURCES,
        facts=FACTS,
    ),
    Glm4V(
        model="glm-4.5v",
        repo="zai-org/GLM-4.5V",
        max_position_embeddings=65_536,
        chat_tokens=6,
        sources=SOURCES,
        facts=FACTS,
    ),
)
