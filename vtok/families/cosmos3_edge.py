"""Cosmos 3 Edge: Qwen3-VL's grid in patches of 16; each frame of a video is a temporal step, with its time written out.

Rule     As Qwen3-VL, but frames are not paired, and an image is resized as one frame of a video: a side below 32 pixels
         is first enlarged to 32.
Numbers  The checkpoint's own are not known. Those of transformers' classes: images of 65,536 to 16,777,216 pixels, all
         frames of a video together of 4,096 to 25,165,824, two frames a second, 4 to 768 of them.
Paper    none. Code: transformers 5.23, models/cosmos3_edge/{processing,image_processing,video_processing}_*
"""

from typing import ClassVar

from vtok.families.qwen3_vl import Qwen3VL
from vtok.geometry.snapping import as_it_is
from vtok.parts.family import LIBRARY_DEFAULT, family
from vtok.parts.resizing import pixel_limits, resizes
from vtok.parts.sources import SIZE_ALONE, ClassDefaults
from vtok.parts.videos import resize_together
from vtok.values import Sampling, Size, Step


@family
class Cosmos3Edge(Qwen3VL):
    """The numbers of a Cosmos 3 Edge checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **SIZE_ALONE,
        "estimated_stamps": (),
        "limits_each_frame": (),
    }

    temporal_patch_size: int = 1

    def resize(self, size: Size, sampling: Sampling | None) -> Step:
        """The size of the image, or of each frame of the video."""
        video = sampling is not None
        if not resizes(self, video=video):
            return as_it_is(size, factor=self.patches.factor)
        return resize_together(size, self.patches, sampling, pixel_limits(self, video=video))


CLASS_DEFAULTS: ClassDefaults = {
    "Cosmos3EdgeImageProcessor": {
        "patch_size": 16,
        "merge_size": 2,
        "temporal_patch_size": 1,
        "min_pixels": 256 * 256,
        "max_pixels": 4096 * 4096,
    },
    "Cosmos3EdgeVideoProcessor": {
        "video_min_pixels": 64 * 64,
        "video_max_pixels": 24 * 1024 * 1024,
        "min_frames": 4,
        "max_frames": 768,
        "sample_fps": 2,
    },
    "Cosmos3EdgeConfig": {
        "patch_size": 16,
        "merge_size": 2,
        "max_position_embeddings": 131_072,
        "mrope_section": (24, 20, 20),
    },
}
PRESETS = (
    Cosmos3Edge(
        model="cosmos3-edge",
        repo="nvidia/Cosmos3-Edge",
        max_position_embeddings=131_072,
        estimated_stamps=True,
        sources={
            "*": LIBRARY_DEFAULT,
            "max_position_embeddings": LIBRARY_DEFAULT,
            "estimated_stamps": "vtok: these counts are those of Qwen3-VL's vocabulary",
        },
    ),
)
