"""V-JEPA 2: 64 frames of a video in pairs, the middle of each frame in patches of 16; a state for each pair's patch.

Rule     The shorter side of each frame is resized to 8/7 of the crop (292 for 256, 438 for 384), and the middle is cut
         out. Patches of 16 span 2 frames. An image, as a video of one frame, is taken twice.
Numbers  The configs that transformers' convert_vjepa2_to_hf.py (at ff4e4c7) and convert_vjepa2_classifier_to_hf.py (at
         34c18ed) write for the checkpoints.
Paper    arXiv 2506.09985. Code: transformers 5.23, models/vjepa2.

Where they disagree, and what vtok follows:
- transformers takes every frame that it is given, and a number at equal distances if one is asked for. vtok takes
  frames_per_clip, with which the checkpoint was trained, or all of a shorter video. The encoder takes any number.
- transformers' documentation takes the first 64 frames of a video.
- The video processor computes `size` from crop_size and does not read it.
"""

from typing import ClassVar

from vtok.parts.encoder import Cut
from vtok.parts.family import family
from vtok.parts.sources import VIDEO_CONFIG, ClassDefaults
from vtok.parts.video_encoder import VideoEncoder
from vtok.parts.videos import number, sampled_by_number
from vtok.values import Media, Sampling


@family
class VJepa2(VideoEncoder):
    """The numbers of a V-JEPA 2 checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **VideoEncoder.config_keys,
        "sample_frames": ("config:frames_per_clip",),
        "sample_fps": (),
    }

    sample_frames: int = number(64, "how many frames of a video are taken; a shorter video gives all its frames")

    @property
    def cut(self) -> Cut:
        """The shorter side at 256/224 of the crop, and its middle."""
        return Cut(int(self.crop_size * 256 / 224), self.crop_size if self.do_center_crop else None, keep_aspect=True)

    def frames(self, media: Media) -> Sampling:
        """So many at equal distances, or all of a shorter video."""
        return sampled_by_number(self, media, at_most_all=True)


CLASS_DEFAULTS: ClassDefaults = {
    "VJEPA2VideoProcessor": {"crop_size": 256},
    "VJEPA2Config": {"patch_size": 16, "tubelet_size": 2, "sample_frames": 64},
}
PRESETS = tuple(
    VJepa2(
        model="vjepa2",
        preset=f"vjepa2-{name}",
        repo=f"facebook/vjepa2-{name}",
        aliases=("v-jepa-2",) if name == "vitl-fpc64-256" else (),
        crop_size=int(name.split("-")[2]),
        sample_frames=int(name.split("-")[1].removeprefix("fpc")),
        resample="bilinear",
        sources={"*": "config.json", "crop_size": VIDEO_CONFIG},
    )
    for name in (
        *("vitl-fpc64-256", "vith-fpc64-256", "vitg-fpc64-256", "vitg-fpc64-384"),
        *("vitl-fpc16-256-ssv2", "vitg-fpc64-384-ssv2", "vitl-fpc32-256-diving48", "vitg-fpc32-384-diving48"),
    )
)
