"""GLM-GA: GLM-4.6V with a plain clock for videos. transformers has it; no published checkpoint of it is known.

Rule     As GLM-4.6V. Of a video, the first frame at or after each tick of a clock is taken, two a second and 640 at
         most; if the clock misses that number, frames are spread evenly. The time of each step follows it, such as 3.5
         seconds.
Numbers  Those of transformers' classes: images of 12,544 to 11,760,000 pixels, where an image counts twice, and videos
         of up to 87,478,720.
Paper    none. Code: transformers 5.23, models/glmga/{image_processing,video_processing}_glmga.py and
         models/glm46v/processing_glm46v.py.

Where they disagree, and what vtok follows:
- transformers lists no processor for the model. vtok takes that of GLM-4.6V, whose class the model is.
- patch_expand_factor, which makes the sides multiples of larger numbers, is 1 in the classes. vtok has no other.
- The tokens of a timestamp are an estimate.
"""

from typing import ClassVar

from vtok.families.glm4v import REMARKS, Glm4V
from vtok.geometry.clocks import ticked_frames
from vtok.geometry.frames import every_frame, needed_fps
from vtok.parts.family import LIBRARY_DEFAULT, family
from vtok.parts.sources import ClassDefaults
from vtok.parts.videos import ASSUMED_FPS
from vtok.values import Media, Sampling


@family
class Glmga(Glm4V):
    """The numbers of a GLM-GA checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}

    tenths: bool = True

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' video processor takes."""
        total, multiple, fps = media.total_frames, self.temporal_patch_size, media.fps or ASSUMED_FPS
        if not self.sample:
            return every_frame(total, fps=fps, multiple=multiple)
        return ticked_frames(
            total,
            fps=needed_fps(media.fps),
            duration=media.duration or total / fps,
            sample_fps=self.sample_fps,
            max_frames=self.max_frames or total,
            multiple=multiple,
        )


CLASS_DEFAULTS: ClassDefaults = {
    "GlmgaImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "min_pixels": 112 * 112,
        "max_pixels": 28 * 28 * 15_000,
    },
    "GlmgaVideoProcessor": {
        "video_min_pixels": 112 * 112,
        "video_max_pixels": 28 * 28 * 2 * 55_790,
        "max_frames": 640,
        "max_duration": 300,
        "sample_fps": 2.0,
    },
    "GlmgaConfig": {"patch_size": 14, "merge_size": 2},
}
PRESETS = (
    Glmga(
        model="glmga",
        max_pixels=28 * 28 * 15_000,
        video_max_pixels=28 * 28 * 2 * 55_790,
        max_frames=640,
        sources={
            "*": LIBRARY_DEFAULT,
            "max_duration": "not read by the rule",
            "tenths": "transformers 5.23 processing_glm46v.py",
            "mrope_section": "transformers 5.23 modeling_glm46v.py",
        },
        remarks=REMARKS,
    ),
)
