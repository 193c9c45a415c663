"""VideoMAE: 16 frames of a video in pairs, the middle of each frame in patches of 16: 1,568 states.

Rule     The shorter side of each frame is resized to 224, and the middle is cut out. Patches of 16 span 2 frames:
         8 x 14 x 14. There is no class token.
Numbers  preprocessor_config.json and config.json of the checkpoints, whose names are those of transformers'
         convert_videomae_to_pytorch.py (at 01080c6). They leave crop_size out, and the class has 224.
Paper    arXiv 2203.12602. Code: transformers 5.23, models/videomae.

The encoder has positions for 16 frames and takes no other number. transformers takes every frame that it is given, and
a number at equal distances if one is asked for: vtok takes 16 so. The example of the documentation takes 16 frames of
a random part of the video.
"""

from typing import ClassVar

from vtok.errors import UnsupportedSizeError
from vtok.parts.encoder import Cut
from vtok.parts.family import family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.video_encoder import VideoEncoder
from vtok.parts.videos import number, sampled_exactly
from vtok.values import Media, Sampling, Size, View


@family
class VideoMAE(VideoEncoder):
    """The numbers of a VideoMAE checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("video",)
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **VideoEncoder.config_keys,
        "size": ("video:size", "image:size"),
        "crop_size": ("video:crop_size|square", "image:crop_size|square"),
        "keep_aspect": ("video:size|aspect_of_number", "image:size|aspect_of_number"),
        "do_resize": ("video:do_resize", "image:do_resize"),
        "do_center_crop": ("video:do_center_crop", "image:do_center_crop"),
        "resample": ("video:resample|filter", "image:resample|filter"),
        "image_size": ("config:image_size",),
        "sample_frames": ("config:num_frames",),
        "sample_fps": (),
    }

    size: int = 224
    keep_aspect: bool = True
    crop_size: int = 224
    image_size: int = 224

    sample_frames: int = number(16, "how many frames of a video are taken; the model takes 16")

    @property
    def cut(self) -> Cut:
        """The shorter side, or a square, and the middle of it."""
        return Cut(self.size, self.crop_size if self.do_center_crop else None, self.keep_aspect)

    def frames(self, media: Media) -> Sampling:
        """The number that the encoder has positions for."""
        return sampled_exactly(self, media, multiple=self.tubelet_size)

    def check(self, view: View) -> None:
        """Raise UnsupportedSizeError unless the view has the size that the encoder has positions for."""
        if view.size != Size(self.image_size, self.image_size):
            takes = f"frames of {self.image_size}x{self.image_size} only"
            raise UnsupportedSizeError(f"the processor makes frames of {view.size}, and the model takes {takes}")


CLASS_DEFAULTS: ClassDefaults = {
    "VideoMAEVideoProcessor": {"size": 224, "crop_size": 224, "keep_aspect": True},
    "VideoMAEImageProcessor": {"size": 224, "crop_size": 224, "keep_aspect": True},
    "VideoMAEConfig": {"image_size": 224, "patch_size": 16, "tubelet_size": 2, "sample_frames": 16},
}
CROP = "left out of preprocessor_config.json, the class default of VideoMAEVideoProcessor"
PRESETS = tuple(
    VideoMAE(
        model="videomae",
        preset=f"videomae-{name}",
        repo=f"MCG-NJU/videomae-{name}",
        resample="bilinear",
        sources={"*": "config.json", "size": IMAGE_CONFIG, "resample": IMAGE_CONFIG, "crop_size": CROP},
    )
    for name in (
        *("base", "base-short", "base-ssv2", "base-short-ssv2", "large"),
        *("small-finetuned-kinetics", "base-finetuned-kinetics", "base-short-finetuned-kinetics"),
        *("large-finetuned-kinetics", "huge-finetuned-kinetics"),
        *("small-finetuned-ssv2", "base-finetuned-ssv2", "base-short-finetuned-ssv2"),
    )
)
